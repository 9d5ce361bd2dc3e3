"""What a model answers about one digit, again and again, while it learns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.widgets.form_controls import muted
from mnist_gui.gui.widgets.model_marker import paint_mark

STRIP_HEIGHT = 72
GAP = 12
OWN = "Your digit while it learns"
OTHER = "A test digit while it learns"
HOW_TO_OWN = " (draw your own in the Draw tab)"
EMPTY = "While a model trains, its answers to this digit line up here."


@dataclass(frozen=True)
class _SmallAnswer:
    model: int
    digit: int
    confidence: float


class LivePredictionStrip(QWidget):
    """A digit's frame, and a growing line of answers: height says how sure the model was."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._own = False
        self._how = ""
        self._frame: NDArray[np.float32] | None = None
        self._caption = muted(name="strip_caption")
        self._line = _AnswerLine()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._caption)
        layout.addWidget(self._line)
        self._describe()

    @property
    def answers(self) -> list[int]:
        """Return the digits answered so far, oldest first."""
        return [answer.digit for answer in self._line.answers]

    def set_frame(self, frame: NDArray[np.float32] | None, *, own: bool) -> None:
        """Show the (28, 28) frame that is answered, the person's own or a test digit.

        Answers to another frame go: beside this one, they would seem to be about it.
        """
        if frame is None or self._frame is None or not np.array_equal(frame, self._frame):
            self._line.clear()
        self._frame = None if frame is None else frame.copy()
        self._own = own
        self._line.set_frame(frame)
        self._describe()

    def begin(self, model: int, every: int) -> None:
        """Say that this model answers from now on, after every so many batches."""
        self._how = f": every {every} batches Model {model} answers; the taller, the surer"
        self._describe()

    def end(self) -> None:
        """Say no longer that a model answers."""
        self._how = ""
        self._describe()

    def add(self, model: int, probabilities: tuple[float, ...]) -> None:
        """Add an answer at the right: ten probabilities, summing to 1."""
        digit = int(np.argmax(probabilities))
        self._line.add(_SmallAnswer(model, digit, probabilities[digit]))

    def clear(self) -> None:
        """Forget the answers, not the frame."""
        self._line.clear()
        self.end()

    def _describe(self) -> None:
        self._caption.setText(OWN + self._how if self._own else OTHER + (self._how or HOW_TO_OWN))


class _AnswerLine(QWidget):
    """Frame and answers, painted; where they are too many, every second one is left out, and so on."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[_SmallAnswer] = []
        self._image: QImage | None = None
        self.setObjectName("answer_line")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._describe()

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Show this frame, white on black as the models see it."""
        self._image = None
        if frame is not None:
            grey = np.ascontiguousarray(np.clip(frame * 255, 0, 255).astype(np.uint8))
            height, width = grey.shape
            # A copy: the image would otherwise point into an array that is about to go.
            self._image = QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
        self.update()

    def add(self, answer: _SmallAnswer) -> None:
        """Add the newest."""
        self.answers.append(answer)
        self._describe()
        self.update()

    def clear(self) -> None:
        """Forget all."""
        self.answers.clear()
        self._describe()
        self.update()

    def _describe(self) -> None:
        if not self.answers:
            self.setAccessibleName(EMPTY)
            return
        newest = self.answers[-1]
        self.setAccessibleName(
            f"Model {newest.model} now says {newest.digit}; so far "
            + " ".join(str(answer.digit) for answer in self.answers[-10:])
        )

    def _shown(self, places: int) -> list[_SmallAnswer]:
        """Return at most so many answers: evenly spaced ones, which stay the same ones for long, and the newest."""
        step = 1
        while (len(self.answers) - 1) // step + 2 > places:
            step *= 2
        shown = self.answers[::step]
        return shown if (len(self.answers) - 1) % step == 0 else [*shown, self.answers[-1]]

    def _paint_answers(self, painter: QPainter, colors: Colors, area: QRectF) -> None:
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance("0") + 10.0
        text_height = float(metrics.height())
        room = area.height() - text_height - 2
        for place, answer in enumerate(self._shown(max(int(area.width() // width), 2))):
            left = area.left() + place * width
            height = max(room * answer.confidence, 2.0)
            bar = QRectF(left + 2, area.bottom() - height, width - 4, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_shade(colors.model(answer.model), answer.confidence))
            painter.drawRoundedRect(bar, 2, 2)
            painter.setPen(QColor(colors.text))
            digit = QRectF(left, bar.top() - text_height - 1, width, text_height)
            painter.drawText(digit, Qt.AlignmentFlag.AlignCenter, str(answer.digit))

    def _paint_frame(self, painter: QPainter, colors: Colors, side: float) -> None:
        place = QRectF(0, 0, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#000000" if self._image else colors.grid))
        painter.drawRoundedRect(place, 4, 4)
        if self._image:
            painter.drawImage(place.adjusted(2, 2, -2, -2), self._image)
        else:
            painter.setBrush(QColor(colors.border))
            paint_mark(painter, 1, QPointF(side / 2, side / 2), side / 6)

    # -- Qt

    def sizeHint(self) -> QSize:
        """Be high enough for a digit over a full bar."""
        height = max(STRIP_HEIGHT, 3 * self.fontMetrics().height())
        return QSize(4 * height, height)

    def minimumSizeHint(self) -> QSize:
        """Keep the height."""
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint frame and answers, or what will be here."""
        colors = colors_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(self.height())
        self._paint_frame(painter, colors, side)
        area = QRectF(self.rect()).adjusted(side + GAP, 0, 0, 0)
        if self.answers:
            self._paint_answers(painter, colors, area)
        else:
            painter.setPen(QColor(colors.muted))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area, flags, EMPTY)


def _shade(color: QColor, confidence: float) -> QColor:
    """Return the colour, paler where the model was less sure."""
    shade = QColor(color)
    shade.setAlphaF(0.35 + 0.65 * min(max(confidence, 0.0), 1.0))
    return shade
