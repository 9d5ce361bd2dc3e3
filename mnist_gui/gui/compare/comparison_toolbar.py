"""The toolbar above the pages: the digits to evaluate on, the runs to compare, and the report."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from mnist_gui.analysis.comparison import run_titles
from mnist_gui.gui.compare.comparison_job import MNIST, USER_DIGITS, AvailableRuns, ComparisonRequest, run_id
from mnist_gui.gui.compare.multi_select_button import Choice, MultiSelectButton
from mnist_gui.gui.compare.value_combo_box import ValueComboBox
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, push_button
from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.runs.run import Run

SOURCES = {MNIST: "MNIST test", USER_DIGITS: "My digits"}
FILE, FOLDER = "file", "folder"
DIALOGS = {FILE: "Drawings in a file…", FOLDER: "A folder of labelled pictures…"}
NAME_FILTERS = ("Drawings (*.jsonl *.json)", "All files (*)")
MAX_RECENT_PATHS = 3


class ComparisonToolbar(QWidget):
    """Inputs for the `ComparisonRequest`.

    Signals
    -------
    request_changed(request: ComparisonRequest)
    report_requested()
    """

    request_changed = Signal(object)
    report_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._request = ComparisonRequest()
        self._recent_paths: list[Path] = []
        self.source = ValueComboBox("Judge on")
        self.source.value_changed.connect(self._on_source_chosen)
        self.runs = MultiSelectButton("Runs", "Those that answer in Draw")
        self.runs.changed.connect(self._on_runs_changed)
        self.report: QPushButton = push_button("Report…", "report")
        self.report.setToolTip("Save all of this as one file that any browser opens")
        self.report.setEnabled(False)
        self.report.clicked.connect(self.report_requested)
        label = PlainLabel("Judge on")
        label.setBuddy(self.source)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label)
        layout.addWidget(self.source)
        layout.addSpacing(8)
        layout.addWidget(self.runs)
        layout.addStretch(1)
        layout.addWidget(self.report)
        self.setMinimumHeight(TARGET_HEIGHT + 4)  # a focused button is higher; nothing below may move
        self._offer_sources()

    @property
    def request(self) -> ComparisonRequest:
        """The selected runs and digits."""
        return self._request

    def set_available(self, available: AvailableRuns) -> None:
        """List all runs, and check the selected ones."""
        choices = []
        for title, entry in zip(run_titles(available.entries), available.entries, strict=True):
            if not isinstance(entry, Run):
                choices.append(Choice(run_id(entry), f"{title} · unreadable", entry.reason))
            elif not entry.has_model:
                problem = "It has no exported model yet; let it finish an epoch."
                choices.append(Choice(run_id(entry), f"{title} · {entry.status}", problem))
            else:
                choices.append(Choice(run_id(entry), _description(title, entry), tags=tuple(entry.record.tags)))
        self.runs.set_choices(choices, available.selected, available.default)

    def compare_runs(self, ids: Iterable[str]) -> None:
        """Request a comparison of these runs."""
        self._on_runs_changed(tuple(ids))

    def evaluate_on(self, path: Path) -> None:
        """Request a comparison on drawings or pictures."""
        others = [other for other in self._recent_paths if other != path]
        self._recent_paths = [path, *others][:MAX_RECENT_PATHS]
        self._request = ComparisonRequest(path, self._request.runs)
        self._offer_sources()
        self.request_changed.emit(self._request)

    def _offer_sources(self) -> None:
        recent = {path: path.name or str(path) for path in self._recent_paths}
        self.source.set_choices({**SOURCES, **recent, **DIALOGS}, self._request.source)

    def _on_source_chosen(self, source: str | Path) -> None:
        if source in DIALOGS:
            self.source.set_value(self._request.source)  # until the user has chosen a path
            self._open_dialog(str(source))
        elif source != self._request.source:
            self._request = ComparisonRequest(source, self._request.runs)
            self.request_changed.emit(self._request)

    def _open_dialog(self, kind: str) -> None:
        dialog = QFileDialog(self, DIALOGS[kind].rstrip("…"))
        if kind == FOLDER:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilters(NAME_FILTERS)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.evaluate_on(Path(path)))
        dialog.open()

    def _on_runs_changed(self, ids: tuple[str, ...]) -> None:
        self._request = ComparisonRequest(self._request.source, frozenset(ids))
        self.request_changed.emit(self._request)


def _description(title: str, run: Run) -> str:
    """Return the title, followed by facts about the run that are not part of it."""
    model = "" if not run.model or title.startswith(f"model-{run.model}-") else f" · model {run.model}"
    tags = "".join(f" · #{tag}" for tag in run.record.tags)
    return f"{title}{model} · {'shipped' if run.shipped else run.record.created[:10]}{tags}"
