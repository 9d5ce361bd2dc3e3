"""What the view of a network reads from disk, in its threads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_gui.runs.store import RunStore

if TYPE_CHECKING:
    from mnist_gui.analysis.evaluation_data import EvaluationSet
    from mnist_gui.analysis.network_favourites import Favourites
    from mnist_gui.models.inspection.network import Network

Progress = Callable[["FavouriteDigits"], bool]


@dataclass(frozen=True, eq=False)
class FavouriteDigits:
    """The test digits that excite a run's filters most, as far as they are known.

    Attributes
    ----------
    run
        Name of the run.
    favourites
        None if nothing was found yet.
    digits
        The digits that they index.
    fraction
        Of the digits that were looked at, 0 to 1.
    """

    run: str
    favourites: Favourites | None
    digits: EvaluationSet
    fraction: float


class NetworkSource:
    """Opens networks and finds the digits that excite their filters. Launching does not wait for its modules.

    Parameters
    ----------
    store
        The runs.
    load_test_set
        Returns the digits to search; called in a thread.
    cache
        Folder of what was found.
    """

    def __init__(self, store: RunStore, load_test_set: Callable[[], EvaluationSet], cache: Path) -> None:
        self._store = store
        self._load_test_set = load_test_set
        self._cache = cache

    def open(self, name: str) -> Network:
        """Return the network of the run of this name; raise RunError if it cannot be looked into."""
        from mnist_gui.models.inspection.network import Network

        return Network(self._store.get(name))

    def known_favourites(self, name: str) -> FavouriteDigits:
        """Return what an earlier search found, if anything."""
        from mnist_gui.analysis.network_favourites import load_favourites

        run, digits = self._store.get(name), self._load_test_set()
        found = load_favourites(run, self.open(name), digits, self._cache)
        return FavouriteDigits(name, found, digits, 0.0 if found is None else 1.0)

    def search_favourites(self, name: str, progress: Progress) -> FavouriteDigits | None:
        """Search all test digits, which takes up to minutes; None if cancelled.

        Parameters
        ----------
        progress
            Called with what was found so far; returning False cancels.
        """
        from mnist_gui.analysis.network_favourites import find_favourites

        run, digits = self._store.get(name), self._load_test_set()

        def report(fraction: float, found: Favourites) -> bool:
            return progress(FavouriteDigits(name, found, digits, fraction))

        found = find_favourites(run, self.open(name), digits, self._cache, progress=report)
        return None if found is None else FavouriteDigits(name, found, digits, 1.0)
