"""Thumbnails of as many digits as one likes, each with what every run reads it as."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy, QToolTip, QWidget

from mnist_gui.gui.compare.mistakes.gallery_tile import RIGHT, WRONG, Answers, TilePainter
from mnist_gui.gui.theme import colors_of
from mnist_gui.wording import percent


class DigitGallery(QAbstractScrollArea):
    """Paints only what is seen, so that it does not matter how many there are.

    Keys: arrows, Page Up and Down, Home and End go from digit to digit, Enter or Space opens one. A click opens one.

    Signals
    -------
    opened(digit: int)
        Its place among all `Answers`.
    """

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._answers: Answers | None = None
        self._shown: NDArray[np.intp] = np.empty(0, np.intp)
        self._current = 0
        self._hovered = -1
        self._empty = ""
        self._top = 0.0  # which digit is at the top, in rows' fractions too
        self._is_measuring = False
        self.setObjectName("digit_gallery")
        self.setAccessibleName("Gallery of digits")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.viewport().setMouseTracking(True)
        self._renew_tiles()
        self.verticalScrollBar().valueChanged.connect(self._note_top)
        self._measure()

    # -- what is shown

    def set_answers(self, answers: Answers | None) -> None:
        """Take other digits; none is shown before `show_digits`."""
        self._answers = answers
        self._renew_tiles()
        self.show_digits(np.empty(0, np.intp))

    def show_digits(self, places: NDArray[np.intp], empty: str = "") -> None:
        """Show digits in this order.

        Parameters
        ----------
        places
            (K,) among all `Answers`.
        empty
            Said where there are none.
        """
        self._shown = places
        self._empty = empty
        self._current = 0
        self._hovered = -1
        self._top = 0.0
        self._measure()

    @property
    def shown(self) -> NDArray[np.intp]:
        """The places of those shown, in order."""
        return self._shown

    @property
    def current(self) -> int:
        """The place among all of the one that Enter opens; -1 where none is shown."""
        return int(self._shown[self._current]) if len(self._shown) else -1

    def text_of(self, digit: int) -> str:
        """Return in words what a digit is, and what it is read as."""
        answers = self._answers
        if answers is None:
            return ""
        label = int(answers.labels[digit])
        lines = [f"It is {label} (number {digit})."]
        for marker, read, sure in zip(
            answers.markers, answers.read[:, digit], answers.confidence[:, digit], strict=True
        ):
            lines.append(f"{RIGHT if read == label else WRONG} {marker.name}: {read}, {percent(float(sure))} sure")
        return "\n".join(lines)

    # -- where everything is

    def tile(self) -> QSize:
        """Return the size of a digit with its answers."""
        return self._tiles.size

    @property
    def columns(self) -> int:
        """How many there are in a row."""
        return max(self.viewport().width() // self._tiles.size.width(), 1)

    def _rect(self, place: int) -> QRect:
        """Return where the place-th of those shown is, in the viewport."""
        tile, columns = self.tile(), self.columns
        row, column = divmod(place, columns)
        # What is left of the width goes between the columns.
        left = column * (self.viewport().width() // columns)
        return QRect(QPoint(left, row * tile.height() - self.verticalScrollBar().value()), tile)

    def place_at(self, position: QPoint) -> int:
        """Return which of those shown is there; -1 for none."""
        tile, columns = self.tile(), self.columns
        column = position.x() // max(self.viewport().width() // columns, 1)
        place = (position.y() + self.verticalScrollBar().value()) // tile.height() * columns + column
        inside = column < columns and 0 <= place < len(self._shown) and self._rect(place).contains(position)
        return place if inside else -1

    def _measure(self) -> None:
        """Fit the scroll bar, and keep what is at the top there."""
        self._is_measuring = True
        tile, height = self.tile(), self.viewport().height()
        rows = -(-len(self._shown) // self.columns)
        bar = self.verticalScrollBar()
        bar.setPageStep(height)
        bar.setSingleStep(max(tile.height() // 3, 1))
        bar.setRange(0, max(rows * tile.height() - height, 0))
        bar.setValue(round(self._top / self.columns * tile.height()))
        self._is_measuring = False
        self._describe()
        self.viewport().update()

    def _note_top(self, value: int) -> None:
        if not self._is_measuring:
            self._top = value / self.tile().height() * self.columns

    def _describe(self) -> None:
        count = len(self._shown)
        said = f"{count} digits. " if count != 1 else "1 digit. "
        self.setAccessibleDescription(said + self.text_of(self.current) if count else self._empty)

    def _go_to(self, place: int) -> None:
        """Make another one current, and scroll to it."""
        if not len(self._shown):
            return
        self._current = min(max(place, 0), len(self._shown) - 1)
        area, bar, height = self._rect(self._current), self.verticalScrollBar(), self.viewport().height()
        if area.top() < 0 or area.height() > height:
            bar.setValue(bar.value() + area.top())
        elif area.bottom() >= height:
            bar.setValue(bar.value() + area.bottom() + 1 - height)
        self._describe()
        self.viewport().update()

    def _renew_tiles(self) -> None:
        """Follow answers, text size, theme and screen."""
        self._tiles = TilePainter(self._answers, self.font(), colors_of(self), self.devicePixelRatioF())

    def _paint_tile(self, painter: QPainter, place: int) -> None:
        area, colors = self._rect(place), self._tiles.colors
        if place == self._hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colors.grid))
            painter.drawRoundedRect(area, 6, 6)
        if place == self._current and self.hasFocus():
            painter.setPen(QPen(QColor(colors.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(area).adjusted(1, 1, -1, -1), 6, 6)
        self._tiles.paint(painter, int(self._shown[place]), area.topLeft())

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the digits in sight, or why there are none."""
        if self._tiles.colors is not colors_of(self) or self._tiles.ratio != self.devicePixelRatioF():
            self._renew_tiles()
        with QPainter(self.viewport()) as painter:
            painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
            if not len(self._shown):
                painter.setPen(QColor(self._tiles.colors.muted))
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(self.viewport().rect().adjusted(20, 0, -20, 0), flags, self._empty)
                return
            high, columns, top = self._tiles.size.height(), self.columns, self.verticalScrollBar().value()
            first = (top + event.rect().top()) // high * columns
            last = ((top + event.rect().bottom()) // high + 1) * columns
            for place in range(first, min(last, len(self._shown))):
                self._paint_tile(painter, place)

    def scrollContentsBy(self, across: int, down: int) -> None:
        """Move what is painted already; only the rest is painted anew."""
        self.viewport().scroll(across, down)

    def minimumSizeHint(self) -> QSize:
        """Ask for one row."""
        tile = self.tile()
        return QSize(tile.width() + self.verticalScrollBar().sizeHint().width(), tile.height())

    def sizeHint(self) -> QSize:
        """Ask for two rows; it takes what is left."""
        tile = self.tile()
        return QSize(5 * tile.width(), 2 * tile.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the columns."""
        super().resizeEvent(event)
        self._measure()

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._renew_tiles()
            self._measure()
            self.updateGeometry()

    def viewportEvent(self, event: QEvent) -> bool:
        """Tell of the digit under the mouse, and forget it when the mouse goes."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(event.pos())
            QToolTip.showText(event.globalPos(), self.text_of(int(self._shown[place])) if place >= 0 else "", self)
            return True
        if event.type() == QEvent.Type.Leave and self._hovered >= 0:
            self._hovered = -1
            self.viewport().update()
        return super().viewportEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Raise the digit under the mouse."""
        place = self.place_at(event.position().toPoint())
        if place != self._hovered:
            self._hovered = place
            cursor = Qt.CursorShape.PointingHandCursor if place >= 0 else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(cursor)
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Open the digit under the mouse."""
        place = self.place_at(event.position().toPoint())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._go_to(place)
            self.opened.emit(self.current)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Take it: nobody else would."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go from digit to digit, and open one."""
        columns = self.columns
        page = max(self.viewport().height() // self.tile().height(), 1) * columns
        steps = {
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Up: -columns,
            Qt.Key.Key_Down: columns,
            Qt.Key.Key_PageUp: -page,
            Qt.Key.Key_PageDown: page,
            Qt.Key.Key_Home: -len(self._shown),
            Qt.Key.Key_End: len(self._shown),
        }
        key = Qt.Key(event.key())
        if key in steps:
            self._go_to(self._current + steps[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and len(self._shown):
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it has gone."""
        super().focusOutEvent(event)
        self.viewport().update()
