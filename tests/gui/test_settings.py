import numpy as np
import pytest

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.settings import Settings


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
