"""Fine-tunes the dense layers of a run on a few digits of the user, in seconds.

The convolutions are those of the parent run, so their features are computed once per frame. To prevent forgetting,
MNIST frames are trained on too, with the parent's predictions as targets instead of labels (distillation; Hinton et al.
2015, Li and Hoiem 2017). Half of these frames lie near the decision boundaries, see `replay_indices`, and they are
augmented like the user's digits, because predictions for less clear frames reveal more about the boundaries.

What is still forgotten is limited: the weights are moved back towards those of the parent (Wortsman et al. 2022) until
the run misreads at most one in a thousand more of the frames that were held out.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.augmentation import augment
from mnist_gui.digits.dataset import (
    CLASSES,
    FRAME_SIDE,
    MNIST_CHECKSUM,
    Dataset,
    DatasetError,
    Split,
    mnist_test_indices,
)
from mnist_gui.digits.own_data import is_own
from mnist_gui.models.architectures import architecture_of
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.networks import network_to_json
from mnist_gui.models.recipes import FINE_TUNING, Recipe
from mnist_gui.models.training.data_split import one_hot, split_frames
from mnist_gui.models.training.network_state import compile_network
from mnist_gui.models.training.training_setup import Batch
from mnist_gui.models.weights import (
    has_exported_weights,
    lacking,
    read_archive,
    read_weights,
    trainable_architecture,
    write_archive,
)
from mnist_gui.npz import read_arrays
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import FINE_TUNING_DIGITS_FILE, PARENT_WEIGHTS_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import plural

if TYPE_CHECKING:
    import keras

Frame = NDArray[np.float32]
Digit = tuple[Frame, int]
"""A (28, 28) frame in [0, 1] and its label, 0 to 9."""

FEATURE_BATCH_SIZE = 50  # frames
MIN_COPIES, MAX_COPIES = 4, 96
MAX_FORGOTTEN = 0.001  # share of the held-out frames that a run may misread more than its parent
_STEPS = 10  # from the trained weights back to those of the parent
REFERENCE_DIGITS = 30  # number of digits for which the copies of the recipe are meant: three of each
BORDER_FILE = "border_frames.json"
BORDER_HELD_OUT = 5_000  # last training frames, which are checked and not repeated
_DIGIT_ARRAYS = ("frames", "labels", "held_out_frames", "held_out_labels")
_MAX_DIGIT_BYTES = 64 * 2**20  # some 85,000 digits


# -- a new run


def create_fine_tuning_run(
    store: RunStore, parent: Run, digits: Sequence[Digit], seed: int = 0, *, held_out: Sequence[Digit] = ()
) -> Run:
    """Create a run that fine-tunes a parent run on digits; `mnist_gui.models.training.trainer.train` trains it.

    The run contains all that it needs: the parent is not changed and can be deleted.

    Parameters
    ----------
    parent
        Any run with an exported model, including shipped, fine-tuned and imported ones. The new run of an imported one
        has the plain network, see `mnist_gui.models.importing.plain_network`.
    digits
        At least one digit to train on.
    seed
        Seed of augmentation and order of frames.
    held_out
        Digits that are evaluated after every epoch, and not trained on.

    Raises
    ------
    RunError
        The parent has no weights or they are damaged; there is no digit, or one is no frame, has no valid label or is
        one of MNIST's test set; or the folder of the run cannot be written. No run was created.
    """
    problem = fine_tuning_obstacle(parent)
    if problem:
        raise RunError(problem)
    if not digits:
        raise RunError("There is no digit to train on; draw one and label it.")
    training, validation = digits_to_split(digits), digits_to_split(held_out)
    _refuse_mnist_test_digits(training, validation)
    weights = read_weights(parent)  # raises now if they are damaged
    recipe, layers, known = _recipe(parent, len(digits)), parent.record.layers, parent.record.data
    if parent.record.imported is not None:  # which recognizes MNIST, whatever it was trained on
        layers = network_to_json(trainable_architecture(parent).network)
        known = {"name": "MNIST", "checksum": MNIST_CHECKSUM}
    data = {
        "name": known["name"],
        "checksum": known["checksum"],
        "frames": recipe.frames,
        "taught": len(training),
        "validation": {"source": recipe.validation, "frames": recipe.held_out + len(validation)},
    }
    return store.create(
        parent.record.model,
        recipe.to_json(),
        seed,
        data,
        files={
            FINE_TUNING_DIGITS_FILE: pack_digits(training, validation),
            PARENT_WEIGHTS_FILE: write_archive(weights),
        },
        parent=parent.name,
        trainable="dense",
        layers=layers,
        calibration=parent.record.calibration,  # until it has its own
    )


def fine_tuning_obstacle(run: Run) -> str:
    """Return why a run cannot be fine-tuned; empty if it can."""
    data = str(run.record.data["name"])
    if is_own(data):
        return (
            f"Run {run.name} was trained on {data} and cannot be taught: teaching repeats digits of MNIST, which this "
            "run has never seen. Choose a run that was trained on MNIST."
        )
    if has_exported_weights(run):
        kinds = [layer.kind for layer in trainable_architecture(run).network]
        if "Flatten" in kinds and "Dense" in kinds[kinds.index("Flatten") :]:
            return ""
        return f"Run {run.name} cannot be taught: no dense layer of it follows a flattening, and only those are taught."
    if run.record.imported is not None:
        return str(lacking(run, "no weights"))
    return f"Run {run.name} has no weights to start from; choose a run with weights, or train for at least one epoch."


def _recipe(parent: Run, digits: int) -> Recipe:
    copies = round(FINE_TUNING.copies * REFERENCE_DIGITS / digits)
    return FINE_TUNING.with_changes(
        copies=min(max(copies, MIN_COPIES), MAX_COPIES),
        # At most what the parent held out: its own training frames would be predicted too well.
        held_out=min(FINE_TUNING.held_out, parent.record.recipe.get("held_out") or FINE_TUNING.held_out),
    )


def digits_to_split(digits: Sequence[Digit]) -> Split:
    """Return digits as images with 256 grey levels and their labels; raise `RunError` if one is invalid."""
    images = np.zeros((len(digits), FRAME_SIDE, FRAME_SIDE), np.uint8)
    for index, (frame, label) in enumerate(digits):
        if label not in range(CLASSES):
            raise RunError(f"Digit {index + 1} has the label {label!r}; a label is an integer from 0 to 9.")
        if frame.shape != images.shape[1:] or not (np.isfinite(frame).all() and 0 <= frame.min() <= frame.max() <= 1):
            raise RunError(f"Digit {index + 1} is an array of shape {frame.shape}; expected 28x28 numbers from 0 to 1.")
        images[index] = np.rint(frame * 255)
    return Split(images, np.array([label for _, label in digits], np.uint8))


def _refuse_mnist_test_digits(*splits: Split) -> None:
    """Raise `RunError` if a digit is one of MNIST's test set: accuracy on that would no longer mean anything."""
    try:
        labels = [split.labels[index] for split in splits for index in mnist_test_indices(split.images)]
    except DatasetError as error:
        raise RunError(str(error)) from error
    if labels:
        raise RunError(
            f"{plural(len(labels), 'digit')} (labelled {', '.join(map(str, labels))}) of My digits "
            f"{'is' if len(labels) == 1 else 'are'} from MNIST's test set, which judges the models; delete "
            f"{'it' if len(labels) == 1 else 'them'} there."
        )


