"""Compare: the notebook's closing table for every run, the notebook's own figures beside."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QStackedLayout, QVBoxLayout, QWidget

from mnist_gui.analysis.comparison import TableRow, closing_table
from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.widgets.closing_table import ClosingTable
from mnist_gui.gui.workers import TaskWorker
from mnist_gui.runs.store import RunStore

EXPLANATION = (
    "Under each figure, smaller: the notebook's own, after 12 epochs. Training figures are the last epoch's running "
    "means with dropout on, as the notebook reports them, and of altered frames where the recipe alters them; so they "
    "can lie below the test figures."
)


class CompareTab(QWidget):
    """Fills its table in a thread: at once from cached predictions, else as each run's are computed.

    Parameters
    ----------
    store
        The runs.
    load_dataset
        Called in the thread.
    cache
        Folder of cached predictions.

    Attributes
    ----------
    is_filled
        Whether every run has its row.

    Signals
    -------
    filled()
        Every run has its row.
    """

    filled = Signal()

    def __init__(
        self, store: RunStore, load_dataset: Callable[[], Dataset], cache: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._load_dataset = load_dataset
        self._cache = cache
        self._worker: TaskWorker | None = None
        self._stale = True
        self.is_filled = False

        heading = QLabel("The notebook's closing table, for every run")
        heading.setProperty("heading", True)
        self._status = QLabel()
        self._status.setProperty("muted", True)
        self._status.setAccessibleName("Progress of the comparison")
        self._copy = QPushButton("Copy table")
        self._copy.setToolTip("Copy the table as text, to paste into a spreadsheet")
        self.table = ClosingTable()
        self._copy.clicked.connect(self.table.copy_all)
        explanation = QLabel(EXPLANATION)
        explanation.setWordWrap(True)
        explanation.setProperty("muted", True)
        self._empty = QLabel("There are no runs yet. Train a model in the Train tab; it appears here.")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setProperty("muted", True)

        top = QHBoxLayout()
        top.addWidget(heading)
        top.addSpacing(16)
        top.addWidget(self._status, 1)
        top.addWidget(self._copy)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(top)
        layout.addLayout(self._pages, 1)
        layout.addWidget(explanation)

    def refresh(self) -> None:
        """Read the runs again, now if the tab is shown, else when it is."""
        self._stale = True
        if self.isVisible():
            self._fill()

    def shut_down(self) -> None:
        """Give up computing and wait for the thread."""
        if self._worker is not None:
            self._worker.shut_down()
            self._worker.deleteLater()
            self._worker = None

    def _fill(self) -> None:
        self._stale = False
        self.is_filled = False
        self.shut_down()
        entries = self._store.entries()
        self.table.begin([entry.name for entry in entries])
        self._pages.setCurrentIndex(0 if entries else 1)

        def task(progress: Callable[[Any], bool]) -> None:
            rows = closing_table(
                entries, self._load_dataset(), self._cache, progress=lambda run, part: progress((run.name, part))
            )
            for row in rows:
                if not progress(row):
                    return

        worker = self._worker = TaskWorker(task, self)
        worker.progressed.connect(lambda value: self._show(value) if worker is self._worker else None)
        worker.failed.connect(lambda sentence: self._status.setText(sentence) if worker is self._worker else None)
        worker.finished_with.connect(lambda _: self._finish() if worker is self._worker else None)
        worker.start()

    def _show(self, value: TableRow | tuple[str, float]) -> None:
        if isinstance(value, TableRow):
            self.table.set_row(value)
        else:
            run, part = value
            self._status.setText(f"{run} answers the test set for the first time: {part:.0%}")

    def _finish(self) -> None:
        self._status.clear()
        self.is_filled = True
        self.filled.emit()

    # -- Qt

    def showEvent(self, event: QShowEvent) -> None:
        """Fill the table the first time it is seen, and after the runs changed."""
        super().showEvent(event)
        if self._stale:
            self._fill()
