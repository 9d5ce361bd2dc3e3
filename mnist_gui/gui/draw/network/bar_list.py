"""Bars of a dense layer's units, the strongest first, and of the ten probabilities before and after."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent

from mnist_gui.analysis.network_sum import Place
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.draw.network.tile_area import TileArea
from mnist_gui.gui.draw.probability_bars import LEAST_SHOWN
from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.models.inspection.network_layers import Array
from mnist_gui.wording import percent

_MIDDLE_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_MIDDLE_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class _Look(NamedTuple):
    """Colours, and the widths in pixels of the text before a bar, of the text behind it, and of a character."""

    colors: Colors
    before: int
    behind: int
    gap: int


class _BarList(TileArea):
    """Rows with a number, a bar and a text.

    Attributes
    ----------
    least_bar
        Length of a bar, in characters, below which the text behind it is left out.
    """

    least_bar = 4

    def __init__(self, layer: int) -> None:
        super().__init__(layer)
        self._look = self._measured()

    @property
    def gap(self) -> int:
        return 4

    def row_name(self, index: int) -> str:
        """Return the text before a bar."""
        return str(index + 1)

    def row_text(self, index: int) -> str:
        """Return the text behind a bar."""
        raise NotImplementedError

    def bars(self, index: int, colors: Colors) -> list[tuple[float, QColor]]:
        """Return length, 0 to 1, and colour of the bars of a row."""
        raise NotImplementedError

    def _measured(self) -> _Look:
        metrics = self.fontMetrics()
        before, behind = (metrics.horizontalAdvance(text) for text in self._texts)
        return _Look(colors_of(self), before, behind, metrics.averageCharWidth())

    @property
    def _texts(self) -> tuple[str, str]:
        """The longest texts before and behind a bar."""
        return "000", "−00.0"

    # -- of the tiles

    def tile_size(self) -> QSize:
        return QSize(max(self.viewport().width() - 2 * self.gap, 1), round(1.3 * self.fontMetrics().height()))

    def place_at(self, index: int, offset: QPoint) -> Place:
        return self.place_of(index)

    def paint_tile(self, painter: QPainter, area: QRect, index: int, current: Place | None) -> None:
        colors, before, behind, gap = self._look
        painter.setPen(QColor(colors.text))
        painter.drawText(area.adjusted(2, 0, 0, 0), _MIDDLE_LEFT, self.row_name(index))
        has_room = area.width() - before - behind - 2 * gap >= self.least_bar * gap
        if has_room:
            painter.drawText(area.adjusted(0, 0, -2, 0), _MIDDLE_RIGHT, self.row_text(index))
        track = QRectF(area).adjusted(before + gap, 0, -behind - gap if has_room else 0, 0)
        bars = self.bars(index, colors)
        height = min(track.height() * 0.7, 40.0)
        painter.fillRect(QRectF(track.left(), track.center().y() - height / 2, track.width(), height), colors.grid)
        for number, (length, color) in enumerate(bars):
            top = track.center().y() - height / 2 + number * height / len(bars)
            painter.fillRect(QRectF(track.left(), top, track.width() * length, height / len(bars)), color)

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        self._look = self._measured()  # once, not for every row
        super().paintEvent(event)

    def minimumSizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        texts = sum(metrics.horizontalAdvance(text) for text in self._texts)
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(texts + 5 * metrics.averageCharWidth() + bar + 2 * self.gap, 4 * metrics.height())


class UnitList(_BarList):
    """Units of a layer without maps; the bars of negative ones are muted, and of those that are off there are none."""

    def __init__(self, layer: int) -> None:
        super().__init__(layer)
        self._units = np.zeros(0, np.float32)
        self._off: frozenset[int] = frozenset()
        self._peak = 1e-9

    def set_units(self, whole: Array, current: Array, off: frozenset[int]) -> None:
        """Show the (units,) values: those with all filters on set order and scale."""
        sizes = np.abs(whole)
        self._units, self._off, self._peak = current, off, max(float(sizes.max()), 1e-9)
        self.set_order(np.argsort(-sizes, kind="stable").tolist())

    def row_text(self, index: int) -> str:
        return "off" if index in self._off else f"{self._units[index]:.1f}".replace("-", "−")

    def bars(self, index: int, colors: Colors) -> list[tuple[float, QColor]]:
        value = 0.0 if index in self._off else float(self._units[index])
        return [(min(abs(value) / self._peak, 1.0), QColor(colors.accent if value >= 0 else colors.muted))]


class AnswerBars(_BarList):
    """The ten probabilities; while filters are off, those with all filters on above them."""

    least_bar = 2

    def __init__(self, layer: int) -> None:
        super().__init__(layer)
        self._whole = self._current = np.zeros(CLASSES, np.float32)
        self._mark = 1
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)

    def set_probabilities(self, whole: Array, current: Array, mark: int) -> None:
        """Show the (10,) probabilities with all filters on, and as they are, in the colour of a mark."""
        self._whole, self._current, self._mark = whole, current, mark
        self.set_order(range(CLASSES))

    def row_name(self, index: int) -> str:
        return str(index)

    def row_text(self, index: int) -> str:
        probability = float(self._current[index])
        return percent(probability) if probability >= LEAST_SHOWN else ""

    def bars(self, index: int, colors: Colors) -> list[tuple[float, QColor]]:
        now = float(self._current[index]), colors.mark(self._mark)
        return [now] if self._whole is self._current else [(float(self._whole[index]), QColor(colors.muted)), now]

    @property
    def _texts(self) -> tuple[str, str]:
        return "0", percent(0.9999)

    # -- of the tiles

    def tile_size(self) -> QSize:
        least = super().tile_size()
        room = self.viewport().height() // CLASSES - self.gap - 1
        return QSize(least.width(), min(max(room, least.height()), 2 * least.height()))
