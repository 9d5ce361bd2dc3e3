import base64
import json
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

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.settings import TAB_COUNT, Settings
from mnist_gui.gui.theme import TEXT_SCALES


def test_a_first_start_has_the_defaults(tmp_path):
    settings = Settings(tmp_path / "new")
    assert (settings.theme, settings.text_scale, settings.tab, settings.geometry) == ("system", 1.0, 0, None)
    assert settings.content.is_blank
    assert settings.speed_factor is None


def test_what_is_set_survives_a_restart(tmp_path):
    settings = Settings(tmp_path)
    settings.theme, settings.text_scale, settings.tab, settings.speed_factor = "dark", 1.3, 2, 5e10
    del settings
    again = Settings(tmp_path)
    assert (again.theme, again.text_scale, again.tab, again.speed_factor) == ("dark", 1.3, 2, 5e10)


def test_a_drawing_survives_to_the_last_bit(tmp_path):
    drawing = Drawing(([[0.1, 2.0 / 3.0], [999.5, 1000.0]], [[5.0, 5.0]]), 4)
    Settings(tmp_path).content = drawing
    assert Settings(tmp_path).content == drawing


def test_a_test_digit_survives_with_its_label(tmp_path):
    image = np.arange(784, dtype=np.uint16).reshape(28, 28).astype(np.uint8)
    picture = Picture.from_mnist(image, 3)
    Settings(tmp_path).content = picture
    again = Settings(tmp_path).content
    assert np.array_equal(again.ink, picture.ink)
    assert (again.label, again.framed) == (3, True)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"strokes": 3}', '{"png": "???"}', '{"png": "", "label": 1, "framed": true}']
)
def test_a_damaged_file_means_a_blank_canvas(tmp_path, text):
    (tmp_path / "canvas.json").write_text(text)
    assert Settings(tmp_path).content.is_blank


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
    settings.content = Drawing(([[1.0, 1.0]],))
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


PNG = base64.b64encode(bytes.fromhex("89504e470d0a1a0a")).decode()
ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.just(PNG)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["png", "label", "x"]), inner),
    max_leaves=6,
)


@hypothesis_settings(max_examples=300, deadline=None)
@given(
    content=st.one_of(
        st.binary(max_size=60),
        ANYTHING.map(lambda value: json.dumps(value).encode()),
        st.fixed_dictionaries({"png": ANYTHING, "label": ANYTHING, "framed": ANYTHING}).map(
            lambda value: json.dumps(value).encode()
        ),
        st.fixed_dictionaries({"strokes": ANYTHING, "label": ANYTHING}).map(lambda value: json.dumps(value).encode()),
        st.tuples(st.integers(0, 90), st.integers(0, 255)).map(lambda change: changed_picture(*change)),
    )
)
@pytest.mark.slow
def test_whatever_the_canvas_file_holds_it_reads_as_a_content(content):
    with TemporaryDirectory() as folder:
        (Path(folder) / "canvas.json").write_bytes(content)
        assert isinstance(Settings(Path(folder)).content, Drawing | Picture)


def changed_picture(index: int, byte: int) -> bytes:
    """Return a canvas file whose PNG has one byte changed."""
    with TemporaryDirectory() as folder:
        Settings(Path(folder)).content = Picture.from_mnist(np.arange(784).reshape(28, 28).astype(np.uint8), 3)
        values = json.loads((Path(folder) / "canvas.json").read_text())
    png = bytearray(base64.b64decode(values["png"]))
    png[index] = byte
    return json.dumps({**values, "png": base64.b64encode(png).decode()}).encode()


@pytest.mark.parametrize("label", [-1, 10, True, 3.0, "3", [3]])
def test_a_label_that_is_no_digit_is_left_out(tmp_path, label):
    Settings(tmp_path).content = Picture(np.eye(28, dtype=np.float32), 3)
    file = tmp_path / "canvas.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "label": label}))
    content = Settings(tmp_path).content
    assert isinstance(content, Picture) and content.label is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_pipe_in_place_of_the_canvas_does_not_keep_the_window_from_opening(tmp_path):
    os.mkfifo(tmp_path / "canvas.json")
    assert Settings(tmp_path).content.is_blank


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes")
def test_a_pipe_in_place_of_the_settings_does_not_hang_the_start(tmp_path):
    os.mkfifo(tmp_path / "settings.ini")
    settings = Settings(tmp_path)
    settings.theme = "dark"
    settings.flush()
    assert Settings(tmp_path).theme == "dark"
