"""Boxes around the digits of a page, with their answers, painted over the canvas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from mnist_gui.gui.theme import Colors
from mnist_gui.models.inference.predictor import Verdict

_MARGIN = 3.0  # pixels between ink and box
_MIN_SIDE = 14.0  # pixels, of a box: a narrow 1 can still be hit
_LABEL_PADDING, _LABEL_GAP = 3.0, 2.0
_SMALL_TEXT = 0.85  # relative to the text size
_OUTSIDE = 4.0  # how much worse it is to leave the paper than to cover something
_RADIUS = 3.0
_TINT_ALPHA = 34  # of 255, of the box under the pointer and the selected one
_STYLES: dict[Verdict, Qt.PenStyle] = {
    "digit": Qt.PenStyle.SolidLine,
    "uncertain": Qt.PenStyle.DashLine,
    "not_a_digit": Qt.PenStyle.DotLine,
    "blank": Qt.PenStyle.DotLine,
}


@dataclass(frozen=True)
class DigitBox:
    """One digit on the canvas.

    Attributes
    ----------
    ink
        Left, top, right and bottom of its ink, in canvas units or in pixels of the picture.
    line
        0-based index of its line.
    verdict
        How it is predicted.
    answer
        What it is read as, or what the user says it is; "–" for no digit, "?" for what the models refuse.
    corrected
        The answer that the user has struck out; empty if there is none.
    is_confirmed
        Whether the user has said what it is.
    is_kept
        Whether it is in My digits.
    description
        Text for the tooltip.
    """

    ink: tuple[float, float, float, float]
    line: int
    verdict: Verdict
    answer: str
    corrected: str = ""
    is_confirmed: bool = False
    is_kept: bool = False
    description: str = ""

    @property
    def marks(self) -> str:
        """Signs after the answer: "?" if the models are unsure, a pencil if corrected, ✓ if kept or confirmed."""
        if self.corrected:
            return " ✎✓" if self.is_kept else " ✎"
        if self.is_kept or self.is_confirmed:
            return " ✓"
        return "?" if self.verdict == "uncertain" else ""

    def color(self, colors: Colors) -> QColor:
        """Return the color of the box: as sure as the models are, or as the user is."""
        if self.is_confirmed and self.answer != "–":
            return QColor(colors.good)
        if self.is_confirmed or self.verdict == "not_a_digit":
            return QColor(colors.muted)
        return QColor(colors.good if self.verdict == "digit" else colors.warn)


class DigitBoxes:
    """The boxes of all digits as they lie on the screen.

    Parameters
    ----------
    boxes
        In reading order.
    selected
        Index of the selected box.
    """

    def __init__(self, boxes: Sequence[DigitBox] = (), selected: int | None = None) -> None:
        self.boxes = tuple(boxes)
        self.selected = selected
        self._areas: list[QRectF] = []
        self._labels: list[QRectF] = []
        self._arranged_for: tuple[object, ...] = ()

    def arrange(self, scale: float, origin: QPointF, paper: QRectF, pen_width: float, font: QFont) -> None:
        """Compute where boxes and labels lie, unless that is known.

        Parameters
        ----------
        scale, origin
            Pixels for each unit of the ink, and the position of its point (0, 0).
        paper
            Where labels may lie.
        pen_width
            Width of the strokes around the ink's points, in pixels; 0 for a picture.
        font
            Of the labels.
        """
        arranged_for = scale, origin.toTuple(), paper.getRect(), pen_width, font.key()
        if arranged_for == self._arranged_for:  # at each move of the pointer
            return
        self._arranged_for = arranged_for
        margin = pen_width / 2 + _MARGIN
        self._areas = [self._area(box, scale, origin, margin) for box in self.boxes]
        self._labels = self._free_places(QFontMetricsF(font), paper)

    def area(self, index: int) -> QRectF:
        """Return the box of a digit in widget coordinates."""
        return self._areas[index]

    def area_with_label(self, index: int) -> QRectF:
        """Return the area of a digit's box and answer in widget coordinates."""
        return self._areas[index].united(self._labels[index])

    def at(self, position: QPointF) -> int | None:
        """Return the index of the digit whose box or label contains a position; the smallest of several boxes."""
        hit = [
            index
            for index, (area, label) in enumerate(zip(self._areas, self._labels, strict=True))
            if area.contains(position) or label.contains(position)
        ]
        return min(hit, key=lambda index: self._areas[index].width() * self._areas[index].height(), default=None)

    def neighbour(self, right: int, down: int) -> int:
        """Return the index of the next or previous digit, or of the nearest one in the next or previous line."""
        if self.selected is None:
            return len(self.boxes) - 1 if min(right, down) < 0 else 0
        if right:
            return int(np.clip(self.selected + right, 0, len(self.boxes) - 1))
        line = self.boxes[self.selected].line
        lines = sorted({box.line for box in self.boxes if (box.line - line) * down > 0}, reverse=down < 0)
        x = self._areas[self.selected].center().x()
        inside = [index for index, box in enumerate(self.boxes) if lines and box.line == lines[0]]
        return min(inside, key=lambda index: abs(self._areas[index].center().x() - x), default=self.selected)

    def paint(self, painter: QPainter, colors: Colors, font: QFont, hovered: int | None) -> None:
        """Paint the boxes; those of the pointer and of the selection are tinted."""
        painter.save()
        for index, (box, area) in enumerate(zip(self.boxes, self._areas, strict=True)):
            color, is_selected = box.color(colors), index == self.selected
            if is_selected or index == hovered:
                tint = QColor(colors.accent)
                tint.setAlpha(_TINT_ALPHA)
                painter.fillRect(area, tint)
            pen = QPen(QColor(colors.accent) if is_selected else color, 2.5 if is_selected or index == hovered else 1.5)
            pen.setStyle(Qt.PenStyle.SolidLine if is_selected or box.is_confirmed else _STYLES[box.verdict])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, _RADIUS, _RADIUS)
        for box, label in zip(self.boxes, self._labels, strict=True):
            _paint_label(painter, box, label, colors, font)
        painter.restore()

    @staticmethod
    def _area(box: DigitBox, scale: float, origin: QPointF, margin: float) -> QRectF:
        left, top, right, bottom = box.ink
        area = QRectF(origin + QPointF(left, top) * scale, origin + QPointF(right, bottom) * scale)
        area.adjust(-margin, -margin, margin, margin)
        wider, taller = max(0.0, _MIN_SIDE - area.width()) / 2, max(0.0, _MIN_SIDE - area.height()) / 2
        pixels = area.adjusted(-wider, -taller, wider, taller).toAlignedRect()
        return QRectF(pixels).adjusted(0.5, 0.5, -0.5, -0.5)  # sharp edges at every size of the canvas

    def _free_places(self, metrics: QFontMetricsF, paper: QRectF) -> list[QRectF]:
        """Return where each label covers least: above, below, right or left of its box, or in a corner of it."""
        taken = np.full((2 * len(self._areas), 4), -1e9)  # boxes, then labels, far away until they are placed
        for index, area in enumerate(self._areas):
            taken[index] = area.getCoords()
        height = metrics.height()
        labels = []
        for index, (box, area) in enumerate(zip(self.boxes, self._areas, strict=True)):
            text = f"{box.corrected}{' ' if box.corrected else ''}{box.answer}{box.marks}"
            size = QSizeF(metrics.horizontalAdvance(text) + 2 * _LABEL_PADDING, height)
            tops = area.top() - height - _LABEL_GAP, area.bottom() + _LABEL_GAP
            sides = area.right() + _LABEL_GAP, area.left() - size.width() - _LABEL_GAP
            corners = [(area.left(), top) for top in tops] + [(side, area.top()) for side in sides]
            corners += [(area.right() - size.width(), area.top()), (area.left(), area.top())]
            places = np.array([(*corner, corner[0] + size.width(), corner[1] + height) for corner in corners])
            outside = size.width() * height - _overlaps(places, np.array([paper.getCoords()]))
            covered = _overlaps(places, taken) + _OUTSIDE * outside
            # Rounded: of places that cover nothing, the first one is taken.
            best = int(covered.round().argmin())
            taken[len(self._areas) + index] = places[best]
            labels.append(QRectF(QPointF(*corners[best]), size))
        return labels


