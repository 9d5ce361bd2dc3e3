"""A gallery of digits, each with the predictions of every run beside its image."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    QSizeF,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QImage,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QStandardItemModel,
)
from PySide6.QtWidgets import QFrame, QListView, QSizePolicy, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.keyboard_focus import has_keyboard_focus
from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.gui.widgets.run_marker import RunMarker, paint_marker
from mnist_gui.wording import percent

MAX_LINES = 8  # predictions beside a thumbnail; the tool tip lists all
MIN_SIDE = 56  # pixels of a thumbnail
PADDING, GAP = 5, 6  # pixels around the content of a tile, and between thumbnail and predictions
RIGHT, WRONG = "✓", "✗"
LABEL = -1  # instead of a run
Index = QModelIndex | QPersistentModelIndex


class GalleryDigits(NamedTuple):
    """Digits with the predictions of runs.

    Attributes
    ----------
    images
        (N, 28, 28) uint8, white ink on black.
    labels
        (N,) true digits.
    markers
        Markers of R runs.
    predicted, confidence
        (R, N) predicted digits, and the confidence in each, 0 to 1.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.integer]
    markers: Sequence[RunMarker]
    predicted: NDArray[np.integer]
    confidence: NDArray[np.floating]

    def text(self, index: int) -> str:
        """Return a digit's label and its predictions in words, one in a line."""
        label = int(self.labels[index])
        lines = [f"It is {label} (number {index})."]
        for run, marker in enumerate(self.markers):
            predicted, confidence = self.predicted[run, index], float(self.confidence[run, index])
            sign = RIGHT if predicted == label else WRONG
            lines.append(f"{sign} {marker.name}: {predicted}, {percent(confidence)} sure")
        return "\n".join(lines)


