"""Teaching a run somebody's hand: its dense layers go on learning from a few drawings, in seconds.

The convolutions stay as the parent has them, so what they make of each frame is computed once. So that the network
does not forget, MNIST frames are trained on beside the drawings, and what is wanted of those is what the parent
answers (distillation; Hinton et al. 2015, Li and Hoiem 2017), not the label: where nothing is to change, nothing pulls.
Half of them lie near the parent's borders, see `mnist_gui.models.training.replay`, and they are altered as the
drawings are: of frames that are less clear the parent says more on where its borders lie.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.augmentation import augment
from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE, Dataset, Split
from mnist_gui.models.export import read_weights, set_weights
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.recipes import FINE_TUNING, Recipe
from mnist_gui.models.training.data_split import one_hot, split_frames
from mnist_gui.models.training.network_state import compile_network
from mnist_gui.models.training.replay import replay_indices
from mnist_gui.models.training.training_setup import Inputs
from mnist_gui.runs.record import FINE_TUNING_DIGITS_FILE, PARENT_WEIGHTS_FILE, WEIGHTS_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

if TYPE_CHECKING:
    import keras

Frame = NDArray[np.float32]
Digit = tuple[Frame, int]
"""A (28, 28) frame in [0, 1] and what it is, 0 to 9."""

BATCH = 50  # frames whose features are computed at once
MIN_COPIES, MAX_COPIES = 4, 96
USUAL_DRAWINGS = 30  # three of each digit: for these the recipe's number of copies is meant


# -- a new run


def create_fine_tuning_run(
    store: RunStore, parent: Run, digits: Sequence[Digit], seed: int = 0, *, held_out: Sequence[Digit] = ()
) -> Run:
    """Return a new run, to be trained by `mnist_gui.models.training.trainer.train`, that teaches a run these digits.

    It holds all that it needs; the parent stays as it is, and may be deleted. Needs no Keras.

    Parameters
    ----------
    parent
        With ``weights.npz``: one that was exported, whether it ships or not, and whether it was itself taught.
    digits
        At least one.
    seed
        Of the copies' alterations and the order of frames.
    held_out
        Digits of the same hand that are judged after every epoch, and never trained on.

    Raises
    ------
    RunError
        The parent has no weights or they are damaged; there is no digit, or one is no frame or has no label from 0
        to 9; or the run's folder cannot be written. No run was created then.
    """
    problem = fine_tuning_obstacle(parent)
    if problem:
        raise RunError(problem)
    if not digits:
        raise RunError("There is no digit to teach; draw one and say what it is.")
    taught, judged = digits_to_split(digits), digits_to_split(held_out)
    read_weights(parent)  # refused now where they are damaged
    recipe = _recipe(parent, len(digits))
    data = {
        "name": parent.record.data["name"],
        "checksum": parent.record.data["checksum"],
        "frames": recipe.frames,
        "taught": len(taught),
        "validation": {"source": recipe.validation, "frames": recipe.held_out + len(judged)},
    }
    return store.create(
        parent.model,
        recipe.to_json(),
        seed,
        data,
        files={
            FINE_TUNING_DIGITS_FILE: pack_digits(taught, judged),
            PARENT_WEIGHTS_FILE: parent.read_file(WEIGHTS_FILE),
        },
        parent=parent.name,
        trainable="dense",
        calibration=parent.record.calibration,  # until it has its own
    )


def fine_tuning_obstacle(run: Run) -> str:
    """Return a sentence on why a run cannot be taught; empty where it can."""
    if WEIGHTS_FILE in run.record.files:
        return ""
    return (
        f"Run {run.name} has no weights that could be taught; choose one that ships them, or that was trained here "
        "for at least one epoch."
    )


def _recipe(parent: Run, drawings: int) -> Recipe:
    copies = round(FINE_TUNING.copies * USUAL_DRAWINGS / drawings)
    return FINE_TUNING.with_changes(
        copies=min(max(copies, MIN_COPIES), MAX_COPIES),
        # Not one frame more than the parent held out: its own training frames would flatter.
        held_out=min(FINE_TUNING.held_out, parent.record.recipe.get("held_out") or FINE_TUNING.held_out),
    )


def digits_to_split(digits: Sequence[Digit]) -> Split:
    """Return digits as a run keeps them, in 256 grey levels as MNIST has them.

    Raises
    ------
    RunError
        One is no frame or has no label from 0 to 9.
    """
    images = np.zeros((len(digits), FRAME_SIDE, FRAME_SIDE), np.uint8)
    for place, (frame, label) in enumerate(digits):
        if label not in range(CLASSES):
            raise RunError(f"Digit {place + 1} is said to be {label!r}; a label is a whole number from 0 to 9.")
        if frame.shape != images.shape[1:] or not (np.isfinite(frame).all() and 0 <= frame.min() <= frame.max() <= 1):
            raise RunError(
                f"Digit {place + 1} is no frame: an array {frame.shape} was given where 28x28 numbers from 0 to 1 were "
                "expected."
            )
        images[place] = np.rint(frame * 255)
    return Split(images, np.array([label for _, label in digits], np.uint8))


def pack_digits(taught: Split, held_out: Split) -> bytes:
    """Return the file of a run that `fine_tuning_digits` reads."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        frames=taught.images,
        labels=taught.labels,
        held_out_frames=held_out.images,
        held_out_labels=held_out.labels,
    )
    return file.getvalue()


