"""The prediction cards of the runs that answer, side by side or in rows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.answerers import NO_RUNS, Answerer
from mnist_gui.gui.draw.prediction_card import PredictionCard

SPACING, COMPACT_SPACING = 12, 6  # pixels
_UNBOUNDED = 10_000  # pixels
_LEAST_ROW = 3  # cards that are always side by side


class CardGrid(QWidget):
    """Cards of equal size, in as few rows as their width allows.

    Attributes
    ----------
    cards
        The shown cards by place.

    Signals
    -------
    bar_clicked(digit: int)
        The user chose a digit's bar in one of the cards.
    run_menu_requested(place: int)
        The user pressed the run's name on a card.
    """

    bar_clicked = Signal(int)
    run_menu_requested = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.cards: dict[int, PredictionCard] = {}
        self._all: list[PredictionCard] = []  # those of further places stay hidden
        self._is_compact = self._is_presenting = False
        self._height = self._most = 0  # that the cards may have together
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.set_answerers(NO_RUNS)

    def set_answerers(self, answerers: Sequence[Answerer]) -> bool:
        """Show a card for each of the runs that answer; return whether there are more or fewer than before."""
        while len(self._all) < len(answerers):
            self._all.append(self._make_card(len(self._all) + 1))
        for card, answerer in zip(self._all, answerers, strict=False):
            card.set_answerer(answerer)
        if len(answerers) == len(self.cards):
            return False
        self.cards.clear()
        self.cards.update(enumerate(self._all[: len(answerers)], 1))
        for place, card in enumerate(self._all, 1):
            card.setVisible(place in self.cards)
        self.updateGeometry()
        return True

    def set_compact(self, compact: bool) -> None:
        """Let the cards leave out what a small window has no room for."""
        self._is_compact = compact
        for card in self._all:
            card.set_compact(compact)

    def set_presenting(self, presenting: bool) -> None:
        """Let the cards show only what the last row of a class can see."""
        self._is_presenting = presenting
        for card in self._all:
            card.set_presenting(presenting)

    @property
    def has_rows(self) -> bool:
        """Whether the cards stand in several rows where there is no room for all of them side by side."""
        return len(self.cards) > _LEAST_ROW

    @property
    def place_under_pointer(self) -> int:
        """Place of the card under the pointer; 0 if there is none."""
        return next((place for place, card in self.cards.items() if card.underMouse()), 0)

    @property
    def spacious_width(self) -> int:
        """Width in pixels from which on the cards need not be compact."""
        return self._spacious_width(len(self.cards))

    def limit_height(self, height: int, most: int) -> None:
        """Set the height of all cards together, within the bounds of their content.

        Parameters
        ----------
        most
            The height, in pixels, that they get instead if their bars can lie below each other then.
        """
        self._height, self._most = height, most
        self._arrange()

    def _make_card(self, place: int) -> PredictionCard:
        card = PredictionCard(place, self)
        card.bar_clicked.connect(self.bar_clicked)
        card.run_menu_requested.connect(partial(self.run_menu_requested.emit, place))
        card.set_compact(self._is_compact)
        card.set_presenting(self._is_presenting)
        return card

    @property
    def _spacing(self) -> int:
        return COMPACT_SPACING if self._is_compact else SPACING

    def _least_width(self, columns: int) -> int:
        least = max((card.minimumSizeHint().width() for card in self.cards.values()), default=0)
        return columns * least + (columns - 1) * self._spacing

    def _spacious_width(self, columns: int) -> int:
        widest = max((card.spacious_width for card in self.cards.values()), default=0)
        return columns * widest + (columns - 1) * SPACING

    def _columns(self) -> int:
        """Return how many cards are side by side, as equally many in each row as possible."""
        count = len(self.cards)
        fitting = count
        while fitting > _LEAST_ROW and self._spacious_width(fitting) > self.width():  # else bars would be too short
            fitting -= 1
        return math.ceil(count / math.ceil(count / fitting))

    def _arrange(self) -> None:
        columns, spacing = self._columns(), self._spacing
        rows = math.ceil(len(self.cards) / columns)
        between = (rows - 1) * spacing
        width = (self.width() + spacing) / columns
        rects = []
        for index, card in enumerate(self.cards.values()):
            row, column = divmod(index, columns)
            left = round(column * width)
            rects.append(QRect(left, row, round((column + 1) * width) - spacing - left, 0))
            card.resize(rects[-1].width(), card.height())
        self._set_low((self._most - between) // rows if rows > 1 else _UNBOUNDED)
        room = self._limit_cards((self._height - between) // rows, (self._most - between) // rows)
        tallest = max(card.maximumHeight() for card in self.cards.values())
        for rect, card in zip(rects, self.cards.values(), strict=True):
            card.limit_height(room, tallest)
            card.setGeometry(rect.left(), rect.top() * (tallest + spacing), rect.width(), tallest)
        self.setFixedHeight(rows * (tallest + spacing) - spacing)

    def _set_low(self, room: int) -> None:
        """Let the cards save height if they do not fit into this one, in pixels, otherwise."""
        for low in (False, True):
            for card in self.cards.values():
                card.set_low(low)
            if max(card.least_height for card in self.cards.values()) <= room:
                break

    def _limit_cards(self, height: int, most: int) -> int:
        """Limit the height of each card, to one of the two, and return it."""
        for card in self.cards.values():
            card.limit_height(height)
        lying = max(card.lying_height for card in self.cards.values())
        if not height < lying <= most:
            return height
        for card in self.cards.values():
            card.limit_height(lying)
        return lying

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        count = len(self.cards)
        return QSize(self._least_width(min(count, _LEAST_ROW)), self.minimumHeight())

    def sizeHint(self) -> QSize:
        return QSize(self.spacious_width, self.minimumHeight())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()
