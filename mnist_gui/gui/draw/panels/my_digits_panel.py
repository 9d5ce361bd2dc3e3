"""Panel that lists the user's digits, to be viewed, relabelled, deleted and learned by the models."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.draw.fine_tuning.model_choice_panel import ModelChoicePanel
from mnist_gui.gui.draw.fine_tuning.outcome_panel import OutcomePanel
from mnist_gui.gui.draw.label_row import DIGITS
from mnist_gui.gui.draw.panels.digit_box import DigitBox
from mnist_gui.gui.draw.panels.thumbnail_list import Thumbnail, ThumbnailList
from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.fine_tuning_service import FineTunableModel
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted, push_button
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.wording import plural

EMPTY = "Draw a digit and say what it was: it is kept here."
ALL = -1
_EMPTY_PAGE, _LIST_PAGE, _CHOICE_PAGE, _OUTCOME_PAGE = range(4)
_MIN_TEXT_WIDTH = 130  # pixels


class MyDigitsPanel(QWidget):
    """A list of digits with actions for the selected ones, and the pages of fine-tuning.

    Parameters
    ----------
    duration_text
        Returns how long fine-tuning some models takes: "about a minute".

    Attributes
    ----------
    choice, outcomes
        The pages of fine-tuning.

    Signals
    -------
    relabel_requested(ids: tuple[str, ...], label: int)
    delete_requested(ids: tuple[str, ...])
    undo_requested()
    digit_opened(id: str)
        The user wants the digit on the canvas.
    model_choice_requested()
        The user wants to choose models for fine-tuning; answered by `show_model_choice`.
    writing_session_requested()
    """

    relabel_requested = Signal(tuple, int)
    delete_requested = Signal(tuple)
    undo_requested = Signal()
    digit_opened = Signal(str)
    model_choice_requested = Signal()
    writing_session_requested = Signal()

    def __init__(self, duration_text: Callable[[Sequence[int]], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digits: tuple[Thumbnail, ...] = ()
        self._held_out = 0
        self._note = ""
        self._list = ThumbnailList()
        self._list.labelled.connect(self._relabel)
        self._list.delete_requested.connect(self._delete)
        self._list.undo_requested.connect(self._request_undo)
        self._list.digit_opened.connect(self.digit_opened)
        self._list.selection_changed.connect(self._enable_tools)
        self._list.customContextMenuRequested.connect(self._open_context_menu)
        self._empty = muted(name="shelf_empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._page = _LIST_PAGE  # replaced by the empty page where the list is empty
        self.choice, self.outcomes = ModelChoicePanel(duration_text), OutcomePanel()
        for page in (self.choice, self.outcomes):
            page.dismissed.connect(lambda: self._turn_to(_LIST_PAGE))
        self._make_tools()
        self._make_side()
        self._add_widgets()
        self.setAccessibleName("My digits")
        self.set_undo("")
        self.offer_outcomes("")
        self.set_digits(())

    def set_digits(self, digits: Sequence[Thumbnail], held_out: int = 0) -> None:
        """Show these digits in this order; filter, selection and scroll position stay.

        Parameters
        ----------
        digits
            The digits; frames that are None may follow.
        held_out
            Number of digits held out from fine-tuning.
        """
        self._digits = tuple(Thumbnail(*digit) for digit in digits)
        self._held_out = held_out
        if self.shows_model_choice and not digits:
            self._page = _LIST_PAGE  # there is nothing left to teach
        counts = Counter(digit.label for digit in self._digits)
        for row in range(self._filter.count()):
            label = self._filter.itemData(row)
            text = f"All · {len(digits)}" if label == ALL else f"{label} · {counts[label]}"
            self._filter.setItemText(row, text)
        self._teach.setEnabled(bool(digits))
        self._show_text()
        self._show_page()

    def set_frames(self, frames: Mapping[str, NDArray[np.float32]]) -> None:
        """Set (28, 28) frames in [0, 1] by id."""
        self._digits = tuple(digit._replace(frame=frames.get(digit.id, digit.frame)) for digit in self._digits)
        self._list.set_frames(frames)

    def set_note(self, sentence: str) -> None:
        """Show a sentence instead of the number of digits; an empty one shows the number again."""
        self._note = sentence
        self._show_text()

    def set_undo(self, text: str) -> None:
        """Offer to undo, with this tooltip ("Undo: 3 deleted"); an empty one offers nothing."""
        self._undo.setVisible(bool(text))
        self._undo.setToolTip(tool_tip(text))
        self._undo.setAccessibleName(text or "Undo")
        self._show_tools()

    def show_model_choice(self, summary: str, candidates: Sequence[FineTunableModel]) -> None:
        """Replace the list by a choice of models for fine-tuning, described by a summary."""
        self.choice.set_candidates(summary, candidates)
        self._turn_to(_CHOICE_PAGE)
        self.choice.take_focus()

    @property
    def shows_model_choice(self) -> bool:
        """Whether the choice of models is shown instead of the list."""
        return self._page == _CHOICE_PAGE

    def show_outcomes(self) -> None:
        """Replace the list by the outcomes of fine-tuning."""
        self._turn_to(_OUTCOME_PAGE)

    def offer_outcomes(self, text: str) -> None:
        """Offer a button with this text that shows the outcomes; an empty text offers none."""
        self._outcomes_button.setText(text)
        self._outcomes_button.setVisible(bool(text))

    @property
    def shows_outcomes(self) -> bool:
        """Whether the outcomes of fine-tuning are shown instead of the list."""
        return self._page == _OUTCOME_PAGE

    # -- widgets

    def _make_tools(self) -> None:
        self._filter = DigitBox()
        self._filter.setObjectName("digit_filter")
        self._filter.setAccessibleName("Which digits are shown")
        self._filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for label in (ALL, *DIGITS):
            self._filter.addItem("", label)
        self._filter.currentIndexChanged.connect(self._show_page)
        self._menu = QMenu("It was…", self)
        for digit in DIGITS:
            self._menu.addAction(f"It was {digit}").triggered.connect(
                lambda _checked, digit=digit: self._relabel(digit)
            )
        self._label = _tool("It was…", "relabel", "Say what the selected digits are (0 to 9)")
        self._label.clicked.connect(lambda: self._menu.popup(_below(self._label)))
        self._remove = _tool("Delete", "delete_digits", "Delete the selected digits; it can be undone (Del)")
        self._remove.clicked.connect(self._delete)
        self._undo = _tool("Undo", "undo_digits", "")
        self._undo.clicked.connect(self.undo_requested)

    def _make_side(self) -> None:
        self._teach = push_button("Teach…", "teach")
        self._teach.setProperty("primary", True)
        self._teach.setToolTip("Teach a model these digits, as a new run")
        self._teach.clicked.connect(self.model_choice_requested)
        self._write = push_button("Teach my hand…", "teach_my_hand")
        self._write.setToolTip("Be led through writing each digit three times")
        self._write.clicked.connect(self.writing_session_requested)
        self._outcomes_button = push_button("", "show_lesson")
        self._outcomes_button.clicked.connect(self.show_outcomes)
        for button in (self._teach, self._write, self._outcomes_button):
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._text = muted(name="my_digits_words")
        self._text.setMinimumWidth(_MIN_TEXT_WIDTH)

    def _add_widgets(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for row, widgets in ((first, (self._filter, self._label)), (second, (self._remove, self._undo))):
            row.setSpacing(6)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
        self._tools = WrappingRow(first, second)
        self._stack = _Pages()
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._tools)
        left.addLayout(self._stack, 1)
        self._side = QWidget()
        right = QVBoxLayout(self._side)
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(4)
        right.addWidget(self._teach)
        right.addWidget(self._write)
        right.addWidget(self._outcomes_button)
        right.addWidget(self._text)
        right.addStretch(1)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(12)
        columns.addLayout(left, 1)
        columns.addWidget(self._side)
        # Only now: the first page of a layout without a widget would be a window for a moment, and take the focus.
        for page in (self._empty, self._list, self.choice, self.outcomes):  # in the order of their numbers
            self._stack.addWidget(page)

    # -- display

    def _show_page(self) -> None:
        label = self._filter.currentData()
        shown = [digit for digit in self._digits if label in (ALL, digit.label)]
        self._list.set_digits(shown)
        self._empty.setText(f"There is no {label} yet." if self._digits else EMPTY)
        self._stack.setCurrentIndex(self._page if self._page != _LIST_PAGE or shown else _EMPTY_PAGE)
        self._show_tools()
        self._enable_tools()

    def _show_tools(self) -> None:
        for widget in (self._filter, self._label, self._remove):
            widget.setVisible(bool(self._digits))
        self._side.setVisible(self._page == _LIST_PAGE)
        self._tools.setVisible(self._page == _LIST_PAGE and (bool(self._digits) or not self._undo.isHidden()))

    def _turn_to(self, page: int) -> None:
        self._page = page
        self._show_page()
        if page == _LIST_PAGE:
            self._list.setFocus()

    def _show_text(self) -> None:
        count = len(self._digits)
        summary = f"{plural(count, 'digit')}, {self._held_out or 'none'} kept for judging." if count else ""
        self._text.setText(self._note or summary)

    def _enable_tools(self) -> None:
        for tool in (self._label, self._remove):
            tool.setEnabled(bool(self._list.selected))

    # -- requests

    def _relabel(self, label: int) -> None:
        if self._list.selected:
            self.relabel_requested.emit(self._list.selected, label)

    def _delete(self) -> None:
        if self._list.selected:
            self.delete_requested.emit(self._list.selected)

    def _request_undo(self) -> None:
        if not self._undo.isHidden():
            self.undo_requested.emit()

    def _open_context_menu(self, position: QPoint) -> None:
        selected = self._list.selected
        if not selected:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Put on the canvas").triggered.connect(lambda: self.digit_opened.emit(selected[0]))
        menu.addMenu(self._menu)
        menu.addAction("Delete").triggered.connect(self._delete)
        menu.popup(self._list.viewport().mapToGlobal(position))


class _Pages(QStackedLayout):
    """Pages that each need their own room only: the list must not scroll because another page is taller."""

    # -- Qt

    def hasHeightForWidth(self) -> bool:
        page = self.currentWidget()
        return page is not None and page.hasHeightForWidth()

    def heightForWidth(self, width: int) -> int:
        page = self.currentWidget()
        return page.heightForWidth(width) if page is not None else -1

    def minimumSize(self) -> QSize:
        page = self.currentWidget()
        return page.minimumSizeHint().expandedTo(page.minimumSize()) if page is not None else super().minimumSize()

    def sizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.sizeHint() if page is not None else super().sizeHint()


def _tool(text: str, name: str, tool_tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setToolTip(tool_tip)
    button.setMinimumHeight(TARGET_HEIGHT)
    return button


def _below(button: QWidget) -> QPoint:
    return button.mapToGlobal(QPoint(0, button.height()))
