"""Plots as a file of pixels (PNG) or of lines (SVG)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QFont, QImage, QImageWriter, QPaintDevice, QPainter, QTextDocument
from PySide6.QtSvg import QSvgGenerator

from mnist_gui.files import write_bytes
from mnist_gui.gui.widgets.plot_view import PlotView

SUFFIXES = (".png", ".svg")
PIXEL_RATIO = 2  # pixels of a PNG file for one of the screen
DOTS_PER_INCH = 96
EDGE, GAP = 16, 8  # pixels around and between the parts


def save_plots(path: Path, parts: Sequence[str | PlotView], font: QFont, *, paper: str, ink: str, title: str) -> None:
    """Write texts and plots, one below the other, to a PNG or SVG file by its suffix.

    pyqtgraph's exporters write only one plot, without the texts around it.

    Parameters
    ----------
    parts
        Texts as HTML; plots are as large as on the screen.
    paper, ink
        Colours of the background and of the texts.
    title
        Title of the SVG file, for screen readers.

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
    width = max(part.width() for part in parts if isinstance(part, PlotView))
    blocks = [part if isinstance(part, PlotView) else _document(part, font, ink, width) for part in parts]
    height = sum(_height(block) + GAP for block in blocks) - GAP
    size = QSize(width + 2 * EDGE, height + 2 * EDGE)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    if suffix == ".png":
        image = QImage(size * PIXEL_RATIO, QImage.Format.Format_RGB32)
        image.setDevicePixelRatio(PIXEL_RATIO)
        _paint(image, size, blocks, paper)
        QImageWriter(buffer, QByteArray(b"png")).write(image)
    else:
        generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # SVG Tiny cannot clip curves to their plot
        generator.setOutputDevice(buffer)
        generator.setSize(size)
        generator.setViewBox(QRect(QPoint(0, 0), size))
        generator.setResolution(DOTS_PER_INCH)
        generator.setTitle(title)
        _paint(generator, size, blocks, paper)
    try:
        write_bytes(path, bytes(buffer.data().data()))
    except OSError as error:
        raise OSError(
            f"The plot could not be written to {path}: {error.strerror or error}. Choose another place."
        ) from error


def _document(html: str, font: QFont, ink: str, width: int) -> QTextDocument:
    document = QTextDocument()
    document.setDefaultFont(font)
    document.setDocumentMargin(0)
    document.setHtml(f'<div style="color:{ink}">{html}</div>')
    document.setTextWidth(width)
    return document


def _height(block: QTextDocument | PlotView) -> int:
    return block.height() if isinstance(block, PlotView) else math.ceil(block.size().height())


def _paint(device: QPaintDevice, size: QSize, blocks: Sequence[QTextDocument | PlotView], paper: str) -> None:
    with QPainter(device) as painter:
        painter.fillRect(QRect(QPoint(0, 0), size), QColor(paper))
        top = EDGE
        for block in blocks:
            if isinstance(block, PlotView):
                block.render_lines(painter, QRectF(EDGE, top, block.width(), block.height()))
            else:
                painter.save()
                painter.translate(EDGE, top)
                block.drawContents(painter)
                painter.restore()
            top += _height(block) + GAP
