"""The page "Robustness": begun when looked at, cancelled, gone on with, and kept."""

import threading

import pytest
from PySide6.QtCore import Qt

from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.gui.compare.robustness_page import RobustnessPage
from tests.comparison_data import add_run, compared, use_bar_models
from tests.fakes import BarModel


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
def test_nothing_is_computed_before_the_page_is_looked_at(page, result, qtbot):
    page.set_result(result)
    asked = BarModel.asked
    qtbot.wait(50)
    assert not page.is_busy
    assert BarModel.asked == asked
    page.show()
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)
    told = page.plots["shift"].text_at(0).splitlines()
    assert told[0] == "Shift 0"
    assert told[1].startswith("run-1: 93.3 % (")  # as on the digits as they are
    assert all(len(plot.text_at(CORRUPTIONS[name].neutral).splitlines()) == 1 + 3 for name, plot in page.plots.items())
    assert "60 of the digits" in page.about.text()


@pytest.mark.slow
def test_what_was_computed_is_kept(page, result, qtbot, tmp_path):
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
def test_it_can_be_cancelled_and_gone_on_with(page, result, qtbot, monkeypatch):
    gate = threading.Event()
    answer = BarModel.probabilities

    def slow(self, frames):
        gate.wait(10)
        return answer(self, frames)

    monkeypatch.setattr(BarModel, "probabilities", slow)
    page.set_result(result)
    page.show()
    qtbot.waitUntil(lambda: page.button.text() == "Cancel" and page.progress.isVisible())
    threading.Timer(0.1, gate.set).start()
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    assert page.status.text().startswith("Cancelled")
    assert page.button.text() == "Go on"
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)


@pytest.mark.slow
def test_other_runs_begin_anew(page, result, store, tiny_dataset, tmp_path, qtbot):
    page.set_result(result)
    page.show()
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)
    page.set_result(compared([store.get("run-3")], tiny_dataset, tmp_path))
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)
    told = page.plots["shift"].text_at(0).splitlines()
    assert [line.split(":")[0] for line in told[1:]] == ["run-3"]


def test_what_fails_is_a_sentence(page, result, qtbot, monkeypatch):
    def fail(self, frames):
        raise RuntimeError("the network is gone")

    monkeypatch.setattr(BarModel, "probabilities", fail)
    page.set_result(result)
    page.show()
    qtbot.waitUntil(lambda: "network is gone" in page.status.text())
    assert page.button.text() == "Go on"
