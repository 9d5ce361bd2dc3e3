"""Widgets for the steps of framing: a caption, a small square picture and a measurement."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import MIDDLE
from mnist_gui.gui.draw.canvas.canvas_content import UNITS
from mnist_gui.gui.draw.canvas.ink_painter import InkLayer, InkStyle, placement
from mnist_gui.gui.keyboard_focus import has_keyboard_focus
from mnist_gui.gui.theme import DARK, colors_of
from mnist_gui.gui.widgets.gray_image import gray_image
from mnist_gui.gui.widgets.model_marker import paint_model_marker
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.wording import percent

MIN_SIDE = 56  # pixels, of a picture: two for each of a frame
PEN_WIDTH = 50.0  # in canvas units, as the canvas shows strokes
WHOLE_FRAME = QRectF(0, 0, FRAME_SIDE, FRAME_SIDE)
_SPACING = 2  # pixels, between picture and text above and below
_COLUMN_GAP = 10.0  # pixels, between picture and predictions
_BOX_ON_BLACK = QColor(DARK.accent)  # a frame is white on black in both themes
_SAME, _OTHER = "✓ same", "✗ other"


class FramingStep(QWidget):
    """Base class of the steps. Takes the focus, which lets screen readers read the reason.

    Parameters
    ----------
    caption
        Text above the picture.
    reason
        Why the step exists, in a sentence for the tooltip.
    """

    def __init__(self, caption: str, reason: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._side = MIN_SIDE
        self._reason = reason
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._describe(caption, "")

    @property
    def caption(self) -> str:
        """Text above the picture."""
        return self._caption

    @property
    def measure(self) -> str:
        """Text below the picture; may be empty."""
        return self._measure

    def set_reason(self, reason: str) -> None:
        """Set the sentence that says why the step exists; shown with what is shown next."""
        self._reason = reason

    def set_side(self, side: int) -> None:
        """Set the side of the picture in pixels."""
        if side != self._side:
            self._side = side
            self.updateGeometry()
            self.update()

    def width_at(self, side: int) -> int:
        """Return the width in pixels for a picture of that side."""
        metrics = QFontMetricsF(self.font())
        text = max(metrics.horizontalAdvance(self._caption), metrics.horizontalAdvance(self._measure))
        return math.ceil(max(side, text)) + 2 * _SPACING

    def height_at(self, side: int) -> int:
        """Return the height in pixels for a picture of that side."""
        return side + 2 * math.ceil(QFontMetricsF(self.font()).height() + 2 * _SPACING)

    def _describe(self, caption: str, measure: str, *details: str) -> None:
        self._caption, self._measure = caption, measure
        self.setToolTip(tool_tip(self._reason))
        self.setAccessibleName(" · ".join(filter(None, (caption, measure))))
        self.setAccessibleDescription(" ".join((self._reason, *details)))
        self.updateGeometry()
        self.update()

    def _paint_picture(self, painter: QPainter, square: QRectF) -> None:
        """Paint the picture; the painter is clipped to the square."""
        raise NotImplementedError

    # -- Qt

    def sizeHint(self) -> QSize:
        return QSize(self.width_at(self._side), self.height_at(self._side))

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, line = colors_of(self), QFontMetricsF(self.font()).height() + 2 * _SPACING
        square = QRectF(_SPACING, round(line), self._side, self._side)
        text = QRectF(_SPACING, 0, self.width(), line)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
            painter.setPen(QColor(colors.text))
            painter.drawText(text, flags, self._caption)
            painter.setPen(QColor(colors.muted))
            painter.drawText(text.translated(0, line + self._side), flags, self._measure)
            painter.save()
            painter.setClipRect(square)
            self._paint_picture(painter, square)
            painter.restore()
            width, color = (2.0, colors.accent) if has_keyboard_focus(self) else (1.0, colors.border)
            painter.setPen(QPen(QColor(color), width))
            painter.drawRect(square.adjusted(-0.5, -0.5, 0.5, 0.5))


class InkStep(FramingStep):
    """Shows the content of the canvas, optionally with a box."""

    def __init__(self, caption: str, reason: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, reason, parent)
        self._layer = InkLayer()
        self._content: Content = Drawing()
        self._box: QRectF | None = None
        self._canvas_side = UNITS

    def show_ink(
        self, content: Content, canvas_side: float, caption: str, measure: str, box: QRectF | None = None
    ) -> None:
        """Show content and a box on a canvas of that side; units are the drawing's, or pixels of a picture."""
        self._content, self._canvas_side, self._box = content, canvas_side, box
        self._layer.invalidate()
        self._describe(caption, measure)

    def _box_in(self, square: QRectF, box: QRectF) -> QRectF:
        scale, corner = placement(self._content, square, self.devicePixelRatioF(), self._canvas_side)
        scaled = QRectF(corner + box.topLeft() * scale, box.size() * scale)
        return scaled.intersected(square.adjusted(1, 1, -1, -1))

    def _paint_picture(self, painter: QPainter, square: QRectF) -> None:
        colors = colors_of(self)
        painter.fillRect(square, QColor(colors.paper))
        # The layer paints a canvas of `UNITS`.
        scale = UNITS / self._canvas_side if isinstance(self._content, Drawing) else 1
        side = round(square.width() * scale)
        style = InkStyle(side, self.devicePixelRatioF(), colors, PEN_WIDTH)
        self._layer.paint(painter, square.topLeft().toPoint(), style, self._content, ())
        if self._box is not None:
            painter.setPen(QPen(QColor(colors.accent), 1.5))
            painter.drawRect(self._box_in(square, self._box))


