"""No word in the window is neither plain, as `plain_words.txt` lists them, nor explained in Help > Words."""

from __future__ import annotations

from dataclasses import fields
from shutil import copytree

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QMenu, QWidget

from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.app import Dependencies, make_window
from mnist_gui.gui.closing import FinishingWindow, pause_question
from mnist_gui.gui.compare.compare_tab import PAGES
from mnist_gui.gui.glossary import WORDS
from mnist_gui.gui.main_window import COMPARE, TRAIN
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.tour_steps import tour_steps
from mnist_gui.gui.train.history.run_settings_dialog import RunSettingsDialog
from mnist_gui.gui.train.repeat_question import RepeatQuestion
from mnist_gui.gui.train.use_question import UseQuestion
from mnist_gui.models.inference.ensemble import EnsembleWeights
from mnist_gui.models.recipes import FAST, Recipe
from mnist_gui.paths import resources_folder, user_studies_folder
from mnist_gui.screenshots import SHAKY_FOUR
from tests.comparison_data import add_run, use_bar_models
from tests.fakes import FakePredictor, GatedTraining
from tests.gui.shown_words import EXPLAINED_WORDS, PLAIN_WORDS, PLAIN_WORDS_FILE, unexplained, words_in
from tests.study_data import add_study, add_study_runs

WAIT = 20_000  # ms


@pytest.fixture
def window(qtbot, store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    for model in (1, 2, 3):
        store.activate(add_run(store, model, name=f"model-{model}-fake").name)  # those of the predictor
    training = GatedTraining(opened=False)
    dependencies = Dependencies(
        store,
        Settings(tmp_path / "settings"),
        lambda: FakePredictor((7, 7, 1)),
        lambda: tiny_dataset,
        training,
        my_digits=tmp_path / "my.jsonl",
        cache=tmp_path / "cache",
        shipped_studies=tmp_path / "shipped",  # its own digits are not those of the tests
    )
    window = make_window(dependencies)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    yield window
    training.gate.set()
    window.end()
    window.deleteLater()


def assert_explained(*roots: QWidget) -> None:
    found = {word: place for root in roots for word, place in unexplained(root).items()}
    assert not found, "\n".join(f"{word!r} ({place})" for word, place in sorted(found.items()))


def opened_menus() -> list[QMenu]:
    return [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMenu) and widget.isVisible()]


def test_draw_needs_no_other_word(window, qtbot):
    tab = window.draw_tab
    assert_explained(window)  # the empty states
    tab.show_content(SHAKY_FOUR)
    qtbot.waitUntil(lambda: tab.frame is not None)
    for panel in ("why", "framing", "stress", "my_digits"):
        tab.view.panel_dock.open(panel)
        QTest.qWait(20)
        assert_explained(tab)
    tab.view.cards[1].run_button.click()
    qtbot.waitUntil(lambda: bool(opened_menus()))
    assert_explained(*opened_menus())
    opened_menus()[0].close()
    tab.view.draw_actions.network.trigger()
    qtbot.waitUntil(lambda: any(widget.objectName() == "network_window" for widget in QApplication.topLevelWidgets()))
    network = next(widget for widget in QApplication.topLevelWidgets() if widget.objectName() == "network_window")
    assert_explained(network)
    network.close()


def test_train_needs_no_other_word(window, qtbot):
    window.tabs.setCurrentIndex(TRAIN)
    tab = window.train_tab
    for button in tab.findChildren(QAbstractButton):
        if button.objectName().startswith("open_") and not button.isChecked():
            button.click()
    assert_explained(tab)
    tab.view.panel.start()
    qtbot.waitUntil(lambda: "Batch 2" in tab.findChild(QLabel, "details").text(), timeout=WAIT)
    tab.view.panel.start()  # waits in the queue
    assert_explained(tab)
    tab.findChild(QAbstractButton, "stop").click()
    assert_explained(tab)


def test_compare_needs_no_other_word(window, qtbot):
    window.tabs.setCurrentIndex(COMPARE)
    tab = window.compare_tab
    qtbot.waitUntil(lambda: tab.is_filled, timeout=WAIT)
    for page in range(len(PAGES)):
        tab.page_tabs.setCurrentIndex(page)
        QTest.qWait(20)
        assert_explained(tab)


def test_a_study_needs_no_other_word(window, qtbot, tmp_path, tiny_dataset):
    study = add_study(user_studies_folder(), models=(1, 2, 3), seeds=3, frames=(500, 1000, 2000))
    add_study_runs(study, mnist_evaluation_set(tiny_dataset), tmp_path / "cache", 20)
    window.tabs.setCurrentIndex(COMPARE)
    tab = window.compare_tab
    tab.show_study("seeds")
    qtbot.waitUntil(lambda: tab.studies.page.differences.isVisible(), timeout=WAIT)
    tab.studies.page.other_section.button.click()
    assert_explained(tab)


def test_a_study_that_ships_and_whose_runs_cannot_answer_needs_no_other_word(window, qtbot, tmp_path):
    copytree(resources_folder() / "studies", tmp_path / "shipped")  # answers other digits than those of this test
    window.tabs.setCurrentIndex(COMPARE)
    tab = window.compare_tab
    tab.show_study("notebook-networks")
    qtbot.waitUntil(tab.studies.page.problems.isVisible, timeout=WAIT)
    assert_explained(tab)


def test_settings_that_a_study_may_name_need_no_other_word():
    """As `Recipe.changes_text` writes them."""
    settings = {field.name: words_in(field.name.replace("_", " ")) for field in fields(Recipe)}
    unknown = {name: words - PLAIN_WORDS - EXPLAINED_WORDS for name, words in settings.items()}
    assert not {name: words for name, words in unknown.items() if words}


def test_menus_and_dialogs_need_no_other_word(window, store):
    window._show_shortcuts()
    window._show_about()
    window._show_glossary()
    questions = [
        *(pause_question(window, is_paused=paused, waiting_count=2, stores_queue=paused) for paused in (True, False)),
        RepeatQuestion("", window),
        UseQuestion("", "", window),
        RunSettingsDialog([store.create(1, FAST.to_json(), 0, {"name": "MNIST", "checksum": "0" * 64})], window),
    ]
    finishing = FinishingWindow()
    assert_explained(window, *questions, finishing)
    finishing.dismiss()
    words = set().union(*(words_in(step.text) for step in tour_steps(range(3), window.draw_tab.view, list, list)))
    assert not words - PLAIN_WORDS - EXPLAINED_WORDS


def test_what_together_means_needs_no_other_word():
    """The tooltip of the verdict."""
    kinds = EnsembleWeights.equal(2), EnsembleWeights((0.5, 0.5), 5000), EnsembleWeights((0.1, 0.9), 5000)
    words = set().union(*(words_in(weights.sentence(["model-1", "model-2"])) for weights in kinds))
    assert not words - PLAIN_WORDS - EXPLAINED_WORDS


def test_meanings_need_no_other_word():
    unknown = {entry.term: words_in(entry.meaning) - PLAIN_WORDS - EXPLAINED_WORDS for entry in WORDS}
    assert not {term: words for term, words in unknown.items() if words}


def test_the_list_has_each_word_once_in_order():
    words = PLAIN_WORDS_FILE.read_text(encoding="utf-8").split()
    assert words == sorted(set(words))
