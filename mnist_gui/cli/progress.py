"""A progress bar on the terminal, redrawn at each report of progress instead of by a thread."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from mnist_gui.cli.console import Console
from mnist_gui.wording import plain_text

REDRAW_SECONDS = 0.1
MIN_BAR_WIDTH = 8  # characters

# Called with a description of the work and the fraction done, 0 to 1; returns True, which means to continue.
Progress = Callable[[str, float], bool]


class ProgressBar:
    """A description, a bar and figures in the last line of a terminal.

    Parameters
    ----------
    console
        Must be a terminal.
    """

    def __init__(self, console: Console) -> None:
        from rich.console import Console as RichConsole
        from rich.progress import BarColumn, Progress, TextColumn
        from rich.table import Column

        self._out = console.out
        # legacy_windows would write to the standard stream, which is discarded.
        self._rich = RichConsole(
            file=self._out, force_terminal=True, legacy_windows=False, highlight=False, emoji=False
        )
        self._progress = Progress(
            TextColumn("{task.description}", markup=False, table_column=Column(no_wrap=True, overflow="ellipsis")),
            BarColumn(
                bar_width=None,
                complete_style="cyan",  # red looks like an error
                finished_style="cyan",
                table_column=Column(ratio=1, min_width=MIN_BAR_WIDTH),
            ),
            TextColumn("{task.fields[figures]}", markup=False, table_column=Column(no_wrap=True)),
            console=self._rich,
            auto_refresh=False,
            transient=True,
            expand=True,
            # Otherwise Rich would print what libraries write to the standard streams, which are discarded.
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=1, figures="", visible=False)
        self._drawn = 0.0

    def print_line(self, text: str) -> None:
        """Print a line above the bar."""
        self._rich.print(plain_text(text), markup=False, soft_wrap=True)

    def draw(self, fraction: float, *texts: tuple[str, str]) -> None:
        """Show the bar; ignored if it was drawn a moment ago.

        Parameters
        ----------
        fraction
            0 to 1.
        texts
            Descriptions and figures, the longest first: the first ones for which the terminal is wide enough are shown,
            otherwise the last ones with a description that is cut.
        """
        now = time.monotonic()
        if now - self._drawn < REDRAW_SECONDS and fraction < 1:
            return
        self._drawn = now
        # Rich would query the standard streams, which are discarded, and miss changes of the size.
        with suppress(OSError, ValueError):
            self._rich.width = os.get_terminal_size(self._out.fileno()).columns
        for description, figures in texts:
            room = self._rich.width - MIN_BAR_WIDTH - len(figures) - 2
            if len(description) <= room:
                break
        else:
            description = f"{description[: max(room - 1, 0)]}…"
        self._progress.start()
        self._progress.update(self._task, description=description, completed=fraction, visible=True, figures=figures)
        self._progress.refresh()

    def clear(self) -> None:
        """Hide the bar until it is drawn again, while lines are printed by `print_line`."""
        self._progress.update(self._task, visible=False)
        self._progress.refresh()

    def close(self) -> None:
        """Remove the bar until it is drawn again."""
        with suppress(OSError):  # the terminal may be closed
            self._progress.stop()


@contextmanager
def show_progress(console: Console) -> Iterator[Progress]:
    """Yield a function that shows progress on a terminal; it shows nothing elsewhere, or where JSON lines are printed.

    A line that the console prints removes the bar until progress is shown again.
    """
    if console.as_json or not console.is_terminal:
        yield lambda _what, _fraction: True
        return
    bar = ProgressBar(console)

    def show(what: str, fraction: float) -> bool:
        bar.draw(fraction, (plain_text(what), f"{fraction:.0%}"))
        return True

    console.before_print = bar.close
    try:
        yield show
    finally:
        console.before_print = None
        bar.close()
