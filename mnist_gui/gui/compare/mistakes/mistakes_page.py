"""The Mistakes page: which digits are misread, as what, and by which runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise, permutations
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from mnist_gui.analysis import misclassifications
from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.analysis.misclassifications import Confusion, Indices
from mnist_gui.gui.compare.comparison_job import ComparisonResult
from mnist_gui.gui.compare.mistakes.confusion_matrix_row import ConfusionMatrixRow
from mnist_gui.gui.compare.mistakes.digit_gallery import DigitGallery, GalleryDigits
from mnist_gui.gui.compare.mistakes.matrix_key import MatrixKey
from mnist_gui.gui.compare.value_combo_box import ValueComboBox
from mnist_gui.gui.widgets.fitted_label import FittedLabel
from mnist_gui.gui.widgets.form_controls import muted, push_button
from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip
from mnist_gui.gui.widgets.scroll_column import Column, scroll_to
from mnist_gui.wording import plural

CAPTION = "Row: the digit. Column: what it was read as. Click to see them."
ORDERS = {"loss": "Most surprising first", "sure": "Surest first", "unsure": "Least sure first", "order": "In order"}
MAX_CONFUSIONS = 6
MAX_RUNS_IN_PAIRS = 6  # of more compared runs, only the pairs with the chosen one are offered
SIDE_BY_SIDE = (-1, -1)


class DigitFilter(NamedTuple):
    """Which digits the gallery shows.

    Attributes
    ----------
    kind
        Misread "any": by at least one run, "all": by all, "one": by exactly one, "run": by the first, "pair": by the
        second and not by the first, "cell": in a cell of the first or the second run's confusion matrix. Others:
        "unsure": read right by all, "every": all digits.
    first, second
        Indices of compared runs; -1 for none.
    cell
        True digit and predicted digit.
    """

    kind: str
    first: int = -1
    second: int = -1
    cell: tuple[int, int] = (-1, -1)


class MistakesPage(QWidget):
    """Confusion matrices above a gallery of digits.

    Signals
    -------
    digit_opened(index: int)
        The user opened a digit of the evaluation set.
    """

    digit_opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._result: ComparisonResult | None = None
        self._cell: DigitFilter | None = None  # that was opened last
        self._find_digits: dict[DigitFilter, Callable[[], Indices]] = {}
        self.most_frequent = PlainLabel()
        self.most_frequent.setProperty("heading", True)
        self.most_frequent.setObjectName("most_frequent")
        self.confusions = ConfusionButtons()
        self.matrices_box = ValueComboBox("Matrices")
        self.matrices = ConfusionMatrixRow()
        self.key = MatrixKey()
        self.filter_box = ValueComboBox("Digits shown")
        self.order_box = ValueComboBox("Order of the digits")
        self.order_box.set_choices(ORDERS, "loss")
        self.run_box = ValueComboBox("By whom")
        self.count = muted(name="gallery_count")
        self.count.setWordWrap(False)
        self.gallery = DigitGallery()
        self._lay_out()
        self.matrices_box.value_changed.connect(self._show_matrices)
        self.filter_box.value_changed.connect(self._show_digits)
        self.order_box.value_changed.connect(self._show_digits)
        self.run_box.value_changed.connect(self._on_run_changed)
        self.matrices.cell_chosen.connect(self._open_cell)
        self.confusions.chosen.connect(self._on_confusion_chosen)
        self.gallery.opened.connect(self.digit_opened)

    def set_result(self, result: ComparisonResult) -> None:
        """Show a comparison; the user's choices are kept if the runs are the same."""
        chosen = self.matrices_box.value, self.filter_box.value, self.run_box.value
        if self._result is None or self._result.markers != result.markers:
            chosen = SIDE_BY_SIDE, DigitFilter("any"), len(result.markers) - 1
            self._cell = None
        self._result = result
        matrices, digit_filter, run_index = chosen
        self.run_box.set_choices(dict(enumerate(marker.name for marker in result.markers)), run_index)
        self.gallery.set_digits(
            GalleryDigits(
                result.images,
                result.comparison.data.labels,
                result.markers,
                np.stack([run.predicted for run in self._runs]),
                np.stack([run.confidence for run in self._runs]),
            )
        )
        self._offer_matrices(matrices)
        self._offer_filters(digit_filter)
        self._show_matrices()
        self._show_confusions()
        self._show_digits()

    @property
    def _runs(self) -> tuple[ComparedRun, ...]:
        return self._result.comparison.compared_runs if self._result is not None else ()

    # -- choices

    def _pairs(self) -> list[tuple[int, int]]:
        """Return the pairs of runs that are offered, each in both orders."""
        count, run = len(self._runs), self.run_box.value
        return [pair for pair in permutations(range(count), 2) if count <= MAX_RUNS_IN_PAIRS or run in pair]

    def _offer_matrices(self, chosen: tuple[int, int]) -> None:
        titles = [run.title for run in self._runs]
        differences = {pair: " minus ".join(titles[run] for run in pair) for pair in self._pairs() if pair[0] < pair[1]}
        self.matrices_box.set_choices({SIDE_BY_SIDE: "Side by side", **differences}, chosen)
        self.matrices_box.setVisible(len(differences) > 0)

    def _offer_filters(self, chosen: DigitFilter) -> None:
        runs, texts = self._runs, dict[DigitFilter, str]()
        self._find_digits.clear()

        def offer(text: str, find: Callable[..., Indices], *arguments: object, key: DigitFilter) -> None:
            texts[key] = text
            self._find_digits[key] = partial(find, *arguments)

        if self._cell is not None:
            in_matrices = [runs[index] for index in (self._cell.first, self._cell.second) if index >= 0]
            names = " or ".join(run.title for run in in_matrices)
            true, predicted = self._cell.cell
            offer(f"{true} read as {predicted} by {names}", _in_cell, in_matrices, self._cell.cell, key=self._cell)
        offer("All mistakes", misclassifications.misread_by_any, runs, key=DigitFilter("any"))
        if len(runs) > 1:
            offer("Wrong by all", misclassifications.misread_by_all, runs, key=DigitFilter("all"))
            offer("Wrong by one only", misclassifications.misread_by_one, runs, key=DigitFilter("one"))
            for index, run in enumerate(runs):
                offer(f"Wrong by {run.title}", misclassifications.misread_by, run, key=DigitFilter("run", index))
        for first, second in self._pairs():
            text = f"Right by {runs[first].title}, wrong by {runs[second].title}"
            find = misclassifications.misread_by_second_only
            offer(text, find, runs[first], runs[second], key=DigitFilter("pair", first, second))
        offer("Least sure but right", misclassifications.least_confident_right, runs, key=DigitFilter("unsure"))
        offer("Every digit", np.arange, len(runs[0].labels), key=DigitFilter("every"))
        self.filter_box.set_choices(texts, chosen)

    def _on_run_changed(self) -> None:
        if len(self._runs) > MAX_RUNS_IN_PAIRS:
            self._offer_matrices(self.matrices_box.value)
            self._offer_filters(self.filter_box.value)
            self._show_matrices()
        self._show_confusions()
        self._show_digits()

    def _on_confusion_chosen(self, true: int, predicted: int) -> None:
        self._open_cell(self.run_box.value, true, predicted)

    def _open_cell(self, index: int, true: int, predicted: int) -> None:
        """Show the digits in a cell of a run's matrix, or of the difference where the index is -1."""
        first, second = (index, -1) if index >= 0 else self.matrices_box.value
        self._cell = DigitFilter("cell", first, second, (true, predicted))
        self._offer_filters(self._cell)
        self._show_digits()
        scroll_to(self.gallery)  # in a low window with large text

    # -- what is shown

    def _show_matrices(self) -> None:
        if self._result is None:
            return
        markers, (first, second) = self._result.markers, self.matrices_box.value
        matrices = [run.confusion_matrix for run in self._runs]
        if first < 0:
            self.matrices.set_matrices(dict(zip(markers, matrices, strict=True)))
            self.key.set_counts(self.matrices.maximum)
        else:
            self.matrices.set_difference(markers[first], markers[second], matrices[first] - matrices[second])
            self.key.set_difference((markers[first], markers[second]), self.matrices.maximum)
        self._order_focus()
        self._mark_cell()

    def _show_confusions(self) -> None:
        run = self._runs[self.run_box.value]
        confusions = misclassifications.confusions([run], MAX_CONFUSIONS)
        self.confusions.set_confusions(confusions)
        self.confusions.setVisible(bool(confusions))
        self._order_focus()
        self.most_frequent.setText(
            f"Most frequent of {run.title}:" if confusions else f"{run.title} misreads none of them."
        )
        self.most_frequent.setToolTip(tool_tip(f"The most frequent mistakes of {run.title}"))

    def _show_digits(self) -> None:
        if self._result is None:
            return
        digit_filter, order = self.filter_box.value, self.order_box.value
        indices = self._find_digits[digit_filter]()
        run = self._runs[self.run_box.value]
        if order == "loss":
            indices = misclassifications.sort_indices(indices, [run], "loss")
        elif order != "order" and digit_filter.kind != "unsure":
            indices = misclassifications.sort_indices(indices, [run], "confidence")[:: -1 if order == "unsure" else 1]
        self.gallery.show_digits(indices, f"{self.filter_box.currentText()}: there is no such digit.")
        self.count.setText(plural(len(indices), "digit"))
        self._mark_cell()

    def _mark_cell(self) -> None:
        """Mark the cell whose digits are shown."""
        digit_filter = self.filter_box.value
        is_difference = self.matrices_box.value[0] >= 0
        cell = digit_filter.cell if digit_filter.kind == "cell" else None
        self.matrices.set_chosen(-1 if is_difference else digit_filter.first, cell)

    # -- layout

    def _lay_out(self) -> None:
        caption = FittedLabel(lines=1)
        caption.setText(CAPTION)
        caption.setObjectName("matrix_caption")
        caption.setProperty("muted", True)
        below = QHBoxLayout()
        below.setSpacing(16)
        below.addWidget(caption, 1)
        below.addWidget(self.key)
        top, bar = QHBoxLayout(), QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.most_frequent)
        top.addWidget(self.confusions, 1)
        top.addWidget(self.matrices_box)
        bar.setSpacing(8)
        bar.addWidget(PlainLabel("Show"))
        bar.addWidget(self.filter_box)
        bar.addWidget(self.order_box)
        bar.addWidget(PlainLabel("by"))
        bar.addWidget(self.run_box)
        bar.addStretch(1)
        bar.addWidget(self.count)
        layout = Column(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.matrices, 60)
        layout.addLayout(below)
        layout.addLayout(bar)
        layout.addWidget(self.gallery, 40)

    def _order_focus(self) -> None:
        """Order the focus from top to bottom: new buttons and matrices would be last."""
        boxes = self.filter_box, self.order_box, self.run_box
        chain = [*self.confusions.buttons, self.matrices_box, *self.matrices.matrices, *boxes, self.gallery]
        for first, second in pairwise(chain):
            self.setTabOrder(first, second)


