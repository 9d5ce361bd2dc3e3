"""The test digits that excite each filter of a network most."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.cached_file import read_cached, write_cached
from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.network import Activations, Network
from mnist_gui.analysis.network_sum import HIDDEN_LAYERS, MAP_LAYERS, Layer, Place, map_side
from mnist_gui.analysis.prediction_cache import cache_key
from mnist_gui.runs.run import Run

COUNT = 10  # digits for each filter
FOLDER = "favourites"
VERSION = 1  # raised when others are found
_CHUNK = 10  # digits between two calls of `progress`


@dataclass(frozen=True)
class Favourite:
    """A digit that excites a filter: its index in the evaluation set, the largest value, and where it is."""

    digit: int
    value: float
    place: Place


@dataclass(frozen=True, eq=False)
class Favourites:
    """The digits that excite each filter and each hidden unit most.

    Attributes
    ----------
    kernels
        Sides of the two convolutions' filters.
    widths
        Number of filters of each convolution and of units of each hidden layer.
    table
        (3, sum of the widths, 10) float64: index of the digit, value, and position of the value in its map, counted row
        by row; for each filter, the strongest first.
    """

    kernels: tuple[int, int]
    widths: tuple[int, ...]
    table: NDArray[np.float64]

    def of(self, layer: Layer, index: int) -> tuple[Favourite, ...]:
        """Return the digits for a filter or unit, the strongest first; fewer than ten if others leave it silent.

        A map of the pooling has those of its filter; an answer has none.
        """
        if layer == "answer":
            return ()
        source: Layer = "second" if layer == "pooling" else layer
        number = _LAYERS.index(source)
        column = sum(self.widths[:number]) + index
        side = map_side(self.kernels, source) if source in MAP_LAYERS else 1
        return tuple(
            Favourite(int(digit), value, Place(source, index, *divmod(int(position), side)))
            for digit, value, position in self.table[:, column].T.tolist()
            if value > 0
        )


_LAYERS: tuple[Layer, ...] = ("first", "second", *HIDDEN_LAYERS)
Progress = Callable[[float, Favourites], bool]


def load_favourites(run: Run, network: Network, data: EvaluationSet, cache: Path) -> Favourites | None:
    """Return what `find_favourites` has found before; None if it has to be found."""
    content = read_cached(_path(run, data, cache))
    if content is None:
        return None
    table = np.load(io.BytesIO(content), allow_pickle=False)
    widths = _widths(network)
    is_whole = table.shape == (3, sum(widths), COUNT) and table.dtype == np.float64
    return Favourites(network.kernels, widths, table) if is_whole else None


def find_favourites(
    run: Run, network: Network, data: EvaluationSet, cache: Path, *, progress: Progress = lambda fraction, found: True
) -> Favourites | None:
    """Return the digits of an evaluation set that excite each filter of a run's network most; None if cancelled.

    Parameters
    ----------
    cache
        Folder that the result is written to; its files may be deleted at any time.
    progress
        Called with the fraction done, 0 to 1, and what was found so far; returning False cancels.
    """
    widths = _widths(network)
    table = np.zeros((3, sum(widths), 0))
    for start in range(0, len(data), _CHUNK):
        frames = data.frames(slice(start, start + _CHUNK))
        found = np.stack([_strongest(network.activations(frame)) for frame in frames], axis=2)
        indices = np.broadcast_to(np.arange(start, start + len(frames)), (1, sum(widths), len(frames)))
        table = _best(np.concatenate([table, np.concatenate([indices, found])], axis=2))
        if not progress(min((start + _CHUNK) / len(data), 1.0), Favourites(network.kernels, widths, table)):
            return None
    content = io.BytesIO()
    np.save(content, table)
    write_cached(_path(run, data, cache), content.getvalue())
    return Favourites(network.kernels, widths, table)


def _strongest(activations: Activations) -> NDArray[np.float64]:
    """Return (2, filters and units): the largest value of each, and its position in the map."""
    maps = [layer.reshape(-1, layer.shape[-1]) for layer in (activations.first, activations.second)]
    maps += [units[None] for units in activations.hidden]
    values = np.concatenate([layer.max(axis=0) for layer in maps])
    positions = np.concatenate([layer.argmax(axis=0) for layer in maps])
    return np.stack([values.astype(np.float64), positions.astype(np.float64)])


def _best(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ten columns with the largest values in each row, the largest first; of equal ones, the earlier."""
    order = np.argsort(-table[1], axis=1, kind="stable")[:, :COUNT]
    return np.take_along_axis(table, order[None], axis=2)


def _widths(network: Network) -> tuple[int, ...]:
    layers = (*network.convolutions, *network.dense[:-1])
    return tuple(len(layer.bias) for layer in layers)


def _path(run: Run, data: EvaluationSet, cache: Path) -> Path:
    return cache / FOLDER / f"{cache_key(run, FOLDER, VERSION, data.checksum)}.cached"
