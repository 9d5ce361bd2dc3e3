"""Trains a run: reports events, commits every epoch, and exports the model."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_gui.digits.dataset import Dataset
from mnist_gui.models.architectures import architecture_of
from mnist_gui.models.inference.calibration import describe_calibration
from mnist_gui.models.inference.ensemble import write_held_out
from mnist_gui.models.inference.model_trial import trust_model
from mnist_gui.models.keras_backend import backend_title, describe_environment, load_keras
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import training_events
from mnist_gui.models.training.error_messages import error_message
from mnist_gui.models.training.fine_tuning import DenseLayersSetup
from mnist_gui.models.training.network_state import random_state, restore_checkpoint
from mnist_gui.models.training.resume import resume_obstacle
from mnist_gui.models.training.training_control import TrainingControl, TrainingInterrupted
from mnist_gui.models.training.training_setup import FullTrainingSetup, TrainingSetup
from mnist_gui.models.weights import keras_weights, model_content
from mnist_gui.runs.record import (
    CHECKPOINT_PREFIX,
    HELD_OUT_FILE,
    HISTORY_FILE,
    LITERT_FILE,
    MODEL_FILE,
    PARENT_WEIGHTS_FILE,
    WEIGHTS_FILE,
    EpochMetrics,
    FileEntry,
    RunError,
    checkpoint_file,
)
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras

PREDICTION_INTERVAL = 25  # batches
VALIDATION_REPORT_INTERVAL = 4  # batches


class _DivergedError(Exception):
    """The loss or a weight is no longer finite.

    Parameters
    ----------
    what
        Beginning of the message.
    epochs
        Number of complete epochs.
    """

    def __init__(self, what: str, epochs: int) -> None:
        kept = "the last complete epoch is kept" if epochs else "no epoch was completed that could be kept"
        super().__init__(f"{what}. A smaller learning rate usually helps; {kept}.")


def train(
    run: Run, dataset: Dataset, *, report: Callable[[training_events.Event], None], control: TrainingControl
) -> Run:
    """Train or resume a run by its recipe, and return it.

    Every epoch is committed before the next one starts. However the training ends (completed, stopped, paused,
    diverged, failed), the last complete epoch is kept and exported, and the final status is on disk before the last
    event.

    Parameters
    ----------
    run
        Its committed epochs are not trained again.
    dataset
        The data that the record of the run names.
    report
        Called in this thread with each event; must not block.
    control
        Requests of the user.

    Raises
    ------
    RunError
        The run is locked by another program, its folder cannot be written, it cannot be resumed, or it was created
        with other data. Nothing was changed.
    """
    with run.locked():
        # Read again, because another program may have changed it.
        run.record = Run.open(run.folder).record
        _check(run, dataset)
        training = _Training(run, dataset, report, control)
        status, message = training.execute()
        has_model = run.has_model and run.folder.is_dir()  # the folder may have been deleted
        report(training_events.TrainingEnded(run.name, run.model, status, run.record.epochs, message, has_model))
    return run


def _check(run: Run, dataset: Dataset) -> None:
    """Raise `RunError` if the run cannot be trained on this data."""
    if run.record.data["checksum"] != dataset.checksum:
        raise RunError(
            f"Run {run.name} was trained on other data ({run.record.data['name']}) and cannot be resumed on this."
        )
    reason = resume_obstacle(run)
    if reason:
        raise RunError(reason)


class _Training:
    """State of one call of `train`."""

    def __init__(
        self, run: Run, dataset: Dataset, report: Callable[[training_events.Event], None], control: TrainingControl
    ) -> None:
        self.run = run
        self.recipe = Recipe.from_json(run.record.recipe)
        setup = DenseLayersSetup if run.record.trainable == "dense" else FullTrainingSetup
        self.setup: TrainingSetup = setup(run, dataset)
        self.report = report
        self.control = control
        self.is_prepared = False

    def execute(self) -> tuple[str, str]:
        """Train until the end; return the final status and message, which are on disk."""
        try:
            self._train_epochs()
            status, message = "completed", ""
        except TrainingInterrupted as request:
            status, message = request.status, ""
        except _DivergedError as error:
            status, message = "diverged", str(error)
        except Exception as error:  # any error is reported, and the epochs are kept
            status, message = "failed", error_message(error, self.run.folder)
        try:
            self._finish(status, message)
        except Exception as error:
            what = "The epochs are kept, but exporting the model failed; resume the run to try again"
            message = message or error_message(error, self.run.folder, what)
            status = "failed"
            self._commit_failure(message)
        return status, message

    # -- the steps

    def _train_epochs(self) -> None:
        self.run.remove_leftovers()
        self.run.commit(status="running", message="")
        self._prepare()
        first, frames = self.run.record.epochs, self.setup.frames
        self.report(
            training_events.TrainingStarted(
                self.run.name,
                model=self.run.model,
                epochs=self.recipe.epochs,
                epoch=first,
                batches=math.ceil(frames / self.recipe.batch_size),
                frames=frames,
                validation=self.recipe.validation,
                validation_frames=len(self.setup.validation_labels),
                trainable=self.run.record.trainable,
                multiply_adds=architecture_of(self.run).multiply_adds,
            )
        )
        for epoch in range(first + 1, self.recipe.epochs + 1):
            if self._is_out_of_patience():
                return
            self.control.check()
            began = time.perf_counter()
            loss, accuracy, paused = self._train_epoch(epoch)
            val_loss, val_accuracy, paused_in_validation = self._validate(epoch)
            seconds = time.perf_counter() - began - paused - paused_in_validation
            self._commit_epoch(EpochMetrics(epoch, loss, accuracy, val_loss, val_accuracy, seconds))
            if epoch < self.recipe.epochs:
                self.control.check_after_epoch()

    def _prepare(self) -> None:
        """Build the network in the state of the last committed epoch."""
        self._report_step(f"Loading {backend_title()}. The first time takes about ten seconds.")
        load_keras()
        self.control.check()
        if self.run.record.epochs < self.recipe.epochs:  # otherwise it is only exported here
            self.run.commit(environment=describe_environment())
        self.setup.prepare(self._report_step, self.control.check)
        if self.run.record.epochs:
            restore_checkpoint(self.setup.network, self.run, self.run.record.epochs)
        self.is_prepared = True

    def _train_epoch(self, epoch: int) -> tuple[float, float, float]:
        """Return mean loss and accuracy with dropout, and the seconds paused."""
        size, frames = self.recipe.batch_size, self.setup.frames
        order = np.random.default_rng([self.run.record.seed, epoch]).permutation(frames)
        batches = math.ceil(frames / size)
        mean = _Mean()
        paused = 0.0
        began = time.perf_counter()
        for batch, start in enumerate(range(0, frames, size), 1):
            paused += self.control.check()
            if self.recipe.schedule != "constant":
                step = (epoch - 1) * batches + batch - 1
                rate = self.recipe.learning_rate_at(step, self.recipe.epochs * batches)
                self.setup.network.optimizer.learning_rate = rate
            x, y = self.setup.training_batch(order[start : start + size], epoch, batch)
            batch_loss = mean.add(self.setup.trained.train_on_batch(x, y, return_dict=True), len(x))
            if not math.isfinite(batch_loss):
                raise _DivergedError(f"The loss became {batch_loss} in epoch {epoch}, batch {batch}", epoch - 1)
            seconds = time.perf_counter() - began - paused
            self.report(
                training_events.BatchEnded(self.run.name, epoch, batch, mean.loss, mean.accuracy, batch_loss, seconds)
            )
            if batch % PREDICTION_INTERVAL == 0 or batch == batches:
                self._predict_frame(epoch - 1 + batch / batches)
        # ReLU turns NaN into 0, so the loss alone does not show a diverged network.
        if not all(np.isfinite(weight).all() for weight in self.setup.network.get_weights()):
            raise _DivergedError(f"A weight is no longer a number in epoch {epoch}", epoch - 1)
        return mean.loss, mean.accuracy, paused

    def _validate(self, epoch: int) -> tuple[float, float, float]:
        """Return loss and accuracy on the validation frames, and the seconds paused."""
        mean = _Mean()
        paused = 0.0
        size, frames = self.recipe.batch_size, len(self.setup.validation_labels)
        for batch, start in enumerate(range(0, frames, size)):
            paused += self.control.check()
            x, y = self.setup.validation_batch(slice(start, start + size))
            mean.add(self.setup.trained.test_on_batch(x, y, return_dict=True), len(x))
            done = start + len(x)
            if batch % VALIDATION_REPORT_INTERVAL == 0 or done == frames:
                self.report(training_events.ValidationProgressed(self.run.name, epoch, done / frames))
        if not math.isfinite(mean.loss):
            raise _DivergedError(f"The validation loss became {mean.loss} in epoch {epoch}", epoch - 1)
        return mean.loss, mean.accuracy, paused

    def _predict_frame(self, position: float) -> None:
        """Predict the frame of the control, if there is one."""
        frame = self.control.frame
        if frame is not None:
            keras = load_keras()
            output = self.setup.network(frame[None, :, :, None], training=False)
            row = keras.ops.convert_to_numpy(output)[0]
            self.report(training_events.DigitAnswered(self.run.name, position, tuple(float(value) for value in row)))

    def _commit_epoch(self, metrics: EpochMetrics) -> None:
        """Write checkpoint and history, commit them, then delete the previous checkpoint."""
        name = checkpoint_file(metrics.epoch)
        checkpoint = self.run.write_file(name, self.setup.network.save)
        history = self.run.append_history(metrics)
        best = self._best(metrics)
        kept = checkpoint_file(best)
        files = {
            key: entry
            for key, entry in self.run.record.files.items()
            if key == kept or not key.startswith(CHECKPOINT_PREFIX)
        }
        files |= {name: checkpoint, HISTORY_FILE: history}
        self.run.commit(epochs=metrics.epoch, best=best, files=files, random_state=random_state(self.setup.network))
        self.run.remove_leftovers()
        self.report(training_events.EpochEnded.from_metrics(self.run.name, metrics, self.recipe.epochs))

    def _best(self, metrics: EpochMetrics) -> int:
        """Return the epoch with the lowest validation loss so far; 0 if the recipe has no patience."""
        if not self.recipe.patience:
            return 0
        return min([*self.run.history(), metrics], key=lambda epoch: epoch.val_loss).epoch

    def _is_out_of_patience(self) -> bool:
        """Return whether the best epoch is as long ago as the patience of the recipe."""
        record = self.run.record
        return record.best > 0 and 0 < self.recipe.patience <= record.epochs - record.best

    def _finish(self, status: str, message: str) -> None:
        """Export the best or the last complete epoch, and commit the final status."""
        files, exported = dict(self.run.record.files), self.run.record.exported
        calibration = self.run.record.calibration
        if self.run.record.epochs and self.is_prepared:
            with suppress(Exception):  # the listener may be what failed
                self._report_step("Saving the model.")
            kept = self.run.record.best or self.run.record.epochs
            if status != "completed" or kept < self.run.record.epochs:
                restore_checkpoint(self.setup.network, self.run, kept)
            self.setup.finish()
            files = self._export(self.setup.network)
            exported = kept
            calibration, held_out = self._calibrate()
            files |= held_out
            if status == "completed":
                # There is nothing to resume, and a checkpoint is three times the size of the weights.
                obsolete = (CHECKPOINT_PREFIX, PARENT_WEIGHTS_FILE)
                files = {name: entry for name, entry in files.items() if not name.startswith(obsolete)}
        self.run.commit(status=status, message=message, files=files, exported=exported, calibration=calibration)
        self.run.remove_leftovers()

    def _export(self, model: keras.Model) -> dict[str, FileEntry]:
        """Write the model file; return the files of the run including it."""
        exports = (MODEL_FILE, LITERT_FILE, WEIGHTS_FILE, HELD_OUT_FILE)
        files = {name: entry for name, entry in self.run.record.files.items() if name not in exports}
        entry = self.run.write_bytes(MODEL_FILE, model_content(architecture_of(self.run), keras_weights(model)))
        trust_model(self.run.model, entry.sha256)
        return {**files, MODEL_FILE: entry}

    def _calibrate(self) -> tuple[dict[str, Any] | None, dict[str, FileEntry]]:
        """Return the calibration on held-out frames, and the file of the predictions for those of the data set.

        Without held-out frames there is neither.
        """
        if not self.setup.calibrates:
            return None, {}
        labels, size = self.setup.validation_labels, self.recipe.batch_size
        batches = (self.setup.validation_batch(slice(start, start + size)) for start in range(0, len(labels), size))
        rows = [self.setup.trained.predict_on_batch(inputs) for inputs, _ in batches]
        probabilities, count = np.concatenate(rows), self.recipe.held_out
        # The digits that a fine-tuned run held out follow.
        write = partial(write_held_out, probabilities=probabilities[:count], labels=labels[:count])
        return describe_calibration(probabilities, labels), {HELD_OUT_FILE: self.run.write_file(HELD_OUT_FILE, write)}

    def _commit_failure(self, message: str) -> None:
        """Commit the status if the disk allows it; otherwise the run counts as interrupted."""
        with suppress(OSError, RunError):
            self.run.remove_leftovers()  # to make room
            self.run.commit(status="failed", message=message)

    def _report_step(self, what: str) -> None:
        self.report(training_events.Preparing(self.run.name, what))


class _Mean:
    """Mean loss and accuracy over batches of different sizes."""

    def __init__(self) -> None:
        self._sums = np.zeros(2)
        self._frames = 0

    def add(self, logs: dict[str, Any], frames: int) -> float:
        """Add the metrics of a batch; return its loss."""
        metrics = np.array([float(logs["loss"]), float(logs["accuracy"])])
        self._sums += metrics * frames
        self._frames += frames
        return float(metrics[0])

    @property
    def loss(self) -> float:
        return float(self._sums[0]) / self._frames

    @property
    def accuracy(self) -> float:
        return float(self._sums[1]) / self._frames
