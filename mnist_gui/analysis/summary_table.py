"""Statistics of compared runs as tables: each statistic is one `Column`, read by the window and by every export.

To add a statistic of runs, give `Row` its value, in `_run_row` and `_ensemble_row`, and add one entry to `COLUMNS`; for
a statistic of single digits, extend `mnist_gui.analysis.misclassifications.ClassScores` and `CLASS_COLUMNS`.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import KW_ONLY, asdict, dataclass, field, replace
from operator import attrgetter
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.comparison import ComparedRun, Comparison
from mnist_gui.analysis.evaluation_data import MNIST_TEST
from mnist_gui.analysis.latency import cached_latency, measure_latencies
from mnist_gui.analysis.misclassifications import ClassScores
from mnist_gui.analysis.notebook_reference import Metrics, notebook_history, notebook_metrics
from mnist_gui.analysis.prediction_cache import predict_test_set
from mnist_gui.analysis.run_settings import SETTINGS, UNKNOWN, RunSetting, setting_text, setting_values
from mnist_gui.analysis.significance import MIN_DIGITS
from mnist_gui.digits.dataset import Dataset
from mnist_gui.metrics import Interval, accuracy, cross_entropy, wilson_interval
from mnist_gui.models.architectures import Architecture, architecture_of
from mnist_gui.models.inference.ensemble import MEAN, EnsembleWeights
from mnist_gui.runs.record import EpochMetrics, RunError
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.wording import accuracy_interval, accuracy_percent, model_title, plain_text

R = TypeVar("R")

UNEVEN_EPOCHS = 1.5  # times as long as the shortest: an epoch that long was disturbed


@dataclass(frozen=True)
class Row:
    """Statistics of a run, or of an ensemble of runs; None where a statistic is unknown or undefined.

    Attributes
    ----------
    title
        Title of the `ComparedRun`, or the run's name.
    model
        1, 2 or 3; 0 for an ensemble, and for a run whose record cannot be read.
    status
        Status of the run, see `mnist_gui.runs.run.Run.status`; "together" for an ensemble, "damaged" where a file could
        not be read.
    name, tags
        Name of the run's folder, and its tags with commas between them; empty for an ensemble.
    epochs
        Epochs that the exported model was trained for; 0 for an ensemble.
    shipped
        Whether the run came with the program; for an ensemble, whether all its members did.
    metrics
        Accuracies and losses of the exported model. The test loss is that of the uncalibrated probabilities.
    notebook
        Metrics of the notebook for that model; the test metrics are None where other digits were evaluated.
    count, errors
        Number of evaluated digits, and how many of them were misread.
    parameters
        Number of trained parameters.
    multiply_adds
        Number of multiply-add operations of one forward pass of one frame.
    file_bytes
        Size of the exported model.
    epoch_seconds
        Median duration of the run's epochs, validation included, on the machine that trained it.
    epoch_conditions
        What trained the run, and whether its epochs took unevenly long: "CPU, 2 cores; 40 to 90 s, perhaps beside other
        work"; empty where nothing is known.
    latency_ms
        Duration of a prediction for one frame on this machine, in milliseconds; see `mnist_gui.analysis.latency`.
    weights, members
        For an ensemble, how much each run counts, and the titles of the runs.
    problem
        A sentence where a file could not be read, else empty.
    settings
        What the run was trained with, in the order of `mnist_gui.analysis.run_settings.SETTINGS`; empty for an
        ensemble.
    """

    title: str
    model: int
    status: str
    _: KW_ONLY
    name: str = ""
    tags: str = ""
    epochs: int = 0
    shipped: bool = False
    metrics: Metrics = field(default_factory=Metrics)
    notebook: Metrics | None = None
    count: int = 0
    errors: int = 0
    parameters: int | None = None
    multiply_adds: int | None = None
    file_bytes: int | None = None
    epoch_seconds: float | None = None
    epoch_conditions: str = ""
    latency_ms: float | None = None
    weights: EnsembleWeights | None = None
    members: tuple[str, ...] = ()
    problem: str = ""
    settings: tuple[str | float | None, ...] = ()

    @property
    def interval(self) -> Interval:
        """95 % Wilson interval of the accuracy, 0 to 1."""
        return wilson_interval(self.count - self.errors, self.count)

    @property
    def errors_in_10_000(self) -> float:
        """Error rate in 10,000 digits."""
        return 10_000 * self.errors / self.count

    @property
    def error_scale(self) -> int:
        """Number of digits for which errors are shown in a plot: 10,000, or 100 where few digits were evaluated."""
        return 10_000 if self.count >= MIN_DIGITS else 100

    @property
    def error_interval(self) -> Interval:
        """95 % interval of `errors_in_10_000`."""
        return Interval(10_000 * (1 - self.interval.high), 10_000 * (1 - self.interval.low))

    def to_json(self) -> dict[str, Any]:
        """Return the row as ``mnist-gui evaluate --json`` prints it."""
        values = {"run": self.title, "model": self.model or None, "status": self.status, **asdict(self.metrics)}
        values["notebook"] = asdict(self.notebook) if self.notebook else None
        return {**values, "problem": self.problem} if self.problem else values


# -- columns


@dataclass(frozen=True)
class Column(Generic[R]):
    """One statistic of a row: its name, its value, and where and how it is shown.

    Attributes
    ----------
    title, help
        Heading of the column, and a sentence that explains the statistic.
    value
        Returns the statistic from a row: a text, a number, a tuple of them, or None where it is unknown or undefined.
    format
        Returns such a value, never None, as text.
    reference
        Returns the notebook's value; None where there is no such statistic in the notebook.
    detail
        Returns a remark on the value, which the window shows where there is no reference.
    description
        Returns the tooltip of the value; empty for value and remark.
    in_window
        Whether the window always shows the column (True), on demand (False) or never (None).
    window_order
        Where the column stands in the window among those that are always shown.
    tables
        Tables of the report that have the column. Markdown has the columns of all of these tables.
    csv
        Headings in CSV, one for each item of a tuple; `title` where left out.
    """

    title: str
    help: str
    value: Callable[[R], Any]
    format: Callable[[Any], str] = str
    reference: Callable[[R], Any] | None = None
    detail: Callable[[R], str] = lambda row: ""
    description: Callable[[R], str] = lambda row: ""
    in_window: bool | None = True
    window_order: int = 0
    tables: tuple[str, ...] = ()
    csv: tuple[str, ...] = ()

    def text(self, row: R) -> str:
        """Return the value as text; `UNKNOWN` where there is none."""
        value = self.value(row)
        return UNKNOWN if value is None else self.format(value)

    def reference_text(self, row: R) -> str:
        """Return the notebook's value as text; empty where there is none."""
        value = None if self.reference is None else self.reference(row)
        return "" if value is None else self.format(value)

    def sort_key(self, row: R) -> str | float:
        """Return the key to sort a table by: the value or its first item; unknown values are less than all others."""
        value = self.value(row)
        value = value[0] if isinstance(value, tuple) else value
        return float("-inf") if value is None else value.casefold() if isinstance(value, str) else value


