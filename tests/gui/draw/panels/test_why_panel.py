from __future__ import annotations

import html
from dataclasses import replace

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from mnist_gui.analysis.occlusion import DeletionScore
from mnist_gui.analysis.smallest_change import SmallestChange
from mnist_gui.gui import theme
from mnist_gui.gui.answerers import NO_RUNS
from mnist_gui.gui.draw.panels.why_change import change_image
from mnist_gui.gui.draw.panels.why_panel import COMPUTING, NOTHING_YET, WhyPanel
from mnist_gui.gui.widgets.heat_map import HeatMap, cividis, region_of
from mnist_gui.gui.widgets.scroll_column import ContentArea


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


SCORE = DeletionScore(0.312, (0.88, 0.95, 0.99))
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
        (np.s_[12:16], np.s_[20:24], "right side"),
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
    QApplication.processEvents()
    panel.resize(600, panel.layout().minimumHeightForWidth(600))
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


def change_of(frame, model=1) -> SmallestChange:
    """A change of the fixture's bar: its upper third goes, a bar beside it comes."""
    changed = frame.copy()
    changed[5:11, 12:15] = 0
    changed[5:23, 18:21] = 1
    return SmallestChange(frame, changed, 1, 4)


def summary(panel, model) -> str:
    return texts(panel, model)[1].replace("\u00a0", " ")


def show_changes(panel, frame, changes, target=None) -> None:
    if not panel.shows_changes:
        panel.change_button.click()
    panel.set_changes(changes, frame, dict.fromkeys((1, 2, 3), 1), target)
    QApplication.processEvents()


def test_a_change_is_said_and_so_is_that_there_is_none(panel, frame):
    panel.resize(900, 300)
    show_changes(panel, frame, {1: change_of(frame), 2: None, 3: None})
    assert heat_map(panel, 1).accessibleName() == "Model 1 · 1 → 4"
    assert summary(panel, 1) == "Rub out this 33 % of the ink, add 100 % and it says 4."
    assert heat_map(panel, 2).accessibleName() == "Model 2 · 1 → ?"
    assert summary(panel, 2) == "No change was found that makes it say another digit."
    show_changes(panel, frame, {1: None, 2: None}, 5)
    assert heat_map(panel, 2).accessibleName() == "Model 2 · 1 → 5"
    assert summary(panel, 2) == "No change was found that makes it say 5."
    show_changes(panel, frame, dict.fromkeys((1, 2, 3)), 1)
    assert summary(panel, 3) == "It says 1 already."
    panel.set_changes({}, frame, {1: 1}, 1)
    assert texts(panel, 3) == ["Model 3", "No answer to explain."]


