"""Prints the events of a training: as JSON lines, as plain lines, or as lines above a progress bar."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from mnist_gui.cli.console import Console
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
from mnist_gui.wording import clock_duration, percent_number, plural

REDRAW_SECONDS = 0.1


@contextmanager
def event_printer(console: Console) -> Iterator[Callable[[Event], None]]:
    """Yield a function that prints events; a progress bar is removed at the end.

    The function raises `OSError` if the output is closed.
    """
    if console.as_json:
        yield lambda event: console.print_json(event.to_json())
    elif not console.is_terminal:
        yield lambda event: _print_line(event, console.print_line)
    else:
        bar = TrainingProgressBar(console)
        try:
            yield bar
        finally:
            with suppress(OSError):  # the terminal may be closed
                bar.close()


def _print_line(event: Event, line: Callable[[str], None]) -> None:
    match event:
        case Preparing():
            line(event.what)
        case TrainingStarted():
            line(
                f"Run {event.run}: model {event.model}, {event.frames} frames, {plural(event.epochs, 'epoch')} of "
                f"{plural(event.batches, 'batch', 'batches')}; judged on {event.validation_frames} "
                f"{event.validation} frames."
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
    """Prints epochs as lines above a progress bar of the batches, which is redrawn at events, without a thread.

    Parameters
    ----------
    console
        Must be a terminal.
    """

    def __init__(self, console: Console) -> None:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, TextColumn

        self._out = console.out
        # legacy_windows would write to the standard stream, which is discarded.
        self._rich = RichConsole(file=console.out, force_terminal=True, legacy_windows=False, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None, complete_style="cyan", finished_style="cyan"),  # red looks like an error
            TextColumn("{task.fields[figures]}", markup=False),
            console=self._rich,
            auto_refresh=False,
            transient=True,
            expand=True,
            # Otherwise Rich would print what libraries write to the standard streams, which are discarded.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=1, figures="", visible=False)
        self._estimator = TimeEstimator()
        self._figures = ""
        self._drawn = 0.0

    def __call__(self, event: Event) -> None:
        """Print an event."""
        if isinstance(event, TrainingEnded):
            self.close()
        _print_line(event, self._line)
        estimate = self._estimator.update(event)
        match event:
            case TrainingStarted():
                self._progress.start()
            case Preparing():  # no batch follows at the end
                self._progress.update(self._task, visible=False)
                self._progress.refresh()
            case BatchEnded() if estimate:
                self._figures = f"loss {event.loss:.4f}  accuracy {percent_number(event.accuracy)}%"
                self._draw(f"batch {estimate.batch} of {estimate.batches}", estimate.batch / estimate.batches, estimate)
            case ValidationProgressed() if estimate:
                self._draw("judging", event.part, estimate)

    def close(self) -> None:
        """Remove the bar."""
        self._progress.stop()

    def _line(self, text: str) -> None:
        self._rich.print(text, markup=False, soft_wrap=True)

    def _draw(self, activity: str, fraction: float, estimate: TimeEstimate) -> None:
        now = time.monotonic()
        if now - self._drawn < REDRAW_SECONDS and fraction < 1:
            return
        self._drawn = now
        # Rich would query the standard streams, which are discarded, and miss changes of the size.
        with suppress(OSError, ValueError):
            self._rich.width = os.get_terminal_size(self._out.fileno()).columns
        self._progress.update(
            self._task,
            description=f"Epoch {estimate.epoch} of {estimate.epochs}  {activity}",
            completed=fraction,
            visible=True,
            figures=f"{self._figures}  {clock_duration(estimate.seconds_left)} left",
        )
        self._progress.refresh()
