"""The table of runs side by side: the notebook's closing figures and what they leave out."""

from __future__ import annotations

import contextlib
import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mnist_gui.analysis.comparison import ComparedRun, Comparison
from mnist_gui.analysis.evaluation_data import MNIST_TEST
from mnist_gui.analysis.latency import answer_time, kept_answer_time
from mnist_gui.analysis.notebook_table import Figures, learnt_epochs, notebook_figures, training_figures
from mnist_gui.metrics import Interval, accuracy, cross_entropy, wilson_interval
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.runs.record import MODEL_FILE, RunError


@dataclass(frozen=True)
class Row:
    """One run, or several together, in the table; None where a figure is not known or makes no sense.

    Attributes
    ----------
    title, model
        As of the `ComparedRun`.
    status
        Of the run, as `mnist_gui.runs.run.Run.status`; "together" for several.
    epochs
        Whole epochs that the model has learnt; 0 for several together.
    figures
        Train accuracy and loss as in the notebook; test accuracy and loss on the judged digits, the loss that of the
        probabilities as the network gives them (so that `evaluate` prints the same), of several together that of their
        calibrated mean, which is their answer.
    notebook
        The notebook's own figures for that model; those of the test only where MNIST's test set is judged on.
    count, errors
        Of so many judged digits so many are wrong.
    interval
        95 % Wilson interval of the test accuracy.
    parameters, multiply_adds
        Of one forward pass of one frame.
    file_bytes
        Of the exported model.
    seconds_an_epoch
        Median of the run's epochs, validation included, on the machine that trained it.
    milliseconds_an_answer
        Median for one frame on this machine; see `answer_time`.
    """

    title: str
    model: int
    status: str
    epochs: int
    shipped: bool
    figures: Figures
    notebook: Figures | None
    count: int
    errors: int
    interval: Interval
    parameters: int | None = None
    multiply_adds: int | None = None
    file_bytes: int | None = None
    seconds_an_epoch: float | None = None
    milliseconds_an_answer: float | None = None

    @property
    def errors_in_10_000(self) -> float:
        """Return the errors that so many digits would have."""
        return 10_000 * self.errors / self.count

    @property
    def error_interval(self) -> Interval:
        """Return the 95 % interval of `errors_in_10_000`."""
        return Interval(10_000 * (1 - self.interval.high), 10_000 * (1 - self.interval.low))


def table(
    comparison: Comparison,
    cache: Path,
    *,
    answer_times: bool = True,
    progress: Callable[[str], bool] = lambda title: True,
) -> list[Row]:
    """Return a row for each compared run, in their order.

    Parameters
    ----------
    cache
        Folder where answer times are kept.
    answer_times
        Whether to measure them where they are not kept, which takes about a fifth of a second a run.
    progress
        Called with the title of a run before it is measured; returning False leaves the other times open.
    """

    def beside(model: int) -> Figures:
        theirs = notebook_figures(model)
        if comparison.data.name == MNIST_TEST:
            return theirs
        return replace(theirs, test_accuracy=None, test_loss=None)

    rows: dict[str, Row] = {}
    for compared_run in comparison.runs:
        rows[compared_run.title] = _run_row(compared_run, beside(compared_run.model), cache, answer_times, progress)
    if comparison.together is not None:
        rows[comparison.together.title] = _together_row(
            comparison.together, [rows[each] for each in comparison.together.members]
        )
    return list(rows.values())


def _run_row(
    compared_run: ComparedRun, notebook: Figures, cache: Path, measure: bool, progress: Callable[[str], bool]
) -> Row:
    run = compared_run.run
    assert run is not None
    train_accuracy = train_loss = None
    seconds = None
    with contextlib.suppress(RunError):  # a damaged history leaves these figures open
        train_accuracy, train_loss = training_figures(run)
        history = run.history()
        seconds = float(np.median([line.seconds for line in history])) if history else None
    architecture = ARCHITECTURES[run.model]
    milliseconds = kept_answer_time(run, cache)
    if milliseconds is None and measure and progress(compared_run.title):
        milliseconds = answer_time(run, cache)
    right = len(compared_run.labels) - compared_run.errors
    return Row(
        compared_run.title,
        run.model,
        run.status,
        learnt_epochs(run),
        run.shipped,
        Figures(
            train_accuracy,
            train_loss,
            accuracy(compared_run.raw, compared_run.labels),
            cross_entropy(compared_run.raw, compared_run.labels),
        ),
        notebook,
        len(compared_run.labels),
        compared_run.errors,
        wilson_interval(right, len(compared_run.labels)),
        architecture.parameters,
        architecture.multiply_adds,
        run.record.files[MODEL_FILE].bytes,
        seconds,
        milliseconds,
    )


