"""The comparison that the Compare tab shows, computed in a thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QDeadlineTimer, QObject, Signal

from mnist_gui.analysis.comparison import ComparedRun, Comparison, compare_runs
from mnist_gui.analysis.evaluation_data import EvaluationSet, read_evaluation_set, user_digits_evaluation_set
from mnist_gui.analysis.latency import forget_latencies, training_check
from mnist_gui.analysis.misclassifications import ClassScores, class_scores
from mnist_gui.analysis.reliability import Reliability, coverage, reliability
from mnist_gui.analysis.seed_comparison import SeedGroup, compare_seeds, seed_groups
from mnist_gui.analysis.significance import PairwiseTest, headline, pairwise_tests
from mnist_gui.analysis.summary_table import Row, summary_table
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.background import FOREVER, LatestTask
from mnist_gui.gui.widgets.run_marker import RunMarker, RunMarks
from mnist_gui.metrics import CoverageCurve
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import plain_text

MNIST, USER_DIGITS = "mnist", "mine"

Entry = Run | DamagedRun


def run_id(entry: Entry) -> str:
    """Return a unique identifier: two runs may have the same name."""
    return str(entry.folder)


@dataclass(frozen=True)
class ComparisonRequest:
    """Runs and digits to compare.

    Attributes
    ----------
    source
        Digits to evaluate on: `MNIST`, `USER_DIGITS`, or the path of drawings or pictures.
    runs
        Identifiers (`run_id`); None stands for the runs that are active in the Draw tab.
    """

    source: str | Path = MNIST
    runs: frozenset[str] | None = None


@dataclass(frozen=True, eq=False)
class AvailableRuns:
    """All runs, with the identifiers of those selected now and of those selected by default."""

    entries: Sequence[Entry]
    selected: frozenset[str]
    default: frozenset[str]


@dataclass(frozen=True, eq=False)
class ComparisonResult:
    """Everything that the pages show of a comparison.

    Attributes
    ----------
    markers
        Markers of the compared runs.
    images
        (N, 28, 28) uint8 of the digits.
    rows, pairwise_tests, headline, groups, seed_tests
        See `mnist_gui.analysis`.
    reliabilities, classes, coverages
        Calibration, scores of each digit, and error rates when rejecting, of each compared run.
    """

    comparison: Comparison
    markers: tuple[RunMarker, ...]
    images: NDArray[np.uint8]
    rows: tuple[Row, ...]
    pairwise_tests: tuple[PairwiseTest, ...]
    headline: str
    groups: tuple[SeedGroup, ...]
    seed_tests: tuple[PairwiseTest, ...]
    reliabilities: tuple[Reliability, ...]
    classes: tuple[tuple[ClassScores, ...], ...]
    coverages: tuple[CoverageCurve, ...]

    @property
    def runs(self) -> list[Run]:
        """The compared runs, without the ensemble."""
        return [compared.run for compared in self.comparison.runs if compared.run is not None]

    @property
    def identity(self) -> tuple[object, ...]:
        """A value that is equal for two results of the same models on the same digits."""
        models = [run.model_checksum for run in self.runs]
        return self.comparison.data.checksum, self.markers, *models


@dataclass(frozen=True)
class MeasuredRows:
    """The rows of the table, completed by prediction times."""

    rows: tuple[Row, ...]


class ComparisonJob(QObject):
    """Computes comparisons in a thread; a new request cancels the one before.

    Parameters
    ----------
    store
        The runs.
    load_test_set
        Returns MNIST's test set; called in the thread.
    user_digits
        File of the user's digits.
    cache
        Folder of predictions.
    marks
        Of the runs, the same as in other tabs; its own by default.

    Signals
    -------
    runs_listed(available: AvailableRuns)
        The runs were read.
    progressed(message: str)
        A run predicts for the first time.
    compared(result: ComparisonResult)
    measured(rows: tuple[Row, ...])
        The rows of the latest result, with prediction times.
    failed(message: str)
    finished()
        The comparison has ended, with all its measurements.
    """

    runs_listed = Signal(object)
    progressed = Signal(str)
    compared = Signal(object)
    measured = Signal(object)
    failed = Signal(str)
    finished = Signal()

    def __init__(
        self,
        store: RunStore,
        load_test_set: Callable[[], EvaluationSet],
        user_digits: Path,
        cache: Path,
        marks: RunMarks | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._load_test_set = load_test_set
        self._user_digits = user_digits
        self._cache = cache
        self._marks = marks or RunMarks()
        self._task = LatestTask(self)
        self._task.progressed.connect(self._on_progressed)
        self._task.failed.connect(self.failed)
        self._task.ended.connect(self.finished)

    @property
    def is_busy(self) -> bool:
        """Whether a comparison is being computed."""
        return self._task.is_running

    def start(self, request: ComparisonRequest) -> None:
        """Compute a comparison."""
        self._task.start(lambda progress: self._compare(request, progress))

    def measure_again(self, request: ComparisonRequest) -> None:
        """Compute a comparison with prediction times measured again."""
        forget_latencies(self._cache)
        self.start(request)

    def cancel(self) -> None:
        """Cancel the comparison without waiting for the thread."""
        self._task.cancel()

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Cancel the comparison and wait for the thread; return whether it ended in time."""
        return self._task.shut_down(deadline)

    def _on_progressed(self, value: object) -> None:
        match value:
            case AvailableRuns():
                self.runs_listed.emit(value)
            case ComparisonResult():
                self.compared.emit(value)
            case MeasuredRows(rows):
                self.measured.emit(rows)
            case str():
                self.progressed.emit(value)

    # -- in the thread

    def _compare(self, request: ComparisonRequest, progress: Callable[[Any], bool]) -> None:
        available = self._list_runs(request)
        if not progress(available):
            return
        selected = [entry for entry in available.entries if run_id(entry) in available.selected]
        data = self._read_digits(request, progress)
        if data is None:
            return
        comparison = compare_runs(
            selected,
            data,
            self._cache,
            progress=lambda title, fraction: progress(
                f"{title} reads {data.name} for the first time: {100 * fraction:.0f} %"
            ),
        )
        if comparison is None:
            return
        result = make_result(comparison, self._cache, self._marks)
        if not progress(result) or all(row.latency_ms is not None for row in result.rows):
            return
        # Times come last: measuring loads the models, which cached predictions do not need.
        is_training = training_check(self._store)
        if is_training():
            return
        rows = summary_table(
            comparison,
            self._cache,
            progress=lambda title: progress(f"Measuring how fast {title} answers…") and not is_training(),
        )
        progress(MeasuredRows(tuple(rows)))

    def _list_runs(self, request: ComparisonRequest) -> AvailableRuns:
        entries = self._store.entries()
        default = frozenset(map(run_id, self._store.answering()))
        # Where no run answers, all that can predict.
        default = default or frozenset(run_id(entry) for entry in entries if isinstance(entry, Run) and entry.has_model)
        return AvailableRuns(entries, default if request.runs is None else request.runs, default)

    def _read_digits(self, request: ComparisonRequest, progress: Callable[[Any], bool]) -> EvaluationSet | None:
        if request.source == MNIST:
            return self._load_test_set()
        name = "your digits" if request.source == USER_DIGITS else Path(request.source).name
        last_percent = -1

        def report(fraction: float) -> bool:
            nonlocal last_percent
            percent = int(100 * fraction)
            if percent == last_percent:
                return progress(None)
            last_percent = percent
            return progress(f"Reading {name}: {percent} %")

        if request.source == USER_DIGITS:
            return user_digits_evaluation_set(UserDigitStore(self._user_digits), progress=report)
        return read_evaluation_set(Path(request.source), progress=report)


