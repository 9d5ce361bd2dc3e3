"""The Confidence page."""

import pytest

from mnist_gui.gui.compare.confidence_page import ConfidencePage
from tests.comparison_data import add_run, compared, use_bar_models


@pytest.fixture
def page(qtbot, store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    runs = [add_run(store, 1, name="plain")]
    hot = add_run(store, 2, name="hot")
    hot.commit(calibration={"temperature": 2.0}) if hasattr(hot.record, "calibration") else None
    runs.append(store.get("hot"))
    page = ConfidencePage()
    qtbot.addWidget(page)
    page.resize(1100, 700)
    page.set_result(compared(runs, tiny_dataset, tmp_path))
    page.show()
    return page


def test_the_diagram_shows_confidence_and_accuracy(page):
    lines = page.reliability.text_at(91.9)
    assert "plain: 93.3 % (" in lines  # 56 of 60


def test_calibrated_and_raw_confidence_can_be_compared(page):
    assert page.raw.isVisible(), "one of the runs is calibrated"
    before = page.reliability._lines[1].x
    page.raw.setChecked(True)
    assert list(page.reliability._lines[1].x) != list(before)


def test_every_digit_has_its_accuracy_with_its_interval(page):
    assert page.classes.text_at(4).splitlines()[:2] == ["Digit 4", "plain: 50.00 % (18.76 to 81.24)"]


def test_the_figures_are_in_sentences_too(page):
    assert "Expected calibration error" in page.calibration.text()
    assert "plain" in page.refusing.text()
