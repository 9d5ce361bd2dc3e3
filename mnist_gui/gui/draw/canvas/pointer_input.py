"""A widget that makes gestures, one at a time, of what mouse, pen and fingers do."""

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

# Who draws: a touch is known by its finger's number, so that a second finger is somebody else.
_Holder = Literal["mouse", "tablet"] | int


class PointerInput(QWidget):
    """Lets one device or finger draw at a time; what others do meanwhile is ignored.

    A subclass says what a gesture does, in `_may_begin`, `_gesture_began`, `_gesture_moved` and `_gesture_ended`.
    Positions are the widget's, in pixels.

    Parameters
    ----------
    parent
        As for any widget.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._holder: _Holder | None = None  # of the gesture under way
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)

    @property
    def is_drawing(self) -> bool:
        """True while a gesture, of pen or eraser, is under way."""
        return self._holder is not None

    def _may_begin(self, position: QPointF) -> bool:
        """Tell whether a gesture can begin there."""
        raise NotImplementedError

    def _gesture_began(self, position: QPointF, *, turned: bool) -> None:
        """Begin what a gesture does; `turned` if it is made with the other end of a pen, the eraser."""
        raise NotImplementedError

    def _gesture_moved(self, position: QPointF) -> None:
        """Go on with it; the position can be the last one again, or beside the widget."""
        raise NotImplementedError

    def _gesture_ended(self, *, keep: bool) -> None:
        """Keep what the gesture under way did, or take it back. No gesture is under way any more."""
        raise NotImplementedError

    def _end_gesture(self, *, keep: bool) -> None:
        """End the gesture before its release comes, if there is one."""
        if self._holder is not None:
            self._holder = None
            self._gesture_ended(keep=keep)

    # What every device calls.

    def _press(self, holder: _Holder, position: QPointF, *, turned: bool = False) -> None:
        if holder == self._holder:  # its release got lost
            self._end_gesture(keep=True)
        if self._holder is None and self._may_begin(position):
            self.setFocus(Qt.FocusReason.MouseFocusReason)
            self._holder = holder
            self._gesture_began(position, turned=turned)

    def _drag(self, holder: _Holder, position: QPointF) -> None:
        if holder == self._holder:
            self._gesture_moved(position)

    def _release(self, holder: _Holder, position: QPointF) -> None:
        if holder == self._holder:
            self._gesture_moved(position)
            self._end_gesture(keep=True)

    def _touch(self, event: QTouchEvent) -> None:
        # Accepted whatever becomes of it, lest Qt makes mouse events of it. (A touch pad's already are.)
        event.accept()
        if event.type() == QEvent.Type.TouchCancel and isinstance(self._holder, int):
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
        """Take touches, and Esc in mid-stroke before any shortcut does."""
        if isinstance(event, QTouchEvent) and event.device().type() == QPointingDevice.DeviceType.TouchScreen:
            self._touch(event)
            return True
        if event.type() == QEvent.Type.ShortcutOverride and self._cancels(event):
            event.accept()
            return True
        return super().event(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with the pen's tip; erase with its other end."""
        event.accept()  # lest Qt makes mouse events of it
        tip = event.button() == Qt.MouseButton.LeftButton
        match event.type():
            case QEvent.Type.TabletPress if tip:
                turned = event.pointerType() == QPointingDevice.PointerType.Eraser
                self._press("tablet", event.position(), turned=turned)
            case QEvent.Type.TabletMove:
                self._drag("tablet", event.position())
            case QEvent.Type.TabletRelease if tip:
                self._release("tablet", event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a gesture with the left button."""
        if event.button() == Qt.MouseButton.LeftButton and _is_of_mouse(event):
            self._press("mouse", event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it."""
        if _is_of_mouse(event):
            self._drag("mouse", event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        if event.button() == Qt.MouseButton.LeftButton and _is_of_mouse(event):
            self._release("mouse", event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give up the stroke under way at Esc."""
        if self._cancels(event):
            self._end_gesture(keep=False)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Keep what was drawn until something else took over."""
        self._end_gesture(keep=True)
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Keep what was drawn until then."""
        self._end_gesture(keep=True)
        super().hideEvent(event)


def _is_of_mouse(event: QMouseEvent) -> bool:
    """Tell a mouse's own event from one that the system made of a pen's or a finger's, which count."""
    return event.source() == Qt.MouseEventSource.MouseEventNotSynthesized
