"""Where everything of the page "Mistakes" is: what is confused most, the matrices, and the gallery below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from mnist_gui.gui.compare.mistakes.confusion_matrix_row import ConfusionMatrixRow
from mnist_gui.gui.compare.mistakes.digit_gallery import DigitGallery
from mnist_gui.gui.compare.value_combo_box import ValueComboBox
from mnist_gui.gui.widgets.form_controls import muted, push_button
from mnist_gui.gui.widgets.scroll_column import Column

CAPTION = "Rows: what a digit is. Columns: what it was read as. A click on a cell shows its digits below."
SORTS = {"loss": "Most surprising first", "sure": "Surest first", "unsure": "Least sure first", "order": "In order"}


class ConfusionButtons(QWidget):
    """A button for each of the most frequent mistakes, as many as there is room for.

    Signals
    -------
    chosen(true: int, read: int)
    """

    chosen = Signal(int, int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._buttons: list[QPushButton] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(8)
        self._row.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    @property
    def buttons(self) -> tuple[QPushButton, ...]:
        """Those offered, the most frequent first."""
        return tuple(self._buttons)

    def set_confusions(self, confusions: Sequence[tuple[int, int, int]]) -> None:
        """Offer these, each the true digit, what it was read as, and how often; the most frequent first."""
        for button in self._buttons:
            self._row.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = []
        for place, (true, read, count) in enumerate(confusions):
            button = push_button(f"{true} read as {read} ({count})", f"confusion_{true}_{read}")
            button.setAccessibleName(f"{true} read as {read}: {count} times. Shows the digits.")
            button.clicked.connect(lambda _=False, true=true, read=read: self.chosen.emit(true, read))
            self._row.insertWidget(place, button)
            self._buttons.append(button)
        self._fit()

    def _fit(self) -> None:
        left = 0
        for button in self._buttons:
            left += button.sizeHint().width()
            button.setVisible(left <= self.width() or button is self._buttons[0])
            left += self._row.spacing()

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Ask for the first."""
        first = self._buttons[0].sizeHint() if self._buttons else push_button("0", "probe").sizeHint()
        return first

    def sizeHint(self) -> QSize:
        """Take what is left."""
        return self.minimumSizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as many as fit."""
        super().resizeEvent(event)
        self._fit()


class MistakesLayout(QWidget):
    """Three lines of controls around matrices and gallery."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.frequent = QLabel()
        self.frequent.setProperty("heading", True)
        self.frequent.setObjectName("most_frequent")
        self.confusions = ConfusionButtons()
        self.arrangement = ValueComboBox("Matrices")
        self.matrices = ConfusionMatrixRow()
        self.caption = muted(CAPTION, "matrix_caption")
        self.caption.setWordWrap(False)
        self.shown = ValueComboBox("Digits shown")
        self.sort = ValueComboBox("Order of the digits")
        self.sort.set_choices(SORTS, "loss")
        self.by = ValueComboBox("By whom")
        self.count = muted(name="gallery_count")
        self.count.setWordWrap(False)
        self.gallery = DigitGallery()
        self._lay_out()

    def _lay_out(self) -> None:
        top, bar = QHBoxLayout(), QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.frequent)
        top.addWidget(self.confusions, 1)
        top.addWidget(self.arrangement)
        bar.setSpacing(8)
        bar.addWidget(QLabel("Show"))
        bar.addWidget(self.shown)
        bar.addWidget(self.sort)
        bar.addWidget(QLabel("by"))
        bar.addWidget(self.by)
        bar.addStretch(1)
        bar.addWidget(self.count)
        layout = Column(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(top)
        layout.addWidget(self.matrices, 60)
        layout.addWidget(self.caption)
        layout.addLayout(bar)
        layout.addWidget(self.gallery, 40)

    def order_focus(self) -> None:
        """Let Tab go from the top to the bottom; buttons and matrices made anew would come last."""
        chain = [
            *self.confusions.buttons,
            self.arrangement,
            *self.matrices.matrices,
            self.shown,
            self.sort,
            self.by,
            self.gallery,
        ]
        for first, second in pairwise(chain):
            self.setTabOrder(first, second)
