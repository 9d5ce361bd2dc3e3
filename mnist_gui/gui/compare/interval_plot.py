"""Lines of figures with their intervals, one for each run: against severity, confidence, coverage or digit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPoint, QPointF, QSize, Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QToolTip

from mnist_gui.gui.compare.run_marker import RunMarker
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.curve_layer import Curve, Floats
from mnist_gui.gui.widgets.plot_view import PlotView
from mnist_gui.wording import percent_number

DOT = 8.0  # pixels across
LEAST_WIDTH = 11  # lines' heights
KEYS_HELP = "Left and right arrows tell the figures."


@dataclass(frozen=True, eq=False)
class Line:
    """One run's figures.

    Attributes
    ----------
    x, y
        float64 (n,), x rising.
    low, high
        Bounds of the intervals, or None.
    marks
        Whether its points have marks.
    joined
        Whether a line goes through them.
    """

    marker: RunMarker
    x: Floats
    y: Floats
    low: Floats | None = None
    high: Floats | None = None
    marks: bool = True
    joined: bool = True


class IntervalPlot(PlotView):
    """Tells the figures at a place when pointed at, by mouse or arrow keys.

    Parameters
    ----------
    least_lines
        Of text: how low it may become.
    name
        What it shows, for a screen reader.
    x_name
        What stands below, said before each place.
    decimals
        Of the figures told.
    dodge
        By how much lines are drawn beside each other, so that intervals at one place can be told apart.
    """

    _made = False  # pyqtgraph sends events before all is

    def __init__(self, least_lines: int, name: str, *, x_name: str = "", decimals: int = 1, dodge: float = 0.0) -> None:
        super().__init__(least_lines, focusable=True)
        self._lines: Sequence[Line] = ()
        self._x_name, self._decimals = x_name, decimals
        self._dodge = dodge
        self._ticks: Mapping[float, str] = {}
        self._reference: tuple[Floats, Floats] | None = None
        self._at: float | None = None
        self._y_range: tuple[float, float] | None = None
        self.setAccessibleName(name)
        self.pointed.connect(self._point)
        self.key_pressed.connect(self._step)
        self.left.connect(self._stop)
        self._made = True
        self._apply_theme()

    def set_axes(
        self, x_range: tuple[float, float], ticks: Mapping[float, str], y_range: tuple[float, float] | None = None
    ) -> None:
        """Choose what is seen: from where to where, and what is written below; None fits the figures."""
        self._ticks = ticks
        self._y_range = y_range
        self.setXRange(*x_range, padding=0)
        self._write_ticks()
        if y_range is not None:
            self.forget_range()
            self.fit(np.array(y_range))

    def set_reference(self, x: Floats, y: Floats) -> None:
        """Draw a dashed line behind the figures, such as where confidence and accuracy agree."""
        self._reference = x, y
        self._draw()

    def set_lines(self, lines: Sequence[Line]) -> None:
        """Show these."""
        self._lines = lines
        if lines and self._y_range is None:
            ends = [values for line in lines for values in (line.y, line.low, line.high) if values is not None]
            self.forget_range()
            self.fit(np.concatenate(ends))
        self._stop()
        self._draw()

    def text_at(self, x: float) -> str:
        """Return the figures at the nearest place that has some."""
        places = self._places()
        if not len(places):
            return ""
        nearest = float(places[np.abs(places - x).argmin()])
        head = f"{self._x_name} {self._ticks.get(nearest, f'{nearest:g}')}".strip()
        rows = [head]
        for line in self._lines:
            at = np.flatnonzero(np.isclose(line.x, nearest))
            if len(at) and np.isfinite(line.y[at[0]]):
                figure = f"{line.marker.name}: {percent_number(line.y[at[0]] / 100, self._decimals)} %"
                if line.low is not None and line.high is not None:
                    ends = (
                        percent_number(float(bound[at[0]]) / 100, self._decimals) for bound in (line.low, line.high)
                    )
                    figure += f" ({' to '.join(ends)})"
                rows.append(figure)
        return "\n".join(rows)

    # -- inside

    def _places(self) -> Floats:
        return np.unique(np.concatenate([line.x for line in self._lines])) if self._lines else np.empty(0)

    def _draw(self) -> None:
        colors = colors_of(self)
        curves = []
        if self._reference is not None:
            curves.append(Curve(*self._reference, QColor(colors.muted), 1, Qt.PenStyle.DashLine))
        for place, line in enumerate(self._lines):
            color = colors.model(line.marker.model)
            beside = line.x + self._dodge * (place - (len(self._lines) - 1) / 2)
            if line.low is not None and line.high is not None:
                faint = QColor(color)
                faint.setAlphaF(0.55)
                for x, low, high in zip(beside, line.low, line.high, strict=True):
                    curves.append(Curve(np.array([x, x]), np.array([low, high]), faint, 1.5))
            symbol = line.marker.symbol if line.marks else ""
            width = 2 if line.joined else 0
            curves.append(
                Curve(beside, line.y, color, width, line.marker.line, symbol, DOT, filled=not line.marker.variant)
            )
        self.rest.set_curves(curves)
        said = f"{len(self._lines)} lines. {KEYS_HELP}" if self._lines else "nothing yet"
        self.setAccessibleDescription(said)

    def _point(self, x: float, _y: float) -> None:
        self._tell(x, self.cursor().pos() + QPoint(14, 14))

    def _step(self, key: int) -> None:
        places = self._places()
        if not len(places):
            return
        now = 0 if self._at is None else int(np.abs(places - self._at).argmin())
        moved = {
            int(Qt.Key.Key_Left): now - 1,
            int(Qt.Key.Key_Right): now + (self._at is not None),
            int(Qt.Key.Key_Home): 0,
            int(Qt.Key.Key_End): len(places) - 1,
        }
        place = float(places[min(max(moved.get(key, now), 0), len(places) - 1)])
        scene = self.getViewBox().mapViewToScene(QPointF(place, 0))
        column = self.mapFromScene(scene).x()
        self._tell(place, self.mapToGlobal(QPoint(column + 14, 20)))

    def _tell(self, x: float, beside: QPoint) -> None:
        places = self._places()
        if not len(places):
            return
        self._at = float(places[np.abs(places - x).argmin()])
        self.line.setPen(pg.mkPen(colors_of(self).muted, width=1))
        self.line.setPos(self._at)
        self.line.show()
        text = self.text_at(self._at)
        self.setAccessibleDescription(f"{text.replace(chr(10), '; ')}. {KEYS_HELP}")
        QToolTip.showText(beside, text, self)

    def _stop(self) -> None:
        if self._at is not None:
            self._at = None
            self.line.hide()
            QToolTip.hideText()

    def _write_ticks(self) -> None:
        """Write what has room below the plot: all, or every other one."""
        ticks = list(self._ticks.items())
        if not ticks:
            return
        widest = max(self.fontMetrics().horizontalAdvance(word) for _, word in ticks)
        room = max(int(self.getViewBox().width() / (1.3 * widest + 4)), 2)
        step = -(-len(ticks) // room)
        shown = ticks[::step]
        axis = self.getAxis("bottom")
        axis.setTicks([shown])
        axis.setStyle(hideOverlappingLabels=widest)
        self.getPlotItem().layout.setContentsMargins(2, 6, widest // 2 + 2, 2)

    def _apply_theme(self) -> None:
        colors = colors_of(self)
        self.setBackground(None)  # that of what it lies on
        for side in ("left", "bottom"):
            axis = self.getAxis(side)
            axis.setPen(pg.mkPen(colors.border))
            axis.setTextPen(pg.mkPen(colors.muted))
            axis.setTickFont(self.font())
        self.getAxis("left").setWidth(self.fontMetrics().horizontalAdvance("100.0") + 10)
        self.getAxis("bottom").setHeight(self.fontMetrics().height() + 8)
        self.updateGeometry()
        self._write_ticks()
        self._draw()

    # -- Qt

    def sizeHint(self) -> QSize:
        """Follow the font; it may become narrower than other plots."""
        return QSize(LEAST_WIDTH * self.fontMetrics().height(), super().sizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        super().changeEvent(event)
        if self._made and event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._apply_theme()

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Write as much below as there is room for; pyqtgraph calls this before all is made."""
        super().resizeEvent(event)
        if self._made:
            self._write_ticks()
