"""What the cells of a confusion matrix say, and in which colours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.compare.run_marker import RunMarker
from mnist_gui.gui.theme import Colors
from mnist_gui.gui.widgets.heat_map import cividis

Counts = NDArray[np.integer]
Cell = tuple[int, int]


class ConfusionCells(NamedTuple):
    """One run's counts, or how two differ.

    Attributes
    ----------
    markers
        Of the run; or of two, where `counts` are the first's less the second's.
    counts
        (10, 10) whole numbers: row the true digit, column what it was read as.
    most
        What has the strongest colour.
    """

    markers: tuple[RunMarker, ...]
    counts: Counts
    most: int

    @classmethod
    def of(cls, markers: tuple[RunMarker, ...], counts: Counts, most: int) -> ConfusionCells:
        """Return them.

        Raises
        ------
        ValueError
            The counts have another shape.
        """
        if counts.shape != (CLASSES, CLASSES):
            raise ValueError(f"the counts have shape {counts.shape}; give ({CLASSES}, {CLASSES}).")
        return cls(markers, counts, max(most, 1))

    @property
    def is_difference(self) -> bool:
        """Whether two runs are compared."""
        return len(self.markers) > 1

    @property
    def errors(self) -> int:
        """How many are off the diagonal."""
        return int(self.counts.sum() - np.trace(self.counts))

    def words(self, cell: Cell) -> str:
        """Return a cell in words."""
        true, read = cell
        count = int(self.counts[cell])
        what, times = f"{true} read as {read}", f"{abs(count)} time{'' if abs(count) == 1 else 's'}"
        if not self.is_difference:
            return f"{what}: {times}" if count else f"{what}: never"
        first, second = self.markers
        if not count:
            return f"{what}: as often by {first.name} as by {second.name}"
        more, less = (first, second) if count > 0 else (second, first)
        return f"{what}: {times} more often by {more.name} than by {less.name}"

    def text(self, cell: Cell) -> str:
        """Return what is written into a cell: nothing where there is nothing."""
        count = int(self.counts[cell])
        if self.is_difference:
            return f"+{count}" if count > 0 else f"−{-count}" if count else ""
        return str(count) if count else ""

    def fill(self, cell: Cell, colors: Colors) -> QColor:
        """Return the colour of a cell; the diagonal's is muted."""
        count = int(self.counts[cell])
        if cell[0] == cell[1]:
            return QColor(colors.grid)
        if not count:
            return QColor(colors.surface)
        if self.is_difference:
            color = QColor(colors.model(self.markers[count < 0].model))
            color.setAlphaF(0.2 + 0.5 * abs(count) / self.most)
            return color
        # Farther from what lies behind, the more there are: yellow to blue on white, blue to yellow on dark grey. From
        # a fifth on, since the ends of the scale would be taken for the background.
        level = 0.2 + 0.8 * min(count / self.most, 1)
        dark = QColor(colors.surface).lightness() < 128
        return QColor(*cividis()[round(255 * (level if dark else 1 - level))].tolist())

    def ink(self, cell: Cell, colors: Colors) -> QColor:
        """Return the colour of the words in a cell."""
        if cell[0] == cell[1]:
            return QColor(colors.muted)
        if self.is_difference:
            return QColor(colors.text)
        return QColor("#000000" if self.fill(cell, colors).lightnessF() > 0.45 else "#ffffff")
