"""The marker of a run: its name and a mark, which distinguish it in every table, plot and gallery."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import count
from threading import Lock
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.theme import MARKERS, Colors, colors_of
from mnist_gui.gui.widgets.model_marker import OUTLINE, VARIANTS, mark_shape, paint_variant

TOGETHER = 0  # the mark of an ensemble
LINES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
LETTERS = ("◆◇◈⬖", "●○◉◐", "■□▣◧", "▲△◬◭", "★☆✪✬", "✚✛✜✢", "▼▽▾▿")  # of each mark, `TOGETHER` first
GAP = 18  # pixels between the entries of a legend


class RunMarker(NamedTuple):
    """How a run, or an ensemble of runs, is shown.

    Attributes
    ----------
    name
        Title of the run.
    mark
        Colour and shape, 1 to 6; `TOGETHER` for an ensemble.
    variant
        Among the runs with the same mark: 0 has a filled shape and a solid line; others have an outline that is empty,
        has a dot, or is half filled, and a broken line.
    """

    name: str
    mark: int
    variant: int = 0

    @property
    def symbol(self) -> str:
        """The mark, as pyqtgraph calls it."""
        return MARKERS[self.mark - 1] if self.mark else "d"

    @property
    def text(self) -> str:
        """The mark as a letter."""
        return LETTERS[self.mark][self.variant % VARIANTS]

    @property
    def line(self) -> Qt.PenStyle:
        """The style of its lines."""
        return LINES[self.variant % len(LINES)]


class RunMarks:
    """Chooses the marks of runs. Threads may share it.

    A run that answers has the mark of its place, filled, wherever it is shown. Any other one has the mark of its model,
    or one of the last three, and keeps its variant while the window lives, whatever is shown beside it; where two that
    were never shown together have the same one, the second of them gets another.
    """

    def __init__(self) -> None:
        self._answering: tuple[str, ...] = ()
        self._known: dict[tuple[int | None, str], tuple[int, int]] = {}
        self._lock = Lock()

    def set_answering(self, names: Sequence[str]) -> bool:
        """Set the names of the runs that answer, in the order of their places; return whether they are others."""
        with self._lock:
            is_other, self._answering = tuple(names) != self._answering, tuple(names)
            return is_other

    def choose(self, runs: Sequence[tuple[int | None, str]]) -> list[tuple[int, int]]:
        """Return mark and variant of runs that are shown together.

        Parameters
        ----------
        runs
            Model and name of each: 1, 2 or 3, None for another network, `TOGETHER` for an ensemble.
        """
        with self._lock:
            taken = {(place, 0) for place, _ in enumerate(self._answering, 1)}
            chosen: dict[tuple[int | None, str], tuple[int, int]] = {}
            known = [run for run in dict.fromkeys(runs) if run in self._known]
            for run in runs:
                if run[0] != TOGETHER and run[1] in self._answering:
                    chosen[run] = self._answering.index(run[1]) + 1, 0
            for run in known:
                if run not in chosen and self._known[run] not in taken:
                    chosen[run] = self._known[run]
                    taken.add(chosen[run])
            for run in (*known, *runs):
                if run not in chosen:
                    chosen[run] = self._known[run] = _free_mark(run[0], taken)
                    taken.add(chosen[run])
            return [chosen[run] for run in runs]


def _free_mark(model: int | None, taken: Collection[tuple[int, int]]) -> tuple[int, int]:
    """Return a mark of a model and its lowest variant that are not taken."""
    marks = range(4, len(LETTERS)) if model is None else (model,)
    return next((mark, variant) for variant in count() for mark in marks if (mark, variant) not in taken)


def paint_marker(painter: QPainter, marker: RunMarker, centre: QPointF, side: float, colors: Colors) -> None:
    """Paint a run's mark, `side` pixels wide; pen and brush of the painter are restored."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    shape = mark_shape(marker.mark, centre, side - OUTLINE * bool(marker.variant % VARIANTS))
    paint_variant(painter, shape, colors.mark(marker.mark), marker.variant)
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
        # A layout gives it no more than this, whatever `heightForWidth` says.
        rects = self._entry_rects(100_000)
        return QSize(rects[-1].right() + 1, self.heightForWidth(self.width())) if rects else QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        return QSize(60, 0)  # names are shortened

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()

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
