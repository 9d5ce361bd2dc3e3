"""Panel that explains each model's prediction, by a heat map or by the smallest change to another digit."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.analysis.occlusion import DeletionScore
from mnist_gui.analysis.smallest_change import SmallestChange
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.gui.answerers import NO_RUNS, Answerer
from mnist_gui.gui.draw.panels.digit_box import DigitBox
from mnist_gui.gui.draw.panels.panel_controller import COMPUTING
from mnist_gui.gui.draw.panels.why_change import ChangeLegend
from mnist_gui.gui.draw.panels.why_column import WhyColumn
from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.widgets.form_controls import muted, push_button
from mnist_gui.gui.widgets.heat_map import EvidenceScale
from mnist_gui.gui.widgets.plain_text import PlainLabel

NOTHING_YET = "Draw a digit to see why."
NO_ANSWER = "No answer to explain."
BUSY_DELAY_MS = 200  # shorter computations are not announced
_COLUMN_SPACING, _ROW_SPACING = 12, 8  # pixels; columns are as far apart as cards
_LEAST_ROW = 3  # columns that are always side by side
_TALLER = 2  # times as high as a column is wide, a panel of pictures alone has room for several rows
_NEAREST = "nearest digit"
_STATUS = 2  # index of its page, after the two legends

Frame = NDArray[np.float32]


class WhyPanel(QWidget):
    """Buttons and a legend above a picture for each run that answers, in columns of equal width.

    Signals
    -------
    network_requested()
    view_changed()
        The user chose heat maps or smallest changes; the pictures of the other view are cleared.
    digit_chosen(digit: int | None)
        The user chose the digit of the smallest changes; None for the nearest.
    """

    network_requested = Signal()
    view_changed = Signal()
    digit_chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why_panel")
        self.setAccessibleName("Why")
        self._columns: dict[int, WhyColumn] = {}  # by place
        self._all: list[WhyColumn] = []  # those of further places stay hidden
        self._pending: set[int] = set()  # places whose picture is of an earlier drawing
        self._busy_delay = QTimer(self, singleShot=True, interval=BUSY_DELAY_MS)
        self._busy_delay.timeout.connect(self._show_busy)
        self._text = ""
        self._is_plain = False
        self._placed: tuple[list[WhyColumn], list[tuple[int, int]]] = [], []
        self._status = muted(name="why_status")  # in the place of the legend
        self._status.setWordWrap(False)
        self._empty = muted(name="why_empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.change_button = push_button("Smallest change", "smallest_change")
        self.change_button.setCheckable(True)
        # Qt measures buttons in normal weight: bold while checked, the text would be cut.
        self.change_button.setStyleSheet("QPushButton:checked { font-weight: normal; }")
        self.change_button.setToolTip("How little ink has to go or to come until a model says another digit")
        self.network_button = QPushButton("How the network sees…")
        self.network_button.setObjectName("network_button")
        self.network_button.setToolTip("What each layer of a model makes of the drawing, in a window of its own")
        self.digit_box = DigitBox()
        self.digit_box.setObjectName("change_digit")
        self.digit_box.setAccessibleName("The digit that the models are to say")
        self.digit_box.setToolTip("Or click the bar of a digit in a card")
        self.digit_box.addItems([_NEAREST, *map(str, range(CLASSES))])
        # For heat maps and for smallest changes.
        self._legends = _stack(EvidenceScale(), ChangeLegend(), self._status)
        self._options = _stack(self.network_button, self._make_target())
        self._add_widgets()
        self.set_answerers(NO_RUNS)
        self.change_button.toggled.connect(self._on_toggled)
        self.network_button.clicked.connect(self.network_requested)
        self.digit_box.activated.connect(lambda index: self.digit_chosen.emit(index - 1 if index else None))
        self.set_empty(NOTHING_YET)

    @property
    def shows_changes(self) -> bool:
        """Whether smallest changes are shown, instead of heat maps."""
        return self.change_button.isChecked()

    @property
    def status(self) -> str:
        """The text in place of the legend or, where there are no pictures, in theirs."""
        return self._text

    @property
    def is_current(self) -> bool:
        """Whether all pictures are of the present drawing."""
        return not self._pending

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Show a column for each of these runs."""
        while len(self._all) < len(answerers):
            self._all.append(self._make_column(len(self._all) + 1))
        metrics = QFontMetrics(self.font())
        longest = max((answerer.title for answerer in answerers), key=metrics.horizontalAdvance)
        self._columns = {answerer.place: self._all[answerer.place - 1] for answerer in answerers}
        for column, answerer in zip(self._all, answerers, strict=False):
            column.set_name(answerer.title, longest)
        self._place_columns()

    def set_plain(self, plain: bool) -> None:
        """Make the pictures as large as possible: their sentences are tool tips, and no window is offered."""
        self._is_plain = plain
        for column in self._all:
            column.set_plain(plain)
        self._place_columns()
        self._show_options()

    def set_digit(self, digit: int | None) -> None:
        """Show the digit that is chosen for all models; None for the nearest."""
        with QSignalBlocker(self.digit_box):
            self.digit_box.setCurrentIndex(0 if digit is None else digit + 1)

    def set_maps(self, maps: Mapping[int, Frame], frame: Frame, digits: Mapping[int, int]) -> None:
        """Show heat maps, and end the busy state.

        Parameters
        ----------
        maps
            (28, 28) evidence by place, positive where the frame speaks for the digit; a place may be missing.
        frame
            (28, 28) in [0, 1].
        digits
            The digit that each map explains, by place.
        """
        for place, column in self._columns.items():
            if place in maps:
                column.show_map(maps[place], frame, digits[place])
            else:
                column.clear(NO_ANSWER)
        self._set_current(self._columns)

    def set_scores(self, scores: Mapping[int, DeletionScore]) -> None:
        """Add the deletion scores of the heat maps, by place."""
        for place, score in scores.items():
            self._columns[place].show_score(score)

    def set_changes(
        self, changes: Mapping[int, SmallestChange | None], frame: Frame, digits: Mapping[int, int], target: int | None
    ) -> None:
        """Show smallest changes, and end the busy state of their columns.

        Parameters
        ----------
        changes
            By place; None where none was found. The others follow.
        frame
            (28, 28) in [0, 1].
        digits
            What is predicted for it, by place; a place may be missing.
        target
            What the models are to predict; None for the nearest digit.
        """
        for place, column in self._columns.items():
            if place not in digits:
                column.clear(NO_ANSWER)
            elif place in changes:
                column.show_change(frame, changes[place], digits[place], target)
        self._set_current([place for place in self._columns if place in changes or place not in digits])

    def set_busy(self) -> None:
        """Announce a computation, once it takes noticeably long where there are pictures: they stay, muted."""
        self._pending = set(self._columns)
        if all(column.is_empty for column in self._columns.values()):
            self._show_busy()
        elif not self._busy_delay.isActive() and self.status != COMPUTING:
            self._busy_delay.start()

    def set_empty(self, sentence: str) -> None:
        """Show a sentence instead of pictures and end the busy state."""
        self._set_current(self._columns)
        for column in self._columns.values():
            column.clear()
        self._show_text(sentence)

    def _set_current(self, places: Collection[int]) -> None:
        """Record that the pictures of these places are of the present drawing."""
        self._pending -= set(places)
        for place in places:
            self._columns[place].set_muted(False)
        if not self._pending:
            self._busy_delay.stop()
            self._show_text("")

    def _show_text(self, text: str) -> None:
        self._text = text
        in_place = bool(text) and all(column.is_empty for column in self._columns.values())
        self._status.setText("" if in_place else text)
        self._show_legend()
        self._empty.setText(text if in_place else "")
        self._empty.setVisible(in_place)
        for column in self._columns.values():
            column.setVisible(not in_place)

    def _show_busy(self) -> None:
        self._show_text(COMPUTING)
        for place in self._pending:
            self._columns[place].set_muted(True)

    def _on_toggled(self) -> None:
        self._options.setCurrentIndex(int(self.shows_changes))
        self._show_options()
        self.set_empty("")
        self.view_changed.emit()

    def _show_options(self) -> None:
        self._options.setHidden(self._is_plain and not self.shows_changes)

    def _show_legend(self) -> None:
        """Show the status, if there is one, or the legend of the pictures."""
        self._legends.setCurrentIndex(_STATUS if self._status.text() else int(self.shows_changes))

    def _make_target(self) -> QWidget:
        """Return the box of digits after its word."""
        target = QWidget()
        row = QHBoxLayout(target)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(PlainLabel("to"))
        row.addWidget(self.digit_box, 1)
        return target

    def _add_widgets(self) -> None:
        columns = self._grid = QGridLayout()
        columns.setHorizontalSpacing(_COLUMN_SPACING)
        columns.setVerticalSpacing(_ROW_SPACING)
        pictures = QGridLayout()  # the text has the same cell
        pictures.addLayout(columns, 0, 0)
        pictures.addWidget(self._empty, 0, 0)
        legend, buttons = QHBoxLayout(), QHBoxLayout()
        legend.addWidget(self._legends)
        legend.addStretch(1)
        buttons.addStretch(1)
        buttons.addWidget(self.change_button)
        buttons.addWidget(self._options)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        # Above the pictures: there the buttons are seen also where the panel or the column of cards scrolls.
        layout.addWidget(WrappingRow(legend, buttons, growing=0))
        layout.addLayout(pictures, 1)

    def _make_column(self, place: int) -> WhyColumn:
        column = WhyColumn(place)
        column.set_plain(self._is_plain)
        policy = column.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        column.setSizePolicy(policy)
        return column

    def _place_columns(self) -> None:
        """Put the columns side by side, as far as they fit, in as equal rows as possible."""
        shown = list(self._columns.values())
        least = max(column.minimumSizeHint().width() for column in shown) + _COLUMN_SPACING
        fitting = max(min(len(shown), (self.width() + _COLUMN_SPACING) // least), min(len(shown), _LEAST_ROW))
        rows = math.ceil(len(shown) / fitting)
        if self._is_plain and self.width() / len(shown) < self.height() / _TALLER and len(shown) > _LEAST_ROW:
            rows = math.ceil(len(shown) / _LEAST_ROW)  # larger pictures
        across = math.ceil(len(shown) / rows)
        placed = [divmod(index, across) for index in range(len(shown))]
        if (shown, placed) == self._placed:
            return
        self._placed = shown, placed
        for column in self._all:
            self._grid.removeWidget(column)
            column.setParent(None if column not in shown else self)
        for index in range(self._grid.columnCount()):
            self._grid.setColumnStretch(index, int(index < across))
        in_place = self._empty.isVisibleTo(self)
        for column, (row, index) in zip(shown, placed, strict=True):
            self._grid.addWidget(column, row, index)
            self._grid.setColumnStretch(index, 1)
            column.setVisible(not in_place)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_columns()


def _stack(*pages: QWidget) -> QStackedWidget:
    """Return a stack that is as large as its largest page: choosing another one moves nothing."""
    stack = QStackedWidget()
    stack.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    for page in pages:
        stack.addWidget(page)
    return stack
