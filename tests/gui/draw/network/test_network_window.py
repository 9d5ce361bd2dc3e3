"""The view of a whole network, with mouse and keys, on a shipped run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QSignalBlocker, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QTabBar, QToolButton

from mnist_gui.analysis.network_sum import Patch, Place
from mnist_gui.digits.dataset import load_mnist_test
from mnist_gui.gui import theme
from mnist_gui.gui.answerers import NO_RUNS
from mnist_gui.gui.draw.network.network_thread import NetworkState
from mnist_gui.gui.draw.network.network_window import NetworkWindow
from mnist_gui.gui.draw.network.network_words import number
from mnist_gui.gui.draw.network.patch_frame import PatchFrame
from mnist_gui.models.inspection.network import ALL_ON, Network, Off
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import RunStore

FIRST, SECOND, POOLING, UNITS, ANSWER = range(5)  # layers of model 1


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    store = RunStore(tmp_path_factory.mktemp("runs"), resources_folder() / "runs")
    return {model: Network(store.get(f"model-{model}-fast")) for model in (1, 3)}


@pytest.fixture(scope="module")
def frames():
    return load_mnist_test().frames()[:3]


@pytest.fixture
def window(qtbot):
    theme.apply(QApplication.instance(), "light")
    window = NetworkWindow()
    qtbot.addWidget(window)
    window.resize(1000, 720)
    window.show()
    qtbot.waitExposed(window)
    return window


@pytest.fixture
def show(window, networks, frames):
    """A function that shows a frame, with the filters off that the user switched off."""

    def show(model=1, number=0):
        network = networks[model]
        whole = network.activations(frames[number])
        with QSignalBlocker(window._model_bar):
            window._model_bar.setCurrentIndex(model - 1)
        window.set_state(NetworkState(network, whole, window.off, network.without(whole, window.off)))
        QApplication.processEvents()

    show()
    window.off_changed.connect(show)
    return show


def area(window, layer):
    return window.columns.areas[layer]


def texts(window):
    return [label.text() for label in window.findChildren(QLabel) if label.isVisible()]


def text(window, name):
    return window.findChild(QLabel, name).text()


def move_to(tiles, point):
    viewport, place = tiles.viewport(), QPointF(point)
    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, place, viewport.mapToGlobal(place), none, none, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(viewport, event)


def point_at(window, place):
    """Move the mouse to the middle of a value of a map."""
    tiles = area(window, place.layer)
    square = tiles.map_area(place.index)
    pixel = square.width() // {FIRST: 26, SECOND: 24, POOLING: 12}[place.layer]
    move_to(tiles, square.topLeft() + QPoint(place.column, place.row) * pixel + QPoint(pixel // 2, pixel // 2))


def click(qtbot, window, layer, index):
    tiles = area(window, layer)
    qtbot.mouseClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=tiles.tile(index).center())


def test_it_says_which_run_and_that_there_is_nothing_yet(window, show):
    assert window.windowTitle() == "How the network sees · Model 1 · model-1-fast"
    assert not window.findChild(QLabel, "network_empty").isVisible()
    window.show_nothing("model-1-fast")
    assert any(line.startswith("Draw a digit") for line in texts(window))
    assert not window.columns.isVisible()
    show()
    assert window.columns.isVisible()


def test_every_layer_has_its_strongest_first(window, show, networks, frames):
    found, layers = networks[1].activations(frames[0]), networks[1].layers
    for layer, strengths in (
        *((layer, found.values(layers[layer]).max(axis=(0, 1))) for layer in (FIRST, SECOND, POOLING)),
        (UNITS, found.values(layers[UNITS])),
    ):
        assert (np.diff(strengths[area(window, layer).order]) <= 0).all()
        assert len(area(window, layer).order) == len(strengths)
    assert area(window, ANSWER).order == list(range(10))
    assert len(window.columns.areas) == 5
    show(3)
    assert len(window.columns.areas) == 6, "it has two layers of units"


def test_the_words_are_plain_and_the_expert_has_tooltips(window, show):
    captions = {label.text(): label.toolTip() for label in window.columns.findChildren(QLabel)}
    caption = "64 filters. Each looks at 3×3 pixels at a time"
    assert "Conv2D 64, 3×3, ReLU" in captions[caption]
    assert not any("Conv2D" in shown or "ReLU" in shown for shown in captions)
    assert text(window, "network_introduction").startswith("Model 1 is a network, read from left to right")


def test_a_value_under_the_mouse_is_spelled_out_and_its_patch_outlined(window, show, networks, frames):
    frame = window.findChild(PatchFrame)
    index = area(window, FIRST).order[2]
    point_at(window, Place(FIRST, index, 7, 12))
    assert frame.patch == Patch(7, 12, 3, 3)
    assert text(window, "network_sum_title") == f"First filter {index + 1} · row 7, column 12"
    layer = networks[1].layers[0]
    total = float((frames[0][7:10, 12:15] * layer.weights[:, :, 0, index]).sum())
    words = text(window, "network_sum_words").replace("−", "-")
    assert words.startswith(f"3×3 = 9 products and a bias, then ReLU. Sum {total:.2f} ")
    assert f"bias {abs(float(layer.bias[0, 0, index])):.2f} = {total + float(layer.bias[0, 0, index]):.2f}:" in words

    index = area(window, SECOND).order[0]
    point_at(window, Place(SECOND, index, 3, 4))
    assert frame.patch == Patch(3, 4, 5, 5)
    assert text(window, "network_sum_words").startswith("3×3 × 64 maps = 576 products and a bias, then ReLU.")
    point_at(window, Place(POOLING, area(window, POOLING).order[0], 3, 4))
    assert frame.patch == Patch(6, 8, 6, 6)
    assert text(window, "network_sum_words").startswith("The largest of 2×2 = 4 values")

    units = area(window, UNITS)
    move_to(units, units.tile(units.order[1]).center())
    assert text(window, "network_sum_title") == f"Unit {units.order[1] + 1}"
    assert text(window, "network_sum_words").startswith("12×12 × 128 maps = 18,432 products and a bias, then ReLU.")
    bars = area(window, ANSWER)
    move_to(bars, bars.tile(7).center())
    assert text(window, "network_sum_title") == "Score of 7"
    assert "128 products and a bias, then softmax" in text(window, "network_sum_words")


def test_the_chosen_value_follows_the_drawing(window, show):
    index = area(window, FIRST).order[2]
    point_at(window, Place(FIRST, index, 7, 12))
    before = text(window, "network_sum_words")
    show(number=1)
    assert text(window, "network_sum_title") == f"First filter {index + 1} · row 7, column 12"
    assert text(window, "network_sum_words") != before


def test_a_filter_is_switched_off_and_on_by_a_click(window, show, qtbot, networks, frames):
    first, second = area(window, FIRST).order[1], area(window, SECOND).order[0]
    assert not window.findChild(QPushButton, "network_all_on").isVisible()
    before = text(window, "network_answer")
    click(qtbot, window, FIRST, first)
    assert window.off == Off(frozenset({(FIRST, first)}))
    click(qtbot, window, POOLING, second)  # the map of a filter of the second convolution
    assert window.off == Off(frozenset({(FIRST, first), (SECOND, second)}))
    assert text(window, "network_answer").startswith(f"2 filters off: {before} → 7 · ")
    click(qtbot, window, FIRST, first)
    assert window.off == Off(frozenset({(SECOND, second)}))
    click(qtbot, window, ANSWER, 7)
    assert window.off.count == 1, "an answer cannot be switched off"
    qtbot.mouseClick(window.findChild(QPushButton, "network_all_on"), Qt.MouseButton.LeftButton)
    assert window.off == ALL_ON
    assert text(window, "network_answer") == before


def test_what_is_off_keeps_its_place_and_is_crossed_out(window, show, qtbot):
    tiles = area(window, FIRST)
    order = list(tiles.order)
    index = order[1]
    center = tiles.tile(index).center()
    before = tiles.viewport().grab().toImage().pixelColor(center)
    click(qtbot, window, FIRST, index)
    show()
    assert tiles.order == order
    crossed = tiles.viewport().grab().toImage().pixelColor(center)
    assert crossed.lightness() > 240 > before.lightness()
    move_to(tiles, center)
    assert "Switched off: 0 is handed on instead." in text(window, "network_sum_words")


def test_probabilities_are_drawn_before_and_after(window, show, qtbot):
    bars = area(window, ANSWER)

    def is_coloured(top_half):
        tile = bars.tile(7)
        picture = bars.viewport().grab().toImage()
        point = QPoint(tile.left() + tile.width() // 4, tile.center().y() + (-3 if top_half else 3))
        return picture.pixelColor(point).hsvSaturation() > 100

    assert is_coloured(True)
    assert is_coloured(False)
    click(qtbot, window, FIRST, area(window, FIRST).order[0])
    assert not is_coloured(True), "the answer with all filters is grey"
    assert is_coloured(False)


def test_filters_are_reached_and_switched_by_keyboard_alone(window, show, qtbot):
    tiles = area(window, FIRST)
    window.findChild(QTabBar, "network_models").setFocus()
    qtbot.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
    assert window.focusWidget() is tiles
    qtbot.keyClick(tiles, Qt.Key.Key_Right)
    assert text(window, "network_sum_title").startswith(f"First filter {tiles.order[1] + 1} ")
    lefts = [tiles.tile(index).left() for index in tiles.order]
    columns = lefts.index(lefts[0], 1)
    qtbot.keyClick(tiles, Qt.Key.Key_Down)
    chosen = tiles.order[1 + columns]
    assert text(window, "network_sum_title").startswith(f"First filter {chosen + 1} ")
    qtbot.keyClick(tiles, Qt.Key.Key_Space)
    assert window.off.places == {(FIRST, chosen)}
    qtbot.keyClick(tiles, Qt.Key.Key_Space)
    assert window.off == ALL_ON
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Left, Qt.Key.Key_Left):
        qtbot.keyClick(tiles, key)
    assert f"First filter {tiles.order[0] + 1} " in tiles.accessibleDescription(), "it stays within the layer"
    for _ in range(40):
        qtbot.keyClick(tiles, Qt.Key.Key_Down)
    last = tiles.tile(tiles.order[63])
    assert tiles.viewport().rect().intersects(last), "it scrolls along"


def test_shift_and_the_arrows_move_within_a_map(window, show, qtbot):
    tiles = area(window, FIRST)
    tiles.setFocus()
    index = tiles.order[0]
    point_at(window, Place(FIRST, index, 24, 3))
    for _ in range(3):
        qtbot.keyClick(tiles, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(tiles, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert text(window, "network_sum_title") == f"First filter {index + 1} · row 25, column 4"


def test_another_model_is_asked_for_and_starts_with_all_filters_on(window, show, qtbot):
    asked = []
    window.place_changed.connect(asked.append)
    click(qtbot, window, FIRST, area(window, FIRST).order[1])
    bar = window.findChild(QTabBar, "network_models")
    qtbot.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(2).center())
    assert asked == [3]
    assert window.off == ALL_ON
    show(3)
    assert asked == [3]
    assert window.windowTitle().endswith("Model 3 · model-3-fast")


def test_a_place_that_another_model_does_not_have_is_replaced(window, show):
    point_at(window, Place(FIRST, area(window, FIRST).order[0], 25, 25))
    show(3)  # of another size
    assert window.findChild(PatchFrame).patch.top <= 23


def test_a_scroll_step_paints_only_what_comes_into_view(window, show, monkeypatch):
    tiles = area(window, SECOND)
    painted = []
    paint_tile = tiles.paint_tile
    monkeypatch.setattr(tiles, "paint_tile", lambda *arguments: (painted.append(arguments[2]), paint_tile(*arguments)))
    bar = tiles.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    tiles.viewport().repaint()
    whole = set(painted)
    assert 0 < len(whole) < 40
    QApplication.processEvents()
    painted.clear()
    bar.setValue(bar.value() + 8)
    QApplication.processEvents()
    assert 0 < len(set(painted)) < len(whole) / 2


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("size", [(640, 480), (1000, 720), (1600, 1000)])
@pytest.mark.parametrize("model", [1, 3])
def test_nothing_is_cut_at_any_size(window, show, size, scale, model):
    theme.apply(QApplication.instance(), "light", scale)
    try:
        show(model)
        window.resize(*size)
        for _ in range(8):  # heights follow widths, and a scroll bar takes some
            QApplication.processEvents()
        assert window.width() <= max(size[0], window.minimumSizeHint().width())
        for label in window.findChildren(QLabel):
            if label.isVisible() and label.text():
                assert label.height() >= label.heightForWidth(label.width()), label.text()
                card = label.parentWidget()
                assert card.rect().contains(label.geometry()), label.text()
        for panel in (window.sum_panel, window.favourites):
            assert panel.parentWidget().rect().contains(panel.geometry())
            assert panel.height() >= panel.layout().minimumHeightForWidth(panel.width())
        for tiles in window.columns.areas:
            if tiles.isVisible():
                assert tiles.viewport().height() >= tiles.tile_size().height()
                assert tiles.viewport().width() >= tiles.tile(tiles.order[0]).right()
                tiles.verticalScrollBar().setValue(tiles.verticalScrollBar().maximum())
                assert tiles.viewport().rect().contains(tiles.tile(tiles.order[-1]))
    finally:
        theme.apply(QApplication.instance(), "light")


def test_maps_are_no_smaller_than_larger_text_in_an_open_window(window, show, qtbot):
    tiles = area(window, SECOND)
    before, last = tiles.tile_size(), tiles.verticalScrollBar().maximum()
    theme.apply(QApplication.instance(), "light", 1.5)
    try:
        qtbot.waitUntil(lambda: not window.findChild(QLabel, "network_introduction").isVisible())
        assert tiles.tile_size().height() >= max(before.height(), 2.8 * tiles.fontMetrics().height())
        assert tiles.verticalScrollBar().maximum() >= last
        room = window.screen().availableGeometry().height()
        assert window.height() >= min(1.3 * 720, room - 40), "the window grows too, as far as the screen allows"
    finally:
        theme.apply(QApplication.instance(), "light")


def test_maps_grow_with_the_window_by_whole_pixels_and_shrink_again(window, show, qtbot):
    before = [area(window, layer).tile_size() for layer in (FIRST, SECOND, POOLING)]
    window.resize(2500, 1400)
    qtbot.wait(10)
    for layer, small in zip((FIRST, SECOND, POOLING), before, strict=True):
        tiles = area(window, layer)
        side = tiles.map_area(tiles.order[0]).height()
        assert side >= 2 * small.height() and side % tiles._sides[0] == 0
        seen = [index for index in tiles.order if tiles.viewport().rect().contains(tiles.tile(index))]
        assert len(seen) >= 6, "several are seen at once"
    for label in window.columns.findChildren(QLabel):
        if label.isVisible():
            assert label.height() >= label.heightForWidth(label.width()), label.text()
    window.resize(1000, 720)
    qtbot.waitUntil(lambda: [area(window, layer).tile_size() for layer in (FIRST, SECOND, POOLING)] == before)
    assert window.width() == 1000


@pytest.mark.parametrize(("value", "text"), [(-0.504, "−0.50"), (-0.001, "0.00"), (12.3456, "12.35")])
def test_numbers_have_two_decimals_and_zero_no_sign(value, text):
    assert number(value) == text


def test_it_opens_large_enough_before_there_is_a_network(qtbot):
    window = NetworkWindow()
    qtbot.addWidget(window)
    window.show()
    available = window.screen().availableGeometry()
    assert min(640, available.width() - 8) <= window.width() <= 1000
    assert min(480, available.height() - 40) <= window.height() <= 720
    assert (window.minimumWidth(), window.minimumHeight()) == (640, 480)


@pytest.mark.parametrize(
    ("key", "modifier"),
    [(Qt.Key.Key_Escape, Qt.KeyboardModifier.NoModifier), (Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)],
)
def test_keys_close_it_wherever_the_focus_is(window, show, qtbot, key, modifier):
    for focused in (window.findChild(QTabBar, "network_models"), area(window, SECOND)):
        window.show()
        window.activateWindow()
        focused.setFocus()
        qtbot.waitUntil(focused.hasFocus)
        qtbot.keyClick(focused, key, modifier)
        assert not window.isVisible()


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_six_titles_are_seen_whole_or_in_their_telling_part_without_scroll_buttons(window, qtbot, scale):
    theme.apply(QApplication.instance(), "light", scale)
    titles = [f"Model {model} {recipe}" for model in (1, 2) for recipe in ("best", "fast", "notebook")]
    window.set_answerers([replace(NO_RUNS[0], place=place, title=title) for place, title in enumerate(titles, 1)])
    window.resize(1024, 700)
    qtbot.wait(10)
    bar = window._model_bar
    assert not [button for button in bar.findChildren(QToolButton) if button.isVisible()]
    metrics = bar.fontMetrics()
    for index, title in enumerate(titles):
        text = bar.tabText(index)
        assert text and title.endswith(text) and bar.tabToolTip(index) == title
        assert bar.tabRect(index).width() >= metrics.horizontalAdvance(text)
        assert bar.rect().contains(bar.tabRect(index))
    theme.apply(QApplication.instance(), "light")
