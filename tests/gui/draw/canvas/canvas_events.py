"""Events of a mouse, a pen and fingers for the tests of the canvas, and what the canvas then shows."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.picture import Picture

LEFT = Qt.MouseButton.LeftButton
NO_BUTTON = Qt.MouseButton.NoButton


def drag(widget, *places, release=True):
    """Go through places, given in pixels, with the left button down."""
    QTest.mousePress(widget, LEFT, pos=QPoint(*places[0]))
    for place in places[1:]:
        send_mouse(widget, QEvent.Type.MouseMove, place, buttons=LEFT)
    if release:
        QTest.mouseRelease(widget, LEFT, pos=QPoint(*places[-1]))


def send_mouse(
    widget, kind, place, button=NO_BUTTON, buttons=NO_BUTTON, source=Qt.MouseEventSource.MouseEventNotSynthesized
):
    at, everywhere = QPointF(*place), QPointF(widget.mapToGlobal(QPointF(*place)))
    no_key = Qt.KeyboardModifier.NoModifier
    event = QMouseEvent(kind, at, at, everywhere, button, buttons, no_key, source)
    QApplication.sendEvent(widget, event)


def stylus(pointer):
    position = QInputDevice.Capability.Position
    return QPointingDevice("stylus", 7, QInputDevice.DeviceType.Stylus, pointer, position, 1, 1)


def send_pen(widget, device, kind, place, button=LEFT):
    at, everywhere = QPointF(*place), QPointF(widget.mapToGlobal(QPointF(*place)))
    no_key, held = Qt.KeyboardModifier.NoModifier, LEFT
    event = QTabletEvent(kind, device, at, everywhere, 0.5, 0, 0, 0, 0, 0, no_key, button, held)
    QApplication.sendEvent(widget, event)
    return event


def pen_drag(widget, device, *places):
    send_pen(widget, device, QEvent.Type.TabletPress, places[0])
    for place in places[1:]:
        send_pen(widget, device, QEvent.Type.TabletMove, place, NO_BUTTON)
    send_pen(widget, device, QEvent.Type.TabletRelease, places[-1])


def strokes_of(widget):
    return [stroke.tolist() for stroke in widget.content.strokes]


def color_at(widget, x, y):
    return widget.grab().toImage().pixelColor(x, y)


def inked(widget):
    """Tell for each pixel whether it shows ink, in the light theme."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : image.width()] < 64  # the focus ring is lighter


def mnist_seven():
    pixels = np.zeros((28, 28), np.uint8)
    pixels[4:24, 13:15] = 255
    return Picture.from_mnist(pixels, 7)


def canvas_drawing(*strokes, label=None):
    return Drawing(tuple(np.array(stroke, float) for stroke in strokes), label)


WIDE = canvas_drawing([[100, 500], [900, 500]])
TWO = canvas_drawing([[100, 200], [900, 200]], [[100, 800], [900, 800]], label=4)
