"""Curves painted together, as one item of a plot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from mnist_gui.gui.widgets.model_marker import paint_variant

MAX_SMOOTH = 300  # longer curves are painted without antialiasing, which would take long and hardly be visible
MARKER_GAP = 16.0  # pixels from point to point; markers closer together would hide the curve
FAR = 20_000.0  # pixels; QPainter cannot handle arbitrarily large coordinates
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A line through points, with markers if there is room for them.

    Attributes
    ----------
    x, y
        float64 (n,): epochs, and loss or percent. Points that are not finite are left out.
    width
        Width of the line in pixels; 0 paints only markers.
    marker, size
        One of pyqtgraph's symbols, or "" for none, and its side in pixels.
    variant
        Way in which the marker is filled, see `paint_variant`.
    noisy
        Whether its extreme values may be left out of the range.
    top
        float64 (n,): the color fills the area between ``y`` and this, instead of a line.
    """

    x: Floats
    y: Floats
    color: QColor
    width: float
    style: Qt.PenStyle = Qt.PenStyle.SolidLine
    marker: str = ""
    size: float = 8.0
    variant: int = 0
    noisy: bool = False
    top: Floats | None = None


class CurveLayer(pg.GraphicsObject):
    """Paints curves into a plot and never changes the ranges of the plot.

    One item paints them all: PlotDataItems, which are three items each, take twice the time for one run and six
    times the time for a hundred runs.
    """

    def __init__(self) -> None:
        super().__init__()
        self.curves: Sequence[Curve] = ()
        self._log = False
        self.hide()  # without curves, Qt would paint the empty picture that it keeps

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Replace the curves."""
        if curves or self.curves:
            self.curves = curves
            self.setVisible(bool(curves))
            self.update()

    def setLogMode(self, _x: bool, y: bool) -> None:
        self._log = y
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self.viewRect())

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None) -> None:
        transform = painter.transform()
        painter.save()
        painter.resetTransform()  # in pixels, lines keep their width and markers their shape
        for curve in self.curves:
            y = curve.y
            if curve.top is not None:
                _paint_area(painter, curve, curve.top, transform)
                continue
            if self._log:
                with np.errstate(divide="ignore", invalid="ignore"):
                    y = np.log10(y)
            finite = np.isfinite(y)
            if finite.any():
                x = transform.m11() * curve.x[finite] + transform.dx()
                _paint(painter, curve, x, np.clip(transform.m22() * y[finite] + transform.dy(), -FAR, FAR))
        painter.restore()


def _paint_area(painter: QPainter, curve: Curve, top: Floats, transform: QTransform) -> None:
    """Fill the area of a curve; on a plot without logarithms."""
    x = transform.m11() * np.r_[curve.x, curve.x[::-1]] + transform.dx()
    y = transform.m22() * np.r_[curve.y, top[::-1]] + transform.dy()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(curve.color)
    painter.drawPolygon(arrayToQPolygonF(x, np.clip(y, -FAR, FAR)))


def _paint(painter: QPainter, curve: Curve, x: Floats, y: Floats) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(x) <= MAX_SMOOTH)
    if curve.width and len(x) > 1:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pg.mkPen(curve.color, width=curve.width, style=curve.style))
        painter.drawPolyline(arrayToQPolygonF(x, y))
    if curve.marker and (x[-1] - x[0] >= MARKER_GAP * (len(x) - 1)):
        outline = QTransform.fromScale(curve.size, curve.size).map(Symbols[curve.marker])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(curve.color)
        paint = partial(paint_variant, painter, color=curve.color, variant=curve.variant)
        for column, row in zip(x.tolist(), y.tolist(), strict=True):
            (paint if curve.variant else painter.drawPath)(outline.translated(column, row))
