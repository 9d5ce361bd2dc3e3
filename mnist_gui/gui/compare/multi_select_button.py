"""A button that opens a list in which several things can be ticked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeyEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, push_button

MOST_LINES = 12
ID = Qt.ItemDataRole.UserRole


class Choice(NamedTuple):
    """Something that can be ticked.

    Attributes
    ----------
    id
        Tells it from the others.
    text
        Its line.
    problem
        Why it cannot be ticked; empty where it can.
    """

    id: str
    text: str
    problem: str = ""


class MultiSelectButton(QPushButton):
    """Says how many are ticked; tells once, when the list closes, if others are.

    Keys: Space or Enter opens it; in the list arrows and Space tick, Enter and Esc close it.

    Parameters
    ----------
    name
        What is chosen, such as "Runs".
    usual
        Words of the button that ticks the usual ones again.

    Signals
    -------
    changed(ids: tuple[str, ...])
        In the order of the list.
    """

    changed = Signal(tuple)

    def __init__(self, name: str, usual: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name = name
        self._choices: tuple[Choice, ...] = ()
        self._usual: frozenset[str] = frozenset()
        self._checked: tuple[str, ...] = ()
        self.setObjectName(f"{name.lower()}_choice")
        self.setMinimumHeight(TARGET_HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.clicked.connect(self.open)
        self._popup = _Popup(self)
        self.list = self._popup.list
        self._popup.closed.connect(self._take)
        self._popup.usual.setText(usual)
        self._popup.usual.clicked.connect(lambda: self._popup.tick(self._usual))
        self._popup.every.clicked.connect(self._tick_all)
        self._say()

    @property
    def checked(self) -> tuple[str, ...]:
        """The ids of the ticked ones, in the order of the list."""
        return self._checked

    def set_choices(self, choices: Sequence[Choice], checked: Collection[str], usual: Collection[str]) -> None:
        """Offer these, tick some; nothing is told."""
        self._choices = tuple(choices)
        self._usual = frozenset(usual)
        self._checked = tuple(one.id for one in choices if one.id in checked and not one.problem)
        self._say()

    def open(self) -> None:
        """Open the list below the button."""
        self._popup.fill(self._choices, self._checked)
        self._popup.open_below(self)

    def _tick_all(self) -> None:
        self._popup.tick({choice.id for choice in self._choices})

    def _take(self) -> None:
        checked = self._popup.ticked()
        if checked != self._checked:
            self._checked = checked
            self._say()
            self.changed.emit(checked)

    def _say(self) -> None:
        self.setText(f"{self._name}: {len(self._checked)} ▾")
        self.setAccessibleName(f"{self._name}: {len(self._checked)} of {len(self._choices)} chosen")
        words = [one.text for one in self._choices if one.id in self._checked]
        self.setToolTip("\n".join(words) or f"No {self._name.lower()} chosen")


class _Popup(QFrame):
    """The list, and two buttons above it."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setProperty("card", True)
        self.usual, self.every = push_button("", "tick_usual"), push_button("All", "tick_all")
        self.list = QListWidget()
        self.list.setAccessibleName("What can be compared")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.itemClicked.connect(self._toggle)
        self._state_at_press: Qt.CheckState | None = None
        self.list.itemPressed.connect(self._remember)
        hint = QLabel("Tick those to be compared.")
        hint.setProperty("muted", True)
        buttons = QHBoxLayout()
        buttons.addWidget(self.usual)
        buttons.addWidget(self.every)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(10, 10, 10, 10)
        layout.addWidget(hint)
        layout.addWidget(self.list)
        layout.addLayout(buttons)

    def fill(self, choices: Sequence[Choice], checked: Collection[str]) -> None:
        self.list.clear()
        for choice in choices:
            item = QListWidgetItem(choice.text)
            item.setData(ID, choice.id)
            item.setToolTip(choice.problem or choice.text)
            item.setSizeHint(QSize(self.fontMetrics().horizontalAdvance(choice.text) + 48, self._line_height()))
            if choice.problem:
                item.setFlags(Qt.ItemFlag.ItemIsSelectable)
            else:
                item.setFlags(
                    Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
                )
                item.setCheckState(Qt.CheckState.Checked if choice.id in checked else Qt.CheckState.Unchecked)
            self.list.addItem(item)
        self.list.setCurrentRow(0)

    def ticked(self) -> tuple[str, ...]:
        items = [self.list.item(row) for row in range(self.list.count())]
        return tuple(item.data(ID) for item in items if item.data(Qt.ItemDataRole.CheckStateRole) and _is_on(item))

    def tick(self, ids: Collection[str]) -> None:
        for row in range(self.list.count()):
            item = self.list.item(row)
            if item.flags() & Qt.ItemFlag.ItemIsEnabled:
                item.setCheckState(Qt.CheckState.Checked if item.data(ID) in ids else Qt.CheckState.Unchecked)

    def open_below(self, button: QWidget) -> None:
        lines = min(max(self.list.count(), 2), MOST_LINES)
        self.list.setFixedHeight(lines * self._line_height() + 4)
        wide = max((self.list.sizeHintForColumn(0), 260)) + self.list.verticalScrollBar().sizeHint().width() + 24
        self.list.setFixedWidth(min(wide, 640))
        self.adjustSize()
        place = button.mapToGlobal(QPoint(0, button.height() + 2))
        room = button.screen().availableGeometry()
        place.setX(max(room.left(), min(place.x(), room.right() - self.width())))
        self.move(place)
        self.show()
        self.list.setFocus(Qt.FocusReason.PopupFocusReason)

    def _line_height(self) -> int:
        return max(TARGET_HEIGHT, self.fontMetrics().height() + 8)

    def _remember(self, item: QListWidgetItem) -> None:
        self._state_at_press = item.checkState() if item.flags() & Qt.ItemFlag.ItemIsEnabled else None

    def _toggle(self, item: QListWidgetItem) -> None:
        """Let a click anywhere in a line tick it; on the box itself Qt has done it already."""
        if self._state_at_press is not None and item.checkState() == self._state_at_press:
            item.setCheckState(Qt.CheckState.Unchecked if _is_on(item) else Qt.CheckState.Checked)

    # -- Qt

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close."""
        if event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.hide()
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell that it has closed."""
        super().hideEvent(event)
        self.closed.emit()


def _is_on(item: QListWidgetItem) -> bool:
    return item.checkState() == Qt.CheckState.Checked
