"""The widgets and actions of the Draw tab, and their arrangement."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QEvent, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.answerers import Answerer
from mnist_gui.gui.draw.actions import DrawActions
from mnist_gui.gui.draw.canvas.canvas import Canvas
from mnist_gui.gui.draw.card_grid import CardGrid
from mnist_gui.gui.draw.digit_palette import DigitPalette
from mnist_gui.gui.draw.fading_hint import FadingHint, presentation_keys
from mnist_gui.gui.draw.fine_tuning.writing_prompt import WritingPrompt
from mnist_gui.gui.draw.frame_view import FrameView, side_at
from mnist_gui.gui.draw.label_row import LabelRow
from mnist_gui.gui.draw.panels.panel_dock import PanelDock
from mnist_gui.gui.draw.suggestion_cards import SuggestionCards
from mnist_gui.gui.draw.toolbar import DrawToolbar
from mnist_gui.gui.draw.verdict_bar import VerdictBar
from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip
from mnist_gui.gui.widgets.scroll_column import Column, ScrollColumn

FRAMED_TEXT = "Shrunk and centred, like the digits they learned from."
READY_FRAME_TEXT = "Small enough already: shown to them as it is."
MISSING_FRAME_TEXT = "Click a digit to see it as they do."  # of several digits
# The first two in the words of an expert, as tooltips.
FRAMED_DETAILS = "28×28 pixels, as MNIST was made: the longest side is 20, the weight in the middle."
READY_FRAME_DETAILS = "28×28 pixels: a frame already, which the models get unchanged."
_SPACING = 5
_SIDE_MARGIN, _COLUMN_SPACING = 16, 20
_COMPACT_SIDE_MARGIN, _COMPACT_COLUMN_SPACING = 8, 10
# Of text, the least height for cards that are not compact, and a panel; where the cards may stand in rows, more.
_SPACIOUS_LINES, _SPACIOUS_LINES_OF_ROWS = 34, 44
_TOP_MARGIN = _BOTTOM_MARGIN = 6
_TEXT_SPACING = 4
_LEFT_FRACTION = 0.385
_GOOD_SIDE, _GOOD_FRACTION = 430, 0.46  # pixels, of the height; the frame is enlarged only if the canvas has as many
_LEAST_SIDE = 340  # pixels; if the canvas has fewer, the frame gives up its place below
_FRAME_SCALES = (5, 4, 3, 2)
_TALL = 650  # pixels, the least height for the first scale
_PIXELS_PER_SCALE = 190  # of the height; on a large screen the scale is larger
# Of the height: what is left to the panels at least, and if the bars of the cards lie below each other without it.
_DOCK_FRACTION, _FULL_DOCK_FRACTION, _PRESENTED_DOCK_FRACTION = 0.275, 0.36, 0.4
_WIDEST_STRIP = 40  # pixels beside the canvas; rather than more, the toolbar has two rows
_WIDE_SCREEN = 1.5  # times as wide as high
_WIDE_PRESENTED_FRACTION, _PRESENTED_FRACTION = 0.47, 0.42  # of the width, for the canvas
_PRESENTED_FRAME_FRACTION = 0.26  # of the height


class DrawLayout(QWidget):
    """Widgets and actions of the Draw tab, arranged in the available room.

    Attributes
    ----------
    canvas, frame_view, label_row, writing_prompt, verdict_bar, panel_dock
        The widgets. The writing prompt takes the label row's place during a writing session.
    suggestions
        Lie over the blank canvas.
    digit_palette
        Lies over the canvas, beside the selected digit of several.
    card_grid, cards
        The prediction cards, and each of them by place.
    draw_actions, toolbar
        The actions and their buttons.
    presentation_hint
        Names the keys of a presentation for some seconds.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        self.suggestions = SuggestionCards(self.canvas)
        self.frame_view = FrameView()
        self.label_row = LabelRow()
        self.writing_prompt = WritingPrompt()
        self.writing_prompt.hide()
        self.verdict_bar = VerdictBar()
        self.card_grid = CardGrid()
        self.cards = self.card_grid.cards
        self.panel_dock = PanelDock()
        self.draw_actions = DrawActions(self)
        self.toolbar = DrawToolbar(self.draw_actions)
        self._presenting = self._prompting = self._compact = self._suggesting = False
        self._fit_timer = QTimer(self, singleShot=True, interval=0)
        self._fit_timer.timeout.connect(self._fit)
        for digit, action in self.draw_actions.labels.items():
            action.triggered.connect(partial(self._label, digit))
        self.draw_actions.suggestions.toggled.connect(lambda: self.set_suggesting(self._suggesting))
        self.suggestions.dismissed.connect(partial(self.draw_actions.suggestions.setChecked, False))
        self._add_widgets()
        self.digit_palette = DigitPalette(self)
        self._palette_digit: int | None = None
        self.presentation_hint = FadingHint(self.canvas)
        self.panel_dock.opened_changed.connect(self._on_opened_changed)

    def set_frame_text(self, *, is_frame: bool, is_missing: bool = False) -> None:
        """Describe the frame: content that is a frame already, or one made in MNIST's way; or say how to get one."""
        text = MISSING_FRAME_TEXT if is_missing else READY_FRAME_TEXT if is_frame else FRAMED_TEXT
        if text != self._frame_text.text():
            self._frame_text.setText(text)
            details = READY_FRAME_DETAILS if is_frame else FRAMED_DETAILS
            for label in (self._frame_heading, self._frame_text):
                label.setToolTip(tool_tip(details))

    def set_answerers(self, answerers: Sequence[Answerer]) -> None:
        """Show a card for each of the runs that answer."""
        if self.card_grid.set_answerers(answerers):
            self._fit_timer.start()

    def set_suggesting(self, suggesting: bool) -> None:
        """Show the suggestions if the user wants them and nothing else needs the canvas."""
        self._suggesting = suggesting
        is_wanted = self.draw_actions.suggestions.isChecked() and not (self._presenting or self._prompting)
        self.suggestions.set_wanted(suggesting and is_wanted)

    def set_palette_digit(self, index: int | None) -> None:
        """Show the palette beside the box of a digit on the canvas; None hides it."""
        self._palette_digit = index
        self._place_palette()

    def set_presenting(self, presenting: bool) -> None:
        """Show canvas, frame, verdict, cards and a writing session's prompt, and a panel once its key is pressed.

        Shortcuts of hidden widgets are inactive.
        """
        if presenting == self._presenting:
            return
        self._presenting = presenting
        for widget in (self.toolbar, self.panel_dock):
            widget.setHidden(presenting)
        self._show_bottom_row()
        self.panel_dock.set_plain(presenting)
        self.card_grid.set_presenting(presenting)
        self.verdict_bar.set_presenting(presenting)
        self._show_keys()
        self._left_layout.setSpacing(_COLUMN_SPACING if presenting else _SPACING)
        self._set_stretches()
        self.set_suggesting(self._suggesting)
        self.canvas.setFocus()
        self._fit()

    def set_prompting(self, prompting: bool) -> None:
        """Show the writing prompt instead of the label row."""
        self._bottom_row.hide()
        self._prompting = prompting
        self._show_bottom_row()
        self.set_suggesting(self._suggesting)
        self._show_keys()
        self._fit()

    def _show_keys(self) -> None:
        """Name the keys of a presentation, at its beginning and as a writing session begins or ends."""
        self.presentation_hint.setText(presentation_keys(in_writing_session=self._prompting))
        self.presentation_hint.set_shown(self._presenting)

    def _show_bottom_row(self) -> None:
        self._bottom_row.setHidden(self._presenting and not self._prompting)

    def add_panel(self, name: str, make_panel: Callable[[], QWidget]) -> None:
        """Add a panel to the dock; its action opens and closes it."""
        action = self.draw_actions.panels[name]
        self.panel_dock.add(name, action.text(), action.shortcut().toString(), make_panel)
        action.triggered.connect(partial(self._toggle_panel, name))

    @property
    def _bottom_row(self) -> LabelRow | WritingPrompt:
        return self.writing_prompt if self._prompting else self.label_row

    @property
    def _bottom_rows(self) -> Sequence[LabelRow | WritingPrompt]:
        """The rows that may be shown; a presentation never has the label row."""
        return (self.writing_prompt,) if self._presenting else (self.label_row, self.writing_prompt)

    def _place_palette(self) -> None:
        if self._palette_digit is None or self._presenting:
            self.digit_palette.hide()
        else:
            corner = self.canvas.mapTo(self, QPoint(0, 0))
            box = self.canvas.digit_area(self._palette_digit, with_label=True)
            self.digit_palette.show_beside(box.translated(corner), self.canvas.rect().translated(corner))

    def _toggle_panel(self, name: str) -> None:
        """Open or close a panel; while presenting, show or hide it, and what is open for the user stays."""
        if not self._presenting:
            self.panel_dock.toggle(name)
        else:
            is_shown = self.panel_dock.isVisible() and self.panel_dock.opened == name
            self.panel_dock.open(name)
            self.panel_dock.setHidden(is_shown)
            self._fit()

    def _label(self, digit: int) -> None:
        """Label the content as if the row's button were pressed, unless it could not be."""
        if self.label_row.isEnabled() and not (self._presenting or self._prompting):
            self.label_row.labelled.emit(digit)

    def _on_opened_changed(self, name: str) -> None:
        if name:  # with large text the column may scroll
            self._scroll_column.ensureWidgetVisible(self.panel_dock, 0, 0)

    def _add_widgets(self) -> None:
        self._left = QWidget()
        left = self._left_layout = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        left.setSpacing(_SPACING)
        self._toolbar_row = QHBoxLayout()
        self._toolbar_row.addWidget(self.toolbar, 1)
        left.addLayout(self._toolbar_row)
        left.addWidget(self.canvas, 1)
        left.addLayout(self._make_frame_row())
        left.addWidget(self.label_row)
        left.addWidget(self.writing_prompt)
        left.addStretch(0)

        column = self._column = Column()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(_SPACING)
        column.addWidget(self.card_grid)
        column.addWidget(self.panel_dock, 1)
        self._scroll_column = ScrollColumn(column)
        right = QVBoxLayout()
        right.setSpacing(_SPACING)
        right.addWidget(self.verdict_bar)
        right.addWidget(self._scroll_column, 1)
        self._columns = QHBoxLayout(self)
        self._columns.setContentsMargins(_SIDE_MARGIN, _TOP_MARGIN, _SIDE_MARGIN, _BOTTOM_MARGIN)
        self._columns.setSpacing(_COLUMN_SPACING)
        self._columns.addWidget(self._left)
        self._columns.addLayout(right)
        self._set_stretches()

    def _make_frame_row(self) -> QHBoxLayout:
        """Return the frame view beside its heading and description."""
        self._frame_text = PlainLabel(FRAMED_TEXT)
        self._frame_text.setProperty("muted", True)
        self._frame_text.setWordWrap(True)
        self._frame_heading = PlainLabel("What the models see")
        self._frame_heading.setProperty("heading", True)
        self._frame_heading.setWordWrap(True)
        for label in (self._frame_heading, self._frame_text):
            label.setToolTip(tool_tip(FRAMED_DETAILS))
        texts = self._texts = QVBoxLayout()
        texts.setSpacing(_TEXT_SPACING)
        texts.addWidget(self._frame_heading)
        texts.addWidget(self._frame_text)
        texts.addStretch(1)
        self._frame_row = QHBoxLayout()
        self._frame_row.setSpacing(12)
        self._frame_row.addWidget(self.frame_view, 0, Qt.AlignmentFlag.AlignTop)
        self._frame_row.addLayout(texts, 1)
        return self._frame_row

    # -- fitting

    @property
    def _left_fraction(self) -> float:
        if not self._presenting:
            return _LEFT_FRACTION
        return _WIDE_PRESENTED_FRACTION if self.width() > _WIDE_SCREEN * self.height() else _PRESENTED_FRACTION

    def _set_stretches(self) -> None:
        left = round(1000 * self._left_fraction)
        self._columns.setStretch(0, left)
        self._columns.setStretch(1, 1000 - left)

    @property
    def _least_left_width(self) -> int:
        return max(self.toolbar.least_width, self._bottom_rows_width)

    @property
    def _is_spacious(self) -> bool:
        """Whether there is room enough for cards that are not compact."""
        margins = 2 * _SIDE_MARGIN + _COLUMN_SPACING
        lines = _SPACIOUS_LINES_OF_ROWS if self.card_grid.has_rows else _SPACIOUS_LINES
        if self.height() < lines * self.fontMetrics().lineSpacing():
            return False
        return self._spacious_cards_width + margins + self._least_left_width <= self.width()

    @property
    def _spacious_cards_width(self) -> int:
        """Width of the right column with cards that are not compact."""
        return self.card_grid.spacious_width + self._scroll_column.bar_width

    def _set_compact(self, compact: bool) -> None:
        """Reduce margins and cards in a window that is too small for them."""
        if compact == self._compact:
            return
        self._compact = compact
        margin = _COMPACT_SIDE_MARGIN if compact else _SIDE_MARGIN
        self._columns.setContentsMargins(margin, _TOP_MARGIN, margin, _BOTTOM_MARGIN)
        self._columns.setSpacing(_COMPACT_COLUMN_SPACING if compact else _COLUMN_SPACING)
        self.card_grid.set_compact(compact)
        self.panel_dock.set_compact(compact)

    def _left_width(self, *, in_one_row: bool) -> int:
        """Return the greatest width of the canvas in pixels.

        Parameters
        ----------
        in_one_row
            Whether the toolbar has one row if possible, which leaves the canvas more height.
        """
        both = self.width() - 2 * self._columns.contentsMargins().left() - self._columns.spacing()
        width = round(both * self._left_fraction)
        if in_one_row and not self._presenting and both - self.toolbar.full_width >= self._spacious_cards_width:
            width = max(width, self.toolbar.full_width)
        return min(width, both - self._scroll_column.minimumSizeHint().width())

    def _fit(self) -> None:
        """Make the canvas as large a square as its share of the window allows, and the cards as tall."""
        self._set_compact(not (self._is_spacious or self._presenting))
        side = self._fit_left(in_one_row=True)
        if not self._presenting and self._left.maximumWidth() - side > _WIDEST_STRIP:
            side = self._fit_left(in_one_row=False)
        height = self.height() - _TOP_MARGIN - self.toolbar.minimumHeight() - _SPACING - _BOTTOM_MARGIN
        if self.panel_dock.isHidden():
            self._fit_cards(height, height)
        elif self._presenting:
            height -= _SPACING + self._dock_height(_PRESENTED_DOCK_FRACTION)
            self._fit_cards(height, height)
        else:
            docks = map(self._dock_height, (_FULL_DOCK_FRACTION, _DOCK_FRACTION))
            self._fit_cards(*(min(side, height - _SPACING - dock) for dock in docks))
        self._place_palette()
        self.presentation_hint.place()

    def _fit_left(self, *, in_one_row: bool) -> int:
        """Fit the toolbar, the canvas and what is below it, and return the side of the canvas."""
        width = self._left_width(in_one_row=in_one_row)
        self.toolbar.fit(width if in_one_row else min(width, self.toolbar.full_width - 1))
        # Verdict and toolbar are equally tall, hence cards and canvas aligned.
        top = max(self.toolbar.sizeHint().height(), self.verdict_bar.min_height)
        self.toolbar.setMinimumHeight(top)
        self.verdict_bar.setMinimumHeight(top)
        return self._fit_canvas(width)

    def _dock_height(self, fraction: float) -> int:
        """Return the height of the panels that is this fraction of all, but enough for any of them."""
        return max(round(self.height() * fraction), self.panel_dock.minimumSizeHint().height())

    def _fit_cards(self, height: int, most: int) -> None:
        """Give the cards a height; see `CardGrid.limit_height`."""
        for layout in (self.layout(), self._column):  # the scroll bar that may appear takes some width
            if layout is not None:
                layout.activate()
            self.card_grid.limit_height(height, most)

    def _fit_canvas(self, max_width: int) -> int:
        """Resize canvas and frame, and return the canvas' side; the frame shrinks first."""
        self._place_frame(beside_toolbar=False)
        side, good = 0, max(_GOOD_SIDE, _GOOD_FRACTION * self.height())
        for scale in self._frame_scales(max_width):
            self.frame_view.set_scale(scale)
            self._place_bottom_rows(beside_frame=self._rows_fit_beside_frame(max_width))
            side = self._canvas_side(max_width)
            if side >= min(good, max_width):  # within its width, a smaller frame would not help
                break
        if side < min(_LEAST_SIDE, max_width) and self._fits_beside_toolbar():
            self._place_frame(beside_toolbar=True)
            self._place_bottom_rows(beside_frame=False)
            side = self._canvas_side(max_width)
        self.canvas.setMaximumSize(side, side)
        width = max(side, self._left_layout.minimumSize().width())
        if not self._presenting:
            least = max(self._least_left_width, self.toolbar.sizeHint().width())
            if self._are_rows_beside_frame:
                least = max(least, width - self._beside_frame(width) + self._bottom_rows_width)
            width = max(width, least)
            self._left.setMinimumWidth(least)
        else:
            self._left.setMinimumWidth(0)
        self._left.setMaximumWidth(width)
        text_width = width - self.frame_view.sizeHint().width() - self._frame_row.spacing()
        heights = [label.heightForWidth(text_width) for label in (self._frame_heading, self._frame_text)]
        if self._are_rows_beside_frame:
            heights += [self._bottom_row.minimumHeight(), _TEXT_SPACING]
        fits = sum(heights) + _TEXT_SPACING <= self.frame_view.sizeHint().height()
        self._frame_text.setVisible(fits and not self._frame_heading.isHidden())
        self._left_layout.activate()  # at once: what was tried must not be painted
        return side

    def _frame_scales(self, max_width: int) -> Sequence[int]:
        """Return the possible scales of the frame, the preferred one first."""
        if self._presenting:
            largest = min(max_width // 2, round(self.height() * _PRESENTED_FRAME_FRACTION)) // FRAME_SIDE
            return range(max(largest, _FRAME_SCALES[-1]), _FRAME_SCALES[-1] - 1, -1)
        largest = max(_FRAME_SCALES[0], self.height() // _PIXELS_PER_SCALE)
        return range(largest if self.height() >= _TALL else _FRAME_SCALES[1], _FRAME_SCALES[-1] - 1, -1)

    def _canvas_side(self, max_width: int) -> int:
        """Return the side that the widgets above and below leave to the canvas."""
        # None invalidates its children.
        for layout in (self._texts, self._frame_row, self._toolbar_row, self._left_layout):
            layout.invalidate()
        least = self.canvas.minimumSizeHint()
        side, width = least.width(), max_width
        for _ in range(2):  # a narrow bottom row wraps and becomes taller
            self._fit_bottom_rows(width)
            layout = self._left_layout  # without a wrapped text it has no height for a width
            others = max(layout.minimumHeightForWidth(max_width), layout.minimumSize().height()) - least.height()
            side = max(min(max_width, self.height() - _TOP_MARGIN - _BOTTOM_MARGIN - others), least.width())
            width = max(side, self._left_layout.minimumSize().width())
        self._bottom_row.updateGeometry()
        return side

    def _fit_bottom_rows(self, width: int) -> None:
        """Give both rows the height of the taller one: the canvas keeps its size when one replaces the other."""
        if self._are_rows_beside_frame:
            width = self._beside_frame(width)
        for row in self._bottom_rows:
            row.setMinimumHeight(0)
            row.resize(width, row.height())
        height = max(row.sizeHint().height() for row in self._bottom_rows)
        for row in self._bottom_rows:
            row.setMinimumHeight(height)

    @property
    def _are_rows_beside_frame(self) -> bool:
        return self._texts.indexOf(self.label_row) >= 0

    def _rows_fit_beside_frame(self, width: int) -> bool:
        """Return whether the bottom rows fit to the right of the frame."""
        return not self._presenting and self._beside_frame(width) >= self._bottom_rows_width

    @property
    def _bottom_rows_width(self) -> int:
        """Least width of the bottom rows."""
        return max(row.minimumSizeHint().width() for row in self._bottom_rows)

    def _beside_frame(self, width: int) -> int:
        """Return the width that the frame leaves."""
        return width - self.frame_view.sizeHint().width() - self._frame_row.spacing()

    def _place_bottom_rows(self, *, beside_frame: bool) -> None:
        """Put the bottom rows to the right of the frame, or below it."""
        old, new = self._left_layout, self._texts
        if not beside_frame:
            old, new = new, old
        if new.indexOf(self.label_row) < 0:
            for row in (self.label_row, self.writing_prompt):
                old.removeWidget(row)
                new.insertWidget(new.count() - 1, row)

    def _fits_beside_toolbar(self) -> bool:
        toolbar, frame = self.toolbar.least_width, side_at(_FRAME_SCALES[-1])
        width = max(self._left_width(in_one_row=True), self._least_left_width)
        return not self._presenting and toolbar + self._toolbar_row.spacing() + frame <= width

    def _place_frame(self, *, beside_toolbar: bool) -> None:
        """Put the frame below the canvas, or without its heading beside the toolbar, where it takes no height."""
        self._frame_text.hide()  # until it is known to fit
        old, new = self._frame_row, self._toolbar_row
        if not beside_toolbar:
            old, new = new, old
        if new.indexOf(self.frame_view) < 0:
            old.removeWidget(self.frame_view)
            new.insertWidget(0 if new is self._frame_row else -1, self.frame_view, 0, Qt.AlignmentFlag.AlignTop)
        self._frame_heading.setHidden(beside_toolbar)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Return the size of the smallest arrangement, which may not be the current one."""
        margins = 2 * _COMPACT_SIDE_MARGIN + _COMPACT_COLUMN_SPACING
        width = margins + self._least_left_width + self._scroll_column.minimumSizeHint().width()
        height = super().minimumSizeHint().height()
        if self._frame_heading.isHidden():
            return QSize(width, height)
        saving = self.frame_view.sizeHint().height() - side_at(_FRAME_SCALES[-1])
        if self._fits_beside_toolbar():
            saving = self._frame_row.minimumSize().height() + _SPACING
            if self._are_rows_beside_frame:  # it would go below the canvas
                saving -= self._bottom_row.minimumSizeHint().height() + _SPACING
        return QSize(width, height - saving)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit once the children have taken over the new font, which reaches them later."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit_timer.start()

    def showEvent(self, event: QShowEvent) -> None:
        """Fit, since hidden widgets may not know their size; focus the canvas if no widget has the focus."""
        super().showEvent(event)
        if self._bottom_row is not self.writing_prompt:
            self.writing_prompt.show()  # measured as it will be: shown later, it would move the canvas
            self.writing_prompt.hide()
        self._fit()
        if self.window().focusWidget() is None:
            self.canvas.setFocus()
