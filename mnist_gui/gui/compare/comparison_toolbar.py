"""The line above the pages: what runs are judged on, which runs, and the report."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QWidget

from mnist_gui.analysis.comparison import titles
from mnist_gui.gui.compare.comparison_job import MINE, MNIST, AvailableRuns, ComparisonRequest, id_of
from mnist_gui.gui.compare.multi_select_button import Choice, MultiSelectButton
from mnist_gui.gui.compare.value_combo_box import ValueComboBox
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, push_button
from mnist_gui.runs.run import Run

USUAL = {MNIST: "MNIST test", MINE: "My digits"}
FILE, FOLDER = "file", "folder"
OPENING = {FILE: "Drawings in a file…", FOLDER: "A folder of labelled pictures…"}
FILES = "Drawings (*.jsonl *.json);;All files (*)"
MOST_RECENT = 3


class ComparisonToolbar(QWidget):
    """Makes the `ComparisonRequest`.

    Signals
    -------
    request_changed(wish: ComparisonRequest)
        Other digits, or other runs.
    report_requested()
    """

    request_changed = Signal(object)
    report_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._wish = ComparisonRequest()
        self._recent: list[Path] = []
        self.on = ValueComboBox("Judge on")
        self.on.chosen_changed.connect(self._judge_on)
        self.on.setToolTip("The digits on which the runs are compared")
        self.runs = MultiSelectButton("Runs", "Those that answer in Draw")
        self.runs.changed.connect(self._choose_runs)
        self.report: QPushButton = push_button("Report…", "report")
        self.report.setToolTip("Save all of this as one file that any browser opens")
        self.report.setEnabled(False)
        self.report.clicked.connect(self.report_requested)
        label = QLabel("Judge on")
        label.setBuddy(self.on)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(label)
        layout.addWidget(self.on)
        layout.addSpacing(8)
        layout.addWidget(self.runs)
        layout.addStretch(1)
        layout.addWidget(self.report)
        self.setMinimumHeight(TARGET_HEIGHT + 4)  # the focus makes buttons higher; nothing below is to move
        self._offer_digits()

    @property
    def wish(self) -> ComparisonRequest:
        """What is to be compared."""
        return self._wish

    def set_offered(self, offered: AvailableRuns) -> None:
        """Offer all runs, those ticked that are asked."""
        choices = []
        for title, entry in zip(titles(offered.entries), offered.entries, strict=True):
            if not isinstance(entry, Run):
                choices.append(Choice(id_of(entry), f"{title} · damaged", entry.reason))
            elif not entry.answers:
                problem = "It has no exported model yet; let it finish an epoch."
                choices.append(Choice(id_of(entry), f"{title} · {entry.status}", problem))
            else:
                choices.append(Choice(id_of(entry), _described(title, entry)))
        self.runs.set_choices(choices, offered.asked, offered.usual)

    def judge_on(self, path: Path) -> None:
        """Judge on drawings or pictures."""
        self._recent = [path, *(other for other in self._recent if other != path)][:MOST_RECENT]
        self._wish = ComparisonRequest(path, self._wish.runs)
        self._offer_digits()
        self.request_changed.emit(self._wish)

    # -- inside

    def _offer_digits(self) -> None:
        recent = {path: path.name or str(path) for path in self._recent}
        self.on.set_choices({**USUAL, **recent, **OPENING}, self._wish.on)

    def _judge_on(self, key: str | Path) -> None:
        if key in OPENING:
            self.on.choose(self._wish.on)  # until something has been chosen
            self._ask(str(key))
        elif key != self._wish.on:
            self._wish = ComparisonRequest(key, self._wish.runs)
            self.request_changed.emit(self._wish)

    def _ask(self, kind: str) -> None:
        dialog = QFileDialog(self, OPENING[kind].rstrip("…"))
        if kind == FOLDER:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilters(FILES.split(";;"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.judge_on(Path(path)))
        dialog.open()

    def _choose_runs(self, ids: tuple[str, ...]) -> None:
        self._wish = ComparisonRequest(self._wish.on, frozenset(ids))
        self.request_changed.emit(self._wish)


def _described(title: str, run: Run) -> str:
    model = "" if title.startswith(f"model-{run.model}-") else f" · model {run.model}"
    return f"{title}{model} · {'shipped' if run.shipped else run.record.created[:10]}"
