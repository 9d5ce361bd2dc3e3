"""The Robustness page: started when it is shown, cancelled, resumed, and cached."""

import pytest
from PySide6.QtCore import Qt

from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.gui.compare.robustness_page import RobustnessPage
from tests.comparison_data import add_run, compared, use_bar_models
from tests.fakes import BarModel
from tests.gui.compare.helpers import predict_until_cancelled


@pytest.fixture
def result(store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    runs = [add_run(store, model, name=f"run-{model}") for model in (1, 3)]
    return compared(runs, tiny_dataset, tmp_path)


@pytest.fixture
def page(qtbot, tmp_path):
    page = RobustnessPage(tmp_path / "cache")
    qtbot.addWidget(page)
    page.resize(1000, 600)
    yield page
    page.shut_down()


def is_done(page):
    return not page.is_busy and page.about.isVisible()


@pytest.mark.slow
def test_nothing_is_computed_before_the_page_is_shown(page, result, qtbot, qapp):
    page.set_result(result)
    asked = BarModel.asked
    qapp.processEvents()
    assert not page.is_busy
    assert BarModel.asked == asked
    page.show()
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)
    lines = page.plots["shift"].text_at(0).splitlines()
    assert lines[0] == "Shift 0"
    assert lines[1].startswith("run-1: 93.3 % (")  # as on the digits as they are
    assert all(len(plot.text_at(CORRUPTIONS[name].neutral).splitlines()) == 1 + 3 for name, plot in page.plots.items())
    assert "60 of the digits" in page.about.text()


@pytest.mark.slow
def test_results_are_cached(page, result, qtbot, tmp_path):
    page.set_result(result)
    page.show()
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)
    asked = BarModel.asked
    page.hide()
    page.show()
    assert not page.is_busy
    again = RobustnessPage(tmp_path / "cache")
    qtbot.addWidget(again)
    again.set_result(result)
    again.show()
    qtbot.waitUntil(lambda: is_done(again), timeout=20_000)
    assert BarModel.asked == asked


@pytest.mark.slow
def test_it_can_be_cancelled_and_resumed(page, result, qtbot, monkeypatch):
    predict_until_cancelled(monkeypatch)
    page.set_result(result)
    page.show()
    qtbot.waitUntil(lambda: page.button.text() == "Cancel" and page.progress.isVisible())
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    assert page.status.text().startswith("Cancelled")
    assert page.button.text() == "Go on"
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)


@pytest.mark.slow
def test_other_runs_are_computed_from_the_start(page, result, store, tiny_dataset, tmp_path, qtbot):
    page.set_result(result)
    page.show()
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)
    page.set_result(compared([store.get("run-3")], tiny_dataset, tmp_path))
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)
    lines = page.plots["shift"].text_at(0).splitlines()
    assert [line.split(":")[0] for line in lines[1:]] == ["run-3"]


def test_a_failure_is_a_message(page, result, qtbot, monkeypatch):
    def fail(self, frames):
        raise RuntimeError("the network is gone")

    monkeypatch.setattr(BarModel, "probabilities", fail)
    page.set_result(result)
    page.show()
    qtbot.waitUntil(lambda: "network is gone" in page.status.text())
    assert page.button.text() == "Go on"
