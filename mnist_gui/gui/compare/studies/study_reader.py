"""Reads a study and what it says in a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDeadlineTimer, QObject, Signal

from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.gui.background import FOREVER, LatestTask
from mnist_gui.studies.progress import StudyProgress, study_progress
from mnist_gui.studies.result_cache import study_result
from mnist_gui.studies.results import StudyResult
from mnist_gui.studies.study import Study, StudyStore


@dataclass(frozen=True)
class StudyList:
    """All studies.

    Attributes
    ----------
    titles
        What each is called where it is shown, by its name.
    shown
        Name of the one that is shown; empty without any.
    """

    titles: Mapping[str, str]
    shown: str


@dataclass(frozen=True, eq=False)
class StudyState:
    """A study as it is on the disk.

    Attributes
    ----------
    is_training
        Whether some process trains it.
    """

    study: Study
    progress: StudyProgress
    is_training: bool


class StudyReader(QObject):
    """Reads one study at a time; a newer call cancels the one before.

    Parameters
    ----------
    studies
        All studies.
    load_test_set
        Returns MNIST's test set; called in the thread.
    cache
        Folder of predictions and results.

    Signals
    -------
    listed(studies: StudyList)
    opened(state: StudyState)
        The plan and the runs were read.
    progressed(message: str)
        A run predicts for the first time.
    result_read(result: StudyResult)
    failed(sentence: str)
        The study cannot be read.
    """

    listed = Signal(object)
    opened = Signal(object)
    progressed = Signal(str)
    result_read = Signal(object)
    failed = Signal(str)

    def __init__(
        self,
        studies: StudyStore,
        load_test_set: Callable[[], EvaluationSet],
        cache: Path,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._studies, self._load_test_set, self._cache = studies, load_test_set, cache
        self._task = LatestTask(self)
        self._task.progressed.connect(self._on_progressed)
        self._task.failed.connect(self.failed)

    def read(self, name: str) -> None:
        """Read the study of this name, or the first one if there is none of this name."""
        self._task.start(lambda progress: self._read(name, progress))

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Cancel, and wait for the thread; return whether it ended in time."""
        return self._task.shut_down(deadline)

    def _on_progressed(self, value: object) -> None:
        match value:
            case StudyList():
                self.listed.emit(value)
            case StudyState():
                self.opened.emit(value)
            case StudyResult():
                self.result_read.emit(value)
            case str():
                self.progressed.emit(value)

    # -- in the thread

    def _read(self, name: str, progress: Callable[[Any], bool]) -> None:
        titles = {known: self._studies.shown_name(known) for known in self._studies.names()}
        shown = name if name in titles else next(iter(titles), "")
        if not progress(StudyList(titles, shown)) or not shown:
            return
        study = self._studies.get(shown)
        found = study.found_runs()
        if not progress(StudyState(study, study_progress(study, found), study.is_training)):
            return
        result = study_result(
            study,
            self._load_test_set(),
            self._cache,
            found=found,
            progress=lambda run, fraction: progress(
                f"Run {run} reads the test digits for the first time: {100 * fraction:.0f} %"
            ),
        )
        if result is not None:
            progress(result)
