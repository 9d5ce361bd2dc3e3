"""The square on which the user draws with mouse, pen or finger."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import Literal

import numpy as np
from PySide6.QtCore import QElapsedTimer, QEvent, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QTransform
from PySide6.QtWidgets import QAbstractButton, QApplication, QSizePolicy, QToolTip, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.canvas.canvas_content import ERASER_RADIUS, UNITS, description, erased, fitted, part_on_paper
from mnist_gui.gui.draw.canvas.content_history import ContentHistory
from mnist_gui.gui.draw.canvas.digit_boxes import DigitBoxes, label_font
from mnist_gui.gui.draw.canvas.ink_painter import InkLayer, InkStyle, eraser_cursor, placement
from mnist_gui.gui.draw.canvas.paper import (
    RADIUS,
    outline,
    paint_drop_target,
    paint_edge,
    paint_text,
    paper_in,
    to_pixels,
    to_units,
)
from mnist_gui.gui.draw.canvas.pointer_input import PointerInput
from mnist_gui.gui.keyboard_focus import has_keyboard_focus
from mnist_gui.gui.theme import colors_of

Tool = Literal["pen", "eraser"]

INVITATION = "Draw a digit 0 to 9"

_EMIT_MS = 8  # between two contents of a growing stroke
_ARROWS: dict[int, tuple[int, int]] = {  # steps to the right and down
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_COMMANDS = (Qt.Key.Key_Escape, Qt.Key.Key_Minus, Qt.Key.Key_Backspace)  # for the selected digit


class Canvas(PointerInput):
    """Edits a drawing, or shows a picture that the first stroke replaces.

    While the digits of a page are boxed, a click selects a box instead of drawing a dot, and so do the arrow keys.

    The canvas unit is a thousandth of its side, which makes drawings independent of the widget's size.

    Attributes
    ----------
    pen_width
        In canvas units; the frames for the models do not depend on it.

    Signals
    -------
    content_changed(content: Content)
        During a stroke at most every 8 ms, with the stroke so far; always once more at its end.
    stroke_started(), stroke_ended()
        A gesture of pen or eraser; it ends after its last `content_changed`, also if it is cancelled.
    history_changed()
        `can_undo` or `can_redo` has changed.
    tool_changed(tool: str)
        "pen" or "eraser".
    digit_selected(index: int | None, is_clicked: bool)
        The user selects a box, or none.
    digit_rejected(), digit_removed()
        The selected box holds no digit; it is to be removed.
    """

    content_changed = Signal(object)
    stroke_started = Signal()
    stroke_ended = Signal()
    history_changed = Signal()
    tool_changed = Signal(str)
    digit_selected = Signal(object, bool)
    digit_rejected = Signal()
    digit_removed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.pen_width = 50.0
        self._invitation = INVITATION
        self._reserved = 0
        self._buttons: tuple[QAbstractButton, ...] = ()
        self._is_drop_target = False
        self._tool: Tool = "pen"
        self._content: Content = Drawing()
        self._history = ContentHistory()
        self._possible_steps = False, False  # can_undo, can_redo as last emitted
        # The current gesture.
        self._gesture_tool: Tool | None = None  # None before a click has become a stroke
        self._before: Content = self._content
        self._last_point = (0.0, 0.0)
        self._points = array("d")  # of the current stroke: x, y, x, y …
        self._growing: Drawing | None = None  # cached drawing with that stroke
        self._layer = InkLayer()
        self._digits = DigitBoxes()
        self._read_content: Content | None = None  # the content as its digits were read, if it was turned
        self._hovered: int | None = None
        self._pressed: QPointF | None = None  # where a click, or a stroke of this tool, has begun
        self._pressed_tool: Tool = "pen"
        self._since_emitted = QElapsedTimer()
        self._emit_timer = QTimer(self, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._emit_timer.timeout.connect(self._emit_growing)

        self.setObjectName("canvas")
        self.setAccessibleName("Canvas")
        self.setAccessibleDescription(description(self._content))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._show_cursor(self._tool)

    @property
    def content(self) -> Content:
        """The content, including the current stroke."""
        if not self._points or not isinstance(self._content, Drawing):
            return self._content
        if self._growing is None:
            self._growing = self._content.with_stroke(np.array(self._points).reshape(-1, 2))
        return self._growing

    @property
    def tool(self) -> Tool:
        """The tool of the next gesture."""
        return self._tool

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return self._history.can_undo

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return self._history.can_redo

    def set_invitation(self, text: str) -> None:
        """Set the text on a blank canvas."""
        if text != self._invitation:
            self._invitation = text
            self.update()

    def reserve_bottom(self, height: int) -> None:
        """Keep texts off the lowest pixels, where other widgets lie."""
        if height != self._reserved:
            self._reserved = height
            self._track_mouse()
            self.update()

    def set_buttons(self, buttons: Sequence[QAbstractButton]) -> None:
        """Set buttons that lie on the paper: a click presses one, and a stroke that begins on one draws."""
        self._buttons = tuple(buttons)
        for button in buttons:
            button.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def set_drop_target(self, is_drop_target: bool) -> None:
        """Show, or no longer show, that what is dragged over the window may be dropped here."""
        if is_drop_target != self._is_drop_target:
            self._is_drop_target = is_drop_target
            self.update()

    def set_digits(self, digits: DigitBoxes, content: Content | None = None) -> None:
        """Show boxes around digits; content is what they lie on if the canvas is to show it turned."""
        if content is not self._read_content:
            self._read_content = content
            self._layer.invalidate()
        self._digits = digits
        self._hovered = None
        self._track_mouse()
        texts = [description(self._content), *(box.description for box in digits.boxes)]
        self.setAccessibleDescription(". ".join(texts))
        self._show_cursor(self._tool)
        self.update()

    def digit_area(self, index: int, *, with_label: bool = False) -> QRect:
        """Return the box of a digit in widget coordinates."""
        self._arrange_digits()
        digits = self._digits
        return (digits.area_with_label(index) if with_label else digits.area(index)).toAlignedRect()

    def set_tool(self, tool: Tool) -> None:
        """Set the tool of the next gesture; the current one keeps its tool."""
        if tool != self._tool:
            self._tool = tool
            self._show_cursor(tool)
            self.tool_changed.emit(tool)

    def set_content(self, content: Content, *, fit: bool = True) -> None:
        """Replace the content, as a step that can be undone.

        Parameters
        ----------
        fit
            Scale and center a drawing that is small or too large for the canvas, which does not change its frame.
        """
        self._end_gesture(keep=True)
        if fit and isinstance(content, Drawing) and not self._shares_strokes(content):
            content = fitted(content, enlarge=True)
        self._commit(self._content, content)

    def continue_drawing(self, drawing: Drawing) -> None:
        """Put a drawing below the current stroke, if any, as if that were its next one; there is nothing to undo."""
        self._content = self._before = drawing
        self._growing = None
        self._layer.invalidate()
        self.setAccessibleDescription(description(drawing))
        self.update()
        self._emit_soon()

    def restore(self, content: Content) -> None:
        """Replace content and history by the content of an earlier canvas; small drawings stay small."""
        self._end_gesture(keep=False)
        self._history.clear()
        self._show(fitted(content, enlarge=False) if isinstance(content, Drawing) else content)

    def clear(self) -> None:
        """Remove the content, as a step that can be undone, and select the pen."""
        self._end_gesture(keep=True)
        self.set_tool("pen")
        if not self._content.is_blank:
            self._commit(self._content, Drawing())

    def undo(self) -> None:
        """Undo a step; during a gesture, cancel it."""
        if self.is_drawing:
            self._end_gesture(keep=False)
        elif self.can_undo:
            self._show(self._history.undo(self._content))

    def redo(self) -> None:
        """Redo a step, except during a gesture."""
        if self.can_redo and not self.is_drawing:
            self._show(self._history.redo(self._content))

    def _shares_strokes(self, drawing: Drawing) -> bool:
        """Return whether all strokes of a drawing are on the canvas, as after relabelling, and need no scaling."""
        held = self._content.strokes if isinstance(self._content, Drawing) else ()
        return {id(stroke) for stroke in held}.issuperset(map(id, drawing.strokes))

    def _commit(self, before: Content, after: Content, *, is_painted: bool = False) -> None:
        """Show the content after a step, and record the one before it if it differs."""
        if after is not before:
            self._history.add(before)
        self._show(after, is_painted=is_painted)

    def _show(self, content: Content, *, is_painted: bool = False) -> None:
        """Replace the content and emit signals; the layer is repainted unless it already shows the content."""
        self._content = content
        if content.is_blank:
            self.set_tool("pen")  # there is nothing to erase
        if not is_painted:
            self._layer.invalidate()
        self.setAccessibleDescription(description(content))
        self.update()
        self._emit_timer.stop()
        self.content_changed.emit(content)
        possible_steps = self.can_undo, self.can_redo
        if possible_steps != self._possible_steps:
            self._possible_steps = possible_steps
            self.history_changed.emit()

    def _emit_soon(self) -> None:
        """Emit a growing stroke once the events at hand are handled, and at most every `_EMIT_MS`."""
        if not self._emit_timer.isActive():
            elapsed = self._since_emitted.elapsed() if self._since_emitted.isValid() else _EMIT_MS
            self._emit_timer.start(max(_EMIT_MS - elapsed, 0))

    def _emit_growing(self) -> None:
        self._since_emitted.start()
        self.content_changed.emit(self.content)

    # -- gestures

    def _can_start(self, position: QPointF) -> bool:
        return QRectF(self._paper).contains(position)

    def _gesture_started(self, position: QPointF, *, is_eraser: bool) -> None:
        tool: Tool = "eraser" if is_eraser else self._tool
        if self._button_at(position) or (self._digits.boxes and tool == "pen"):
            self._pressed, self._pressed_tool = position, tool
            return
        self._start_stroke(position, tool)

    def _start_stroke(self, position: QPointF, tool: Tool) -> None:
        self._gesture_tool = tool
        self._before, self._last_point = self._content, to_units(position, self._paper)
        self._show_cursor(tool)
        if tool == "eraser":
            self._erase_to(self._last_point)
        else:
            if isinstance(self._content, Picture):
                self._content = Drawing()
                self._layer.invalidate()
            self._points.extend(self._last_point)
            self._growing = None
            self.update()
            self._emit_soon()
        self.stroke_started.emit()

    def _gesture_moved(self, position: QPointF) -> None:
        if self._pressed is not None:
            start = self._pressed
            is_near = (position - start).manhattanLength() < QApplication.startDragDistance()
            if is_near or (isinstance(self._content, Picture) and self._digits.at(start) is not None):
                return
            self._pressed = None
            self._start_stroke(start, self._pressed_tool)
        point = to_units(position, self._paper)
        if point == self._last_point:
            return
        if self._gesture_tool == "pen":
            self._draw_to(point)
        else:
            self._erase_to(point)
        self._last_point = point

    def _gesture_ended(self, *, keep: bool) -> None:
        """Record the gesture as one step, or revert it; a click presses the button or selects the digit below it."""
        if self._pressed is not None:
            position, self._pressed = self._pressed, None
            button = self._button_at(position)
            if keep and button is not None:
                button.click()
            elif keep and self._digits.boxes:
                self.digit_selected.emit(self._digits.at(position), True)
            return
        has_drawn = keep and self._gesture_tool == "pen"
        if has_drawn:
            self._finish_stroke()
        before, after = self._before, self._content if keep else self._before
        self._gesture_tool = None
        self._points = array("d")
        self._show_cursor(self._tool)
        self._commit(before, after, is_painted=has_drawn)
        self.stroke_ended.emit()

    def _draw_to(self, point: tuple[float, float]) -> None:
        """Draw what of the pen's way to a point lies on the paper; a stroke ends where the pen leaves the paper."""
        part = part_on_paper(self._last_point, point)
        if part is None:
            return
        start, end = part
        if start != end:  # otherwise it merely touches the edge, from within or from outside
            if not self._points:
                self._points.extend(start)
            self._extend_stroke(end)
        if end != point:
            self._finish_stroke()

    def _finish_stroke(self) -> None:
        """Make the current stroke, if any, part of the content; the gesture goes on."""
        if self._points:
            self._layer.add_rest(self._points)
            self._content = self.content
            self._points, self._growing = array("d"), None

    def _extend_stroke(self, point: tuple[float, float]) -> None:
        self._points.extend(point)
        self._growing = None
        self._layer.add_segments(self._points)
        # The new point also turns the straight end of the stroke into a curve.
        xs, ys, reach = self._points[-6::2], self._points[-5::2], self.pen_width / 2
        end = QRectF(QPointF(min(xs), min(ys)), QPointF(max(xs), max(ys)))
        changed = to_pixels(self._paper).mapRect(end.adjusted(-reach, -reach, reach, reach))
        self.update(changed.toAlignedRect().adjusted(-1, -1, 1, 1))
        self._emit_soon()

    def _erase_to(self, point: tuple[float, float]) -> None:
        """Remove the ink between the eraser's last point and this one; a page that is shown turned stays turned."""
        shown = self._read_content or self._content
        scale, origin = placement(shown, QRectF(self._paper), self.devicePixelRatioF())
        to_ink = to_pixels(self._paper) * QTransform(
            1 / scale, 0, 0, 1 / scale, -origin.x() / scale, -origin.y() / scale
        )
        start, end = (to_ink.map(QPointF(*at)).toTuple() for at in (self._last_point, point))
        content = erased(shown, start, end, ERASER_RADIUS * to_ink.m11(), self.pen_width)
        if content is not shown:
            self._content, self._read_content = content, None
            self._layer.invalidate()
            self.update()
            self._emit_soon()

    @property
    def _paper(self) -> QRect:
        """The area of the paper in the widget."""
        return paper_in(self.size())

    def _arrange_digits(self) -> None:
        square, content = QRectF(self._paper), self._read_content or self._content
        scale, origin = placement(content, square, self.devicePixelRatioF())
        pen = self.pen_width * scale if isinstance(content, Drawing) else 0.0
        self._digits.arrange(scale, origin, square, pen, label_font(self.font()))

    def _button_at(self, position: QPointF) -> QAbstractButton | None:
        place = position.toPoint()
        return next((each for each in self._buttons if each.isVisible() and each.geometry().contains(place)), None)

    def _track_mouse(self) -> None:
        self.setMouseTracking(bool(self._digits.boxes) or self._reserved > 0)

    def _hover(self, position: QPointF | None) -> None:
        """Highlight the box or the button below the pointer; none of them without a pointer."""
        below = None if position is None or self.is_drawing else self._button_at(position)
        for button in self._buttons:
            if button.underMouse() != (button is below):
                button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, button is below)
                button.update()
        hovered = None if position is None or self.is_drawing or self._tool != "pen" else self._digits.at(position)
        if hovered != self._hovered:
            self._hovered = hovered
            self._show_cursor(self._tool)
            self.update()

    def _show_cursor(self, tool: Tool) -> None:
        if self._hovered is not None:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        elif tool == "pen":
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            radius = ERASER_RADIUS / UNITS * self._paper.width()
            self.setCursor(eraser_cursor(radius, self.devicePixelRatioF()))

    # -- Qt

    def sizeHint(self) -> QSize:
        return QSize(400, 400)

    def minimumSizeHint(self) -> QSize:
        """Return the smallest square in which drawing is comfortable."""
        return QSize(210, 210)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Adjust the size of the eraser."""
        self._show_cursor(self._tool)
        super().resizeEvent(event)

    def event(self, event: QEvent) -> bool:
        """Show the answers of the digit below the pointer as its tooltip, or the tooltip of a button."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            button, index = self._button_at(QPointF(event.pos())), self._digits.at(QPointF(event.pos()))
            text = "" if index is None else self._digits.boxes[index].description
            QToolTip.showText(event.globalPos(), text if button is None else button.toolTip(), self)
            return True
        return super().event(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(event.position())
        super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Select another box by an arrow key, or none by Esc; reject the selected one, or remove it."""
        if self._digits.boxes and not self.is_drawing and event.key() in _ARROWS:
            self._arrange_digits()
            self.digit_selected.emit(self._digits.neighbour(*_ARROWS[event.key()]), False)
        elif self._digits.selected is not None and not self.is_drawing and event.key() in _COMMANDS:
            match event.key():
                case Qt.Key.Key_Escape:
                    self.digit_selected.emit(None, False)
                case Qt.Key.Key_Minus:
                    self.digit_rejected.emit()
                case _:
                    self.digit_removed.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the layer, the end of the current stroke, and the border."""
        colors, paper = colors_of(self), self._paper
        style = InkStyle(paper.width(), self.devicePixelRatioF(), colors, self.pen_width)
        # A growing stroke rarely touches corners or edge, and clipping to rounded corners is slow.
        at_edge = not paper.adjusted(RADIUS, RADIUS, -RADIUS, -RADIUS).contains(event.rect())
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if at_edge:
                painter.setClipPath(outline(paper))
            is_drawn = self._gesture_tool == "pen"
            content = self._content if is_drawn else self._read_content or self._content
            self._layer.paint(painter, paper.topLeft(), style, content, self._points)
            if self._digits.boxes and not is_drawn:
                self._arrange_digits()
                self._digits.paint(painter, colors, label_font(self.font()), self._hovered)
            if self._is_drop_target:
                paint_drop_target(painter, paper, colors, self.font(), self._reserved)
            elif self._content.is_blank and not self.is_drawing:
                paint_text(painter, paper, self._invitation, colors.muted, self.font(), self._reserved)
            if at_edge:
                painter.setClipping(False)
                paint_edge(painter, paper, colors, has_focus=has_keyboard_focus(self))
