"""The report's figures as pictures: Qt draws their SVG."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgRenderer

from mnist_gui.report.report import Report, report_figures
from mnist_gui.report.svg import LIGHT

FINENESS = 2  # pixels of a picture to one of the figure


def write_figures(folder: Path, report: Report) -> list[Path]:
    """Write each figure as PNG into a folder, which is made where it is missing; return their paths.

    Raises
    ------
    OSError
        One cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, svg in report_figures(report, LIGHT).items():
        paths.append(folder / f"{name}.png")
        _write_png(paths[-1], svg)
    return paths


def _write_png(path: Path, svg: str) -> None:
    """Draw a figure, so many times finer than it is large, on white."""
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    image = QImage(renderer.defaultSize() * FINENESS, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    renderer.render(painter, QRectF(image.rect()))
    painter.end()
    writer = QImageWriter(str(path), QByteArray(b"png"))
    if not writer.write(image):
        raise OSError(f"{path} could not be written: {writer.errorString()}")
