"""The Robustness page: started when it is shown, cancelled, resumed, and cached."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt

from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.gui import theme
from mnist_gui.gui.compare import robustness_page
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
def seconds(monkeypatch):
    """The estimated time, of which the user is asked from 10 seconds."""
    estimate = {"seconds": 0.0}
    monkeypatch.setattr(robustness_page, "seconds_needed", lambda missing, _data: bool(missing) * estimate["seconds"])
    return estimate


@pytest.fixture
def page(qtbot, qapp, tmp_path, seconds):
    theme.apply(qapp, "light")
    page = RobustnessPage(tmp_path / "cache")
    qtbot.addWidget(page)
    page.resize(1000, 600)
    yield page
    page.shut_down()
    theme.apply(qapp, "light")


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
    assert lines[0] == "Shift 0 px"
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
    qtbot.waitUntil(lambda: page.status.text().startswith("Testing") and page.progress.isVisible())
    assert page.button.text() == "Cancel"
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    assert page.status.text().startswith("Cancelled")
    assert page.button.text() == "Go on"
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: is_done(page), timeout=40_000)


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


@pytest.mark.slow
def test_minutes_of_work_are_asked_about_and_what_is_computed_is_drawn_at_once(
    page, result, store, tiny_dataset, tmp_path, qtbot, seconds
):
    page.set_result(compared([store.get("run-1")], tiny_dataset, tmp_path))
    page.show()
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)
    asked, seconds["seconds"] = BarModel.asked, 200.0
    page.set_result(result)
    qtbot.waitUntil(lambda: page.button.text() == "Test them", timeout=20_000)
    assert page.status.text() == "Not tested on digits made worse yet: run-3. That takes about 3 minutes here."
    assert BarModel.asked == asked, "nothing was computed unasked"
    assert [line.split(":")[0] for line in page.plots["shift"].text_at(0).splitlines()] == ["Shift 0 px", "run-1"]
    assert "run-1: 93.3 % right" in page.sentences.text() and "run-3" not in page.sentences.text()
    page.hide()
    page.show()
    assert page.button.text() == "Test them" and not page.is_busy
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: is_done(page), timeout=20_000)
    assert all(name in page.sentences.text() for name in ("run-1", "run-3", "Together"))
    assert len(page.plots["shift"].text_at(0).splitlines()) == 1 + 3


@pytest.mark.parametrize("text_scale", [1.0, 1.5])
def test_at_least_every_second_severity_is_written_below_a_plot(page, qapp, text_scale):
    theme.apply(qapp, "light", text_scale)
    page.resize(1000, 600)  # as in a window of 1024x700
    page.show()
    qapp.processEvents()
    for name, plot in page.plots.items():
        (ticks,) = plot.getAxis("bottom")._tickLevels
        assert len(ticks) == 6 if text_scale == 1 else len(ticks) >= 3, name


def test_every_severity_is_shown_on_a_digit_below_its_number(page, result, qtbot, seconds):
    seconds["seconds"] = 200.0
    page.resize(1000, 900)
    page.set_result(result)
    page.show()
    qtbot.waitUntil(lambda: page.button.text() == "Test them", timeout=20_000)
    for name, strip in page.strips.items():
        rects = strip.picture_rects()
        assert len(rects) == 6
        assert all(left.right() < right.left() for left, right in pairwise(rects))
        assert strip.rect().adjusted(-1, -1, 1, 1).contains(QRect(rects[0].toRect()).united(rects[-1].toRect()))
        plot = page.plots[name]
        column = plot.mapFromScene(plot.getViewBox().mapViewToScene(QPointF(2, 0))).x()
        assert abs(plot.viewport().mapTo(page, QPoint(column, 0)).x() - strip.x() - rects[2].center().x()) <= 2
        pictures = [image.convertToFormat(image.Format.Format_Grayscale8) for image in strip._images]
        assert pictures[0] != pictures[5], "a severe one looks otherwise"
