"""A plot of curves that the user points into with mouse or keys."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPixmapCache,
    QResizeEvent,
    QWheelEvent,
)

from mnist_gui.gui.keyboard_focus import has_keyboard_focus
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.curve_layer import CurveLayer, Floats

MAX_TICKS_BELOW = 13
MARGIN = 0.05  # of the values' span, above and below
AMPLE_LINES = 1.75  # distance of the numbers on the left, in lines of text, where there is room
USUAL_TICKS = 5  # on the left, where there is less room
LINES_APART = 1.25  # least distance of the numbers on the left, in lines of text
MIN_TICKS = 2  # on the left, however crowded: one number does not show a scale
WIDTHS_APART = 1.5  # least distance of the numbers below, in widths of the widest
LOG_DIGITS = ((1, 2, 3, 4, 5, 6, 7, 8, 9), (1, 2, 5), (1, 3), (1,))  # ticks within a decade
MARKER_ROOM = 12  # pixels between the outermost values and the edge
TOO_WIDE = 2.0  # a range this many times wider than needed is narrowed
CACHE_KILOBYTES = 65_536  # the pictures of the resting layers of two plots that fill a large screen
KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Down)


class ValueAxis(pg.AxisItem):
    """An axis that writes only numbers that do not overlap; below, whole numbers only."""

    def tickValues(self, minVal: float, maxVal: float, size: float) -> list[tuple[float | None, list[float]]]:
        low, high = sorted((minVal, maxVal))
        size = max(size, 1.0)  # while widgets are arranged, a plot may be as low as its axis
        metrics = QFontMetrics(self.style["tickFont"] or QFont())
        if self.orientation == "bottom":
            room = size / (WIDTHS_APART * metrics.horizontalAdvance(f"{high:.0f}"))
            step = max(tick_step(high - low, max(min(int(room), MAX_TICKS_BELOW), 1)), 1)
        else:
            line = metrics.height()
            # A number beside either end would be cut, and is left out by pyqtgraph.
            half = min(line / (2 * size), 0.25) * (high - low)
            low, high = low + half, high - half
            room = max(int(size / (LINES_APART * line)), 1)
            if self.logMode:
                return [log_ticks(low, high, room)]
            most = min(max(int(size / (AMPLE_LINES * line)), USUAL_TICKS), room)
            step = tick_step_within(low, high, most, MIN_TICKS)
            values, pixels = _multiples(step, low, high), size / abs(maxVal - minVal)
            while len(values) > MIN_TICKS and step * pixels <= line:  # more than the two that there must be, too close
                values, step = values[::2], 2 * step
            return [(step, values)]
        return [(step, _multiples(step, low, high))]

    def tickStrings(self, values: list[float], scale: float, spacing: float | None) -> list[str]:
        if self.logMode and spacing is not None:  # not the one significant digit that pyqtgraph writes
            return [plain_number(10**value) for value in values]
        strings: list[str] = super().tickStrings(values, scale, spacing)
        return strings

    def text_width(self, size: float) -> int:
        """Return the width of the widest number in the present range, for an axis of this length in pixels."""
        low, high = self.range
        ((spacing, values),) = self.tickValues(low, high, size)
        metrics = QFontMetrics(self.style["tickFont"] or QFont())
        return max(map(metrics.horizontalAdvance, self.tickStrings(values, 1.0, spacing)), default=0)


class PlotView(pg.PlotWidget):
    """Three layers of curves, at rest, moving and raised, in a range that mouse and wheel do not change.

    It has no grid, which pyqtgraph would paint three times as long as the curves.

    Parameters
    ----------
    min_lines
        Least height, in lines of text. (That of pyqtgraph is 480 pixels.)
    opaque
        Whether the plot has a background of its own.
    focusable
        Whether the plot takes the keyboard focus.

    Signals
    -------
    pointed(x: float, value: float)
        The mouse moved there; the value is a logarithm to base 10 on a logarithmic scale.
    key_pressed(key: int)
        One of `KEYS` was pressed.
    pointing_ended()
        The mouse or the focus left the plot.
    restyled()
        Theme or font changed: the curves need other colours.
    """

    pointed = Signal(float, float)
    key_pressed = Signal(int)
    pointing_ended = Signal()
    restyled = Signal()
    min_width = 0  # in heights of a line; 0 for twice the least height
    widest_number = "0.000"  # for which the left axis always has room
    _ready = False  # pyqtgraph sends events from within its constructor

    def __init__(self, min_lines: int, *, opaque: bool = False, focusable: bool = False) -> None:
        axes = {"left": ValueAxis("left"), "bottom": ValueAxis("bottom")}
        super().__init__(enableMenu=False, background=None, axisItems=axes)
        self._min_lines = min_lines
        self._opaque = opaque
        self._range: tuple[float, float] | None = None
        self._fitted = 0.0, 1.0  # the values that the range was chosen for
        self._texts_below: Mapping[float, str] = {}
        self.aligned: Sequence[PlotView] = ()  # other plots whose left axes get the same width
        self.rest, self.moving, self.raised = CurveLayer(), CurveLayer(), CurveLayer()
        self._cache_rest(True)
        QPixmapCache.setCacheLimit(max(QPixmapCache.cacheLimit(), CACHE_KILOBYTES))
        self.line = pg.InfiniteLine(angle=90)
        self.line.hide()
        for item in (self.rest, self.moving, self.line, self.raised):
            self.addItem(item)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.disableAutoRange()
        self.getAxis("left").setStyle(hideOverlappingLabels=True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if focusable else Qt.FocusPolicy.NoFocus)
        self._ready = True
        self._apply_theme()

    def set_min_lines(self, lines: int) -> None:
        """Change the least height."""
        self._min_lines = lines
        self.updateGeometry()

    def show_values(self, shown: bool) -> None:
        """Show or hide the numbers on the left; without curves they have no meaning."""
        if self.getAxis("left").style["showValues"] != shown:
            self.getAxis("left").setStyle(showValues=shown)

    def set_labels(self, labels: Mapping[float, str]) -> None:
        """Write texts instead of numbers below the plot: all, every second, or evenly spaced ones to the last."""
        self._texts_below = labels
        self._write_labels()

    def fit(self, values: Floats, *, low: float = 0, high: float = 100) -> None:
        """Show the values from one percentile to another.

        The present range is kept while it is suitable, because another one repaints all curves.
        """
        finite = values[np.isfinite(values)]
        if not len(finite):
            self._range = None
            return
        least, most = (float(value) for value in np.percentile(finite, (low, high)))
        wanted = self._with_room(least, most)
        kept = self._range
        # Half the room still shows a marker whole.
        if (
            kept is None
            or (least + wanted[0]) / 2 < kept[0]
            or (most + wanted[1]) / 2 > kept[1]
            or kept[1] - kept[0] > TOO_WIDE * (wanted[1] - wanted[0])
        ):
            self._fitted = least, most
            self._show_range(wanted)

    def forget_range(self) -> None:
        """Choose a new range at the next `fit`."""
        self._range = None

    def render_lines(self, painter: QPainter, target: QRectF) -> None:
        """Paint the plot as lines and texts, for a file."""
        self._cache_rest(False)
        self.render(painter, target, self.viewport().rect())
        self._cache_rest(True)

    # -- inside

    def _cache_rest(self, cached: bool) -> None:
        modes = self.rest.CacheMode
        self.rest.setCacheMode(modes.DeviceCoordinateCache if cached else modes.NoCache)

    def _with_room(self, least: float, most: float) -> tuple[float, float]:
        """Return a range in which markers at both ends are seen whole."""
        span = max(most - least, 1e-6 + 0.01 * abs(most))
        inner = max(self._inner_height() - 2 * MARKER_ROOM, MARKER_ROOM)
        room = span * max(MARGIN, MARKER_ROOM / inner)
        return least - room, most + room

    def _inner_height(self) -> float:
        """Return the height of the curves' part, which pyqtgraph knows only some time after a resize."""
        return float(self.height() - self.getAxis("bottom").height())

    def _show_range(self, wanted: tuple[float, float]) -> None:
        self._range = wanted
        self.setYRange(*wanted, padding=0)
        self._align()

    def _align(self) -> None:
        """Give the left axis room for its numbers, which pyqtgraph does only after it has left them out once."""
        views = self, *self.aligned
        widths = [view.getAxis("left").text_width(view._inner_height()) for view in views]
        width = 10 + max(self.fontMetrics().horizontalAdvance(self.widest_number), *widths)
        for view in views:
            view.getAxis("left").setWidth(width)
            view.getPlotItem().layout.activate()  # otherwise the next picture still has the old width

    def _write_labels(self) -> None:
        if not self._texts_below:
            return
        axis, places = self.getAxis("bottom"), sorted(self._texts_below)
        widest = max(map(self.fontMetrics().horizontalAdvance, self._texts_below.values()))
        pixels = (self.width() - self.getAxis("left").width()) / np.ptp(self.viewRange()[0])
        shown, last = places, len(places) - 1
        for step in range(1, last + 1):
            if (last % step == 0 or step == 2) and np.diff(shown).min() * pixels < WIDTHS_APART * widest:
                shown = places[::step]
        axis.setTicks([[(place, self._texts_below[place]) for place in shown]])
        # Half of the outermost text lies beyond the end of the axis.
        axis.setStyle(hideOverlappingLabels=widest)
        self.getPlotItem().layout.setContentsMargins(2, 6, widest // 2 + 2, 2)

    def _apply_theme(self) -> None:
        colors = colors_of(self)
        if self._opaque:
            self.setBackground(colors.surface)
        self.resetCachedContent()  # pyqtgraph caches the background, in the colours of the theme before
        bottom = self.getAxis("bottom")
        for axis in (self.getAxis("left"), bottom):
            axis.setPen(pg.mkPen(colors.border))
            axis.setTextPen(pg.mkPen(colors.muted))
            axis.setTickFont(self.font())
        if bottom.style["showValues"]:
            bottom.setHeight(self.fontMetrics().height() + 8)
        self._align()
        self._write_labels()
        self.updateGeometry()
        self.restyled.emit()

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if self._ready and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._apply_theme()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        super().resizeEvent(event)
        if not self._ready:
            return
        if self._range is not None:
            self._show_range(self._with_room(*self._fitted))
        self._write_labels()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # the axes would take it from the column that scrolls

    def viewportEvent(self, event: QEvent) -> bool:
        # The scene would replace the tooltip that a subclass shows by its own, which is empty.
        return event.type() == QEvent.Type.ToolTip or bool(super().viewportEvent(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self.getViewBox().mapSceneToView(self.mapToScene(event.position().toPoint()))
        self.pointed.emit(at.x(), at.y())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.pointing_ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        modifiers = Qt.KeyboardModifier
        if event.key() in KEYS and event.modifiers() in (modifiers.NoModifier, modifiers.KeypadModifier):
            self.key_pressed.emit(event.key())
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()
        self.pointing_ended.emit()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        if has_keyboard_focus(self):
            painter.setPen(pg.mkPen(QColor(colors_of(self).accent), width=2))
            painter.drawRoundedRect(self.mapToScene(self.rect()).boundingRect().adjusted(1, 1, -1, -1), 6, 6)

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize((self.min_width or 2 * self._min_lines) * line, self._min_lines * line)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


def stepped(key: int, index: int, first: int, last: int) -> int:
    """Return the index to which one of `KEYS` moves, within the bounds."""
    keys = Qt.Key
    moved = {keys.Key_Left: index - 1, keys.Key_Right: index + 1, keys.Key_Home: first, keys.Key_End: last}
    return min(max(moved.get(keys(key), index), first), last)


def plain_number(value: float) -> str:
    """Return a positive value with four significant digits and no exponent, unless it would have very many zeros."""
    if not 1e-7 < value < 1e9:
        return f"{value:.4g}"
    return np.format_float_positional(float(f"{value:.4g}"), trim="-")


def tick_step(span: float, most: int) -> float:
    """Return 1, 2 or 5 times a power of ten that divides the span into at most that many steps."""
    size = 10.0 ** math.floor(math.log10(span / most))
    return next((step * size for step in (1, 2, 5) if span <= most * step * size), 10 * size)


def tick_step_within(low: float, high: float, most: int, least: int) -> float:
    """Return the largest `tick_step` for `most` steps, or for as many as put `least` multiples into the range."""
    while True:
        step = tick_step(high - low, most)
        if len(_multiples(step, low, high)) >= least:
            return step
        most += 1


def log_ticks(low: float, high: float, most: int) -> tuple[float | None, list[float]]:
    """Return at least two ticks of a logarithmic axis, and the step of their values if that is constant.

    Range and ticks are logarithms to base 10; `most` steps of equal length have room in the range.
    """
    decades = range(math.floor(low), math.ceil(high))
    for digits in LOG_DIGITS:
        found = np.array([decade + math.log10(digit) for decade in decades for digit in digits])
        found = found[(low <= found) & (found <= high)]
        if len(found) >= MIN_TICKS and np.diff(found).min() >= (high - low) / most:
            return None, found.tolist()
    if high - low > MIN_TICKS:
        return None, _multiples(max(tick_step_within(low, high, most, MIN_TICKS), 1), low, high)
    step = tick_step_within(10**low, 10**high, most, MIN_TICKS)
    found = np.log10(_multiples(step, 10**low, 10**high))
    while len(found) > MIN_TICKS and np.diff(found).min() < (high - low) / most:
        found, step = found[::2], 2 * step
    return step, found.tolist()


def _multiples(step: float, low: float, high: float) -> list[float]:
    return [index * step for index in range(math.ceil(low / step), math.floor(high / step) + 1)]
