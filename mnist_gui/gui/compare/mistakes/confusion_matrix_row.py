"""Confusion matrices side by side, or the difference of two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.compare.mistakes.confusion_matrix import Cell, ConfusionMatrix, Counts
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.gui.widgets.run_marker import RunLegend, RunMarker
from mnist_gui.gui.widgets.scroll_column import ContentArea

GAP = 16  # pixels between matrices


class ConfusionMatrixRow(ContentArea):
    """As large as there is room for, all on one scale; scrolls sideways if they do not fit.

    Signals
    -------
    cell_chosen(index: int, true: int, predicted: int)
        A cell of the matrix at that index; -1 for the difference.
    """

    cell_chosen = Signal(int, int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.matrices: list[ConfusionMatrix] = []
        self._titles: list[RunLegend] = []
        self._is_difference = False
        self.setObjectName("matrix_row")
        self.setAccessibleName("Confusion matrices")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        content = QWidget()
        self._grid = QGridLayout(content)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GAP)
        self._grid.setVerticalSpacing(0)
        self._grid.setRowStretch(2, 1)
        self.setWidget(content)

    def set_matrices(self, matrices: Mapping[RunMarker, Counts]) -> None:
        """Show a (10, 10) matrix for each run, all on the scale of the largest count off the diagonals."""
        off_diagonal = ~np.eye(CLASSES, dtype=bool)
        maximum = max((int(counts[off_diagonal].max()) for counts in matrices.values()), default=1)
        self._set_number(len(matrices))
        self._is_difference = False
        for index, (marker, counts) in enumerate(matrices.items()):
            self.matrices[index].set_counts(marker, counts, maximum)
            self._set_title(index, [marker._replace(name=f"{marker.name} · {self.matrices[index].confusion.errors}")])
        self._fit()

    def set_difference(self, first: RunMarker, second: RunMarker, counts: Counts) -> None:
        """Show by how much the (10, 10) counts of the first run exceed those of the second."""
        self._set_number(1)
        self._is_difference = True
        self.matrices[0].set_difference(first, second, counts)
        self._set_title(0, [first._replace(name=f"{first.name} −"), second])
        self._fit()

    @property
    def maximum(self) -> int:
        """The count of the strongest colour."""
        return self.matrices[0].confusion.maximum if self.matrices else 1

    def set_chosen(self, index: int, cell: Cell | None) -> None:
        """Frame a cell of the matrix at that index, and of no other; -1 frames it in all."""
        for other, matrix in enumerate(self.matrices):
            matrix.set_chosen(cell if index in (-1, other) else None)

    def _set_number(self, number: int) -> None:
        """Add or remove matrices at the end."""
        self._grid.setColumnStretch(len(self.matrices), 0)
        for index in range(len(self.matrices), number):
            title, matrix = RunLegend(), ConfusionMatrix()
            matrix.cell_chosen.connect(partial(self._on_cell_chosen, index))
            self._grid.addWidget(title, 0, index)
            self._grid.addWidget(matrix, 1, index, Qt.AlignmentFlag.AlignLeft)
            self._titles.append(title)
            self.matrices.append(matrix)
        for widget in (*self._titles[number:], *self.matrices[number:]):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        del self._titles[number:], self.matrices[number:]
        self._grid.setColumnStretch(number, 1)

    def _on_cell_chosen(self, index: int, true: int, predicted: int) -> None:
        self.cell_chosen.emit(-1 if self._is_difference else index, true, predicted)

    def _set_title(self, index: int, markers: Sequence[RunMarker]) -> None:
        self._titles[index].set_markers(markers)
        self._titles[index].setToolTip(tool_tip(self.matrices[index].accessibleName()))

    def _fit(self) -> None:
        """Choose the largest cells with which all fit."""
        if not self.matrices:
            return
        matrix, count = self.matrices[0], len(self.matrices)
        width = (self.width() - GAP * (count - 1)) // count
        # No higher than the cells that fit the width need: what lies below gets the rest.
        widest = matrix.size_for(matrix.cell_for(QSize(width, 10_000)))
        title_width = max(widest.width(), self.width() * self._is_difference)
        title_height = max(title.heightForWidth(title_width) for title in self._titles)
        other_height = title_height + self.horizontalScrollBar().sizeHint().height() * (widest.width() > width)
        self.setMaximumHeight(widest.height() + other_height)
        self.setMinimumHeight(matrix.size_for(matrix.min_cell).height() + other_height)
        cell = matrix.cell_for(QSize(width, max(self.height() - other_height, 1)))
        for title, matrix in zip(self._titles, self.matrices, strict=True):
            matrix.set_cell(cell)
            # That of a difference names two runs, and has the whole row.
            title.setFixedSize(max(matrix.width(), self.width() * self._is_difference), title_height)

    # -- Qt

    def sizeHint(self) -> QSize:
        matrix = self.matrices[0] if self.matrices else ConfusionMatrix()
        return matrix.size_for(matrix.min_cell + 6) + QSize(0, RunLegend().sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit again afterwards: no resize event tells of a size that is set while the widget is being shown."""
        super().showEvent(event)
        QTimer.singleShot(0, self, self._fit)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
