from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QTabBar

from mnist_gui.analysis.feature_maps import TITLES, FeatureLayer, FeatureMaps
from mnist_gui.gui import theme
from mnist_gui.gui.draw.panels.feature_map_grid import FeatureMapGrid, mosaic
from mnist_gui.gui.draw.panels.feature_map_window import FeatureMapWindow

RUN = "model-1-quick-20261122-163000"


def maps(strength: float = 1.0, silent: int = 1) -> FeatureMaps:
    """Maps of model 1: map `silent` of the first layer is silent, every other has one peak at (2, 5)."""
    layers = []
    for title, side, count, step, field in zip(TITLES, (26, 24, 12), (64, 128, 128), (1, 1, 2), (3, 5, 6), strict=True):
        values = np.zeros((side, side, count), np.float32)
        values[2, 5] = strength
        if title == TITLES[0]:
            values[..., silent] = 0
        layers.append(FeatureLayer(title, values, step, field))
    return FeatureMaps(RUN, 1, np.zeros((28, 28), np.float32), tuple(layers))


@pytest.fixture
def window(qtbot):
    theme.apply(QApplication.instance(), "light")
    window = FeatureMapWindow()
    qtbot.addWidget(window)
    window.resize(1100, 700)
    window.show()
    qtbot.waitExposed(window)
    return window


def grid(window, layer) -> FeatureMapGrid:
    return window.findChild(FeatureMapGrid, f"feature_grid_{layer}")


def description(window) -> str:
    return window.findChild(QLabel, "feature_words").text()


def texts(window) -> list[str]:
    return [label.text() for label in window.findChildren(QLabel) if label.isVisible()]


def point_at(qtbot, window, layer, index):
    center = grid(window, layer).tile(index).center()
    qtbot.mouseMove(grid(window, layer), center + QPoint(-3, 0))
    qtbot.mouseMove(grid(window, layer), center)


def test_maps_stand_beside_each_other_on_one_scale():
    values = np.zeros((2, 2, 3), np.float32)
    values[0, 1, 1], values[1, 0, 2] = 4, 2
    found = mosaic(values, 2, 1)
    assert found.tolist() == [
        [1, 1, 0, 1, 255],
        [1, 1, 0, 1, 1],
        [0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0],
        [128, 1, 0, 0, 0],
    ]
    assert mosaic(np.zeros((2, 2, 3), np.float32), 3, 1).max() == 1


def test_it_says_which_run_and_that_there_is_nothing_yet(window):
    assert window.windowTitle() == "Feature maps · Model 1"
    assert any(text.startswith("Draw a digit") for text in texts(window))
    window.set_maps(RUN, 1, maps())
    assert window.windowTitle() == f"Feature maps · Model 1 · {RUN}"
    assert "First convolution · 64 maps of 26×26" in texts(window)
    assert "Pooling · 128 maps of 12×12" in texts(window)
    assert not any(text.startswith("Draw a digit") for text in texts(window))
    window.set_maps(RUN, 1, None)
    assert any(text.startswith("Draw a digit") for text in texts(window))


def test_the_map_under_the_mouse_is_reported_with_its_maximum_and_place(window, qtbot):
    window.set_maps(RUN, 1, maps(strength=1.25))
    QApplication.processEvents()
    point_at(qtbot, window, 0, 3)
    assert "First convolution, map 4 of 64." in texts(window)
    assert "1.25 at row 2, column 5" in description(window)
    assert "rows 2 to 4 and columns 5 to 7" in description(window)
    point_at(qtbot, window, 0, 1)
    assert description(window).startswith("Silent")
    grid(window, 2).selected.emit(9)
    assert "Pooling, map 10 of 128." in texts(window)
    assert "rows 4 to 9 and columns 10 to 15" in description(window)


def test_the_chosen_map_follows_the_drawing(window, qtbot):
    window.set_maps(RUN, 1, maps(strength=1))
    QApplication.processEvents()
    point_at(qtbot, window, 0, 3)
    window.set_maps(RUN, 1, maps(strength=2.5))
    assert description(window).startswith("Maximum 2.50")
    window.set_maps(RUN, 1, maps(silent=3))
    assert description(window).startswith("Silent")


