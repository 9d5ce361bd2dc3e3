"""The magnified frame: every pixel to be seen, and to be asked for."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip

from mnist_gui.gui import theme
from mnist_gui.gui.draw.frame_view import FrameView


@pytest.fixture
def view(qtbot):
    widget = FrameView()
    qtbot.addWidget(widget)
    widget.resize(widget.sizeHint())
    with qtbot.waitExposed(widget):
        widget.show()
    yield widget
    QToolTip.hideText()


@pytest.fixture
def frame():
    """White at row 12, column 7; grey at the last row and column."""
    pixels = np.zeros((28, 28), np.float32)
    pixels[12, 7], pixels[27, 27] = 1, 0.5
    return pixels


def middle_of(view, row, column, scale=5):
    return QPoint(1 + column * scale + scale // 2, 1 + row * scale + scale // 2)


def value_at(view, row, column, scale=5):
    return view.grab().toImage().pixelColor(middle_of(view, row, column, scale)).lightness()


def hover(view, place):
    QApplication.sendEvent(view, QHelpEvent(QEvent.Type.ToolTip, place, view.mapToGlobal(place)))


def test_pixels_are_shown_as_squares_of_equal_size(view, frame):
    view.set_frame(frame)
    assert view.sizeHint().width() == view.sizeHint().height() == 28 * 5 + 2
    assert value_at(view, 12, 7) == 255
    assert value_at(view, 27, 27) == pytest.approx(128, abs=2)
    assert value_at(view, 12, 6) == value_at(view, 12, 8) == value_at(view, 11, 7) == value_at(view, 7, 12) == 0


def test_it_is_white_on_black_in_every_theme(view, frame, qapp):
    view.set_frame(frame)
    for choice in ("dark", "light"):
        theme.apply(qapp, choice)
        assert (value_at(view, 12, 7), value_at(view, 0, 0)) == (255, 0)


def test_another_scale_changes_its_size(view, frame):
    view.set_frame(frame)
    view.set_scale(4)
    assert view.sizeHint().width() == 28 * 4 + 2
    view.resize(view.sizeHint())
    assert value_at(view, 12, 7, scale=4) == 255


def test_a_pixel_tells_row_column_and_value(view, frame):
    frame[12, 7] = 0.83
    view.set_frame(frame)
    hover(view, middle_of(view, 12, 7))
    assert QToolTip.text() == "row 12, column 7: 0.83"
    QTest.mouseMove(view, middle_of(view, 27, 27))
    assert QToolTip.text() == "row 27, column 27: 0.50"


def test_beside_the_pixels_and_without_a_frame_nothing_is_shown(view, frame):
    assert view.text_at(QPointF(20, 20)) == ""
    view.set_frame(frame)
    view.resize(300, 300)
    assert view.text_at(QPointF(5, 5)) == ""
    assert view.text_at(QPointF(150, 150)) == "row 14, column 14: 0.00"


def test_no_frame_is_a_dark_square_that_says_so(view, frame):
    assert value_at(view, 12, 7) == 0
    assert view.accessibleDescription() == "nothing yet"
    view.set_frame(frame)
    assert "28 by 28" in view.accessibleDescription()
    view.set_frame(None)
    assert view.frame is None
    assert view.accessibleDescription() == "nothing yet"
    assert value_at(view, 12, 7) == 0
