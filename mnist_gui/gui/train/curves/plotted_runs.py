"""Chooses the runs whose curves are shown beside those of the current training."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.runs.record import EpochMetrics, RunError
from mnist_gui.runs.run import Run

History = Sequence[EpochMetrics]


class PlottedRuns:
    """Adds runs of the past to the plot and removes them, without touching the runs that are trained there."""

    def __init__(self, plot: LossPlot) -> None:
        self._plot = plot
        self._chosen: dict[str, tuple[Run, History]] = {}
        self._trained: set[str] = set()
        self._last = ""  # shown without having been chosen, until there is another curve

    def show_last(self, newest_first: Sequence[Run]) -> None:
        """Show the newest run that has a history."""
        for run in newest_first:
            if self._draw_from_file(run):
                self._last = run.name
                return

    def choose(self, chosen: Sequence[tuple[Run, History]]) -> None:
        """Show exactly these runs of the past; only the changed ones are drawn again."""
        if self._last:
            self._plot.remove(self._last)
            self._last = ""
        before, self._chosen = self._chosen, {run.name: (run, history) for run, history in chosen}
        for name in before.keys() - self._chosen.keys() - self._trained:
            self._plot.remove(name)
        for name, (run, history) in self._chosen.items():
            shown = name in self._trained or (name in before and before[name][1] is history)
            if not shown:
                self._draw(run, history)
        self._plot.put_in_order(list(self._chosen))

    def begin(self) -> None:
        """Clear the plot for new trainings, except for the chosen runs."""
        self._last = ""
        self._trained = set()
        self._plot.clear()
        for run, history in self._chosen.values():
            self._draw(run, history)

    def add_trained(self, run: str) -> None:
        """Register a run that is trained here, whose curves the training itself adds."""
        self._trained.add(run)

    def rename(self, name: str, run: Run) -> None:
        """Show a run under its new name if it was trained here or is the last one."""
        trained, last = name in self._trained, name == self._last
        self.forget(name)  # chosen runs are chosen again, see `RunHistory.shown_changed`
        if (trained or last) and self._draw_from_file(run):
            self._last = run.name if last else self._last
            self._trained |= {run.name} if trained else set()

    def forget(self, name: str) -> None:
        """Remove a deleted run from the plot."""
        self._plot.remove(name)
        self._chosen.pop(name, None)
        self._trained.discard(name)
        self._last = "" if name == self._last else self._last

    def _draw_from_file(self, run: Run) -> bool:
        """Draw a run if its file has a history; return whether it has one."""
        try:
            history = run.history()
        except RunError:
            return False  # the run history reports the damage
        if history:
            self._draw(run, history)
        return bool(history)

    def _draw(self, run: Run, history: History) -> None:
        self._plot.show_history(run.name, run.model, history, run.validation)
