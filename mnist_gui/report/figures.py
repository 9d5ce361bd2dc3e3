"""The comparison's figures as SVG: no colour alone says anything, nothing is fetched from anywhere.

Each takes a `Palette`: `PAGE` for a page whose style sheet has the colours, `LIGHT` or `DARK` for a picture.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.analysis.misclassifications import matrix
from mnist_gui.analysis.notebook_reference import notebook_history
from mnist_gui.analysis.summary_table import Row
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.report import svg
from mnist_gui.report.svg import PAGE, Palette, Plot, steps
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.runs.run import Run

# Of matplotlib's cividis (Nunez, Anderton and Renslow 2018), evenly apart: it reads alike to colour-blind people.
CIVIDIS = ((0, 34, 78), (67, 78, 108), (125, 124, 120), (188, 174, 108), (254, 232, 56))
WIDTH = 720.0
_NAMES = 226.0  # pixels for the names of runs on the left


def _ground(palette: Palette) -> str:
    """Return what a picture is painted on; a page has its own."""
    return "" if palette is PAGE else palette.surface


# -- errors


def errors_figure(rows: Sequence[Row], palette: Palette = PAGE) -> str:
    """Return errors in 10,000 as dots with their 95 % intervals, a line a compared run; hollow: the notebook's own."""
    high = max([1.0, *(row.error_interval.high for row in rows), *(_notebook_errors(row) or 0.0 for row in rows)])
    height = 34.0 * len(rows)
    plot = Plot(_NAMES, 34, WIDTH - _NAMES - 70, height, (0, 1.04 * high), (0, len(rows)), palette)
    plot.grid([(value, f"{value:,.0f}") for value in steps(0, 1.04 * high)], [], "Errors in 10,000 digits")
    for place, row in enumerate(rows):
        y, color = len(rows) - place - 0.5, palette.model(row.model)
        (left, middle), (right, _) = plot.place(row.error_interval.low, y), plot.place(row.error_interval.high, y)
        plot.content.append(svg.words(_NAMES - 10, middle + 4, svg.shortened(row.title), palette.text, anchor="end"))
        plot.content.append(svg.line((left, middle), (right, middle), color, 2))
        theirs = _notebook_errors(row)
        if theirs is not None:
            plot.mark(row.model, theirs, y, palette.muted, 4, hollow=palette.surface)
        plot.mark(row.model, row.errors_in_10_000, y, color, 5.5)
        said = f"{row.errors_in_10_000:.0f}"
        plot.content.append(svg.words(WIDTH - 20, middle + 4, said, palette.text, anchor="end", weight="600"))
    title = "Errors in 10,000 digits of each run, with 95 % intervals"
    return svg.picture(WIDTH, height + 60, plot.content, title, surface=_ground(palette))


def _notebook_errors(row: Row) -> float | None:
    found = row.notebook.test_accuracy if row.notebook else None
    return None if found is None else 10_000 * (1 - found)


# -- learning


def curves_figure(run: Run, history: Sequence[EpochMetrics], title: str, palette: Palette = PAGE) -> str:
    """Return a run's loss and accuracy over its epochs, the notebook's own dotted behind."""
    theirs = notebook_history()[run.model]
    epochs = max(1, len(theirs), *(each.epoch for each in history))
    judged = "test" if run.validation == "test" else "held-out frames"
    content: list[str] = []
    for place, (name, log) in enumerate((("Loss (logarithmic)", True), ("Accuracy", False))):
        lines = [[(each.epoch, _pair(each, log)) for each in epoch_lines] for epoch_lines in (history, theirs)]
        everything = [value for each in lines for _, pair in each for value in pair]
        low, high = min(everything), max(everything)
        up = (0.8 * low, 1.2 * high) if log else (max(0.0, low - 0.1 * (high - low)), 1.0)
        plot = Plot(48 + place * 360, 76, 286, 190, (1, epochs), up, palette, log)
        ticks = _log_ticks(up) if log else [(value, f"{100 * value:g} %") for value in steps(*up)]
        plot.grid([(value, f"{value:g}") for value in range(1, epochs + 1)], ticks, name, "epoch")
        for at in (0, 1):
            plot.curve([(epoch, pair[at]) for epoch, pair in lines[1]], palette.muted, 1.4, "1.5 3.5")
        for epoch, pair in lines[1]:
            plot.mark(run.model, epoch, pair[1], palette.muted, 2.6, hollow=palette.surface)
        color = palette.model(run.model)
        plot.curve([(epoch, pair[0]) for epoch, pair in lines[0]], color, 2)
        plot.curve([(epoch, pair[1]) for epoch, pair in lines[0]], color, 1.6, "6 4")
        for epoch, pair in lines[0]:
            plot.mark(run.model, epoch, pair[1], color, 3.5)
        content += plot.content
    content.append(svg.words(48, 18, title, palette.text, weight="600", size=13))
    content += _curve_key(run.model, judged, palette)
    return svg.picture(WIDTH, 306, content, f"Loss and accuracy of {title}", surface=_ground(palette))