def _millions(number: float) -> str:
    millions = number / 1e6
    return f"{millions:,.0f} M" if millions >= 9.95 else f"{millions:.2g} M"


def _size(count: float) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 95_000 else f"{count / 1e3:.0f} kB"


def _milliseconds(number: float) -> str:
    return f"{number:.1f} ms" if number >= 0.095 else f"{number:.2f} ms"


def _metric(name: str, title: str, help: str, format: Callable[[float], str], window_order: int) -> Column[Row]:
    """Return the column of the metric with this name, a field of `Metrics`."""
    return Column(
        title, help, lambda row: getattr(row.metrics, name), format,
        reference=lambda row: getattr(row.notebook, name, None), window_order=window_order, tables=(RESULTS,),
    )  # fmt: skip


def _run_detail(row: Row) -> str:
    if row.members:
        return row.weights.summary if row.weights else MEAN
    return f"{model_title(row.model).lower()} · {'shipped' if row.shipped else row.status}"


def _weighting(row: Row) -> str:
    return row.weights.sentence(row.members) if row.weights else ""


def _setting_column(index: int, setting: RunSetting) -> Column[Row]:
    """Return the column of a setting, which the window shows in the panel of a run instead."""
    return Column(
        setting.title, setting.help, lambda row: row.settings[index] if row.settings else None, setting_text,
        in_window=None, tables=(SETTINGS_TABLE,),
    )  # fmt: skip


