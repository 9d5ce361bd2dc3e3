"""What a training changes, and how it is shown its frames: the seam between `train` and each kind of training."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.augmentation import augment
from mnist_gui.digits.dataset import Dataset
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training.data_split import split_frames, to_keras_arrays
from mnist_gui.models.training.network_state import compile_network
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras

Inputs = tuple[NDArray[np.float32], NDArray[np.float32]]
"""What is trained on, and (N, 10) probabilities that are wanted of it."""


class TrainingSetup(Protocol):
    """A network and the part of it that is trained.

    Attributes
    ----------
    network
        Whole and compiled: it answers, is exported, and with its optimizer makes a checkpoint.
    trained
        What batches are trained on: the network itself, or its last layers, with which it shares weights and optimizer.
    frames
        How many are trained on.
    validation_labels
        (N,) true digits of the frames that are judged.
    calibrates
        Whether nobody has trained on those frames, so that they can say how sure an answer may be.
    """

    network: keras.Model
    trained: keras.Model
    frames: int
    validation_labels: NDArray[np.uint8]
    calibrates: bool

    def prepare(self, say: Callable[[str], None], check: Callable[[], object]) -> None:
        """Build the network as it was before the first epoch.

        Parameters
        ----------
        say
            Takes a sentence on what is being waited for.
        check
            Called often; raises where somebody asked to stop.
        """

    def training_batch(self, places: NDArray[np.intp], epoch: int, batch: int) -> Inputs:
        """Return the frames at these places, alike whenever this batch of this epoch is trained again."""

    def validation_batch(self, places: slice) -> Inputs:
        """Return frames to be judged."""


class FullTrainingSetup:
    """Every layer, from fresh weights, trained on MNIST; see `TrainingSetup`."""

    network: keras.Model
    trained: keras.Model

    def __init__(self, run: Run, dataset: Dataset) -> None:
        self._run = run
        self._recipe = Recipe.from_json(run.record.recipe)
        self._train, self._validation = split_frames(self._recipe, dataset)
        self.frames = len(self._train)
        self.validation_labels = self._validation.labels
        self.calibrates = self._recipe.held_out > 0

    def prepare(self, say: Callable[[str], None], check: Callable[[], object]) -> None:
        """Build the network with fresh weights."""
        say("Building the model.")
        self.network = self.trained = compile_network(self._run.model, self._recipe, self._run.record.seed)
        check()

    def training_batch(self, places: NDArray[np.intp], epoch: int, batch: int) -> Inputs:
        """Return these frames, altered as the recipe has it."""
        split = self._train[places]
        if not self._recipe.augmentation:
            return to_keras_arrays(split.frames(), split.labels)
        rng = np.random.default_rng([self._run.record.seed, epoch, batch])
        return to_keras_arrays(augment(split.frames(), split.labels, self._recipe.augmentation, rng), split.labels)

    def validation_batch(self, places: slice) -> Inputs:
        """Return these frames as they are."""
        split = self._validation[places]
        return to_keras_arrays(split.frames(), split.labels)
