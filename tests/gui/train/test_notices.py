import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from mnist_gui.gui.train import notices
from mnist_gui.gui.train.notices import ERROR, INFO, MAX_NOTICES, SUCCESS, NoticeColumn


@pytest.fixture
def column(qtbot):
    place = QWidget()
    qtbot.addWidget(place)
    column = NoticeColumn()
    place.setLayout(column)
    place.show()
    column.place = place
    return column


def sentences(column: NoticeColumn) -> list[str]:
    return [notice.accessibleName() for notice in column.notices]


def test_a_second_refusal_takes_the_place_of_the_first(column):
    column.show_notice("a/b is no name.", ERROR)
    column.show_notice("Copied.", SUCCESS)
    column.show_notice("con is no name.", ERROR)
    assert sentences(column) == ["Copied.", "con is no name."]


def test_what_can_be_acted_upon_or_tells_of_a_run_outlasts_the_rest(column):
    column.show_notice("Model 1 has finished.", SUCCESS, action="Use it in Draw", run="a")
    column.show_notice("Model 2 has failed.", ERROR, run="b")
    column.show_notice("No such folder.", ERROR)
    column.show_notice("Model 3 has finished.", SUCCESS, action="Use it in Draw", run="c")
    assert len(column.notices) == MAX_NOTICES
    assert sentences(column) == ["Model 1 has finished.", "Model 2 has failed.", "Model 3 has finished."]


def test_good_news_goes_by_itself_and_nothing_else_does(column, qtbot, monkeypatch):
    monkeypatch.setattr(notices, "SUCCESS_MS", 30)
    column.show_notice("Copied.", SUCCESS)
    column.show_notice("Something waits.", INFO)
    column.show_notice("Model 1 has finished.", SUCCESS, action="Use it in Draw", run="a")
    qtbot.waitUntil(lambda: sentences(column) == ["Something waits.", "Model 1 has finished."])
    qtbot.wait(60)
    assert len(column.notices) == 2


def test_acting_and_dismissing_take_a_notice_away(column, qtbot):
    column.show_notice("First.", INFO, action="Go on", run="a")
    column.show_notice("Second.", INFO, action="Go on", run="b")
    first, second = column.notices
    with qtbot.waitSignal(first.accepted):
        qtbot.mouseClick(first.findChild(QPushButton, "accept"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(second.findChild(QPushButton, "dismiss"), Qt.MouseButton.LeftButton)
    assert column.notices == []
