"""The events of a training as a person or a program reads them: JSON lines, plain lines, or lines above a bar."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from mnist_gui.console import Console
from mnist_gui.models.events import (
    BatchEnded,
    EpochEnded,
    Event,
    Preparing,
    TrainingEnded,
    TrainingStarted,
    ValidationProgressed,
)

REDRAW_SECONDS = 0.1
BATCHES_BEFORE_ESTIMATE = 3


@contextmanager
def event_printer(console: Console) -> Iterator[Callable[[Event], None]]:
    """Yield what prints events to this console; a bar, where there is one, is gone afterwards.

    The printer raises `OSError` once whoever reads has gone.
    """
    if console.as_json:
        yield lambda event: console.record(event.to_json())
    elif not console.is_terminal:
        yield lambda event: _print_line(event, console.line)
    else:
        bar = TrainingBar(console)
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
                f"Run {event.run}: model {event.model}, {event.frames} frames, {_count(event.epochs, 'epoch')} of "
                f"{_count(event.batches, 'batch', 'batches')}; judged on {event.validation_frames} "
                f"{event.validation} frames."
            )
        case EpochEnded():
            line(
                f"Epoch {event.epoch} of {event.epochs}: loss {event.loss:.4f}, accuracy {event.accuracy:.2%}; "
                f"validation loss {event.val_loss:.4f}, accuracy {event.val_accuracy:.2%}; {event.seconds:.0f} s"
            )
        case TrainingEnded():
            line(f"Run {event.run} {event.status} after {_count(event.epoch, 'epoch')}.")


def _count(number: int, one: str, more: str = "") -> str:
    return f"{number} {one if number == 1 else more or one + 's'}"


class TrainingBar:
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
        )
        self._task = self._progress.add_task("", total=1, figures="", visible=False)
        self._started: TrainingStarted | None = None
        self._pace = _Pace()
        self._figures = ""
        self._drawn = 0.0

    def __call__(self, event: Event) -> None:
        """Print one event."""
        if isinstance(event, TrainingEnded):
            self.close()
        _print_line(event, self._line)
        match event:
            case TrainingStarted():
                self._started = event
                self._pace = _Pace(event.batches, event.epochs)
                self._progress.start()
            case BatchEnded() if self._started:
                self._pace.take_batch(event)
                left = self._pace.seconds_left
                self._figures = f"loss {event.loss:.4f}  accuracy {event.accuracy:.2%}  {_spoken(left)}"
                where = f"Epoch {event.epoch}/{self._started.epochs}  batch {event.batch}/{self._started.batches}"
                self._draw(where, event.batch / self._started.batches)
            case ValidationProgressed() if self._started:
                self._draw(f"Epoch {event.epoch}/{self._started.epochs}  judging", event.part)
            case EpochEnded():
                self._pace.take_epoch(event)

    def close(self) -> None:
        """Take the bar away."""
        self._progress.stop()

    def _line(self, text: str) -> None:
        self._rich.print(text, markup=False, soft_wrap=True)

    def _draw(self, where: str, part: float) -> None:
        now = time.monotonic()
        if now - self._drawn < REDRAW_SECONDS and part < 1:
            return
        self._drawn = now
        # Rich would ask the standard streams, which are silenced, and not see the window change its size.
        with suppress(OSError, ValueError):
            self._rich.width = os.get_terminal_size(self._out.fileno()).columns
        self._progress.update(self._task, description=where, completed=part, visible=True, figures=self._figures)
        self._progress.refresh()


class _Pace:
    """How long a training still takes, by its own steps."""

    def __init__(self, batches: int = 1, epochs: int = 1) -> None:
        self._batches = batches
        self._epochs = epochs
        self._first_seconds = 0.0
        self._last: BatchEnded | None = None
        self._step: float | None = None
        self._judging = 0.0

    def take_batch(self, event: BatchEnded) -> None:
        """Follow a step."""
        self._last = event
        if event.batch == 1:
            self._first_seconds = event.seconds
        elif event.batch >= BATCHES_BEFORE_ESTIMATE:
            # The first step of a run builds the graph; it says nothing of the others.
            self._step = (event.seconds - self._first_seconds) / (event.batch - 1)

    def take_epoch(self, event: EpochEnded) -> None:
        """Learn from a whole epoch how long judging takes."""
        if self._last:
            self._judging = max(0.0, event.seconds - self._last.seconds)

    @property
    def seconds_left(self) -> float | None:
        """Return the seconds until the last epoch is done, or None while too little is known."""
        if self._step is None or self._last is None:
            return None
        batches = (self._epochs - self._last.epoch + 1) * self._batches - self._last.batch
        return batches * self._step + (self._epochs - self._last.epoch + 1) * self._judging


def _spoken(seconds: float | None) -> str:
    """Return "1 h 05 min left", "12 min left" or "40 s left"; nothing where it is not known."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"{seconds:.0f} s left"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02} min left" if hours else f"{minutes} min left"
