"""A list whose rows can be dragged past each other, and the buttons that move and remove the selected one."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QMouseEvent, QResizeEvent, QShortcut
from PySide6.QtWidgets import QListWidget, QToolButton, QWidget

from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT

ROW_MARGINS = 20  # pixels: padding, border, and the distance of the text from both
ICON_SPACING = 6
STYLE = f"""
    QListWidget {{ show-decoration-selected: 1; }}
    QListWidget::item {{ min-height: {TARGET_HEIGHT}px; padding-left: 6px; border: 2px solid transparent; }}
    QListWidget::item:selected {{ background: palette(mid); color: palette(text); border-radius: 6px; }}
    QListWidget::item:focus {{ border-color: palette(highlight); }}
"""


class MovableList(QListWidget):
    """List that is as high as its rows; a row can be dragged past others.

    Signals
    -------
    moved(index: int, to: int)
        The user wants a row at another index.
    """

    moved = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.setStyleSheet(STYLE)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setCursor(Qt.CursorShape.OpenHandCursor)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrap(True)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)

    def show_rows(self) -> None:
        """Show the rows as the list now has them; called again where colours or text size changed."""

    def fit_height(self) -> None:
        """Make each row as high as its text, and the list as high as its rows."""
        metrics, width = self.fontMetrics(), self.viewport().width()
        for row in range(self.count()):
            item = self.item(row)
            # Qt leaves the style sheet's padding and border out, and would cut a text that just fits without them.
            room = width - ROW_MARGINS - (0 if item.icon().isNull() else self.iconSize().width() + ICON_SPACING)
            text = metrics.boundingRect(QRect(0, 0, max(room, 1), 10_000), Qt.TextFlag.TextWordWrap, item.text())
            item.setSizeHint(QSize(0, max(text.height() + 8, TARGET_HEIGHT + 4)))
        self.doItemsLayout()
        self.setFixedHeight(max(self.contentsSize().height(), 0))
        self.updateGeometries()  # otherwise one could scroll by what was missing before

    # -- Qt

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        # Unlike in a drag of Qt, the row follows the pointer: it passes others when the pointer passes their middle.
        row, y = self.currentRow(), event.position().y()
        others = (self.visualItemRect(self.item(other)) for other in range(self.count()) if other != row)
        to = sum(other.center().y() < y for other in others)
        if event.buttons() & Qt.MouseButton.LeftButton and to != row:
            self.moved.emit(row, to)
            self.setCurrentRow(to)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit_height()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.PaletteChange):
            self.show_rows()


class RowButtons(QObject):
    """Buttons that move and remove the selected row of a list; each has a key, which works within the whole widget.

    Parameters
    ----------
    rows
        The list. Its `moved` is emitted to move a row.
    remove
        Removes the row with an index.
    what
        What "Remove" removes from: "the queue".
    parent
        Widget within which the keys work.

    Attributes
    ----------
    buttons
        Up, down and remove.
    """

    def __init__(self, rows: MovableList, remove: Callable[[int], object], what: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._rows = rows
        self._remove_row = remove
        self._titles: dict[QToolButton, str] = {}
        self._up = self._button("up", "↑", "Move up", "Alt+Up", lambda: self._move(-1))
        self._down = self._button("down", "↓", "Move down", "Alt+Down", lambda: self._move(1))
        self._remove = self._button("remove", "✕", f"Remove from {what}", "Del", self._remove_selected)
        self.buttons = tuple(self._titles)
        rows.currentRowChanged.connect(self.update)

    def _button(self, name: str, sign: str, title: str, key: str, slot: Callable[[], object]) -> QToolButton:
        parent = self.parent()
        assert isinstance(parent, QWidget)
        button = QToolButton()
        button.setObjectName(name)
        button.setText(sign)
        button.setToolTip(f"{title} ({key})")
        button.setProperty("flat", True)
        button.setMinimumSize(TARGET_HEIGHT, TARGET_HEIGHT)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(slot)
        self._titles[button] = title
        shortcut = QShortcut(QKeySequence(key), parent)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(button.click)
        return button

    def _move(self, step: int) -> None:
        row = self._rows.currentRow() + step
        self._rows.moved.emit(row - step, row)
        self._rows.setCurrentRow(row)
        if not (self._up if step < 0 else self._down).isEnabled():
            self._rows.setFocus()

    def _remove_selected(self) -> None:
        self._remove_row(self._rows.currentRow())
        self._rows.setFocus()

    def update(self) -> None:
        """Enable the buttons that can do something for the selected row."""
        row = self._rows.currentRow()
        self._remove.setEnabled(row >= 0)
        self._up.setEnabled(row > 0)
        self._down.setEnabled(row < self._rows.count() - 1)
        item = self._rows.currentItem()
        for button, title in self._titles.items():
            button.setAccessibleName(f"{title}: {item.text()}" if item else title)
