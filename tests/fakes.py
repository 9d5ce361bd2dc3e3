"""Stand-ins for predictor, models and training that need neither LiteRT nor TensorFlow and return at once."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, Dataset
from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction, Report
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import training_events
from mnist_gui.models.training.data_split import split_frames
from mnist_gui.models.training.trainer import PREDICTION_INTERVAL
from mnist_gui.models.training.training_control import TrainingControl, TrainingInterrupted
from mnist_gui.runs.record import HISTORY_FILE, MODEL_FILE, EpochMetrics
from mnist_gui.runs.run import Run

SURE = np.eye(10, dtype=np.float32) * 0.91 + 0.009
# {model: {true digit: (predicted digit, count)}}: the model misreads the first `count` frames of that digit.
MISTAKES = {1: {4: (9, 3), 7: (2, 1)}, 2: {5: (3, 2)}, 3: {}}


class FakePredictor:
    """Predicts a digit that depends on the frame only: the index of the row with the most ink, modulo 10.

    Parameters
    ----------
    digits
        Predicted digits of one to six models, instead of those of three.
    confidence
        Of each prediction, 0 to 1.
    """

    def __init__(self, digits: tuple[int, ...] | None = None, confidence: float = 0.9) -> None:
        self.problems: tuple[str, ...] = ()
        self.digits = digits
        self.confidence = confidence
        self.runs = [f"model-{number}-fake" for number in range(1, 7)]
        self.asked: list[NDArray[np.float32]] = []

    def predict_one(self, frame: NDArray[np.float32]) -> EnsemblePrediction:
        """Return the predictions for a frame."""
        self.asked.append(frame)
        digits = self.digits or (int(frame.sum(axis=1).argmax()) % CLASSES,) * 3
        rest = (1 - self.confidence) / (CLASSES - 1)
        predictions = []
        for place, digit in enumerate(digits, 1):
            probabilities = np.full(CLASSES, rest, np.float32)
            probabilities[digit] = self.confidence
            run, model = self.runs[place - 1], place if place <= 3 else 0
            predictions.append(Prediction(run, model, probabilities, calibrated=True, place=place))
        return EnsemblePrediction(tuple(predictions))

    def predict(
        self, frames: NDArray[np.float32], first: int = 0, report: Report = lambda predictions: None
    ) -> list[EnsemblePrediction]:
        """Return the predictions for each of (N, 28, 28) frames."""
        return [self.predict_one(frame) for frame in frames]


class FakeTraining:
    """Reports the events and writes the records of `mnist_gui.models.training.trainer.train`, without a network.

    Parameters
    ----------
    batch_seconds
        Duration of each batch.
    fails
        Message of a failure after the first epoch; empty for none.
    exports
        Whether a file stands for the trained model.
    """

    def __init__(self, batch_seconds: float = 0.0, fails: str = "", *, exports: bool = False) -> None:
        self.batch_seconds = batch_seconds
        self.fails = fails
        self.exports = exports

    def __call__(
        self, run: Run, dataset: Dataset, *, report: Callable[[training_events.Event], None], control: TrainingControl
    ) -> Run:
        """Train the run."""
        recipe = Recipe.from_json(run.record.recipe)
        train, validation = split_frames(recipe, dataset)
        batches = math.ceil(len(train) / recipe.batch_size)
        with run.locked():
            run.commit(status="running")
            report(training_events.Preparing(run.name, "Loading a fake. It takes no time."))
            report(
                training_events.TrainingStarted(
                    run.name,
                    run.model,
                    recipe.epochs,
                    run.record.epochs,
                    batches,
                    len(train),
                    recipe.validation,
                    len(validation),
                    run.record.trainable,
                )
            )
            status, message = "completed", ""
            try:
                for epoch in range(run.record.epochs + 1, recipe.epochs + 1):
                    self._epoch(run, epoch, recipe.epochs, batches, report, control)
                    if epoch < recipe.epochs:
                        control.check_after_epoch()
                    if self.fails:
                        raise RuntimeError(self.fails)
            except TrainingInterrupted as request:
                status = request.status
            except RuntimeError as error:
                status, message = "failed", str(error)
            if self.exports:
                model = run.write_file(MODEL_FILE, lambda path: path.write_bytes(run.name.encode()))
                run.commit(exported=run.record.epochs, files={**run.record.files, MODEL_FILE: model})
            run.commit(status=status, message=message)
            report(
                training_events.TrainingEnded(run.name, run.model, status, run.record.epochs, message, run.has_model)
            )
        return run

    def _epoch(
        self,
        run: Run,
        epoch: int,
        epochs: int,
        batches: int,
        report: Callable[[training_events.Event], None],
        control: TrainingControl,
    ) -> None:
        for batch in range(1, batches + 1):
            control.check()
            time.sleep(self.batch_seconds)
            position = epoch - 1 + batch / batches
            loss = 2.3 * math.exp(-position)
            report(
                training_events.BatchEnded(
                    run.name, epoch, batch, loss, 1 - loss / 2.5, loss, batch * self.batch_seconds
                )
            )
            if control.frame is not None and (batch % PREDICTION_INTERVAL == 0 or batch == batches):
                sure = 1 - 0.9 * math.exp(-position)
                row = np.full(CLASSES, (1 - sure) / (CLASSES - 1))
                row[7] = sure
                report(training_events.DigitAnswered(run.name, position, tuple(row.tolist())))
        report(training_events.ValidationProgressed(run.name, epoch, 1.0))
        figures = EpochMetrics(epoch, loss, 1 - loss / 2.5, loss * 0.8, 1 - loss / 3, batches * self.batch_seconds)
        history = run.append_history(figures)
        run.commit(epochs=epoch, files={**run.record.files, HISTORY_FILE: history})
        report(training_events.EpochEnded.from_metrics(run.name, figures, epochs))


class GatedTraining:
    """A `FakeTraining` that waits after a batch until the test opens its gate.

    Parameters
    ----------
    epoch, batch
        Where it waits.
    fails
        As in `FakeTraining`.
    opened
        Whether the gate is open at first.
    """

    def __init__(self, *, epoch: int = 1, batch: int = 2, fails: str = "", opened: bool = True) -> None:
        self.gate = threading.Event()
        if opened:
            self.gate.set()
        self.frames: list[NDArray[np.float32] | None] = []
        self.controls: list[TrainingControl] = []
        self._position = (epoch, batch)
        self._fake = FakeTraining(fails=fails)

    def __call__(
        self, run: Run, dataset: Dataset, *, report: Callable[[training_events.Event], None], control: TrainingControl
    ) -> Run:
        """Train the run."""
        self.controls.append(control)

        def report_and_wait(event: training_events.Event) -> None:
            if isinstance(event, training_events.TrainingStarted):
                self.frames.append(control.frame)
            if isinstance(event, training_events.TrainingEnded):
                event = replace(event, answers=event.epoch > 0)
            report(event)
            if isinstance(event, training_events.BatchEnded) and (event.epoch, event.batch) == self._position:
                self.gate.wait(10)

        return self._fake(run, dataset, report=report_and_wait, control=control)


def rows_of(predicted, confidence=0.9) -> np.ndarray:
    """Return (N, 10) probabilities of these predicted digits, with one confidence or (N,)."""
    predicted = np.asarray(predicted)
    confidence = np.broadcast_to(np.asarray(confidence, float), predicted.shape)
    rows = np.repeat((1 - confidence[:, None]) / 9, 10, axis=1)
    rows[np.arange(len(predicted)), predicted] = confidence
    return rows.astype(np.float32)


class BarModel:
    """Stand-in for LoadedModel on frames in which the row of a bar is the digit; makes the errors of `MISTAKES`."""

    asked = 0

    def __init__(self, run, **_options):
        self.model = run.model

    def probabilities(self, frames):
        BarModel.asked += len(frames)
        digits = np.clip((frames.sum(axis=2).argmax(axis=1) - 4) // 2, 0, 9)
        predicted = digits.copy()
        for true, (wrong, count) in MISTAKES[self.model].items():
            predicted[np.flatnonzero(digits == true)[:count]] = wrong
        return SURE[predicted]


class CountingModel:
    """Stand-in for LoadedModel on bars: every n-th prediction is wrong; counts the frames of all instances."""

    asked = 0

    def __init__(self, run, **options):
        self.every = 10 * run.model

    def probabilities(self, frames):
        CountingModel.asked += len(frames)
        digits = np.clip((frames.sum(axis=2).argmax(axis=1) - 4) // 2, 0, 9)
        digits[:: self.every] = (digits[:: self.every] + 1) % 10
        return rows_of(digits)
