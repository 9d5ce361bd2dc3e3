"""What the Train tab shows of a training while it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_gui.gui.train.curves.plotted_runs import PlottedRuns
from mnist_gui.gui.train.notice_bar import DONE, WRONG
from mnist_gui.gui.train.run_notices import RunNotices
from mnist_gui.gui.train.train_layout import TrainLayout
from mnist_gui.gui.train.training_wording import ended_sentence
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import training_events
from mnist_gui.models.training.time_estimate import TimeEstimate, TimeEstimator
from mnist_gui.models.training.trainer import PREDICTION_INTERVAL
from mnist_gui.runs.record import EpochMetrics, RunError
from mnist_gui.runs.run import Run


class TrainingPresenter:
    """Turns events of runs that are trained one after another into progress, curves, answers and a closing sentence.

    Parameters
    ----------
    view
        Whose parts show it.
    shown
        Which runs are in the plot.
    offers
        Tells how a run ended.
    speed_factor
        Of this machine, see `mnist_gui.models.training.time_estimate`.

    Attributes
    ----------
    pace
        How fast it goes, and how long it will take.
    """

    def __init__(self, view: TrainLayout, shown: PlottedRuns, offers: RunNotices, speed_factor: float) -> None:
        self.pace = TimeEstimator(speed_factor)
        self._view = view
        self._shown = shown
        self._offers = offers
        self._run: Run | None = None
        self._started: training_events.TrainingStarted | None = None
        self._history: Sequence[EpochMetrics] = ()  # of the present run

    def begin(self) -> None:
        """Make room for trainings, of which the data are loaded first."""
        view = self._view
        self.pace = TimeEstimator(self.pace.speed_factor)
        self._shown.begin()
        view.plot.set_training(True)
        view.strip.clear()
        view.strip.show()
        view.progress.begin()
        view.progress.show_waiting("Loading the digits.")
        # Else the focus would go from a button that is hidden or disabled to some other one, and the column scroll.
        view.progress.take_focus()
        view.panel.set_training(True)

    def begin_run(self, run: Run, *, leaving: bool) -> None:
        """Show what a run that is gone on with had learnt before; a new one is shown once it trains.

        Parameters
        ----------
        leaving
            Whether it was asked to end already, which has been said.
        """
        self._run = run
        if not leaving:
            self._view.progress.begin()
        try:
            self._history = run.history()
        except RunError:
            self._history = ()  # the training tells
        if self._history:
            # How many batches there are is told later.
            self._show_run(run.name, run.model, Recipe.from_json(run.record.recipe).epochs, run.validation, 1)

    def take(self, event: training_events.Event) -> None:
        """Show what has happened."""
        self.show_time_estimate(self.pace.update(event))
        view = self._view
        match event:
            case training_events.Preparing():
                view.progress.show_waiting(event.what)
            case training_events.TrainingStarted():
                self._started = event
                self._show_run(event.run, event.model, event.epochs, event.validation, event.batches)
                view.strip.begin(event.model, PREDICTION_INTERVAL)
            case training_events.BatchEnded():
                view.plot.add_batch(event.run, event.epoch, event.batch, event.batch_loss)
            case training_events.DigitAnswered() if self._started is not None:
                view.strip.add(self._started.model, event.probabilities)
            case training_events.EpochEnded():
                self._history = [*self._history, event.metrics]
                view.plot.add_epoch(event.run, event.metrics)
            case training_events.TrainingEnded():
                self._end_run(event)

    def show_time_estimate(self, estimate: TimeEstimate | None) -> None:
        """Show where the training is, if it is anywhere."""
        if estimate is not None:
            self._view.progress.show_time_estimate(estimate)

    def end(self) -> None:
        """Show that nothing trains any more."""
        self._started = self._run = None
        self._view.progress.show_idle()
        self._view.panel.set_training(False)
        self._view.plot.set_training(False)
        self._view.strip.end()

    # -- inside

    def _show_run(self, run: str, model: int, epochs: int, validation: str, batches: int) -> None:
        """Plot the run, from what it had learnt before if it is resumed."""
        plot = self._view.plot
        self._shown.add_trained(run)
        plot.begin(run, model, epochs, validation, batches)
        for figures in self._history:
            plot.add_epoch(run, figures)
        plot.redraw()

    def _end_run(self, event: training_events.TrainingEnded) -> None:
        history, started, run = self._history, self._started, self._run
        self._history, self._started = (), None
        if event.message:
            self._offers.offer_use(f"Model {event.model}: {event.message}", WRONG, event)
        elif history and started is not None and run is not None:
            self._offers.offer_use(ended_sentence(event, started, history, run.record.best), DONE, event)
        elif not event.epoch:
            self._view.plot.remove(event.run)
