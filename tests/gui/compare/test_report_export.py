"""The report, from the dialog to the file."""

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_gui.gui.compare.report_export import WITH_FIGURES, ReportExporter
from tests.comparison_data import add_run, compared, use_bar_models


@pytest.fixture
def result(store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    runs = [add_run(store, model, name=f"run-{model}") for model in (1, 2)]
    return compared(runs, tiny_dataset, tmp_path)


@pytest.fixture
def exporter(qtbot, tmp_path):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    exporter = ReportExporter(tmp_path / "cache", window)
    yield exporter
    exporter.shut_down()


@pytest.mark.slow
def test_a_report_and_its_figures_are_written(exporter, result, tmp_path, qtbot):
    with qtbot.waitSignals([exporter.message_shown, exporter.message_shown], timeout=20_000):
        exporter.save(tmp_path / "report.html", result, result.rows, figures=True)
    qtbot.waitUntil(lambda: not exporter.is_busy)
    page = (tmp_path / "report.html").read_text()
    assert "run-1" in page
    pictures = sorted((tmp_path / "report figures").glob("*.png"))
    assert len(pictures) > 4
    assert all(not QImage(str(path)).isNull() for path in pictures)


def test_a_path_that_cannot_be_written_is_a_message(exporter, result, tmp_path, qtbot):
    (tmp_path / "file").write_text("")
    messages = []
    exporter.message_shown.connect(messages.append)
    exporter.save(tmp_path / "file" / "report.html", result, result.rows, figures=False)
    qtbot.waitUntil(lambda: not exporter.is_busy, timeout=20_000)
    assert messages[-1].startswith("The report could not be written")


def test_the_dialog_offers_the_report_with_and_without_figures(exporter, result, tmp_path, qtbot):
    exporter.open_dialog(result, result.rows)
    dialog = exporter.parent().findChild(QFileDialog)
    assert WITH_FIGURES in dialog.nameFilters()
    dialog.setDirectory(str(tmp_path))
    dialog.selectFile(str(tmp_path / "mine.html"))
    dialog.fileSelected.emit(str(tmp_path / "mine"))
    qtbot.waitUntil(lambda: (tmp_path / "mine.html").exists() and not exporter.is_busy, timeout=20_000)
    dialog.close()
