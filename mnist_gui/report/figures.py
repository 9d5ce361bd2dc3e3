"""Figures of a comparison as SVG; they neither rely on colour alone nor refer to other files.

Each takes a `Palette`: `PAGE` for a page whose style sheet defines the colours, `LIGHT` or `DARK` for a picture. Some
take the marks of runs by title; a run without one has the mark of its model.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Mapping, Sequence
from operator import itemgetter
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnist_gui import wording
from mnist_gui.analysis import misclassifications
from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.analysis.notebook_reference import notebook_history
from mnist_gui.analysis.reliability import FEW, Reliability, coverage, mark_scale
from mnist_gui.analysis.robustness import RobustnessCurve
from mnist_gui.analysis.summary_table import Row
from mnist_gui.digits.corruptions import CORRUPTIONS, Corruption
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.metrics import wilson_interval
from mnist_gui.report import svg
from mnist_gui.report.svg import PAGE, SMALL_FONT_SIZE, Palette, Plot, ticks
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.runs.run import Run

# Nine evenly spaced colours of cividis (Nunez, Anderton and Renslow 2018) as the window has it, which looks alike to
# colour-blind people.
CIVIDIS = (
    (0, 32, 77), (5, 54, 110), (64, 77, 107), (96, 100, 111), (124, 123, 120), (155, 148, 119), (188, 175, 111),
    (224, 203, 93), (255, 234, 70),
)  # fmt: skip
DIAGONAL, DIAGONAL_TEXT, MATRIX_LINES = "#3a3f4a", "#a3abb8", "#1d3b62"
FAINT = 0.3  # opacity of marks that stand for few digits
KEY_STEPS = 24  # colours of the key
WIDTH = 720.0
NAME_WIDTH = 226.0  # pixels of the names of runs
LARGEST_REFUSED = 0.05  # the largest fraction of refused digits in the coverage figure
MAX_TICKS, MAX_MARKERS, MAX_POINTS = 12, 60, 400  # of a training curve
SMALLEST_LOG = 1e-12  # on a logarithmic axis
DOTTED, DASHED = "1.5 3.5", "6 4"


Marks = Mapping[str, int]
NO_MARKS: Marks = MappingProxyType({})


def _mark(marks: Marks, shown: Row | ComparedRun | Reliability | RobustnessCurve) -> int:
    return marks.get(shown.title, shown.model)


# -- errors


def errors_figure(rows: Sequence[Row], palette: Palette = PAGE, marks: Marks = NO_MARKS) -> str:
    """Return errors with their 95 % intervals, a line for each row; hollow: those of the notebook.

    They are those in 10,000 digits, or in percent where few were evaluated; see `Row.error_scale`.
    """
    in_percent = any(row.error_scale == 100 for row in rows)
    scale, name = (0.01, "Errors in percent") if in_percent else (1.0, "Errors in 10,000 digits")
    high = 1.04 * max(
        scale,
        *(scale * row.error_interval.high for row in rows),
        *(scale * (_notebook_errors(row) or 0) for row in rows),
    )
    height = 34.0 * len(rows)
    plot = Plot(NAME_WIDTH, 34, WIDTH - NAME_WIDTH - 70, height, (0, high), (0, len(rows)), palette)
    plot.grid([(value, f"{value:,g}") for value in ticks(0, high)], [], name)
    for index, row in enumerate(rows):
        y, mark = len(rows) - index - 0.5, _mark(marks, row)
        color = palette.mark(mark)
        interval, errors = row.error_interval, scale * row.errors_in_10_000
        start, end = (plot.to_pixels(scale * limit, y) for limit in (interval.low, interval.high))
        baseline = start[1] + 4
        plot.content.append(
            svg.text_element(NAME_WIDTH - 10, baseline, svg.shorten(row.title), palette.text, anchor="end")
        )
        plot.content.append(svg.line(start, end, color, 2))
        notebook = _notebook_errors(row)
        if notebook is not None:
            plot.marker(mark, scale * notebook, y, palette.muted, 4, hollow=palette.surface)
        plot.marker(mark, errors, y, color, 5.5)
        text = f"{errors:.1f} %" if in_percent else f"{errors:.0f}"
        plot.content.append(svg.text_element(WIDTH - 20, baseline, text, palette.text, anchor="end", weight="600"))
    title = f"{name} of each run, with 95 % intervals"
    return svg.document(WIDTH, height + 60, plot.content, title, palette)


def _notebook_errors(row: Row) -> float | None:
    accuracy = row.notebook.test_accuracy if row.notebook else None
    return None if accuracy is None else 10_000 * (1 - accuracy)


# -- training


def curves_figure(run: Run, history: Sequence[EpochMetrics], title: str, palette: Palette = PAGE, mark: int = 0) -> str:
    """Return a run's loss and accuracy over its epochs, with those of the notebook dotted."""
    notebook = notebook_history().get(run.model, ())
    epochs = max(1, len(notebook), *(line.epoch for line in history))
    mark = mark or run.model
    color = palette.mark(mark)
    content: list[str] = []
    for index, (name, log) in enumerate((("Loss (logarithmic)", True), ("Accuracy", False))):
        own, reference = ([(line.epoch, *_values(line, log)) for line in lines] for lines in (history, notebook))
        values = [value for _, *pair in (*own, *reference) for value in pair]
        low, high = min(values), max(values)
        y_range = (0.8 * low, 1.2 * high) if log else (max(0.0, low - 0.1 * (high - low)), 1.0)
        plot = Plot(48 + index * 360, 76, 286, 190, (1, epochs), y_range, palette, log)
        y_ticks = _log_ticks(*y_range) if log else [(value, f"{100 * value:g} %") for value in ticks(*y_range)]
        plot.grid([(epoch, f"{epoch:,}") for epoch in _epoch_ticks(epochs)], y_ticks, name, "epoch")
        plot.curve([(epoch, training) for epoch, training, _ in reference], palette.muted, 1.4, DOTTED)
        plot.curve([(epoch, validation) for epoch, _, validation in reference], palette.muted, 1.4, DOTTED)
        for epoch, _, validation in reference:
            plot.marker(mark, epoch, validation, palette.muted, 2.6, hollow=palette.surface)
        plot.curve(_decimated([(epoch, training) for epoch, training, _ in own]), color, 2)
        plot.curve(_decimated([(epoch, validation) for epoch, _, validation in own]), color, 1.6, DASHED)
        for epoch, _, validation in own[:: -(-len(own) // MAX_MARKERS)]:
            plot.marker(mark, epoch, validation, color, 3.5)
        content += plot.content
    content.append(svg.text_element(48, 18, title, palette.text, weight="600", size=13))
    content += _curves_legend(run, palette, mark)
    return svg.document(WIDTH, 306, content, f"Loss and accuracy of {title}", palette)


def _values(line: EpochMetrics, is_loss: bool) -> tuple[float, float]:
    """Return the training and the validation value of an epoch; 1 where they are not finite."""
    values = (line.loss, line.val_loss) if is_loss else (line.accuracy, line.val_accuracy)
    return values if all(math.isfinite(value) for value in values) else (1.0, 1.0)


def _epoch_ticks(epochs: int) -> list[int]:
    """Return whole numbers from 1 to the number of epochs, at most `MAX_TICKS`."""
    if epochs <= MAX_TICKS:
        return list(range(1, epochs + 1))
    return sorted({round(value) for value in ticks(0, epochs)} - {0})


def _decimated(points: Sequence[svg.Point]) -> list[svg.Point]:
    """Return at most `MAX_POINTS` points of a curve: the lowest and the highest of each stretch of epochs."""
    size = -(-2 * len(points) // MAX_POINTS)
    if size <= 2:
        return list(points)
    kept = []
    for start in range(0, len(points), size):
        stretch = points[start : start + size]
        kept += sorted({min(stretch, key=itemgetter(1)), max(stretch, key=itemgetter(1))})
    return kept


def _log_ticks(low: float, high: float) -> list[tuple[float, str]]:
    """Return 1, 2 and 5 times powers of ten between two values above 0; of many only powers, at most `MAX_TICKS`."""
    first, last = (math.floor(math.log10(max(value, SMALLEST_LOG))) for value in (low, high))
    values = [base * 10.0**power for power in range(first, last + 1) for base in (1, 2, 5)]
    values = [value for value in values if low <= value <= high]
    if len(values) > MAX_TICKS:
        powers = [10.0**power for power in range(first, last + 1) if low <= 10.0**power <= high]
        values = powers[:: -(-len(powers) // MAX_TICKS)]
    return [(value, f"{value:g}") for value in values]


def _curves_legend(run: Run, palette: Palette, mark: int) -> list[str]:
    content, x, color = [], 48.0, palette.mark(mark)
    validation = "test" if run.validation == "test" else "held-out frames"
    for text, dash, has_marker, shade, inside in (
        ("training", "none", False, color, ""),
        (validation, DASHED, True, color, ""),
        *(
            (
                ("the notebook’s training", DOTTED, False, palette.muted, ""),
                ("the notebook’s test set", DOTTED, True, palette.muted, palette.surface),
            )
            if run.model
            else ()
        ),
    ):
        content.append(svg.line((x, 34), (x + 30, 34), shade, 2, dash))
        if has_marker:
            content.append(svg.marker(mark, x + 15, 34, shade, 3.2, hollow=inside))
        content.append(svg.text_element(x + 36, 38, text, palette.muted, size=SMALL_FONT_SIZE))
        x += 54 + 6.0 * len(text)
    return content


# -- confusion matrix


def cividis(fraction: float) -> str:
    """Return the colour at a fraction of the scale, 0 to 1; values beyond are moved to its ends."""
    position = min(max(fraction, 0.0), 1.0) * (len(CIVIDIS) - 1)
    index = min(int(position), len(CIVIDIS) - 2)
    mixed = (a + (b - a) * (position - index) for a, b in zip(CIVIDIS[index], CIVIDIS[index + 1], strict=True))
    return "#" + "".join(f"{round(value):02x}" for value in mixed)


def matrix_figure(compared_run: ComparedRun, largest: int, palette: Palette = PAGE) -> str:
    """Return a confusion matrix, as in the window: the diagonal muted, zeros blank, the rest on a scale of colours.

    Parameters
    ----------
    largest
        The count at the end of the scale, see `confusion_level`.
    """
    counts = compared_run.confusion_matrix
    cell, left, top = 26.0, 32.0, 58.0
    summary = f"{compared_run.errors:,} errors; across: read as"
    content = [
        svg.text_element(left, 16, svg.shorten(compared_run.title), palette.text, weight="600", size=13),
        svg.text_element(left, 34, summary, palette.muted, size=SMALL_FONT_SIZE),
    ]
    for digit in range(CLASSES):
        middle = (digit + 0.5) * cell
        content.append(svg.text_element(left + middle, top - 6, str(digit), palette.muted, anchor="middle"))
        content.append(svg.text_element(left - 10, top + middle + 4, str(digit), palette.muted, anchor="middle"))
    for true, read_as in np.ndindex(CLASSES, CLASSES):
        count, x, y = int(counts[true, read_as]), left + read_as * cell, top + true * cell
        fill, ink = DIAGONAL, DIAGONAL_TEXT
        if true != read_as:
            fraction = misclassifications.confusion_level(count, largest)
            fill, ink = cividis(fraction), "#ffffff" if fraction < 0.55 else "#14171d"
        content.append(
            svg.element("rect", x=x, y=y, width=cell, height=cell, fill=fill, stroke=MATRIX_LINES, stroke_width=1)
        )
        if count:
            size = 9.0 if count > 999 else 10.5
            content.append(
                svg.text_element(x + cell / 2, y + cell / 2 + 4, str(count), ink, anchor="middle", size=size)
            )
    side = CLASSES * cell + 6
    content += _matrix_key(left, top + side + 8, largest, palette)
    title = f"Confusion matrix of {compared_run.title}: rows are the true digits, columns what was read"
    return svg.document(left + side, top + side + 28, content, title, palette)


def _matrix_key(left: float, top: float, largest: int, palette: Palette) -> list[str]:
    """Return a bar of the colours of a matrix, between "never" and the largest count."""
    step, start = 5.0, left + 40
    most = wording.plural(largest, "time")
    ends = (left, "never"), (start + KEY_STEPS * step + 8, most)
    content = [svg.text_element(x, top + 10, text, palette.muted, size=SMALL_FONT_SIZE) for x, text in ends]
    for index in range(KEY_STEPS):
        color = cividis(index / (KEY_STEPS - 1))
        content.append(svg.element("rect", x=start + index * step, y=top, width=step + 0.5, height=12, fill=color))
    return content


# -- confidence


def reliability_figure(found: Reliability, palette: Palette = PAGE, marks: Marks = NO_MARKS) -> str:
    """Return accuracy against confidence, with 95 % Wilson intervals; hollow: before calibration.

    On the dotted line confidence equals accuracy. The larger a mark, the more digits it stands for; those of few are
    faint.
    """
    mark, size = _mark(marks, found), 220.0
    color = palette.mark(mark)
    plot = Plot(46, 44, size, size, (0, 1), (0, 1), palette)
    percents = [(value, f"{100 * value:g}") for value in (0, 0.25, 0.5, 0.75, 1)]
    plot.grid(percents, percents, "", "how sure, %")
    plot.curve([(0, 0), (1, 1)], palette.muted, 1.4, DOTTED)
    filled = [
        [
            (int(bins.counts[bin]), float(bins.confidence[bin]), float(bins.accuracy[bin]))
            for bin in bins.counts.nonzero()[0]
        ]
        for bins in (found.bins, found.raw)
    ]
    for count, confidence, accuracy in filled[0]:
        interval = wilson_interval(round(accuracy * count), count)
        with plot.group(opacity=_opacity(count)):
            plot.error_bar(confidence, interval.low, interval.high, color)
    for count, confidence, accuracy in filled[1] if found.is_calibrated else ():
        with plot.group(opacity=_opacity(count)):
            radius = 3.5 * mark_scale(count)
            plot.marker(mark, confidence, accuracy, palette.muted, radius, hollow=palette.surface)
    for count, confidence, accuracy in filled[0]:
        with plot.group(opacity=_opacity(count)):
            plot.marker(mark, confidence, accuracy, color, 4 * mark_scale(count))
    plot.content.append(svg.text_element(46, 16, svg.shorten(found.title, 28), palette.text, weight="600"))
    plot.content.append(svg.text_element(46, 34, "how right, %", palette.muted, size=SMALL_FONT_SIZE))
    title = f"Reliability of {found.title}: share right against confidence"
    return svg.document(46 + size + 14, 44 + size + 42, plot.content, title, palette)


def _opacity(count: int) -> float:
    return FAINT if count < FEW else 1.0


def coverage_figure(
    compared_runs: Sequence[ComparedRun],
    palette: Palette = PAGE,
    marks: Marks = NO_MARKS,
) -> str:
    """Return the errors in 10,000 accepted answers against the fraction refused, the least confident first."""
    high = 1.05 * max([1.0, *(10_000 * run.errors / len(run.labels) for run in compared_runs)])
    plot = Plot(56, 40, WIDTH - 56 - 240, 240, (0, LARGEST_REFUSED), (0, high), palette)
    plot.grid(
        [(value, f"{100 * value:g} %") for value in ticks(0, LARGEST_REFUSED)],
        [(value, f"{value:,.0f}") for value in ticks(0, high)],
        "Errors in 10,000 answers given",
        "of the digits refused, the least sure first",
    )
    for index, run in enumerate(compared_runs):
        curve, mark = coverage(run), _mark(marks, run)
        color = palette.mark(mark)
        shown = curve.coverage >= 1 - LARGEST_REFUSED - 1e-12
        refused, errors = 1 - curve.coverage[shown][::-1], 10_000 * (1 - curve.accuracy[shown][::-1])
        points = list(zip(refused.tolist(), errors.tolist(), strict=True))
        points = points[:: max(1, len(points) // 200)]
        plot.curve(points, color, 1.8)
        for x, y in points[:: max(1, len(points) // 6)]:
            plot.marker(mark, x, y, color, 3.8)
        y, name = 52.0 + 20 * index, svg.shorten(run.title)
        plot.content.append(svg.marker(mark, WIDTH - 222, y, color, 4.5))
        plot.content.append(svg.text_element(WIDTH - 210, y + 4, name, palette.text, size=SMALL_FONT_SIZE))
    title = "Errors among the answers given, against the share refused"
    return svg.document(WIDTH, 330, plot.content, title, palette)


# -- robustness


def robustness_figure(
    curves: Sequence[RobustnessCurve],
    palette: Palette = PAGE,
    marks: Marks = NO_MARKS,
) -> str:
    """Return accuracy against severity with 95 % intervals, a small plot for each corruption."""
    names = list(dict.fromkeys(curve.corruption for curve in curves))
    columns, width, height = 3, 240.0, 190.0
    content, top = _robustness_legend(curves, palette, marks)
    for index, name in enumerate(names):
        corruption = CORRUPTIONS[name]
        shown = [curve for curve in curves if curve.corruption == name]
        row, column = divmod(index, columns)
        left, plot_top = column * width + 40, top + row * height + 26
        plot = Plot(left, plot_top, width - 54, height - 68, (-0.15, 5.15), (0, 1), palette)
        plot.grid(
            [(severity, _short_amount(corruption, amount)) for severity, amount in enumerate(shown[0].amounts)],
            [(value, f"{100 * value:g}") for value in (0, 0.5, 1)],
            f"{corruption.title}{_unit(corruption)}, % right",
        )
        for position, curve in enumerate(shown):
            mark, offset = _mark(marks, curve), (position - (len(shown) - 1) / 2) * 2.5
            color = palette.mark(mark)
            plot.curve(list(enumerate(curve.accuracies)), color)
            for severity, (accuracy, interval) in enumerate(zip(curve.accuracies, curve.intervals, strict=True)):
                plot.error_bar(severity, interval.low, interval.high, color, offset)
                plot.marker(mark, severity, accuracy, color, 2.8)
        content += plot.content
    rows = -(-len(names) // columns)
    title = "Accuracy against how much worse the digits were made"
    return svg.document(WIDTH, top + rows * height, content, title, palette)


def _short_amount(corruption: Corruption, amount: float) -> str:
    """Return an amount without sign, unit and trailing zeros, so that six fit below a small plot."""
    text = corruption.format_amount(amount).removesuffix(corruption.unit).lstrip("+")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _unit(corruption: Corruption) -> str:
    return f" in{corruption.unit}" if corruption.unit.startswith(" ") else f" {corruption.unit}".rstrip()


def _robustness_legend(curves: Sequence[RobustnessCurve], palette: Palette, marks: Marks) -> tuple[list[str], float]:
    """Return the legend, in as many lines as it needs, and its height in pixels."""
    content, x, y = [], 46.0, 12.0
    for title, mark in dict.fromkeys((curve.title, _mark(marks, curve)) for curve in curves):
        name = svg.shorten(title)
        width = 34 + 6.6 * len(name)
        if x + width > WIDTH:
            x, y = 46.0, y + 20
        content.append(svg.marker(mark, x, y, palette.mark(mark), 4.5))
        content.append(svg.text_element(x + 12, y + 4, name, palette.text, size=SMALL_FONT_SIZE))
        x += width
    return content, y + 22


# -- digits


def digit_uri(frame: NDArray[np.float32]) -> str:
    """Return a (28, 28) frame in [0, 1] as a PNG in a data URI, white ink on black as the models see it."""
    file = io.BytesIO()
    Image.fromarray(np.rint(frame * 255).astype(np.uint8)).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}"