RESULTS, COSTS, SCORES, SETTINGS_TABLE = "results", "costs", "scores", "settings"
DROPOUT = "Of the last epoch of training, with dropout on, as in the notebook."

COLUMNS: tuple[Column[Row], ...] = (
    Column("Run", "The run's name, its model, and how its training ended.", attrgetter("title"),
           detail=_run_detail, description=_weighting, tables=(RESULTS, COSTS)),
    Column("Name", "The name of the run's folder.", lambda row: row.name or None, in_window=None),
    Column("Model", "1, 2 or 3.", lambda row: row.model or None, in_window=None),
    Column("Status", "How the training ended.", attrgetter("status"), in_window=None),
    _metric("train_accuracy", "Train accuracy", DROPOUT, accuracy_percent, window_order=4),
    _metric("test_accuracy", "Test accuracy", "The share of digits read right; below it the notebook's.",
            accuracy_percent, window_order=2),
    Column("95 % interval", "The accuracies that fit what was measured, as chance moves every figure (Wilson).",
           lambda row: (row.interval.low, row.interval.high), lambda value: accuracy_interval(*value),
           in_window=False, tables=(RESULTS,), csv=("95 % from", "95 % to")),
    Column("Errors", "How many of the digits were misread.", lambda row: (row.errors, row.count),
           lambda value: "{:,} of {:,}".format(*value), in_window=None, tables=(RESULTS,), csv=("Errors", "Digits")),
    Column("Errors in 10,000", "How many of 10,000 such digits it would misread.", attrgetter("errors_in_10_000"),
           "{:,.0f}".format, window_order=1,
           detail=lambda row: "" if row.count == 10_000 else f"{row.errors:,} of {row.count:,}"),
    _metric("train_loss", "Train loss", DROPOUT, "{:.4f}".format, window_order=5),
    _metric("test_loss", "Test loss", "Mean cross-entropy: how surprising the truth was. Less is better.",
            "{:.4f}".format, window_order=3),
    Column("Epochs", "Whole passes through the training frames.", lambda row: row.epochs or None, in_window=False,
           detail=lambda row: f"notebook {len(notebook_history()[row.model])}" if row.notebook else ""),
    Column("Parameters", "Numbers that were learnt.", attrgetter("parameters"), "{:,}".format,
           in_window=False, tables=(COSTS,)),
    Column("Multiply-adds", "Of one answer.", attrgetter("multiply_adds"), _millions,
           in_window=False, tables=(COSTS,)),
    Column("File", "Size of the exported model.", attrgetter("file_bytes"), _size,
           in_window=False, tables=(COSTS,), csv=("File bytes",)),
    Column("An epoch", "Median seconds, on the machine that trained it.", attrgetter("epoch_seconds"),
           "{:,.0f} s".format, detail=attrgetter("epoch_conditions"), in_window=False, tables=(COSTS,),
           csv=("Seconds an epoch",)),
    Column("An answer", "Milliseconds for one digit on this machine, not measured while a model is trained.",
           attrgetter("latency_ms"), _milliseconds, in_window=False, tables=(COSTS,),
           csv=("Milliseconds an answer",)),
    Column("Tags", "Words by which you group runs.", lambda row: row.tags or None, in_window=False,
           tables=(SETTINGS_TABLE,)),
    *(_setting_column(index, setting) for index, setting in enumerate(SETTINGS)),
)  # fmt: skip

CLASS_COLUMNS: tuple[Column[ClassScores], ...] = (
    Column("Run", "The run's name.", attrgetter("title")),
    Column("Digit", "What the digits are.", attrgetter("digit"), tables=(SCORES,)),
    Column("Precision", "Of the answers that name this digit, the share that is right.", attrgetter("precision"),
           accuracy_percent, detail=lambda row: f"{row.predicted - row.right:,} mistaken for it", tables=(SCORES,)),
    Column("Recall", "Of the digits that are this one, the share that is read right.", attrgetter("recall"),
           accuracy_percent, detail=lambda row: f"{row.count - row.right:,} misread", tables=(SCORES,)),
    Column("F1", "The harmonic mean of precision and recall.", attrgetter("f1"), accuracy_percent, tables=(SCORES,)),
    Column("Digits", "How many of the digits are this one.", attrgetter("count"), "{:,}".format, tables=(SCORES,)),
)  # fmt: skip


