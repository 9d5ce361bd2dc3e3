"""A widget that turns mouse, tablet and touch events into gestures."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QEventPoint,
    QFocusEvent,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QWidget

# A touch is identified by the number of its point: a second finger is another pointer.
_Pointer = Literal["mouse", "tablet"] | int


class PointerInput(QWidget):
    """Accepts gestures of one pointer at a time and ignores others meanwhile.

    A subclass implements `_can_start`, `_gesture_started`, `_gesture_moved` and `_gesture_ended`, with positions in
    widget coordinates.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pointer: _Pointer | None = None  # of the current gesture
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)

    @property
    def is_drawing(self) -> bool:
        """Whether there is a current gesture, of pen or eraser."""
        return self._pointer is not None

    def _can_start(self, position: QPointF) -> bool:
        """Return whether a gesture can start at a position."""
        raise NotImplementedError

    def _gesture_started(self, position: QPointF, *, is_eraser: bool) -> None:
        """Start a gesture; `is_eraser` for the eraser end of a tablet pen."""
        raise NotImplementedError

    def _gesture_moved(self, position: QPointF) -> None:
        """Continue the gesture; the position may be unchanged or outside the widget."""
        raise NotImplementedError

    def _gesture_ended(self, *, keep: bool) -> None:
        """Keep or revert the effect of the gesture, which is no longer the current one."""
        raise NotImplementedError

    def _end_gesture(self, *, keep: bool) -> None:
        """End the current gesture, if any, without waiting for its release."""
        if self._pointer is not None:
            self._pointer = None
            self._gesture_ended(keep=keep)

    # -- devices

    def _press(self, pointer: _Pointer, position: QPointF, *, is_eraser: bool = False) -> None:
        if pointer == self._pointer:  # its release was lost
            self._end_gesture(keep=True)
        if self._pointer is None and self._can_start(position):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._pointer = pointer
            self._gesture_started(position, is_eraser=is_eraser)

    def _drag(self, pointer: _Pointer, position: QPointF) -> None:
        if pointer == self._pointer:
            self._gesture_moved(position)

    def _release(self, pointer: _Pointer, position: QPointF) -> None:
        if pointer == self._pointer:
            self._gesture_moved(position)
            self._end_gesture(keep=True)

    def _touch(self, event: QTouchEvent) -> None:
        # Always accepted: Qt would turn it into mouse events. (Those of a touch pad already are.)
        event.accept()
        if event.type() == QEvent.Type.TouchCancel and isinstance(self._pointer, int):
            self._end_gesture(keep=False)
            return
        for point in event.points():
            match point.state():
                case QEventPoint.State.Pressed:
                    self._press(point.id(), point.position())
                case QEventPoint.State.Updated:
                    self._drag(point.id(), point.position())
                case QEventPoint.State.Released:
                    self._release(point.id(), point.position())

    def _cancels(self, event: QEvent) -> bool:
        return self.is_drawing and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape

    # -- Qt

    def event(self, event: QEvent) -> bool:
        """Handle touches, and Esc during a gesture before any shortcut."""
        if isinstance(event, QTouchEvent) and event.device().type() == QPointingDevice.DeviceType.TouchScreen:
            self._touch(event)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and self._cancels(event):
            event.accept()
            return True
        return super().event(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with the tip of the pen, erase with its other end."""
        event.accept()  # Qt would turn it into mouse events
        is_tip = event.button() == Qt.MouseButton.LeftButton
        match event.type():
            case QEvent.Type.TabletPress if is_tip:
                is_eraser = event.pointerType() == QPointingDevice.PointerType.Eraser
                self._press("tablet", event.position(), is_eraser=is_eraser)
            case QEvent.Type.TabletMove:
                self._drag("tablet", event.position())
            case QEvent.Type.TabletRelease if is_tip:
                self._release("tablet", event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and _is_from_mouse(event):
            self._press("mouse", event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if _is_from_mouse(event):
            self._drag("mouse", event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and _is_from_mouse(event):
            self._release("mouse", event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Cancel the current gesture at Esc."""
        if self._cancels(event):
            self._end_gesture(keep=False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """End the gesture and keep what was drawn."""
        self._end_gesture(keep=True)
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """End the gesture and keep what was drawn."""
        self._end_gesture(keep=True)
        super().hideEvent(event)


def _is_from_mouse(event: QMouseEvent) -> bool:
    """Return whether an event is the mouse's own, not one that the system made of a pen or touch event."""
    return event.source() == Qt.MouseEventSource.MouseEventNotSynthesized
