"""One step from ink to frame: a caption, a small square picture and its measure."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import MIDDLE
from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.draw.canvas.ink_painter import InkLayer, Look
from mnist_gui.gui.theme import DARK, colors_of
from mnist_gui.gui.widgets.model_marker import paint_mark
from mnist_gui.wording import percent

LEAST_SIDE = 64  # pixels, of a picture
PEN_WIDTH = 50.0  # in canvas units, as the canvas shows strokes
WHOLE_FRAME = QRectF(0, 0, FRAME_SIDE, FRAME_SIDE)
_BETWEEN = 2  # pixels, lines and picture
_BESIDE = 10.0  # pixels, picture and answers
_BOX_ON_BLACK = QColor(DARK.accent)  # a frame is white on black in both themes


class FramingStep(QWidget):
    """Can be focused, so that a screen reader says what the tooltip says.

    Parameters
    ----------
    caption
        A word or two.
    reason
        A sentence: why there is this step.
    """

    def __init__(self, caption: str, reason: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = LEAST_SIDE
        self._reason = reason
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._describe(caption, "")

    @property
    def caption(self) -> str:
        """The words above the picture."""
        return self._caption

    @property
    def measure(self) -> str:
        """The words below it; may be empty."""
        return self._measure

    def set_side(self, side: int) -> None:
        """Choose the picture's side in pixels."""
        if side != self._side:
            self._side = side
            self.updateGeometry()
            self.update()

    def width_at(self, side: int) -> int:
        """Return how wide the step is with a picture of that side, in pixels."""
        metrics = QFontMetricsF(self.font())
        words = max(metrics.horizontalAdvance(self._caption), metrics.horizontalAdvance(self._measure))
        return math.ceil(max(side, words)) + 2 * _BETWEEN

    def height_at(self, side: int) -> int:
        """Return how high it is then, in pixels."""
        return side + 2 * math.ceil(QFontMetricsF(self.font()).height() + 2 * _BETWEEN)

    def _describe(self, caption: str, measure: str, *more: str) -> None:
        self._caption, self._measure = caption, measure
        self.setToolTip(self._reason)
        self.setAccessibleName(" · ".join(filter(None, (caption, measure))))
        self.setAccessibleDescription(" ".join((self._reason, *more)))
        self.updateGeometry()
        self.update()

    def _paint_picture(self, painter: QPainter, square: QRectF) -> None:
        """Paint what the step shows; the painter is clipped to the square."""
        raise NotImplementedError

    # -- Qt

    def sizeHint(self) -> QSize:
        """Take what picture and words take."""
        return QSize(self.width_at(self._side), self.height_at(self._side))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint caption, picture and measure, and a ring where the focus is."""
        colors, line = colors_of(self), QFontMetricsF(self.font()).height() + 2 * _BETWEEN
        square = QRectF(_BETWEEN, round(line), self._side, self._side)
        words = QRectF(_BETWEEN, 0, self.width(), line)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.setPen(QColor(colors.text))
            painter.drawText(words, flags, self._caption)
            painter.setPen(QColor(colors.muted))
            painter.drawText(words.translated(0, line + self._side), flags, self._measure)
            painter.save()
            painter.setClipRect(square)
            self._paint_picture(painter, square)
            painter.restore()
            width, color = (2.0, colors.accent) if self.hasFocus() else (1.0, colors.border)
            painter.setPen(QPen(QColor(color), width))
            painter.drawRect(square.adjusted(-0.5, -0.5, 0.5, 0.5))


class InkStep(FramingStep):
    """Shows the canvas, with or without a box around the ink."""

    def __init__(self, caption: str, reason: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, reason, parent)
        self._layer = InkLayer()
        self._content: Content = Drawing()
        self._box: QRectF | None = None
        self._canvas_side = UNITS

    def show_ink(
        self, content: Content, canvas_side: float, caption: str, measure: str, box: QRectF | None = None
    ) -> None:
        """Show the canvas, `canvas_side` of the drawing's units long, and a box in units (a picture's: in pixels)."""
        self._content, self._canvas_side, self._box = content, canvas_side, box
        self._layer.discard()
        self._describe(caption, measure)

    def _box_in(self, square: QRectF, box: QRectF) -> QRectF:
        if isinstance(self._content, Drawing):
            scale, corner = square.width() / self._canvas_side, square.topLeft()
        else:
            rows, columns = self._content.ink.shape
            side, ratio = square.width(), self.devicePixelRatioF()
            if (rows, columns) == (FRAME_SIDE, FRAME_SIDE):  # each pixel a whole number of the screen's
                side = math.floor(side * ratio) // FRAME_SIDE * FRAME_SIDE / ratio
            scale = side / max(rows, columns)
            corner = square.center() - QPointF(columns, rows) * scale / 2
        placed = QRectF(corner + box.topLeft() * scale, box.size() * scale)
        return placed.intersected(square.adjusted(1, 1, -1, -1))

    def _paint_picture(self, painter: QPainter, square: QRectF) -> None:
        colors = colors_of(self)
        painter.fillRect(square, QColor(colors.paper))
        # The layer's paper is `UNITS` long, whatever the canvas is.
        of_strokes = isinstance(self._content, Drawing)
        side = round(square.width() * UNITS / self._canvas_side) if of_strokes else round(square.width())
        look = Look(side, self.devicePixelRatioF(), colors, PEN_WIDTH)
        self._layer.paint(painter, square.topLeft().toPoint(), look, self._content, ())
        if self._box is not None:
            painter.setPen(QPen(QColor(colors.accent), 1.5))
            painter.drawRect(self._box_in(square, self._box))


class FrameStep(FramingStep):
    """Shows a frame, or a window on it, white on black."""

    def __init__(self, caption: str, reason: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, reason, parent)
        self._image = QImage()
        self._window = WHOLE_FRAME
        self._box: QRectF | None = None
        self._marks_middle = False

    def show_frame(
        self,
        frame: NDArray[np.float32],
        measure: str,
        *,
        window: QRectF = WHOLE_FRAME,
        box: QRectF | None = None,
        marks_middle: bool = False,
    ) -> None:
        """Show a (28, 28) frame in [0, 1]; a window, a square, and a box are places on it, in its pixels."""
        side, grey = FRAME_SIDE, np.rint(np.clip(frame, 0, 1) * 255).astype(np.uint8)
        # Copied, since an image does not keep the memory that it is made of.
        self._image = QImage(grey.tobytes(), side, side, side, QImage.Format.Format_Grayscale8).copy()
        self._window, self._box, self._marks_middle = window, box, marks_middle
        self._describe(self.caption, measure)

    def _paint_picture(self, painter: QPainter, square: QRectF) -> None:
        scale = square.width() / self._window.width()
        origin = square.topLeft() - self._window.topLeft() * scale
        painter.fillRect(square, Qt.GlobalColor.black)
        painter.drawImage(QRectF(origin, WHOLE_FRAME.size() * scale), self._image)
        if self._box is not None:
            painter.setPen(QPen(_BOX_ON_BLACK, 1.5))
            placed = QRectF(origin + self._box.topLeft() * scale, self._box.size() * scale)
            painter.drawRect(placed.intersected(square.adjusted(1, 1, -1, -1)))
        if self._marks_middle:
            middle = origin + QPointF(MIDDLE + 0.5, MIDDLE + 0.5) * scale  # an index is a pixel's centre
            for color, width in ((QColor(Qt.GlobalColor.black), 4.0), (_BOX_ON_BLACK, 2.0)):  # seen on ink, too
                painter.setPen(QPen(color, width))
                painter.drawLine(middle - QPointF(5, 0), middle + QPointF(5, 0))
                painter.drawLine(middle - QPointF(0, 5), middle + QPointF(0, 5))


class AnsweredStep(FrameStep):
    """Shows a frame and, beside it, what each model says to it and whether it says the same to another."""

    def __init__(self, caption: str, reason: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, reason, parent)
        self._answers: list[tuple[int, int, str, str, bool]] = []

    def show_answers(self, answers: Mapping[int, tuple[int, float]], others: Mapping[int, int]) -> None:
        """Show digit and confidence of each model, beside the digits that they say to the other frame."""
        self._answers = []
        for model, (digit, confidence) in sorted(answers.items()):
            same = others.get(model) == digit
            self._answers.append((model, digit, percent(confidence), "✓ same" if same else "✗ other", same))
        said = (f"Model {model}: {digit}, {sure}, {word}." for model, digit, sure, word, _ in self._answers)
        self._describe(self.caption, self.measure, *said)

    @property
    def lines(self) -> list[str]:
        """The answers as words, in the models' order."""
        return [f"{digit} {sure} {word}" for _, digit, sure, word, _ in self._answers]

    def width_at(self, side: int) -> int:
        """Return how wide the step is with a picture of that side, in pixels."""
        beside = math.ceil(_BESIDE + sum(self._columns()))
        return max(super().width_at(side), side + beside + 2 * _BETWEEN)

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _columns(self) -> tuple[float, float, float, float]:
        """Return the widths of mark, digit, confidence and word, the space after each included."""
        plain, bold = QFontMetricsF(self.font()), QFontMetricsF(self._bold())
        word = max(plain.horizontalAdvance(each) for each in ("✓ same", "✗ other"))
        return plain.ascent() + 4, bold.horizontalAdvance("0") + 6, plain.horizontalAdvance(percent(1)) + 8, word

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the answers beside the picture."""
        super().paintEvent(event)
        colors, metrics = colors_of(self), QFontMetricsF(self.font())
        first = metrics.height() + 2 * _BETWEEN
        height = max(min(self._side / 3, metrics.height() * 1.7), metrics.height())
        mark, digit_width, sure_width, word_width = self._columns()
        middle = Qt.AlignmentFlag.AlignVCenter
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for index, (model, digit, sure, word, same) in enumerate(self._answers):
                top, x = first + index * height, self._side + _BETWEEN + _BESIDE
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colors.model(model))
                paint_mark(painter, model, QPointF(x + metrics.ascent() / 2, top + height / 2), metrics.ascent() * 0.8)
                painter.setPen(QColor(colors.text))
                painter.setFont(self._bold())
                painter.drawText(QRectF(x + mark, top, digit_width, height), middle, str(digit))
                painter.setFont(self.font())
                x += mark + digit_width
                right = middle | Qt.AlignmentFlag.AlignRight
                painter.drawText(QRectF(x, top, sure_width - 8, height), right, sure)
                painter.setPen(QColor(colors.good if same else colors.warn))
                painter.drawText(QRectF(x + sure_width, top, word_width, height), middle, word)
