"""Evaluates fine-tuned runs once their training has ended."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QObject, Signal

from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect, measure_fine_tuning_effect
from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.background import FOREVER, LatestTask, lower_thread_priority
from mnist_gui.gui.fine_tuning_progress import Stage
from mnist_gui.models.training import training_events
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

LEARNING, EVALUATING = "is learning your digits", "taught; now judged on MNIST’s test digits"
STOPPED = "was stopped before it was taught"


class FineTuningEvaluator(QObject):
    """Follows training events; reports fine-tuning runs and compares each completed one with its parent in a thread.

    Parameters
    ----------
    store
        The runs and their parents.
    load_dataset
        Called in the thread.
    cache
        Folder of cached predictions.

    Signals
    -------
    progressed(run: str, text: str, stage: Stage, fraction: float)
        A fraction, 0 to 1, of a stage of a fine-tuning run is done; while data and model are prepared, of any run.
    completed(run: str)
        The training is completed; the evaluation follows.
    evaluated(run: str, effect: FineTuningEffect)
    failed(run: str, sentence: str)
        The run was not trained to its end, or cannot be evaluated.
    """

    progressed = Signal(str, str, object, float)
    completed = Signal(str)
    evaluated = Signal(str, object)
    failed = Signal(str, str)

    def __init__(
        self, store: RunStore, load_dataset: Callable[[], Dataset], cache: Path, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._load_dataset = load_dataset
        self._cache = cache
        self._waiting: list[Run] = []
        self._current: Run | None = None
        self._training: training_events.TrainingStarted | None = None
        self._task = LatestTask(self)
        self._task.progressed.connect(self._on_progress)
        self._task.finished_with.connect(self._on_finished)
        self._task.failed.connect(self._on_failed)
        self._task.ended.connect(self._evaluate_next)

    def on_event(self, event: training_events.Event) -> None:
        """Follow a training event."""
        match event:
            case training_events.Preparing():
                text = f"{event.what[0].lower()}{event.what[1:].rstrip('.')}"
                self.progressed.emit(event.run, text, Stage.PREPARING, 0.0)
            case training_events.TrainingStarted():
                self._training = event if event.trainable == "dense" else None
                self._report_training(event.epoch)
            case training_events.BatchEnded() if self._training is not None:
                self._report_training(event.epoch - 1 + event.batch / self._training.batches)
            case training_events.TrainingEnded():
                self._on_training_ended(event)

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Cancel the evaluation and wait for the thread; return whether it ended in time."""
        self._waiting, self._current = [], None
        return self._task.shut_down(deadline)

    def report_stopped(self, run: str) -> None:
        """Report that a run was stopped before its training began."""
        self.failed.emit(run, STOPPED)

    def report_failed(self, run: str, reason: str) -> None:
        """Report that the training of a run has failed without an event that says so."""
        self._training = None
        self.failed.emit(run, f"could not be taught: {reason}")

    def _report_training(self, epochs: float) -> None:
        if self._training is not None:
            self.progressed.emit(self._training.run, LEARNING, Stage.TRAINING, epochs / self._training.epochs)

    def _on_training_ended(self, event: training_events.TrainingEnded) -> None:
        self._training = None
        try:
            run = self._store.get(event.run)
        except RunError:
            return  # it was deleted meanwhile
        if run.record.trainable != "dense":
            return
        if event.status == "completed" and run.has_model:
            self.completed.emit(run.name)
            self.progressed.emit(run.name, EVALUATING, Stage.EVALUATING, 0.0)
            self._waiting.append(run)
            if not self._task.is_running:
                self._evaluate_next()
        else:
            self.failed.emit(run.name, event.message or STOPPED.replace("stopped", event.status))

    def _evaluate_next(self) -> None:
        self._current = self._waiting.pop(0) if self._waiting else None
        if self._current is not None:
            self._task.start(partial(self._evaluate, self._current))

    def _evaluate(self, run: Run, progress: Callable[[float], bool]) -> FineTuningEffect | None:
        lower_thread_priority()
        assert run.record.parent is not None
        parent = self._store.get(run.record.parent)
        return measure_fine_tuning_effect(parent, run, self._load_dataset(), self._cache, progress=progress)

    # -- the thread

    def _on_progress(self, fraction: float) -> None:
        if self._current is not None:
            self.progressed.emit(self._current.name, EVALUATING, Stage.EVALUATING, fraction)

    def _on_finished(self, effect: FineTuningEffect | None) -> None:
        if self._current is not None and effect is not None:
            self.evaluated.emit(self._current.name, effect)

    def _on_failed(self, sentence: str) -> None:
        if self._current is not None:
            self.failed.emit(self._current.name, f"was taught, but cannot be judged: {sentence}")