def _together_row(compared_run: ComparedRun, members: Sequence[Row]) -> Row:
    """Return the row of several together: what they cost is what all of them cost."""

    def total(values: list[float | None]) -> float | None:
        known = [value for value in values if value is not None]
        return sum(known) if len(known) == len(values) else None

    count, errors = len(compared_run.labels), compared_run.errors
    probabilities, labels = compared_run.probabilities, compared_run.labels
    return Row(
        compared_run.title,
        0,
        "together",
        0,
        all(row.shipped for row in members),
        Figures(None, None, accuracy(probabilities, labels), cross_entropy(probabilities, labels)),
        None,
        count,
        errors,
        wilson_interval(count - errors, count),
        _whole(total([row.parameters for row in members])),
        _whole(total([row.multiply_adds for row in members])),
        _whole(total([row.file_bytes for row in members])),
        None,
        total([row.milliseconds_an_answer for row in members]),
    )


def _whole(value: float | None) -> int | None:
    return None if value is None else int(value)


# -- as text


COLUMNS = (
    "Run", "Model", "Status", "Epochs", "Train accuracy", "Test accuracy", "95 % from", "95 % to", "Errors", "Digits",
    "Errors in 10,000", "Train loss", "Test loss", "Notebook train accuracy", "Notebook test accuracy",
    "Notebook train loss", "Notebook test loss", "Parameters", "Multiply-adds", "File bytes", "Seconds an epoch",
    "Milliseconds an answer",
)  # fmt: skip


def values(row: Row) -> list[str | int | float | None]:
    """Return a row's values in the order of `COLUMNS`: shares from 0 to 1, losses in nats."""
    beside = row.notebook or Figures()
    own = row.figures
    return [
        row.title, row.model or None, row.status, row.epochs or None, own.train_accuracy, own.test_accuracy,
        row.interval.low, row.interval.high, row.errors, row.count, row.errors_in_10_000, own.train_loss, own.test_loss,
        beside.train_accuracy, beside.test_accuracy, beside.train_loss, beside.test_loss, row.parameters,
        row.multiply_adds, row.file_bytes, row.seconds_an_epoch, row.milliseconds_an_answer,
    ]  # fmt: skip


def as_csv(rows: Sequence[Row]) -> str:
    """Return the table as CSV with a line of headings; unknown figures are empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([["" if value is None else value for value in values(row)] for row in rows])
    return text.getvalue()


def as_markdown(rows: Sequence[Row]) -> str:
    """Return the table as Markdown, rounded for people; the notebook's figures in brackets."""
    headings = (
        "Run", "Train accuracy", "Test accuracy", "95 % interval", "Errors", "Train loss", "Test loss", "Parameters",
        "Multiply-adds", "File", "An epoch", "An answer",
    )  # fmt: skip
    lines = [headings, ("---", *["---:"] * (len(headings) - 1))]
    lines += [words(row) for row in rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)


def words(row: Row) -> tuple[str, ...]:
    """Return a row as people read it, "–" where a figure is not known.

    Run, train accuracy, test accuracy, interval, errors, train loss, test loss, parameters, multiply-adds, file size,
    an epoch, an answer.
    """
    beside, own = row.notebook or Figures(), row.figures
    return (
        row.title,
        _with_notebook(percent(own.train_accuracy), percent(beside.train_accuracy)),
        _with_notebook(percent(own.test_accuracy), percent(beside.test_accuracy)),
        interval_words(row.interval),
        f"{row.errors:,} of {row.count:,}",
        _with_notebook(_loss(own.train_loss), _loss(beside.train_loss)),
        _with_notebook(_loss(own.test_loss), _loss(beside.test_loss)),
        "–" if row.parameters is None else f"{row.parameters:,}",
        "–" if row.multiply_adds is None else f"{row.multiply_adds / 1e6:.0f} M",
        "–" if row.file_bytes is None else f"{row.file_bytes / 1e6:.1f} MB",
        "–" if row.seconds_an_epoch is None else f"{row.seconds_an_epoch:,.0f} s",
        "–" if row.milliseconds_an_answer is None else f"{row.milliseconds_an_answer:.1f} ms",
    )


def interval_words(interval: Interval) -> str:
    """Return an interval of shares as "99.15 to 99.47 %"."""
    return f"{100 * interval.low:.2f} to {percent(interval.high)}"


def percent(value: float | None) -> str:
    """Return a share as "99.35 %", "–" where it is not known."""
    return "–" if value is None else f"{100 * value:.2f} %"


def _loss(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _with_notebook(own: str, beside: str) -> str:
    return own if beside == "–" else f"{own} ({beside})"
