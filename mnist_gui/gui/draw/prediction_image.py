"""The answer as an image that explains itself: what was drawn, what the models saw, and what they made of it."""

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
from mnist_gui.gui.draw.canvas.ink_painter import InkLayer, Look
from mnist_gui.gui.draw.frame_view import FrameView
from mnist_gui.gui.draw.probability_bars import INSET, ProbabilityBars
from mnist_gui.gui.theme import Colors
from mnist_gui.gui.widgets.model_marker import paint_mark
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction

FINENESS = 2  # pixels of the image to one of the screen
_EDGE, _GAP, _PAD = 24, 16, 14  # around; between parts; inside a card
_PAPER = 280  # the drawing's side
_FRAME_SCALE = 4
_TEXT = 14  # pixels
_VERDICT, _FOOTER = 1.8, 0.85  # in the text's size
_CARD_CORNER = 10.0
_WRAP = Qt.TextFlag.TextWordWrap
_CAPTION = f"What the models see: {FRAME_SIDE}×{FRAME_SIDE} pixels"


def prediction_image(
    content: Content,
    frame: NDArray[np.float32],
    answer: EnsemblePrediction,
    verdict: str,
    colors: Colors,
    *,
    pen_width: float = 50.0,
    muted: bool = False,
) -> QImage:
    """Return a picture of an answer, as large whatever the window's text size.

    Parameters
    ----------
    content
        What was drawn.
    frame
        (28, 28) in [0, 1], 1 being ink: what the models saw of it.
    answer
        Of one model at least.
    verdict
        What the three together say, in words.
    colors
        The theme's.
    pen_width
        In canvas units.
    muted
        Whether the three together refuse it: the cards are without their colours then, as in the window.
    """
    place = _Places.of(answer, verdict)
    image = QImage(place.whole * FINENESS, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(FINENESS)
    image.fill(QColor(colors.window))
    with QPainter(image) as painter:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        _write(painter, place.verdict, verdict, _font(_VERDICT, bold=True), colors.text)
        look = Look(_PAPER, FINENESS, colors, pen_width)
        InkLayer().paint(painter, place.paper.topLeft(), look, content, ())
        painter.setPen(QPen(QColor(colors.border), 1))
        painter.drawRect(place.paper)
        _paint_widget(painter, _frame_view(frame), place.frame, colors)
        _write(painter, place.caption, _CAPTION, _font(), colors.muted)
        for prediction, card in zip(answer.predictions, place.cards, strict=True):
            _paint_card(painter, prediction, card, colors, muted=muted)
        _write(painter, place.footer, _footer(answer), _font(_FOOTER), colors.muted)
    return image


@dataclass(frozen=True)
class _Places:
    """Where each part is, in pixels of the screen."""

    whole: QSize
    verdict: QRect
    paper: QRect
    frame: QRect
    caption: QRect
    cards: tuple[QRect, ...]
    footer: QRect

    @classmethod
    def of(cls, answer: EnsemblePrediction, verdict: str) -> _Places:
        """Return places for an answer: the cards as high as drawing and frame, the words as high as they need."""
        frame_side = FRAME_SIDE * _FRAME_SCALE + 2  # its border
        bars = _bars(answer.predictions[0]).sizeHint()
        card = QSize(bars.width() + 2 * (_PAD - INSET), _head_height() + bars.height() + 2 * _PAD)
        below = max(_PAPER + _GAP + frame_side, card.height())
        count = len(answer.predictions)
        width = _PAPER + count * (_GAP + card.width())
        head = QRect(_EDGE, _EDGE, width, _height(verdict, _font(_VERDICT, bold=True), width))
        top = head.bottom() + 1 + _GAP
        paper = QRect(_EDGE, top, _PAPER, _PAPER)
        frame = QRect(_EDGE, top + _PAPER + _GAP, frame_side, frame_side)
        beside = frame.right() + 1 + _GAP
        caption = QRect(beside, frame.top(), paper.right() - beside, frame_side)
        cards = (
            QRect(paper.right() + 1 + _GAP + place * (card.width() + _GAP), top, card.width(), below)
            for place in range(count)
        )
        foot = QRect(_EDGE, top + below + _GAP, width, _height(_footer(answer), _font(_FOOTER), width))
        whole = QSize(width + 2 * _EDGE, foot.bottom() + 1 + _EDGE)
        return cls(whole, head, paper, frame, caption, tuple(cards), foot)


def _paint_card(painter: QPainter, prediction: Prediction, card: QRect, colors: Colors, *, muted: bool) -> None:
    painter.setPen(QPen(QColor(colors.border), 1))
    painter.setBrush(QColor(colors.surface))
    painter.drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), _CARD_CORNER, _CARD_CORNER)
    inside = card.adjusted(_PAD, _PAD, -_PAD, -_PAD)
    architecture = ARCHITECTURES[prediction.model]
    bold = _font(bold=True)
    line = QFontMetrics(bold).height()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.model(prediction.model))
    paint_mark(painter, prediction.model, QPointF(inside.left() + line / 2, inside.top() + line / 2), line * 0.7)
    _write(painter, inside.adjusted(round(line * 1.4), 0, 0, 0), architecture.title, bold, colors.text)
    _write(painter, inside.adjusted(0, line, 0, 0), architecture.summary, _font(_FOOTER), colors.muted)
    bars = _bars(prediction)
    bars.muted = muted
    _paint_widget(painter, bars, inside.adjusted(-INSET, _head_height(), INSET, 0), colors)


