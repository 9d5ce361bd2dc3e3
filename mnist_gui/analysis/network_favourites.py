"""The test digits that excite each filter and each unit of a network most."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.cached_file import read_cached, write_cached
from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.network_sum import Place
from mnist_gui.analysis.prediction_cache import cache_key
from mnist_gui.models.inspection.network import Activations, Network
from mnist_gui.models.inspection.network_layers import NetworkLayer
from mnist_gui.runs.run import Run

COUNT = 10  # digits for each filter
FOLDER = "favourites"
VERSION = 2  # raised when others are found
_CHUNK = 10  # digits between two calls of `progress`


@dataclass(frozen=True)
class Favourite:
    """A digit that excites a filter: its index in the evaluation set, the largest value, and where it is."""

    digit: int
    value: float
    place: Place


@dataclass(frozen=True, eq=False)
class Favourites:
    """The digits that excite each filter and each unit most.

    Attributes
    ----------
    layers
        The layers of the network but the answer.
    table
        (3, filters and units of all layers, 10) float64: index of the digit, value, and position of the value in its
        map, counted row by row; for each filter, the strongest first.
    """

    layers: tuple[NetworkLayer, ...]
    table: NDArray[np.float64]

    def of(self, place: Place) -> tuple[Favourite, ...]:
        """Return the digits for the filter or unit of a value, the strongest first; an answer has none.

        There are fewer than ten if others leave it silent.
        """
        if place.layer >= len(self.layers):
            return ()
        column = sum(layer.count for layer in self.layers[: place.layer]) + place.index
        shape = self.layers[place.layer].shape
        columns = shape[1] if len(shape) == 3 else 1
        return tuple(
            Favourite(int(digit), value, Place(place.layer, place.index, *divmod(int(position), columns)))
            for digit, value, position in self.table[:, column].T.tolist()
            if value > 0
        )


Progress = Callable[[float, Favourites], bool]


def load_favourites(run: Run, network: Network, data: EvaluationSet, cache: Path) -> Favourites | None:
    """Return what `find_favourites` has found before; None if it has to be found."""
    content = read_cached(_path(run, data, cache))
    if content is None:
        return None
    table = np.load(io.BytesIO(content), allow_pickle=False)
    layers = network.layers[:-1]
    is_whole = table.shape == (3, _width(layers), COUNT) and table.dtype == np.float64
    return Favourites(layers, table) if is_whole else None


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
    layers = network.layers[:-1]
    width = _width(layers)
    table = np.zeros((3, width, 0))
    for start in range(0, len(data), _CHUNK):
        frames = data.frames(slice(start, start + _CHUNK))
        found = np.stack([_strongest(layers, one) for one in network.of_frames(frames)], axis=2)
        indices = np.broadcast_to(np.arange(start, start + len(frames)), (1, width, len(frames)))
        table = _best(np.concatenate([table, np.concatenate([indices, found])], axis=2))
        if not progress(min((start + _CHUNK) / len(data), 1.0), Favourites(layers, table)):
            return None
    content = io.BytesIO()
    np.save(content, table)
    write_cached(_path(run, data, cache), content.getvalue())
    return Favourites(layers, table)


def _strongest(layers: tuple[NetworkLayer, ...], activations: Activations) -> NDArray[np.float64]:
    """Return (2, filters and units): the largest value of each, and its position in the map."""
    found = [np.zeros((2, 0))]
    for layer in layers:
        maps = activations.values(layer).reshape(-1, layer.count)
        found.append(np.stack([maps.max(axis=0).astype(np.float64), maps.argmax(axis=0).astype(np.float64)]))
    return np.concatenate(found, axis=1)


def _best(table: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the ten columns with the largest values in each row, the largest first; of equal ones, the earlier."""
    order = np.argsort(-table[1], axis=1, kind="stable")[:, :COUNT]
    return np.take_along_axis(table, order[None], axis=2)


def _width(layers: tuple[NetworkLayer, ...]) -> int:
    return sum(layer.count for layer in layers)


def _path(run: Run, data: EvaluationSet, cache: Path) -> Path:
    return cache / FOLDER / f"{cache_key(run, FOLDER, VERSION, data.checksum)}.cached"
