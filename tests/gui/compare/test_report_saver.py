"""The report, from the window to the file."""

import pytest
from compared import add_run, use_bar_models
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_gui.analysis.contenders import contest
from mnist_gui.analysis.judged import judge_on_mnist
from mnist_gui.gui.compare.judging import outcome_of
from mnist_gui.gui.compare.report_saver import WITH_FIGURES, ReportSaver


@pytest.fixture
def outcome(store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    runs = [add_run(store, model, name=f"run-{model}") for model in (1, 2)]
    return outcome_of(contest(runs, judge_on_mnist(tiny_dataset), tmp_path), tmp_path)


@pytest.fixture
def saver(qtbot, tmp_path):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    saver = ReportSaver(tmp_path / "cache", window)
    yield saver
    saver.shut_down()


def test_a_page_and_its_figures_are_written(saver, outcome, tmp_path, qtbot):
    with qtbot.waitSignals([saver.said, saver.said], timeout=20_000):
        saver.save(tmp_path / "report.html", outcome, outcome.rows, figures=True)
    qtbot.waitUntil(lambda: not saver.is_busy)
    page = (tmp_path / "report.html").read_text()
    assert "run-1" in page
    pictures = sorted((tmp_path / "report figures").glob("*.png"))
    assert len(pictures) > 4
    assert all(not QImage(str(path)).isNull() for path in pictures)


def test_a_place_that_cannot_be_written_is_a_sentence(saver, outcome, tmp_path, qtbot):
    (tmp_path / "file").write_text("")
    said = []
    saver.said.connect(said.append)
    saver.save(tmp_path / "file" / "report.html", outcome, outcome.rows, figures=False)
    qtbot.waitUntil(lambda: not saver.is_busy, timeout=20_000)
    assert said[-1].startswith("The report could not be written")


def test_the_dialog_offers_the_page_with_and_without_pictures(saver, outcome, tmp_path, qtbot):
    saver.ask_where(outcome, outcome.rows)
    dialog = saver.parent().findChild(QFileDialog)
    assert WITH_FIGURES in dialog.nameFilters()
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "mine.html"))
    dialog.fileSelected.emit(str(tmp_path / "mine"))
    qtbot.waitUntil(lambda: (tmp_path / "mine.html").exists() and not saver.is_busy, timeout=20_000)
    dialog.close()
