from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.draw.panels.why_panel import COMPUTING, NOTHING_YET, WhyPanel
from mnist_gui.gui.widgets.heat_map import HeatMap, region_of


@pytest.fixture
def panel(qtbot):
    theme.apply(QApplication.instance(), "light")
    panel = WhyPanel()
    qtbot.addWidget(panel)
    panel.resize(600, 120)
    panel.show()
    qtbot.waitExposed(panel)
    return panel


@pytest.fixture
def frame():
    frame = np.zeros((28, 28), np.float32)
    frame[5:23, 12:15] = 1
    return frame


def evidence(rows: slice, columns: slice, strength: float = 3.0):
    found = np.zeros((28, 28), np.float32)
    found[rows, columns] = strength
    return found


TOP_RIGHT = evidence(np.s_[5:9], np.s_[18:22])


def heat_map(panel, model) -> HeatMap:
    return panel.findChild(QWidget, f"why_{model}").findChild(HeatMap)


def texts(panel, model) -> list[str]:
    return [label.text() for label in panel.findChild(QWidget, f"why_{model}").findChildren(QLabel)]


def same(panel, frame, digit=7):
    panel.set_maps(dict.fromkeys((1, 2, 3), TOP_RIGHT), frame, dict.fromkeys((1, 2, 3), digit))


@pytest.mark.parametrize(
    ("rows", "columns", "place"),
    [
        (np.s_[4:8], np.s_[4:8], "top left"),
        (np.s_[4:8], np.s_[12:15], "top"),
        (np.s_[12:16], np.s_[12:16], "middle"),
        (np.s_[12:16], np.s_[20:24], "right"),
        (np.s_[20:24], np.s_[5:9], "bottom left"),
    ],
)
def test_a_place_has_a_name(rows, columns, place):
    assert region_of(evidence(rows, columns)) == place
    assert region_of(evidence(rows, columns, -3)) == ""
    assert region_of(evidence(rows, columns, 0.01)) == ""


def test_each_model_says_why(panel, frame):
    panel.set_maps({1: TOP_RIGHT, 2: -TOP_RIGHT}, frame, {1: 7, 2: 1})
    assert heat_map(panel, 1).accessibleName() == "Model 1 · why 7"
    assert heat_map(panel, 1).accessibleDescription() == "most of the evidence for 7: top right"
    assert heat_map(panel, 2).accessibleDescription() == "nothing in the drawing speaks for 1"
    assert texts(panel, 3) == ["Model 3", "No answer to explain."]
    assert heat_map(panel, 3).is_empty
    assert panel.status == ""


def test_what_speaks_for_it_is_bright_and_the_ink_is_still_seen(panel, frame):
    panel.resize(900, 300)
    same(panel, frame)
    QApplication.processEvents()
    widget = heat_map(panel, 1)
    picture = widget.grab().toImage()
    scale = min(widget.width(), widget.height()) / 28

    def at(row, column):
        return picture.pixelColor(round((column + 0.5) * scale), round((row + 0.5) * scale))

    bright, dark = at(7, 20), at(20, 5)
    assert bright.red() > 200
    assert bright.blue() < 120
    assert dark.red() < 30
    outline = [picture.pixelColor(round(x), round(15 * scale)).lightness() for x in np.arange(10, 17, 0.1) * scale]
    assert max(outline) > 200
    assert min(outline) < 80


def test_the_maps_stand_in_equal_thirds(panel, frame):
    for width in (600, 601, 830):
        panel.resize(width, 150)
        same(panel, frame)
        QApplication.processEvents()
        lefts = [
            heat_map(panel, model).mapTo(panel, heat_map(panel, model).rect().topLeft()).x() for model in (1, 2, 3)
        ]
        assert lefts[0] == 0
        assert lefts[1] - lefts[0] == pytest.approx((width + 12) / 3, abs=1.5)
        assert lefts[2] - lefts[1] == pytest.approx((width + 12) / 3, abs=1.5)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_no_words_are_cut_in_the_least_room(panel, frame, scale):
    theme.apply(QApplication.instance(), "light", scale)
    panel.resize(600, 130)
    same(panel, frame)
    QApplication.processEvents()
    for model in (1, 2, 3):
        third = panel.findChild(QWidget, f"why_{model}")
        for label in third.findChildren(QLabel):
            if label.isVisible():
                assert third.rect().contains(label.geometry())
                assert label.sizeHint().width() <= label.width() or label.wordWrap()
                assert label.height() >= label.heightForWidth(label.width())
    assert panel.network_button.height() >= 32
    assert panel.rect().contains(panel.network_button.geometry())
    theme.apply(QApplication.instance(), "light")


def test_busy_is_said_only_when_it_lasts_and_the_old_maps_stay(panel, frame, qtbot):
    same(panel, frame)
    panel.set_busy()
    assert panel.status == ""
    assert not heat_map(panel, 1).is_muted
    qtbot.waitUntil(lambda: panel.status == COMPUTING, timeout=1000)
    assert heat_map(panel, 1).is_muted
    assert not heat_map(panel, 1).is_empty
    assert heat_map(panel, 1).accessibleDescription() == "most of the evidence for 7: top right"
    panel.set_busy()
    assert panel.status == COMPUTING
    same(panel, frame, 1)
    assert panel.status == ""
    assert not heat_map(panel, 1).is_muted


def test_maps_that_come_soon_are_never_announced(panel, frame, qtbot):
    same(panel, frame)
    panel.set_busy()
    qtbot.wait(50)
    same(panel, frame)
    qtbot.wait(250)
    assert panel.status == ""
    assert not heat_map(panel, 2).is_muted


def test_an_empty_panel_says_why(panel, frame):
    assert panel.status == NOTHING_YET
    same(panel, frame)
    panel.set_busy()
    panel.set_empty("No run can answer: train one.")
    assert panel.status == "No run can answer: train one."
    assert heat_map(panel, 1).is_empty
    assert texts(panel, 1) == ["Model 1", ""]


def test_the_network_is_asked_for_by_mouse_and_key(panel, qtbot):
    with qtbot.waitSignal(panel.network_requested):
        qtbot.mouseClick(panel.network_button, Qt.MouseButton.LeftButton)
    panel.network_button.setFocus()
    with qtbot.waitSignal(panel.network_requested):
        qtbot.keyClick(panel.network_button, Qt.Key.Key_Space)
