import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QWidget

from mnist_gui.gui.train import notice_bar
from mnist_gui.gui.train.notice_bar import DONE, MOST_NOTICES, NOTE, WRONG, NoticeBar, NoticeColumn


@pytest.fixture
def column(qtbot):
    place = QWidget()
    qtbot.addWidget(place)
    column = NoticeColumn()
    place.setLayout(column)
    place.show()
    column.place = place
    return column


def said(column: NoticeColumn) -> list[str]:
    return [notice.accessibleName() for notice in column.notices]


def test_a_second_refusal_takes_the_place_of_the_first(column):
    column.add(NoticeBar("a/b is no name.", WRONG))
    column.add(NoticeBar("Copied.", DONE))
    column.add(NoticeBar("con is no name.", WRONG))
    assert said(column) == ["Copied.", "con is no name."]


def test_what_can_be_acted_upon_or_tells_of_a_run_outlasts_the_rest(column):
    column.add(NoticeBar("Model 1 has finished.", DONE, action="Use it in Draw", run="a"))
    column.add(NoticeBar("Model 2 has failed.", WRONG, run="b"))
    column.add(NoticeBar("No such folder.", WRONG))
    column.add(NoticeBar("Model 3 has finished.", DONE, action="Use it in Draw", run="c"))
    assert len(column.notices) == MOST_NOTICES
    assert said(column) == ["Model 1 has finished.", "Model 2 has failed.", "Model 3 has finished."]


def test_good_news_goes_by_itself_and_nothing_else_does(column, qtbot, monkeypatch):
    monkeypatch.setattr(notice_bar, "GOOD_NEWS_MS", 30)
    column.add(NoticeBar("Copied.", DONE))
    column.add(NoticeBar("Something waits.", NOTE))
    column.add(NoticeBar("Model 1 has finished.", DONE, action="Use it in Draw", run="a"))
    qtbot.waitUntil(lambda: said(column) == ["Something waits.", "Model 1 has finished."])
    qtbot.wait(60)
    assert len(column.notices) == 2


def test_acting_and_dismissing_take_a_notice_away(column, qtbot):
    column.add(NoticeBar("First.", NOTE, action="Go on", run="a"))
    column.add(NoticeBar("Second.", NOTE, action="Go on", run="b"))
    first, second = column.notices
    with qtbot.waitSignal(first.accepted):
        qtbot.mouseClick(first.findChild(QPushButton, "accept"), Qt.MouseButton.LeftButton)
    qtbot.mouseClick(second.findChild(QPushButton, "dismiss"), Qt.MouseButton.LeftButton)
    assert column.notices == []
