"""A plot as a file, of pixels or of lines."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QImage, QImageWriter, QPainter, QTextDocument
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QGraphicsView

SUFFIXES = (".png", ".svg")
FINENESS = 2  # pixels of the picture to one of the screen
DOTS_PER_INCH = 96
EDGE, GAP = 16, 8  # pixels around, and between parts


def save_picture(path: Path, size: QSize, title: str, paint: Callable[[QPainter], None]) -> None:
    """Write what `paint` paints to a PNG or SVG file, by its suffix.

    Parameters
    ----------
    size
        Of the picture, in pixels of the screen.
    title
        Told to programs that read an SVG file aloud.
    paint
        Fills the size, background included.

    Raises
    ------
    ValueError
        The suffix is another one.
    OSError
        The file cannot be written.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ValueError(
            f"A plot is saved as .png or .svg, not as {suffix or 'a file without a suffix'} ({path.name}). "
            "Choose one of the two."
        )
    picture = _png(size, paint) if suffix == ".png" else _svg(size, title, paint)
    try:
        path.write_bytes(picture)
    except OSError as error:
        raise OSError(
            f"The plot could not be written to {path}: {error.strerror or error}. Choose another place."
        ) from error


def _png(size: QSize, paint: Callable[[QPainter], None]) -> bytes:
    image = QImage(size * FINENESS, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(FINENESS)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    paint(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(data.data())


def _svg(size: QSize, title: str, paint: Callable[[QPainter], None]) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator()
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    generator.setResolution(DOTS_PER_INCH)
    generator.setTitle(title)
    painter = QPainter(generator)
    paint(painter)
    painter.end()
    return bytes(data.data())


class Sheet:
    """Words and plots below each other, for a picture that explains itself.

    Parameters
    ----------
    parts
        HTML for words; plots are as large as they are on the screen.
    colors
        Of the paper, and of the words.
    """

    def __init__(self, parts: Sequence[str | QGraphicsView], font: QFont, colors: tuple[str, str]) -> None:
        self._paper, ink = colors
        self._parts: list[tuple[QTextDocument | QGraphicsView, int]] = []  # and how high they are
        width = max(part.width() for part in parts if not isinstance(part, str))
        for part in parts:
            if isinstance(part, str):
                text = QTextDocument()
                text.setDefaultFont(font)
                text.setDocumentMargin(0)
                text.setHtml(f'<div style="color:{ink}">{part}</div>')
                text.setTextWidth(width)
                self._parts.append((text, math.ceil(text.size().height())))
            else:
                self._parts.append((part, part.height()))
        height = sum(height + GAP for _, height in self._parts) - GAP
        self.size = QSize(width + 2 * EDGE, height + 2 * EDGE)

    def paint(self, painter: QPainter) -> None:
        """Paint all of it, from the painter's origin on."""
        painter.fillRect(QRect(QPoint(0, 0), self.size), QColor(self._paper))
        top = EDGE
        for part, height in self._parts:
            if isinstance(part, QTextDocument):
                painter.save()
                painter.translate(EDGE, top)
                part.drawContents(painter)
                painter.restore()
            else:
                part.render(painter, QRectF(EDGE, top, part.width(), height), part.viewport().rect())
            top += height + GAP
