"""Confusion matrices side by side, or the difference of two."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.compare.mistakes.confusion_cells import Cell, Counts
from mnist_gui.gui.compare.mistakes.confusion_matrix import ConfusionMatrix
from mnist_gui.gui.compare.run_marker import RunMarker

GAP = 16  # pixels between matrices


class ConfusionMatrixRow(QScrollArea):
    """As large as there is room for, all on one scale; scrolled sideways where they do not fit.

    Signals
    -------
    cell_chosen(place: int, true: int, read: int)
        A cell of the matrix at that place; -1 where it is of the difference.
    """

    cell_chosen = Signal(int, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._matrices: list[ConfusionMatrix] = []
        self.setObjectName("matrix_row")
        self.setAccessibleName("Confusion matrices")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        self._row = QHBoxLayout(content)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(GAP)
        self._row.addStretch(1)
        self.setWidget(content)
        self.setWidgetResizable(True)

    @property
    def matrices(self) -> tuple[ConfusionMatrix, ...]:
        """Those shown, from left to right."""
        return tuple(self._matrices)

    def set_matrices(self, matrices: Mapping[RunMarker, Counts]) -> None:
        """Show a (10, 10) matrix for each, all on the scale of the largest number off the diagonals."""
        off = 1 - np.eye(CLASSES, dtype=np.int64)
        most = max((int((counts * off).max()) for counts in matrices.values()), default=1)
        self._fill(len(matrices))
        for place, (matrix, (marker, counts)) in enumerate(zip(self._matrices, matrices.items(), strict=True)):
            matrix.set_counts(marker, counts, most)
            matrix.cell_chosen.connect(lambda true, read, place=place: self.cell_chosen.emit(place, true, read))

    def set_difference(self, first: RunMarker, second: RunMarker, counts: Counts) -> None:
        """Show how much more often the first reads each digit as each other one than the second."""
        self._fill(1)
        self._matrices[0].set_difference(first, second, counts)
        self._matrices[0].cell_chosen.connect(lambda true, read: self.cell_chosen.emit(-1, true, read))

    def set_chosen(self, place: int, cell: Cell | None) -> None:
        """Frame a cell of the matrix at that place, and no other; -1 frames it in all."""
        for at, matrix in enumerate(self._matrices):
            matrix.set_chosen(cell if place in (-1, at) else None)

    def _fill(self, count: int) -> None:
        for matrix in self._matrices:
            self._row.removeWidget(matrix)
            matrix.hide()
            matrix.deleteLater()
        self._matrices = [ConfusionMatrix() for _ in range(count)]
        for place, matrix in enumerate(self._matrices):
            self._row.insertWidget(place, matrix, 0, Qt.AlignmentFlag.AlignTop)
        self._fit()

    def _fit(self) -> None:
        """Choose the largest cells for which all fit."""
        if not self._matrices:
            return
        first, count = self._matrices[0], len(self._matrices)
        wide = (self.width() - GAP * (count - 1)) // count
        # No higher than the cells that fit the width need, so that what lies below gets the rest.
        widest = first.cell_for(QSize(wide, 10_000))
        bar = self.horizontalScrollBar().sizeHint().height()
        scrolls = first.size_for(widest).width() > wide
        self.setMaximumHeight(first.size_for(widest).height() + bar * scrolls)
        cell = first.cell_for(QSize(wide, max(self.height(), 1)))
        for matrix in self._matrices:
            matrix.set_cell(cell)
        self.setMinimumHeight(first.size_for(first.least_cell).height() + bar * scrolls)

    # -- Qt

    def sizeHint(self) -> QSize:
        """Ask for comfortable cells."""
        probe = self._matrices[0] if self._matrices else ConfusionMatrix()
        return probe.size_for(probe.least_cell + 6)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit anew."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