class DigitGallery(QListView):
    """Thumbnails in columns that share the width.

    Keys: arrows, Page Up and Down, Home and End move the selection, a digit goes to the next one with this label, Enter
    or Space opens the selected one. A click opens a digit, too.

    Signals
    -------
    opened(digit: int)
        Its index in `GalleryDigits`.
    """

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digits: GalleryDigits | None = None
        self._model = _GalleryModel(self)
        self._empty_message = ""
        self._top = 0  # row in the model of the upper left digit
        self.setModel(self._model)
        self.setObjectName("digit_gallery")
        self.setAccessibleName("Gallery of digits")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.clicked.connect(self._open)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        self._make_tiles()

    def set_digits(self, digits: GalleryDigits) -> None:
        """Replace the digits; none is visible before `show_digits`."""
        self._digits = digits
        self._make_tiles()
        self.show_digits(np.empty(0, np.intp))

    def show_digits(self, indices: NDArray[np.intp], empty_message: str = "") -> None:
        """Show digits in this order, and select the first.

        Parameters
        ----------
        indices
            (K,) in `GalleryDigits`.
        empty_message
            Shown if there are none.
        """
        assert self._digits is not None
        self._model.show_digits(self._digits, indices)
        self._empty_message = empty_message
        self.setAccessibleDescription(f"{len(indices):,} digits" if len(indices) else empty_message)
        self.viewport().setCursor(Qt.CursorShape.PointingHandCursor if len(indices) else Qt.CursorShape.ArrowCursor)
        self.setCurrentIndex(self._model.index(0, 0))
        self.scrollToTop()

    @property
    def shown(self) -> NDArray[np.intp]:
        """The indices of the digits shown, in order."""
        return self._model.indices

    @property
    def current(self) -> int:
        """The index of the selected digit; -1 if there is none."""
        row = self.currentIndex().row()
        return int(self.shown[row]) if row >= 0 else -1

    @property
    def columns(self) -> int:
        """The number of digits beside each other."""
        return max(self.viewport().width() // self.tiles.size.width(), 1)

    def _open(self, item: QModelIndex) -> None:
        if item.isValid():
            self.opened.emit(int(self.shown[item.row()]))

    def _on_scrolled(self, value: int) -> None:
        self._top = value // self.tiles.size.height() * self.columns

    def _make_tiles(self) -> None:
        self.tiles = TileDelegate(self._digits, self.font(), colors_of(self), self.devicePixelRatioF())
        self.setItemDelegate(self.tiles)
        self._arrange()
        self.updateGeometry()  # with more runs, the tiles are taller

    def _arrange(self) -> None:
        """Divide the width among the columns; the upper left digit stays in the first row."""
        top, size = self._top, self.tiles.size
        grid = QSize(self.viewport().width() // self.columns, size.height())
        if grid != self.gridSize():
            self.setGridSize(grid)
        self.verticalScrollBar().setSingleStep(size.height() // 3)
        if top:
            self.executeDelayedItemsLayout()
            self.scrollTo(self._model.index(top, 0), QListView.ScrollHint.PositionAtTop)
            self._top = top

    def _paint_frame(self, painter: QPainter, item: QModelIndex) -> None:
        if item.isValid():
            area = QRectF(QPointF(self.visualRect(item).topLeft()), QSizeF(self.tiles.size))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6)

    def _paint_tiles(self, painter: QPainter, area: QRect) -> None:
        columns, height, scrolled = self.columns, self.tiles.size.height(), self.verticalScrollBar().value()
        width = self.viewport().width() // columns
        first = (scrolled + area.top()) // height * columns
        after = ((scrolled + area.bottom()) // height + 1) * columns
        for row, index in enumerate(self.shown[first:after].tolist(), first):
            line, column = divmod(row, columns)
            self.tiles.paint_tile(painter, index, QPoint(column * width, line * height - scrolled))

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = colors_of(self)
        self.tiles.set_look(colors, self.devicePixelRatioF())
        with QPainter(self.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if not len(self.shown):
                painter.setPen(QColor(colors.muted))
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self.viewport().rect().adjusted(20, 0, -20, 0), flags, self._empty_message)
            if self.viewport().underMouse():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(colors.grid))
                self._paint_frame(painter, self.indexAt(self.viewport().mapFromGlobal(self.cursor().pos())))
            if has_keyboard_focus(self):
                painter.setPen(QPen(QColor(colors.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                self._paint_frame(painter, self.currentIndex())
            # A delegate in Python takes longer: Qt would make an option and an index for each digit.
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            self._paint_tiles(painter, event.rect())

    def minimumSizeHint(self) -> QSize:
        return self.tiles.size + QSize(self.verticalScrollBar().sizeHint().width(), 0)

    def sizeHint(self) -> QSize:
        return QSize(5 * self.tiles.size.width(), 2 * self.tiles.size.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._make_tiles()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._open(self.currentIndex())
        else:
            super().keyPressEvent(event)


class _GalleryModel(QStandardItemModel):
    """The digits shown. Its rows have no items: a model in Python would be asked 10,000 times when Qt lays them out."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(0, 1, parent)
        self._digits: GalleryDigits | None = None
        self.indices: NDArray[np.intp] = np.empty(0, np.intp)

    def show_digits(self, digits: GalleryDigits, indices: NDArray[np.intp]) -> None:
        self.setRowCount(0)
        self._digits, self.indices = digits, indices
        self.setRowCount(len(indices))

    # -- Qt

    def data(self, item: Index, role: int = 0) -> object:
        if self._digits is None or not item.isValid():
            return None
        index = int(self.indices[item.row()])
        if role == Qt.ItemDataRole.DisplayRole:
            return str(self._digits.labels[index])
        if role == Qt.ItemDataRole.ToolTipRole:
            return tool_tip(self._digits.text(index))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._digits.text(index)
        return None


class TileDelegate(QStyledItemDelegate):
    """Gives tiles their size and paints them. Each different line of text is drawn once: there are few.

    Parameters
    ----------
    ratio
        Device pixels per pixel of the window.

    Attributes
    ----------
    size
        Size of a tile, in pixels.
    side
        Side of a thumbnail, in pixels.
    """

    def __init__(self, digits: GalleryDigits | None, font: QFont, colors: Colors, ratio: float) -> None:
        super().__init__()
        self._digits, self._colors, self._ratio = digits, colors, ratio
        self._font, self._bold = font, QFont(font)
        self._bold.setWeight(QFont.Weight.DemiBold)
        metrics, bold = QFontMetrics(font), QFontMetrics(self._bold)
        self._line_height, self._ascent = metrics.height(), metrics.ascent()
        # Of too many runs the first ones, and the last: the ensemble.
        runs = range(len(digits.markers)) if digits is not None else range(0)
        self._runs = [*runs] if len(runs) <= MAX_LINES else [*runs[: MAX_LINES - 1], runs[-1]]
        prediction_width = self._ascent + 6 + bold.horizontalAdvance(f"0 {WRONG}")
        self._line_size = QSize(max(prediction_width, bold.horizontalAdvance("It is 0")) + 2, self._line_height)
        self.side = max(MIN_SIDE, self._line_height * (len(self._runs) + 1))
        self.size = QSize(self.side + GAP + self._line_size.width() + 2 * PADDING, self.side + 2 * PADDING)
        self._predicted = digits.predicted[self._runs].T if digits is not None else np.empty((0, 0))
        self._lines: dict[tuple[int, int, bool], QPixmap] = {}

    def set_look(self, colors: Colors, ratio: float) -> None:
        """Follow the theme and the screen."""
        if (colors, ratio) != (self._colors, self._ratio):
            self._colors, self._ratio = colors, ratio
            self._lines.clear()

    def paint_tile(self, painter: QPainter, index: int, corner: QPoint) -> None:
        """Paint a digit into the tile at that corner."""
        digits = self._digits
        assert digits is not None
        left, top = corner.x() + PADDING, corner.y() + PADDING
        # The image uses the memory of the array, which outlives it.
        pixels = digits.images[index].data
        image = QImage(pixels, FRAME_SIDE, FRAME_SIDE, FRAME_SIDE, QImage.Format.Format_Grayscale8)
        painter.drawImage(QRect(left, top, self.side, self.side), image)
        label = int(digits.labels[index])
        left += self.side + GAP
        painter.drawPixmap(left, top, self._line(LABEL, label, False))
        for run, predicted in zip(self._runs, self._predicted[index].tolist(), strict=True):
            top += self._line_height
            painter.drawPixmap(left, top, self._line(run, predicted, predicted == label))

    def _line(self, run: int, digit: int, is_right: bool) -> QPixmap:
        """Return a prediction after the marker of its run, or the label, on a transparent background."""
        key = run, digit, is_right
        if key not in self._lines:
            width, height = (math.ceil(length * self._ratio) for length in self._line_size.toTuple())
            pixmap = self._lines[key] = QPixmap(width, height)
            pixmap.setDevicePixelRatio(self._ratio)
            pixmap.fill(Qt.GlobalColor.transparent)
            area = QRect(QPoint(0, 0), self._line_size)
            text = f"It is {digit}"
            with QPainter(pixmap) as painter:
                if run != LABEL and self._digits is not None:
                    centre = QPointF(self._ascent * 0.4 + 1, self._line_height / 2)
                    paint_marker(painter, self._digits.markers[run], centre, self._ascent * 0.75, self._colors)
                    area.setLeft(self._ascent + 5)
                    text = f"{digit} {RIGHT if is_right else WRONG}"
                painter.setFont(self._font if is_right else self._bold)
                painter.setPen(QColor(self._colors.muted if is_right else self._colors.text))
                painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)
        return self._lines[key]

    # -- Qt

    def sizeHint(self, option: QStyleOptionViewItem, item: Index) -> QSize:
        return self.size
