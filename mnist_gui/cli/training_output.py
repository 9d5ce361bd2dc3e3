"""The events of a training as a person or a program reads them: JSON lines, plain lines, or lines above a bar."""

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
from mnist_gui.wording import clock_duration, plural

REDRAW_SECONDS = 0.1


@contextmanager
def event_printer(console: Console) -> Iterator[Callable[[Event], None]]:
    """Yield what prints events to this console; a bar, where there is one, is gone afterwards.

    The printer raises `OSError` once whoever reads has gone.
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
            with suppress(OSError):  # a closed terminal has no bar to remove
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
            line(
                f"Epoch {event.epoch} of {event.epochs}: loss {event.loss:.4f}, accuracy {event.accuracy:.2%}; "
                f"validation loss {event.val_loss:.4f}, accuracy {event.val_accuracy:.2%}; {event.seconds:.0f} s"
            )
        case TrainingEnded():
            line(f"Run {event.run} {event.status} after {plural(event.epoch, 'epoch')}.")


class TrainingProgressBar:
    """Prints whole epochs as lines, and under them a bar that follows the batches.

    It is redrawn by events alone: no thread, and nothing to wait for when the training ends.

    Parameters
    ----------
    console
        On a terminal.
    """

    def __init__(self, console: Console) -> None:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, TextColumn

        self._out = console.out
        # legacy_windows would write past our stream, to one that is silenced.
        self._rich = RichConsole(file=console.out, force_terminal=True, legacy_windows=False, highlight=False)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None, complete_style="cyan", finished_style="cyan"),  # red would look like a fault
            TextColumn("{task.fields[figures]}", markup=False),
            console=self._rich,
            auto_refresh=False,
            transient=True,
            expand=True,
            # Else Rich brings to the terminal what libraries print to the standard streams, which are silenced.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=1, figures="", visible=False)
        self._pace = TimeEstimator()
        self._figures = ""
        self._drawn = 0.0

    def __call__(self, event: Event) -> None:
        """Print one event."""
        if isinstance(event, TrainingEnded):
            self.close()
        _print_line(event, self._line)
        estimate = self._pace.update(event)
        match event:
            case TrainingStarted():
                self._progress.start()
            case Preparing():  # at the end: no batch follows
                self._progress.update(self._task, visible=False)
                self._progress.refresh()
            case BatchEnded() if estimate:
                self._figures = f"loss {event.loss:.4f}  accuracy {event.accuracy:.2%}"
                self._draw(f"batch {estimate.batch} of {estimate.batches}", estimate.batch / estimate.batches, estimate)
            case ValidationProgressed() if estimate:
                self._draw("judging", event.part, estimate)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def _line(self, text: str) -> None:
        self._rich.print(text, markup=False, soft_wrap=True)

    def _draw(self, doing: str, part: float, estimate: TimeEstimate) -> None:
        now = time.monotonic()
        if now - self._drawn < REDRAW_SECONDS and part < 1:
            return
        self._drawn = now
        # Rich would ask the standard streams, which are silenced, and not see the window change its size.
        with suppress(OSError, ValueError):
            self._rich.width = os.get_terminal_size(self._out.fileno()).columns
        self._progress.update(
            self._task,
            description=f"Epoch {estimate.epoch} of {estimate.epochs}  {doing}",
            completed=part,
            visible=True,
            figures=f"{self._figures}  {clock_duration(estimate.seconds_left)} left",
        )
        self._progress.refresh()
