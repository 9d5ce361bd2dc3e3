"""Plot of one line a run, with intervals: accuracy against severity, confidence, coverage or digit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolTip

from mnist_gui.analysis.reliability import FEW, mark_scale
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.curve_layer import Curve, Floats
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.gui.widgets.plot_view import PlotView, stepped
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.wording import percent_number, plural

DOT = 8.0  # pixels across
FAINT = 0.25  # opacity of points that stand for few digits
TOOLTIP_MS = 3_600_000  # it is hidden when the pointer leaves, not by time
KEYS_HELP = "Left and right arrows tell the figures."


@dataclass(frozen=True, eq=False)
class Line:
    """The values of one run.

    Attributes
    ----------
    x, y
        float64 (n,), x rising.
    low, high
        Bounds of the intervals, or None.
    marks
        Whether its points have marks.
    joined
        Whether a line joins the points.
    counts
        int64 (n,): number of digits that each point stands for, which its size shows; points of fewer than `FEW` are
        faint. None shows all points alike.
    is_band
        Whether the intervals are shown as a band instead of a bar at each point.
    """

    marker: RunMarker
    x: Floats
    y: Floats
    low: Floats | None = None
    high: Floats | None = None
    marks: bool = True
    joined: bool = True
    counts: NDArray[np.int64] | None = None
    is_band: bool = False

    @property
    def is_faint(self) -> NDArray[np.bool_]:
        """Which points stand for few digits."""
        return np.zeros(len(self.x), bool) if self.counts is None else self.counts < FEW


class IntervalPlot(PlotView):
    """Shows the values at an x in a tooltip when the user points there, with the mouse or the arrow keys.

    Parameters
    ----------
    min_lines
        Least height, in lines of text.
    name
        Accessible name.
    x_name, x_unit
        Written before and after each x in the tooltip.
    decimals
        Number of decimals of the values in the tooltip.
    dodge
        Horizontal distance at which lines are drawn beside each other, to tell intervals at one x apart.
    """

    min_width = 11
    widest_number = "100.0"

    def __init__(
        self, min_lines: int, name: str, *, x_name: str = "", x_unit: str = "", decimals: int = 1, dodge: float = 0.0
    ) -> None:
        super().__init__(min_lines, focusable=True)
        self._lines: Sequence[Line] = ()
        self._x_name, self._x_unit, self._decimals = x_name, x_unit, decimals
        self._dodge = dodge
        self._x_labels: Mapping[float, str] = {}
        self._references: Sequence[tuple[Floats, Floats]] = ()
        self._x: float | None = None  # where the user points
        self._y_range: tuple[float, float] | None = None
        self.setAccessibleName(name)
        self.pointed.connect(self._point)
        self.key_pressed.connect(self._step)
        self.pointing_ended.connect(self._stop)
        self.restyled.connect(self._draw)
        self._draw()

    def set_axes(
        self, x_range: tuple[float, float], labels: Mapping[float, str], y_range: tuple[float, float] | None = None
    ) -> None:
        """Choose the ranges and the texts below; without a y range the plot fits the lines."""
        self._x_labels = labels
        self._y_range = y_range
        self.setXRange(*x_range, padding=0)
        self.set_labels(labels)
        if y_range is not None:
            self.forget_range()
            self.fit(np.array(y_range))

    def set_references(self, lines: Sequence[tuple[Floats, Floats]]) -> None:
        """Draw dashed lines behind the others, by their x and y, such as where confidence equals accuracy."""
        self._references = lines
        self._draw()

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Replace the lines."""
        self._lines = lines
        if lines and self._y_range is None:
            ends = [values for line in lines for values in (line.y, line.low, line.high) if values is not None]
            self.forget_range()
            self.fit(np.concatenate(ends))
        self._stop()
        self._draw()

    def text_at(self, x: float) -> str:
        """Return the values at the nearest x that has some."""
        known = self._known_x()
        if not len(known):
            return ""
        nearest = float(known[np.abs(known - x).argmin()])
        rows = [f"{self._x_name} {self._x_labels.get(nearest, f'{nearest:g}')}{self._x_unit}".strip()]
        for line in self._lines:
            at = np.flatnonzero(np.isclose(line.x, nearest))
            if len(at) and np.isfinite(line.y[at[0]]):
                text = f"{line.marker.name}: {percent_number(line.y[at[0]] / 100, self._decimals)} %"
                if line.low is not None and line.high is not None:
                    ends = (
                        percent_number(float(bound[at[0]]) / 100, self._decimals) for bound in (line.low, line.high)
                    )
                    text += f" ({' to '.join(ends)})"
                if line.counts is not None:
                    text += f", {plural(int(line.counts[at[0]]), 'digit')}"
                rows.append(text)
        return "\n".join(rows)

    # -- inside

    def _known_x(self) -> Floats:
        return np.unique(np.concatenate([line.x for line in self._lines])) if self._lines else np.empty(0)

    def _draw(self) -> None:
        colors = colors_of(self)
        curves = [Curve(x, y, QColor(colors.muted), 1, Qt.PenStyle.DashLine) for x, y in self._references]
        for index, line in enumerate(self._lines):
            color = colors.mark(line.marker.mark)
            dodged = line.x + self._dodge * (index - (len(self._lines) - 1) / 2)
            if line.low is not None and line.high is not None and line.is_band:
                curves.append(Curve(dodged, line.low, _faded(color, FAINT), 0, top=line.high))
            elif line.low is not None and line.high is not None:
                for x, low, high, is_faint in zip(dodged, line.low, line.high, line.is_faint, strict=True):
                    interval_color = _faded(color, FAINT if is_faint else 0.55)
                    curves.append(Curve(np.array([x, x]), np.array([low, high]), interval_color, 1.5))
            curves += (
                _weighted_curves(line, dodged, color) if line.counts is not None else [_curve(line, dodged, color)]
            )
        self.rest.set_curves(curves)
        self.setAccessibleDescription(f"{len(self._lines)} lines. {KEYS_HELP}" if self._lines else "nothing yet")

    def _point(self, x: float, _y: float) -> None:
        self._show_values(x, self.cursor().pos() + QPoint(14, 14))

    def _step(self, key: int) -> None:
        known = self._known_x()
        if not len(known):
            return
        index = -1 if self._x is None else int(np.abs(known - self._x).argmin())
        x = float(known[stepped(key, index, 0, len(known) - 1)])
        column = self.mapFromScene(self.getViewBox().mapViewToScene(QPointF(x, 0))).x()
        self._show_values(x, self.mapToGlobal(QPoint(column + 14, 20)))

    def _show_values(self, x: float, position: QPoint) -> None:
        known = self._known_x()
        if not len(known):
            return
        self._x = float(known[np.abs(known - x).argmin()])
        self.line.setPen(pg.mkPen(colors_of(self).muted, width=1))
        self.line.setPos(self._x)
        self.line.show()
        text = self.text_at(self._x)
        self.setAccessibleDescription(f"{text.replace(chr(10), '; ')}. {KEYS_HELP}")
        QToolTip.showText(position, tool_tip(text), self, QRect(), TOOLTIP_MS)

    def _stop(self) -> None:
        if self._x is not None:
            self._x = None
            self.line.hide()
            QToolTip.hideText()


