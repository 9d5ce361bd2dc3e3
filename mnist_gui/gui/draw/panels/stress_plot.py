"""Plot of how sure each run is of a digit while one property of it changes, and of where its prediction changes."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QHelpEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QToolTip

from mnist_gui.digits.corruptions import Corruption
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.theme import MARKERS, MUTED_OPACITY, colors_of
from mnist_gui.gui.widgets.curve_layer import Curve, Floats
from mnist_gui.gui.widgets.plot_view import PlotView
from mnist_gui.wording import percent

MIN_LINES = 4
RING, DOT = 10.0, 9.0  # pixels across
NEAR = 40.0  # pixels between rings that share their digit
BEYOND = np.array([-1000.0, 1000.0])  # percent: a line between these crosses the whole plot

Probabilities = NDArray[np.floating]


class Change(NamedTuple):
    """Where a model's prediction changes: the first sample with another one, and the digit predicted there."""

    sample: int
    digit: int


def changes(amounts: Floats, probabilities: Probabilities, neutral: float) -> tuple[Change | None, Change | None]:
    """Return where a model first predicts another digit than at the neutral amount: below it, and above it.

    Parameters
    ----------
    amounts
        (K,), rising.
    probabilities
        (K, 10): the model's predictions at those amounts.
    """
    digits = probabilities.argmax(axis=1)
    start = int(np.abs(amounts - neutral).argmin())
    others = np.flatnonzero(digits != digits[start])
    below, above = others[others < start][-1:], others[others > start][:1]
    first_below, first_above = (
        Change(int(index[0]), int(digits[index[0]])) if len(index) else None for index in (below, above)
    )
    return first_below, first_above


