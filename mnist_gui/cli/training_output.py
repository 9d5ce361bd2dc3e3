"""Prints the events of a training: as JSON lines, as plain lines, or as lines above a progress bar."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mnist_gui.cli.console import Console
from mnist_gui.cli.progress import ProgressBar
from mnist_gui.models.training.time_estimate import TimeEstimate, TimeEstimator
from mnist_gui.models.training.training_events import (
    BatchEnded,
    EpochEnded,
    Event,
    Preparing,
    TrainingEnded,
    TrainingStarted,
    ValidationProgressed,
)
from mnist_gui.wording import clock_duration, model_title, percent_number, plural


@contextmanager
def event_printer(console: Console, estimator: TimeEstimator | None = None) -> Iterator[Callable[[Event], None]]:
    """Yield a function that prints events; a progress bar is removed at the end.

    The function raises as `Console.flush` if the output cannot be written.

    Parameters
    ----------
    console
        Where they are printed.
    estimator
        Estimates the time left, and knows what is trained later; None for a single training.
    """
    if console.as_json:
        yield lambda event: console.print_json(event.to_json())
    elif not console.is_terminal:
        yield lambda event: print_event_line(event, console.print_line)
    else:
        bar = TrainingProgressBar(console, estimator or TimeEstimator())
        try:
            yield bar
        finally:
            bar.close()


def print_event_line(event: Event, line: Callable[[str], None]) -> None:
    """Print an event as a plain line, if it is worth one."""
    match event:
        case Preparing():
            line(event.what)
        case TrainingStarted():
            line(
                f"Run {event.run}: {model_title(event.model).lower()}, {event.frames} frames, "
                f"{plural(event.epochs, 'epoch')} of {plural(event.batches, 'batch', 'batches')}; "
                f"judged on {event.validation_frames} {event.validation} frames."
            )
        case EpochEnded():
            accuracy, val_accuracy = percent_number(event.accuracy), percent_number(event.val_accuracy)
            line(
                f"Epoch {event.epoch} of {event.epochs}: loss {event.loss:.4f}, accuracy {accuracy}%; "
                f"validation loss {event.val_loss:.4f}, accuracy {val_accuracy}%; {event.seconds:.0f} s"
            )
        case TrainingEnded():
            line(f"Run {event.run} {event.status} after {plural(event.epoch, 'epoch')}.")


class TrainingProgressBar:
    """Prints epochs as lines above a progress bar of the batches.

    Parameters
    ----------
    console
        Must be a terminal.
    estimator
        Estimates the time left.
    """

    def __init__(self, console: Console, estimator: TimeEstimator) -> None:
        self._bar = ProgressBar(console)
        self._estimator = estimator
        self._loss, self._accuracy = 0.0, 0.0

    def __call__(self, event: Event) -> None:
        """Print an event."""
        if isinstance(event, TrainingEnded):
            self.close()
        print_event_line(event, self._bar.print_line)
        estimate = self._estimator.update(event)
        match event:
            case Preparing():  # no batch follows at the end
                self._bar.clear()
            case BatchEnded() if estimate:
                self._loss, self._accuracy = event.loss, event.accuracy
                self._draw(f"batch {estimate.batch} of {estimate.batches}", estimate.batch / estimate.batches, estimate)
            case ValidationProgressed() if estimate:
                self._draw("validating", event.part, estimate)

    def close(self) -> None:
        """Remove the bar."""
        self._bar.close()

    def _draw(self, activity: str, fraction: float, estimate: TimeEstimate) -> None:
        epoch = f"Epoch {estimate.epoch} of {estimate.epochs}"
        accuracy = f"{percent_number(self._accuracy)}%"
        left = f"{clock_duration(estimate.seconds_left)} left"
        self._bar.draw(
            fraction,
            (f"{epoch}  {activity}", f"loss {self._loss:.4f}  accuracy {accuracy}  {left}"),
            (f"{epoch}  {activity}", f"accuracy {accuracy}  {left}"),
            (epoch, f"{accuracy}  {left}"),
            (epoch, left),
        )