def pack_digits(training: Split, held_out: Split) -> bytes:
    """Return the content of the file that `fine_tuning_digits` reads."""
    file = io.BytesIO()
    np.savez_compressed(
        file,
        frames=training.images,
        labels=training.labels,
        held_out_frames=held_out.images,
        held_out_labels=held_out.labels,
    )
    return file.getvalue()


def fine_tuning_digits(run: Run) -> tuple[Split, Split]:
    """Return the digits that a run was fine-tuned on, and the held-out ones."""
    content = run.read_file(FINE_TUNING_DIGITS_FILE)
    try:
        arrays = read_arrays(io.BytesIO(content), _MAX_DIGIT_BYTES, _DIGIT_ARRAYS)
        frames, labels, held_out_frames, held_out_labels = (arrays[name] for name in _DIGIT_ARRAYS)
        return _checked_split(frames, labels), _checked_split(held_out_frames, held_out_labels)
    except Exception as error:  # zipfile, zlib and NumPy raise different types
        raise RunError(f"Run {run.name}: {FINE_TUNING_DIGITS_FILE} is not an archive of digits ({error}).") from error


def _checked_split(images: NDArray[Any], labels: NDArray[Any]) -> Split:
    """Return the split; raise ValueError if these are not (N, 28, 28) images and their labels."""
    if images.dtype != np.uint8 or labels.dtype != np.uint8 or images.shape != (*labels.shape, FRAME_SIDE, FRAME_SIDE):
        raise ValueError(f"it holds {images.dtype} of shape {images.shape} and {labels.dtype} of shape {labels.shape}")
    if labels.ndim != 1 or (labels >= CLASSES).any():
        raise ValueError("its labels are not digits")
    return Split(images, labels)


