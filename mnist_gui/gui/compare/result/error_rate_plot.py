"""Error rates as points, each with its 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.widgets.plot_view import tick_step
from mnist_gui.gui.widgets.run_marker import RunMarker, paint_marker

GAP = 10  # pixels between names, figures and plot
EDGE = 24  # pixels at the right, for half of the last number
MAX_NAME_FRACTION = 0.34  # of the width
MAX_TICKS = 8
MIN_PLOT_WIDTH = 160  # pixels
MAX_GROWTH = 2.0  # of the lines, where there is room
DOT, DOT_DROP = 2.5, 8.0  # pixels: radius of a dot, and how far below its rate it is


class ErrorRate(NamedTuple):
    """Errors of a run in 10,000 digits, or in percent; `low` and `high` bound the 95 % interval.

    Attributes
    ----------
    figures
        The rate in figures, where it is not the rate with its interval.
    dots
        Further rates, shown as small dots: those of the runs of which this is the mean.
    """

    marker: RunMarker
    errors: float
    low: float
    high: float
    in_percent: bool = False
    figures: str = ""
    dots: tuple[float, ...] = ()

    @property
    def text(self) -> str:
        """The rate with its interval in figures."""
        if self.figures:
            return self.figures
        if self.in_percent:
            return f"{self.errors:.1f} %  ({self.low:.1f} to {self.high:.1f} %)"
        return f"{self.errors:,.0f}  ({self.low:,.0f} to {self.high:,.0f})"


class ErrorRatePlot(QWidget):
    """A line for each run: its name, the figures, and its point with the interval.

    Parameters
    ----------
    grows
        Whether the lines move apart where there is room.
    """

    def __init__(self, parent: QWidget | None = None, *, grows: bool = False) -> None:
        super().__init__(parent)
        self._rates: tuple[ErrorRate, ...] = ()
        self.setObjectName("error_dots")
        vertical = QSizePolicy.Policy.Preferred if grows else QSizePolicy.Policy.Fixed
        self.setSizePolicy(QSizePolicy.Policy.Expanding, vertical)
        self.set_rates(())

    def set_rates(self, rates: Sequence[ErrorRate]) -> None:
        """Show rates in this order."""
        self._rates = tuple(rates)
        self.setAccessibleName("Errors in percent" if any(rate.in_percent for rate in rates) else "Errors in 10,000")
        texts = [f"{rate.marker.name}: {rate.text}" for rate in rates]
        self.setAccessibleDescription("; ".join(texts) or "nothing yet")
        self._limit_height()
        self.update()

    # -- geometry

    def _least_line_height(self) -> int:
        return QFontMetrics(self.font()).height() + 10

    def _line_height(self) -> int:
        room = (self.height() - self._axis_height()) // max(len(self._rates), 1)
        return max(self._least_line_height(), room)

    def _axis_height(self) -> int:
        return QFontMetrics(self.font()).height() + 4

    def _limit_height(self) -> None:
        self.setMaximumHeight(round(len(self._rates) * MAX_GROWTH * self._least_line_height()) + self._axis_height())
        self.updateGeometry()

    def _name_width(self) -> int:
        metrics = QFontMetrics(self.font())
        widest = max((metrics.horizontalAdvance(rate.marker.name) for rate in self._rates), default=0)
        return min(widest + metrics.ascent() + 8, round(MAX_NAME_FRACTION * self.width()))

    def _figure_width(self) -> int:
        metrics = QFontMetrics(self.font())
        return max((metrics.horizontalAdvance(rate.text) for rate in self._rates), default=0) + 2

    def _plot_area(self) -> QRectF:
        left, right = self._name_width() + GAP + self._figure_width() + GAP, EDGE
        return QRectF(left, 0, self.width() - left - right, len(self._rates) * self._line_height())

    def _range(self) -> tuple[float, float]:
        """Return the range of the axis: all intervals, and 0 if it is near."""
        low = min(min(rate.low, *rate.dots) if rate.dots else rate.low for rate in self._rates)
        high = max(max(rate.high, *rate.dots) if rate.dots else rate.high for rate in self._rates)
        span = max(high - low, 1.0)
        return (0.0 if low < span else low - 0.05 * span), high + 0.05 * span

    # -- painting

    def _paint_axis(self, painter: QPainter, plot: QRectF, colors: Colors) -> None:
        low, high = self._range()
        metrics = QFontMetrics(self.font())
        max_ticks = max(min(MAX_TICKS, int(plot.width() / (2 * metrics.horizontalAdvance("10,000")))), 1)
        step = max(tick_step(high - low, max_ticks), 1)
        tick = math.ceil(low / step) * step
        while tick <= high:
            x = plot.left() + (tick - low) / (high - low) * plot.width()
            painter.setPen(QPen(QColor(colors.grid), 1))
            painter.drawLine(QLineF(x, plot.top(), x, plot.bottom()))
            painter.setPen(QColor(colors.muted))
            width = metrics.horizontalAdvance(f"{tick:,.0f}") + 2
            area = QRectF(x - width / 2, plot.bottom() + 2, width, metrics.height())
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, f"{tick:,.0f}")
            tick += step

    def _paint_rate(self, painter: QPainter, rate: ErrorRate, top: float, plot: QRectF, colors: Colors) -> None:
        metrics, height = QFontMetrics(self.font()), self._line_height()
        middle, side = top + height / 2, metrics.ascent() * 0.85
        low, high = self._range()
        left, x, right = (
            plot.left() + (value - low) / (high - low) * plot.width() for value in (rate.low, rate.errors, rate.high)
        )
        painter.setPen(QPen(colors.mark(rate.marker.mark), 2))
        painter.drawLine(QLineF(left, middle, right, middle))
        for end in (left, right):
            painter.drawLine(QLineF(end, middle - 4, end, middle + 4))
        painter.setPen(QPen(colors.mark(rate.marker.mark), 1))
        painter.setBrush(QColor(colors.window))
        for dot in rate.dots:
            column = plot.left() + (dot - low) / (high - low) * plot.width()
            painter.drawEllipse(QPointF(column, middle + DOT_DROP), DOT, DOT)
        if rate.marker.variant:  # hide the line inside the outline
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.window))
            painter.drawEllipse(QPointF(x, middle), side / 2, side / 2)
        paint_marker(painter, rate.marker, QPointF(x, middle), side, colors)
        paint_marker(painter, rate.marker, QPointF(side / 2 + 1, middle), side, colors)
        painter.setPen(QColor(colors.text))
        name_area = QRectF(metrics.ascent() + 8, top, self._name_width() - metrics.ascent() - 8, height)
        name = metrics.elidedText(rate.marker.name, Qt.TextElideMode.ElideMiddle, int(name_area.width()) + 1)
        painter.drawText(name_area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
        figures_area = QRectF(plot.left() - GAP - self._figure_width(), top, self._figure_width(), height)
        painter.drawText(figures_area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, rate.text)

    # -- Qt

    def sizeHint(self) -> QSize:
        height = len(self._rates) * self._least_line_height() + self._axis_height()
        return QSize(640, height if self._rates else 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(MIN_PLOT_WIDTH + 2 * self._figure_width() + 2 * GAP, self.sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._limit_height()

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._rates:
            return
        colors, plot = colors_of(self), self._plot_area()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_axis(painter, plot, colors)
            for index, rate in enumerate(self._rates):
                self._paint_rate(painter, rate, index * self._line_height(), plot, colors)
