"""How sure each model is of a digit while one property of it changes, and where each changes its answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QResizeEvent
from PySide6.QtWidgets import QToolTip

from mnist_gui.digits.corruptions import Corruption
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.theme import MARKERS, colors_of
from mnist_gui.gui.widgets.curve_layer import Curve, Floats
from mnist_gui.gui.widgets.plot_view import PlotView
from mnist_gui.wording import percent

LEAST_LINES = 4
LEAST_WIDTH = 7  # lines' heights
ROOM_FOR_THREE, ROOM_FOR_FIVE = 5, 9  # numbers' widths, from which on so many have room below the plot
RING, DOT = 10.0, 9.0  # pixels across
BEYOND = np.array([-1000.0, 1000.0])  # percent: a line between these crosses the whole plot

Probabilities = NDArray[np.floating]


class Change(NamedTuple):
    """Where a model's answer changes: the first sample at which it is another, and what it is there."""

    place: int
    digit: int


def changes(amounts: Floats, probabilities: Probabilities, neutral: float) -> tuple[Change | None, Change | None]:
    """Return where a model first answers otherwise than at the neutral amount: below it, and above it.

    Parameters
    ----------
    amounts
        (K,), rising.
    probabilities
        (K, 10): the model's answers at those amounts.
    """
    said = probabilities.argmax(axis=1)
    start = int(np.abs(amounts - neutral).argmin())
    below, above = (np.flatnonzero(part != said[start]) for part in (said[:start], said[start:]))
    first_below = Change(int(below[-1]), int(said[below[-1]])) if len(below) else None
    first_above = Change(start + int(above[0]), int(said[start + above[0]])) if len(above) else None
    return first_below, first_above