# -- its training


class DenseLayersSetup:
    """`TrainingSetup` that trains the dense layers of a parent run on cached features."""

    network: keras.Model
    trained: keras.Model

    def __init__(self, run: Run, dataset: Dataset) -> None:
        self._run = run
        self._recipe = Recipe.from_json(run.record.recipe)
        first, validation = split_frames(self._recipe, dataset)
        self._replay = dataset.train[replay_indices(dataset, len(first), self._recipe.held_out)]
        checked, self._checked_frames = checked_indices(dataset, self._recipe.held_out)
        self._checked = dataset.train[checked]
        self._digits, held_out = fine_tuning_digits(run)
        _refuse_mnist_test_digits(self._digits, held_out)
        self._validation = Split(
            np.concatenate([validation.images, held_out.images]), np.concatenate([validation.labels, held_out.labels])
        )
        self.frames = len(self._replay) + self._recipe.copies * len(self._digits)
        self.validation_labels = self._validation.labels
        self.calibrates = run.record.calibration is not None  # like its parent, which held these frames out too

    def prepare(self, report: Callable[[str], None], check: Callable[[], object]) -> None:
        """Build the network with the weights of the parent and compute the features of every frame."""
        report("Building the model.")
        run = self._run
        self.network = compile_network(architecture_of(run), self._recipe, run.record.seed, run.record.trainable)
        self.network.set_weights(read_archive(run, PARENT_WEIGHTS_FILE))
        convolutions, self.trained = _parts(self.network)
        check()
        count = self.frames + len(self._validation) + len(self._checked)
        report(f"Computing what the convolutions find in {count:,} digits.")
        frames, labels = self._augmented()
        self._features = _features(convolutions, frames, check)
        self._targets = one_hot(labels)
        replayed = len(self._replay)
        self._targets[:replayed] = _probabilities(self.trained, self._features[:replayed])
        self._validation_features = _features(convolutions, self._validation.frames(), check)
        self._checked_features = _features(convolutions, self._checked.frames(), check)
        self._parent_weights, self._parent_errors = self.trained.get_weights(), self._errors()

    def training_batch(self, indices: NDArray[np.intp], epoch: int, batch: int) -> Batch:
        """Return features and targets: those of the replayed frames precede those of the copies."""
        return self._features[indices], self._targets[indices]

    def validation_batch(self, indices: slice) -> Batch:
        """Return features and one-hot labels of validation frames."""
        return self._validation_features[indices], one_hot(self.validation_labels[indices])

    def finish(self) -> None:
        """Move the weights towards those of the parent until no more is forgotten than `MAX_FORGOTTEN` allows."""
        allowed = self._parent_errors + int(MAX_FORGOTTEN * self._checked_frames)
        trained = self.trained.get_weights()
        for share in np.linspace(1, 0, _STEPS + 1):
            pairs = zip(self._parent_weights, trained, strict=True)
            self.trained.set_weights([before + share * (after - before) for before, after in pairs])
            if self._errors() <= allowed:
                return

    def _errors(self) -> int:
        """Return how many of the checked frames are misread."""
        predicted = _probabilities(self.trained, self._checked_features).argmax(axis=1)
        return int((predicted != self._checked.labels).sum())

    def _augmented(self) -> tuple[Frame, NDArray[np.uint8]]:
        """Return the augmented replayed frames and copies of the digits, and their labels; the same after a resume."""
        digits, copies = self._digits, self._recipe.copies
        strength, rng = self._recipe.augmentation, np.random.default_rng(self._run.record.seed)
        replay = augment(self._replay.frames(), self._replay.labels, strength, rng)
        # Without foreign forms, which would replace the user's own.
        own = augment(np.tile(digits.frames(), (copies, 1, 1)), None, strength, rng)
        return np.concatenate([replay, own]), np.concatenate([self._replay.labels, np.tile(digits.labels, copies)])


