"""Curves painted together, as one item of a plot; those that stand still are painted only once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.functions import arrayToQPolygonF
from pyqtgraph.graphicsItems.ScatterPlotItem import Symbols
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QPainter, QPixmap, QTransform
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

MOST_SMOOTH = 300  # points of a curve that is drawn antialiased; that of more would cost, and hardly be seen
MARKER_GAP = 16.0  # pixels from point to point, below which markers would hide the curve
FAR = 20_000.0  # pixels: what lies farther out is not seen, and painters reckon with limited numbers
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """A line through points, with markers where there is room for them.

    Attributes
    ----------
    x, y
        float64 (n,): epochs, and loss or percent. Points that are not finite are left out.
    width
        Of the line, in pixels; 0 for markers alone.
    marker, size
        One of pyqtgraph's symbols, or "" for none, and its side in pixels.
    filled
        False for a marker in outline.
    noisy
        Its extremes say little.
    """

    x: Floats
    y: Floats
    color: QColor
    width: float
    style: Qt.PenStyle = Qt.PenStyle.SolidLine
    marker: str = ""
    size: float = 8.0
    filled: bool = True
    noisy: bool = False


class CurveLayer(pg.GraphicsObject):
    """Paints curves into a plot; it never changes the plot's ranges.

    One item for all of them, because every item costs pyqtgraph time at each repaint, seen or not.

    Parameters
    ----------
    kept
        Keep what was painted as a picture until curves, ranges or size change: for curves that stand still while
        others move.
    """

    def __init__(self, *, kept: bool = False) -> None:
        super().__init__()
        self.curves: Sequence[Curve] = ()
        self._kept = kept
        self._picture: QPixmap | None = None
        self._painted_for: tuple[object, ...] = ()
        self._log = False

    def set_curves(self, curves: Sequence[Curve]) -> None:
        """Show these instead."""
        if curves or self.curves:
            self.curves = curves
            self._picture = None
            self.update()

    def setLogMode(self, _x: bool, y: bool) -> None:
        """Follow the plot's scale; called by pyqtgraph."""
        self._log = y
        self._picture = None
        self.update()

    def _draw(self, painter: QPainter, transform: QTransform, within: QRectF | None = None) -> None:
        for curve in self.curves:
            y = curve.y
            if self._log:
                with np.errstate(divide="ignore", invalid="ignore"):
                    y = np.log10(y)
            good = np.isfinite(y)
            if good.any():
                x = transform.m11() * curve.x[good] + transform.dx()
                y = np.clip(transform.m22() * y[good] + transform.dy(), -FAR, FAR)
                _draw_curve(painter, curve, x, y, within)

    def _draw_picture(self, painter: QPainter, transform: QTransform) -> None:
        ratio = painter.device().devicePixelRatio()
        place = transform.mapRect(self.boundingRect()).toAlignedRect()
        painted_for = (place, transform, ratio)
        if self._picture is None or self._painted_for != painted_for:
            self._picture = QPixmap((QSizeF(place.size()) * ratio).toSize())
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(Qt.GlobalColor.transparent)
            self._painted_for = painted_for
            brush = QPainter(self._picture)
            brush.translate(-place.topLeft())
            self._draw(brush, transform)
            brush.end()
        painter.drawPixmap(place.topLeft(), self._picture)

    # -- Qt

    def boundingRect(self) -> QRectF:
        """Return all that the plot shows."""
        return QRectF(self.viewRect())

    def viewRangeChanged(self) -> None:
        """Follow the plot's ranges; called by pyqtgraph."""
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, _option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        """Paint in pixels: lines keep their width, and markers their shape."""
        if not self.curves:
            return
        transform = painter.transform()
        painter.save()
        painter.resetTransform()
        # Without a widget it is painted into a file, which may be one of lines, not of pixels.
        if self._kept and widget is not None:
            self._draw_picture(painter, transform)
        else:
            # On the screen the plot clips what it paints; some file formats cannot.
            self._draw(painter, transform, None if widget else transform.mapRect(self.boundingRect()))
        painter.restore()


def clipped(x: Floats, y: Floats, within: QRectF) -> list[tuple[Floats, Floats]]:
    """Return the pieces of a line that lie in a rectangle (the algorithm of Liang and Barsky)."""
    across, down = np.diff(x), np.diff(y)
    enters, leaves = np.zeros(len(across)), np.ones(len(across))
    for step, room in (
        (-across, x[:-1] - within.left()),
        (across, within.right() - x[:-1]),
        (-down, y[:-1] - within.top()),
        (down, within.bottom() - y[:-1]),
    ):
        with np.errstate(divide="ignore", invalid="ignore"):
            crossing = room / step
        enters = np.where(step < 0, np.maximum(enters, crossing), enters)
        leaves = np.where(step > 0, np.minimum(leaves, crossing), leaves)
        leaves[(step == 0) & (room < 0)] = -1  # alongside, and outside
    seen = np.flatnonzero(enters < leaves)
    pieces = np.split(seen, np.flatnonzero((np.diff(seen) > 1) | (leaves[seen[:-1]] < 1) | (enters[seen[1:]] > 0)) + 1)
    return [
        (
            np.append(x[piece[0]] + enters[piece[0]] * across[piece[0]], x[piece] + leaves[piece] * across[piece]),
            np.append(y[piece[0]] + enters[piece[0]] * down[piece[0]], y[piece] + leaves[piece] * down[piece]),
        )
        for piece in pieces
        if len(piece)
    ]


def _draw_curve(painter: QPainter, curve: Curve, x: Floats, y: Floats, within: QRectF | None) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, len(x) <= MOST_SMOOTH)
    if curve.width and len(x) > 1:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pg.mkPen(curve.color, width=curve.width, style=curve.style))
        for columns, rows in [(x, y)] if within is None else clipped(x, y, within):
            painter.drawPolyline(arrayToQPolygonF(columns, rows))
    if curve.marker and (x[-1] - x[0] >= MARKER_GAP * (len(x) - 1)):
        outline = QTransform.fromScale(curve.size, curve.size).map(Symbols[curve.marker])
        painter.setPen(Qt.PenStyle.NoPen if curve.filled else pg.mkPen(curve.color, width=2))
        painter.setBrush(curve.color if curve.filled else Qt.BrushStyle.NoBrush)
        for column, row in zip(x.tolist(), y.tolist(), strict=True):
            if within is None or within.contains(column, row):
                painter.drawPath(outline.translated(column, row))
