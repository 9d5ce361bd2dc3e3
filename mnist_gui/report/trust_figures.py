"""Figures of how far answers can be trusted: reliability, coverage, robustness. See `mnist_gui.report.figures`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.analysis.reliability import Reliability, coverage
from mnist_gui.analysis.robustness import RobustnessCurve
from mnist_gui.digits.corruptions import CORRUPTIONS, Corruption
from mnist_gui.metrics import wilson_interval
from mnist_gui.report import svg
from mnist_gui.report.svg import PAGE, Palette, Plot, steps

WIDTH = 720.0
_REFUSED = 0.05  # the largest share refused that is drawn


def _ground(palette: Palette) -> str:
    return "" if palette is PAGE else palette.surface


def reliability_figure(found: Reliability, palette: Palette = PAGE) -> str:
    """Return how right answers were against how sure they were; hollow: before calibration.

    On the dotted line confidence would mean just what it says. Bars are 95 % Wilson intervals; the digit count of
    each bin is below.
    """
    color, size = palette.model(found.model), 220.0
    plot = Plot(46, 44, size, size, (0, 1), (0, 1), palette)
    shares = [(value, f"{100 * value:g}") for value in (0, 0.25, 0.5, 0.75, 1)]
    plot.grid(shares, shares, "", "how sure, %")
    plot.curve([(0, 0), (1, 1)], palette.muted, 1.4, "1.5 3.5")
    for place in np.flatnonzero(found.bins.counts):
        count, x, y = (
            int(found.bins.counts[place]),
            *(float(each[place]) for each in (found.bins.confidence, found.bins.accuracy)),
        )
        interval = wilson_interval(round(y * count), count)
        plot.upright(x, interval.low, interval.high, color)
    if found.is_calibrated:
        for place in np.flatnonzero(found.raw.counts):
            x, y = float(found.raw.confidence[place]), float(found.raw.accuracy[place])
            plot.mark(found.model, x, y, palette.muted, 3.5, hollow=palette.surface)
    for place in np.flatnonzero(found.bins.counts):
        plot.mark(found.model, float(found.bins.confidence[place]), float(found.bins.accuracy[place]), color, 4)
    plot.content.append(svg.words(46, 16, svg.shortened(found.title, 28), palette.text, weight="600"))
    plot.content.append(svg.words(46, 34, "how right, %", palette.muted, size=11))
    title = f"Reliability of {found.title}: share right against confidence"
    return svg.picture(46 + size + 14, 44 + size + 42, plot.content, title, surface=_ground(palette))


def coverage_figure(compared_runs: Sequence[ComparedRun], palette: Palette = PAGE) -> str:
    """Return the errors left in 10,000 answers against the share of answers that is refused, the least sure first."""
    curves = [(each, coverage(each)) for each in compared_runs]
    high = max([1.0, *(10_000 * each.errors / len(each.labels) for each in compared_runs)])
    plot = Plot(56, 40, WIDTH - 56 - 240, 240, (0, _REFUSED), (0, 1.05 * high), palette)
    across = [(value, f"{100 * value:g} %") for value in steps(0, _REFUSED)]
    plot.grid(across, [(value, f"{value:,.0f}") for value in steps(0, 1.05 * high)],
              "Errors in 10,000 answers given", "of the digits refused, the least sure first")  # fmt: skip
    for place, (each, curve) in enumerate(curves):
        shown = curve.coverage >= 1 - _REFUSED - 1e-12
        points = [
            (1 - float(covered), 10_000 * (1 - float(right)))
            for covered, right in zip(curve.coverage[shown][::-1], curve.accuracy[shown][::-1], strict=True)
        ]
        points = points[:: max(1, len(points) // 200)]
        color = palette.model(each.model)
        plot.curve(points, color, 1.8)
        for x, y in points[:: max(1, len(points) // 6)]:
            plot.mark(each.model, x, y, color, 3.8)
        y = 52.0 + 20 * place
        plot.content.append(svg.marker(each.model, WIDTH - 222, y, color, 4.5))
        plot.content.append(svg.words(WIDTH - 210, y + 4, svg.shortened(each.title), palette.text, size=11))
    title = "Errors among the answers given, against the share refused"
    return svg.picture(WIDTH, 330, plot.content, title, surface=_ground(palette))


def robustness_figure(curves: Sequence[RobustnessCurve], palette: Palette = PAGE) -> str:
    """Return accuracy against severity, a small plot for each corruption, bars the 95 % intervals."""
    names = list(dict.fromkeys(curve.corruption for curve in curves))
    columns, wide, high = 3, 240.0, 190.0
    content, top = _robustness_key(curves, palette)
    for place, name in enumerate(names):
        corruption = CORRUPTIONS[name]
        mine = [curve for curve in curves if curve.corruption == name]
        row, column = divmod(place, columns)
        plot = Plot(column * wide + 40, top + row * high + 26, wide - 54, high - 68, (-0.15, 5.15), (0, 1), palette)
        across = [(float(at), _short(corruption, amount)) for at, amount in enumerate(mine[0].amounts)]
        plot.grid(
            across,
            [(value, f"{100 * value:g}") for value in (0, 0.5, 1)],
            f"{corruption.title}{_unit(corruption)}, % right",
        )
        for number, curve in enumerate(mine):
            color, moved = palette.model(curve.model), (number - (len(mine) - 1) / 2) * 2.5
            plot.curve([(float(at), share) for at, share in enumerate(curve.accuracies)], color)
            for at, (share, interval) in enumerate(zip(curve.accuracies, curve.intervals, strict=True)):
                plot.upright(float(at), interval.low, interval.high, color, moved)
                plot.mark(curve.model, float(at), share, color, 2.8)
        content += plot.content
    rows = -(-len(names) // columns)
    title = "Accuracy against how much worse the digits were made"
    return svg.picture(WIDTH, top + rows * high, content, title, surface=_ground(palette))


def _short(corruption: Corruption, amount: float) -> str:
    """Return an amount as briefly as it can be said, so that six fit below a small plot."""
    said = corruption.format_amount(amount).removesuffix(corruption.unit).lstrip("+")
    return said.rstrip("0").rstrip(".") if "." in said else said


def _unit(corruption: Corruption) -> str:
    """Return what a plot's amounts are counted in."""
    return f" in{corruption.unit}" if corruption.unit.startswith(" ") else f" {corruption.unit}".rstrip()


def _robustness_key(curves: Sequence[RobustnessCurve], palette: Palette) -> tuple[list[str], float]:
    """Return whose mark is whose, in as many rows as that takes, and where these end."""
    content, x, y = [], 46.0, 12.0
    for title, model in dict.fromkeys((curve.title, curve.model) for curve in curves):
        said = svg.shortened(title)
        wide = 34 + 6.6 * len(said)
        if x + wide > WIDTH:
            x, y = 46.0, y + 20
        content.append(svg.marker(model, x, y, palette.model(model), 4.5))
        content.append(svg.words(x + 12, y + 4, said, palette.text, size=11))
        x += wide
    return content, y + 22
