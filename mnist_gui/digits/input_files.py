"""Reads drawings and pictures from the paths given on the command line or opened in the window."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.drawing import DrawingError, parse_drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import PictureError, read_picture
from mnist_gui.files import open_regular

STANDARD_INPUT = "-"
MAX_DRAWING_BYTES = 8 * 2**20  # some 400,000 points
MAX_PIPED_BYTES = 64 * 2**20  # of a picture on standard input, which is held in memory
# The first bytes of PNG, JPEG, GIF, BMP, TIFF and WebP; no JSON begins with them.
_PICTURE_BEGINNINGS = (b"\x89PNG", b"\xff\xd8", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
_MAX_SKIPPED_BYTES = 2**30  # of a line that is too long


@dataclass(frozen=True)
class InputItem:
    """One digit of a source, or the reason why it cannot be used.

    Attributes
    ----------
    source
        Path as given.
    index
        0-based index of the non-empty line, including unusable lines; 0 in a file with one digit.
    content
        None if there is a `problem`.
    problem
        Sentence that says why the digit cannot be used.
    """

    source: str
    index: int
    content: Content | None
    problem: str = ""

    def framed(self) -> tuple[InputItem, NDArray[np.float32]]:
        """Return this item and its (28, 28) frame; a blank one, and why, if it cannot be framed or has a problem."""
        item = self
        if item.content is not None:
            try:
                return item, frame_of(item.content)
            except Exception as error:  # it costs this item only
                item = item.with_error(error)
        return item, np.zeros((FRAME_SIDE, FRAME_SIDE), np.float32)

    def with_error(self, error: Exception) -> InputItem:
        """Return this item without its content, with an unexpected error as its problem."""
        position = f", drawing {self.index}" if self.source.lower().endswith(".jsonl") else ""
        if isinstance(error, MemoryError):
            problem = "it needs more memory than is free; make it smaller."
        else:
            problem = f"it cannot be used ({type(error).__name__}: {error!s:.200})."
        return replace(self, content=None, problem=f"{_shown(self.source)}{position}: {problem}")


def read_input(name: str, standard_input: IO[bytes] | None = None) -> Iterator[InputItem]:
    """Yield the digits of a path: ``.json`` holds one drawing, ``.jsonl`` one per line, any other file a picture.

    "-" reads one drawing per line from standard input and yields each as soon as it arrives, or a picture. Bad input
    never raises.
    """
    path = Path(name)
    try:
        if name == STANDARD_INPUT:
            stream = standard_input or getattr(sys.stdin, "buffer", None)  # None if it is closed
            if stream is None:
                yield InputItem(name, 0, None, "Standard input is closed; give the path of a file.")
            else:
                yield from _lines(name, stream)
        elif path.suffix.lower() == ".jsonl":
            with open_regular(path) as file:
                yield from _lines(name, file)
        elif path.suffix.lower() == ".json":
            with open_regular(path) as file:
                yield _drawing(name, 0, file.read(MAX_DRAWING_BYTES + 1))
        else:
            yield InputItem(name, 0, read_picture(path))
    except PictureError as error:
        yield InputItem(name, 0, None, str(error))
    except OSError as error:
        yield InputItem(name, 0, None, f"{_shown(name)} cannot be read: {error.strerror or error}.")
    except Exception as error:
        yield InputItem(name, 0, None).with_error(error)


def _lines(name: str, lines: IO[bytes]) -> Iterator[InputItem]:
    index = 0
    while line := lines.readline(MAX_DRAWING_BYTES + 1):
        if name == STANDARD_INPUT and not index and line.startswith(_PICTURE_BEGINNINGS):
            yield _piped_picture(line + lines.read(MAX_PIPED_BYTES))
            return
        if line.strip():
            yield _drawing(name, index, line, f", drawing {index}")
            index += 1
        if len(line) > MAX_DRAWING_BYTES and not _skip_line(lines, line):
            yield InputItem(name, index, None, f"{_shown(name)}: a line does not end; what follows it is not read.")
            return
    if not index and name != STANDARD_INPUT:
        yield InputItem(name, 0, None, f"{name} is empty; expected a drawing on each line.")


def _piped_picture(content: bytes) -> InputItem:
    if len(content) > MAX_PIPED_BYTES:
        problem = f"a picture of more than {MAX_PIPED_BYTES // 2**20} MB; give the path of a file."
        return InputItem(STANDARD_INPUT, 0, None, f"{_shown(STANDARD_INPUT)}: {problem}")
    try:
        return InputItem(STANDARD_INPUT, 0, read_picture(content))
    except PictureError as error:
        return InputItem(STANDARD_INPUT, 0, None, f"{_shown(STANDARD_INPUT)}: {error}")
    except Exception as error:
        return InputItem(STANDARD_INPUT, 0, None).with_error(error)


def _skip_line(lines: IO[bytes], part: bytes) -> bool:
    """Read the rest of a line, of which `part` was read; return False if it is longer than `_MAX_SKIPPED_BYTES`."""
    skipped = 0
    while part and not part.endswith(b"\n") and skipped < _MAX_SKIPPED_BYTES:
        part = lines.readline(MAX_DRAWING_BYTES)
        skipped += len(part)
    return skipped < _MAX_SKIPPED_BYTES


def _drawing(name: str, index: int, content: bytes, position: str = "") -> InputItem:
    shown = _shown(name)
    if len(content) > MAX_DRAWING_BYTES:
        problem = f"more than {MAX_DRAWING_BYTES // 2**20} MB are no drawing of a digit; leave points out."
        return InputItem(name, index, None, f"{shown}{position}: {problem}")
    try:
        return InputItem(name, index, parse_drawing(content.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return InputItem(name, index, None, f"{shown}{position}: not UTF-8 text; expected a drawing as JSON.")
    except DrawingError as error:
        return InputItem(name, index, None, f"{shown}{position}: {error}")
    except Exception as error:
        return InputItem(name, index, None).with_error(error)


def _shown(name: str) -> str:
    return "standard input" if name == STANDARD_INPUT else name
