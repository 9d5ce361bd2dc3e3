"""How the Draw tab looks: its widgets and actions, laid out for the room that there is."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QAction, QActionGroup, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from mnist_gui.gui.widgets.canvas import Canvas
from mnist_gui.gui.widgets.frame_view import FrameView
from mnist_gui.gui.widgets.prediction_card import PredictionCard
from mnist_gui.gui.widgets.verdict_strip import VerdictStrip
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.runs.store import MODELS

FRAMED = "28×28 pixels, as MNIST was made: the longest side is 20, the weight in the middle."
AS_IT_IS = "28×28 pixels: a frame of MNIST, shown to the models as it is."
_SPACE = 8
_MARGIN, _BETWEEN = 16, 20
_LEFT_PART = 0.35
_TALL = 650  # pixels from which on the frame is shown five times, else four


class DrawView(QWidget):
    """The parts of the Draw tab; what they do is the tab's own affair.

    Attributes
    ----------
    canvas, frame_view, strip
        Its parts.
    cards
        By the number of their model.
    pen_action, eraser_action, undo_action, redo_action, clear_action, random_action, open_action, paste_action,
    save_action
        What can be done, with its key, for a menu too. The keys work while the tab is shown.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        self.frame_view = FrameView()
        self.strip = VerdictStrip()
        self.cards = {number: PredictionCard(ARCHITECTURES[number]) for number in MODELS}
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit)
        self._make_actions()
        self._lay_out()
        self.setFocusProxy(self.canvas)
        self.setAcceptDrops(True)

    def explain_frame(self, *, as_it_is: bool) -> None:
        """Say where the frame comes from: the models are shown it as it is, or it was made as MNIST was."""
        self._explanation.setText(AS_IT_IS if as_it_is else FRAMED)

    def _make_actions(self) -> None:
        make = self._action
        self.pen_action = make("Pen", "P", on_canvas=True)
        self.eraser_action = make("Eraser", "E", on_canvas=True)
        tools = QActionGroup(self)
        for action in (self.pen_action, self.eraser_action):
            action.setCheckable(True)
            tools.addAction(action)
        self.pen_action.setChecked(True)
        self.undo_action = make("Undo", "Ctrl+Z", icon="↶")
        self.redo_action = make("Redo", "Ctrl+Shift+Z", icon="↷")
        self.clear_action = make("Clear", "Del")
        self.random_action = make("Random digit", "R", on_canvas=True)
        self.open_action = make("Open picture or drawing…", "Ctrl+O")
        self.paste_action = make("Paste picture or drawing", "Ctrl+V")
        self.save_action = make("Save drawing…", "Ctrl+S")

    def _action(self, text: str, key: str, *, icon: str = "", on_canvas: bool = False) -> QAction:
        action = QAction(text, self)
        action.setIconText(icon or text)
        action.setShortcut(QKeySequence(key))
        action.setToolTip(f"{text} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
        if on_canvas:  # a single letter: elsewhere it may be typed
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        (self.canvas if on_canvas else self).addAction(action)
        return action

    def _lay_out(self) -> None:
        self._left = QWidget()
        left = self._left_layout = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(_SPACE)
        left.addWidget(self._tool_buttons())
        left.addWidget(self.canvas, 1)
        left.addLayout(self._seen())
        left.addStretch(0)

        cards = QHBoxLayout()
        cards.setSpacing(12)
        for card in self.cards.values():
            cards.addWidget(card, 1)
        right = QVBoxLayout()
        right.setSpacing(_SPACE)
        right.addWidget(self.strip)
        right.addLayout(cards, 1)
        right.addStretch(0)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(_MARGIN, _MARGIN // 2, _MARGIN, _MARGIN)
        whole.setSpacing(_BETWEEN)
        whole.addWidget(self._left, round(100 * _LEFT_PART))
        whole.addLayout(right, round(100 * (1 - _LEFT_PART)))

    def _tool_buttons(self) -> QWidget:
        """Return the buttons, in one row or two."""
        self._tools = QWidget()
        self._tools.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._tool_rows = (
            _row([self.pen_action, self.eraser_action, self.undo_action, self.redo_action]),
            _row([self.clear_action, self.random_action], self._more_button()),
        )
        rows = self._tools_layout = QBoxLayout(QBoxLayout.Direction.TopToBottom, self._tools)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(6)
        for row in self._tool_rows:
            rows.addLayout(row)
        rows.addStretch(1)
        return self._tools

    def _more_button(self) -> QToolButton:
        button = QToolButton()
        button.setText("⋯")
        button.setToolTip("Open, paste, save")
        button.setAccessibleName("More: open, paste, save")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        # The little arrow would lie on the dots.
        button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        menu = QMenu(button)
        menu.addActions([self.open_action, self.paste_action])
        menu.addSeparator()
        menu.addAction(self.save_action)
        button.setMenu(menu)
        return button

    def _seen(self) -> QHBoxLayout:
        """Return the frame that the models see, with a word about it."""
        self._explanation = QLabel(FRAMED)
        self._explanation.setProperty("muted", True)
        self._explanation.setWordWrap(True)
        heading = QLabel("What the models see")
        heading.setProperty("heading", True)
        heading.setWordWrap(True)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(heading)
        words.addWidget(self._explanation)
        words.addStretch(1)
        seen = QHBoxLayout()
        seen.setSpacing(12)
        seen.addWidget(self.frame_view, 0, Qt.AlignmentFlag.AlignTop)
        seen.addLayout(words, 1)
        return seen

    def _fit(self) -> None:
        """Make the canvas as large a square as its part of the window allows, and the cards as tall."""
        self.frame_view.set_scale(5 if self.height() >= _TALL else 4)
        column = round((self.width() - 2 * _MARGIN - _BETWEEN) * _LEFT_PART)
        side_by_side = sum(row.sizeHint().width() for row in self._tool_rows) + _SPACE <= column
        directions = QBoxLayout.Direction
        self._tools_layout.setDirection(directions.LeftToRight if side_by_side else directions.TopToBottom)
        # Verdict and tools are as tall, so that cards and canvas begin on one line.
        top = max(self._tools_layout.sizeHint().height(), self.strip.least_height)
        self._tools.setMinimumHeight(top)
        self.strip.setMinimumHeight(top)
        around = self._left_layout.minimumHeightForWidth(column) - self.canvas.minimumSizeHint().height()
        least = self.canvas.minimumSizeHint().width()
        side = max(min(column, self.height() - _MARGIN - _MARGIN // 2 - around), least)
        self.canvas.setMaximumSize(side, side)
        self._left.setMaximumWidth(max(side, self._left_layout.minimumSize().width()))
        for card in self.cards.values():
            card.set_tallest(side)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Follow theme and text size, once the parts have: they hear of it later."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fitting.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Share the room anew: what is hidden may not know its size. Focus the canvas if nobody has the focus yet."""
        super().showEvent(event)
        self._fit()
        if self.window().focusWidget() is None:
            self.canvas.setFocus()


def _row(actions: list[QAction], *more: QWidget) -> QHBoxLayout:
    """Return tool buttons side by side."""
    row = QHBoxLayout()
    row.setSpacing(6)
    for action in actions:
        button = QToolButton()
        button.setDefaultAction(action)
        button.setAccessibleName(action.text())
        row.addWidget(button)
    for widget in more:
        row.addWidget(widget)
    row.addStretch(1)
    return row