def window_columns(columns: Sequence[Column[R]]) -> list[Column[R]]:
    """Return the columns of the window in its order: those always shown, then those shown on demand."""
    shown = [column for column in columns if column.in_window is not None]
    return sorted(shown, key=lambda column: (not column.in_window, column.window_order))


def table_columns(columns: Sequence[Column[R]], *tables: str) -> list[Column[R]]:
    """Return the columns of some tables of the report."""
    return [column for column in columns if set(tables) & set(column.tables)]


def as_csv(rows: Sequence[R], columns: Sequence[Column[R]]) -> str:
    """Return every column as CSV with a line of headings, the notebook's values last; unknown values are empty."""
    headings = [heading for column in columns for heading in column.csv or (column.title,)]
    headings += [f"Notebook {column.title.lower()}" for column in columns if column.reference]
    getters = [*(column.value for column in columns), *(column.reference for column in columns if column.reference)]
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(headings)
    for row in rows:
        values = (value if isinstance(value := get(row), tuple) else (value,) for get in getters)
        cells = (cell for value in values for cell in value)
        writer.writerow([_csv_cell(cell) for cell in cells])
    return text.getvalue()


def _csv_cell(value: object) -> object:
    """Return a cell whose text no spreadsheet interprets as a formula."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = plain_text(value)
    return f"'{text}" if text.lstrip().startswith(("=", "+", "-", "@")) else text


def as_markdown(rows: Sequence[R], columns: Sequence[Column[R]]) -> str:
    """Return the columns of the report's tables as Markdown, rounded, with the notebook's values in brackets."""
    columns = [column for column in columns if column.tables]
    lines = [[column.title for column in columns], ["---", *["---:"] * (len(columns) - 1)]]
    for row in rows:
        references = (column.reference_text(row) for column in columns)
        brackets = (f" ({reference})" if reference else "" for reference in references)
        lines.append([column.text(row) + bracket for column, bracket in zip(columns, brackets, strict=True)])
    return "".join(f"| {' | '.join(map(_markdown_cell, line))} |\n" for line in lines)


def _markdown_cell(text: str) -> str:
    """Return a text in which nothing is markup."""
    text = re.sub(r"([\\`*_|~\[\]])", r"\\\1", plain_text(text))
    return text.replace("&", "&amp;").replace("<", "&lt;")


# -- rows


def summary_table(
    comparison: Comparison,
    cache: Path,
    *,
    measure: bool = True,
    progress: Callable[[str], bool] = lambda title: True,
) -> list[Row]:
    """Return a row for each compared run, in their order.

    Parameters
    ----------
    cache
        Folder of measured latencies.
    measure
        Whether to measure the latency of models for which it is not cached, which takes about 0.5 s each.
    progress
        Called with the title of a run repeatedly while latencies are measured; returning False discards them.
    """
    runs = {compared.run: compared.title for compared in comparison.runs if compared.run is not None}
    missing = [run for run in runs if cached_latency(run, cache) is None] if measure else []
    measured = measure_latencies(missing, cache, progress=lambda run: progress(runs[run]))
    rows: dict[str, Row] = {}
    for compared in comparison.runs:
        run = compared.run
        assert run is not None
        latency = measured.get(run.network_key) or cached_latency(run, cache)
        row = _run_row(run, compared.title, compared.raw, compared.labels)
        if comparison.data.name != MNIST_TEST and row.notebook is not None:
            row = replace(row, notebook=replace(notebook_metrics(run.model), test_accuracy=None, test_loss=None))
        rows[row.title] = replace(row, errors=compared.errors, latency_ms=latency)
    ensemble = comparison.ensemble
    if ensemble is not None:
        rows[ensemble.title] = _ensemble_row(ensemble, [rows[title] for title in ensemble.members])
    return list(rows.values())


def notebook_table(
    entries: Sequence[Run | DamagedRun],
    dataset: Dataset,
    cache: Path,
    *,
    progress: Callable[[Run, float], bool] = lambda run, fraction: True,
) -> Iterator[Row]:
    """Yield a row for each run, evaluated on a data set's test digits as the notebook's closing table is.

    A run that cannot be read yields a row with its `problem`.

    Parameters
    ----------
    cache
        Folder of predictions, see `mnist_gui.analysis.prediction_cache.predictions`.
    progress
        Called with the run that is being predicted and the fraction done, 0 to 1; returning False skips the runs
        whose predictions are not cached.
    """
    for run in entries:
        if isinstance(run, DamagedRun):
            yield Row(run.name, 0, "damaged", shipped=run.shipped, problem=run.reason)
            continue
        probabilities, problem = None, ""
        try:
            if run.has_model:
                probabilities = predict_test_set(
                    run, dataset, cache, progress=lambda fraction, run=run: progress(run, fraction)  # type: ignore[misc]
                )  # fmt: skip
        except RunError as error:
            problem = str(error)
        row = _run_row(run, run.name, probabilities, dataset.test.labels)
        problem = " ".join(filter(None, (row.problem, problem)))
        yield replace(row, status="damaged" if problem else row.status, problem=problem or run.record.message)


def _run_row(run: Run, title: str, probabilities: NDArray[np.float32] | None, labels: NDArray[np.integer[Any]]) -> Row:
    """Return a run's row; without probabilities, its test metrics are unknown. A damaged history is its `problem`."""
    history: list[EpochMetrics] = []
    problem = ""
    try:
        history = run.history()
    except RunError as error:
        problem = str(error)
    # A run that was resumed and then cut has more epochs than its exported model: all metrics are of that model.
    epochs = run.record.exported if run.has_model else run.record.epochs
    metrics = next((Metrics(line.accuracy, line.loss) for line in history if line.epoch == epochs), Metrics())
    count = errors = 0
    if probabilities is not None:
        count, errors = len(labels), int((probabilities.argmax(axis=1) != labels).sum())
        loss = cross_entropy(probabilities, labels)
        metrics = replace(metrics, test_accuracy=accuracy(probabilities, labels), test_loss=loss)
    try:
        architecture: Architecture | None = architecture_of(run)
    except RunError:  # as of an imported ONNX model
        architecture = None
    file = run.record.files.get(run.model_file)
    return Row(
        title,
        run.model,
        run.status,
        name=run.name,
        tags=", ".join(run.record.tags),
        epochs=epochs,
        shipped=run.shipped,
        metrics=metrics,
        notebook=notebook_metrics(run.model) if run.model else None,
        count=count,
        errors=errors,
        parameters=architecture.parameters if architecture else None,
        multiply_adds=architecture.multiply_adds if architecture else None,
        file_bytes=file.bytes if file else None,
        epoch_seconds=float(np.median([line.seconds for line in history])) if history else None,
        epoch_conditions=_epoch_conditions(run, [line.seconds for line in history]),
        problem=problem,
        settings=setting_values(run),
    )


