"""Figures of a study as SVG: the errors of its groups, their trainings, and errors over the number of frames."""

from __future__ import annotations

import math
from collections.abc import Sequence

from mnist_gui.report import svg
from mnist_gui.report.figures import DASHED, NAME_WIDTH, WIDTH
from mnist_gui.report.svg import PAGE, Palette, Plot, ticks
from mnist_gui.studies.results import LearningCurve, StudyResult
from mnist_gui.studies.training_curve import TrainingCurve

BAND_OPACITY = 0.2
DASHES = ("none", "6 4", "1.5 3.5", "8 3 2 3")  # of the groups of one model, in their order
MAX_EPOCH_TICKS = 12
FIT_POINTS = 40


def study_figures(result: StudyResult, palette: Palette = PAGE) -> dict[str, str]:
    """Return the figures of a study by the ends of their names: those for which there is something to show."""
    figures = {}
    if result.groups:
        figures["errors"] = study_errors_figure(result, palette)
    if result.trainings:
        figures["training"] = study_training_figure(result, palette)
    if result.curves:
        figures["frames"] = study_frames_figure(result.curves, palette)
    return figures


def study_errors_figure(result: StudyResult, palette: Palette = PAGE) -> str:
    """Return the mean errors of each group in 10,000 digits, with 95 % intervals and a dot for each seed."""
    groups = result.groups
    ends = [group.interval.high if group.interval else group.mean for group in groups]
    high = 1.04 * 10_000 * max(1e-4, *ends, *(group.error_rates.max() for group in groups))
    height = 38.0 * len(groups)
    plot = Plot(NAME_WIDTH, 34, WIDTH - NAME_WIDTH - 70, height, (0, high), (0, len(groups)), palette)
    plot.grid([(value, f"{value:,g}") for value in ticks(0, high)], [], "Errors in 10,000 digits; a dot is one seed")
    for index, group in enumerate(groups):
        y, color = len(groups) - index - 0.5, palette.mark(group.group.mark)
        x, pixel = plot.to_pixels(10_000 * group.mean, y)
        plot.content.append(
            svg.text_element(NAME_WIDTH - 10, pixel + 4, svg.shorten(group.group.title), palette.text, anchor="end")
        )
        if group.interval is not None:
            start, end = (plot.to_pixels(10_000 * limit, y) for limit in (group.interval.low, group.interval.high))
            plot.content.append(svg.line(start, end, color, 2))
        for rate in group.error_rates.tolist():
            column, _ = plot.to_pixels(10_000 * rate, y)
            dot = svg.element("circle", cx=column, cy=pixel + 10, r=2.4, fill=palette.surface, stroke=color)
            plot.content.append(dot)
        plot.content.append(svg.marker(group.group.mark, x, pixel, color, 5.5))
        text = f"{10_000 * group.mean:.0f}"
        plot.content.append(svg.text_element(WIDTH - 20, pixel + 4, text, palette.text, anchor="end", weight="600"))
    title = "Mean errors of each group, with 95 % intervals and a dot for each seed"
    return svg.document(WIDTH, height + 60, plot.content, title, palette)


def study_training_figure(result: StudyResult, palette: Palette = PAGE) -> str:
    """Return each group's mean validation accuracy after each epoch, in a band from the lowest to the highest seed."""
    models = {group.group.title: group.group.mark for group in result.groups}
    curves = result.trainings
    last = max(curve.epochs[-1] for curve in curves)
    low, high = min(min(curve.low) for curve in curves), max(max(curve.high) for curve in curves)
    room = 0.05 * (high - low) or 0.01
    top = 30.0 + 18 * len(curves) + 20
    plot = Plot(56, top, WIDTH - 90, 220, (1, max(last, 2)), (low - room, min(high + room, 1.0)), palette)
    step = -(-last // MAX_EPOCH_TICKS)
    plot.grid(
        [(epoch, str(epoch)) for epoch in range(step, last + 1, step)],
        [(value, f"{100 * value:.4g} %") for value in ticks(*plot.y_range)],
        "Validation accuracy after each epoch: mean, and band of all seeds",
        "epoch",
    )
    content: list[str] = []
    for index, (curve, dash) in enumerate(zip(curves, _dashes(curves, models), strict=True)):
        color = palette.mark(models[curve.title])
        plot.content.append(_band(plot, curve, color))
        plot.curve(list(zip(curve.epochs, curve.mean, strict=True)), color, 2, dash)
        if len(curve.epochs) == 1:
            plot.marker(models[curve.title], curve.epochs[0], curve.mean[0], color)
        y = 18.0 + 18 * index
        content.append(svg.line((56, y - 4), (86, y - 4), color, 2, dash))
        content.append(svg.marker(models[curve.title], 71, y - 4, color, 4))
        content.append(svg.text_element(96, y, svg.shorten(curve.title, 80), palette.text))
    return svg.document(
        WIDTH, top + 262, [*content, *plot.content], "Validation accuracy of each group after each epoch", palette
    )


def study_frames_figure(curves: Sequence[LearningCurve], palette: Palette = PAGE) -> str:
    """Return errors over the number of training frames with 95 % intervals, and the power laws that fit them."""
    frames = sorted({count for curve in curves for count in curve.frames})
    high = 1.05 * max(max(curve.high) for curve in curves)
    top = 50.0
    x_range = math.log10(frames[0]) - 0.1, math.log10(frames[-1]) + 0.1
    plot = Plot(56, top, WIDTH - 90, 220, x_range, (0, high), palette)
    plot.grid(
        [(math.log10(count), f"{count:,}") for count in frames],
        [(value, f"{100 * value:g} %") for value in ticks(0, high)],
        "Errors by the number of training frames; dashed: the power law that fits them",
        "training frames",
    )
    for index, curve in enumerate(curves):
        color, offset = palette.mark(curve.model), 3.0 * (index - (len(curves) - 1) / 2)
        low, end = math.log10(curve.frames[0]), math.log10(curve.frames[-1])
        places = [low + (end - low) * step / (FIT_POINTS - 1) for step in range(FIT_POINTS)]
        plot.curve([(place, curve(10**place)) for place in places], color, 1.4, DASHED)
        for count, rate, least, most in zip(curve.frames, curve.error_rates, curve.low, curve.high, strict=True):
            plot.error_bar(math.log10(count), least, most, color, offset)
            plot.marker(curve.model, math.log10(count), rate, color)
    return svg.document(WIDTH, top + 262, plot.content, "Errors by the number of training frames", palette)


def _dashes(curves: Sequence[TrainingCurve], models: dict[str, int]) -> list[str]:
    counts: dict[int, int] = {}
    dashes = []
    for curve in curves:
        index = counts[models[curve.title]] = counts.get(models[curve.title], -1) + 1
        dashes.append(DASHES[index % len(DASHES)])
    return dashes


def _band(plot: Plot, curve: TrainingCurve, color: str) -> str:
    upper = [plot.to_pixels(*point) for point in zip(curve.epochs, curve.high, strict=True)]
    lower = [plot.to_pixels(*point) for point in zip(curve.epochs, curve.low, strict=True)]
    points = " ".join(f"{svg.format_number(x)},{svg.format_number(y)}" for x, y in (*upper, *lower[::-1]))
    return svg.element("polygon", points=points, fill=color, fill_opacity=BAND_OPACITY)
