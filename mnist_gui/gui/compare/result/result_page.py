"""The page "Result": which run is better, in sentences, as dots with intervals, and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mnist_gui.analysis.evaluation_data import MNIST_TEST
from mnist_gui.analysis.seed_comparison import seeds_sentence
from mnist_gui.analysis.significance import CAVEAT
from mnist_gui.analysis.summary_table import CLASS_COLUMNS, COLUMNS, Row, as_csv, as_markdown
from mnist_gui.files import write_text
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.compare.result.comparison_columns import table_columns, table_rows
from mnist_gui.gui.compare.result.comparison_table import ComparisonTable
from mnist_gui.gui.compare.result.error_rate_plot import ErrorRate, ErrorRatePlot
from mnist_gui.gui.widgets.collapsible_section import CollapsibleSection
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, heading, muted, push_button
from mnist_gui.gui.widgets.save_dialog import save_dialog

TRAINING = (
    "Training figures are the last epoch's, with dropout on, and of altered frames where the recipe alters them: so "
    "they can lie below the test's."
)


class ResultPage(QWidget):
    """Filled with an `ComparisonResult`.

    Attributes
    ----------
    rows
        Of the table, with what has been measured so far.

    Signals
    -------
    message_shown(sentence: str)
        What became of copying or saving.
    """

    message_shown = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: ComparisonResult | None = None
        self.rows: Sequence[Row] = ()
        self.headline = _words("headline")
        self.caveat = muted(CAVEAT, "caveat")
        self.pairs = _words("pairs")
        self._pairs = CollapsibleSection("Each pair", self.pairs)
        self.seeds = _words("seeds")
        self.dots_heading = heading("Errors in 10,000, and where the true rate lies (95 % interval)", "dots_heading")
        self.dots = ErrorRatePlot()
        self.table = ComparisonTable("Comparison of runs")
        self.classes = ComparisonTable("Precision, recall and F1 of each digit")
        self.classes.setObjectName("class_table")
        self.classes.set_rows(table_columns(CLASS_COLUMNS), ())
        self._classes = CollapsibleSection("Each digit: precision, recall and F1", self.classes)
        self.more = QCheckBox("More columns")
        self.more.setObjectName("more_columns")
        self.more.setMinimumHeight(TARGET_HEIGHT)
        self.more.toggled.connect(self.table.show_all)
        self.copy = push_button("Copy as Markdown", "copy_markdown")
        self.copy.clicked.connect(self._copy)
        self.save = push_button("Save CSV…", "save_csv")
        self.save.clicked.connect(self._ask_where)
        self.training = muted(TRAINING, "training_figures")
        self._lay_out()

    def set_result(self, result: ComparisonResult) -> None:
        """Show what follows from the runs' answers."""
        self._result = result
        self._set_large(result.headline)
        # A pair alone is told at once; of more, the large sentence tells what matters.
        told = [f"<p><b>{escape(one.sentence)}</b> {escape(one.explanation)}</p>" for one in result.pairwise_tests]
        self.pairs.setText("".join(told))
        self._pairs.setVisible(bool(told))
        self._pairs.set_title("The pair in detail" if len(told) == 1 else f"Each of the {len(told)} pairs in detail")
        self.caveat.setVisible(bool(told))
        seeds = _seeds(result)
        self.seeds.setText("".join(f"<p>{sentence}</p>" for sentence in seeds))
        self.seeds.setVisible(bool(seeds))
        rates = (
            ErrorRate(marker, row.errors_in_10_000, row.error_interval.low, row.error_interval.high)
            for marker, row in zip(result.markers, result.rows, strict=True)
        )
        self.dots.set_rates(tuple(rates))
        self.set_rows(result.rows)
        classes = [scores for of_run in result.classes for scores in of_run]
        markers = [marker for marker, of_run in zip(result.markers, result.classes, strict=True) for _ in of_run]
        self.classes.set_rows(table_columns(CLASS_COLUMNS), table_rows(CLASS_COLUMNS, classes, markers))

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show the table once more, with what was measured since."""
        if self._result is None:
            return
        self.rows = rows
        on_mnist = self._result.comparison.data.name == MNIST_TEST
        self.table.set_rows(table_columns(COLUMNS, on_mnist), table_rows(COLUMNS, rows, self._result.markers))

    # -- taking the table out

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_markdown(self.rows, COLUMNS))
        self.message_shown.emit("Copied the table as Markdown: paste it into a text.")

    def _ask_where(self) -> None:
        filters = ("Table (*.csv)",)
        save_dialog(self, "Save the table", "comparison.csv", filters, lambda path, _: self.save_csv(path))

    def save_csv(self, path: Path) -> None:
        """Write every column to a file."""
        try:
            write_text(path, as_csv(self.rows, COLUMNS))
        except OSError as error:
            self.message_shown.emit(
                f"The table could not be written to {path}: {error.strerror or error}. Choose another place."
            )
        else:
            self.message_shown.emit(f"Saved the table as {path.name}.")

    # -- putting together

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.more)
        bar.addStretch(1)
        bar.addWidget(self.copy)
        bar.addWidget(self.save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.headline)
        layout.addWidget(self.caveat)
        layout.addWidget(self.seeds)
        layout.addSpacing(4)
        layout.addWidget(self.dots_heading)
        layout.addWidget(self.dots)
        layout.addLayout(bar)
        layout.addWidget(self.table)
        layout.addWidget(self.training)
        layout.addWidget(self._pairs)
        layout.addWidget(self._classes)
        layout.addStretch(1)

    def _set_large(self, sentence: str) -> None:
        self.headline.setText(f'<span style="font-size: large">{escape(sentence)}</span>')
        self.headline.setAccessibleName(sentence)


def _seeds(result: ComparisonResult) -> list[str]:
    """Return what several seeds of a model tell; nothing where there is one of each."""
    several = [group for group in result.groups if group.spread is not None]
    if not several:
        return []
    # Of groups of one seed nothing can be said but that.
    judged = [test.sentence for test in result.seed_tests]
    said = [escape(sentence) for sentence in (*judged, seeds_sentence(result.groups)) if sentence]
    return [f"<b>{escape(group.summary)}.</b>" for group in several] + said


def _words(name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
