"""Takes digits elsewhere: to files, and to the clipboard."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QPoint
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter, QPainter

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.files import write_bytes
from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.draw.canvas.ink_painter import InkLayer, Look
from mnist_gui.gui.theme import LIGHT

# Beside the image: in this program strokes are pasted. Not as text, which other programs would take instead of it.
DRAWING_FORMAT = "application/json"
# One pixel for each unit of the canvas: more than twice as many as it has on the screen.
_SIDE = round(UNITS)


class SaveError(ValueError):
    """Something cannot be saved; the message is a sentence that names the file and says how to mend it."""


def save_filters(content: Content) -> tuple[str, ...]:
    """Return the filters of a file dialog for a content, the usual one first: a picture has no strokes."""
    pictures = ("Picture (*.png)", "Scalable picture (*.svg)")
    return ("Drawing (*.json)", *pictures) if isinstance(content, Drawing) else pictures


def save_content(content: Content, path: Path, pen_width: float) -> None:
    """Write what is on the canvas: a drawing's strokes to .json, what is seen to .png or .svg.

    The suffix decides. Ink is dark on white, whatever the theme. A drawing's picture shows the whole canvas,
    1000 pixels square; a picture's has as many pixels as itself. What was in the file before stays there if
    it cannot be written.

    Parameters
    ----------
    pen_width
        Of a drawing's strokes, in canvas units.

    Raises
    ------
    SaveError
        The suffix is another, or .json for a picture, or the file cannot be written.
    """
    match path.suffix.lower():
        case ".json" if isinstance(content, Drawing):
            _write(path, f"{_json(content)}\n".encode())
        case ".json":
            raise SaveError(f"{path.name} cannot be written: a picture has no strokes; save it as PNG or SVG instead.")
        case ".png":
            _write(path, png_bytes(image_of(content, pen_width)))
        case ".svg":
            _write(path, _svg(content, pen_width).encode())
        case _:
            raise SaveError(f"{path.name} cannot be written: choose a name that ends in .json, .png or .svg.")


def save_image(image: QImage, path: Path) -> None:
    """Write an image as PNG.

    Raises
    ------
    SaveError
        The suffix is not .png, or the file cannot be written.
    """
    if path.suffix.lower() != ".png":
        raise SaveError(f"{path.name} cannot be written: choose a name that ends in .png.")
    _write(path, png_bytes(image))


def copy_content(content: Content, pen_width: float) -> None:
    """Put what is on the canvas on the clipboard: an image, and a drawing's strokes as JSON beside it."""
    data = QMimeData()
    data.setImageData(image_of(content, pen_width))
    if isinstance(content, Drawing):
        data.setData(DRAWING_FORMAT, QByteArray(_json(content).encode()))
    QGuiApplication.clipboard().setMimeData(data)


def leave_clipboard() -> None:
    """Leave a plain image behind where the clipboard holds a drawing of ours.

    To be called before the program ends: Qt destroys data made in Python after Python has gone, and crashes.
    """
    clipboard = QGuiApplication.clipboard()
    data = clipboard.mimeData()
    if data.hasImage() and '"strokes"' in bytes(data.data(DRAWING_FORMAT).data()).decode(errors="replace"):
        image = clipboard.image()
        clipboard.clear()
        clipboard.setImage(image)


def image_of(content: Content, pen_width: float) -> QImage:
    """Return what is on the canvas as dark ink on white: a drawing 1000 pixels square, a picture as its pixels."""
    if isinstance(content, Drawing):
        image = QImage(_SIDE, _SIDE, QImage.Format.Format_RGB32)
        with QPainter(image) as painter:
            InkLayer().paint(painter, QPoint(0, 0), Look(_SIDE, 1.0, LIGHT, pen_width), content, ())
        return image
    rows, columns = content.ink.shape
    grey = 255 - np.rint(content.ink * 255).astype(np.uint8)
    # Copied, since an image does not keep the memory that it is made of.
    return QImage(grey.tobytes(), columns, rows, columns, QImage.Format.Format_Grayscale8).copy()


def png_bytes(image: QImage) -> bytes:
    """Return an image as the contents of a PNG file."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"PNG")).write(image)
    return bytes(buffer.data().data())


def _json(drawing: Drawing) -> str:
    return json.dumps(drawing.to_json())


def _write(path: Path, data: bytes) -> None:
    """Replace a file by these bytes, or leave it as it was."""
    try:
        write_bytes(path, data)
    except OSError as error:
        raise SaveError(
            f"{path.name} cannot be written ({error.strerror or error}); choose another name or folder."
        ) from error


def _svg(content: Content, pen_width: float) -> str:
    """Return the whole canvas: a drawing as curves, a picture as its pixels, as large as it goes."""
    if isinstance(content, Drawing):
        pen = f'stroke-width="{pen_width:g}" stroke-linecap="round" stroke-linejoin="round"'
        shapes = "\n".join(f'<path d="{" ".join(_steps(stroke))}"/>' for stroke in content.strokes)
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


def _steps(stroke: NDArray[np.float64]) -> Iterator[str]:
    """Yield the parts of a path, of a stroke, (n, 2), as the canvas paints it: it bends towards the points."""
    middles = (stroke[:-1] + stroke[1:]) / 2
    first, last = stroke[0], stroke[-1]
    yield f"M{_place(first)}"
    if (stroke == first).all():
        yield "h0.01"  # a dot: some programs draw no line that has no length
        return
    yield f"L{_place(middles[0])}"
    for bend, goal in zip(stroke[1:-1], middles[1:], strict=True):
        yield f"Q{_place(bend)} {_place(goal)}"
    yield f"L{_place(last)}"


def _place(point: NDArray[np.float64]) -> str:
    x, y = point.round(2).tolist()
    return f"{x:.10g} {y:.10g}"
