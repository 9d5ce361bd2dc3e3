"""What the plots of the Studies page show of a result."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_gui.analysis.significance import MIN_DIGITS
from mnist_gui.gui.compare.interval_plot import Line
from mnist_gui.gui.compare.result.error_rate_plot import ErrorRate
from mnist_gui.gui.theme import MARKERS
from mnist_gui.gui.widgets.curve_layer import Floats
from mnist_gui.gui.widgets.model_marker import VARIANTS
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.studies.plan import OWN_MARK, Group
from mnist_gui.studies.results import GroupResult, LearningCurve
from mnist_gui.studies.training_curve import TrainingCurve
from mnist_gui.wording import plain_text

FIT_POINTS = 40


def group_markers(groups: Sequence[Group]) -> dict[str, RunMarker]:
    """Return the marker of each group of a study by its title, and likewise of the groups of each learning curve.

    More groups of a network than there are variants of its mark get the marks that no network of the study has.
    """
    markers: dict[str, RunMarker] = {}
    own = {group.mark for group in groups}
    spare = [mark for mark in range(OWN_MARK, len(MARKERS) + 1) if mark not in own]
    for titled in ([group.without("frames") for group in groups], groups):
        taken: set[tuple[int, int]] = set()
        for group in titled:
            if group.title not in markers or titled is groups:
                possible = ((mark, variant) for mark in (group.mark, *spare) for variant in range(VARIANTS))
                mark = next((mark for mark in possible if mark not in taken), (group.mark, 0))
                taken.add(mark)
                markers[group.title] = RunMarker(plain_text(group.title), *mark)
    return markers


def error_rate(marker: RunMarker, group: GroupResult) -> ErrorRate:
    """Return the mean error rate of a group with its interval, its spread, and the rate of each seed."""
    in_percent = group.errors.shape[1] < MIN_DIGITS
    scale, decimals = (100, 1) if in_percent else (10_000, 0)
    mean = scale * group.mean
    dots = tuple((scale * group.error_rates).tolist())
    if group.interval is None or group.spread is None:
        return ErrorRate(marker, mean, mean, mean, in_percent, f"{mean:,.{decimals}f}  (one seed)", dots)
    low, high = scale * group.interval.low, scale * group.interval.high
    figures = (
        f"{mean:,.{decimals}f} ± {scale * group.spread:,.{decimals}f}  ({low:,.{decimals}f} to {high:,.{decimals}f})"
    )
    return ErrorRate(marker, mean, low, high, in_percent, figures, dots)


def training_line(marker: RunMarker, curve: TrainingCurve) -> Line:
    """Return the curve of a group's trainings in percent, over the epochs."""
    mean, low, high = (100 * np.array(values) for values in (curve.mean, curve.low, curve.high))
    return Line(marker, np.array(curve.epochs, float), mean, low, high, marks=len(curve.epochs) < 2, is_band=True)


def learning_line(marker: RunMarker, curve: LearningCurve) -> tuple[Line, tuple[Floats, Floats]]:
    """Return the points of a learning curve and its fit: percent of errors over the logarithm to base 10 of frames."""
    x = np.log10(np.array(curve.frames, float))
    rates, low, high = (100 * np.array(values) for values in (curve.error_rates, curve.low, curve.high))
    fit_x = np.linspace(x[0], x[-1], FIT_POINTS)
    fit_y = np.array([100 * curve(frames) for frames in 10**fit_x])
    return Line(marker, x, rates, low, high, joined=False), (fit_x, fit_y)


def logarithmic_axis(frames: Sequence[int]) -> tuple[tuple[float, float], dict[float, str]]:
    """Return the range of an axis of frames, and its texts by their places."""
    places = {float(np.log10(count)): f"{count:,}" for count in sorted(set(frames))}
    room = 0.05 * (max(places) - min(places) or 1.0)
    return (min(places) - room, max(places) + room), places
