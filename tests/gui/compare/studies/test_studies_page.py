"""The Studies page of the Compare tab, with runs that no network trained."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton

from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.gui.compare.studies.studies_controller import StudiesController
from mnist_gui.gui.compare.studies.study_figures import group_markers
from mnist_gui.models.recipes import FAST
from mnist_gui.studies.plan import StudyPlan
from mnist_gui.studies.study import PLAN_FILE, Study, StudyStore
from tests.study_data import add_study, add_study_runs

LIMIT = 20_000  # ms


@pytest.fixture
def data(tiny_dataset):
    return mnist_evaluation_set(tiny_dataset)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "studies"


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def controller(qtbot, folder, data, cache):
    controller = StudiesController(StudyStore(folder, folder.parent / "shipped"), lambda: data, cache, lambda: 1.0)
    for widget in (controller.page, controller.toolbar):
        qtbot.addWidget(widget)
        widget.resize(1000, 600)
        widget.show()
    yield controller
    controller.shut_down()


def opened(controller, qtbot, name=""):
    with qtbot.waitSignal(controller._reader.result_read, timeout=LIMIT):
        controller.show_study(name)
    return controller.page


def test_without_a_study_the_page_says_what_one_is_and_how_to_begin(controller, qtbot):
    with qtbot.waitSignal(controller._reader.listed):
        controller.refresh()
    text = controller.page.findChild(QLabel, "studies_empty")
    assert text.isVisible()
    assert "set “Seeds” above Start" in text.text()
    assert not controller.toolbar.chosen.isVisible()
    assert not controller.toolbar.more.isVisible()


def test_a_study_can_be_begun_where_there_is_none(controller, qtbot, folder):
    with qtbot.waitSignal(controller._reader.listed):
        controller.refresh()
    button = controller.page.findChild(QPushButton, "study_set_up")
    with qtbot.waitSignal(controller.setup_requested):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    add_study(folder)
    with qtbot.waitSignal(controller._reader.opened, timeout=LIMIT):
        controller.refresh()
    assert not button.isVisible()


def test_a_study_shows_errors_differences_and_curves(controller, qtbot, folder, data, cache):
    add_study_runs(add_study(folder, models=(2, 3), seeds=3, frames=(500, 1000, 2000)), data, cache)
    page = opened(controller, qtbot)
    rates = page.error_rates.accessibleDescription()
    assert rates.count("±") == 6
    assert "Model 2, frames 500: " in rates
    assert "interval" in page.differences.text()
    assert "9 more differences" in page.other_section.button.text()
    assert "Model 3: twice as many frames leave" in page.learning_text.text()
    assert "Model 2, frames 500: 9" in page.training.text_at(2)
    assert (
        page.summary.text()
        == "Models 2 and 3 · fast with epochs 2 · 6 groups of 3 seeds · all 18 runs trained · judged on MNIST test"
    )


def test_an_unfinished_study_says_what_is_left_and_goes_on(controller, qtbot, folder, data, cache):
    add_study_runs(add_study(folder, models=(1, 2), seeds=3), data, cache, 4)
    page = opened(controller, qtbot)
    assert "paused: 4 of 6 runs trained, about " in page.summary.text()
    assert page.progress.isVisible()
    assert 600 < page.progress.value() < 720
    with qtbot.waitSignal(controller.training_requested) as asked:
        QTest.mouseClick(controller.toolbar.go_on, Qt.MouseButton.LeftButton)
    assert asked.args == ["seeds"]


def test_three_more_seeds_extend_the_study_and_train_it(controller, qtbot, folder, data, cache):
    add_study_runs(add_study(folder, models=(1,), seeds=3), data, cache)
    opened(controller, qtbot)
    assert not controller.toolbar.go_on.isVisible()
    assert " · about " in controller.toolbar.more.text()
    with qtbot.waitSignal(controller.training_requested):
        QTest.mouseClick(controller.toolbar.more, Qt.MouseButton.LeftButton)
    assert Study.open(folder / "seeds").plan.seeds == (1, 2, 3, 4, 5, 6)


def test_a_study_that_trains_elsewhere_cannot_be_started(controller, qtbot, folder, data, cache):
    study = add_study(folder, models=(1, 2), seeds=3)
    add_study_runs(study, data, cache, 4)
    with study.locked():
        page = opened(controller, qtbot)
    assert "is being trained: 4 of 6 runs" in page.summary.text()
    assert not controller.toolbar.go_on.isVisible()
    assert not controller.toolbar.more.isVisible()


def test_a_study_that_trains_here_can_be_paused(controller, qtbot, folder, data, cache):
    add_study_runs(add_study(folder, models=(1, 2), seeds=3), data, cache, 4)
    opened(controller, qtbot)
    controller.set_trained("seeds")
    with qtbot.waitSignal(controller.pause_requested):
        QTest.mouseClick(controller.toolbar.pause, Qt.MouseButton.LeftButton)
    assert not controller.toolbar.go_on.isVisible()
    assert (controller.toolbar.pause.text(), controller.toolbar.pause.isEnabled()) == ("Pausing…", False)
    controller.set_trained("")
    assert controller.toolbar.go_on.isVisible()


@pytest.mark.parametrize("harm", ["damaged", "deleted"])
def test_a_plan_that_is_damaged_or_gone_is_a_sentence_and_the_other_study_is_shown(
    controller, qtbot, folder, data, cache, harm
):
    add_study_runs(add_study(folder, "first", models=(1,), seeds=2), data, cache)
    second = add_study(folder, "second", models=(1,), seeds=2)
    opened(controller, qtbot, "first")
    plan = second.folder / PLAN_FILE
    if harm == "damaged":
        plan.write_text("{", encoding="utf-8")
        with qtbot.waitSignal(controller._reader.failed):
            controller.show_study("second")
        assert "study.json cannot be used" in controller.page.findChild(QLabel, "studies_empty").text()
        opened(controller, qtbot, "first")
    else:
        plan.unlink()
        opened(controller, qtbot, "second")
    assert controller.toolbar.chosen.value == "first"
    assert controller.page.headline.isVisible()


def test_a_shipped_study_is_shown_first_under_its_title_and_cannot_be_extended(
    controller, qtbot, folder, data, cache, tmp_path
):
    shipped = add_study(tmp_path / "shipped", "networks", models=(1, 2), seeds=2)
    plan = replace(shipped.plan, title="The notebook's networks")
    (shipped.folder / PLAN_FILE).write_text(plan.to_json(), encoding="utf-8")
    add_study_runs(shipped, data, cache)
    add_study(folder, "a study", models=(1,), seeds=2)
    page = opened(controller, qtbot)
    box = controller.toolbar.chosen
    assert [box.itemText(index) for index in range(box.count())] == ["The notebook's networks", "a study"]
    assert box.value == "networks"
    assert "This study came with the program and stays as it is." in page.summary.text()
    assert "±" in page.error_rates.accessibleDescription()
    assert not controller.toolbar.more.isVisible()
    controller.set_trained("a study")
    qtbot.waitUntil(lambda: box.value == "a study", timeout=LIMIT)


def test_the_study_that_the_user_chose_stays_while_another_trains(controller, qtbot, folder, data, cache):
    for name in ("first", "second"):
        add_study_runs(add_study(folder, name, models=(1,), seeds=2), data, cache)
    opened(controller, qtbot, "first")
    with qtbot.waitSignal(controller._reader.result_read, timeout=LIMIT):
        controller.set_trained("second")
    assert controller.toolbar.chosen.value == "first"


def test_many_groups_of_one_model_have_marks_of_their_own():
    rates = tuple(0.001 * number for number in range(1, 13))
    plan = StudyPlan("rates", (1,), FAST, {"learning_rate": rates}, (1, 2))
    marks = [marker[1:] for marker in group_markers(plan.groups()).values()]
    assert len(set(marks)) == 12
    assert marks[:4] == [(1, 0), (1, 1), (1, 2), (1, 3)], "colour and shape are the model's while there are any"
    assert not {mark for mark, _ in marks} & {2, 3}, "another model's colour means that model"
