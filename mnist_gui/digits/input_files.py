"""What the person names on a command line or opens in the window -> drawings and pictures."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import DrawingError, parse_drawing
from mnist_gui.digits.picture import PictureError, read_picture

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class InputItem:
    """One digit of a source, or the sentence that says why it cannot be used.

    Attributes
    ----------
    source
        As the person named it.
    index
        Counts the source's non-empty lines from 0, unusable ones included; 0 in a file of one.
    content
        None where `problem` says what is wrong.
    """

    source: str
    index: int
    content: Content | None
    problem: str = ""


def read_input(name: str, standard_input: IO[bytes] | None = None) -> Iterator[InputItem]:
    """Yield what a path holds: ``.json`` one drawing, ``.jsonl`` a drawing a line, anything else a picture.

    "-" reads drawings a line from standard input, each as soon as it is there. Never raises for bad input.
    """
    if name == STANDARD_INPUT:
        stream = standard_input or getattr(sys.stdin, "buffer", None)  # None where it is closed
        if stream is None:
            yield InputItem(name, 0, None, "standard input is closed; give drawings on it, or the path of a file.")
            return
        yield from _lines(name, stream)
        return
    path = Path(name)
    try:
        if path.suffix.lower() == ".jsonl":
            with path.open("rb") as file:
                yield from _lines(name, file)
        elif path.suffix.lower() == ".json":
            yield _drawing(name, 0, path.read_bytes())
        else:
            yield InputItem(name, 0, read_picture(path))
    except PictureError as error:
        yield InputItem(name, 0, None, str(error))
    except OSError as error:
        yield InputItem(name, 0, None, f"{name} cannot be read: {error.strerror or error}.")


def _lines(name: str, lines: Iterable[bytes]) -> Iterator[InputItem]:
    index = 0
    for line in lines:
        if line.strip():
            yield _drawing(name, index, line, f", drawing {index}")
            index += 1
    if not index and name != STANDARD_INPUT:
        yield InputItem(name, 0, None, f"{name} is empty; expected a drawing on each line.")


def _drawing(name: str, index: int, content: bytes, place: str = "") -> InputItem:
    shown = "standard input" if name == STANDARD_INPUT else name
    try:
        return InputItem(name, index, parse_drawing(content.decode("utf-8-sig")))
    except UnicodeDecodeError:
        return InputItem(name, index, None, f"{shown}{place}: this is not text in UTF-8; expected a drawing as JSON.")
    except DrawingError as error:
        return InputItem(name, index, None, f"{shown}{place}: {error}")