def test_maps_are_chosen_by_keyboard_alone(window, qtbot):
    window.set_maps(RUN, 1, maps())
    QApplication.processEvents()
    window.findChild(QTabBar, "feature_models").setFocus()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    first = grid(window, 0)
    assert first.hasFocus()
    assert "map 1 of 64" in first.accessibleDescription()
    qtbot.keyClick(first, Qt.Key.Key_Right)
    qtbot.keyClick(first, Qt.Key.Key_Down)
    columns = next(index for index in range(1, 64) if first.tile(index).left() == 0)
    assert f"map {columns + 2} of 64" in first.accessibleDescription()
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Left):
        qtbot.keyClick(first, key)
    assert "map 1 of 64" in first.accessibleDescription(), "it stays within the layer"


def test_another_model_is_asked_for_and_not_when_it_is_only_shown(window, qtbot):
    asked = []
    window.model_changed.connect(asked.append)
    window.set_maps("model-2-fast", 2, None)
    assert window.model == 2
    assert asked == []
    bar = window.findChild(QTabBar, "feature_models")
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(2).center())
    assert asked == [3]
    assert window.model == 3


def test_a_silent_map_is_crossed_and_others_are_not(window):
    window.set_maps(RUN, 1, maps(silent=1))
    QApplication.processEvents()
    picture = grid(window, 0).grab().toImage()
    quiet = QColor(0, 34, 78)  # the darkest of cividis

    def middle(index):
        return picture.pixelColor(grid(window, 0).tile(index).center())

    assert abs(middle(0).blue() - quiet.blue()) < 12
    assert middle(1).red() > 80


def test_tiles_fill_the_width_and_none_is_cut(window):
    window.set_maps(RUN, 1, maps())
    for width in (800, 1300):
        window.resize(width, 600)
        QApplication.processEvents()
        for layer in range(3):
            area = grid(window, layer)
            count = (64, 128, 128)[layer]
            assert all(area.rect().contains(area.tile(index)) for index in range(count))
            assert max(area.tile(index).right() for index in range(count)) > area.width() - 60


def test_it_opens_large_enough_before_there_are_maps(qtbot):
    window = FeatureMapWindow()
    qtbot.addWidget(window)
    window.show()
    available = window.screen().availableGeometry()
    assert min(640, available.width() - 8) <= window.width() <= 1000
    assert min(480, available.height() - 40) <= window.height() <= 720
    assert available.size().expandedTo(window.size()) == available.size()


@pytest.mark.parametrize("size", [(480, 320), (640, 480), (1000, 720), (1600, 900)])
def test_it_scrolls_to_the_last_map_and_no_further(window, qtbot, size):
    window.set_maps(RUN, 1, maps())
    window.resize(*size)
    area = window.findChild(QScrollArea, "feature_layers")
    bar = area.verticalScrollBar()

    def room_below() -> int:
        bar.setValue(bar.maximum())
        last = grid(window, 2)
        return area.viewport().height() - last.mapTo(area.viewport(), last.tile(127).bottomLeft()).y()

    qtbot.waitUntil(lambda: 0 < room_below() < 40 or bar.maximum() == 0)
    assert all(each.rect().contains(each.tile(63)) for each in (grid(window, layer) for layer in range(3)))


@pytest.mark.parametrize(
    ("key", "modifier"),
    [(Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)],
)
def test_keys_close_it_wherever_the_focus_is(window, qtbot, key, modifier):
    window.set_maps(RUN, 1, maps())
    for focused in (window.findChild(QTabBar, "feature_models"), grid(window, 1)):
        window.show()
        window.activateWindow()
        focused.setFocus()
        qtbot.waitUntil(focused.hasFocus)
        qtbot.keyClick(focused, key, modifier)
        assert not window.isVisible()