def label_font(font: QFont) -> QFont:
    """Return the font of the answers, for a widget with this font."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * _SMALL_TEXT)
    small.setWeight(QFont.Weight.DemiBold)
    return small


def _overlaps(places: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much of each of (m, 4) places the (n, 4) others cover: left, top, right, bottom each."""
    sides = np.minimum(places[:, None, 2:], others[None, :, 2:]) - np.maximum(places[:, None, :2], others[None, :, :2])
    return np.asarray(np.clip(sides, 0, None).prod(axis=2).sum(axis=1))


def _paint_label(painter: QPainter, box: DigitBox, label: QRectF, colors: Colors, font: QFont) -> None:
    """Paint an answer on a background of its own: ink may lie below it."""
    background = QColor(colors.surface)
    background.setAlpha(225)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(background)
    painter.drawRoundedRect(label, _RADIUS, _RADIUS)
    text = label.adjusted(_LABEL_PADDING, 0, 0, 0)
    flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
    if box.corrected:
        struck = QFont(font)
        struck.setStrikeOut(True)
        painter.setFont(struck)
        painter.setPen(QColor(colors.muted))
        painter.drawText(text, flags, box.corrected)
        text.adjust(QFontMetricsF(font).horizontalAdvance(f"{box.corrected} "), 0, 0, 0)
    painter.setFont(font)
    painter.setPen(QColor(colors.muted if box.verdict == "not_a_digit" and not box.is_confirmed else colors.text))
    painter.drawText(text, flags, f"{box.answer}{box.marks}")
