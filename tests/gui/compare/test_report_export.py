"""The report, from the window to the file."""

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_gui.analysis.comparison import compare_runs
from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.gui.compare.comparison_job import outcome_of
from mnist_gui.gui.compare.report_export import WITH_FIGURES, ReportExporter
from tests.compared import add_run, use_bar_models


@pytest.fixture
def outcome(store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    runs = [add_run(store, model, name=f"run-{model}") for model in (1, 2)]
    return outcome_of(compare_runs(runs, mnist_evaluation_set(tiny_dataset), tmp_path), tmp_path)


@pytest.fixture
def saver(qtbot, tmp_path):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    saver = ReportExporter(tmp_path / "cache", window)
    yield saver
    saver.shut_down()


def test_a_page_and_its_figures_are_written(saver, outcome, tmp_path, qtbot):
    with qtbot.waitSignals([saver.message_shown, saver.message_shown], timeout=20_000):
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
    saver.message_shown.connect(said.append)
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
