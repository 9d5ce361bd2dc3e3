"""Exports the content of the canvas and images of predictions, to files and to the clipboard."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QObject, QPoint, Signal
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter
from PySide6.QtWidgets import QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.files import write_bytes
from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.draw.canvas.ink_painter import InkLayer, InkStyle
from mnist_gui.gui.theme import LIGHT
from mnist_gui.gui.widgets.gray_image import gray_image
from mnist_gui.gui.widgets.save_dialog import save_dialog

# On the clipboard beside an image, for this program. Other programs would prefer text to the image.
DRAWING_FORMAT = "application/json"
NOTHING_TO_EXPORT = "There is nothing to {}: draw a digit first."
# One pixel per canvas unit: more than twice as many as the canvas has on the screen.
_SIDE = round(UNITS)


class ExportError(ValueError):
    """A file cannot be written; the message names it and says what to do."""


class ContentExporter(QObject):
    """Saves and copies contents and images, and reports the outcome.

    Parameters
    ----------
    pen_width
        Returns the pen's width in canvas units.
    window
        Parent of the dialogs.

    Signals
    -------
    message_shown(message: str)
        Outcome of the last call.
    """

    message_shown = Signal(str)

    def __init__(self, pen_width: Callable[[], float], window: QWidget) -> None:
        super().__init__(window)
        self._pen_width = pen_width
        self._window = window

    def save_as(self, content: Content) -> None:
        """Ask for a file name and save a content there."""
        if content.is_blank:
            self.message_shown.emit(NOTHING_TO_EXPORT.format("save"))
            return
        name = "digit.json" if isinstance(content, Drawing) else "digit.png"
        filters = save_filters(content)
        save_dialog(self._window, "Save the drawing", name, filters, lambda path, _filter: self.save(content, path))

    def save(self, content: Content, path: Path) -> None:
        """Save a content in the format given by the path's suffix."""
        self._write(path, lambda: save_content(content, path, self._pen_width()))

    def copy(self, content: Content) -> None:
        """Copy a content to the clipboard."""
        if content.is_blank:
            self.message_shown.emit(NOTHING_TO_EXPORT.format("copy"))
            return
        copy_content(content, self._pen_width())
        self.message_shown.emit("Copied: paste it as a picture, or here as a drawing")

    def save_image_as(self, image: QImage | None, no_result: str = "") -> None:
        """Ask for a file name and save the image of a prediction there; without one, say why there is none."""
        if image is None:
            self.message_shown.emit(no_result)
            return

        def save(path: Path, _filter: str) -> None:
            self._write(path, lambda: save_image(image, path))

        save_dialog(self._window, "Save the answer", "answer.png", ("Picture (*.png)",), save)

    def copy_image(self, image: QImage | None, no_result: str = "") -> None:
        """Copy the image of a prediction to the clipboard; without one, say why there is none."""
        if image is None:
            self.message_shown.emit(no_result)
            return
        QGuiApplication.clipboard().setImage(image)
        self.message_shown.emit("Copied the answer as a picture")

    def _write(self, path: Path, write: Callable[[], None]) -> None:
        try:
            write()
        except ExportError as error:
            self.message_shown.emit(str(error))
        else:
            self.message_shown.emit(f"Saved as {path.name}")


def save_filters(content: Content) -> tuple[str, ...]:
    """Return the filters of a file dialog, the default first; only drawings can be saved as strokes."""
    pictures = ("Picture (*.png)", "Scalable picture (*.svg)")
    return ("Drawing (*.json)", *pictures) if isinstance(content, Drawing) else pictures


def save_content(content: Content, path: Path, pen_width: float) -> None:
    """Write a drawing's strokes to .json, or any content as dark ink on white to .png or .svg.

    The image of a drawing shows the whole canvas, 1000 pixels square; that of a picture has the picture's own pixels.
    An existing file is kept if the new one cannot be written.

    Parameters
    ----------
    pen_width
        Width of a drawing's strokes in canvas units.

    Raises
    ------
    ExportError
        The suffix is unknown, or .json for a picture, or the file cannot be written.
    """
    match path.suffix.lower():
        case ".json" if isinstance(content, Drawing):
            _write_file(path, f"{_json(content)}\n".encode())
        case ".json":
            raise ExportError(
                f"{path.name} cannot be written: a picture has no strokes; save it as PNG or SVG instead."
            )
        case ".png":
            _write_file(path, png_bytes(image_of(content, pen_width)))
        case ".svg":
            _write_file(path, _svg(content, pen_width).encode())
        case _:
            raise ExportError(f"{path.name} cannot be written: choose a name that ends in .json, .png or .svg.")