def _epoch_conditions(run: Run, seconds: Sequence[float]) -> str:
    """Return the machine that trained a run, and the range of its epochs' seconds if that suggests other work.

    The first epoch is left out: TensorFlow compiles the network then.
    """
    lengths = [length for length in seconds[1:] if 0 < length < float("inf")]
    if not lengths or max(lengths) < UNEVEN_EPOCHS * min(lengths):
        return run.machine
    uneven = f"{min(lengths):,.0f} to {max(lengths):,.0f} s, perhaps beside other work"
    return "; ".join(filter(None, (run.machine, uneven)))


def _ensemble_row(ensemble: ComparedRun, members: Sequence[Row]) -> Row:
    """Return the row of an ensemble, whose costs are the sums of those of its members."""
    costs: dict[str, Any] = {}
    for name in ("parameters", "multiply_adds", "file_bytes", "latency_ms"):
        values = [getattr(row, name) for row in members]
        costs[name] = None if None in values else sum(values)
    probabilities, labels = ensemble.raw, ensemble.labels
    return Row(
        ensemble.title,
        0,
        "together",
        shipped=all(row.shipped for row in members),
        metrics=Metrics(None, None, accuracy(probabilities, labels), cross_entropy(probabilities, labels)),
        count=len(labels),
        errors=ensemble.errors,
        weights=ensemble.weights,
        members=ensemble.members,
        **costs,
    )
