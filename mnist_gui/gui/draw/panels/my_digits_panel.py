"""The drawer "My digits": what the person wrote, to be looked through, mended and taught."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QSizePolicy,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.digits.user_digit import counted
from mnist_gui.gui.draw.fine_tuning.model_choice_panel import ModelChoicePanel
from mnist_gui.gui.draw.fine_tuning.outcome_panel import OutcomePanel
from mnist_gui.gui.draw.label_row import DIGITS
from mnist_gui.gui.draw.panels.thumbnail_list import Thumbnail, ThumbnailList
from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.fine_tuning_service import FineTunableModel
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted, push_button

EMPTY = "Draw a digit and say what it was: it is kept here."
ALL = -1
_NONE, _SHELF, _TEACH, _LESSON = range(4)  # pages
_SIDE_WIDTH = 150  # pixels, at the least, of the words at the right


class MyDigitsPanel(QWidget):
    """Shows digits on a shelf, with what can be done with the selected ones, and leads to teaching.

    Parameters
    ----------
    spoken_seconds
        Returns how long teaching some models takes, as people say it.

    Signals
    -------
    relabel_requested(ids: tuple[str, ...], label: int)
    delete_requested(ids: tuple[str, ...])
    undo_requested()
    opened(id: str)
        To be put on the canvas.
    teach_pressed()
        `offer_teaching` is to be called.
    teach_requested(models: tuple[int, ...])
    lesson_acted()
        What `show_lesson` offers is to be done.
    guide_requested()
    """

    relabel_requested = Signal(tuple, int)
    delete_requested = Signal(tuple)
    undo_requested = Signal()
    opened = Signal(str)
    teach_pressed = Signal()
    teach_requested = Signal(tuple)
    lesson_acted = Signal()
    guide_requested = Signal()

    def __init__(self, spoken_seconds: Callable[[Sequence[int]], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._digits: tuple[Thumbnail, ...] = ()
        self._held_out = 0
        self._note = ""
        self._shelf = ThumbnailList()
        self._shelf.labelled.connect(self._relabel)
        self._shelf.delete_pressed.connect(self._delete)
        self._shelf.undo_pressed.connect(self._request_undo)
        self._shelf.opened.connect(self.opened)
        self._shelf.selection_changed.connect(self._offer)
        self._shelf.customContextMenuRequested.connect(self._open_context_menu)
        self._none = QLabel()
        self._none.setObjectName("shelf_empty")
        self._none.setProperty("muted", True)
        self._none.setWordWrap(True)
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._page = _SHELF  # that the person wants to see
        self._make_pages(spoken_seconds)
        self._make_tools()
        self._make_side()
        self._lay_out()
        self.setAccessibleName("My digits")
        self.set_undo("")
        self.set_digits(())

    def set_digits(self, digits: Sequence[Thumbnail], held_out: int = 0) -> None:
        """Show these, in this order; filter, selection and scroll position stay.

        Parameters
        ----------
        digits
            Each an id, a label from 0 to 9, and a (28, 28) frame in [0, 1] or None where it is still to come.
        held_out
            How many of them are kept for judging.
        """
        self._digits = tuple(Thumbnail(*digit) for digit in digits)
        self._held_out = held_out
        counts = Counter(digit.label for digit in self._digits)
        for row in range(self._filter.count()):
            label = self._filter.itemData(row)
            shown = f"All · {len(digits)}" if label == ALL else f"{label} · {counts[label]}"
            self._filter.setItemText(row, shown)
        self._teach.setEnabled(bool(digits))
        self._show_words()
        self._show_shelf()

    def set_frames(self, frames: Mapping[str, NDArray[np.float32]]) -> None:
        """Give digits that had none their (28, 28) frames in [0, 1], by id; the rest of them may follow."""
        self._digits = tuple(digit._replace(frame=frames.get(digit.id, digit.frame)) for digit in self._digits)
        self._shelf.set_frames(frames)

    def set_note(self, sentence: str) -> None:
        """Say something in the place of how many digits there are; empty for nothing."""
        self._note = sentence
        self._show_words()

    def set_undo(self, text: str) -> None:
        """Offer to undo what was done last, in some words ("Undo: 3 deleted"); empty where nothing was."""
        self._undo.setVisible(bool(text))
        self._undo.setToolTip(text)
        self._undo.setAccessibleName(text or "Undo")
        self._show_tools()

    def offer_teaching(self, what: str, models: Sequence[FineTunableModel]) -> None:
        """Show in the shelf's place what would be taught, in a sentence, and to which models."""
        self._choice.offer(what, models)
        self._turn_to(_TEACH)
        self._choice.take_focus()

    def show_lesson(self, lines: Mapping[int, str], action: str) -> None:
        """Show in the shelf's place how teaching went, a line a model, and offer to do something with it."""
        self._lesson.set_lines(lines)
        self._lesson.set_action(action)
        self._turn_to(_LESSON)

    # -- putting together

    def _make_pages(self, spoken_seconds: Callable[[Sequence[int]], str]) -> None:
        self._choice = ModelChoicePanel(spoken_seconds)
        self._choice.teach_requested.connect(self.teach_requested)
        self._lesson = OutcomePanel()
        self._lesson.action_triggered.connect(self.lesson_acted)
        for page in (self._choice, self._lesson):
            page.dismissed.connect(lambda: self._turn_to(_SHELF))

    def _make_tools(self) -> None:
        self._filter = QComboBox()
        self._filter.setObjectName("digit_filter")
        self._filter.setAccessibleName("Which digits are shown")
        self._filter.setMinimumHeight(TARGET_HEIGHT)
        self._filter.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        for label in (ALL, *DIGITS):
            self._filter.addItem("", label)
        self._filter.currentIndexChanged.connect(self._show_shelf)
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
        self._teach.clicked.connect(self.teach_pressed)
        self._guide = push_button("Teach my hand…", "teach_my_hand")
        self._guide.setToolTip("Be led through writing each digit three times")
        self._guide.clicked.connect(self.guide_requested)
        for button in (self._teach, self._guide):
            button.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._words = muted(name="my_digits_words")

    def _lay_out(self) -> None:
        first, second = QHBoxLayout(), QHBoxLayout()
        for row, widgets in ((first, (self._filter, self._label)), (second, (self._remove, self._undo))):
            row.setSpacing(6)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
        self._tools = WrappingRow(first, second)
        self._stack = QStackedLayout()
        for page in (self._none, self._shelf, self._choice, self._lesson):  # in the order of their numbers
            self._stack.addWidget(page)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._tools)
        left.addLayout(self._stack, 1)
        right = QVBoxLayout()
        right.setSpacing(4)
        right.addWidget(self._teach)
        right.addWidget(self._guide)
        right.addWidget(self._words)
        right.addStretch(1)
        self._words.setMinimumWidth(_SIDE_WIDTH)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(12)
        whole.addLayout(left, 1)
        whole.addLayout(right)

    # -- what is seen

    def _show_shelf(self) -> None:
        label = self._filter.currentData()
        shown = [digit for digit in self._digits if label in (ALL, digit.label)]
        self._shelf.set_digits(shown)
        self._none.setText(f"There is no {label} yet." if self._digits else EMPTY)
        self._stack.setCurrentIndex(self._page if self._page != _SHELF or shown else _NONE)
        self._show_tools()
        self._offer()

    def _show_tools(self) -> None:
        for widget in (self._filter, self._label, self._remove):
            widget.setVisible(bool(self._digits))
        self._tools.setVisible(self._page == _SHELF and (bool(self._digits) or not self._undo.isHidden()))

    def _turn_to(self, page: int) -> None:
        self._page = page
        self._show_shelf()
        if page == _SHELF:
            self._shelf.setFocus()

    def _show_words(self) -> None:
        count = len(self._digits)
        if self._note:
            words = self._note
        elif not count:
            words = ""
        else:
            words = f"{counted(count)}, {self._held_out or 'none'} kept for judging."
        self._words.setText(words)

    def _offer(self) -> None:
        some = bool(self._shelf.selected)
        self._label.setEnabled(some)
        self._remove.setEnabled(some)

    # -- what is asked for

    def _relabel(self, label: int) -> None:
        if self._shelf.selected:
            self.relabel_requested.emit(self._shelf.selected, label)

    def _delete(self) -> None:
        if self._shelf.selected:
            self.delete_requested.emit(self._shelf.selected)

    def _request_undo(self) -> None:
        if not self._undo.isHidden():
            self.undo_requested.emit()

    def _open_context_menu(self, place: QPoint) -> None:
        selected = self._shelf.selected
        if not selected:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Put on the canvas").triggered.connect(lambda: self.opened.emit(selected[0]))
        menu.addMenu(self._menu)
        menu.addAction("Delete").triggered.connect(self._delete)
        menu.popup(self._shelf.viewport().mapToGlobal(place))


def _tool(text: str, name: str, about: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setObjectName(name)
    button.setAccessibleName(text)
    button.setToolTip(about)
    button.setMinimumHeight(TARGET_HEIGHT)
    return button


def _below(button: QWidget) -> QPoint:
    return button.mapToGlobal(QPoint(0, button.height()))
