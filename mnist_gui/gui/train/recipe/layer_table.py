"""The layers of the chosen models, with their shapes and parameter counts."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.models.architectures import ARCHITECTURES, OWN, Architecture, LayerRow


class LayerTable(QWidget):
    """Table for a narrow column: the shape of a layer is below its name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tables = {number: _table(architecture) for number, architecture in ARCHITECTURES.items()}
        self._own: QWidget | None = None
        self._shown_own: Architecture | None = None
        self._empty = _label("Tick a model to see its layers.", muted=True)
        self._empty.setWordWrap(True)
        layout = self._column = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(16)
        for widget in (*self._tables.values(), self._empty):
            layout.addWidget(widget)
        self.show_models(())

    def show_models(self, models: Iterable[int], own: Architecture | None = None) -> None:
        """Show the layers of these models; `own` is that of number `OWN`, if its layers fit."""
        wanted = set(models)
        self._show_own(own if OWN in wanted else None)
        for number, table in self._tables.items():
            table.setVisible(number in wanted)
        self._empty.setVisible(not wanted)

    def _show_own(self, own: Architecture | None) -> None:
        if own == self._shown_own:
            return
        if self._own is not None:
            self._own.hide()
            self._own.deleteLater()
        self._shown_own, self._own = own, None if own is None else _table(own)
        if self._own is not None:
            self._column.insertWidget(len(self._tables), self._own)


def trainable_parameters(architecture: Architecture) -> int:
    """Return the number of trainable weights: all but the moving averages, half of each batch normalization."""
    averages = sum(row.parameters // 2 for row in architecture.layers() if row.name == "BatchNormalization")
    return architecture.parameters - averages


def _table(architecture: Architecture) -> QWidget:
    table = QWidget()
    table.setObjectName(f"layers_{architecture.number}")
    table.setAccessibleName(f"Layers of {architecture.title}")
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(8)
    grid.setVerticalSpacing(0)
    grid.setColumnStretch(0, 1)
    heading = _label(architecture.title)
    heading.setProperty("heading", True)
    grid.addWidget(heading, 0, 0)
    grid.addWidget(_label("parameters", muted=True), 0, 1, Qt.AlignmentFlag.AlignRight)
    for index, row in enumerate(architecture.layers(), 1):
        _add_layer(grid, 2 * index, row)
    total = f"{architecture.parameters:,} in all,\n{trainable_parameters(architecture):,} of them trainable"
    label = _label(total)
    label.setObjectName("total")
    grid.addWidget(label, grid.rowCount(), 0, 1, 2)
    return table


def _add_layer(grid: QGridLayout, grid_row: int, row: LayerRow) -> None:
    name = _label(row.name)
    name.setWordWrap(True)
    grid.addWidget(name, grid_row, 0)
    grid.addWidget(
        _label(f"{row.parameters:,}" if row.parameters else "–"),
        grid_row,
        1,
        Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop,
    )
    shape = _label(" × ".join(f"{side:,}" for side in row.shape), muted=True)
    shape.set_margins(0, 0, 0, 6)
    grid.addWidget(shape, grid_row + 1, 0, 1, 2)


def _label(text: str, *, muted: bool = False) -> PlainLabel:
    label = PlainLabel(text)
    label.setProperty("muted", muted)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    return label
