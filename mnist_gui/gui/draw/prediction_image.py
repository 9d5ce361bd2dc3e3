"""A prediction as an image that explains itself: the content, its frame and the predictions of the models."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QFont, QGuiApplication, QImage, QPainter, QPalette, QPixmap, QRegion
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.answerers import Answerer
from mnist_gui.gui.draw.canvas.ink_painter import InkLayer, InkStyle
from mnist_gui.gui.draw.frame_view import FrameView
from mnist_gui.gui.draw.probability_bars import INSET, ProbabilityBars
from mnist_gui.gui.theme import Colors
from mnist_gui.gui.widgets.model_marker import ModelMarker
from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction

PIXEL_RATIO = 2  # image pixels per layout pixel
_MARGIN, _SPACING, _PADDING = 24, 16, 14  # around; between parts; inside a card
_PAPER_SIDE = 280
_FRAME_SCALE = 4
_TEXT_SIZE = 14  # pixels
_VERDICT_SCALE, _FOOTER_SCALE = 1.8, 0.85  # relative to the text size
_CAPTION = f"What the models see: {FRAME_SIDE}×{FRAME_SIDE} pixels"


def prediction_image(
    content: Content,
    frame: NDArray[np.float32],
    prediction: EnsemblePrediction,
    answerers: Sequence[Answerer],
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
        Predictions of at least one model for the frame.
    answerers
        Those that have predicted.
    verdict
        Text of the verdict.
    colors
        Colors of the theme.
    pen_width
        In canvas units.
    muted
        Whether the verdict is a rejection: the cards are shown without color, as in the window.
    """
    sheet = QWidget()
    frame_view = FrameView(_FRAME_SCALE)
    frame_view.set_frame(frame)
    frame_row = QHBoxLayout()
    frame_row.setSpacing(_SPACING)
    frame_row.addWidget(frame_view)
    frame_row.addWidget(_label(_CAPTION, colors.muted), 1, Qt.AlignmentFlag.AlignTop)
    left = QVBoxLayout()
    left.addWidget(_paper(content, colors, pen_width))
    left.addLayout(frame_row)
    left.addStretch(1)
    parts = QHBoxLayout()
    parts.addLayout(left)
    by_place = {answerer.place: answerer for answerer in answerers}
    named = [(by_place[single.place], single) for single in prediction.predictions if single.place in by_place]
    for answerer, single in named:
        parts.addWidget(_card(answerer, single, colors, muted=muted))
    layout = QVBoxLayout(sheet)
    layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
    layout.addWidget(_label(verdict, colors.text, _VERDICT_SCALE, bold=True))
    layout.addLayout(parts)
    layout.addWidget(_label(_footer(named), colors.muted, _FOOTER_SCALE))
    for box in (left, parts, layout):
        box.setSpacing(_SPACING)
    palette = QPalette(colors.window)
    for widget in sheet.findChildren(QWidget):
        widget.ensurePolished()  # which sets the palette of the window's theme
        widget.setPalette(palette)
    width = parts.sizeHint().width() + 2 * _MARGIN
    sheet.resize(width, layout.totalHeightForWidth(width))
    image = QImage(sheet.size() * PIXEL_RATIO, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(PIXEL_RATIO)
    image.fill(colors.window)
    sheet.render(image, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    return image


def _paper(content: Content, colors: Colors, pen_width: float) -> QLabel:
    pixmap = QPixmap(QSize(_PAPER_SIDE, _PAPER_SIDE) * PIXEL_RATIO)
    pixmap.setDevicePixelRatio(PIXEL_RATIO)
    with QPainter(pixmap) as painter:
        InkLayer().paint(painter, QPoint(), InkStyle(_PAPER_SIDE, PIXEL_RATIO, colors, pen_width), content, ())
    paper = QLabel()
    paper.setPixmap(pixmap)
    paper.setStyleSheet(f"border: 1px solid {colors.border};")
    return paper


def _card(answerer: Answerer, prediction: Prediction, colors: Colors, *, muted: bool) -> QFrame:
    bars = ProbabilityBars(answerer.place)
    bars.set_prediction(prediction)
    bars.set_muted(muted)
    bars.setFont(_font())
    marker = ModelMarker(answerer.place)
    marker.setFont(_font())
    heading = QHBoxLayout()
    heading.setContentsMargins(INSET, 0, INSET, 0)
    heading.addWidget(marker)
    heading.addWidget(_label(answerer.title, colors.text, bold=True), 1)
    summary = _label(answerer.summary, colors.muted, _FOOTER_SCALE)
    summary.setContentsMargins(INSET, 0, INSET, 0)
    card = QFrame()
    card.setObjectName("sheet_card")
    card.setStyleSheet(
        f"#sheet_card {{ background: {colors.surface}; border: 1px solid {colors.border}; border-radius: 10px; }}"
    )
    layout = QVBoxLayout(card)
    layout.setContentsMargins(_PADDING - INSET, _PADDING, _PADDING - INSET, _PADDING)
    layout.addLayout(heading)
    layout.addWidget(summary)
    layout.addWidget(bars, 1)
    return card


def _label(text: str, color: str, scale: float = 1.0, *, bold: bool = False) -> QLabel:
    label = PlainLabel(text)
    label.setWordWrap(True)
    weight = 600 if bold else 400
    label.setStyleSheet(f"color: {color}; font-size: {round(_TEXT_SIZE * scale)}px; font-weight: {weight};")
    return label


def _font() -> QFont:
    font = QFont(QGuiApplication.font())
    # In points, which the bars scale; the same number of pixels on every system.
    font.setPointSizeF(_TEXT_SIZE * 72 / QGuiApplication.primaryScreen().logicalDotsPerInchY())
    return font


def _footer(named: Sequence[tuple[Answerer, Prediction]]) -> str:
    """Return the names of the runs, and which of them are not calibrated."""
    texts = [
        single.run if answerer.title == single.run else f"{answerer.title}: {single.run}" for answerer, single in named
    ]
    uncalibrated = [answerer.title for answerer, single in named if not single.calibrated]
    if uncalibrated:
        texts.append(f"Confidence not calibrated: {', '.join(uncalibrated)}")
    return " · ".join(["MNIST GUI", *texts])
