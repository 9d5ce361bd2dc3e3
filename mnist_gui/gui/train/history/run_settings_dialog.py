"""What runs were trained with, side by side."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.analysis.run_settings import SETTINGS, differing_settings
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, check_box, muted, push_button
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.models.recipes import FINE_TUNING
from mnist_gui.runs.run import Run
from mnist_gui.wording import plain_text

# As in the header above, and without the raised look of the corner.
STYLE = """
QTableWidget::item { padding: 0 8px; border: none; }
QTableCornerButton::section { background: transparent; border: none; }
"""
SCREEN_SHARE = 0.9  # at most, of its width and height
SAME = "These runs were trained with the same settings."


class RunSettingsDialog(QDialog):
    """A line for each setting, a column for each run. Of several runs, only what differs is shown at first.

    Parameters
    ----------
    runs
        At least one.

    Signals
    -------
    train_again_requested(run: str, another_seed: bool)
        Train another run like the first one; the dialog closes.
    """

    train_again_requested = Signal(str, bool)

    def __init__(self, runs: Sequence[Run], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs = runs
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("run_settings")
        self.setWindowTitle("Settings" if len(runs) == 1 else f"Settings of {len(runs)} runs")
        self.differing = check_box("Only what differs", "only_differing")
        self.differing.setVisible(len(runs) > 1)
        self.differing.setChecked(len(runs) > 1)
        self.differing.toggled.connect(self._show_settings)
        self._same = muted(SAME, "same_settings")
        self.table = QTableWidget(0, len(runs))
        self.table.setObjectName("settings_table")
        self.table.setAccessibleName("What each run was trained with")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setHorizontalHeaderLabels([plain_text(run.title) for run in runs])
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.table.setStyleSheet(STYLE)
        self.table.setItemDelegate(_FlatDelegate(self.table))
        self.table.setCornerButtonEnabled(False)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.verticalHeader().setDefaultSectionSize(max(self.fontMetrics().height() + 10, TARGET_HEIGHT - 4))
        self.table.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.table.setTabKeyNavigation(False)
        self._lay_out()
        self._show_settings()
        # Qt itself would take at most two thirds of the screen.
        self.resize(self.sizeHint().boundedTo(self.screen().availableGeometry().size() * SCREEN_SHARE))

    def _show_settings(self) -> None:
        settings = differing_settings(self._runs) if self.differing.isChecked() else list(SETTINGS)
        self.table.setRowCount(len(settings))
        for row, setting in enumerate(settings):
            title = QTableWidgetItem(setting.title)
            title.setToolTip(tool_tip(setting.help))
            self.table.setVerticalHeaderItem(row, title)
            for column, run in enumerate(self._runs):
                item = QTableWidgetItem(plain_text(setting.text(run)))
                item.setToolTip(tool_tip(item.text()))
                self.table.setItem(row, column, item)
        self.table.setVisible(bool(settings))
        self._same.setVisible(not settings)

    def _train_again(self, *, another_seed: bool) -> None:
        self.train_again_requested.emit(self._runs[0].name, another_seed)
        self.close()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        run = self._runs[0]
        if len(self._runs) == 1 and run.record.recipe.get("name") not in (None, FINE_TUNING.name):
            again = push_button("Train again like this", "train_again")
            again.clicked.connect(lambda: self._train_again(another_seed=False))
            other = push_button("With another seed", "train_other_seed")
            other.clicked.connect(lambda: self._train_again(another_seed=True))
            buttons.addWidget(again)
            buttons.addWidget(other)
        buttons.addStretch(1)
        close = push_button("Close", "close_settings")
        close.setDefault(True)
        close.clicked.connect(self.close)
        buttons.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(self.differing)
        layout.addWidget(self._same)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)
        layout.addLayout(buttons)

    # -- Qt

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(min(17 + 13 * len(self._runs), 60) * line, 34 * line)


class _FlatDelegate(QStyledItemDelegate):
    """Shows the current cell by its selection alone, without the raised frame of the style."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        option.state &= ~(QStyle.StateFlag.State_HasFocus | QStyle.StateFlag.State_MouseOver)
