"""Predictions for one digit while a model trains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.widgets.form_controls import muted, reserve_height
from mnist_gui.gui.widgets.gray_image import gray_image
from mnist_gui.gui.widgets.model_marker import paint_model_marker
from mnist_gui.wording import model_title

STRIP_HEIGHT = 72
GAP = 12
USER_CAPTION = "Your digit while it learns"
TEST_CAPTION = "A test digit while it learns"
TEST_HINT = " (draw your own in the Draw tab)"
BARS = "A bar for each answer: the taller, the surer."
EMPTY = "While a model trains, its answers to this digit line up here."


@dataclass(frozen=True)
class _Prediction:
    model: int
    digit: int
    confidence: float


class LivePredictionStrip(QWidget):
    """A digit and a growing row of the predictions for it; the height of a bar shows the confidence."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._is_user_digit = False
        self._explanation = ""
        self._frame: NDArray[np.float32] | None = None
        self._caption = muted(name="strip_caption")
        self.setToolTip(BARS)
        self._row = _PredictionRow()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._caption)
        layout.addWidget(self._row)
        self._update_caption()

    @property
    def predictions(self) -> list[int]:
        """The predicted digits, the oldest first."""
        return [prediction.digit for prediction in self._row.predictions]

    def set_frame(self, frame: NDArray[np.float32] | None, *, is_user_digit: bool) -> None:
        """Show the (28, 28) frame that is predicted: the user's or a test digit.

        Predictions for another frame are removed: beside this one, they would seem to be for it.
        """
        if frame is None or self._frame is None or not np.array_equal(frame, self._frame):
            self._row.clear()
        self._frame = None if frame is None else frame.copy()
        self._is_user_digit = is_user_digit
        self._row.set_frame(frame)
        self._update_caption()

    def begin_training(self, model: int, interval: int) -> None:
        """Explain in the caption which model predicts, and after how many batches."""
        self._explanation = _explanation(model, interval)
        self._update_caption()

    def end_training(self) -> None:
        """Remove the explanation."""
        self._explanation = ""
        self._update_caption()

    def add_prediction(self, model: int, probabilities: tuple[float, ...]) -> None:
        """Append a prediction: ten probabilities with the sum 1."""
        digit = int(np.argmax(probabilities))
        self._row.add(_Prediction(model, digit, probabilities[digit]))

    def clear(self) -> None:
        """Remove the predictions and the explanation, not the frame."""
        self._row.clear()
        self.end_training()

    def _update_caption(self) -> None:
        if self._is_user_digit:
            self._caption.setText(USER_CAPTION + self._explanation)
        else:
            self._caption.setText(TEST_CAPTION + (self._explanation or TEST_HINT))

    def _reserve_height(self) -> None:
        """Reserve the height of the longest caption: the plot above must not move when a training begins."""
        longest = max(USER_CAPTION, TEST_CAPTION, key=len) + _explanation(3, 1000)
        reserve_height(self._caption, longest, self.width())

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reserve_height()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reserve_height()


def _explanation(model: int, interval: int) -> str:
    title = model_title(model) if model else model_title(model).lower()
    return f": {title} answers every {interval} batches"


class _PredictionRow(QWidget):
    """Paints the frame and the predictions; if they are too many, every second one, then every fourth, and so on."""

    def __init__(self) -> None:
        super().__init__()
        self.predictions: list[_Prediction] = []
        self._image: QImage | None = None
        self.setObjectName("answer_line")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._update()

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        self._image = None if frame is None else gray_image(frame)
        self.update()

    def add(self, prediction: _Prediction) -> None:
        self.predictions.append(prediction)
        self._update()

    def clear(self) -> None:
        self.predictions.clear()
        self._update()

    def _update(self) -> None:
        name = EMPTY
        if self.predictions:
            newest, digits = self.predictions[-1], [str(prediction.digit) for prediction in self.predictions[-10:]]
            name = f"{model_title(newest.model)} now says {newest.digit}; so far {' '.join(digits)}"
        self.setAccessibleName(name)
        self.update()

    def _thinned(self, most: int) -> list[_Prediction]:
        """Return the newest prediction and evenly spaced ones before it, at most as many as fit."""
        step = 1
        while (len(self.predictions) - 1) // step + 2 > most:
            step *= 2
        thinned = self.predictions[::step]
        return thinned if (len(self.predictions) - 1) % step == 0 else [*thinned, self.predictions[-1]]

    def _paint_predictions(self, painter: QPainter, colors: Colors, area: QRectF) -> None:
        metrics = self.fontMetrics()
        width = metrics.horizontalAdvance("0") + 10.0
        text_height = float(metrics.height())
        available = area.height() - text_height - 2
        for index, prediction in enumerate(self._thinned(max(int(area.width() // width), 2))):
            left = area.left() + index * width
            height = max(available * prediction.confidence, 2.0)
            bar = QRectF(left + 2, area.bottom() - height, width - 4, height)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(_shade(colors.mark(prediction.model), prediction.confidence))
            painter.drawRoundedRect(bar, 2, 2)
            painter.setPen(QColor(colors.text))
            digit = QRectF(left, bar.top() - text_height - 1, width, text_height)
            painter.drawText(digit, Qt.AlignmentFlag.AlignCenter, str(prediction.digit))

    def _paint_frame(self, painter: QPainter, colors: Colors, side: float) -> None:
        area = QRectF(0, 0, side, side)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor("#000000" if self._image else colors.grid))
        painter.drawRoundedRect(area, 4, 4)
        if self._image:
            painter.drawImage(area.adjusted(2, 2, -2, -2), self._image)
        else:
            painter.setBrush(QColor(colors.border))
            paint_model_marker(painter, 1, QPointF(side / 2, side / 2), side / 6)

    # -- Qt

    def sizeHint(self) -> QSize:
        height = max(STRIP_HEIGHT, 3 * self.fontMetrics().height())  # a digit over a full bar
        return QSize(4 * height, height)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = colors_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(self.height())
        self._paint_frame(painter, colors, side)
        area = QRectF(self.rect()).adjusted(side + GAP, 0, 0, 0)
        if self.predictions:
            self._paint_predictions(painter, colors, area)
        else:
            painter.setPen(QColor(colors.muted))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(area, flags, EMPTY)


def _shade(color: QColor, confidence: float) -> QColor:
    """Return the color, paler for a lower confidence."""
    shade = QColor(color)
    shade.setAlphaF(0.35 + 0.65 * min(max(confidence, 0.0), 1.0))
    return shade
