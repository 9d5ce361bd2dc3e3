"""Who answers: the cards, and the menus that choose them."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from mnist_gui.gui.draw.answering_menu import ALL_SHIPPED, EXPECTATION, NOTHING_ELSE
from mnist_gui.runs.record import MODEL_FILE
from mnist_gui.runs.store import RunStore
from tests.comparison_data import add_run
from tests.fakes import FakePredictor
from tests.gui.draw.draw_tab_actions import digits, stroke

IMPORTED = {"file": "lenet.h5", "sha256": "0" * 64, "format": "hdf5", "convention": {}, "side": 28}


@pytest.fixture
def shipped(store) -> list[str]:
    """The names of one shipped run of each model."""
    inside = RunStore(store.shipped, store.shipped / "none")
    return [add_run(inside, model, name=f"model-{model}-fast").name for model in (1, 2, 3)]


@pytest.fixture
def lenet(store) -> str:
    return store.create_imported("lenet", IMPORTED, None, {MODEL_FILE: b"x"}).name


def names(store) -> list[str]:
    return [run.name for run in store.answering()]


def titles(tab) -> list[str]:
    return [card.accessibleName().split(":")[0] for card in tab.view.cards.values()]


def who_menu(qtbot, tab):
    qtbot.mouseClick(tab.view.verdict_bar.who_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: QApplication.activePopupWidget() is not None)
    return QApplication.activePopupWidget()


def choose(menu, *path) -> None:
    """Trigger an entry of a menu by the beginnings of its text and those of the menus that lead to it."""
    for text in path[:-1]:
        menu = next(action.menu() for action in menu.actions() if action.text().startswith(text))
    action = next(action for action in menu.actions() if action.text().startswith(path[-1]))
    assert action.isEnabled()
    action.trigger()
    QApplication.activePopupWidget().close()


def test_a_run_is_added_as_a_card_with_a_title_of_its_own_and_answers(open_tab, qtbot, store, shipped, lenet):
    own = add_run(store, 3, name="model-3-mine").name
    tab = open_tab(FakePredictor((7, 7, 7, 1, 2), 0.9))
    assert titles(tab) == ["Model 1", "Model 2", "Model 3"]
    for run in (lenet, "Model 3 · model-3-mine"):
        with qtbot.waitSignals([tab.runs_changed, tab._prediction_thread.loaded]):
            choose(who_menu(qtbot, tab), "One more", run)
    assert names(store) == [*shipped, lenet, own]
    assert titles(tab) == ["Model 1", "Model 2", "Model 3 fast", "lenet", "Model 3 mine"]
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [7, 7, 7, 1, 2])
    assert "three of five" in tab.view.verdict_bar.text


def test_the_menus_of_a_model_from_a_file_show_what_it_expects(open_tab, qtbot, store, shipped, lenet):
    store.set_answering([shipped[0], lenet])
    tab = open_tab(FakePredictor((7, 1), 0.9))
    with qtbot.waitSignal(tab.answering_menu.expectation_requested) as requested:
        choose(who_menu(qtbot, tab), "lenet", EXPECTATION)
    assert requested.args[0].name == lenet
    menus = [action.menu() for action in who_menu(qtbot, tab).actions() if action.menu()]
    assert EXPECTATION not in [action.text() for action in menus[0].actions()], "a shipped run's form is known"
    QApplication.activePopupWidget().close()


def test_cards_are_taken_away_moved_and_reset(open_tab, qtbot, store, shipped):
    tab = open_tab()
    choose(who_menu(qtbot, tab), "Model 1", "Take away")
    choose(who_menu(qtbot, tab), "Model 3", "Move left")
    assert names(store) == [shipped[2], shipped[1]]
    assert titles(tab) == ["Model 3", "Model 2"]
    choose(who_menu(qtbot, tab), "Model 3", "Take away")
    assert names(store) == [shipped[1]]
    last = who_menu(qtbot, tab)
    assert "Take away" not in [action.text() for action in last.actions()[0].menu().actions()]
    choose(last, ALL_SHIPPED)
    assert names(store) == shipped
    reset = next(action for action in who_menu(qtbot, tab).actions() if action.text() == ALL_SHIPPED)
    assert not reset.isEnabled()
    QApplication.activePopupWidget().close()


def test_a_card_takes_any_other_run(open_tab, qtbot, store, shipped, lenet):
    tab = open_tab()
    choose(who_menu(qtbot, tab), "Model 2", "Another run here", "lenet")
    assert names(store) == [shipped[0], lenet, shipped[2]]
    assert titles(tab)[1] == "lenet"
    choose(who_menu(qtbot, tab), "lenet", "Another run here", "Model 3")
    assert names(store) == [shipped[0], shipped[2], lenet], "they change places"


def test_six_cards_are_all_there_are_and_each_has_room(open_tab, qtbot, store, shipped):
    for number in range(3):
        store.activate(store.create_imported(f"net {number}", IMPORTED, None, {MODEL_FILE: b"x"}).name)
    tab = open_tab(FakePredictor((7,) * 6, 0.98))
    menu = who_menu(qtbot, tab)
    (more,) = (action for action in menu.actions() if action.text().startswith("One more"))
    assert not more.isEnabled()
    menu.close()
    for width, height in ((1000, 640), (1600, 900), (2400, 1300)):
        tab.resize(width, height)
        qtbot.wait(20)
        cards = list(tab.view.cards.values())
        assert len(cards) == 6
        rects = [card.geometry() for card in cards]
        assert not any(a.intersects(b) for index, a in enumerate(rects) for b in rects[:index])
        assert all(card.width() >= card.minimumSizeHint().width() for card in cards)
        assert tab.view.card_grid.rect().contains(rects[-1])
    assert len({rect.top() for rect in rects}) == 1, "on a large screen they are side by side"
    assert len({card.height() for card in cards}) == len({card.run_button.y() for card in cards}) == 1


def test_where_nothing_else_can_answer_the_menu_says_so(open_tab, qtbot, shipped):
    tab = open_tab()
    menu = who_menu(qtbot, tab)
    (more,) = (action.menu() for action in menu.actions() if action.text() == "One more")
    assert [action.text() for action in more.actions()] == [NOTHING_ELSE]
    menu.close()


def test_a_run_that_has_gone_says_so_on_its_card(open_tab, store, shipped, lenet):
    store.set_answering([shipped[0], lenet])
    (store.folder / lenet / "run.json").unlink()
    tab = open_tab(FakePredictor((7,)))
    assert tab.view.cards[2].status == "This run is gone: choose another"


def test_what_answered_before_is_not_shown_as_the_answer_of_another_run(open_tab, qtbot, store, shipped):
    predictor = FakePredictor((1, 2, 3))
    predictor.runs = shipped
    tab = open_tab(predictor)
    stroke(qtbot, tab)
    qtbot.waitUntil(lambda: digits(tab) == [1, 2, 3])
    store.set_answering([shipped[2], shipped[0]])
    tab.refresh_runs()
    assert digits(tab) == [3, 1]
