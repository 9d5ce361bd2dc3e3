import base64
import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.canvas_file import OTHER_DRAWING, SECOND_WINDOW, CanvasFile

ONE, TWO = (Drawing(([[1.0, 1.0], [9.0, height]],)) for height in (1.0, 2.0))


def opened(folder):
    """Return the content that the next window finds."""
    file = CanvasFile(folder)
    content, _ = file.open()
    file.close()
    return content


def test_two_windows_keep_a_drawing_each(tmp_path):
    first, second = CanvasFile(tmp_path), CanvasFile(tmp_path)
    assert first.open()[0].is_blank and second.open()[0].is_blank
    first.write(ONE)
    second.write(TWO)
    first.write(ONE)
    first.close()
    second.close()
    first, second = CanvasFile(tmp_path), CanvasFile(tmp_path)
    found = [file.open()[0] for file in (first, second)]
    assert ONE in found and TWO in found
    first.close()
    second.close()


def write_at(file: CanvasFile, content: Drawing, seconds: int) -> None:
    """Write a drawing, and set its modification time in seconds since the epoch of the system."""
    file.write(content)
    os.utime(file._path, (seconds, seconds))


@pytest.mark.parametrize("last", [0, 1])
def test_the_drawing_of_the_window_closed_last_comes_back_and_the_other_one_is_offered(tmp_path, last):
    windows = CanvasFile(tmp_path), CanvasFile(tmp_path)
    assert windows[0].open()[1] == ""
    assert windows[1].open()[1] == SECOND_WINDOW
    for index, content in enumerate((ONE, TWO)):
        write_at(windows[index], content, 200 if index == last else 100)
        windows[index].close()
    next_window, second = CanvasFile(tmp_path), CanvasFile(tmp_path)
    assert next_window.open() == ((ONE, TWO)[last], OTHER_DRAWING if last == 1 else "")
    assert second.open() == ((TWO, ONE)[last], SECOND_WINDOW)
    for file in (next_window, second):
        file.close()


def test_another_drawing_is_mentioned_once(tmp_path):
    windows = CanvasFile(tmp_path), CanvasFile(tmp_path)
    for seconds, (file, content) in enumerate(zip(windows, (ONE, TWO), strict=True), 100):
        file.open()
        write_at(file, content, seconds)
    for file in windows:
        file.close()
    file = CanvasFile(tmp_path)
    assert file.open() == (TWO, OTHER_DRAWING)
    file.write(TWO)
    file.close()
    assert CanvasFile(tmp_path).open() == (TWO, "")


def test_a_blank_drawing_is_not_mentioned(tmp_path):
    windows = CanvasFile(tmp_path), CanvasFile(tmp_path)
    for seconds, (file, content) in enumerate(zip(windows, (Drawing(()), TWO), strict=True), 100):
        file.open()
        write_at(file, content, seconds)
    for file in windows:
        file.close()
    assert CanvasFile(tmp_path).open() == (TWO, "")


def test_a_drawing_of_an_open_window_is_left_alone(tmp_path):
    first, second, third = (CanvasFile(tmp_path) for _ in range(3))
    for file in (first, second):
        file.open()
    write_at(first, ONE, 100)
    write_at(second, TWO, 200)
    assert third.open() == (Drawing(()), SECOND_WINDOW)
    first.close()
    assert CanvasFile(tmp_path).open() == (ONE, SECOND_WINDOW)
    for file in (second, third):
        file.close()


def test_a_damaged_file_is_kept_and_named(tmp_path):
    (tmp_path / "canvas.json").write_text("{ half of a drawing")
    file = CanvasFile(tmp_path)
    content, problem = file.open()
    assert content.is_blank and "damaged" in problem and "canvas.unreadable.json" in problem
    file.write(ONE)
    file.close()
    assert (tmp_path / "canvas.unreadable.json").read_text() == "{ half of a drawing"
    assert opened(tmp_path) == ONE


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="everything can be read by root")
def test_a_file_without_permission_is_called_so(tmp_path):
    CanvasFile(tmp_path).write(ONE)
    (tmp_path / "canvas.json").chmod(0)
    content, problem = CanvasFile(tmp_path).open()
    assert content.is_blank and "Permission denied" in problem and "damaged" not in problem


def test_a_file_that_cannot_be_read_is_not_called_damaged(tmp_path):
    (tmp_path / "canvas.json").mkdir()
    content, problem = CanvasFile(tmp_path).open()
    assert content.is_blank and "directory" in problem and "damaged" not in problem


def test_a_first_start_has_a_blank_canvas_and_no_message(tmp_path):
    assert CanvasFile(tmp_path / "new").open() == (Drawing(()), "")


def test_a_folder_that_cannot_be_written_is_no_error(tmp_path):
    (tmp_path / "file").write_text("in the way")
    file = CanvasFile(tmp_path / "file" / "settings")
    assert file.open()[0].is_blank
    file.write(ONE)
    file.close()


def test_a_drawing_survives_to_the_last_bit(tmp_path):
    drawing = Drawing(([[0.1, 2.0 / 3.0], [999.5, 1000.0]], [[5.0, 5.0]]), 4)
    CanvasFile(tmp_path).write(drawing)
    assert opened(tmp_path) == drawing


def test_a_test_digit_survives_with_its_label(tmp_path):
    image = np.arange(784, dtype=np.uint16).reshape(28, 28).astype(np.uint8)
    picture = Picture.from_mnist(image, 3)
    CanvasFile(tmp_path).write(picture)
    again = opened(tmp_path)
    assert np.array_equal(again.ink, picture.ink)
    assert (again.label, again.framed, again.erased_from) == (3, True, None)
    CanvasFile(tmp_path).write(picture.erased((14, 0), (14, 28), 3))
    again = opened(tmp_path)
    assert not again.ink[:, 12:16].any() and again.ink.any()
    assert np.array_equal(again.erased_from.ink, picture.ink)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"strokes": 3}', '{"png": "???"}', '{"png": "", "label": 1, "framed": true}']
)
def test_a_damaged_file_means_a_blank_canvas(tmp_path, text):
    (tmp_path / "canvas.json").write_text(text)
    assert opened(tmp_path).is_blank


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
        assert isinstance(opened(Path(folder)), Drawing | Picture)


def changed_picture(index: int, byte: int) -> bytes:
    """Return a canvas file whose PNG has one byte changed."""
    with TemporaryDirectory() as folder:
        CanvasFile(Path(folder)).write(Picture.from_mnist(np.arange(784).reshape(28, 28).astype(np.uint8), 3))
        values = json.loads((Path(folder) / "canvas.json").read_text())
    png = bytearray(base64.b64decode(values["png"]))
    png[index] = byte
    return json.dumps({**values, "png": base64.b64encode(png).decode()}).encode()


@pytest.mark.parametrize("label", [-1, 10, True, 3.0, "3", [3]])
def test_a_label_that_is_no_digit_is_left_out(tmp_path, label):
    CanvasFile(tmp_path).write(Picture(np.eye(28, dtype=np.float32), 3))
    file = tmp_path / "canvas.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "label": label}))
    content = opened(tmp_path)
    assert isinstance(content, Picture) and content.label is None


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
def test_a_pipe_in_place_of_the_canvas_does_not_keep_the_window_from_opening(tmp_path):
    os.mkfifo(tmp_path / "canvas.json")
    assert opened(tmp_path).is_blank
