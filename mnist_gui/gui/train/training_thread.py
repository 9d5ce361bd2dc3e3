"""The thread that trains one run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QObject, QThread, Signal

from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.background import lower_thread_priority
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.training.training_events import Event
from mnist_gui.runs.run import Run


class TrainFunction(Protocol):
    """Function that trains a run; see `mnist_gui.models.training.trainer.train`."""

    def __call__(self, run: Run, dataset: Dataset, *, report: Callable[[Event], None], control: TrainingControl) -> Run:
        """Train the run until it ends in any way."""
        ...


class TrainingThread(QThread):
    """Trains one run.

    Parameters
    ----------
    run
        A new run, or one to be resumed.
    dataset
        The dataset that the run's record names.
    train
        `mnist_gui.models.training.trainer.train` or a fake.
    control
        Control of this run.

    Signals
    -------
    event_received(event: Event)
    failed(sentence: str)
        The training could not start.
    """

    event_received = Signal(object)
    failed = Signal(str)

    def __init__(
        self, run: Run, dataset: Dataset, train: TrainFunction, control: TrainingControl, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._run = run
        self._dataset = dataset
        self._train = train
        self._control = control

    # -- Qt

    def run(self) -> None:
        lower_thread_priority()
        try:
            self._train(self._run, self._dataset, report=self.event_received.emit, control=self._control)
        except Exception as error:
            self.failed.emit(f"Run {self._run.name} could not be trained: {error}")
