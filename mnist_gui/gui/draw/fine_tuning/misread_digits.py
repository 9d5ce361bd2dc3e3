"""The user's digits that a model misreads before or after fine-tuning, as a list of thumbnails with both answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QListWidget,
    QListWidgetItem,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.widgets.gray_image import gray_image
from mnist_gui.gui.widgets.model_marker import paint_model_marker
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.wording import percent

if TYPE_CHECKING:  # imported at the first use: launching does not wait for it
    from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect

KEPT, TAUGHT = "judged", "taught"
SIDE, PADDING, GAP = 44, 4, 6  # pixels: a thumbnail, around a tile, and between its parts
_DIGIT_ROLE = Qt.ItemDataRole.UserRole


@dataclass(frozen=True, eq=False)
class Answers:
    """What a model answers before and after fine-tuning: (10,) probabilities."""

    before: NDArray[np.float32]
    after: NDArray[np.float32]

    @property
    def digits(self) -> tuple[int, int]:
        """The most probable digits."""
        return int(self.before.argmax()), int(self.after.argmax())

    @property
    def text(self) -> str:
        """Both answers with their confidence: "2 (61 %) before, 7 (98 %) now"."""
        before, after = (f"{rows.argmax()} ({percent(float(rows.max()))})" for rows in (self.before, self.after))
        return f"{before} before, {after} now"


@dataclass(frozen=True, eq=False)
class MisreadDigit:
    """A digit of the user that a model misreads before or after.

    Attributes
    ----------
    frame
        (28, 28) in [0, 1], ink high.
    label
        0 to 9.
    is_held_out
        Whether it was kept for judging; otherwise it was taught.
    answers, titles
        Of the runs, by place.
    """

    frame: NDArray[np.float32]
    label: int
    is_held_out: bool
    answers: Mapping[int, Answers]
    titles: Mapping[int, str]

    @property
    def is_improved(self) -> bool:
        """Whether a model reads it now that misread it before."""
        return any(one.digits[0] != self.label == one.digits[1] for one in self.answers.values())

    @property
    def text(self) -> str:
        """The digit and the answers of all models, in a line each."""
        origin = "kept for judging" if self.is_held_out else "taught"
        return "\n".join(
            [
                f"Your {self.label}, {origin}",
                *(f"{self.titles[key]}: {one.text}" for key, one in self.answers.items()),
            ]
        )


def misread_digits(effects: Mapping[int, FineTuningEffect], titles: Mapping[int, str]) -> list[MisreadDigit]:
    """Return the digits that any model misreads before or after: those kept for judging first, then by label.

    Parameters
    ----------
    effects, titles
        By place, on the same digits.
    """
    if not effects:
        return []
    first = next(iter(effects.values())).own
    frames = first.digits.frames()
    indices = np.flatnonzero(np.any([effect.own.is_misread for effect in effects.values()], axis=0))
    found = [
        MisreadDigit(
            frames[index],
            int(first.digits.labels[index]),
            bool(first.is_held_out[index]),
            {place: Answers(effect.own.before[index], effect.own.after[index]) for place, effect in effects.items()},
            titles,
        )
        for index in indices
    ]
    return sorted(found, key=lambda digit: (not digit.is_held_out, digit.label))


class MisreadList(QListWidget):
    """Tiles of misread digits; one is chosen.

    Signals
    -------
    chosen(digit: MisreadDigit)
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._models = 1
        self.setItemDelegate(_TileDelegate(self))
        self.setUniformItemSizes(True)
        self.setViewMode(QListView.ViewMode.ListMode)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setProperty("card", True)
        self.setObjectName("misread_digits")
        self.setAccessibleName("Your digits that were misread, before and now")
        self.currentItemChanged.connect(self._on_current_changed)

    def set_digits(self, digits: Sequence[MisreadDigit]) -> None:
        """Show these digits and choose the first one that a model has learned to read."""
        self.clear()
        self._models = max((len(digit.answers) for digit in digits), default=1)
        self.setGridSize(self.tile)
        for digit in digits:
            item = QListWidgetItem()
            item.setData(_DIGIT_ROLE, digit)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, digit.text.replace("\n", "; "))
            item.setToolTip(tool_tip(digit.text))
            self.addItem(item)
        self.setCurrentRow(next((row for row, digit in enumerate(digits) if digit.is_improved), 0))
        self.updateGeometry()

    @property
    def tile(self) -> QSize:
        """The size of a tile: a thumbnail above how it was used, beside a line for each model."""
        metrics = self.fontMetrics()
        line = metrics.lineSpacing()
        lines = metrics.horizontalAdvance("0 → 0 ✓") + metrics.ascent() + GAP
        height = max(SIDE + line, self._models * (line + 2))
        return QSize(2 * PADDING + max(SIDE, metrics.horizontalAdvance(KEPT)) + GAP + lines, 2 * PADDING + height)

    def _on_current_changed(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.chosen.emit(item.data(_DIGIT_ROLE))

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        border = 2 * self.frameWidth() + 2
        bar = self.verticalScrollBar().sizeHint().width()
        return self.tile + QSize(border + bar, border)

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()  # a larger one would make the surrounding scroll area scroll

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scrollToItem(self.currentItem())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.setGridSize(self.tile)
            self.updateGeometry()


class _TileDelegate(QStyledItemDelegate):
    """Paints a frame, white on black in both themes, and beside it the old and the new answer of each model."""

    # -- Qt

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        view, digit = self.parent(), index.data(_DIGIT_ROLE)
        assert isinstance(view, MisreadList) and isinstance(digit, MisreadDigit)
        colors = colors_of(view)
        tile = QRect(option.rect.topLeft(), view.tile)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.setBrush(QColor(colors.grid))
            painter.drawRoundedRect(QRectF(tile).adjusted(1, 1, -1, -1), 6, 6)
        metrics = option.fontMetrics
        column = max(SIDE, metrics.horizontalAdvance(KEPT))
        inside = tile.adjusted(PADDING, PADDING, -PADDING, -PADDING)
        frame = QRect(inside.left() + (column - SIDE) // 2, inside.top(), SIDE, SIDE)
        painter.drawImage(frame, gray_image(digit.frame))
        painter.setFont(option.font)
        painter.setPen(QColor(colors.muted))
        caption = QRect(inside.left(), frame.bottom() + 1, column, metrics.lineSpacing())
        painter.drawText(caption, Qt.AlignmentFlag.AlignCenter, KEPT if digit.is_held_out else TAUGHT)
        line = metrics.lineSpacing() + 2
        area = QRectF(inside.adjusted(column + GAP, 0, 0, 0))
        area.setTop(area.center().y() - line * len(digit.answers) / 2)
        area.setHeight(line)
        for model, answers in digit.answers.items():
            _paint_answers(painter, area, model, answers.digits, digit.label, colors)
            area.translate(0, line)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        view = self.parent()
        assert isinstance(view, MisreadList)
        return view.tile


def _paint_answers(
    painter: QPainter, area: QRectF, model: int, digits: tuple[int, int], label: int, colors: Colors
) -> None:
    """Paint a model's marker, its answers before and now, and whether the latter is right."""
    metrics = painter.fontMetrics()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.mark(model))
    marker = QPointF(area.left() + metrics.ascent() / 2, area.center().y())
    paint_model_marker(painter, model, marker, metrics.ascent() * 0.7)
    before, after = digits
    text = f"{before} → {after} "
    area = area.adjusted(metrics.ascent() + GAP / 2, 0, 0, 0)
    painter.setPen(QColor(colors.text))
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, text)
    painter.setPen(QColor(colors.good if after == label else colors.warn))
    area.setLeft(area.left() + metrics.horizontalAdvance(text))
    painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, "✓" if after == label else "✗")
