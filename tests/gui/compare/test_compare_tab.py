"""The Compare tab, from the request to the digit that is opened, with stand-ins for the networks."""

import json
from contextlib import nullcontext

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.compare.compare_tab import MISTAKES, RESULT, STUDIES, CompareTab
from mnist_gui.studies.study import StudyStore
from tests.comparison_data import add_run, use_bar_models
from tests.fakes import BarModel
from tests.gui.compare.helpers import click_cell, predict_until_cancelled
from tests.study_data import add_study, add_study_runs

SEVEN = {"strokes": [[[0, 0], [10, 0], [4, 20]]], "label": 7}


@pytest.fixture
def tab(qtbot, store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    studies = StudyStore(tmp_path / "studies")
    data = mnist_evaluation_set(tiny_dataset)
    tab = CompareTab(store, lambda: data, tmp_path / "cache", tmp_path / "my.jsonl", studies)
    qtbot.addWidget(tab)
    tab.resize(1100, 640)
    yield tab
    tab.shut_down()


@pytest.fixture
def runs(store):
    return [add_run(store, model, name=f"run-{model}") for model in (1, 2, 3)]


def show(tab, qtbot):
    with qtbot.waitSignal(tab.filled):
        tab.show()


def names(tab):
    model = tab.result_page.table.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def empty_text(tab):
    return tab._empty.text() if tab.pages.currentIndex() == tab.pages.count() - 1 else ""


def choose_source(tab, qtbot, text):
    with qtbot.waitSignal(tab.filled):
        tab.toolbar.source.setCurrentIndex(tab.toolbar.source.findText(text))


@pytest.mark.slow
def test_the_pages_show_the_default_runs(tab, runs, qtbot):
    show(tab, qtbot)
    assert tab.is_filled
    assert names(tab) == ["run-1", "run-2", "run-3", "Together"]
    assert "equally few errors" in tab.result_page.headline.accessibleName()
    assert "run-1: 6.7 %  (" in tab.result_page.error_rates.accessibleDescription()  # 4 of 60
    tab.page_tabs.setCurrentIndex(MISTAKES)
    assert len(tab.mistakes_page.matrices.matrices) == 4
    assert tab.toolbar.runs.text() == "Runs: 3 ▾"


@pytest.mark.slow
def test_the_ensemble_has_a_row_only_for_several_runs(tab, runs, qtbot, store):
    show(tab, qtbot)
    tab.toolbar.runs.open()
    for row in (1, 2):
        tab.toolbar.runs.choice_actions[row].setChecked(False)
    with qtbot.waitSignal(tab.filled):
        QTest.keyClick(tab.toolbar.runs.menu(), Qt.Key.Key_Escape)
    assert names(tab) == ["run-1"]


def test_without_runs_it_says_what_to_do(tab, qtbot):
    show(tab, qtbot)
    assert "Train a model in the Train tab" in empty_text(tab)
    assert not tab.toolbar.report.isEnabled()


def test_without_a_trained_model_it_says_so(tab, qtbot, store):
    store.create(1, {"name": "quick"}, 0, {"name": "bars", "checksum": "bars-checksum"})
    show(tab, qtbot)
    assert "Let one finish an epoch" in empty_text(tab)


@pytest.mark.slow
def test_without_a_chosen_run_it_says_what_to_do(tab, runs, qtbot):
    show(tab, qtbot)
    tab.toolbar.runs.open()
    for row in range(3):
        tab.toolbar.runs.choice_actions[row].setChecked(False)
    with qtbot.waitSignal(tab.filled):
        QTest.keyClick(tab.toolbar.runs.menu(), Qt.Key.Key_Escape)
    assert "Tick at least one" in empty_text(tab)


@pytest.mark.slow
def test_a_damaged_run_says_why_and_the_others_are_compared(tab, runs, store, qtbot):
    (store.folder / "broken").mkdir(parents=True)
    (runs[1].folder / "model.onnx").write_bytes(b"something else")
    show(tab, qtbot)
    assert names(tab) == ["run-1", "run-3", "Together"]
    assert "run-2" in tab.problems.text()
    assert "left out" in tab.problems.text()
    broken = next(choice for choice in tab.toolbar.runs._choices if choice.text.startswith("broken"))
    assert "never committed" in broken.problem


def test_without_a_readable_model_it_says_so(tab, store, qtbot):
    run = add_run(store)
    (run.folder / "model.onnx").write_bytes(b"something else")
    show(tab, qtbot)
    assert "None of the chosen runs could answer" in empty_text(tab)


def test_a_run_that_ends_appears(tab, qtbot, store):
    show(tab, qtbot)
    add_run(store, 2, name="new")
    with qtbot.waitSignal(tab.filled):
        tab.refresh()
    assert names(tab) == ["new"]


def test_two_runs_of_one_name_have_different_titles(tab, store, qtbot):
    run = add_run(store, 1, name="same")
    run.folder.rename(store.shipped.parent / "same")
    store.shipped.mkdir()
    (store.shipped.parent / "same").rename(store.shipped / "same")
    add_run(store, 1, seed=1, name="same-2")
    (store.folder / "same-2").rename(store.folder / "same")
    show(tab, qtbot)
    tab.toolbar.runs.open()
    next(action for action in tab.toolbar.runs.menu().actions() if action.text() == "All").trigger()
    with qtbot.waitSignal(tab.filled):
        QTest.keyClick(tab.toolbar.runs.menu(), Qt.Key.Key_Escape)
    assert names(tab) == ["same (shipped)", "same (yours)", "Together"]


def test_predictions_are_computed_once(tab, runs, qtbot):
    show(tab, qtbot)
    qtbot.waitUntil(lambda: not tab._job.is_busy)
    asked = BarModel.asked
    with qtbot.waitSignal(tab.filled):
        tab.refresh()
    qtbot.waitUntil(lambda: not tab._job.is_busy)
    assert BarModel.asked == asked


@pytest.mark.slow
def test_the_first_comparison_shows_its_progress_and_can_be_cancelled(tab, runs, qtbot, monkeypatch):
    predict_until_cancelled(monkeypatch)
    tab.show()
    qtbot.waitUntil(lambda: "run-1" in tab.status.text())
    assert "being compared" in empty_text(tab)
    assert not tab.result_page.copy.isVisible()  # a table without rows
    qtbot.mouseClick(tab.cancel_button, Qt.MouseButton.LeftButton)
    assert tab.status.text().startswith("Cancelled")
    assert "Go on" in empty_text(tab)
    assert not tab.is_filled
    with qtbot.waitSignal(tab.filled):
        qtbot.mouseClick(tab.cancel_button, Qt.MouseButton.LeftButton)  # "Go on"
    assert not tab.cancel_button.isVisible()
    assert tab.result_page.copy.isVisible()


# -- on other digits


@pytest.mark.slow
def test_runs_are_compared_on_the_users_digits(tab, runs, qtbot, tmp_path):
    mine = UserDigitStore(tmp_path / "my.jsonl")
    mine.add(Drawing.from_json(SEVEN))
    show(tab, qtbot)
    choose_source(tab, qtbot, "My digits")
    assert tab._result.comparison.data.name == "My digits"
    assert "one digit only" in tab.problems.text()
    assert names(tab) == ["run-1", "run-2", "run-3", "Together"]
    with qtbot.waitSignal(tab.filled):  # coming back sees what was added since
        tab.hide()
        mine.add(Drawing.from_json(SEVEN))
        tab.show()
    assert len(tab._result.comparison.data) == 2


def test_without_digits_of_the_user_it_says_where_they_come_from(tab, runs, qtbot):
    show(tab, qtbot)
    choose_source(tab, qtbot, "My digits")
    assert "draw one in the Draw tab" in empty_text(tab)
    choose_source(tab, qtbot, "MNIST test")
    assert empty_text(tab) == ""
    assert tab.pages.currentIndex() == RESULT


@pytest.mark.slow
def test_runs_are_compared_on_a_file_of_drawings_that_stays_among_the_choices(tab, runs, qtbot, tmp_path):
    path = tmp_path / "sevens.jsonl"
    path.write_text(json.dumps(SEVEN) + "\n" + json.dumps({**SEVEN, "label": 12}) + "\n")
    show(tab, qtbot)
    with qtbot.waitSignal(tab.filled):
        tab.toolbar.evaluate_on(path)
    assert tab.toolbar.source.currentText() == "sevens.jsonl"
    assert len(tab._result.comparison.data) == 1
    assert "drawing 1" in tab.problems.text()  # has the label 12
    choose_source(tab, qtbot, "MNIST test")
    choose_source(tab, qtbot, "sevens.jsonl")
    assert len(tab._result.comparison.data) == 1


@pytest.mark.slow
def test_an_empty_folder_is_a_sentence(tab, runs, qtbot, tmp_path):
    (tmp_path / "empty").mkdir()
    show(tab, qtbot)
    with qtbot.waitSignal(tab.filled):
        tab.toolbar.evaluate_on(tmp_path / "empty")
    assert "empty" in empty_text(tab)
    assert "0 to 9" in empty_text(tab)


@pytest.mark.slow
def test_the_last_request_wins(tab, runs, qtbot, qapp, tmp_path):
    path = tmp_path / "sevens.jsonl"
    path.write_text(json.dumps(SEVEN) + "\n")
    show(tab, qtbot)
    results = []
    tab.filled.connect(lambda: results.append(tab._result.comparison.data.name))
    tab.toolbar.evaluate_on(path)
    tab.toolbar.source.setCurrentIndex(tab.toolbar.source.findText("MNIST test"))
    qtbot.waitUntil(lambda: not tab._job.is_busy)
    qapp.processEvents()  # nothing of the first request is left
    assert results == ["bars test"]


# -- from a mistake to the canvas and back


def test_a_cell_shows_its_digits_and_a_digit_is_opened_as_the_frame_it_is(tab, runs, qtbot, tiny_dataset):
    show(tab, qtbot)
    tab.page_tabs.setCurrentIndex(MISTAKES)
    matrix = tab.mistakes_page.matrices.matrices[0]
    click_cell(matrix, 4, 9)
    fours = np.flatnonzero(tiny_dataset.test.labels == 4)[:3]
    assert sorted(tab.mistakes_page.gallery.shown) == list(fours)
    gallery = tab.mistakes_page.gallery
    with qtbot.waitSignal(tab.digit_opened) as signal:
        qtbot.mouseClick(
            gallery.viewport(), Qt.MouseButton.LeftButton, pos=gallery.visualRect(gallery.model().index(0, 0)).center()
        )
    content, name = signal.args
    assert content.framed
    assert content.label == 4
    assert np.array_equal(np.rint(content.ink * 255), tiny_dataset.test.images[gallery.current])
    assert name


@pytest.mark.slow
def test_the_tab_is_as_it_was_left(tab, runs, qtbot, qapp):
    show(tab, qtbot)
    tab.page_tabs.setCurrentIndex(MISTAKES)
    tab.mistakes_page.filter_box.setCurrentIndex(tab.mistakes_page.filter_box.findText("Every digit"))
    gallery = tab.mistakes_page.gallery
    qapp.processEvents()  # its scroll bar appears
    gallery.setFocus()
    QTest.keyClick(gallery, Qt.Key.Key_Right)
    gallery.verticalScrollBar().setValue(2 * gallery.tiles.size.height())

    def seen():
        return gallery.current, gallery.indexAt(QPoint(10, 10)).row()

    before = seen()
    tab.hide()
    tab.show()
    assert seen() == before
    with qtbot.waitSignal(tab.filled):  # nothing new: the same answers
        tab.refresh()
    assert seen() == before
    assert tab.mistakes_page.filter_box.currentText() == "Every digit"
    assert tab.page_tabs.currentIndex() == MISTAKES


def test_closing_while_it_computes_ends_the_thread(tab, runs, qtbot):
    tab.show()
    tab.shut_down()
    assert not tab._job.is_busy


@pytest.mark.slow
def test_every_control_has_a_name_and_is_large_enough(tab, runs, qtbot):
    show(tab, qtbot)
    for widget in (
        tab.toolbar.source,
        tab.toolbar.runs,
        tab.toolbar.report,
        tab.result_page.more,
        tab.result_page.copy,
        tab.mistakes_page.filter_box,
    ):
        assert widget.accessibleName() or widget.text()
        assert widget.height() >= 32, widget


@pytest.mark.slow
@pytest.mark.parametrize("trains", [True, False])
def test_times_are_not_measured_beside_a_training(tab, store, qtbot, tmp_path, trains):
    add_run(store, 1, name="run-1")
    trained = add_run(store, 2, name="trained")
    trained.commit(status="running")
    with trained.locked() if trains else nullcontext():
        show(tab, qtbot)
        qtbot.waitUntil(lambda: not tab._job.is_busy)
    assert (tmp_path / "cache" / "answer-times").exists() == (not trains)


def test_a_title_is_kept_and_shown_in_place_of_the_name(tab, runs, store, qtbot):
    show(tab, qtbot)
    with qtbot.waitSignals([tab.runs_changed, tab.filled]):
        tab.result_page.table.title_edited.emit("run-2", "  wide   filters ")
    assert store.get("run-2").record.title == "wide filters"
    assert names(tab) == ["run-1", "wide filters", "run-3", "Together"]
    assert "wide filters" in tab.result_page.error_rates.accessibleDescription()
    with qtbot.waitSignal(tab.filled):
        tab.result_page.table.title_edited.emit("run-2", "")
    assert names(tab)[1] == "run-2"


def test_a_title_that_is_too_long_is_refused_with_a_sentence(tab, runs, store, qtbot):
    show(tab, qtbot)
    tab.result_page.table.title_edited.emit("run-2", 61 * "x")
    assert "a title has at most 60" in tab.status.text()
    assert store.get("run-2").record.title == ""


def test_the_report_from_the_studies_tells_of_the_study_that_is_shown(tab, runs, qtbot, tiny_dataset, tmp_path):
    data = mnist_evaluation_set(tiny_dataset)
    add_study_runs(add_study(tmp_path / "studies", "the two of them"), data, tmp_path / "cache")
    show(tab, qtbot)
    tab.page_tabs.setCurrentIndex(STUDIES)
    qtbot.waitUntil(lambda: tab.studies.page.result is not None, timeout=20_000)
    tab.studies.toolbar.report.click()
    dialog = tab.findChild(QFileDialog)
    dialog.fileSelected.emit(str(tmp_path / "class.html"))
    page = tmp_path / "class.html"
    qtbot.waitUntil(lambda: page.exists() and not tab._exporter.is_busy, timeout=20_000)
    dialog.close()
    text = page.read_text()
    assert "the two of them" in text
    assert "run-1" in text
