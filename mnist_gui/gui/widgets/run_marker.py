"""The marker of a run: its name and a mark, which distinguish it in every table, plot and gallery."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from threading import Lock
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.theme import MARKERS, Colors, colors_of
from mnist_gui.gui.widgets.model_marker import OUTLINE, VARIANTS, model_shape, paint_variant

TOGETHER = 0  # the model number of an ensemble
LINES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
LETTERS = ("◆◇◈⬖", "●○◉◐", "■□▣◧", "▲△◬◭")  # of each model, `TOGETHER` first
GAP = 18  # pixels between the entries of a legend


class RunMarker(NamedTuple):
    """How a run, or an ensemble of runs, is shown.

    Attributes
    ----------
    name
        Title of the run.
    model
        1, 2 or 3; `TOGETHER` for an ensemble.
    variant
        Among the runs of the same model: 0 has a filled mark and a solid line; others have an outline that is empty,
        has a dot, or is half filled, and a broken line.
    """

    name: str
    model: int
    variant: int = 0

    @property
    def symbol(self) -> str:
        """The mark, as pyqtgraph calls it."""
        return MARKERS[self.model - 1] if self.model else "d"

    @property
    def text(self) -> str:
        """The mark as a letter."""
        return LETTERS[self.model][self.variant % VARIANTS]

    @property
    def line(self) -> Qt.PenStyle:
        """The style of its lines."""
        return LINES[self.variant % len(LINES)]


class RunMarks:
    """Chooses the variants of runs. A run keeps its own while the window lives, whatever is shown beside it.

    Where two runs of a model that were never shown together have the same one, the second of them gets another.
    Threads may share it.
    """

    def __init__(self) -> None:
        self._variants: dict[tuple[int, str], int] = {}
        self._lock = Lock()

    def choose(self, runs: Sequence[tuple[int, str]]) -> list[int]:
        """Return the variants of runs that are shown together, each given by its model and name."""
        with self._lock:
            chosen: dict[tuple[int, str], int] = {}
            taken: dict[int, set[int]] = {model: set() for model, _ in runs}
            known = [run for run in runs if run in self._variants]
            for run in known:
                if self._variants[run] not in taken[run[0]]:
                    chosen[run] = self._variants[run]
                    taken[run[0]].add(chosen[run])
            for run in (*known, *runs):
                if run not in chosen:
                    chosen[run] = next(number for number in count() if number not in taken[run[0]])
                    taken[run[0]].add(chosen[run])
            self._variants.update(chosen)
            return [chosen[run] for run in runs]


def paint_marker(painter: QPainter, marker: RunMarker, centre: QPointF, side: float, colors: Colors) -> None:
    """Paint a run's mark, `side` pixels wide; pen and brush of the painter are restored."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = model_shape(marker.model, centre, side - OUTLINE * bool(marker.variant % VARIANTS))
    paint_variant(painter, shape, colors.model(marker.model), marker.variant)
    painter.restore()


class RunLegend(QWidget):
    """Marks with their names, in as many lines as they need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._markers: tuple[RunMarker, ...] = ()
        self.setObjectName("run_legend")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_markers(self, markers: Sequence[RunMarker]) -> None:
        """Show these markers."""
        self._markers = tuple(markers)
        self.setAccessibleName(f"Key: {', '.join(marker.name for marker in markers)}")
        self.updateGeometry()
        self.update()

    def _entry_rects(self, width: int) -> list[QRect]:
        metrics = QFontMetrics(self.font())
        height, mark = metrics.height() + 4, metrics.ascent() + 6
        rects: list[QRect] = []
        left = top = 0
        for marker in self._markers:
            entry_width = min(mark + metrics.horizontalAdvance(marker.name) + 2, max(width, mark))
            if left and left + entry_width > width:
                left, top = 0, top + height
            rects.append(QRect(left, top, entry_width, height))
            left += entry_width + GAP
        return rects

    # -- Qt

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return max((rect.bottom() + 1 for rect in self._entry_rects(width)), default=0)

    def sizeHint(self) -> QSize:
        rects = self._entry_rects(100_000)
        return QSize(rects[-1].right() + 1, rects[-1].bottom() + 1) if rects else QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 0)  # names are shortened

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, metrics = colors_of(self), QFontMetrics(self.font())
        side = metrics.ascent() * 0.8
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            for marker, rect in zip(self._markers, self._entry_rects(self.width()), strict=True):
                paint_marker(
                    painter, marker, QPointF(rect.left() + side / 2 + 1, rect.center().y() + 0.5), side, colors
                )
                rect.setLeft(rect.left() + metrics.ascent() + 6)
                name = metrics.elidedText(marker.name, Qt.TextElideMode.ElideMiddle, rect.width())
                painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
