"""Cards on the blank canvas that suggest what to try."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget

from mnist_gui.gui.draw.canvas.canvas import Canvas
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted, set_own_style

SUGGESTIONS = (  # name, text, tooltip
    ("turn_six", "Turn a 6 over", "A 6 is turned by half a turn while the models answer"),
    ("forty_two", "Write 42", "Two digits are written; each of them is found and answered"),
    ("letter", "Draw an A", "A letter is drawn: do the models take it for a digit?"),
    ("fooling_digit", "Fool the models", "A test digit that at least one of the models misreads (T)"),
)
_MARGIN, _GAP = 12, 6  # pixels
_MAX_FRACTION = 0.6  # of the canvas' height


class SuggestionCards(QObject):
    """Buttons at the bottom of the canvas. It is drawn on as ever: also by a stroke that begins on one of them.

    Each is a child of the canvas: a common parent would take what is pressed between them. They are hidden while the
    canvas has no room for them.

    Signals
    -------
    chosen(name: str)
        The suggestion of this name was pressed.
    dismissed()
        The user wants no suggestions.
    """

    chosen = Signal(str)
    dismissed = Signal()

    def __init__(self, canvas: Canvas) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._is_wanted = False
        self._heading = muted("Try this", "try_this")
        self._heading.setParent(canvas)
        self._heading.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._cards = [self._make_card(*suggestion) for suggestion in SUGGESTIONS]
        self._close = QToolButton(canvas)
        self._close.setObjectName("hide_suggestions")
        self._close.setText("✕")
        self._close.setToolTip('No suggestions; View > Show "Try this" brings them back')
        self._close.setAccessibleName("Hide the suggestions")
        self._close.setProperty("flat", True)
        set_own_style(self._close, "padding: 0;")
        self._close.clicked.connect(lambda: self.dismissed.emit())
        for button in (*self._cards, self._close):
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        canvas.set_buttons((*self._cards, self._close))
        self._arrange()
        canvas.installEventFilter(self)

    @property
    def widgets(self) -> tuple[QWidget, ...]:
        """The heading, the cards, and the button that hides them."""
        return (self._heading, *self._cards, self._close)

    def set_wanted(self, wanted: bool) -> None:
        """Show or hide them."""
        if wanted != self._is_wanted:
            self._is_wanted = wanted
            self._arrange()

    def _make_card(self, name: str, text: str, tip: str) -> QPushButton:
        card = QPushButton(text, self._canvas)
        card.setObjectName(f"try_{name}")
        card.setToolTip(tip)
        card.setAccessibleName(f"Try this: {text}")
        set_own_style(card, "padding: 0 6px;")
        card.clicked.connect(lambda: self.chosen.emit(name))
        return card

    def _arrange(self) -> None:
        """Put the cards at the bottom of the canvas, below their heading, side by side as far as they fit."""
        room = self._canvas.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        hints = [card.sizeHint() for card in self._cards]
        width, height = max(hint.width() for hint in hints), max(TARGET_HEIGHT, *(hint.height() for hint in hints))
        columns = next((count for count in (4, 2) if count * (width + _GAP) - _GAP <= room.width()), 1)
        rows = len(self._cards) // columns
        needed = TARGET_HEIGHT + rows * (height + _GAP)
        top = room.bottom() + 1 - needed
        self._heading.setGeometry(room.left(), top, room.width() - TARGET_HEIGHT, TARGET_HEIGHT)
        self._close.setGeometry(room.right() + 1 - TARGET_HEIGHT, top, TARGET_HEIGHT, TARGET_HEIGHT)
        size = QSize((room.width() + _GAP) // columns - _GAP, height)
        for index, card in enumerate(self._cards):
            row, column = divmod(index, columns)
            left = room.left() + column * (size.width() + _GAP)
            card.setGeometry(left, top + TARGET_HEIGHT + _GAP + row * (height + _GAP), size.width(), height)
        self._show(self._is_wanted and width <= room.width() and needed <= _MAX_FRACTION * room.height(), needed)

    def _show(self, shown: bool, height: int) -> None:
        if not shown and any(widget.hasFocus() for widget in self.widgets):
            self._canvas.setFocus()  # not the widget that follows
        for widget in self.widgets:
            widget.setVisible(shown)
        self._canvas.reserve_bottom(height if shown else 0)

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the size of the canvas and of the text."""
        if event.type() in (QEvent.Type.Resize, QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()
        return super().eventFilter(watched, event)
