"""Predictions for one digit while a model trains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.widgets.form_controls import muted
from mnist_gui.gui.widgets.gray_image import gray_image
from mnist_gui.gui.widgets.model_marker import paint_model_marker
from mnist_gui.wording import model_title

STRIP_HEIGHT = 72
GAP = 12
BAR_LINES = 1.5  # least height of a digit over its bar, in lines of text
USER_CAPTION, USER_DIGIT = "Your digit while it learns", "Your digit"
TEST_CAPTION, TEST_DIGIT = "A test digit (or draw your own)", "A test digit"
BARS = "A bar for each answer: the taller, the surer."
EMPTY = "While a model trains, its answers line up here."


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
        self._row = _PredictionRow(self._caption)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
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
        self._update_caption()

    def clear(self) -> None:
        """Remove the predictions and the explanation, not the frame."""
        self._row.clear()
        self.end_training()

    def _update_caption(self) -> None:
        caption, digit = (USER_CAPTION, USER_DIGIT) if self._is_user_digit else (TEST_CAPTION, TEST_DIGIT)
        if self._explanation:
            self._caption.setText(digit + self._explanation)
        else:
            self._caption.setText(caption if self.predictions else f"{caption}\n{EMPTY}")


def _explanation(model: int, interval: int) -> str:
    title = model_title(model) if model else model_title(model).lower()
    return f": {title} answers every {interval} batches"


class _PredictionRow(QWidget):
    """Paints the frame and, below the caption, the predictions.

    If they are too many, it paints every second one, then every fourth, and so on.

    Parameters
    ----------
    caption
        Stands at the right of the frame.
    """

    def __init__(self, caption: QLabel) -> None:
        super().__init__()
        self.predictions: list[_Prediction] = []
        self._image: QImage | None = None
        self._caption, self._caption_height = caption, 0  # pixels that it takes while a model trains
        caption.setParent(self)
        caption.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
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

    def _arrange(self) -> None:
        """Make room for the longest captions: the plots above must not move when a training begins."""
        left, metrics = STRIP_HEIGHT + GAP, self.fontMetrics()
        room = QRect(0, 0, max(self.width() - left, 1), 10_000)
        during, before = TEST_DIGIT + _explanation(0, 1000), f"{TEST_CAPTION}\n{EMPTY}"
        heights = [metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text).height() for text in (during, before)]
        self._caption_height = heights[0]
        self.setFixedHeight(max(STRIP_HEIGHT, heights[0] + round(BAR_LINES * metrics.height()), heights[1]))
        self._caption.setGeometry(left, 0, room.width(), self.height())

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
        return QSize(4 * STRIP_HEIGHT, STRIP_HEIGHT)

    def minimumSizeHint(self) -> QSize:
        return QSize(3 * STRIP_HEIGHT, STRIP_HEIGHT)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = colors_of(self)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_frame(painter, colors, float(STRIP_HEIGHT))
        area = QRectF(self.rect()).adjusted(STRIP_HEIGHT + GAP, self._caption_height, 0, 0)
        self._paint_predictions(painter, colors, area)


def _shade(color: QColor, confidence: float) -> QColor:
    """Return the color, paler for a lower confidence."""
    shade = QColor(color)
    shade.setAlphaF(0.35 + 0.65 * min(max(confidence, 0.0), 1.0))
    return shade
