"""The Result page: which run is better, in sentences, as a plot of error rates, and as tables."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.analysis.evaluation_data import MNIST_TEST
from mnist_gui.analysis.seed_comparison import seeds_sentence
from mnist_gui.analysis.significance import CAVEAT
from mnist_gui.analysis.summary_table import CLASS_COLUMNS, COLUMNS, Row, as_csv, as_markdown
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.files import write_text
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.compare.result.comparison_columns import table_columns, table_rows
from mnist_gui.gui.compare.result.comparison_table import MAX_ROWS, ComparisonTable
from mnist_gui.gui.compare.result.error_rate_plot import ErrorRate, ErrorRatePlot
from mnist_gui.gui.widgets.collapsible_section import SECTION_SPACING, CollapsibleSection
from mnist_gui.gui.widgets.form_controls import check_box, heading, muted, push_button, rich_text
from mnist_gui.gui.widgets.plain_text import html_text
from mnist_gui.gui.widgets.run_marker import RunMarker
from mnist_gui.gui.widgets.save_dialog import save_dialog
from mnist_gui.gui.widgets.scroll_column import scroll_areas
from mnist_gui.wording import plain_text

TRAINING = (
    "Training figures are the last epoch's, with dropout on, and of altered frames where the recipe alters them: so "
    "they can lie below the test's."
)


MIN_CLASS_ROWS = 4  # of the table of digits, where it opens by itself


class ResultPage(QWidget):
    """Sentences, plot and tables of a comparison.

    Until the user opens or closes the sections below the table, they are open where they fit without scrolling.

    Attributes
    ----------
    rows
        Rows of the table, with the prediction times that have been measured by now.

    Signals
    -------
    message_shown(message: str)
        The table was copied or saved, or could not be saved.
    title_edited(run: str, title: str)
        The user gave a run another title.
    """

    message_shown = Signal(str)
    measure_requested = Signal()
    title_edited = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: ComparisonResult | None = None
        self._untouched: set[CollapsibleSection] = set()  # sections that the user has neither opened nor closed
        self.rows: Sequence[Row] = ()
        self.headline = rich_text("headline")
        self.caveat = muted(CAVEAT, "caveat")
        self.pairs = rich_text("pairs")
        self.pairs_section = CollapsibleSection("Each pair", self.pairs)
        self.seeds = rich_text("seeds")
        self.error_heading = heading("Errors in 10,000", "dots_heading")
        self.error_rates = ErrorRatePlot(grows=True)
        self.table = ComparisonTable("Comparison of runs")
        self.table.title_edited.connect(self.title_edited)
        self.classes = ComparisonTable("Precision, recall and F1 of each digit")
        self.classes.setObjectName("class_table")
        self.classes_section = CollapsibleSection("Each digit: precision, recall and F1", self.classes)
        self.classes_section.toggled.connect(self._show_classes)
        self.more = check_box("More columns", "more_columns")
        self.more.toggled.connect(self.table.show_all)
        self.measure_again = push_button("Measure times again", "measure_again")
        self.measure_again.setToolTip("Measure how fast the models answer; not while a model is trained")
        self.measure_again.hide()
        self.measure_again.clicked.connect(self.measure_requested)
        self.more.toggled.connect(self.measure_again.setVisible)
        self.copy = push_button("Copy as Markdown", "copy_markdown")
        self.copy.clicked.connect(self._copy)
        self.save = push_button("Save CSV…", "save_csv")
        self.save.clicked.connect(self._open_save_dialog)
        for section in (self.pairs_section, self.classes_section):
            self._untouched.add(section)
            # Before it is toggled: the page is arranged then.
            section.button.pressed.connect(partial(self._untouched.discard, section))
        self._lay_out()

    def set_result(self, result: ComparisonResult) -> None:
        """Show a comparison."""
        self._result = result
        self.headline.setText(f'<span style="font-size: large">{html_text(result.headline)}</span>')
        self.headline.setAccessibleName(plain_text(result.headline))
        tests = [
            f"<p><b>{html_text(test.sentence)}</b> {html_text(test.explanation)}</p>" for test in result.pairwise_tests
        ]
        self.pairs.setText("".join(tests))
        self.pairs_section.setVisible(bool(tests))
        title = "The pair in detail" if len(tests) == 1 else f"Each of the {len(tests)} pairs in detail"
        self.pairs_section.set_title(title)
        self.caveat.setVisible(bool(tests))
        seeds = _seed_paragraphs(result)
        self.seeds.setText("".join(f"<p>{paragraph}</p>" for paragraph in seeds))
        self.seeds.setVisible(bool(seeds))
        rates = [_error_rate(marker, row) for marker, row in zip(result.markers, result.rows, strict=True)]
        self.error_rates.set_rates(rates)
        self.error_heading.setText(f"{self.error_rates.accessibleName()}, with 95 % intervals")
        self.set_rows(result.rows)
        self._show_classes()
        self._use_room()

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Replace the rows of the table by those with prediction times."""
        if self._result is None:
            return
        self.rows = rows
        on_mnist = self._result.comparison.data.name == MNIST_TEST
        shown = table_rows(COLUMNS, rows, self._result.markers)
        own = {
            run.title: run.run for run in self._result.comparison.runs if run.run is not None and not run.run.shipped
        }
        named = [
            row._replace(run=run.name, title=run.record.title or run.name) if (run := own.get(source.title)) else row
            for row, source in zip(shown, rows, strict=True)
        ]
        self.table.set_rows(table_columns(COLUMNS, on_mnist), named)

    def _show_classes(self) -> None:
        """Fill the table of digits if its section is open."""
        if self._result is not None and self.classes_section.button.isChecked():
            rows = [scores for classes in self._result.classes for scores in classes]
            markers = [marker for marker in self._result.markers for _ in range(CLASSES)]
            self.classes.set_rows(table_columns(CLASS_COLUMNS), table_rows(CLASS_COLUMNS, rows, markers))

    # -- sections that open by themselves

    def _use_room(self) -> None:
        """Open the sections that the user has not touched where they fit without scrolling; close them elsewhere."""
        if self._result is None:
            return
        left = self._visible_height() - self._needed_height()
        pairs, classes = self.pairs_section, self.classes_section
        if pairs in self._untouched:
            needed = self._content_height(pairs)
            pairs.button.setChecked(bool(self._result.pairwise_tests) and needed <= left)
            left -= needed * pairs.button.isChecked()
        if classes in self._untouched:
            room = left - SECTION_SPACING
            rows = next((count for count in range(MAX_ROWS, 0, -1) if self.classes.height_of(count) <= room), 0)
            self.classes.set_max_rows(rows if rows >= MIN_CLASS_ROWS else MAX_ROWS)
            classes.button.setChecked(rows >= MIN_CLASS_ROWS)

    def _needed_height(self) -> int:
        """Return the height of all but the content of the sections that open by themselves."""
        contents = sum(self._content_height(each) for each in self._untouched if each.button.isChecked())
        layout = self.layout()
        assert layout is not None
        return layout.totalHeightForWidth(self.width()) - contents

    def _content_height(self, section: CollapsibleSection) -> int:
        content, width = section.content, self.width()
        height = content.heightForWidth(width) if content.hasHeightForWidth() else content.height()
        return height + SECTION_SPACING

    def _visible_height(self) -> int:
        """Return the height that is seen without scrolling."""
        area = next(scroll_areas(self), None)
        return self.height() if area is None else area.viewport().height()

    # -- copying and saving

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(as_markdown(self.rows, COLUMNS))
        self.message_shown.emit("Copied the table as Markdown: paste it into a text.")

    def _open_save_dialog(self) -> None:
        filters = ("Table (*.csv)",)
        save_dialog(self, "Save the table", "comparison.csv", filters, lambda path, _: self.save_csv(path))

    def save_csv(self, path: Path) -> None:
        """Write every column to a file."""
        try:
            write_text(path, as_csv(self.rows, COLUMNS))
        except OSError as error:
            reason = error.strerror or error
            self.message_shown.emit(f"The table could not be written to {path}: {reason}. Choose another place.")
        else:
            self.message_shown.emit(f"Saved the table as {path.name}.")

    # -- layout

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(8)
        bar.addWidget(self.more)
        bar.addWidget(self.measure_again)
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
        layout.addWidget(self.error_heading)
        layout.addWidget(self.error_rates, 1000)  # all the room that it may take
        layout.addLayout(bar)
        layout.addWidget(self.table)
        layout.addWidget(muted(TRAINING, "training_figures"))
        layout.addWidget(self.pairs_section)
        layout.addWidget(self.classes_section)
        layout.addStretch(1)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._use_room()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            QTimer.singleShot(0, self, self._use_room)  # once all widgets have the new font


def _error_rate(marker: RunMarker, row: Row) -> ErrorRate:
    scale = row.error_scale / 10_000
    errors, interval = row.errors_in_10_000, row.error_interval
    return ErrorRate(marker, scale * errors, scale * interval.low, scale * interval.high, row.error_scale == 100)


def _seed_paragraphs(result: ComparisonResult) -> list[str]:
    """Return the results of models with several seeds, as HTML; none without such models."""
    summaries = [f"<b>{html_text(group.summary)}.</b>" for group in result.groups if group.spread is not None]
    if not summaries:
        return []
    sentences = [*(test.sentence for test in result.seed_tests), seeds_sentence(result.groups)]
    return summaries + [html_text(sentence) for sentence in sentences if sentence]
