"""A plot that is looked at and pointed into, by mouse and by keys."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.curve_layer import Curve, CurveLayer, Floats

MOST_TICKS = 12
MARGIN = 0.05  # of the values' span, above and below
USUAL_TICKS = 5  # asked for on the left where there is no room for ample space between more
APART = 1.25  # lines of text that numbers on the left stand apart at least, once there are more than two
LEAST_TICKS = 2  # in the range, even where they are crowded: one number says nothing of it
MARKER_ROOM = 12  # pixels between the outermost values and the edge
# The percentiles shown where outliers are ignored. The good end of each figure is what a run is judged by.
LOSS_SHOWN, ACCURACY_SHOWN, ALL = (0, 95), (5, 100), (0, 100)
LOWEST_BATCHES = 1  # percent of them are outliers, which a logarithm would make much of
MOST_VALUES = 10_000  # that a range is chosen by
TOO_WIDE = 2.0  # the shown range is narrowed when it is so many times what it need be
KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_Up, Qt.Key.Key_Down)


class PlotView(pg.PlotWidget):
    """Three layers of curves that keep still under mouse and wheel: at rest, moving, raised.

    It has no grid: pyqtgraph's costs three times as much as the curves at each repaint.

    Parameters
    ----------
    least_lines
        Of text: how low it may become. (pyqtgraph's own idea of a height is 480 pixels.)
    focusable
        Whether it takes part in the order of focus, and so gets keys.

    Signals
    -------
    pointed(epoch: float, value: float)
        The mouse is there; the value is the logarithm to base 10 on a log scale.
    key_pressed(key: int)
        One of `KEYS`.
    left()
        The mouse or the focus has gone.
    """

    pointed = Signal(float, float)
    key_pressed = Signal(int)
    left = Signal()

    def __init__(self, least_lines: int, *, focusable: bool = False) -> None:
        super().__init__(enableMenu=False)  # which it would make, and never show
        self._least_lines = least_lines
        self._range: tuple[float, float] | None = None
        self._fitted = 0.0, 1.0  # what the range was chosen for
        self.rest, self.moving, self.raised = CurveLayer(kept=True), CurveLayer(), CurveLayer()
        self.line = pg.InfiniteLine(angle=90)
        self.line.hide()
        for item in (self.rest, self.moving, self.line, self.raised):
            self.addItem(item)
        self.setMouseEnabled(x=False, y=False)
        self.hideButtons()
        self.disableAutoRange()
        self.getAxis("left").setStyle(hideOverlappingLabels=True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus if focusable else Qt.FocusPolicy.NoFocus)

    def set_least_lines(self, lines: int) -> None:
        """Say of how many lines of text it may become as low."""
        self._least_lines = lines
        self.updateGeometry()

    def show_values(self, shown: bool) -> None:
        """Show the left axis' numbers or not: without points they would mean nothing."""
        axis = self.getAxis("left")
        if axis.style["showValues"] != shown:
            axis.setStyle(showValues=shown)

    def show_epochs(self, epochs: int) -> None:
        """Make room for so many."""
        self.setXRange(0, epochs, padding=0.02)
        self.getAxis("bottom").setTickSpacing(levels=[(max(tick_step(epochs, MOST_TICKS), 1), 0)])

    def fit(self, values: Floats, *, low: float = 0, high: float = 100) -> None:
        """Show the values from one percentile to another.

        The range is kept as long as it will do, for at a new one all curves must be painted anew.
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

    def _with_room(self, least: float, most: float) -> tuple[float, float]:
        """Return a range in which markers at both ends are seen whole."""
        span = max(most - least, 1e-6 + 0.01 * abs(most))
        inner = max(self._inner_height() - 2 * MARKER_ROOM, MARKER_ROOM)
        room = span * max(MARGIN, MARKER_ROOM / inner)
        return least - room, most + room

    def _inner_height(self) -> float:
        """Return how high the curves' part is; pyqtgraph tells that of itself only some time after a resize."""
        return float(self.height() - self.getAxis("bottom").height())

    def _show_range(self, wanted: tuple[float, float]) -> None:
        self._range = wanted
        self.setYRange(*wanted, padding=0)
        self._space_ticks()

    def forget_range(self) -> None:
        """Choose it anew at the next `fit`."""
        self._range = None

    def _space_ticks(self) -> None:
        """Give each number on the left room; pyqtgraph's own choice lets large text overlap."""
        axis = self.getAxis("left")
        if axis.logMode or self._range is None:
            axis.setTickSpacing(levels=None)
        else:
            line = self.fontMetrics().height()
            room = int(self._inner_height() / (APART * line))
            most = max(min(max(self.height() // (2 * line), USUAL_TICKS), room), 1)
            axis.setTickSpacing(levels=[(tick_step_within(*self._range, most, LEAST_TICKS), 0)])

    # -- Qt

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Follow the height; pyqtgraph calls this without an event, and before all is made."""
        super().resizeEvent(event)
        if event is not None and self._range is not None:
            self._show_range(self._with_room(*self._fitted))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the column, which scrolls; the axes would swallow it."""
        event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell where the mouse is."""
        place = self.getViewBox().mapSceneToView(self.mapToScene(event.position().toPoint()))
        self.pointed.emit(place.x(), place.y())

    def leaveEvent(self, event: QEvent) -> None:
        """Tell that it has gone."""
        super().leaveEvent(event)
        self.left.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell of the keys that point."""
        if event.key() in KEYS and event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.KeypadModifier,
        ):
            self.key_pressed.emit(event.key())
        else:
            event.ignore()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Tell that it has gone."""
        super().focusOutEvent(event)
        self.viewport().update()
        self.left.emit()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Draw the ring that shows the focus."""
        super().drawForeground(painter, rect)
        if self.hasFocus():
            painter.setPen(pg.mkPen(QColor(colors_of(self).accent), width=2))
            painter.drawRoundedRect(self.mapToScene(self.rect()).boundingRect().adjusted(1, 1, -1, -1), 6, 6)

    def sizeHint(self) -> QSize:
        """Follow the font."""
        height = self._least_lines * self.fontMetrics().height()
        return QSize(2 * height, height)

    def minimumSizeHint(self) -> QSize:
        """Become no lower."""
        return self.sizeHint()


def tick_step(span: float, most: int) -> float:
    """Return 1, 2 or 5 times a power of ten, so that the span has at most so many steps."""
    size = 10.0 ** math.floor(math.log10(span / most))
    return next((step * size for step in (1, 2, 5) if span <= most * step * size), 10 * size)


def tick_step_within(low: float, high: float, most: int, least: int) -> float:
    """Return the largest `tick_step` for at most so many steps of which so many multiples lie in the range at least."""
    while True:
        step = tick_step(high - low, most)
        if math.floor(high / step) - math.ceil(low / step) + 1 >= least:
            return step
        most += 1


def ranging_values(curves: Sequence[Curve], *, ignore_outliers: bool, since: float = 0.0) -> list[Floats]:
    """Return the finite values of curves by which a range is chosen.

    Parameters
    ----------
    ignore_outliers
        Leave out the lowest values of noisy curves.
    since
        Leave out those of noisy curves before this epoch.
    """
    found = []
    for curve in curves:
        known = np.isfinite(curve.y)
        if curve.noisy:
            known &= curve.x >= since
        values = curve.y[known]
        if curve.noisy and ignore_outliers and len(values):
            values = values[values >= np.percentile(values, LOWEST_BATCHES)]
        found.append(values)
    return found


def summary(arrays: Sequence[Floats]) -> Floats:
    """Return the values, or as many of their quantiles as tell the same."""
    values: Floats = np.concatenate([np.empty(0), *arrays])
    return values if len(values) <= MOST_VALUES else np.asarray(np.quantile(values, np.linspace(0, 1, MOST_VALUES)))
