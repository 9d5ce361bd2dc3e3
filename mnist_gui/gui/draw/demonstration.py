"""Draws on the canvas as if by itself: what the suggestions on a blank canvas show."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QElapsedTimer, QObject, QPointF, QTimer, Signal
from PySide6.QtGui import QPainterPath

from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui.draw.canvas.canvas import Canvas
from mnist_gui.gui.draw.canvas.canvas_content import UNITS

_STEP_MS = 20
_PEN_STEP = 18.0  # canvas units that the pen moves in a step
_PAUSE_STEPS = 8  # between strokes
_UPRIGHT_STEPS = 40  # before a drawing turns
_TURN_STEPS = 120  # of a half turn

# The start of a stroke in canvas units, then three points for each cubic Bézier curve.
Curve = Sequence[tuple[float, float]]
Curves = Sequence[Curve]
SIX: Curves = (
    ((620, 170), (430, 240), (350, 430), (350, 610), (350, 740), (420, 820), (505, 820), (600, 820), (660, 750),
     (660, 660), (660, 570), (600, 510), (515, 510), (430, 510), (365, 570), (352, 650)),
)  # fmt: skip
FORTY_TWO: Curves = (
    ((230, 270), (215, 370), (185, 470), (150, 560), (250, 566), (340, 562), (440, 552)),
    ((345, 400), (350, 500), (350, 640), (345, 760)),
    ((590, 380), (600, 250), (830, 210), (840, 370), (848, 500), (650, 640), (580, 750), (680, 740), (780, 742),
     (880, 750)),
)  # fmt: skip
LETTER_A: Curves = (
    ((250, 820), (340, 620), (430, 400), (500, 180), (570, 400), (660, 620), (750, 820)),
    ((350, 590), (450, 585), (550, 585), (650, 590)),
)


class Demonstration(QObject):
    """Writes or turns a drawing step by step. It stops when anything else changes the content of the canvas.

    Parameters
    ----------
    canvas
        A demonstration is one step to undo.

    Signals
    -------
    writing_started(), turning_started()
    ended()
        Also when it was stopped.
    """

    writing_started = Signal()
    turning_started = Signal()
    ended = Signal()

    def __init__(self, canvas: Canvas, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self._steps: Iterator[Drawing] = iter(())
        self._latest: Drawing | None = None
        self._taken = 0  # steps after the first one
        self._clock = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._advance)
        canvas.content_changed.connect(self._on_content_changed)
        canvas.stroke_started.connect(self.stop)

    @property
    def is_running(self) -> bool:
        """Whether a drawing is being written or turned."""
        return self._timer.isActive()

    def write(self, curves: Curves) -> None:
        """Write strokes as a pen would."""
        self.stop()
        self.writing_started.emit()
        self._start(_written(strokes_of(curves)))

    def turn_over(self, curves: Curves) -> None:
        """Show strokes, and turn them by half a turn."""
        self.stop()
        self.turning_started.emit()
        self._start(_turned(strokes_of(curves)))

    def stop(self) -> None:
        """End the demonstration, if any, and leave its drawing as it is."""
        if self.is_running:
            self._timer.stop()
            self.ended.emit()

    def _start(self, steps: Iterator[Drawing]) -> None:
        self._steps, self._latest, self._taken = steps, next(steps), 0
        self._clock.start()
        self._timer.start(_STEP_MS)
        self._canvas.set_content(self._latest, fit=False)

    def _advance(self) -> None:
        due = self._clock.elapsed() // _STEP_MS - self._taken  # several on a busy machine
        self._taken += due
        drawings = list(itertools.islice(self._steps, due))
        if drawings and drawings[-1] is not self._latest:
            self._latest = drawings[-1]
            self._canvas.continue_drawing(self._latest)
        if len(drawings) < due:
            self.stop()

    def _on_content_changed(self) -> None:
        if self._canvas.content is not self._latest:
            self.stop()


def strokes_of(curves: Curves) -> list[NDArray[np.float64]]:
    """Return the (n, 2) points of each curve, in canvas units, as far apart as a pen moves in a step."""
    return [_stroke(curve) for curve in curves]


def _stroke(curve: Curve) -> NDArray[np.float64]:
    """Return the (n, 2) points of a curve, `_PEN_STEP` apart."""
    path = QPainterPath(QPointF(*curve[0]))
    for index in range(1, len(curve), 3):
        path.cubicTo(*(QPointF(*point) for point in curve[index : index + 3]))
    count = math.ceil(path.length() / _PEN_STEP)
    return np.array([path.pointAtPercent(index / count).toTuple() for index in range(count + 1)])


def _written(strokes: Sequence[NDArray[np.float64]]) -> Iterator[Drawing]:
    """Yield the drawing as it grows."""
    drawing = Drawing()
    for stroke in strokes:
        before = drawing
        for count in range(1, len(stroke) + 1):
            drawing = before.with_stroke(stroke[:count])
            yield drawing
        yield from itertools.repeat(drawing, _PAUSE_STEPS)


def _turned(strokes: Sequence[NDArray[np.float64]]) -> Iterator[Drawing]:
    """Yield the drawing at growing angles around the middle of the canvas."""
    yield from itertools.repeat(Drawing(tuple(strokes)), _UPRIGHT_STEPS)
    for step in range(1, _TURN_STEPS + 1):
        angle = math.pi * step / _TURN_STEPS
        turn = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
        yield Drawing(tuple((stroke - UNITS / 2) @ turn + UNITS / 2 for stroke in strokes))
