"""The file that keeps the content of the canvas between sessions."""

from __future__ import annotations

import base64
import contextlib
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from filelock import FileLock, Timeout
from PIL import Image

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.files import open_regular, write_text

MAX_BYTES = 50_000_000
MAX_PICTURE_SIDE = 2_000  # pixels; pictures are reduced to less when they are opened
MAX_WINDOWS = 20


class CanvasFile:
    """A file that one window at a time owns: of two windows, each keeps its own drawing.

    Parameters
    ----------
    folder
        Folder of the settings; created when something is first written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "canvas.json"
        self._lock: FileLock | None = None

    def open(self) -> tuple[Content, str]:
        """Take the first file that no other window owns; return its content, and a sentence if it cannot be read.

        A file that cannot be read is renamed, so that the next drawing does not replace it.
        """
        self._take_file()
        try:
            return read_content(self._path), ""
        except FileNotFoundError:
            return Drawing(()), ""
        except OSError as error:
            return Drawing(()), self._set_aside(error.strerror or "unknown error")
        except Exception:  # damaged pictures make Pillow raise many types
            return Drawing(()), self._set_aside("it is damaged")

    def write(self, content: Content) -> None:
        """Replace the stored content at once; errors are ignored, since the canvas still has it."""
        with contextlib.suppress(OSError):
            write_text(self._path, json.dumps(_content_to_json(content)))

    def close(self) -> None:
        """Release the file for another window."""
        if self._lock is not None:
            self._lock.release()

    def _take_file(self) -> None:
        with contextlib.suppress(OSError, NotImplementedError):  # the latter on disks without locks
            self._folder.mkdir(parents=True, exist_ok=True)
            for number in range(1, MAX_WINDOWS + 1):
                self._path = self._folder / (f"canvas-{number}.json" if number > 1 else "canvas.json")
                self._lock = FileLock(self._path.with_suffix(".lock"))
                with contextlib.suppress(Timeout):
                    self._lock.acquire(timeout=0)
                    return

    def _set_aside(self, reason: str) -> str:
        kept = self._path.with_suffix(".unreadable.json")
        try:
            self._path.replace(kept)
        except OSError:
            return f"The last drawing could not be read ({reason}); the canvas begins blank."
        return f"The last drawing could not be read ({reason}); its file is kept as {kept}."


def read_content(path: Path) -> Content:
    """Return the content that a file of `CanvasFile` holds.

    Raises
    ------
    Exception
        Of any type if the file is damaged; OSError if it cannot be read.
    """
    with open_regular(path) as file:
        return _content_from_json(json.loads(file.read(MAX_BYTES)))


def _content_to_json(content: Content) -> dict[str, Any]:
    if isinstance(content, Drawing):
        return content.to_json()
    values = _picture_to_json(content)
    if content.erased_from is not None:
        values["erased_from"] = _picture_to_json(content.erased_from)
    return values


def _picture_to_json(picture: Picture) -> dict[str, Any]:
    file = io.BytesIO()
    Image.fromarray(np.rint(picture.ink * 255).astype(np.uint8)).save(file, "PNG")
    png = base64.b64encode(file.getvalue()).decode()
    return {"png": png, "label": picture.label, "framed": picture.framed}


def _content_from_json(values: dict[str, Any]) -> Content:
    if "png" not in values:
        return Drawing.from_json(values)
    picture = _picture_from_json(values)
    if "erased_from" not in values:
        return picture
    return replace(picture, erased_from=_picture_from_json(values["erased_from"]))


def _picture_from_json(values: dict[str, Any]) -> Picture:
    with Image.open(io.BytesIO(base64.b64decode(values["png"])), formats=["PNG"]) as image:
        if max(image.size) > MAX_PICTURE_SIDE:
            raise ValueError(f"the picture has {image.size} pixels")
        ink = np.divide(np.asarray(image.convert("L")), 255, dtype=np.float32)
    label = values["label"]
    is_label = type(label) is int and 0 <= label < CLASSES
    return Picture(ink, label if is_label else None, values["framed"] is True)
