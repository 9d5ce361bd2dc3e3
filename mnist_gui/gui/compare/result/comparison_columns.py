"""Columns and rows of `mnist_gui.analysis.summary_table` as those of a `ComparisonTable`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from mnist_gui.analysis.summary_table import Column, window_columns
from mnist_gui.gui.compare.result.comparison_table import ComparisonRow
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.gui.widgets.two_line_table import TableCell, TableColumn

R = TypeVar("R")


def table_columns(columns: Sequence[Column[R]], on_mnist: bool = True) -> list[TableColumn]:
    """Return the columns of the window; without MNIST's test set, no heading says "Test"."""
    return [
        TableColumn(
            column.title if on_mnist else column.title.removeprefix("Test ").capitalize(),
            column.help,
            numeric=index > 0,
            optional=not column.in_window,
        )
        for index, column in enumerate(window_columns(columns))
    ]


def table_rows(columns: Sequence[Column[R]], rows: Sequence[R], markers: Sequence[RunMarker]) -> list[ComparisonRow]:
    """Return the rows of the window, each with the marker of its run."""
    shown = window_columns(columns)
    return [
        ComparisonRow(marker, tuple(_cell(column, row) for column in shown))
        for row, marker in zip(rows, markers, strict=True)
    ]


def _cell(column: Column[R], row: R) -> TableCell:
    if column.value(row) is None:
        return TableCell(column.text(row), description="not known")
    reference = column.reference_text(row)
    detail = f"notebook {reference}" if reference else column.detail(row)
    return TableCell(column.text(row), detail, column.sort_key(row), column.description(row))
