"""Errors in 10,000 as dots, each with the interval in which the true rate lies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.compare.run_marker import RunMarker, paint_marker
from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.widgets.plot_view import tick_step

ROOM = 10  # pixels between names, plot and figures
MOST_NAMES = 0.34  # of the width
MOST_TICKS = 8
LEAST_PLOT = 160  # pixels


class ErrorRate(NamedTuple):
    """How often a run errs, in 10,000; `low` and `high` bound its 95 % interval."""

    marker: RunMarker
    errors: float
    low: float
    high: float


class ErrorRatePlot(QWidget):
    """A line a run: its name, its dot with the interval, and the figures."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rates: tuple[ErrorRate, ...] = ()
        self.setObjectName("error_dots")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_rates(())

    def set_rates(self, rates: Sequence[ErrorRate]) -> None:
        """Show these, in this order."""
        self._rates = tuple(rates)
        self.setAccessibleName("Errors in 10,000")
        said = (f"{rate.marker.name}: {_figure(rate)}" for rate in self._rates)
        self.setAccessibleDescription("; ".join(said) or "nothing yet")
        self.updateGeometry()
        self.update()

    # -- where everything is

    def _line_height(self) -> int:
        return QFontMetrics(self.font()).height() + 10

    def _name_width(self) -> int:
        metrics = QFontMetrics(self.font())
        widest = max((metrics.horizontalAdvance(rate.marker.name) for rate in self._rates), default=0)
        return min(widest + metrics.ascent() + 8, round(MOST_NAMES * self.width()))

    def _figure_width(self) -> int:
        metrics = QFontMetrics(self.font())
        return max((metrics.horizontalAdvance(_figure(rate)) for rate in self._rates), default=0) + 2

    def _plot(self) -> QRectF:
        left, right = self._name_width() + ROOM, self._figure_width() + ROOM
        return QRectF(left, 0, self.width() - left - right, len(self._rates) * self._line_height())

    def _range(self) -> tuple[float, float]:
        """Return what the axis spans: all intervals, and 0 where that is near."""
        low, high = min(rate.low for rate in self._rates), max(rate.high for rate in self._rates)
        span = max(high - low, 1.0)
        return (0.0 if low < span else low - 0.05 * span), high + 0.05 * span

    # -- painting

    def _paint_axis(self, painter: QPainter, plot: QRectF, colors: Colors) -> None:
        low, high = self._range()
        metrics = QFontMetrics(self.font())
        most = max(min(MOST_TICKS, int(plot.width() / (2 * metrics.horizontalAdvance("10,000")))), 1)
        step = max(tick_step(high - low, most), 1)
        tick = math.ceil(low / step) * step
        while tick <= high:
            x = plot.left() + (tick - low) / (high - low) * plot.width()
            painter.setPen(QPen(QColor(colors.grid), 1))
            painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
            painter.setPen(QColor(colors.muted))
            wide = metrics.horizontalAdvance(f"{tick:,.0f}") + 2
            place = QRectF(x - wide / 2, plot.bottom() + 2, wide, metrics.height())
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{tick:,.0f}")
            tick += step

    def _paint_rate(self, painter: QPainter, rate: ErrorRate, top: float, plot: QRectF, colors: Colors) -> None:
        metrics, line = QFontMetrics(self.font()), self._line_height()
        middle, side = top + line / 2, metrics.ascent() * 0.85
        low, high = self._range()
        ends = [plot.left() + (at - low) / (high - low) * plot.width() for at in (rate.low, rate.errors, rate.high)]
        color = colors.model(rate.marker.model)
        painter.setPen(QPen(color, 2))
        painter.drawLine(QLineF(ends[0], middle, ends[2], middle))
        for x in (ends[0], ends[2]):
            painter.drawLine(QLineF(x, middle - 4, x, middle + 4))
        if rate.marker.variant:  # an outline, through which the line is not to be seen
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.window))
            painter.drawEllipse(QPointF(ends[1], middle), side / 2, side / 2)
        paint_marker(painter, rate.marker, QPointF(ends[1], middle), side, colors)
        paint_marker(painter, rate.marker, QPointF(side / 2 + 1, middle), side, colors)
        painter.setPen(QColor(colors.text))
        name = QRectF(metrics.ascent() + 8, top, self._name_width() - metrics.ascent() - 8, line)
        text = metrics.elidedText(rate.marker.name, Qt.TextElideMode.ElideMiddle, int(name.width()) + 1)
        painter.drawText(name, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        figure = QRectF(plot.right() + ROOM, top, self._figure_width(), line)
        painter.drawText(figure, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, _figure(rate))

    # -- Qt

    def sizeHint(self) -> QSize:
        """Ask for a line a run, and one for the axis."""
        height = len(self._rates) * self._line_height() + QFontMetrics(self.font()).height() + 4
        return QSize(640, height if self._rates else 0)

    def minimumSizeHint(self) -> QSize:
        """Become no lower, but narrower."""
        return QSize(LEAST_PLOT + 2 * self._figure_width() + 2 * ROOM, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axis and runs."""
        if not self._rates:
            return
        colors, plot = colors_of(self), self._plot()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_axis(painter, plot, colors)
            for place, rate in enumerate(self._rates):
                self._paint_rate(painter, rate, place * self._line_height(), plot, colors)


def _figure(rate: ErrorRate) -> str:
    return f"{rate.errors:,.0f}  ({rate.low:,.0f} to {rate.high:,.0f})"
