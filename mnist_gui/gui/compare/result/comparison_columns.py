"""The comparison's rows as lines of the table: in words, rounded for people, with the notebook's figures beside."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_gui.analysis.notebook_table import Figures
from mnist_gui.analysis.summary_table import Row, interval_words
from mnist_gui.gui.compare.result.comparison_table import ComparisonRow
from mnist_gui.gui.compare.run_marker import RunMarker
from mnist_gui.gui.widgets.two_line_table import TableCell, TableColumn

UNKNOWN = TableCell("–", description="not known")


def columns(on_mnist: bool) -> tuple[TableColumn, ...]:
    """Return the columns; only on MNIST's test set the figures are those of a test, as in the notebook."""
    test = "Test " if on_mnist else ""
    return (
        TableColumn("Run", "The run's name, its model, and how its training ended.", numeric=False),
        TableColumn("Errors in 10,000", "How many of 10,000 such digits it would misread."),
        TableColumn(f"{test}accuracy".capitalize(), "The share of digits read right; below it the notebook's."),
        TableColumn(f"{test}loss".capitalize(), "Mean cross-entropy: how surprising the truth was. Less is better."),
        TableColumn("Train accuracy", "Of the last epoch of training, with dropout on, as in the notebook."),
        TableColumn("Train loss", "Of the last epoch of training, with dropout on, as in the notebook."),
        TableColumn(
            "95 % interval", "Where the true accuracy lies, as far as so many digits can tell (Wilson).", optional=True
        ),
        TableColumn("Epochs", "Whole passes through the training frames.", optional=True),
        TableColumn("Parameters", "Numbers that were learnt.", optional=True),
        TableColumn("Multiply-adds", "Of one answer.", optional=True),
        TableColumn("File", "Size of the exported model.", optional=True),
        TableColumn("An epoch", "Median seconds, on the machine that trained it.", optional=True),
        TableColumn("An answer", "Median milliseconds for one digit, on this machine.", optional=True),
    )


def line(row: Row, marker: RunMarker, on_mnist: bool) -> ComparisonRow:
    """Return a run's line."""
    own, beside = row.figures, row.notebook or Figures()
    test_accuracy = beside.test_accuracy if on_mnist else None
    test_loss = beside.test_loss if on_mnist else None
    of = f"{row.errors:,} of {row.count:,}"
    return ComparisonRow(
        marker,
        (
            TableCell(marker.name, _about(row), marker.name.casefold()),
            TableCell(f"{row.errors_in_10_000:,.0f}", "" if row.count == 10_000 else of, row.errors_in_10_000),
            _figure(own.test_accuracy, test_accuracy, percent=True),
            _figure(own.test_loss, test_loss),
            _figure(own.train_accuracy, beside.train_accuracy, percent=True),
            _figure(own.train_loss, beside.train_loss),
            TableCell(interval_words(row.interval), "", row.interval.low),
            _number(row.epochs or None, "{:,.0f}", second="12" if row.notebook else ""),
            _number(row.parameters, "{:,.0f}"),
            _number(None if row.multiply_adds is None else row.multiply_adds / 1e6, "{:,.0f} M"),
            _number(None if row.file_bytes is None else row.file_bytes / 1e6, "{:.1f} MB"),
            _number(row.seconds_an_epoch, "{:,.0f} s"),
            _number(row.milliseconds_an_answer, "{:.1f} ms"),
        ),
    )


def lines(rows: Sequence[Row], markers: Sequence[RunMarker], on_mnist: bool) -> list[ComparisonRow]:
    """Return a line for each row."""
    return [line(row, marker, on_mnist) for row, marker in zip(rows, markers, strict=True)]


def _about(row: Row) -> str:
    if not row.model:
        return "the mean of their probabilities"
    return f"model {row.model} · {'shipped' if row.shipped else row.status}"


def _figure(own: float | None, beside: float | None, *, percent: bool = False) -> TableCell:
    if own is None:
        return UNKNOWN
    text, other = (f"{100 * x:.2f} %" if percent else f"{x:.4f}" for x in (own, beside or 0))
    notebook = f"notebook {other}" if beside is not None else ""
    return TableCell(text, notebook, own)


def _number(value: float | None, form: str, second: str = "") -> TableCell:
    return UNKNOWN if value is None else TableCell(form.format(value), f"notebook {second}" if second else "", value)