class ConfusionButtons(QWidget):
    """A button for each of the most frequent confusions, as many as there is room for.

    Signals
    -------
    chosen(true: int, predicted: int)
    """

    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.buttons: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def set_confusions(self, confusions: Sequence[Confusion]) -> None:
        """Replace the buttons; the most frequent confusion comes first."""
        for button in self.buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self.buttons = [self._make_button(confusion) for confusion in confusions]
        for index, button in enumerate(self.buttons):
            self._row.insertWidget(index, button)
        self._show_as_many_as_fit()

    def _make_button(self, confusion: Confusion) -> QPushButton:
        true, predicted = confusion.true, confusion.read_as
        button = push_button(confusion.text, f"confusion_{true}_{predicted}")
        times = plural(confusion.count, "time")
        button.setAccessibleName(f"{true} read as {predicted}: {times}. Shows the digits.")
        button.clicked.connect(lambda: self.chosen.emit(true, predicted))
        return button

    def _show_as_many_as_fit(self) -> None:
        right = 0
        for button in self.buttons:
            right += button.sizeHint().width()
            button.setVisible(right <= self.width() or button is self.buttons[0])
            right += self._row.spacing()

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        button = self.buttons[0] if self.buttons else push_button("0", "probe")
        return button.sizeHint()

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_as_many_as_fit()


def _in_cell(runs: Sequence[ComparedRun], cell: tuple[int, int]) -> Indices:
    return np.unique(np.concatenate([misclassifications.indices_in_cell(run, *cell) for run in runs]))