def _parts(network: keras.Model) -> tuple[keras.Model, keras.Model]:
    """Return the layers before the flattening, and those from it on, compiled with the optimizer of the network.

    Both are without dropout: with it, these few steps gain less on the digits and lose as much on MNIST.
    """
    keras = load_keras()
    layers = keras.layers
    flatten = next(index for index, layer in enumerate(network.layers) if isinstance(layer, layers.Flatten))
    before, after = (
        [layer for layer in part if not isinstance(layer, layers.Dropout)]
        for part in (network.layers[:flatten], network.layers[flatten:])
    )
    convolutions = keras.Sequential([network.inputs[0], *(before or [layers.Identity()])])
    rest = keras.Sequential([layers.Input(convolutions.output_shape[1:]), *after])
    rest.compile(loss="categorical_crossentropy", optimizer=network.optimizer, metrics=["accuracy"])
    return convolutions, rest


def _features(convolutions: keras.Model, frames: Frame, check: Callable[[], object]) -> NDArray[np.float32]:
    """Return what is flattened of (N, 28, 28) frames: 74 kB per frame for model 1.

    Half precision would halve the memory, to about 100 MB, but take a tenth more time.
    """
    features = np.empty((len(frames), *convolutions.output_shape[1:]), np.float32)
    for start in range(0, len(frames), FEATURE_BATCH_SIZE):
        check()
        batch = frames[start : start + FEATURE_BATCH_SIZE]
        features[start : start + len(batch)] = convolutions.predict_on_batch(batch[..., None])
    return features


def _probabilities(rest: keras.Model, features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (N, 10) probabilities."""
    return np.concatenate(
        [
            rest.predict_on_batch(features[start : start + FEATURE_BATCH_SIZE])
            for start in range(0, len(features), FEATURE_BATCH_SIZE)
        ]
    )


# -- replayed frames


def replay_indices(dataset: Dataset, count: int, held_out: int) -> NDArray[np.intp]:
    """Return the indices of at most `count` training frames that are trained on to prevent forgetting.

    Of MNIST, half of them lie near a decision boundary, where forgetting starts; of other data, they are the first.

    Parameters
    ----------
    held_out
        Number of frames at the end that are excluded.
    """
    available = np.arange(len(dataset.train) - held_out)
    if dataset.checksum != MNIST_CHECKSUM:
        return available[:count]
    border = np.intersect1d(border_indices("repeated")[: count // 2], available)
    return np.concatenate([border, np.setdiff1d(available, border)[: count - len(border)]])


def checked_indices(dataset: Dataset, held_out: int) -> tuple[NDArray[np.intp], int]:
    """Return the indices of the frames that forgetting is measured on, and the number of frames that they stand for.

    Of MNIST, they are those of the last 5,000 training frames that lie near a decision boundary: others are hardly ever
    forgotten. Of other data, they are all held-out frames.

    Parameters
    ----------
    held_out
        Number of frames at the end that the run holds out.
    """
    if dataset.checksum == MNIST_CHECKSUM:
        return border_indices("checked"), BORDER_HELD_OUT
    return np.arange(len(dataset.train) - held_out, len(dataset.train)), held_out


@cache
def border_indices(kind: Literal["repeated", "checked"]) -> NDArray[np.intp]:
    """Return indices of MNIST training frames near a decision boundary, nearest first; see tools/border_frames.py."""
    return np.array(json.loads((resources_folder() / BORDER_FILE).read_text(encoding="utf-8"))[kind], np.intp)
