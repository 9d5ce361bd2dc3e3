"""Reading of drawings and pictures; what they hold is tested with `mnist-gui predict`."""

import io
import os
import tracemalloc
from pathlib import Path

import pytest
from PIL import Image

from mnist_gui.digits import input_files
from mnist_gui.digits.input_files import read_input


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are POSIX")
@pytest.mark.parametrize("suffix", ["json", "jsonl", "png"])
def test_a_pipe_is_refused_instead_of_waited_for(tmp_path, suffix):
    path = tmp_path / f"pipe.{suffix}"
    os.mkfifo(path)
    (item,) = read_input(str(path))
    assert item.content is None
    assert "not a regular file" in item.problem or "is not a file" in item.problem


@pytest.mark.parametrize("suffix", ["json", "jsonl"])
def test_a_folder_is_called_so(tmp_path, suffix):
    (tmp_path / f"folder.{suffix}").mkdir()
    (item,) = read_input(str(tmp_path / f"folder.{suffix}"))
    assert item.content is None
    assert "directory" in item.problem.lower() or os.name == "nt"


DRAWING = b'{"strokes": [[[1, 1], [5, 9]]]}\n'


class Endless(io.RawIOBase):
    """A stream of zeros, such as ``/dev/zero``, that tells how much of it was read."""

    def __init__(self, first: bytes = b"") -> None:
        self.first = first
        self.bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        given, self.first = self.first[: len(buffer)], self.first[len(buffer) :]
        buffer[:] = given.ljust(len(buffer), b"0")
        self.bytes += len(buffer)
        return len(buffer)


def test_an_endless_standard_input_is_left_after_the_good_drawings(monkeypatch):
    monkeypatch.setattr(input_files, "_MAX_SKIPPED_BYTES", 2**24)
    endless = Endless(DRAWING)
    tracemalloc.start()
    good, long, rest = read_input("-", io.BufferedReader(endless))
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()
    assert good.content is not None
    assert long.problem == "standard input, drawing 1: more than 8 MB are no drawing of a digit; leave points out."
    assert rest.problem == "standard input: a line does not end; what follows it is not read."
    assert endless.bytes < 2**26


def test_the_drawings_beside_a_line_that_is_too_long_are_read(tmp_path):
    path = tmp_path / "some.jsonl"
    path.write_bytes(DRAWING + b"[" * 9_000_000 + b"\n" + DRAWING)
    first, long, last = read_input(str(path))
    assert (long.index, last.index) == (1, 2)
    assert "drawing 1: more than 8 MB" in long.problem
    assert first.content == last.content is not None


@pytest.mark.parametrize("suffix", ["json", "jsonl", "png", "tif"])
def test_a_file_larger_than_any_memory_is_refused(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(input_files, "_MAX_SKIPPED_BYTES", 2**24)
    path = tmp_path / f"sparse.{suffix}"
    with path.open("wb") as file:
        file.truncate(2**40)
    tracemalloc.start()
    problems = [item.problem for item in read_input(str(path))]
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()
    assert problems[0].startswith(str(path))
    assert "more than" in problems[0]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="devices are POSIX")
@pytest.mark.parametrize("suffix", ["json", "jsonl", "png"])
def test_a_link_to_a_device_is_refused(tmp_path, suffix):
    path = tmp_path / f"link.{suffix}"
    path.symlink_to("/dev/zero")
    (item,) = read_input(str(path))
    assert item.content is None
    assert str(path) in item.problem


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_a_picture_on_standard_input_is_read(kind):
    content = io.BytesIO()
    picture = Image.new("L", (60, 60), 255)
    picture.paste(0, (28, 10, 33, 50))
    picture.save(content, kind)
    (item,) = read_input("-", io.BytesIO(content.getvalue()))
    assert (item.source, item.index, item.problem) == ("-", 0, "")
    assert item.content.ink[30, 30] > 0.9
    assert item.content.ink[5, 5] == 0


@pytest.mark.parametrize("size", [100, 1000])
def test_a_damaged_picture_on_standard_input_is_one_problem(size):
    content = b"\x89PNG\r\n\x1a\n" + os.urandom(size)
    (item,) = read_input("-", io.BytesIO(content))
    assert item.content is None
    assert item.problem.startswith("standard input: The picture ")


def test_an_endless_picture_on_standard_input_is_left(monkeypatch):
    monkeypatch.setattr(input_files, "MAX_PIPED_BYTES", 2**20)
    endless = Endless(b"\x89PNG\r\n")
    (item,) = read_input("-", io.BufferedReader(endless))
    assert item.problem == "standard input: a picture of more than 1 MB; give the path of a file."
    assert endless.bytes < input_files.MAX_DRAWING_BYTES + 3 * 2**20
