"""A button with a menu in which several entries can be checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QMenu, QPushButton, QSizePolicy, QWidget

from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT
from mnist_gui.gui.widgets.plain_text import menu_text, tool_tip
from mnist_gui.wording import plain_text

MAX_LETTERS = 60  # of an entry; its tool tip shows the whole text
MAX_TAGS = 10  # that have an entry; the most frequent ones


class Choice(NamedTuple):
    """An entry of the menu.

    Attributes
    ----------
    id
        Unique among the choices.
    problem
        Why it cannot be checked; empty if it can.
    tags
        An entry for each tag checks all choices that have it.
    """

    id: str
    text: str
    problem: str = ""
    tags: tuple[str, ...] = ()


class MultiSelectButton(QPushButton):
    """Shows how many choices are checked; emits a signal when its menu closes, if that has changed.

    Keys: Space opens the menu. There, Space checks an entry, Enter and Esc close the menu.

    Parameters
    ----------
    name
        Name of the selected things, such as "Runs".
    default_text
        Text of the entry that checks the default choices.

    Signals
    -------
    changed(ids: tuple[str, ...])
        In the order of the menu.
    """

    changed = Signal(tuple)

    def __init__(self, name: str, default_text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._choices: tuple[Choice, ...] = ()
        self._default: frozenset[str] = frozenset()
        self._checked: tuple[str, ...] = ()
        self.setObjectName(f"{name.lower()}_choice")
        self.setMinimumHeight(TARGET_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setStyleSheet("MultiSelectButton::menu-indicator { width: 0; }")  # the text has an arrow
        menu = _PersistentMenu(self)
        menu.setObjectName("multi_select_menu")
        menu.setAccessibleName("What can be compared")
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._on_menu_opened)
        menu.aboutToHide.connect(self._on_menu_closed)
        menu.addAction(default_text, self._check_default)
        menu.addAction("All", self._check_all)
        self._separator = menu.addSeparator()
        self.tag_actions: list[QAction] = []
        self.choice_actions: list[QAction] = []
        self._next: tuple[Sequence[Choice], Collection[str], Collection[str]] | None = None
        self.setMenu(menu)
        self._show_checked()

    @property
    def checked(self) -> tuple[str, ...]:
        """The identifiers of the checked choices, in the order of the menu."""
        return self._checked

    def set_choices(self, choices: Sequence[Choice], checked: Collection[str], default: Collection[str]) -> None:
        """Replace the choices and check some, without a signal; an open menu stays as it is until it closes."""
        if self.menu().isVisible():
            self._next = (choices, checked, default)
            return
        self._choices = tuple(choices)
        self._default = frozenset(default)
        self._checked = tuple(choice.id for choice in choices if choice.id in checked and not choice.problem)
        for action in (*self.tag_actions, *self.choice_actions):
            self.menu().removeAction(action)
            action.deleteLater()
        counts = Counter(tag for choice in choices if not choice.problem for tag in choice.tags)
        self.tag_actions = [self._make_tag_action(tag, count) for tag, count in counts.most_common(MAX_TAGS)]
        self.menu().insertActions(self._separator, self.tag_actions)
        self.choice_actions = [self._make_action(choice) for choice in choices]
        self.menu().addActions(self.choice_actions)
        self._show_checked()

    def open(self) -> None:
        """Open the menu below the button."""
        self.showMenu()

    def _make_action(self, choice: Choice) -> QAction:
        text = choice.text if len(choice.text) <= MAX_LETTERS else f"{choice.text[: MAX_LETTERS - 1]}…"
        action = QAction(menu_text(text), self)
        action.setData(choice.id)
        action.setToolTip(tool_tip(choice.problem or choice.text))
        action.setEnabled(not choice.problem)
        action.setCheckable(True)
        action.setChecked(choice.id in self._checked)
        return action

    def _make_tag_action(self, tag: str, count: int) -> QAction:
        action = QAction(menu_text(f"Tagged {tag} ({count})"), self)
        action.setToolTip(tool_tip(f"Only the {self._name.lower()} with the tag {tag}"))
        tagged = frozenset(choice.id for choice in self._choices if tag in choice.tags)
        action.triggered.connect(lambda: self._check(tagged))
        return action

    def _check_default(self) -> None:
        self._check(self._default)

    def _check_all(self) -> None:
        self._check(frozenset(choice.id for choice in self._choices))

    def _check(self, ids: frozenset[str]) -> None:
        for action in self.choice_actions:
            action.setChecked(action.isEnabled() and action.data() in ids)

    def _on_menu_opened(self) -> None:
        enabled = [action for action in self.choice_actions if action.isEnabled()]
        if enabled:
            self.menu().setActiveAction(enabled[0])

    def _on_menu_closed(self) -> None:
        checked = tuple(action.data() for action in self.choice_actions if action.isChecked())
        if checked != self._checked:
            self._checked = checked
            self._show_checked()
            self._next = None  # listed again for the new request
            self.changed.emit(checked)
        elif self._next is not None:
            # Later: the menu is still closing.
            QTimer.singleShot(0, self, self._set_next_choices)

    def _set_next_choices(self) -> None:
        choices, self._next = self._next, None
        if choices is not None:
            self.set_choices(*choices)

    def _show_checked(self) -> None:
        self.setText(f"{self._name}: {len(self._checked)} ▾")
        self.setAccessibleName(f"{self._name}: {len(self._checked)} of {len(self._choices)} chosen")
        texts = [plain_text(choice.text) for choice in self._choices if choice.id in self._checked]
        self.setToolTip(tool_tip("\n".join(texts)) or f"No {self._name.lower()} chosen")


class _PersistentMenu(QMenu):
    """Menu that stays open while entries are triggered."""

    # -- Qt

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action is None or not action.isEnabled() or event.button() != Qt.MouseButton.LeftButton:
            super().mouseReleaseEvent(event)
            return
        with QSignalBlocker(action):
            action.setEnabled(False)  # QMenu only closes for enabled actions
            super().mouseReleaseEvent(event)
            action.setEnabled(True)
        action.trigger()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.activeAction() is not None:
            self.activeAction().trigger()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.hide()
        else:
            super().keyPressEvent(event)
