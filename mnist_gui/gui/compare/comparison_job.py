"""The thread of the Compare tab: which runs are asked, on what, and what follows from their answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from mnist_gui.analysis.comparison import ComparedRun, Comparison, compare_runs
from mnist_gui.analysis.evaluation_data import EvaluationSet, read_evaluation_set, user_digits_evaluation_set
from mnist_gui.analysis.reliability import ClassAccuracy, Reliability, class_accuracies, coverage, reliability
from mnist_gui.analysis.seed_comparison import SeedGroup, SeedVerdict, compare_seeds, seed_groups
from mnist_gui.analysis.significance import Verdict, headline, verdicts
from mnist_gui.analysis.summary_table import Row, table
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.background import LatestTask
from mnist_gui.gui.compare.run_marker import RunMarker
from mnist_gui.metrics import CoverageCurve
from mnist_gui.runs.record import MODEL_FILE
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.runs.store import MODELS, RunStore

MNIST, MINE = "mnist", "mine"

Entry = Run | DamagedRun


def id_of(entry: Entry) -> str:
    """Return what tells a run from all others: two may have one name."""
    return str(entry.folder)


@dataclass(frozen=True)
class ComparisonRequest:
    """What is to be compared.

    Attributes
    ----------
    on
        `MNIST`, `MINE`, or a path of drawings or pictures.
    runs
        By `id_of`; None stands for those that answer in the Draw tab.
    """

    on: str | Path = MNIST
    runs: frozenset[str] | None = None


@dataclass(frozen=True, eq=False)
class AvailableRuns:
    """All runs, those asked now, and those that answer in the Draw tab; by `id_of`."""

    entries: Sequence[Entry]
    asked: frozenset[str]
    usual: frozenset[str]


@dataclass(frozen=True, eq=False)
class ComparisonResult:
    """Everything that follows from the runs' answers to the digits.

    Attributes
    ----------
    keys
        How each compared run is shown.
    images
        (N, 28, 28) uint8 of the digits.
    rows, verdicts, headline, groups, seed_verdicts
        See `mnist_gui.analysis`.
    reliabilities, classes, coverages
        Of each compared run.
    """

    comparison: Comparison
    keys: tuple[RunMarker, ...]
    images: NDArray[np.uint8]
    rows: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]
    headline: str
    groups: tuple[SeedGroup, ...]
    seed_verdicts: tuple[SeedVerdict, ...]
    reliabilities: tuple[Reliability, ...]
    classes: tuple[tuple[ClassAccuracy, ...], ...]
    coverages: tuple[CoverageCurve, ...]

    @property
    def identity(self) -> tuple[object, ...]:
        """What two outcomes have in common that are of the same answers."""
        models = [each.run.record.files[MODEL_FILE].sha256 for each in self.comparison.runs if each.run is not None]
        return self.comparison.data.checksum, self.keys, *models


@dataclass(frozen=True)
class MeasuredRows:
    """The table's rows once more, with the times of answers."""

    rows: tuple[Row, ...]


