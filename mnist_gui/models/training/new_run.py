"""Creates the run that trains a network by a recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mnist_gui.models.architectures import Architecture
from mnist_gui.models.networks import network_to_json
from mnist_gui.models.recipes import Recipe
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore


def create_run(store: RunStore, architecture: Architecture, recipe: Recipe, seed: int, data: Mapping[str, Any]) -> Run:
    """Create a run with new weights; `mnist_gui.models.training.trainer.train` trains it.

    Parameters
    ----------
    seed
        Seed of weights, order of frames and dropout.
    data
        As returned by `mnist_gui.models.training.data_split.describe_data`.

    Raises
    ------
    RunError
        The folder of the run cannot be written. No run was created.
    """
    return store.create(
        architecture.number or None, recipe.to_json(), seed, data, layers=network_to_json(architecture.network)
    )
