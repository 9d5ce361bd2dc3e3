"""Setups for `train`: the network, its trained layers, and its batches."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.augmentation import augment
from mnist_gui.digits.dataset import Dataset
from mnist_gui.models.architectures import architecture_of
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training.data_split import split_frames, to_keras_arrays
from mnist_gui.models.training.network_state import compile_network
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras

Batch = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Inputs of the trained layers, and (N, 10) target probabilities."""


class TrainingSetup(Protocol):
    """A network, its trained layers, and its data.

    Attributes
    ----------
    network
        The compiled network, which predicts, is exported and saved in checkpoints.
    trained
        Model that is trained: the network, or its last layers with the same weights and optimizer.
    frames
        Number of training frames.
    validation_labels
        (N,) labels of the validation frames.
    calibrates
        Whether the validation frames are held out of training, so that a temperature can be fitted on them.
    """

    network: keras.Model
    trained: keras.Model
    frames: int
    validation_labels: NDArray[np.uint8]
    calibrates: bool

    def prepare(self, report: Callable[[str], None], check: Callable[[], object]) -> None:
        """Build the network in its state before the first epoch.

        Parameters
        ----------
        report
            Receives a sentence for the user before each slow step.
        check
            Called often; raises if the training is to end.
        """

    def training_batch(self, indices: NDArray[np.intp], epoch: int, batch: int) -> Batch:
        """Return the training frames with these indices; deterministic for each batch of each epoch."""

    def validation_batch(self, indices: slice) -> Batch:
        """Return the validation frames with these indices."""

    def finish(self) -> None:
        """Adjust the trained weights before they are exported."""


class FullTrainingSetup:
    """`TrainingSetup` that trains all layers, with new weights."""

    network: keras.Model
    trained: keras.Model

    def __init__(self, run: Run, dataset: Dataset) -> None:
        self._run = run
        self._recipe = Recipe.from_json(run.record.recipe)
        self._train, self._validation = split_frames(self._recipe, dataset)
        self.frames = len(self._train)
        self.validation_labels = self._validation.labels
        self.calibrates = self._recipe.held_out > 0

    def prepare(self, report: Callable[[str], None], check: Callable[[], object]) -> None:
        """Build the network with new weights."""
        report("Building the model.")
        self.network = self.trained = compile_network(architecture_of(self._run), self._recipe, self._run.record.seed)
        check()

    def training_batch(self, indices: NDArray[np.intp], epoch: int, batch: int) -> Batch:
        """Return training frames with the augmentation of the recipe."""
        split = self._train[indices]
        if not self._recipe.augmentation:
            return to_keras_arrays(split.frames(), split.labels)
        rng = np.random.default_rng([self._run.record.seed, epoch, batch])
        batches = math.ceil(self.frames / self._recipe.batch_size)
        strength = self._recipe.augmentation_at((epoch - 1) * batches + batch - 1, self._recipe.epochs * batches)
        return to_keras_arrays(augment(split.frames(), split.labels, strength, rng), split.labels)

    def validation_batch(self, indices: slice) -> Batch:
        """Return validation frames, unchanged."""
        split = self._validation[indices]
        return to_keras_arrays(split.frames(), split.labels)

    def finish(self) -> None:
        """Leave the weights as they were trained."""
