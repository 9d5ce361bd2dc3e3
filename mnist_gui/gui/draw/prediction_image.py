"""A prediction as an image that explains itself: the content, its frame and the predictions of the models."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QGuiApplication, QImage, QPainter, QPalette, QPen, QRegion
from PySide6.QtWidgets import QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.draw.canvas.ink_painter import InkLayer, InkStyle
from mnist_gui.gui.draw.frame_view import FrameView
from mnist_gui.gui.draw.probability_bars import INSET, ProbabilityBars
from mnist_gui.gui.theme import Colors
from mnist_gui.gui.widgets.model_marker import paint_mark
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction

PIXEL_RATIO = 2  # image pixels per layout pixel
_MARGIN, _SPACING, _PADDING = 24, 16, 14  # around; between parts; inside a card
_PAPER_SIDE = 280
_FRAME_SCALE = 4
_TEXT_SIZE = 14  # pixels
_VERDICT_SCALE, _FOOTER_SCALE = 1.8, 0.85  # relative to the text size
_CARD_RADIUS = 10.0
_WRAP = Qt.TextFlag.TextWordWrap
_CAPTION = f"What the models see: {FRAME_SIDE}×{FRAME_SIDE} pixels"


def prediction_image(
    content: Content,
    frame: NDArray[np.float32],
    prediction: EnsemblePrediction,
    verdict: str,
    colors: Colors,
    *,
    pen_width: float = 50.0,
    muted: bool = False,
) -> QImage:
    """Return an image of a prediction; its size does not depend on the window's text size.

    Parameters
    ----------
    frame
        (28, 28) frame of the content.
    prediction
        Of at least one model.
    verdict
        Text of the verdict.
    colors
        Colors of the theme.
    pen_width
        In canvas units.
    muted
        Whether the verdict is a rejection: the cards are shown without color, as in the window.
    """
    geometry = _Geometry.of(prediction, verdict)
    image = QImage(geometry.size * PIXEL_RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(PIXEL_RATIO)
    image.fill(QColor(colors.window))
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _draw_text(painter, geometry.verdict, verdict, _font(_VERDICT_SCALE, bold=True), colors.text)
        style = InkStyle(_PAPER_SIDE, PIXEL_RATIO, colors, pen_width)
        InkLayer().paint(painter, geometry.paper.topLeft(), style, content, ())
        painter.setPen(QPen(QColor(colors.border), 1))
        painter.drawRect(geometry.paper)
        _paint_widget(painter, _frame_view(frame), geometry.frame, colors)
        _draw_text(painter, geometry.caption, _CAPTION, _font(), colors.muted)
        for single, card in zip(prediction.predictions, geometry.cards, strict=True):
            _paint_card(painter, single, card, colors, muted=muted)
        _draw_text(painter, geometry.footer, _footer(prediction), _font(_FOOTER_SCALE), colors.muted)
    return image


@dataclass(frozen=True)
class _Geometry:
    """Position of each part in layout pixels."""

    size: QSize
    verdict: QRect
    paper: QRect
    frame: QRect
    caption: QRect
    cards: tuple[QRect, ...]
    footer: QRect

    @classmethod
    def of(cls, prediction: EnsemblePrediction, verdict: str) -> _Geometry:
        """Arrange the parts: cards as high as paper and frame together, texts as high as they need."""
        frame_side = FRAME_SIDE * _FRAME_SCALE + 2  # with its border
        bars = _bars(prediction.predictions[0]).sizeHint()
        card = QSize(bars.width() + 2 * (_PADDING - INSET), _heading_height() + bars.height() + 2 * _PADDING)
        height = max(_PAPER_SIDE + _SPACING + frame_side, card.height())
        count = len(prediction.predictions)
        width = _PAPER_SIDE + count * (_SPACING + card.width())
        verdict_area = QRect(_MARGIN, _MARGIN, width, _height(verdict, _font(_VERDICT_SCALE, bold=True), width))
        top = verdict_area.bottom() + 1 + _SPACING
        paper = QRect(_MARGIN, top, _PAPER_SIDE, _PAPER_SIDE)
        frame = QRect(_MARGIN, top + _PAPER_SIDE + _SPACING, frame_side, frame_side)
        left = frame.right() + 1 + _SPACING
        caption = QRect(left, frame.top(), paper.right() - left, frame_side)
        cards = (
            QRect(paper.right() + 1 + _SPACING + index * (card.width() + _SPACING), top, card.width(), height)
            for index in range(count)
        )
        footer = QRect(
            _MARGIN, top + height + _SPACING, width, _height(_footer(prediction), _font(_FOOTER_SCALE), width)
        )
        size = QSize(width + 2 * _MARGIN, footer.bottom() + 1 + _MARGIN)
        return cls(size, verdict_area, paper, frame, caption, tuple(cards), footer)


def _paint_card(painter: QPainter, prediction: Prediction, card: QRect, colors: Colors, *, muted: bool) -> None:
    painter.setPen(QPen(QColor(colors.border), 1))
    painter.setBrush(QColor(colors.surface))
    painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), _CARD_RADIUS, _CARD_RADIUS)
    inside = card.adjusted(_PADDING, _PADDING, -_PADDING, -_PADDING)
    architecture = ARCHITECTURES[prediction.model]
    bold = _font(bold=True)
    line = QFontMetrics(bold).height()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.model(prediction.model))
    paint_mark(painter, prediction.model, QPointF(inside.left() + line / 2, inside.top() + line / 2), line * 0.7)
    _draw_text(painter, inside.adjusted(round(line * 1.4), 0, 0, 0), architecture.title, bold, colors.text)
    _draw_text(painter, inside.adjusted(0, line, 0, 0), architecture.summary, _font(_FOOTER_SCALE), colors.muted)
    bars = _bars(prediction)
    bars.muted = muted
    _paint_widget(painter, bars, inside.adjusted(-INSET, _heading_height(), INSET, 0), colors)


def _paint_widget(painter: QPainter, widget: QWidget, area: QRect, colors: Colors) -> None:
    """Paint a widget that is not part of a window."""
    palette = QPalette(widget.palette())
    palette.setColor(QPalette.ColorRole.Window, QColor(colors.window))
    widget.setPalette(palette)
    widget.resize(area.size())
    widget.render(painter, area.topLeft(), QRegion(), QWidget.RenderFlag.DrawChildren)


def _bars(prediction: Prediction) -> ProbabilityBars:
    bars = ProbabilityBars(prediction.model, "")
    bars.set_prediction(prediction)
    bars.setFont(_font())
    return bars


def _frame_view(frame: NDArray[np.float32]) -> FrameView:
    view = FrameView(_FRAME_SCALE)
    view.set_frame(frame)
    return view


def _heading_height() -> int:
    return QFontMetrics(_font(bold=True)).height() + 2 * QFontMetrics(_font(_FOOTER_SCALE)).height()


def _footer(prediction: EnsemblePrediction) -> str:
    """Return the names of the runs, and which of them are not calibrated."""
    named = [(ARCHITECTURES[single.model].title, single) for single in prediction.predictions]
    texts = [f"{title}: {single.run}" for title, single in named]
    uncalibrated = [title for title, single in named if not single.calibrated]
    if uncalibrated:
        texts.append(f"Confidence not calibrated: {', '.join(uncalibrated)}")
    return " · ".join(["MNIST GUI", *texts])


def _font(scale: float = 1.0, *, bold: bool = False) -> QFont:
    font = QFont(QGuiApplication.font())
    # In points, which the bars scale; the same number of pixels on every system.
    font.setPointSizeF(_TEXT_SIZE * scale * 72 / QGuiApplication.primaryScreen().logicalDotsPerInchY())
    font.setFeature(QFont.Tag("tnum"), 1)
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def _height(text: str, font: QFont, width: int) -> int:
    return math.ceil(QFontMetrics(font).boundingRect(QRect(0, 0, width, 10_000), _WRAP, text).height())


def _draw_text(painter: QPainter, area: QRect, text: str, font: QFont, color: str) -> None:
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | _WRAP, text)
