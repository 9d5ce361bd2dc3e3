"""train(): a run and the data -> events -> a finished run. Nobody else writes to the run it holds."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_gui.digits.dataset import Dataset
from mnist_gui.models import export
from mnist_gui.models.inference.calibration import describe_calibration
from mnist_gui.models.keras_backend import backend_title, describe_environment, load_keras
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import training_events
from mnist_gui.models.training.error_messages import error_message
from mnist_gui.models.training.fine_tuning import DenseLayersSetup
from mnist_gui.models.training.network_state import random_state, restore
from mnist_gui.models.training.resume import resume_obstacle
from mnist_gui.models.training.training_control import TrainingControl, TrainingInterrupted
from mnist_gui.models.training.training_setup import FullTrainingSetup, TrainingSetup
from mnist_gui.runs.record import (
    CHECKPOINT_PREFIX,
    HISTORY_FILE,
    MODEL_FILE,
    PARENT_WEIGHTS_FILE,
    PARTIAL_PREFIX,
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
TELL_VALIDATION_EVERY = 4  # batches


class _DivergedError(Exception):
    """The loss is no longer a number.

    Parameters
    ----------
    what
        Is none, and since when.
    epochs
        Whole ones before it.
    """

    def __init__(self, what: str, epochs: int) -> None:
        kept = "the last whole epoch is kept" if epochs else "no epoch had ended that could be kept"
        super().__init__(f"{what}. A smaller learning rate usually helps; {kept}.")


def train(
    run: Run, dataset: Dataset, *, report: Callable[[training_events.Event], None], control: TrainingControl
) -> Run:
    """Train, or go on training, the run's network by the run's recipe; leave a finished run.

    Every epoch is committed before the next begins. However it ends (completed, stopped, paused, diverged,
    failed), the last whole epoch is kept and exported, the final status is on disk, and the last event says so.

    Parameters
    ----------
    run
        Created by the caller; epochs it has already committed are not trained again.
    dataset
        The data that the run's record names.
    report
        Called from this thread with each event; must not block.
    control
        Requests of the person.

    Raises
    ------
    RunError
        The run is held by another program, its folder cannot be written, it has ended, or it was made with
        other data. Nothing was changed then.
    """
    with run.locked():
        # Read again: another program may have ended it since.
        run.record = Run.open(run.folder).record
        _refuse_what_cannot_go_on(run, dataset)
        training = _Training(run, dataset, report, control)
        status, message = training.execute()
        answers = run.has_model and run.folder.is_dir()  # it may have been deleted meanwhile
        report(training_events.TrainingEnded(run.name, run.model, status, run.record.epochs, message, answers))
    return run


def _refuse_what_cannot_go_on(run: Run, dataset: Dataset) -> None:
    if run.record.data["checksum"] != dataset.checksum:
        raise RunError(
            f"Run {run.name} was trained on other data ({run.record.data['name']}); it cannot go on with it."
        )
    reason = resume_obstacle(run)
    if reason:
        raise RunError(reason)


class _Training:
    """The state of one call of `train`."""

    def __init__(
        self, run: Run, dataset: Dataset, report: Callable[[training_events.Event], None], control: TrainingControl
    ) -> None:
        self.run = run
        self.recipe = Recipe.from_json(run.record.recipe)
        kind = DenseLayersSetup if run.record.trainable == "dense" else FullTrainingSetup
        self.learner: TrainingSetup = kind(run, dataset)
        self.report = report
        self.control = control
        self.model: keras.Model | None = None

    def execute(self) -> tuple[str, str]:
        """Train to an end of whatever kind; return the status and the message now on disk."""
        try:
            self._learn()
            status, message = "completed", ""
        except TrainingInterrupted as request:
            status, message = request.status, ""
        except _DivergedError as error:
            status, message = "diverged", str(error)
        except Exception as error:  # whatever it is, the person must hear of it and keep the epochs so far
            status, message = "failed", error_message(error, self.run.folder)
        try:
            self._finish(status, message)
        except Exception as error:
            what = "The epochs are kept, but saving the model that answers failed; go on with the run to try again"
            message = message or error_message(error, self.run.folder, what)
            status = "failed"
            self._commit_failure(message)
        return status, message

    # -- the steps

    def _learn(self) -> None:
        self.run.remove_leftovers()
        self.run.commit(status="running", message="")
        self.model = self._prepare()
        first, frames = self.run.record.epochs, self.learner.frames
        self.report(
            training_events.TrainingStarted(
                self.run.name,
                self.run.model,
                self.recipe.epochs,
                first,
                math.ceil(frames / self.recipe.batch_size),
                frames,
                self.recipe.validation,
                len(self.learner.validation_labels),
                self.run.record.trainable,
            )
        )
        for epoch in range(first + 1, self.recipe.epochs + 1):
            if self._has_lost_patience():
                return
            self.control.check()
            began = time.perf_counter()
            loss, accuracy, held = self._train_epoch(epoch)
            val_loss, val_accuracy, held_too = self._validate(epoch)
            seconds = time.perf_counter() - began - held - held_too
            self._commit_epoch(EpochMetrics(epoch, loss, accuracy, val_loss, val_accuracy, seconds))
            if epoch < self.recipe.epochs:
                self.control.check_after_epoch()

    def _prepare(self) -> keras.Model:
        """Return the compiled network, with the state of the last committed epoch if there is one."""
        self._say(f"Loading {backend_title()}. The first time takes about ten seconds.")
        load_keras()
        self.control.check()
        if self.run.record.epochs < self.recipe.epochs:  # else it is only exported here
            self.run.commit(environment=describe_environment())
        self.learner.prepare(self._say, self.control.check)
        if self.run.record.epochs:
            restore(self.learner.network, self.run, self.run.record.epochs)
        return self.learner.network

    def _train_epoch(self, epoch: int) -> tuple[float, float, float]:
        """Return the epoch's mean loss and accuracy with dropout on, and the seconds it was held."""
        assert self.model is not None
        size, frames = self.recipe.batch_size, self.learner.frames
        order = np.random.default_rng([self.run.record.seed, epoch]).permutation(frames)
        batches = math.ceil(frames / size)
        mean = _Mean()
        held = 0.0
        began = time.perf_counter()
        for batch, start in enumerate(range(0, frames, size), 1):
            held += self.control.check()
            self._set_learning_rate((epoch - 1) * batches + batch - 1, self.recipe.epochs * batches)
            x, y = self.learner.training_batch(order[start : start + size], epoch, batch)
            batch_loss = mean.add(self.learner.trained.train_on_batch(x, y, return_dict=True), len(x))
            if not math.isfinite(batch_loss):
                raise _DivergedError(f"The loss became {batch_loss} in epoch {epoch}, batch {batch}", epoch - 1)
            seconds = time.perf_counter() - began - held
            self.report(
                training_events.BatchEnded(self.run.name, epoch, batch, mean.loss, mean.accuracy, batch_loss, seconds)
            )
            if batch % PREDICTION_INTERVAL == 0 or batch == batches:
                self._answer(epoch - 1 + batch / batches)
        # Rectifiers turn "not a number" into zero: the loss alone does not show a network that has died of it.
        if not all(np.isfinite(weight).all() for weight in self.model.get_weights()):
            raise _DivergedError(f"A weight is no longer a number in epoch {epoch}", epoch - 1)
        return mean.loss, mean.accuracy, held

    def _set_learning_rate(self, step: int, steps: int) -> None:
        assert self.model is not None
        if self.recipe.schedule != "constant":
            self.model.optimizer.learning_rate = self.recipe.learning_rate_at(step, steps)

    def _validate(self, epoch: int) -> tuple[float, float, float]:
        """Return loss and accuracy on the validation frames, and the seconds it was held."""
        mean = _Mean()
        held = 0.0
        size, frames = self.recipe.batch_size, len(self.learner.validation_labels)
        for batch, start in enumerate(range(0, frames, size)):
            held += self.control.check()
            x, y = self.learner.validation_batch(slice(start, start + size))
            mean.add(self.learner.trained.test_on_batch(x, y, return_dict=True), len(x))
            done = start + len(x)
            if batch % TELL_VALIDATION_EVERY == 0 or done == frames:
                self.report(training_events.ValidationProgressed(self.run.name, epoch, done / frames))
        if not math.isfinite(mean.loss):
            raise _DivergedError(f"The validation loss became {mean.loss} in epoch {epoch}", epoch - 1)
        return mean.loss, mean.accuracy, held

    def _answer(self, position: float) -> None:
        """Let the model, as far as it is, answer the frame that the person is looking at."""
        assert self.model is not None
        frame = self.control.frame
        if frame is not None:
            keras = load_keras()
            output = self.model(frame[None, :, :, None], training=False)
            row = keras.ops.convert_to_numpy(output)[0]
            self.report(training_events.DigitAnswered(self.run.name, position, tuple(float(value) for value in row)))

    def _commit_epoch(self, figures: EpochMetrics) -> None:
        """Write checkpoint and history, then make them count; only then delete the checkpoint before."""
        assert self.model is not None
        name = checkpoint_file(figures.epoch)
        model = self.model
        checkpoint = self.run.write_file(name, lambda path: model.save(path))
        history = self.run.append_history(figures)
        best = self._best(figures)
        kept = checkpoint_file(best)
        files = {
            key: entry
            for key, entry in self.run.record.files.items()
            if key == kept or not key.startswith(CHECKPOINT_PREFIX)
        }
        files |= {name: checkpoint, HISTORY_FILE: history}
        self.run.commit(epochs=figures.epoch, best=best, files=files, random_state=random_state(model))
        self.run.remove_leftovers()
        self.report(training_events.EpochEnded.from_metrics(self.run.name, figures, self.recipe.epochs))

    def _best(self, figures: EpochMetrics) -> int:
        """Return the epoch of least loss on held-out frames so far, if the recipe chooses by it."""
        if not self.recipe.patience:
            return 0
        return min([*self.run.history(), figures], key=lambda each: each.val_loss).epoch

    def _has_lost_patience(self) -> bool:
        """Return whether the recipe's patience is at its end."""
        record = self.run.record
        return record.best > 0 and 0 < self.recipe.patience <= record.epochs - record.best

    def _finish(self, status: str, message: str) -> None:
        """Export the best epoch, or the last whole one where none is chosen, and set the final status."""
        files, exported = dict(self.run.record.files), self.run.record.exported
        calibration = self.run.record.calibration
        if self.run.record.epochs and self.model is not None:
            with suppress(Exception):  # whoever listens may be what failed; the epochs are kept all the same
                self._say("Saving the model.")
            kept = self.run.record.best or self.run.record.epochs
            if status != "completed" or kept < self.run.record.epochs:
                restore(self.model, self.run, kept)
            files = self._export(self.model)
            exported = kept if MODEL_FILE in files else 0
            calibration = self._calibrate()
            if status == "completed" and exported == kept:
                # Nothing is left to resume, and a checkpoint is three times the size of the weights.
                resuming = (CHECKPOINT_PREFIX, PARENT_WEIGHTS_FILE)
                files = {name: entry for name, entry in files.items() if not name.startswith(resuming)}
        self.run.commit(status=status, message=message, files=files, exported=exported, calibration=calibration)
        self.run.remove_leftovers()

    def _export(self, model: keras.Model) -> dict[str, FileEntry]:
        """Write weights and, under TensorFlow, the model that answers; return the run's files with these."""
        writers = {WEIGHTS_FILE: export.write_weights}
        if load_keras().backend.backend() == "tensorflow":
            writers[MODEL_FILE] = export.write_litert
        new = {name: self.run.folder / f"{PARTIAL_PREFIX}new-{name}" for name in writers}
        for name, write in writers.items():
            write(model, new[name])
        # There was room for both. A run that was exported before loses its older files only now, and first from the
        # record: were it cut off while they are replaced, the record would name what is no longer there.
        exports = (WEIGHTS_FILE, MODEL_FILE)
        files = {name: entry for name, entry in self.run.record.files.items() if name not in exports}
        self.run.commit(files=files, exported=0)
        return files | {name: self.run.write_file(name, partial(os.replace, path)) for name, path in new.items()}

    def _calibrate(self) -> dict[str, Any] | None:
        """Return the calibration on frames held out of training, or None where none were."""
        if not self.learner.calibrates:
            return None
        labels, size = self.learner.validation_labels, self.recipe.batch_size
        parts = (self.learner.validation_batch(slice(start, start + size)) for start in range(0, len(labels), size))
        rows = [self.learner.trained.predict_on_batch(inputs) for inputs, _ in parts]
        return describe_calibration(np.concatenate(rows), labels)

    def _commit_failure(self, message: str) -> None:
        """Set the status if the disk still lets us; if not, the run will read as interrupted."""
        try:
            self.run.remove_leftovers()  # to make room
            self.run.commit(status="failed", message=message)
        except (OSError, RunError):
            return

    def _say(self, what: str) -> None:
        self.report(training_events.Preparing(self.run.name, what))


class _Mean:
    """Mean loss and accuracy over frames, from those of batches of different sizes."""

    def __init__(self) -> None:
        self._loss = self._accuracy = 0.0
        self._frames = 0

    def add(self, logs: dict[str, Any], frames: int) -> float:
        """Take one batch in; return its own loss."""
        loss = float(logs["loss"])
        self._loss += loss * frames
        self._accuracy += float(logs["accuracy"]) * frames
        self._frames += frames
        return loss

    @property
    def loss(self) -> float:
        return self._loss / self._frames

    @property
    def accuracy(self) -> float:
        return self._accuracy / self._frames