def fine_tuning_digits(run: Run) -> tuple[Split, Split]:
    """Return the digits that a run was taught, and those held out.

    Raises
    ------
    RunError
        The run has none, or the file is damaged.
    """
    content = run.read_file(FINE_TUNING_DIGITS_FILE)
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as archive:
            return (
                Split(archive["frames"], archive["labels"]),
                Split(archive["held_out_frames"], archive["held_out_labels"]),
            )
    except Exception as error:  # zipfile, zlib and NumPy each raise their own kinds
        raise RunError(f"Run {run.name}: {FINE_TUNING_DIGITS_FILE} is not an archive of digits ({error}).") from error


# -- its training


class DenseLayersSetup:
    """A `TrainingSetup` of a parent's dense layers, fine-tuned on cached features."""

    network: keras.Model
    trained: keras.Model

    def __init__(self, run: Run, dataset: Dataset) -> None:
        self._run = run
        self._recipe = Recipe.from_json(run.record.recipe)
        first, validation = split_frames(self._recipe, dataset)
        self._replay = dataset.train[replay_indices(dataset, len(first), self._recipe.held_out)]
        self._taught, held_out = fine_tuning_digits(run)
        self._validation = Split(
            np.concatenate([validation.images, held_out.images]), np.concatenate([validation.labels, held_out.labels])
        )
        self.frames = len(self._replay) + self._recipe.copies * len(self._taught)
        self.validation_labels = self._validation.labels
        self.calibrates = run.record.calibration is not None  # as its parent is, which held these frames out too

    def prepare(self, say: Callable[[str], None], check: Callable[[], object]) -> None:
        """Build the network with the parent's weights, and compute what its convolutions make of every frame."""
        say("Building the model.")
        run = self._run
        self.network = compile_network(run.model, self._recipe, run.record.seed, run.record.trainable)
        set_weights(self.network, run, PARENT_WEIGHTS_FILE)
        convolutions, self.trained = _parts(self.network)
        check()
        say(f"Looking at {self.frames + len(self._validation):,} digits, once.")
        frames, labels = self._altered()
        self._features = _features(convolutions, frames, check)
        self._wanted = one_hot(labels)
        replayed = len(self._replay)
        self._wanted[:replayed] = _answers(self.trained, self._features[:replayed])
        self._validation_features = _features(convolutions, self._validation.frames(), check)

    def training_batch(self, places: NDArray[np.intp], epoch: int, batch: int) -> Inputs:
        """Return the features at these places: first those of the replayed frames, then of the altered copies."""
        return self._features[places], self._wanted[places]

    def validation_batch(self, places: slice) -> Inputs:
        """Return features to be judged."""
        return self._validation_features[places], one_hot(self.validation_labels[places])

    def _altered(self) -> tuple[Frame, NDArray[np.uint8]]:
        """Return the replayed frames and the copies of the drawings, the same whenever this run goes on; and labels."""
        drawings, copies = self._taught, self._recipe.copies
        frames = np.concatenate([self._replay.frames(), np.tile(drawings.frames(), (copies, 1, 1))])
        labels = np.concatenate([self._replay.labels, np.tile(drawings.labels, copies)])
        return augment(frames, labels, self._recipe.augmentation, np.random.default_rng(self._run.record.seed)), labels


def _parts(network: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Return the network up to the pooling, and what follows, compiled with the network's own optimizer.

    What follows goes without dropout: with it, so few steps bring the drawings less, and cost MNIST no less.
    """
    keras = load_keras()
    pooling = next(i for i, layer in enumerate(network.layers) if isinstance(layer, keras.layers.MaxPooling2D))
    convolutions = keras.Sequential([network.inputs[0], *network.layers[: pooling + 1]])
    following = [layer for layer in network.layers[pooling + 1 :] if not isinstance(layer, keras.layers.Dropout)]
    rest = keras.Sequential([keras.layers.Input(network.layers[pooling].output.shape[1:]), *following])
    rest.compile(loss="categorical_crossentropy", optimizer=network.optimizer, metrics=["accuracy"])
    return convolutions, rest


def _features(convolutions: keras.Model, frames: Frame, check: Callable[[], object]) -> NDArray[np.float32]:
    """Return what the pooling makes of (N, 28, 28) frames: 74 kB a frame for model 1.

    Half precision would need half the memory, some 100 MB, and a tenth more time.
    """
    features = np.empty((len(frames), *convolutions.output_shape[1:]), np.float32)
    for start in range(0, len(frames), BATCH):
        check()
        part = frames[start : start + BATCH]
        features[start : start + len(part)] = convolutions.predict_on_batch(part[..., None])
    return features


def _answers(rest: keras.Model, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (N, 10) probabilities."""
    return np.concatenate(
        [rest.predict_on_batch(features[start : start + BATCH]) for start in range(0, len(features), BATCH)]
    )