class ComparisonJob(QObject):
    """Asks runs in a thread; a newer wish ends the one under way, which then tells nothing more.

    Parameters
    ----------
    store
        The runs.
    load_test_set
        Returns MNIST's test set; called in the thread.
    my_digits
        The file of the person's digits.
    cache
        Folder of predictions.

    Signals
    -------
    offered(runs: AvailableRuns)
        The runs have been read.
    progressed(sentence: str)
        A run is being asked for the first time.
    judged(outcome: ComparisonResult)
    measured(rows: tuple[Row, ...])
        The rows with the times of answers.
    failed(sentence: str)
    finished()
        Nothing of the latest wish is left to do.
    """

    offered = Signal(object)
    progressed = Signal(str)
    judged = Signal(object)
    measured = Signal(object)
    failed = Signal(str)
    finished = Signal()

    def __init__(
        self,
        store: RunStore,
        load_test_set: Callable[[], EvaluationSet],
        my_digits: Path,
        cache: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._load_test_set = load_test_set
        self._my_digits = my_digits
        self._cache = cache
        self._task = LatestTask(self)
        self._task.progressed.connect(self._tell)
        self._task.failed.connect(self.failed)
        self._task.ended.connect(self.finished)

    @property
    def is_busy(self) -> bool:
        """Whether a wish is being fulfilled."""
        return self._task.is_running

    def judge(self, wish: ComparisonRequest) -> None:
        """Fulfil a wish instead of the one before."""
        self._task.start(lambda progress: self._judge(wish, progress))

    def shut_down(self) -> None:
        """Give up the wish under way and wait for the thread."""
        self._task.shut_down()

    def _tell(self, value: object) -> None:
        match value:
            case AvailableRuns():
                self.offered.emit(value)
            case ComparisonResult():
                self.judged.emit(value)
            case MeasuredRows(rows):
                self.measured.emit(rows)
            case str():
                self.progressed.emit(value)

    # -- in the thread

    def _judge(self, wish: ComparisonRequest, progress: Callable[[Any], bool]) -> None:
        offered = self._offer(wish)
        if not progress(offered):
            return
        asked = [entry for entry in offered.entries if id_of(entry) in offered.asked]
        data = self._data(wish, progress)
        if data is None:
            return
        found = compare_runs(
            asked,
            data,
            self._cache,
            progress=lambda title, part: progress(f"{title} reads {data.name} for the first time: {100 * part:.0f} %"),
        )
        if found is None:
            return
        outcome = outcome_of(found, self._cache)
        if not progress(outcome) or all(row.milliseconds_an_answer is not None for row in outcome.rows):
            return
        # Times last: they need the models, which nothing else does where the answers are kept.
        rows = table(found, self._cache, progress=lambda title: progress(f"Measuring how fast {title} answers…"))
        progress(MeasuredRows(tuple(rows)))

    def _offer(self, wish: ComparisonRequest) -> AvailableRuns:
        entries = self._store.entries()
        active = [self._store.active(model) for model in MODELS]
        usual = frozenset(id_of(run) for run in active if run is not None)
        # Without a run that answers, all that could.
        usual = usual or frozenset(id_of(entry) for entry in entries if isinstance(entry, Run) and entry.answers)
        return AvailableRuns(entries, usual if wish.runs is None else wish.runs, usual)

    def _data(self, wish: ComparisonRequest, progress: Callable[[Any], bool]) -> EvaluationSet | None:
        if wish.on == MNIST:
            return self._load_test_set()
        what = "your digits" if wish.on == MINE else Path(wish.on).name
        told = [-1]

        def tell(part: float) -> bool:
            hundredth = int(100 * part)
            if hundredth == told[0]:
                return progress(None)
            told[0] = hundredth
            return progress(f"Reading {what}: {hundredth} %")

        if wish.on == MINE:
            return user_digits_evaluation_set(UserDigitStore(self._my_digits), progress=tell)
        return read_evaluation_set(Path(wish.on), progress=tell)


def outcome_of(found: Comparison, cache: Path) -> ComparisonResult:
    """Return what follows from a comparison, without measuring anything anew."""
    compared_runs = found.compared_runs
    pairs = verdicts(compared_runs)
    groups = seed_groups(compared_runs)
    images = found.data.images
    if images.dtype != np.uint8:
        images = np.rint(np.clip(images, 0, 1) * 255).astype(np.uint8)
    return ComparisonResult(
        found,
        keys_of(compared_runs),
        np.ascontiguousarray(images),
        tuple(table(found, cache, answer_times=False)),
        tuple(pairs),
        headline(compared_runs, pairs),
        tuple(groups),
        tuple(compare_seeds(groups)),
        tuple(reliability(each) for each in compared_runs),
        tuple(class_accuracies(each) for each in compared_runs),
        tuple(coverage(each) for each in compared_runs),
    )


def keys_of(compared_runs: Sequence[ComparedRun]) -> tuple[RunMarker, ...]:
    """Return how each is shown: its title, its model's mark, and its place among those of that model."""
    seen: dict[int, int] = {}
    keys = []
    for each in compared_runs:
        place = seen.get(each.model, 0)
        seen[each.model] = place + 1
        keys.append(RunMarker(each.title, each.model, place))
    return tuple(keys)