def test_ink_that_goes_is_hatched_and_ink_that_comes_is_dotted_in_another_colour(frame):
    image = change_image(frame, change_of(frame).changed).convertToFormat(QImage.Format.Format_RGB888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(28, 8, 28, 8, 3).astype(int)

    def colours(rows, column):
        return pixels[rows, :, column].reshape(-1, 3)

    kept, gone, come = (
        colours(rows, column) for rows, column in ((np.s_[14:20], 13), (np.s_[6:9], 13), (np.s_[8:20], 19))
    )
    assert kept.min() > 250
    lightness = [np.unique(ink.sum(axis=1) // 3) for ink in (gone, come)]
    assert all(levels.min() < 60 and levels.max() > 120 for levels in lightness), "each has a texture without colour"
    assert (come.sum(axis=1) < 30).mean() < 0.4 < (gone.sum(axis=1) < 250).mean(), "and not the same one"
    brightest = [ink[ink.sum(axis=1).argmax()] for ink in (gone, come)]
    assert brightest[0][0] > 200 > brightest[0][1] > 100 > brightest[0][2], "orange"
    assert brightest[1][1] > 180 > brightest[1][2] > 100 > brightest[1][0], "green"


def test_choosing_the_other_view_clears_the_pictures_and_moves_nothing(panel, frame, qtbot):
    panel.resize(620, 154)
    same(panel, frame)
    QApplication.processEvents()
    widgets = [panel.change_button, *(heat_map(panel, model) for model in (1, 2, 3))]
    before = [QRect(each.mapTo(panel, QPoint(0, 0)), each.size()) for each in widgets]
    assert panel.network_button.isVisible()
    assert not panel.digit_box.isVisible()
    with qtbot.waitSignal(panel.view_changed):
        qtbot.mouseClick(panel.change_button, Qt.MouseButton.LeftButton)
    assert panel.shows_changes
    assert heat_map(panel, 1).is_empty
    show_changes(panel, frame, {model: change_of(frame, model) for model in (1, 2, 3)})
    assert [QRect(each.mapTo(panel, QPoint(0, 0)), each.size()) for each in widgets] == before
    assert panel.digit_box.isVisible()
    assert not panel.network_button.isVisible()


@pytest.mark.parametrize(
    ("score", "all_words", "fewest"),
    [
        (SCORE, "Mostly: top right", "Mostly: top right"),
        (DeletionScore(0.9, (0.88, 0.95, 0.99)), "Mostly: top right (may be chance)", "May be chance."),
        (DeletionScore(0.97, (0.88, 0.95, 0.99)), "This map explains little.", "This map explains little."),
    ],
)
def test_fewer_words_stand_where_there_is_less_room_and_a_doubt_is_the_last_to_go(
    panel, frame, score, all_words, fewest
):
    for size, expected in (((1500, 300), f"{all_words}\n{score.sentences[0]}"), ((600, 100), fewest)):
        panel.resize(*size)
        same(panel, frame)
        panel.set_scores(dict.fromkeys((1, 2, 3), score))
        QApplication.processEvents()
        assert texts(panel, 2)[1].endswith(expected)
        assert score.sentences[0] in html.unescape(panel.findChild(QWidget, "why_2").toolTip())


@pytest.mark.parametrize("width", [522, 700, 900, 1500])
def test_the_sentence_stands_under_its_picture_where_that_does_not_halve_it(panel, frame, width):
    for height, is_under in ((120, False), (190, True), (260, True)):
        panel.resize(width, height)
        same(panel, frame)
        panel.set_scores(dict.fromkeys((1, 2, 3), SCORE))
        QApplication.processEvents()
        for model in (1, 2, 3):
            title, sentence = panel.findChild(QWidget, f"why_{model}").findChildren(QLabel)
            picture = heat_map(panel, model).geometry()
            assert (sentence.y() > picture.bottom() and title.geometry().bottom() < picture.y()) == is_under
            assert picture.width() >= 56


@pytest.mark.parametrize("height", [60, 90])
def test_the_buttons_are_seen_where_the_panel_scrolls(panel, frame, height):
    area = ContentArea()
    area.setWidget(panel)
    area.resize(522, height)
    area.show()
    same(panel, frame)
    panel.set_scores(dict.fromkeys((1, 2, 3), SCORE))
    QApplication.processEvents()
    assert area.verticalScrollBar().maximum() > 0
    for button in (panel.change_button, panel.network_button):
        assert button.visibleRegion().boundingRect() == button.rect(), button.text()
    area.takeWidget()
    area.close()


def test_a_tall_column_has_a_picture_as_wide_as_itself(panel, frame):
    panel.resize(600, 600)
    same(panel, frame)
    QApplication.processEvents()
    assert heat_map(panel, 1).width() >= panel.findChild(QWidget, "why_1").width() - 2
    panel.resize(900, 125)
    QApplication.processEvents()
    assert heat_map(panel, 1).height() >= 0.7 * panel.findChild(QWidget, "why_1").height(), "more for more words"


def test_cividis_is_the_published_one():
    table = pg.colormap.get("cividis").getLookupTable(nPts=256, alpha=False)
    assert np.array_equal(cividis(), table)


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


def test_without_a_drawing_a_sentence_stands_in_the_place_of_the_pictures(panel, frame):
    panel.set_empty(NOTHING_YET)
    sentence = panel.findChild(QLabel, "why_empty")
    columns = [panel.findChild(QWidget, f"why_{model}") for model in (1, 2, 3)]
    places = [column.geometry() for column in columns]
    assert sentence.isVisible() and sentence.text() == NOTHING_YET
    assert not any(column.isVisible() for column in columns)
    panel.set_busy()
    assert sentence.text() == COMPUTING
    same(panel, frame)
    assert not sentence.isVisible()
    assert all(column.isVisible() for column in columns)
    assert [column.geometry() for column in columns] == places, "nothing moves"


@pytest.mark.parametrize("plain", [False, True])
def test_plain_pictures_are_as_large_as_the_panel_allows(panel, frame, plain):
    panel.resize(420, 190)
    panel.set_plain(plain)
    same(panel, frame)
    panel.set_scores(dict.fromkeys((1, 2, 3), SCORE))
    QApplication.processEvents()
    assert (heat_map(panel, 1).height() > 100) == plain
    assert panel.network_button.isVisible() != plain
    assert (texts(panel, 1)[1] == "") == plain
    assert "tenth" in panel.findChild(QWidget, "why_1").toolTip()


def test_six_titles_are_told_apart_in_narrow_columns(panel, frame):
    panel.resize(590, 160)
    titles = [f"Model {model} {recipe}" for model in (1, 2) for recipe in ("best", "fast", "notebook")]
    panel.set_answerers([replace(NO_RUNS[0], place=place, title=title) for place, title in enumerate(titles, 1)])
    panel.set_maps(dict.fromkeys(range(1, 7), TOP_RIGHT), frame, dict.fromkeys(range(1, 7), 7))
    QApplication.processEvents()
    shown = {texts(panel, place)[0].splitlines()[0] for place in range(1, 7)}
    assert len(shown) == 6 and all(any(title.endswith(text) for title in titles) for text in shown)


def test_six_columns_have_their_scores_in_the_lowest_panel(panel, frame):
    panel.resize(606, 174)
    score = DeletionScore(0.9986, (0.9949, 0.9999))
    panel.set_answerers([replace(NO_RUNS[0], place=place, title="Model 1 notebook") for place in range(1, 7)])
    panel.set_maps(dict.fromkeys(range(1, 7), TOP_RIGHT), frame, dict.fromkeys(range(1, 7), 7))
    panel.set_scores(dict.fromkeys(range(1, 7), score))
    QApplication.processEvents()
    assert panel.layout().totalHeightForWidth(606) <= 174
    assert texts(panel, 6)[1] == "This map explains little."
    assert score.sentences[0] in html.unescape(panel.findChild(QWidget, "why_6").toolTip())