def save_image(image: QImage, path: Path) -> None:
    """Write an image as PNG.

    Raises
    ------
    ExportError
        The suffix is not .png, or the file cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise ExportError(f"{path.name} cannot be written: choose a name that ends in .png.")
    _write_file(path, png_bytes(image))


def copy_content(content: Content, pen_width: float) -> None:
    """Copy an image of a content to the clipboard, and the strokes of a drawing as JSON."""
    data = QMimeData()
    data.setImageData(image_of(content, pen_width))
    if isinstance(content, Drawing):
        data.setData(DRAWING_FORMAT, QByteArray(_json(content).encode()))
    QGuiApplication.clipboard().setMimeData(data)


def release_clipboard() -> None:
    """Replace a drawing that this program copied by a plain image; called before the program ends.

    Qt would destroy the data made in Python after the interpreter is gone, and crash.
    """
    clipboard = QGuiApplication.clipboard()
    data: QMimeData | None = clipboard.mimeData()  # None where the platform has no clipboard
    if (
        data is not None
        and data.hasImage()
        and '"strokes"' in bytes(data.data(DRAWING_FORMAT).data()).decode(errors="replace")
    ):
        image = clipboard.image()
        clipboard.clear()
        clipboard.setImage(image)


def image_of(content: Content, pen_width: float) -> QImage:
    """Return an image in dark ink on white: 1000 pixels square for a drawing, the same pixels for a picture."""
    if isinstance(content, Drawing):
        image = QImage(_SIDE, _SIDE, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            InkLayer().paint(painter, QPoint(0, 0), InkStyle(_SIDE, 1.0, LIGHT, pen_width), content, ())
        return image
    return gray_image(1 - content.ink)


def png_bytes(image: QImage) -> bytes:
    """Encode an image as PNG."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return bytes(buffer.data().data())


def _json(drawing: Drawing) -> str:
    return json.dumps(drawing.to_json())


def _write_file(path: Path, data: bytes) -> None:
    """Replace a file, or leave it unchanged if that fails."""
    try:
        write_bytes(path, data)
    except OSError as error:
        raise ExportError(
            f"{path.name} cannot be written ({error.strerror or error}); choose another name or folder."
        ) from error


def _svg(content: Content, pen_width: float) -> str:
    """Return the whole canvas: a drawing as curves, a picture as an image that fills it."""
    if isinstance(content, Drawing):
        pen = f'stroke-width="{pen_width:g}" stroke-linecap="round" stroke-linejoin="round"'
        shapes = "\n".join(f'<path d="{" ".join(_path_commands(stroke))}"/>' for stroke in content.strokes)
        body = f'<g fill="none" stroke="{LIGHT.ink}" {pen}>\n{shapes}\n</g>'
    else:
        data = base64.b64encode(png_bytes(image_of(content, pen_width))).decode()
        body = (
            f'<image width="{_SIDE}" height="{_SIDE}" style="image-rendering: pixelated" '
            f'href="data:image/png;base64,{data}"/>'
        )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_SIDE} {_SIDE}" width="400" height="400">\n'
        f'<rect width="{_SIDE}" height="{_SIDE}" fill="{LIGHT.paper}"/>\n{body}\n</svg>\n'
    )


def _path_commands(stroke: NDArray[np.float64]) -> Iterator[str]:
    """Yield the commands of a path for an (N, 2) stroke, smoothed as on the canvas."""
    midpoints = (stroke[:-1] + stroke[1:]) / 2
    first, last = stroke[0], stroke[-1]
    yield f"M{_coordinates(first)}"
    if (stroke == first).all():
        yield "h0.01"  # a dot: some programs draw no line of zero length
        return
    yield f"L{_coordinates(midpoints[0])}"
    for control, end in zip(stroke[1:-1], midpoints[1:], strict=True):
        yield f"Q{_coordinates(control)} {_coordinates(end)}"
    yield f"L{_coordinates(last)}"


def _coordinates(point: NDArray[np.float64]) -> str:
    x, y = point.round(2).tolist()
    return f"{x:.10g} {y:.10g}"
