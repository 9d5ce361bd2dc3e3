"""How the Draw tab looks: its widgets and actions, laid out for the room that there is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.draw.actions import DrawActions
from mnist_gui.gui.draw.canvas.canvas import Canvas
from mnist_gui.gui.draw.fine_tuning.writing_prompt import WritingPrompt
from mnist_gui.gui.draw.frame_view import FrameView
from mnist_gui.gui.draw.label_row import LabelRow
from mnist_gui.gui.draw.panels.panel_dock import PanelDock
from mnist_gui.gui.draw.prediction_card import PredictionCard
from mnist_gui.gui.draw.toolbar import DrawToolbar
from mnist_gui.gui.draw.verdict_bar import VerdictBar
from mnist_gui.gui.widgets.scroll_column import Column, ScrollColumn
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.runs.store import MODELS

FRAMED = "28×28 pixels, as MNIST was made: the longest side is 20, the weight in the middle."
AS_IT_IS = "28×28 pixels: a frame of MNIST, shown to the models as it is."
_SPACE = 5
_MARGIN, _BETWEEN = 16, 20  # beside; between canvas and cards
_ABOVE = _BELOW = 6
_WORD_SPACE = 4
_LEFT_PART = 0.37
_GOOD_SIDE = 340  # pixels: the canvas has so many before the frame is shown large
_SCALES = (5, 4, 3, 2)  # of the frame
_TALL = 650  # pixels from which on the first of them is tried
_DRAWER_PART = 0.275  # of the height, which the cards leave to the drawer where they can
_LEFT_PART_PRESENTING, _FRAME_PART_PRESENTING = 0.42, 0.29  # the latter of the height


class DrawLayout(QWidget):
    """The parts of the Draw tab; what they do is the tab's own affair.

    Attributes
    ----------
    canvas, frame_view, answer_row, guide, strip, drawer
        Its parts. The guide takes the row's place while somebody is led through writing.
    cards
        By the number of their model.
    pen_action, eraser_action, undo_action, redo_action, clear_action, random_action, open_action, paste_action,
    save_action, copy_action, copy_answer_action, save_answer_action, why_action, framing_action, stress_action,
    my_digits_action
        What can be done, with its key, for a menu too. The keys work while the tab is shown, or the canvas has the
        focus.
    label_actions
        By the digit that the drawing was meant to be: 0 to 9.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        self.frame_view = FrameView()
        self.answer_row = LabelRow()
        self.guide = WritingPrompt()
        self.guide.hide()
        self.strip = VerdictBar()
        self.cards = {number: PredictionCard(ARCHITECTURES[number]) for number in MODELS}
        self.drawer = PanelDock()
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit)
        actions = DrawActions(self, self.canvas)
        self._tools = DrawToolbar(actions)
        self._presenting = self._guiding = False
        self._take_actions(actions)
        self._lay_out()
        self.drawer.opened_changed.connect(self._show_drawer)
        self.setAcceptDrops(True)

    def explain_frame(self, *, as_it_is: bool) -> None:
        """Say where the frame comes from: the models are shown it as it is, or it was made as MNIST was."""
        words = AS_IT_IS if as_it_is else FRAMED
        if words != self._explanation.text():
            self._explanation.setText(words)
            self._heading.setToolTip(words)

    def set_presenting(self, presenting: bool) -> None:
        """Show canvas, frame, verdict and cards only; their keys work, those of what is hidden do not."""
        if presenting == self._presenting:
            return
        self._presenting = presenting
        for part in (self._tools, self._row, self.drawer, *(card.run_button for card in self.cards.values())):
            part.setHidden(presenting)
        self._left_layout.setSpacing(_BETWEEN if presenting else _SPACE)
        self._share_width()
        self.canvas.setFocus()
        self._fit()

    def set_guiding(self, guiding: bool) -> None:
        """Show the bar that says what to write next, in the place of the question what a digit was."""
        self._row.hide()
        self._guiding = guiding
        self._row.setHidden(self._presenting)
        self._fit()

    @property
    def _row(self) -> LabelRow | WritingPrompt:
        """What is below the frame."""
        return self.guide if self._guiding else self.answer_row

    def _take_actions(self, actions: DrawActions) -> None:
        self.pen_action, self.eraser_action = actions.pen, actions.eraser
        self.undo_action, self.redo_action, self.clear_action = actions.undo, actions.redo, actions.clear
        self.random_action = actions.random
        self.open_action, self.paste_action, self.save_action = actions.open, actions.paste, actions.save
        self.copy_action, self.copy_answer_action = actions.copy, actions.copy_answer
        self.save_answer_action = actions.save_answer
        self.why_action, self.framing_action = actions.drawers["why"], actions.drawers["framing"]
        self.stress_action, self.my_digits_action = actions.drawers["stress"], actions.drawers["my_digits"]
        self.label_actions = actions.labels
        for digit, action in self.label_actions.items():
            action.triggered.connect(partial(self._label, digit))

    def add_panel(self, name: str, action: QAction, make_panel: Callable[[], QWidget]) -> None:
        """Take a panel for the drawer, which the action opens too."""
        self.drawer.add(name, action.text(), action.shortcut().toString(), make_panel)
        action.triggered.connect(partial(self._toggle, name))

    def _toggle(self, name: str) -> None:
        if not self._presenting:
            self.drawer.toggle(name)

    def _label(self, digit: int) -> None:
        """Say what it was, as if on the row's button: where that cannot be pressed, the key does nothing either."""
        if self.answer_row.isEnabled() and not (self._presenting or self._guiding):
            self.answer_row.labelled.emit(digit)

    def _show_drawer(self, name: str) -> None:
        if name:  # the text may be so large that the column scrolls
            self._column.ensureWidgetVisible(self.drawer, 0, 0)

    def _lay_out(self) -> None:
        self._left = QWidget()
        left = self._left_layout = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(_SPACE)
        self._top_layout = QHBoxLayout()
        self._top_layout.addWidget(self._tools, 1)
        left.addLayout(self._top_layout)
        left.addWidget(self.canvas, 1)
        left.addLayout(self._seen())
        left.addWidget(self.answer_row)
        left.addWidget(self.guide)
        left.addStretch(0)

        self._cards = QWidget()
        cards = QHBoxLayout(self._cards)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(12)
        for card in self.cards.values():
            cards.addWidget(card, 1)
        below = self._below = Column()
        below.setContentsMargins(0, 0, 0, 0)
        below.setSpacing(_SPACE)
        below.addWidget(self._cards)
        below.addWidget(self.drawer, 1)
        self._column = ScrollColumn(below)
        right = QVBoxLayout()
        right.setSpacing(_SPACE)
        right.addWidget(self.strip)
        right.addWidget(self._column, 1)
        whole = self._whole = QHBoxLayout(self)
        whole.setContentsMargins(_MARGIN, _ABOVE, _MARGIN, _BELOW)
        whole.setSpacing(_BETWEEN)
        whole.addWidget(self._left)
        whole.addLayout(right)
        self._share_width()

    def _share_width(self) -> None:
        for place, part in enumerate((self._left_part, 1 - self._left_part)):
            self._whole.setStretch(place, round(100 * part))

    def _seen(self) -> QHBoxLayout:
        """Return the frame that the models see, with a word about it."""
        self._explanation = QLabel(FRAMED)
        self._explanation.setProperty("muted", True)
        self._explanation.setWordWrap(True)
        heading = self._heading = QLabel("What the models see")
        heading.setProperty("heading", True)
        heading.setWordWrap(True)
        heading.setToolTip(FRAMED)
        words = QVBoxLayout()
        words.setSpacing(_WORD_SPACE)
        words.addWidget(heading)
        words.addWidget(self._explanation)
        words.addStretch(1)
        seen = self._seen_layout = QHBoxLayout()
        seen.setSpacing(12)
        seen.addWidget(self.frame_view, 0, Qt.AlignmentFlag.AlignTop)
        seen.addLayout(words, 1)
        return seen

    @property
    def _left_part(self) -> float:
        return _LEFT_PART_PRESENTING if self._presenting else _LEFT_PART

    @property
    def _column_width(self) -> int:
        """How wide the canvas can be, in pixels."""
        both = self.width() - 2 * _MARGIN - _BETWEEN
        return min(round(both * self._left_part), both - self._column.minimumSizeHint().width())

    def _fit(self) -> None:
        """Make the canvas as large a square as its part of the window allows, and the cards as tall."""
        column = self._column_width
        self._tools.fit(column)
        # Verdict and tools are as tall, so that cards and canvas begin on one line.
        top = max(self._tools.sizeHint().height(), self.strip.least_height)
        self._tools.setMinimumHeight(top)
        self.strip.setMinimumHeight(top)
        side = self._fit_canvas(column)
        room = self.height() - _ABOVE - top - _SPACE - _BELOW
        if not self._presenting:
            drawer = max(round(self.height() * _DRAWER_PART), self.drawer.minimumSizeHint().height())
            room = min(side, room - _SPACE - drawer)
        self._fit_cards(room)

    def _fit_cards(self, height: int) -> None:
        """Make the cards so high, or what they need at least, or what they can use at most."""
        for layout in (self.layout(), self._below):  # a scroll bar may come, and take some width
            if layout is not None:
                layout.activate()
            for card in self.cards.values():
                card.set_tallest(height)
            tallest = max(card.maximumHeight() for card in self.cards.values())
            self._cards.setMaximumHeight(tallest)
            # While presenting, what is said above them may be large enough for two lines.
            self._cards.setMinimumHeight(0 if self._presenting else tallest)

    def _fit_canvas(self, column: int) -> int:
        """Return the canvas' side; where it would be small, the frame is."""
        self._place_frame(beside_tools=False)
        for scale in self._frame_scales(column):
            self.frame_view.set_scale(scale)
            side = self._side_in(column)
            if side >= min(_GOOD_SIDE, column):  # where the width bounds it, a smaller frame would not help
                break
        else:
            self._place_frame(beside_tools=self._has_room_beside_tools())
            side = self._side_in(column)
        self.canvas.setMaximumSize(side, side)
        width = max(side, self._left_layout.minimumSize().width())
        self._left.setMaximumWidth(width)
        beside = width - self.frame_view.sizeHint().width() - self._seen_layout.spacing()
        words = self._heading.heightForWidth(beside) + _WORD_SPACE + self._explanation.heightForWidth(beside)
        self._explanation.setVisible(words <= self.frame_view.sizeHint().height() and not self._heading.isHidden())
        self._left_layout.activate()  # now, lest what was tried be seen
        return side

    def _frame_scales(self, column: int) -> Sequence[int]:
        """Return the sizes that the frame may have, the best first."""
        if self._presenting:
            largest = min(column // 2, round(self.height() * _FRAME_PART_PRESENTING)) // FRAME_SIDE
            return range(max(largest, _SCALES[-1]), _SCALES[-1] - 1, -1)
        return _SCALES if self.height() >= _TALL else _SCALES[1:]

    def _side_in(self, column: int) -> int:
        """Return the side of the canvas that what is around it leaves."""
        for layout in (self._seen_layout, self._top_layout, self._left_layout):  # none tells those inside it
            layout.invalidate()
        least = self.canvas.minimumSizeHint()
        side, width = least.width(), column
        for _ in range(2):  # the row of answers folds where it is narrow, and takes more height then
            self._row.resize(width, self._row.height())
            around = self._left_layout.minimumHeightForWidth(column) - least.height()
            side = max(min(column, self.height() - _ABOVE - _BELOW - around), least.width())
            width = max(side, self._left_layout.minimumSize().width())
        self._row.updateGeometry()
        return side

    def _has_room_beside_tools(self) -> bool:
        tools, frame = self._tools.minimumSizeHint().width(), FRAME_SIDE * _SCALES[-1]
        return not self._presenting and tools + self._top_layout.spacing() + frame <= self._column_width

    def _place_frame(self, *, beside_tools: bool) -> None:
        """Put the frame below the canvas, with a word about it; or where it takes no height, without."""
        self._explanation.hide()  # until it is known to fit
        old, new = self._seen_layout, self._top_layout
        if not beside_tools:
            old, new = new, old
        if new.indexOf(self.frame_view) < 0:
            old.removeWidget(self.frame_view)
            new.insertWidget(0 if new is self._seen_layout else -1, self.frame_view, 0, Qt.AlignmentFlag.AlignTop)
        self._heading.setHidden(beside_tools)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Say what the smallest arrangement needs: the present one may be a larger."""
        least = super().minimumSizeHint()
        if self._heading.isHidden():
            return least
        smaller = self.frame_view.sizeHint().height() - FRAME_SIDE * _SCALES[-1]
        if self._has_room_beside_tools():
            smaller = self._seen_layout.minimumSize().height() + _SPACE
        return QSize(least.width(), least.height() - smaller)

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