def make_result(comparison: Comparison, cache: Path, marks: RunMarks) -> ComparisonResult:
    """Return the content of the pages for a comparison; prediction times are those in the cache."""
    compared_runs = comparison.compared_runs
    pairs = pairwise_tests(compared_runs)
    groups = seed_groups(compared_runs)
    for compared in compared_runs:
        # Cached in the thread, so that the window does not compute them when the user turns to Mistakes.
        _ = compared.confidence, compared.losses, compared.confusion_matrix
    images = comparison.data.images
    if images.dtype != np.uint8:
        images = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
    return ComparisonResult(
        comparison,
        markers=run_markers(compared_runs, marks),
        images=np.ascontiguousarray(images),
        rows=tuple(summary_table(comparison, cache, measure=False)),
        pairwise_tests=tuple(pairs),
        headline=headline(compared_runs, pairs),
        groups=tuple(groups),
        seed_tests=tuple(compare_seeds(groups)),
        reliabilities=tuple(reliability(compared) for compared in compared_runs),
        classes=tuple(class_scores(compared) for compared in compared_runs),
        coverages=tuple(coverage(compared) for compared in compared_runs),
    )


def run_markers(compared_runs: Sequence[ComparedRun], marks: RunMarks) -> tuple[RunMarker, ...]:
    """Return the marker of each compared run."""
    chosen = marks.choose([(0 if c.members else c.model or None, c.title) for c in compared_runs])
    return tuple(
        RunMarker(plain_text(compared.title), *mark) for compared, mark in zip(compared_runs, chosen, strict=True)
    )