class ImageStep(FramingStep):
    """Shows a picture file as it is after a step of reading it."""

    def __init__(self, caption: str, reason: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, reason, parent)
        self._image = QImage()

    def show_image(self, pixels: NDArray[np.uint8], measure: str) -> None:
        """Show (H, W) grey levels or (H, W, 3) colours."""
        height, width = pixels.shape[:2]
        kind = QImage.Format.Format_Grayscale8 if pixels.ndim == 2 else QImage.Format.Format_RGB888
        # Copied: a QImage does not keep the memory that it is made of.
        self._image = QImage(pixels.tobytes(), width, height, pixels.strides[0], kind).copy()
        self._describe(self.caption, measure)

    def _paint_picture(self, painter: QPainter, square: QRectF) -> None:
        painter.fillRect(square, QColor(colors_of(self).paper))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        size = QSizeF(self._image.size()).scaled(square.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(QPointF(), size)
        place.moveCenter(square.center())
        painter.drawImage(place, self._image)


class FrameStep(FramingStep):
    """Shows a frame, or a part of it, white on black."""

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
        """Show a (28, 28) frame in [0, 1].

        Parameters
        ----------
        measure
            Text below it.
        window
            The square part to show, in pixels of the frame.
        box
            A rectangle to mark, in pixels of the frame.
        marks_middle
            Whether to mark the middle of the frame.
        """
        self._image = gray_image(frame)
        self._window, self._box, self._marks_middle = window, box, marks_middle
        self._describe(self.caption, measure)

    def _paint_picture(self, painter: QPainter, square: QRectF) -> None:
        scale = square.width() / self._window.width()
        origin = square.topLeft() - self._window.topLeft() * scale
        painter.fillRect(square, Qt.GlobalColor.black)
        painter.drawImage(QRectF(origin, WHOLE_FRAME.size() * scale), self._image)
        if self._box is not None:
            painter.setPen(QPen(_BOX_ON_BLACK, 1.5))
            scaled = QRectF(origin + self._box.topLeft() * scale, self._box.size() * scale)
            painter.drawRect(scaled.intersected(square.adjusted(1, 1, -1, -1)))
        if self._marks_middle:
            middle = origin + QPointF(MIDDLE + 0.5, MIDDLE + 0.5) * scale  # indices are centres of pixels
            for color, width in ((QColor(Qt.GlobalColor.black), 4.0), (_BOX_ON_BLACK, 2.0)):  # visible on ink too
                painter.setPen(QPen(color, width))
                painter.drawLine(middle - QPointF(5, 0), middle + QPointF(5, 0))
                painter.drawLine(middle - QPointF(0, 5), middle + QPointF(0, 5))


class PredictedStep(FrameStep):
    """Shows a frame and each model's prediction for it, compared with its prediction for another frame."""

    def __init__(self, caption: str, reason: str, parent: QWidget | None = None) -> None:
        super().__init__(caption, reason, parent)
        self._names: Mapping[int, str] = {}
        self._predictions: list[tuple[int, int, str, bool]] = []  # place, digit, confidence, whether it is the same
        self._is_brief = False

    def set_names(self, names: Mapping[int, str]) -> None:
        """Set the titles of the runs by place."""
        self._names = dict(names)

    def set_brief(self, brief: bool) -> None:
        """Compare by marks alone, without words, where there is little room."""
        if brief != self._is_brief:
            self._is_brief = brief
            self.updateGeometry()
            self.update()

    def show_predictions(self, predictions: Mapping[int, tuple[int, float]], others: Mapping[int, int]) -> None:
        """Show digit and confidence by place; `others` are the digits predicted for the other frame."""
        self._predictions = [
            (place, digit, percent(confidence), others.get(place) == digit)
            for place, (digit, confidence) in sorted(predictions.items())
        ]
        lines = (
            f"{self._names.get(place, f'Model {place}')}: {digit}, {confidence}, {_SAME if same else _OTHER}."
            for place, digit, confidence, same in self._predictions
        )
        self._describe(self.caption, self.measure, *lines)

    @property
    def lines(self) -> list[str]:
        """The predictions as text, ordered by place."""
        return [f"{digit} {confidence} {_SAME if same else _OTHER}" for _, digit, confidence, same in self._predictions]

    def width_at(self, side: int) -> int:
        """Return the width in pixels for a picture of that side."""
        return max(super().width_at(side), side + math.ceil(_COLUMN_GAP + sum(self._columns())) + 2 * _SPACING)

    def _comparison(self, same: bool) -> str:
        text = _SAME if same else _OTHER
        return text[0] if self._is_brief else text

    def _bold(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        font.setFeature(QFont.Tag("tnum"), 1)
        return font

    def _columns(self) -> tuple[float, float, float, float]:
        """Return the widths of marker, digit, confidence and comparison, including the space after each."""
        plain, bold = QFontMetricsF(self.font()), QFontMetricsF(self._bold())
        comparison = max(plain.horizontalAdvance(self._comparison(same)) for same in (True, False))
        return plain.ascent() + 4, bold.horizontalAdvance("0") + 6, plain.horizontalAdvance(percent(1)) + 8, comparison

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        colors, metrics = colors_of(self), QFontMetricsF(self.font())
        first = metrics.height() + 2 * _SPACING
        height = max(min(self._side / max(len(self._predictions), 3), metrics.height() * 1.7), metrics.height())
        marker_width, digit_width, confidence_width, comparison_width = self._columns()
        middle = Qt.AlignmentFlag.AlignVCenter
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for index, (place, digit, confidence, same) in enumerate(self._predictions):
                top, x = first + index * height, self._side + _SPACING + _COLUMN_GAP
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colors.mark(place))
                paint_model_marker(
                    painter, place, QPointF(x + metrics.ascent() / 2, top + height / 2), metrics.ascent() * 0.8
                )
                painter.setPen(QColor(colors.text))
                painter.setFont(self._bold())
                painter.drawText(QRectF(x + marker_width, top, digit_width, height), middle, str(digit))
                painter.setFont(self.font())
                x += marker_width + digit_width
                right = middle | Qt.AlignmentFlag.AlignRight
                painter.drawText(QRectF(x, top, confidence_width - 8, height), right, confidence)
                painter.setPen(QColor(colors.good if same else colors.warn))
                comparison = QRectF(x + confidence_width, top, comparison_width, height)
                painter.drawText(comparison, middle, self._comparison(same))