class StressPlot(PlotView):
    """A line for each model, its mark at the chosen amount, and a ring where its prediction changes.

    Signals
    -------
    picked(amount: float)
        The user pressed the mouse button at an amount, or dragged it there.
    """

    picked = Signal(float)
    min_width = 7
    widest_number = "100"

    def __init__(self, corruption: Corruption) -> None:
        super().__init__(MIN_LINES)
        self._muted = False
        self._names: Mapping[int, str] = {}
        self._rings: list[tuple[float, float, int]] = []  # amount, percent, the digit predicted from there on
        self.setObjectName("stress_plot")
        self.setAccessibleName("Confidence along the slider")
        self.fit(np.array([0.0, 100.0]))
        self.set_corruption(corruption)
        self.restyled.connect(self._draw)

    def set_corruption(self, corruption: Corruption) -> None:
        """Show the range of a corruption, without lines."""
        self._corruption = corruption
        self._amount = corruption.neutral
        low, neutral, high = corruption.low, corruption.neutral, corruption.high
        self.setXRange(low, high, padding=0.03)
        ticks = low, (low + neutral) / 2, neutral, (neutral + high) / 2, high
        # Without the trailing zeros of the slider's texts, which would fill the axis.
        self.set_labels({tick: f"{tick:g}{corruption.unit}".replace("-", "−") for tick in ticks})
        self.set_curves(np.empty(0), {}, None)

    def set_curves(self, amounts: Floats, curves: Mapping[int, Probabilities], digit: int | None) -> None:
        """Draw each model's probability of a digit; None draws that of its prediction at the neutral amount.

        Raises
        ------
        ValueError
            The amounts do not rise, or a model has no row of ten probabilities for each of them.
        """
        _check_shapes(amounts, curves)
        self._amounts, self._curves = amounts, dict(curves)
        start = int(np.abs(amounts - self._corruption.neutral).argmin()) if curves else 0
        own = {place: int(curve[start].argmax()) for place, curve in curves.items()}
        self._digits = own if digit is None else dict.fromkeys(curves, digit)
        self._draw()

    def set_names(self, names: Mapping[int, str]) -> None:
        """Set the titles of the runs by place; curves of other places are removed."""
        self._names = dict(names)
        self.set_curves(self._amounts, {place: self._curves[place] for place in self._curves if place in names}, None)

    def _name(self, place: int) -> str:
        return self._names.get(place, f"Model {place}")

    def set_amount(self, amount: float) -> None:
        """Move the vertical line to the slider's amount."""
        self._amount = amount
        self._draw_amount()

    @property
    def is_muted(self) -> bool:
        """Whether the lines are dimmed."""
        return self._muted

    def set_muted(self, muted: bool) -> None:
        """Dim lines that are old."""
        if muted != self._muted:
            self._muted = muted
            for layer in (self.rest, self.moving, self.raised, self.line):
                layer.setOpacity(MUTED_OPACITY if muted else 1.0)
            self.viewport().update()

    def text_at(self, amount: float) -> str:
        """Return what each model predicts at the nearest sample; "" without curves."""
        if not self._curves:
            return ""
        nearest = int(np.abs(self._amounts - amount).argmin())
        lines = [self._corruption.format_amount(float(self._amounts[nearest]))]
        for place, curve in self._curves.items():
            lines.append(f"{self._name(place)}: {curve[nearest].argmax()} · {percent(float(curve[nearest].max()))}")
        return "\n".join(lines)

    # -- inside

    def _draw(self) -> None:
        colors, neutral = colors_of(self), self._corruption.neutral
        self.line.setPen(pg.mkPen(colors.accent, width=2))
        lines = [Curve(np.full(2, neutral), BEYOND, QColor(colors.border), 1, Qt.PenStyle.DashLine)]
        self._rings = []
        rings, sentences = [], []
        for place, curve in self._curves.items():
            y = (100.0 * curve[:, self._digits[place]]).astype(np.float64)
            lines.append(Curve(self._amounts, y, colors.mark(place), 2))
            below, above = changes(self._amounts, curve, neutral)
            for change in filter(None, (below, above)):
                at = float(self._amounts[change.sample]), float(y[change.sample])
                self._rings.append((*at, change.digit))
                rings.append(self._mark(place, *at, ring=True))
            sentences.append(self._sentence(place, curve, below, above))
        self.rest.set_curves(lines)
        self.moving.set_curves(rings)
        self.setAccessibleDescription(" ".join(sentences) or "nothing yet")
        self._draw_amount()

    def _draw_amount(self) -> None:
        self.line.setVisible(bool(self._curves))
        self.line.setPos(self._amount)
        dots = []
        for place, curve in self._curves.items():
            y = float(np.interp(self._amount, self._amounts, 100.0 * curve[:, self._digits[place]]))
            dots.append(self._mark(place, self._amount, y))
        self.raised.set_curves(dots)

    def _mark(self, place: int, amount: float, height: float, *, ring: bool = False) -> Curve:
        x, y, color = np.array([amount]), np.array([height]), colors_of(self).mark(place)
        return Curve(x, y, color, 0, marker=MARKERS[place - 1], size=RING if ring else DOT, variant=int(ring))

    def _sentence(self, place: int, curve: Probabilities, below: Change | None, above: Change | None) -> str:
        first, last = below.sample + 1 if below else 0, above.sample - 1 if above else len(curve) - 1
        ends = [self._corruption.format_amount(float(self._amounts[index])) for index in (first, last)]
        within = f"{self._name(place)} says {curve[first].argmax()} from {ends[0]} to {ends[1]}"
        outside = [f"{change.digit} {where}" for change, where in ((below, "below"), (above, "above")) if change]
        return f"{within}, {' and '.join(outside)}." if outside else f"{within}."

    def _ring_texts(self, metrics: QFontMetricsF) -> Iterator[tuple[QRectF, str]]:
        """Yield the digits beside the rings and their rectangles.

        A digit without room is left out, and one that stands beside a near ring already.
        """
        view = self.getViewBox()
        inside = view.sceneBoundingRect()
        centres = [view.mapViewToScene(QPointF(amount, height)) for amount, height, _ in self._rings]
        taken = [QRectF(centre.x() - RING / 2, centre.y() - RING / 2, RING, RING) for centre in centres]
        named: list[tuple[QPointF, int]] = []
        for centre, (_, _, digit) in zip(centres, self._rings, strict=True):
            if any(digit == other and _distance(centre, place) < NEAR for place, other in named):
                continue
            text = QRectF(QPointF(), metrics.size(0, str(digit)))
            down, right = (RING + text.height()) / 2, (RING + text.width()) / 2 + 3
            for x, y in ((0, -down), (0, down), (right, 0), (-right, 0)):
                text.moveCenter(centre + QPointF(x, y))
                if inside.contains(text) and not any(text.intersects(other) for other in taken):
                    taken.append(QRectF(text))
                    named.append((centre, digit))
                    yield QRectF(text), str(digit)
                    break

    def _amount_at(self, position: QPointF) -> float:
        """Return the amount at a position in the widget, within the range."""
        x = float(self.getViewBox().mapSceneToView(self.mapToScene(position.toPoint())).x())
        return min(max(x, self._corruption.low), self._corruption.high)

    # -- Qt

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent):
            QToolTip.showText(event.globalPos(), self.text_at(self._amount_at(QPointF(event.pos()))), self)
        return super().viewportEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self._amount_at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.picked.emit(self._amount_at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Do nothing: pyqtgraph's own handling would follow the drag."""

    def drawForeground(self, painter: QPainter, rect: QRectF) -> None:
        super().drawForeground(painter, rect)
        painter.setFont(self.font())
        painter.setPen(QColor(colors_of(self).text))
        painter.setOpacity(MUTED_OPACITY if self._muted else 1.0)
        for text_rect, digit in self._ring_texts(QFontMetricsF(self.font())):
            painter.drawText(text_rect, Qt.AlignmentFlag.AlignCenter, digit)


def _distance(first: QPointF, second: QPointF) -> float:
    return math.hypot(first.x() - second.x(), first.y() - second.y())


def _check_shapes(amounts: Floats, curves: Mapping[int, Probabilities]) -> None:
    if amounts.ndim != 1 or (np.diff(amounts) <= 0).any():
        raise ValueError(f"the amounts have shape {amounts.shape}; give (K,) that rise.")
    for place, curve in curves.items():
        if curve.shape != (len(amounts), CLASSES):
            raise ValueError(
                f"the probabilities in place {place} have shape {curve.shape}; give ({len(amounts)}, {CLASSES}), "
                "a row for each amount."
            )
