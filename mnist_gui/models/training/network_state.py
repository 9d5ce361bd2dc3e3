"""A network ready to be trained, and all of its state that a checkpoint keeps: weights, optimizer, dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_gui.models import architectures
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.recipes import OPTIMIZERS, Recipe
from mnist_gui.runs.record import checkpoint_file
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras


def compile_network(model: int, recipe: Recipe, seed: int, trainable: str = "all") -> keras.Model:
    """Return a network with fresh weights, compiled for a recipe; its optimizer is built.

    Parameters
    ----------
    model
        1, 2 or 3.
    seed
        Of the weights and of dropout. Keras keeps seeds per thread: call this in the thread that trains.
    trainable
        As `mnist_gui.runs.record.RunRecord.trainable`: with "dense" every other layer is frozen. Batch normalization
        then normalizes by the averages that it has.
    """
    keras = load_keras()
    keras.utils.set_random_seed(seed)
    network = architectures.build(model)
    if trainable == "dense":
        for layer in network.layers:
            layer.trainable = isinstance(layer, keras.layers.Dense)
    optimizer = _optimizer(recipe)
    network.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    # Unbuilt, the optimizer's part of a checkpoint would be skipped with only a warning.
    optimizer.build(network.trainable_variables)
    return network


def _optimizer(recipe: Recipe) -> keras.Optimizer:
    make = getattr(load_keras().optimizers, OPTIMIZERS[recipe.optimizer].keras_class)
    return make(learning_rate=recipe.learning_rate, **recipe.optimizer_options)


def restore(network: keras.Model, run: Run, epoch: int) -> None:
    """Put weights and optimizer back to a committed epoch whose checkpoint is kept; dropout too, if it is the last.

    Raises
    ------
    RunError
        The checkpoint is missing or damaged.
    """
    name = checkpoint_file(epoch)
    run.read_file(name)  # for its checksum
    network.load_weights(run.folder / name)
    if epoch == run.record.epochs:
        for layer, generator in _seed_generators(network).items():
            generator.state.assign(np.array(run.record.random_state[layer], "uint32"))


def random_state(network: keras.Model) -> dict[str, list[int]]:
    """Return dropout's random state, which a ``.keras`` file does not hold, as a run's record keeps it."""
    numbers = load_keras().ops.convert_to_numpy
    return {layer: [int(v) for v in numbers(each.state)] for layer, each in _seed_generators(network).items()}


def _seed_generators(network: keras.Model) -> dict[str, Any]:
    """Return the random state of each dropout layer, keyed by its place: names count up within a process."""
    return {
        f"layer {index}": layer.seed_generator
        for index, layer in enumerate(network.layers)
        if getattr(layer, "seed_generator", None) is not None
    }