class StressPlot(PlotView):
    """A line for each model, in its colour; at the amount chosen its mark, and a ring where its answer changes.

    Signals
    -------
    picked(amount: float)
        The person pressed there, or drags.
    """

    picked = Signal(float)
    _made = False  # pyqtgraph sends events before all is

    def __init__(self, corruption: Corruption) -> None:
        super().__init__(LEAST_LINES)
        self._corruption = corruption
        self._amount = corruption.neutral
        self._amounts: Floats = np.empty(0)
        self._curves: dict[int, Probabilities] = {}
        self._digits: dict[int, int] = {}  # whose probability each model's line is
        self._rings: list[tuple[float, float, int]] = []  # amount, percent, the digit answered from there on
        self.setObjectName("stress_plot")
        self.setAccessibleName("Confidence along the slider")
        self.fit(np.array([0.0, 100.0]))
        self._made = True
        self.set_corruption(corruption)
        self._apply_theme()

    def set_corruption(self, corruption: Corruption) -> None:
        """Show the range of this one, with no lines yet."""
        self._corruption = corruption
        self.setXRange(corruption.low, corruption.high, padding=0.03)
        self._number_amounts()
        self._amount = corruption.neutral
        self.set_curves(np.empty(0), {}, None)

    def set_curves(self, amounts: Floats, curves: Mapping[int, Probabilities], digit: int | None) -> None:
        """Draw each model's probability of a digit; None draws that of what it answers at the neutral amount."""
        self._amounts, self._curves = amounts, dict(curves)
        start = int(np.abs(amounts - self._corruption.neutral).argmin()) if curves else 0
        own = {model: int(curve[start].argmax()) for model, curve in curves.items()}
        self._digits = own if digit is None else dict.fromkeys(curves, digit)
        self._draw()

    def set_amount(self, amount: float) -> None:
        """Move the line to where the slider stands."""
        self._amount = amount
        self._draw_amount()

    def text_at(self, amount: float) -> str:
        """Return what each model answers at the nearest amount known; nothing where none is."""
        if not self._curves:
            return ""
        nearest = int(np.abs(self._amounts - amount).argmin())
        lines = [self._corruption.format_amount(float(self._amounts[nearest]))]
        for model, curve in self._curves.items():
            lines.append(f"Model {model}: {curve[nearest].argmax()} · {percent(float(curve[nearest].max()))}")
        return "\n".join(lines)

    # -- inside

    def _draw(self) -> None:
        colors, neutral = colors_of(self), self._corruption.neutral
        lines = [Curve(np.full(2, neutral), BEYOND, QColor(colors.border), 1, Qt.PenStyle.DashLine)]
        self._rings = []
        rings = []
        said = []
        for model, curve in self._curves.items():
            y = (100.0 * curve[:, self._digits[model]]).astype(np.float64)
            lines.append(Curve(self._amounts, y, colors.model(model), 2))
            below, above = changes(self._amounts, curve, neutral)
            for change in filter(None, (below, above)):
                place = float(self._amounts[change.place]), float(y[change.place])
                self._rings.append((*place, change.digit))
                rings.append(self._mark(model, *place, ring=True))
            said.append(self._sentence(model, curve, below, above))
        self.rest.set_curves(lines)
        self.moving.set_curves(rings)
        self.setAccessibleDescription(" ".join(said) or "nothing yet")
        self._draw_amount()

    def _draw_amount(self) -> None:
        self.line.setVisible(bool(self._curves))
        self.line.setPos(self._amount)
        dots = []
        for model, curve in self._curves.items():
            y = float(np.interp(self._amount, self._amounts, 100.0 * curve[:, self._digits[model]]))
            dots.append(self._mark(model, self._amount, y))
        self.raised.set_curves(dots)

    def _mark(self, model: int, amount: float, height: float, *, ring: bool = False) -> Curve:
        place, color = (np.array([amount]), np.array([height])), colors_of(self).model(model)
        return Curve(*place, color, 0, marker=MARKERS[model - 1], size=RING if ring else DOT, filled=not ring)

    def _sentence(self, model: int, curve: Probabilities, below: Change | None, above: Change | None) -> str:
        first, last = below.place + 1 if below else 0, above.place - 1 if above else len(curve) - 1
        ends = [self._corruption.format_amount(float(self._amounts[index])) for index in (first, last)]
        said = f"Model {model} says {curve[first].argmax()} from {ends[0]} to {ends[1]}"
        then = [f"{change.digit} {where}" for change, where in ((below, "below"), (above, "above")) if change]
        return f"{said}, {' and '.join(then)}." if then else f"{said}."

    def _labels(self, metrics: QFontMetricsF) -> Iterator[tuple[QRectF, str]]:
        """Yield the digits beside the rings and where they have room; where they have none, they are left out."""
        view = self.getViewBox()
        inside = view.sceneBoundingRect()
        places = [view.mapViewToScene(QPointF(amount, height)) for amount, height, _ in self._rings]
        taken = [QRectF(place.x() - RING / 2, place.y() - RING / 2, RING, RING) for place in places]
        for place, (_, _, digit) in zip(places, self._rings, strict=True):
            word = QRectF(QPointF(), metrics.size(0, str(digit)))
            away = (RING + word.height()) / 2, (RING + word.width()) / 2 + 3
            for x, y in ((0, -away[0]), (0, away[0]), (away[1], 0), (-away[1], 0)):
                word.moveCenter(place + QPointF(x, y))
                if inside.contains(word) and not any(word.intersects(other) for other in taken):
                    taken.append(QRectF(word))
                    yield QRectF(word), str(digit)
                    break

    def _amount_at(self, position: QPointF) -> float:
        """Return the amount of a place of the widget, within the range."""
        at = float(self.getViewBox().mapSceneToView(self.mapToScene(position.toPoint())).x())
        return min(max(at, self._corruption.low), self._corruption.high)

    def _number_amounts(self) -> None:
        """Write numbers below the plot, as many as there is room for."""
        low, neutral, high = self._corruption.low, self._corruption.neutral, self._corruption.high
        ticks = low, (low + neutral) / 2, neutral, (neutral + high) / 2, high
        # As short as can be: decimals that a slider needs would fill the axis.
        words = {tick: f"{tick:g}{self._corruption.unit}".replace("-", "−") for tick in ticks}
        widest = max(self.fontMetrics().horizontalAdvance(word) for word in words.values())
        if self.width() < ROOM_FOR_FIVE * widest:
            # The neutral amount has its line, if not its number.
            ends = {low, neutral, high} if self.width() > ROOM_FOR_THREE * widest else {low, high}
            words = {tick: words[tick] for tick in ends}
        axis = self.getAxis("bottom")
        axis.setTicks([list(words.items())])
        # Half of the last number stands beyond the axis' end.
        axis.setStyle(hideOverlappingLabels=widest)
        self.getPlotItem().layout.setContentsMargins(2, 2, widest // 2, 2)

    def _apply_theme(self) -> None:
        colors = colors_of(self)
        self.setBackground(None)  # that of what it lies on
        self.line.setPen(pg.mkPen(colors.accent, width=2))
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(colors.border))
            axis.setTextPen(pg.mkPen(colors.muted))
            axis.setTickFont(self.font())
        metrics = self.fontMetrics()
        self.getAxis("left").setWidth(metrics.horizontalAdvance("100") + 10)
        self.getAxis("bottom").setHeight(metrics.height() + 6)
        self.updateGeometry()
        self._number_amounts()
        self._draw()

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        super().changeEvent(event)
        if self._made and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._apply_theme()

    def sizeHint(self) -> QSize:
        """Follow the font; it may become narrower than other plots."""
        height = self.fontMetrics().height()
        return QSize(LEAST_WIDTH * height, LEAST_LINES * height)

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell the answers at the amount under the mouse."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.text_at(self._amount_at(QPointF(event.pos()))), self)
            return True
        return bool(super().viewportEvent(event))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the amount pressed at."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self._amount_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Choose amounts while the mouse drags."""
        super().mouseMoveEvent(event)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.picked.emit(self._amount_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Leave it there."""

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Follow the size; pyqtgraph calls this before all is made."""
        super().resizeEvent(event)
        if self._made:
            self._number_amounts()

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        """Write beside each ring what is answered from there on."""
        super().drawForeground(painter, rect)
        painter.setFont(self.font())
        painter.setPen(QColor(colors_of(self).text))
        for place, word in self._labels(QFontMetricsF(self.font())):
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, word)


def checked(amounts: Floats, curves: Mapping[int, Probabilities]) -> None:
    """Raise ValueError unless the amounts rise and there is a row of ten probabilities for each of them."""
    if amounts.ndim != 1 or (np.diff(amounts) <= 0).any():
        raise ValueError(f"the amounts have shape {amounts.shape}; give (K,) that rise.")
    for model, curve in curves.items():
        if curve.shape != (len(amounts), CLASSES):
            raise ValueError(
                f"the probabilities of model {model} have shape {curve.shape}; give ({len(amounts)}, {CLASSES}), "
                "a row for each amount."
            )
