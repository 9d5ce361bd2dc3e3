"""Finds out what teaching changed, once a run that was taught has ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect, measure_fine_tuning_effect
from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.background import LatestTask, lower_thread_priority
from mnist_gui.models.training import training_events
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

JUDGING = "taught; now judged on MNIST’s test digits"


class FineTuningEvaluator(QObject):
    """Follows the events of trainings; of those that teach it tells how they stand, and judges each in a thread.

    Parameters
    ----------
    store
        Where the runs are, and the parents that they are compared with.
    load_dataset
        Called in the thread.
    cache
        Folder of cached predictions.

    Signals
    -------
    progressed(run: str, words: str)
        How it stands with a run that is taught; while it is prepared, with any run.
    taught(run: str)
        It can answer; it is still to be judged.
    judged(run: str, effect: FineTuningEffect)
    failed(run: str, sentence: str)
        It was not taught to the end, or cannot be judged.
    """

    progressed = Signal(str, str)
    taught = Signal(str)
    judged = Signal(str, object)
    failed = Signal(str, str)

    def __init__(
        self, store: RunStore, load_dataset: Callable[[], Dataset], cache: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._load_dataset = load_dataset
        self._cache = cache
        self._waiting: list[Run] = []
        self._judged: Run | None = None  # now
        self._task = LatestTask(self)
        self._task.progressed.connect(self._take_part)
        self._task.finished_with.connect(self._take_effect)
        self._task.failed.connect(self._take_failure)
        self._task.ended.connect(self._judge_next)

    def take(self, event: training_events.Event) -> None:
        """Hear what happened to a run that is trained."""
        match event:
            case training_events.Preparing():
                self.progressed.emit(event.run, f"{event.what[0].lower()}{event.what[1:].rstrip('.')}")
            case training_events.TrainingStarted(trainable="dense"):
                self.progressed.emit(event.run, "is learning your digits")
            case training_events.TrainingEnded():
                self._end(event)

    def shut_down(self) -> None:
        """Give up judging, and wait for the thread."""
        self._waiting, self._judged = [], None
        self._task.shut_down()

    def _end(self, event: training_events.TrainingEnded) -> None:
        try:
            run = self._store.get(event.run)
        except RunError:
            return  # it was deleted meanwhile
        if run.record.trainable != "dense":
            return
        if event.status == "completed" and run.has_model:
            self.taught.emit(run.name)
            self.progressed.emit(run.name, JUDGING)
            self._waiting.append(run)
            if not self._task.is_running:
                self._judge_next()
        else:
            self.failed.emit(run.name, event.message or f"was {event.status} before it was taught")

    def _judge_next(self) -> None:
        self._judged = self._waiting.pop(0) if self._waiting else None
        if self._judged is not None:
            self._task.start(partial(self._effect, self._judged))

    def _effect(self, run: Run, progress: Callable[[float], bool]) -> FineTuningEffect | None:
        """Return what changed; called in the thread, which leaves the processor to the window."""
        lower_thread_priority()
        assert run.record.parent is not None
        parent = self._store.get(run.record.parent)
        return measure_fine_tuning_effect(parent, run, self._load_dataset(), self._cache, progress=progress)

    # -- what the thread tells

    def _take_part(self, part: float) -> None:
        if self._judged is not None:
            self.progressed.emit(self._judged.name, f"{JUDGING}: {part:.0%}")

    def _take_effect(self, effect: FineTuningEffect | None) -> None:
        if self._judged is not None and effect is not None:
            self.judged.emit(self._judged.name, effect)

    def _take_failure(self, sentence: str) -> None:
        if self._judged is not None:
            self.failed.emit(self._judged.name, f"was taught, but cannot be judged: {sentence}")
