"""The hint over the canvas."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from mnist_gui.gui.draw.fading_hint import FadingHint

TEXT = "Esc ends · Del clears · W why · S stress"


@pytest.mark.parametrize(("width", "is_one_line"), [(600, True), (200, False)])
def test_it_stands_in_one_line_where_there_is_room(qtbot, width, is_one_line):
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(width, 300)
    canvas.show()
    hint = FadingHint(canvas)
    hint.setText(TEXT)
    hint.set_shown(True)
    assert canvas.rect().contains(hint.geometry())
    assert (hint.height() < 2 * hint.fontMetrics().lineSpacing()) == is_one_line
    hint.set_shown(False)


def test_it_is_no_higher_than_its_text_once_the_text_or_the_room_is_another(qtbot):
    canvas = QWidget()
    qtbot.addWidget(canvas)
    canvas.resize(120, 300)
    canvas.show()
    hint = FadingHint(canvas)
    hint.setText(TEXT)
    hint.set_shown(True)
    canvas.resize(600, 300)
    hint.place()
    assert hint.height() < 2 * hint.fontMetrics().lineSpacing()
    hint.set_shown(False)
