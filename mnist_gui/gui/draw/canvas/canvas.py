"""The square on which a digit is drawn with mouse, pen or finger."""

from __future__ import annotations

from array import array
from collections import deque
from typing import Literal

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFont, QPainter, QPainterPath, QPaintEvent, QPen, QResizeEvent, QTransform
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.canvas.canvas_content import ERASER_RADIUS, UNITS, description, erased, fitted
from mnist_gui.gui.draw.canvas.ink_painter import InkLayer, Look, eraser_cursor
from mnist_gui.gui.draw.canvas.pointer_input import PointerInput
from mnist_gui.gui.theme import Colors, colors_of

Tool = Literal["pen", "eraser"]

UNDO_STEPS = 200
INVITATION = "Draw a digit 0 to 9"

_EMIT_MS = 8
_CORNER = 10


class Canvas(PointerInput):
    """Holds and edits a drawing, or shows a picture that the first stroke replaces.

    A drawing's unit is a thousandth of the canvas' side: another size of the widget changes no drawing.

    Parameters
    ----------
    parent
        As for any widget.

    Attributes
    ----------
    pen_width
        In canvas units; looks only, the frame that a model sees does not depend on it.

    Signals
    -------
    content_changed(content: Content)
        In mid-stroke too, with the stroke so far, every 8 ms at most; always once more at a gesture's end.
    stroke_started(), stroke_ended()
        A gesture of pen or eraser; it ends after its last `content_changed`, also when it was cancelled.
    history_changed()
        `can_undo` or `can_redo` is another.
    tool_changed(tool: str)
        "pen" or "eraser".
    """

    content_changed = Signal(object)
    stroke_started = Signal()
    stroke_ended = Signal()
    history_changed = Signal()
    tool_changed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pen_width = 50.0
        self._invitation = INVITATION
        self._tool: Tool = "pen"
        self._content: Content = Drawing()
        self._undo: deque[Content] = deque(maxlen=UNDO_STEPS)
        self._redo: list[Content] = []
        self._could = False, False  # undo, redo: as last announced
        # The gesture under way, if there is one.
        self._before: Content = self._content
        self._last = (0.0, 0.0)
        self._points = array("d")  # of the stroke under way: x, y, x, y ...
        self._growing: Drawing | None = None  # with that stroke; None where it is to be made
        self._layer = InkLayer()
        self._emission = QTimer(self, singleShot=True, interval=_EMIT_MS, timerType=Qt.TimerType.PreciseTimer)
        self._emission.timeout.connect(lambda: self.content_changed.emit(self.content))

        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription(description(self._content))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._show_cursor(self._tool)

    @property
    def content(self) -> Content:
        """What is on the canvas, the stroke under way included."""
        if not self._points or not isinstance(self._content, Drawing):
            return self._content
        if self._growing is None:
            self._growing = self._content.with_stroke(np.array(self._points).reshape(-1, 2))
        return self._growing

    @property
    def tool(self) -> Tool:
        """What the next gesture does."""
        return self._tool

    @property
    def can_undo(self) -> bool:
        """True if there is an earlier content to go back to."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """True if something was undone and nothing done since."""
        return bool(self._redo)

    def set_invitation(self, words: str = INVITATION) -> None:
        """Say this on a blank canvas."""
        if words != self._invitation:
            self._invitation = words
            self.update()

    def set_tool(self, tool: Tool) -> None:
        """Choose "pen" or "eraser"; a gesture under way goes on with what it began with."""
        if tool != self._tool:
            self._tool = tool
            self._show_cursor(tool)
            self.tool_changed.emit(tool)

    def set_content(self, content: Content) -> None:
        """Show something else; undo brings back what was there.

        A drawing in another unit, too large for the canvas or small, is scaled and centred. No frame shows it.
        """
        self._end_gesture(keep=True)
        if isinstance(content, Drawing) and not self._holds_strokes_of(content):
            content = fitted(content, enlarge=True)
        self._commit(self._content, content)

    def restore(self, content: Content) -> None:
        """Show what an earlier canvas held, the small as small as it was; nothing can be undone then."""
        self._end_gesture(keep=False)
        self._undo.clear()
        self._redo.clear()
        self._show(fitted(content, enlarge=False) if isinstance(content, Drawing) else content)

    def clear(self) -> None:
        """Leave a blank canvas, which invites to draw, and the pen in hand; undo brings back what was there."""
        self._end_gesture(keep=True)
        self.set_tool("pen")
        if not self._content.is_blank:
            self._commit(self._content, Drawing())

    def undo(self) -> None:
        """Go back a step; in mid-stroke, give up that stroke."""
        if self.is_drawing:
            self._end_gesture(keep=False)
        elif self._undo:
            self._redo.append(self._content)
            self._show(self._undo.pop())

    def redo(self) -> None:
        """Go forward a step that was undone; in mid-stroke there is none."""
        if self._redo and not self.is_drawing:
            self._undo.append(self._content)
            self._show(self._redo.pop())

    def _holds_strokes_of(self, drawing: Drawing) -> bool:
        """Tell whether a drawing is the present one, changed: relabelled, say. Its unit is right, then."""
        held = self._content.strokes if isinstance(self._content, Drawing) else ()
        return {id(stroke) for stroke in held}.issuperset(map(id, drawing.strokes))

    def _commit(self, before: Content, after: Content, *, is_painted: bool = False) -> None:
        """Show what a step led to, and remember what it led away from, if it did."""
        if after is not before:
            self._undo.append(before)
            self._redo.clear()
        self._show(after, is_painted=is_painted)

    def _show(self, content: Content, *, is_painted: bool = False) -> None:
        """Take over content for good and tell everybody; the layer is painted anew unless it shows it already."""
        self._content = content
        if not is_painted:
            self._layer.discard()
        self.setAccessibleDescription(description(content))
        self.update()
        self._emission.stop()
        self.content_changed.emit(content)
        could = self.can_undo, self.can_redo
        if could != self._could:
            self._could = could
            self.history_changed.emit()

    def _announce_soon(self) -> None:
        if not self._emission.isActive():
            self._emission.start()

    # What a gesture does

    def _may_begin(self, position: QPointF) -> bool:
        return QRectF(self._square()).contains(position)

    def _gesture_began(self, position: QPointF, *, turned: bool) -> None:
        tool: Tool = "eraser" if turned else self._tool
        self._before, self._last = self._content, self._units(position)
        self._show_cursor(tool)
        if tool == "eraser":
            self._erase_to(self._last)
        else:
            if isinstance(self._content, Picture):
                self._content = Drawing()
                self._layer.discard()
            self._points.extend(self._last)
            self._growing = None
            self.update()
            self._announce_soon()
        self.stroke_started.emit()

    def _gesture_moved(self, position: QPointF) -> None:
        point = self._units(position)
        if point == self._last:
            return
        if self._points:
            self._draw_to(point)
        else:
            self._erase_to(point)
        self._last = point

    def _gesture_ended(self, *, keep: bool) -> None:
        """Make one step of the gesture, or make it as if it had never begun."""
        before, after = self._before, self.content if keep else self._before
        has_drawn = keep and bool(self._points)
        if has_drawn:
            self._layer.take_rest(self._points)
        self._points = array("d")
        self._show_cursor(self._tool)
        self._commit(before, after, is_painted=has_drawn)
        self.stroke_ended.emit()

    def _draw_to(self, point: tuple[float, float]) -> None:
        self._points.extend(point)
        self._growing = None
        self._layer.take_final(self._points)
        # The new point also makes a curve of what was the straight end of the stroke.
        xs, ys, reach = self._points[-6::2], self._points[-5::2], self.pen_width / 2
        end = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys)))
        changed = self._to_pixels().mapRect(end.adjusted(-reach, -reach, reach, reach))
        self.update(changed.toAlignedRect().adjusted(-1, -1, 1, 1))
        self._announce_soon()

    def _erase_to(self, point: tuple[float, float]) -> None:
        """Remove every stroke between here and the eraser's last place, or the whole picture."""
        left = erased(self._content, self._last, point, self.pen_width)
        if left is not self._content:
            self._content = left
            self._layer.discard()
            self.update()
            self._announce_soon()

    def _square(self) -> QRect:
        """Return where the paper is: centred, in pixels."""
        side = max(min(self.width(), self.height()), 1)
        return QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def _to_pixels(self) -> QTransform:
        """Return what maps canvas units to the widget's pixels."""
        square = self._square()
        scale = square.width() / UNITS
        return QTransform(scale, 0, 0, scale, square.x(), square.y())

    def _units(self, position: QPointF) -> tuple[float, float]:
        """Return a place in canvas units; one beside the paper becomes the nearest on its edge."""
        square = self._square()
        x, y = position.x() - square.x(), position.y() - square.y()
        scale = UNITS / square.width()
        return min(max(x * scale, 0.0), UNITS), min(max(y * scale, 0.0), UNITS)

    def _show_cursor(self, tool: Tool) -> None:
        if tool == "pen":
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            radius = ERASER_RADIUS / UNITS * self._square().width()
            self.setCursor(eraser_cursor(radius, self.devicePixelRatioF()))

    def _paint_invitation(self, painter: QPainter, colors: Colors) -> None:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * 1.3)
        painter.setFont(font)
        painter.setPen(QColor(colors.muted))
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(self._square().adjusted(16, 16, -16, -16), flags, self._invitation)

    # -- Qt

    def sizeHint(self) -> QSize:
        """Return what a large enough window gives."""
        return QSize(400, 400)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest square in which one can draw well."""
        return QSize(280, 280)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the eraser its new size."""
        self._show_cursor(self._tool)
        super().resizeEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is finished from the layer, and the end of the stroke under way over it."""
        colors, square = colors_of(self), self._square()
        look = Look(square.width(), self.devicePixelRatioF(), colors, self.pen_width)
        # As a stroke grows, little is painted: seldom the corners, to which it costs much to clip, or the edge.
        at_edge = not square.adjusted(_CORNER, _CORNER, -_CORNER, -_CORNER).contains(event.rect())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if at_edge:
                paper = QPainterPath()
                paper.addRoundedRect(QRectF(square), _CORNER, _CORNER)
                painter.setClipPath(paper)
            self._layer.paint(painter, square.topLeft(), look, self._content, self._points)
            if not self._points and self._content.is_blank and not self.is_drawing:
                self._paint_invitation(painter, colors)
            if at_edge:
                painter.setClipping(False)
                width, color = (2, colors.accent) if self.hasFocus() else (1, colors.border)
                painter.setPen(QPen(QColor(color), width))
                inset = width / 2
                painter.drawRoundedRect(QRectF(square).adjusted(inset, inset, -inset, -inset), _CORNER, _CORNER)
