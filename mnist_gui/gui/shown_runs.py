"""Which runs' curves lie beside those of the present training."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_gui.gui.widgets.loss_plot import LossPlot
from mnist_gui.runs.record import EpochFigures, RunError
from mnist_gui.runs.run import Run

History = Sequence[EpochFigures]


class ShownRuns:
    """Puts runs of the past into the plot and takes them away, and leaves those alone that were trained there.

    Parameters
    ----------
    plot
        Of the Train tab.
    """

    def __init__(self, plot: LossPlot) -> None:
        self._plot = plot
        self._chosen: dict[str, tuple[Run, History]] = {}
        self._trained: set[str] = set()
        self._last = ""  # shown without having been chosen, until there is something else to see

    def show_last(self, newest_first: Sequence[Run]) -> None:
        """Show the newest run that has a history."""
        for run in newest_first:
            try:
                history = run.history()
            except RunError:
                continue  # the run history says what is damaged
            if history:
                self._last = run.name
                self._draw(run, history)
                return

    def choose(self, chosen: Sequence[tuple[Run, History]]) -> None:
        """Show these runs, and no others of the past."""
        self._forget_last()
        for name in set(self._chosen) - {run.name for run, _ in chosen} - self._trained:
            self._plot.remove(name)
        self._chosen = {run.name: (run, history) for run, history in chosen}
        for run, history in chosen:
            if run.name not in self._trained:
                self._draw(run, history)

    def begin(self) -> None:
        """Make room for trainings: what was trained before goes, unless it was chosen."""
        self._last = ""
        self._trained = set()
        self._plot.clear()
        for run, history in self._chosen.values():
            self._draw(run, history)

    def add_trained(self, run: str) -> None:
        """Take note of a run whose curves grow, or grew, in the plot by themselves."""
        self._trained.add(run)

    def _forget_last(self) -> None:
        if self._last:
            self._plot.remove(self._last)
            self._last = ""

    def _draw(self, run: Run, history: History) -> None:
        validation = "held out" if run.record.recipe.get("held_out") else "test"
        self._plot.show_history(run.name, run.model, history, validation)
