import os
import string
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PySide6.QtWidgets import QMainWindow

from mnist_gui.gui.settings import TAB_COUNT, Settings
from mnist_gui.gui.theme import TEXT_SCALES


def test_a_first_start_has_the_defaults(tmp_path):
    settings = Settings(tmp_path / "new")
    assert (settings.theme, settings.text_scale, settings.tab, settings.geometry) == ("system", 1.0, 0, None)
    assert settings.speed_factor is None
    assert settings.shows_suggestions
    assert settings.panel_is_open


@pytest.mark.parametrize("is_open", [False, True])
def test_an_open_panel_is_remembered(tmp_path, is_open):
    settings = Settings(tmp_path)
    settings.panel_is_open = False
    settings.panel_is_open = is_open
    settings.flush()
    assert settings.panel_is_open == is_open
    assert Settings(tmp_path).panel_is_open == is_open


def test_what_is_set_survives_a_restart(tmp_path):
    settings = Settings(tmp_path)
    settings.theme, settings.text_scale, settings.tab, settings.speed_factor = "dark", 1.3, 2, 5e10
    settings.shows_suggestions = False
    del settings
    again = Settings(tmp_path)
    assert (again.theme, again.text_scale, again.tab, again.speed_factor) == ("dark", 1.3, 2, 5e10)
    assert not again.shows_suggestions


def test_values_out_of_range_mean_the_defaults(tmp_path):
    (tmp_path / "settings.ini").write_text("[General]\ntheme=pink\ntext_scale=huge\ntab=x\npace=-1\ngeometry=odd\n")
    settings = Settings(tmp_path)
    assert (settings.theme, settings.text_scale, settings.tab, settings.speed_factor) == ("system", 1.0, 0, None)
    assert settings.geometry is None


@pytest.mark.parametrize("value", ["nan", "inf", "-inf"])
def test_a_value_that_is_not_finite_means_the_default(tmp_path, value):
    (tmp_path / "settings.ini").write_text(f"[General]\ntext_scale={value}\ntab={value}\npace={value}\n")
    settings = Settings(tmp_path)
    assert (settings.text_scale, settings.tab, settings.speed_factor) == (1.0, 0, None)


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    settings = Settings(tmp_path / "file" / "settings")
    settings.theme = "dark"


@pytest.mark.parametrize("value", ["1e300", "-1e300", "3", "-1", "2147483648", "-0.5"])
def test_a_tab_that_does_not_exist_means_the_first(tmp_path, value):
    (tmp_path / "settings.ini").write_text(f"[General]\ntab={value}\n")
    assert Settings(tmp_path).tab == 0


NUMBERS = st.one_of(
    st.integers().map(str), st.floats().map(str), st.sampled_from(["1e300", "-1e999", "0x1", "1_0", "٣"])
)
TYPED = st.one_of(
    st.tuples(*4 * [st.integers()]).map(lambda n: f"@Rect({n[0]} {n[1]} {n[2]} {n[3]})"),
    st.tuples(*2 * [st.integers()]).map(lambda n: f"@Size({n[0]} {n[1]})"),
    st.binary(max_size=80).map(lambda data: f"@ByteArray({escaped(data)})"),
    # A true head of a geometry, and anything after it.
    st.binary(max_size=80).map(lambda data: f"@ByteArray({escaped(bytes.fromhex('01d9d0cb00030000') + data)})"),
    st.sampled_from(["@Invalid()", "@Point(1 2)", "a, b", "@Variant(\\0\\0\\0\\x10)", "@", "@@", "@Rect()", ""]),
)
GARBAGE = st.one_of(NUMBERS, TYPED, st.text(string.printable), st.text())


def escaped(data: bytes) -> str:
    return "".join(f"\\x{byte:x}" for byte in data)


@hypothesis_settings(max_examples=300, deadline=None)
@given(key=st.sampled_from(["theme", "text_scale", "tab", "geometry", "pace"]), value=GARBAGE)
@pytest.mark.slow
def test_whatever_is_written_into_a_key_it_reads_as_a_value_in_range(qapp, key, value):
    with TemporaryDirectory() as folder:
        (Path(folder) / "settings.ini").write_bytes(f"[General]\n{key}={value}\n".encode(errors="surrogatepass"))
        settings = Settings(Path(folder))
        assert settings.theme in ("system", "light", "dark")
        assert settings.text_scale in TEXT_SCALES
        assert settings.tab in range(TAB_COUNT)
        assert settings.speed_factor is None or 0 < settings.speed_factor < np.inf
        if settings.geometry is not None:
            window = QMainWindow()
            window.restoreGeometry(settings.geometry)
            window.deleteLater()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_in_place_of_the_settings_does_not_hang_the_start(tmp_path):
    os.mkfifo(tmp_path / "settings.ini")
    settings = Settings(tmp_path)
    settings.theme = "dark"
    settings.flush()
    assert Settings(tmp_path).theme == "dark"
