"""Picture of a smallest change upon its frame, and the legend of its two colours."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.heat_map import colour_image, finer, hatching
from mnist_gui.gui.widgets.plain_text import tool_tip

# Told apart with any colour blindness, and by hatching and dots without colour; none of them a model's.
RUBBED_OUT, ADDED = (230, 159, 0), (64, 214, 170)
_GAP_LEVEL = 0.3  # brightness between the lines of the hatching
_DOT_PERIOD, _DOT_RADIUS = 11, 2.8  # image pixels
_SWATCH = QSize(18, 14)
_WORDS = ("rubbed out", "added")


def change_image(frame: NDArray[np.float32], changed: NDArray[np.float32]) -> QImage:
    """Return a (28, 28) frame in white on black, with what a change rubs out hatched and what it adds dotted."""
    before, after = np.asarray([frame, changed], np.float32) / max(float(frame.max()), float(changed.max()), 1e-6)
    inks = (np.minimum(before, after), np.maximum(before - after, 0), np.maximum(after - before, 0))
    kept, rubbed, added = (finer(np.asarray(ink, np.float32))[..., None] for ink in inks)
    colours = 255 * kept + _textures()[0] * rubbed + _textures()[1] * added
    return colour_image(np.clip(colours, 0, 255))


@cache
def _textures() -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return the (224, 224, 3) colours of ink that is rubbed out, and of ink that is added."""
    lines = np.where(hatching(), 1.0, _GAP_LEVEL)[..., None]
    offsets = np.arange(len(lines)) % _DOT_PERIOD - (_DOT_PERIOD - 1) / 2
    dots = np.where(np.hypot(offsets[:, None], offsets) < _DOT_RADIUS, 0.0, 1.0)[..., None]
    rubbed, added = lines * np.array(RUBBED_OUT), dots * np.array(ADDED)
    return rubbed.astype(np.float32), added.astype(np.float32)


class ChangeLegend(QWidget):
    """The patterns of ink that is rubbed out and of ink that is added, each before its words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("change_legend")
        self.setAccessibleName("What is hatched is rubbed out, what is dotted is added")
        self.setToolTip(
            tool_tip("The ink to rub out and to add, in dabs as wide as the strokes. A smaller change may exist.")
        )
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    # -- Qt

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        gap = metrics.averageCharWidth()
        width = sum(_SWATCH.width() + metrics.horizontalAdvance(words) for words in _WORDS) + 4 * gap
        return QSize(width, max(metrics.height(), _SWATCH.height()) + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        metrics, colors, left = self.fontMetrics(), colors_of(self), 0.0
        gap, middle = metrics.averageCharWidth(), QRectF(self.rect()).center().y()
        with QPainter(self) as painter:
            for words, texture in zip(_WORDS, _textures(), strict=True):
                swatch = QRectF(left + 0.5, middle - _SWATCH.height() / 2, _SWATCH.width() - 1, _SWATCH.height() - 1)
                pattern = colour_image(texture[: 2 * _SWATCH.height(), : 2 * _SWATCH.width()])
                painter.drawImage(swatch, pattern)
                painter.setPen(QPen(QColor(colors.border), 1))
                painter.drawRect(swatch)
                painter.setPen(QColor(colors.muted))
                left += _SWATCH.width() + gap
                width = metrics.horizontalAdvance(words)
                area = QRectF(left, 0, width + 1, self.height())
                painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
                left += width + 2 * gap