def _paint_widget(painter: QPainter, widget: QWidget, place: QRect, colors: Colors) -> None:
    """Paint a widget that no window shows, in these colours."""
    palette = QPalette(widget.palette())
    palette.setColor(QPalette.ColorRole.Window, QColor(colors.window))
    widget.setPalette(palette)
    widget.resize(place.size())
    widget.render(painter, place.topLeft(), QRegion(), QWidget.RenderFlag.DrawChildren)


def _bars(prediction: Prediction) -> ProbabilityBars:
    bars = ProbabilityBars(prediction.model, "")
    bars.set_prediction(prediction)
    bars.setFont(_font())
    return bars


def _frame_view(frame: NDArray[np.float32]) -> FrameView:
    view = FrameView(_FRAME_SCALE)
    view.set_frame(frame)
    return view


def _head_height() -> int:
    return QFontMetrics(_font(bold=True)).height() + 2 * QFontMetrics(_font(_FOOTER)).height()


def _footer(answer: EnsemblePrediction) -> str:
    """Return which runs answered, and whose confidence was never compared with how often it is right."""
    words = [f"{ARCHITECTURES[each.model].title}: {each.run}" for each in answer.predictions]
    loose = [ARCHITECTURES[each.model].title for each in answer.predictions if not each.calibrated]
    if loose:
        words.append(f"Confidence not calibrated: {', '.join(loose)}")
    return " · ".join(["MNIST GUI", *words])


def _font(scale: float = 1.0, *, bold: bool = False) -> QFont:
    font = QFont(QGuiApplication.font())
    # In points, of which the bars' fonts are made, and so many pixels on any system.
    font.setPointSizeF(_TEXT * scale * 72 / QGuiApplication.primaryScreen().logicalDotsPerInchY())
    font.setFeature(QFont.Tag("tnum"), 1)
    if bold:
        font.setWeight(QFont.Weight.DemiBold)
    return font


def _height(text: str, font: QFont, width: int) -> int:
    return math.ceil(QFontMetrics(font).boundingRect(QRect(0, 0, width, 10_000), _WRAP, text).height())


def _write(painter: QPainter, area: QRect, text: str, font: QFont, color: str) -> None:
    painter.setFont(font)
    painter.setPen(QColor(color))
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | _WRAP, text)
