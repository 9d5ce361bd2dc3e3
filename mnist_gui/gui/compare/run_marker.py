"""How a run is told apart from others wherever several are compared: its name, and a mark."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.theme import MARKERS, Colors, colors_of
from mnist_gui.gui.widgets.model_marker import paint_mark

TOGETHER = 0  # in a model's place: the mean of several
LINES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine, Qt.PenStyle.DashDotLine)
GAP = 18  # pixels between the entries of a legend


class RunMarker(NamedTuple):
    """A run, or several together, as it is shown.

    Attributes
    ----------
    name
        In words.
    model
        1, 2 or 3; 0 for several together.
    place
        Among those of the same model: 0 has a full mark and a solid line, others an outline and a broken one.
    """

    name: str
    model: int
    place: int = 0

    @property
    def symbol(self) -> str:
        """The mark as pyqtgraph calls it."""
        return MARKERS[self.model - 1] if self.model else "d"

    @property
    def line(self) -> Qt.PenStyle:
        """How its lines are drawn."""
        return LINES[self.place % len(LINES)]


def paint_key(painter: QPainter, key: RunMarker, centre: QPointF, side: float, colors: Colors) -> None:
    """Paint a run's mark, as wide as `side`; the painter's pen and brush are kept."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = colors.model(key.model)
    if key.place:
        painter.setPen(QPen(color, 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        side -= 2
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
    paint_mark(painter, key.model, centre, side)
    painter.restore()


class RunLegend(QWidget):
    """Marks with their names, in as many lines as they need."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._keys: tuple[RunMarker, ...] = ()
        self.setObjectName("run_legend")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_keys(self, keys: Sequence[RunMarker]) -> None:
        """Show these."""
        self._keys = tuple(keys)
        self.setAccessibleName(f"Key: {', '.join(key.name for key in keys)}")
        self.updateGeometry()
        self.update()

    def _places(self, width: int) -> list[QRect]:
        metrics = QFontMetrics(self.font())
        height, mark = metrics.height() + 4, metrics.ascent() + 6
        places: list[QRect] = []
        left = top = 0
        for key in self._keys:
            wide = min(mark + metrics.horizontalAdvance(key.name) + 2, max(width, mark))
            if left and left + wide > width:
                left, top = 0, top + height
            places.append(QRect(left, top, wide, height))
            left += wide + GAP
        return places

    # -- Qt

    def hasHeightForWidth(self) -> bool:
        """Wrap where there is little room."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        return max((place.bottom() + 1 for place in self._places(width)), default=0)

    def sizeHint(self) -> QSize:
        """Ask for one line."""
        places = self._places(100_000)
        return QSize(places[-1].right() + 1, places[-1].bottom() + 1) if places else QSize(0, 0)

    def minimumSizeHint(self) -> QSize:
        """Ask for no width: a name too long is shortened."""
        return QSize(60, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the entries."""
        colors, metrics = colors_of(self), QFontMetrics(self.font())
        side = metrics.ascent() * 0.8
        with QPainter(self) as painter:
            painter.setPen(self.palette().color(self.foregroundRole()))
            for key, place in zip(self._keys, self._places(self.width()), strict=True):
                paint_key(painter, key, QPointF(place.left() + side / 2 + 1, place.center().y() + 0.5), side, colors)
                words = place.adjusted(metrics.ascent() + 6, 0, 0, 0)
                name = metrics.elidedText(key.name, Qt.TextElideMode.ElideMiddle, words.width())
                painter.drawText(words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, name)
