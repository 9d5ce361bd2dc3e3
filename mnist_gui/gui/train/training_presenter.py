"""Presentation of a running training in the Train tab."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_gui.gui.train.curves.plotted_runs import PlottedRuns
from mnist_gui.gui.train.notices import ERROR, SUCCESS, RunNotices
from mnist_gui.gui.train.train_layout import TrainLayout
from mnist_gui.gui.train.training_wording import ended_sentence
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import training_events
from mnist_gui.models.training.time_estimate import TimeEstimate, TimeEstimator
from mnist_gui.models.training.trainer import PREDICTION_INTERVAL
from mnist_gui.runs.record import EpochMetrics, RunError
from mnist_gui.runs.run import Run
from mnist_gui.wording import model_title


class TrainingPresenter:
    """Shows training events as progress, curves, live predictions and a closing notice.

    Parameters
    ----------
    view
        Widgets of the Train tab.
    plotted_runs
        Runs in the plot.
    run_notices
        Shows how runs ended.
    speed_factor
        Speed factor of this machine, see `mnist_gui.models.training.time_estimate`.

    Attributes
    ----------
    estimator
        Estimates the time that is left.
    """

    def __init__(
        self, view: TrainLayout, plotted_runs: PlottedRuns, run_notices: RunNotices, speed_factor: float
    ) -> None:
        self.estimator = TimeEstimator(speed_factor)
        self._view = view
        self._plotted_runs = plotted_runs
        self._run_notices = run_notices
        self._run: Run | None = None
        self._in_study = False
        self._started: training_events.TrainingStarted | None = None
        self._history: Sequence[EpochMetrics] = ()  # of the current run

    def begin_training(self) -> None:
        """Prepare for runs that follow each other; the dataset is loaded first."""
        view = self._view
        self.estimator = TimeEstimator(self.estimator.speed_factor)
        self._plotted_runs.begin()
        view.plot.set_training(True)
        view.strip.clear()
        view.progress.reset()
        view.progress.show_preparation("Loading the digits.")
        # Otherwise the focus would leave a button that is hidden or disabled, and the column would scroll.
        view.progress.stop_button.setFocus()
        view.panel.set_training(True)

    def begin_run(self, run: Run, *, interrupted: bool, in_study: bool = False) -> None:
        """Show the epochs of a resumed run; a new run is shown once it trains.

        Parameters
        ----------
        interrupted
            Whether the run was asked to end already, which the progress shows.
        in_study
            Whether it is a run of a study: how it ended is shown only where it failed.
        """
        self._run, self._in_study = run, in_study
        if not interrupted:
            self._view.progress.reset()
        try:
            self._history = run.history()
        except RunError:
            self._history = ()  # the training reports the error
        if self._history:
            # The number of batches is not known yet.
            self._show_run(run.name, run.model, Recipe.from_json(run.record.recipe).epochs, run.validation, 1)

    def on_event(self, event: training_events.Event) -> None:
        """Show a training event."""
        self.show_time_estimate(self.estimator.update(event))
        view = self._view
        match event:
            case training_events.Preparing():
                view.progress.show_preparation(event.what)
            case training_events.TrainingStarted():
                self._started = event
                self._show_run(event.run, event.model, event.epochs, event.validation, event.batches)
                view.strip.begin_training(event.model, PREDICTION_INTERVAL)
            case training_events.BatchEnded():
                view.plot.add_batch(event.run, event.epoch, event.batch, event.batch_loss)
            case training_events.DigitAnswered() if self._started is not None:
                view.strip.add_prediction(self._started.model, event.probabilities)
            case training_events.EpochEnded():
                self._history = [*self._history, event.metrics]
                view.plot.add_epoch(event.run, event.metrics)
            case training_events.TrainingEnded():
                self._end_run(event)

    def show_time_estimate(self, estimate: TimeEstimate | None) -> None:
        """Show the progress, if there is any."""
        if estimate is not None:
            self._view.progress.show_time_estimate(estimate)

    def end_training(self) -> None:
        """Show that nothing trains."""
        self._started = self._run = None
        self._view.progress.show_idle()
        self._view.panel.set_training(False)
        self._view.plot.set_training(False)
        self._view.strip.end_training()

    def _show_run(self, run: str, model: int, epochs: int, validation: str, batches: int) -> None:
        """Plot the run, including the epochs of a resumed one."""
        plot = self._view.plot
        self._plotted_runs.add_trained(run)
        plot.begin(run, model, epochs, validation, batches)
        for metrics in self._history:
            plot.add_epoch(run, metrics)
        plot.redraw()

    def _end_run(self, event: training_events.TrainingEnded) -> None:
        history, started, run = self._history, self._started, self._run
        self._history, self._started = (), None
        if event.message:
            self._run_notices.show_ended(f"{model_title(event.model)}: {event.message}", ERROR, event)
        elif self._in_study:
            pass  # the study's own notice follows its last run
        elif history and started is not None and run is not None:
            self._run_notices.show_ended(ended_sentence(event, started, history, run.record.best), SUCCESS, event)
        elif not event.epoch:
            self._view.plot.remove(event.run)
