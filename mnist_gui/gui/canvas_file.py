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
from mnist_gui.files import open_regular, set_aside, write_text

MAX_BYTES = 50_000_000
MAX_PICTURE_SIDE = 2_000  # pixels; pictures are reduced to less when they are opened
MAX_WINDOWS = 20
SECOND_WINDOW = "Another window is open: this one keeps a drawing of its own."
OTHER_DRAWING = "From the window that was closed last; a second window has the other drawing."


class CanvasFile:
    """A file that one window at a time owns: of two windows, each keeps its own drawing.

    The next window begins with the one that was written last, thus that of the window that was closed last.

    Parameters
    ----------
    folder
        Folder of the settings; created when something is first written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / "canvas.json"
        self._lock: FileLock | None = None
        self._is_alone = True  # no other window was open when this one was opened

    def open(self) -> tuple[Content, str]:
        """Take the file that was written last of those that no other window owns; return its content and a sentence.

        The sentence says why it cannot be read, or that other windows keep other drawings; it is empty otherwise. A
        file that cannot be read is renamed, so that the next drawing does not replace it.
        """
        self._is_alone = True
        self._take_file()
        other = self._exchange_for_latest()
        sentence = SECOND_WINDOW if not self._is_alone else OTHER_DRAWING if has_ink(other) else ""
        try:
            return read_content(self._path), sentence
        except FileNotFoundError:
            return Drawing(()), sentence
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
        """Own the first file that no other window owns."""
        with contextlib.suppress(OSError, NotImplementedError):  # the latter on disks without locks
            self._folder.mkdir(parents=True, exist_ok=True)
            for path in self._paths:
                self._path = path
                self._lock = _lock_of(self._path)
                with contextlib.suppress(Timeout):
                    self._lock.acquire(timeout=0)
                    return
                self._is_alone = False

    @property
    def _paths(self) -> list[Path]:
        """Paths of the files of all windows."""
        return [self._folder / (f"canvas-{n}.json" if n > 1 else "canvas.json") for n in range(1, MAX_WINDOWS + 1)]

    def _exchange_for_latest(self) -> Path | None:
        """Exchange the file for a later one that no window owns; return where it is then, or None."""
        with contextlib.ExitStack() as locks, contextlib.suppress(OSError, NotImplementedError):
            others = [path for path in self._paths if path != self._path and path.is_file()]
            free = [path for path in others if _acquired(locks, path)]
            self._is_alone = self._is_alone and len(free) == len(others)
            latest = max(free, key=_time_of, default=None)
            if latest is None or _time_of(latest) <= _time_of(self._path):
                return None
            between = self._path.with_suffix(".exchanged.json")
            if self._path.exists():
                self._path.replace(between)
            latest.replace(self._path)
            if between.exists():
                between.replace(latest)
            return latest
        return None

    def _set_aside(self, reason: str) -> str:
        kept = set_aside(self._path)
        if kept is None:
            return f"The last drawing could not be read ({reason}); the canvas begins blank."
        return f"The last drawing could not be read ({reason}); its file is kept as {kept}."


def has_ink(path: Path | None) -> bool:
    """Return whether a file of `CanvasFile` holds a content with ink; False if it is missing or damaged."""
    try:
        return path is not None and not read_content(path).is_blank
    except Exception:  # damaged pictures make Pillow raise many types
        return False


def read_content(path: Path) -> Content:
    """Return the content that a file of `CanvasFile` holds.

    Raises
    ------
    Exception
        Of any type if the file is damaged; OSError if it cannot be read.
    """
    with open_regular(path) as file:
        return _content_from_json(json.loads(file.read(MAX_BYTES)))


def _lock_of(path: Path) -> FileLock:
    return FileLock(path.with_suffix(".lock"))


def _acquired(locks: contextlib.ExitStack, path: Path) -> bool:
    """Return whether no window owns a file, and own it until the end of these locks."""
    lock = _lock_of(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    locks.callback(lock.release)
    return True


def _time_of(path: Path) -> int:
    """Return when a file was written; 0 if there is none."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0


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
