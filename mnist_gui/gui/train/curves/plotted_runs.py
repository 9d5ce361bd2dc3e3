"""Which runs' curves lie beside those of the present training."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.runs.record import EpochMetrics, RunError
from mnist_gui.runs.run import Run

History = Sequence[EpochMetrics]


class PlottedRuns:
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
            if self._draw_as_it_is(run):
                self._last = run.name
                return

    def choose(self, chosen: Sequence[tuple[Run, History]]) -> None:
        """Show these runs, and no others of the past; only what has changed is drawn anew."""
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

    def rename(self, name: str, run: Run) -> None:
        """Let the curves of a run that is shown without having been chosen go on under its new name."""
        trained, last = name in self._trained, name == self._last
        self.forget(name)  # what was chosen is chosen anew, see `RunHistory.shown_changed`
        if (trained or last) and self._draw_as_it_is(run):
            self._last = run.name if last else self._last
            self._trained |= {run.name} if trained else set()

    def forget(self, name: str) -> None:
        """Take the curves of a run that has gone out of the plot."""
        self._plot.remove(name)
        self._chosen.pop(name, None)
        self._trained.discard(name)
        self._last = "" if name == self._last else self._last

    def _draw_as_it_is(self, run: Run) -> bool:
        """Draw a run from its file; return whether there was something to draw."""
        try:
            history = run.history()
        except RunError:
            return False  # the run history says what is damaged
        if history:
            self._draw(run, history)
        return bool(history)

    def _draw(self, run: Run, history: History) -> None:
        self._plot.show_history(run.name, run.model, history, run.validation)