def _curve(line: Line, x: Floats, color: QColor) -> Curve:
    symbol = line.marker.symbol if line.marks else ""
    return Curve(x, line.y, color, 2 if line.joined else 0, line.marker.line, symbol, DOT, line.marker.variant)


def _weighted_curves(line: Line, x: Floats, color: QColor) -> list[Curve]:
    """Return a faint line through all points, a strong one where they stand for many digits, and marks by number."""
    faint, marker = _faded(color, FAINT), line.marker
    assert line.counts is not None
    curves = [Curve(x, line.y, faint, 2, marker.line)]
    bounds = np.flatnonzero(np.diff(np.r_[True, line.is_faint, True]))  # of the stretches of strong points
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        curves.append(Curve(x[start:end], line.y[start:end], color, 2, marker.line))
    for index, (count, is_faint) in enumerate(zip(line.counts.tolist(), line.is_faint, strict=True)):
        place, size = slice(index, index + 1), DOT * mark_scale(count)
        point_color = faint if is_faint else color
        curves.append(
            Curve(x[place], line.y[place], point_color, 0, marker=marker.symbol, size=size, variant=marker.variant)
        )
    return curves


def _faded(color: QColor, opacity: float) -> QColor:
    faded = QColor(color)
    faded.setAlphaF(opacity)
    return faded
