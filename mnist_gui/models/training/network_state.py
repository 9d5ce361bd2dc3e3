"""Compiles networks for training and restores their state: weights, optimizer and dropout."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any

import numpy as np

from mnist_gui.models import architectures
from mnist_gui.models.architectures import Architecture
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.recipes import OPTIMIZERS, Recipe
from mnist_gui.models.weights import check_checkpoint
from mnist_gui.runs.record import checkpoint_file
from mnist_gui.runs.run import Run

if TYPE_CHECKING:
    import keras


def compile_network(architecture: Architecture, recipe: Recipe, seed: int, trainable: str = "all") -> keras.Model:
    """Return a network with new weights, compiled for a recipe; its optimizer is built.

    Parameters
    ----------
    seed
        Seed of weights and dropout. Keras has one seed per thread: call this in the training thread.
    trainable
        "all", or "dense" to freeze all other layers. Batch normalization then uses its moving averages.
    """
    keras = load_keras()
    keras.utils.set_random_seed(seed)
    with _own_random_numbers(seed):
        network = architectures.build(architecture)
    if trainable == "dense":
        for layer in network.layers:
            layer.trainable = isinstance(layer, keras.layers.Dense)
    make_optimizer = getattr(keras.optimizers, OPTIMIZERS[recipe.optimizer].keras_class)
    optimizer = make_optimizer(learning_rate=recipe.learning_rate, **recipe.optimizer_options)
    network.compile(loss="categorical_crossentropy", optimizer=optimizer, metrics=["accuracy"])
    # The state of an optimizer that is not built would be skipped by checkpoints, with a warning only.
    optimizer.build(network.trainable_variables)
    return network


_building = Lock()


@contextmanager
def _own_random_numbers(seed: int) -> Iterator[None]:
    """Let this thread draw numbers from Python's generator as if no other thread did.

    Keras draws the seeds of initializers and dropout from it. It is shared by all threads of the process, and those of
    a worker of Dask draw from it at any time: the same run would begin with other weights.
    """
    own, thread = random.Random(seed), get_ident()
    with _building:
        shared = random.randint

        def randint(a: int, b: int) -> int:
            return (own.randint if get_ident() == thread else shared)(a, b)

        random.randint = randint
        try:
            yield
        finally:
            random.randint = shared


def restore_checkpoint(network: keras.Model, run: Run, epoch: int) -> None:
    """Restore weights and optimizer from the checkpoint of an epoch; dropout too, if it is the last one."""
    name = checkpoint_file(epoch)
    check_checkpoint(run, name)
    network.load_weights(run.folder / name)
    if epoch == run.record.epochs:
        for layer, generator in _seed_generators(network).items():
            generator.state.assign(np.array(run.record.random_state[layer], "uint32"))


def random_state(network: keras.Model) -> dict[str, list[int]]:
    """Return the random state of the dropout layers, which ``.keras`` files do not contain, for the record of a run."""
    numbers = load_keras().ops.convert_to_numpy
    return {layer: [int(v) for v in numbers(generator.state)] for layer, generator in _seed_generators(network).items()}


def _seed_generators(network: keras.Model) -> dict[str, Any]:
    """Return the seed generator of each dropout layer by index, because Keras numbers layer names per process."""
    return {
        f"layer {index}": layer.seed_generator
        for index, layer in enumerate(network.layers)
        if getattr(layer, "seed_generator", None) is not None
    }
