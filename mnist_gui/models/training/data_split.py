"""Training and validation frames of a recipe, and their conversion to arrays for Keras."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, Dataset, Split
from mnist_gui.models.recipes import Recipe
from mnist_gui.runs.record import RunError


def split_frames(recipe: Recipe, dataset: Dataset) -> tuple[Split, Split]:
    """Return the training and the validation frames of a recipe; raise `RunError` if it holds out all frames."""
    available = len(dataset.train) - recipe.held_out
    if available < 1:
        raise RunError(
            f"The recipe holds out {recipe.held_out} frames of {len(dataset.train)}; none are left to train on."
        )
    train = dataset.train[: min(recipe.frames or available, available)]
    return train, dataset.train[available:] if recipe.held_out else dataset.test


def hold_out(recipe: Recipe, held_out: int) -> Recipe:
    """Return a recipe that holds out this number of the user's own digits, unless the user changed the number."""
    return recipe if "held_out" in recipe.changes else recipe.with_changes(held_out=held_out)


def describe_data(recipe: Recipe, dataset: Dataset) -> dict[str, Any]:
    """Return the ``data`` of a run's record: name, checksum, number of frames, and validation."""
    train, validation = split_frames(recipe, dataset)
    return {
        "name": dataset.name,
        "checksum": dataset.checksum,
        "frames": len(train),
        "validation": {"source": recipe.validation, "frames": len(validation)},
    }


def to_keras_arrays(
    frames: NDArray[np.float32], labels: NDArray[np.uint8]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return (N, 28, 28) frames as (N, 28, 28, 1) and their labels as (N, 10) one-hot rows.

    Called for each batch, because all of MNIST in floating point takes 220 MB.
    """
    return frames[..., None], one_hot(labels)


def one_hot(labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return (N,) labels as (N, 10) one-hot rows."""
    return np.eye(CLASSES, dtype=np.float32)[labels]