def _pair(line: EpochMetrics, log: bool) -> tuple[float, float]:
    pair = (line.loss, line.val_loss) if log else (line.accuracy, line.val_accuracy)
    return pair if all(math.isfinite(value) for value in pair) else (1.0, 1.0)


def _log_ticks(up: tuple[float, float]) -> list[tuple[float, str]]:
    values = [base * 10.0**power for power in range(-6, 3) for base in (1, 2, 5)]
    return [(value, f"{value:g}") for value in values if up[0] <= value <= up[1]]


def _curve_key(model: int, judged: str, palette: Palette) -> list[str]:
    color, content, x = palette.model(model), [], 48.0
    for said, dash, marked, shade in (
        ("training", "none", False, color),
        (judged, "6 4", True, color),
        ("the notebook’s training", "1.5 3.5", False, palette.muted),
        ("the notebook’s test set", "1.5 3.5", True, palette.muted),
    ):
        content.append(svg.line((x, 34), (x + 30, 34), shade, 2, dash))
        if marked:
            inside = palette.surface if shade == palette.muted else ""
            content.append(svg.marker(model, x + 15, 34, shade, 3.2, hollow=inside))
        content.append(svg.words(x + 36, 38, said, palette.muted, size=11))
        x += 54 + 6.0 * len(said)
    return content


# -- confusion


def cividis(part: float) -> str:
    """Return the colour of a part of the scale, 0 to 1."""
    place = min(max(part, 0.0), 1.0) * (len(CIVIDIS) - 1)
    below = min(int(place), len(CIVIDIS) - 2)
    mixed = (a + (b - a) * (place - below) for a, b in zip(CIVIDIS[below], CIVIDIS[below + 1], strict=True))
    return "#" + "".join(f"{round(value):02x}" for value in mixed)


def matrix_figure(compared_run: ComparedRun, largest: int, palette: Palette = PAGE) -> str:
    """Return a confusion matrix: the diagonal muted, zeros blank, the rest on a scale that ends at `largest`.

    The scale is of square roots, so that a single mistake can be seen beside many.
    """
    counts = matrix(compared_run)
    cell, left, top = 26.0, 32.0, 58.0
    content = [
        svg.words(left, 16, svg.shortened(compared_run.title), palette.text, weight="600", size=13),
        svg.words(left, 34, f"{compared_run.errors:,} errors; across: read as", palette.muted, size=11),
    ]
    for digit in range(CLASSES):
        middle = (digit + 0.5) * cell
        content.append(svg.words(left + middle, top - 6, str(digit), palette.muted, anchor="middle"))
        content.append(svg.words(left - 10, top + middle + 4, str(digit), palette.muted, anchor="middle"))
    for true, read_as in np.ndindex(CLASSES, CLASSES):
        count, x, y = int(counts[true, read_as]), left + read_as * cell, top + true * cell
        shade, ink = "none", palette.muted
        if true != read_as and count:
            part = math.sqrt(min(count, largest) / largest)
            shade, ink = cividis(part), "#ffffff" if part < 0.55 else "#14171d"
        content.append(
            svg.element("rect", x=x, y=y, width=cell, height=cell, fill=shade, stroke=palette.grid, stroke_width=1)
        )
        if count:
            size = 9.0 if count > 999 else 10.5
            content.append(svg.words(x + cell / 2, y + cell / 2 + 4, str(count), ink, anchor="middle", size=size))
    side = left + CLASSES * cell + 6
    title = f"Confusion matrix of {compared_run.title}: rows are the true digits, columns what was read"
    return svg.picture(side, top + CLASSES * cell + 6, content, title, surface=_ground(palette))


# -- digits


def digit_uri(frame: NDArray[np.float32]) -> str:
    """Return a (28, 28) frame in [0, 1] as a PNG in a data address, white ink on black as the models see it."""
    file = io.BytesIO()
    Image.fromarray(np.rint(frame * 255).astype(np.uint8)).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
