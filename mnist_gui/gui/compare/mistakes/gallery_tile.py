"""A digit with what every run reads it as, painted fast enough for a gallery that is scrolled."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPixmap

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.compare.run_marker import RunMarker, paint_marker
from mnist_gui.gui.theme import Colors

MOST_LINES = 8  # answers beside a thumbnail; the tool tip tells all
LEAST_SIDE = 56  # pixels: of a thumbnail
PADDING, GAP = 5, 6  # pixels: around what a tile shows, and between thumbnail and answers
RIGHT, WRONG = "✓", "✗"


class Answers(NamedTuple):
    """Digits, and what runs read them as.

    Attributes
    ----------
    images
        (N, 28, 28) uint8, white ink on black.
    labels
        (N,) 0 to 9: what they are.
    markers
        Of R runs.
    read, confidence
        (R, N): what each run reads each digit as, and how sure it is, 0 to 1.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    markers: Sequence[RunMarker]
    read: NDArray[np.integer]
    confidence: NDArray[np.floating]


class TilePainter:
    """Paints any of the digits. Lines of words are drawn once each: there are few that differ.

    Parameters
    ----------
    answers
        None before there are any.
    ratio
        Pixels of the device to one of the window.

    Attributes
    ----------
    size
        Of a tile.
    side
        Of a thumbnail, in pixels.
    """

    def __init__(self, answers: Answers | None, font: QFont, colors: Colors, ratio: float) -> None:
        self._answers = answers
        self._font, self._bold = font, QFont(font)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self.colors, self.ratio = colors, ratio
        metrics = QFontMetrics(font)
        self._line_height, self._ascent = metrics.height(), metrics.ascent()
        # Of too many the first, and the last: all together.
        runs = range(len(answers.markers)) if answers is not None else range(0)
        self._shown = [*runs] if len(runs) <= MOST_LINES else [*runs[: MOST_LINES - 1], runs[-1]]
        self._answers_of_one = self._ascent + 6 + QFontMetrics(self._bold).horizontalAdvance(f"0 {WRONG}")
        title = QFontMetrics(self._bold).horizontalAdvance("It is 0")
        self._words = QSize(max(self._answers_of_one, title) + 2, self._line_height)
        self.side = max(LEAST_SIDE, self._line_height * (len(self._shown) + 1))
        self.size = QSize(self.side + GAP + self._words.width() + 2 * PADDING, self.side + 2 * PADDING)
        self._titles: dict[int, QPixmap] = {}
        self._said: dict[tuple[int, int, bool], QPixmap] = {}

    def paint(self, painter: QPainter, digit: int, corner: QPoint) -> None:
        """Paint a digit, by its place, into the tile at that corner."""
        answers = self._answers
        assert answers is not None
        left, top = corner.x() + PADDING, corner.y() + PADDING
        # The image uses the array's memory, which outlives it.
        pixels = answers.images[digit].data
        image = QImage(pixels, FRAME_SIDE, FRAME_SIDE, FRAME_SIDE, QImage.Format.Format_Grayscale8)
        painter.drawImage(QRect(left, top, self.side, self.side), image)
        label = int(answers.labels[digit])
        left += self.side + GAP
        painter.drawPixmap(left, top, self._title(label))
        for run, read in zip(self._shown, answers.read[self._shown, digit].tolist(), strict=True):
            top += self._line_height
            painter.drawPixmap(left, top, self._line(run, read, read == label))

    def _title(self, label: int) -> QPixmap:
        if label not in self._titles:
            self._titles[label] = self._drawn(f"It is {label}", self._bold, self.colors.text, 0)
        return self._titles[label]

    def _line(self, run: int, read: int, right: bool) -> QPixmap:
        if (run, read, right) not in self._said:
            font, color = (self._font, self.colors.muted) if right else (self._bold, self.colors.text)
            drawn = self._drawn(f"{read} {RIGHT if right else WRONG}", font, color, self._ascent + 5)
            assert self._answers is not None
            with QPainter(drawn) as painter:
                centre = QPointF(self._ascent * 0.4 + 1, self._line_height / 2)
                paint_marker(painter, self._answers.markers[run], centre, self._ascent * 0.75, self.colors)
            self._said[run, read, right] = drawn
        return self._said[run, read, right]

    def _drawn(self, text: str, font: QFont, color: str, indent: int) -> QPixmap:
        """Return words on nothing."""
        wide, high = (math.ceil(length * self.ratio) for length in (self._words.width(), self._words.height()))
        drawn = QPixmap(wide, high)
        drawn.setDevicePixelRatio(self.ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        with QPainter(drawn) as painter:
            painter.setFont(font)
            painter.setPen(QColor(color))
            room = QRect(QPoint(indent, 0), self._words - QSize(indent, 0))
            painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        return drawn
