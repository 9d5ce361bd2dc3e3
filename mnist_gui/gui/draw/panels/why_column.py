"""What the panel "Why" shows of one run: a picture, its title and a sentence."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.analysis.occlusion import DeletionScore
from mnist_gui.analysis.smallest_change import SmallestChange
from mnist_gui.gui.answerers import narrow_title
from mnist_gui.gui.draw.panels.why_change import change_image
from mnist_gui.gui.widgets.heat_map import HeatMap, region_of
from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip

Texts = Sequence[str]
NeededHeight = Callable[[int, int, Texts], int]  # of a picture's side, the width of the column, and texts

_GAP = 10  # pixels between picture and text
_TITLE_GAP = 2
_STEP = 2  # pixels, of the sizes that are tried
_UNDER = 0.55  # of the side that a picture has beside its text, from which on the text stands under it
_WORDY = 0.7  # of the side that a picture has with the fewest words, from which on room is kept for more
# The text wraps between words, never within these.
_WIDEST_TITLE, _WIDEST_WORDS = "Model 3", ("Nothing", "Without", "random:", "explains")
_NO_EXPLANATION, _CHANCE = "This map explains little.", "May be chance."
# The longest texts, for which room is kept: no picture changes its size for its sentence.
_LONGEST_TITLE = ("Model 3", "why 8")
_LONGEST_REGION = "Mostly: bottom right (may be chance)"
_FULL, _SHORT, _BRIEF = DeletionScore(0.9999, (0.995, 0.9999)).sentences
_RESERVED = (
    [f"{_LONGEST_REGION}\n{_FULL}"],
    [f"{_LONGEST_REGION}\n{_SHORT}"],
    [f"{_NO_EXPLANATION}\n{_BRIEF}"],
    [_NO_EXPLANATION, "Mostly: bottom right"],
)


class WhyColumn(QWidget):
    """One model's heat map or smallest change between its title and its sentence; both beside it in a low panel.

    The sentence is written in fewer words where there is no room for all; the tool tip has all of them.
    """

    def __init__(self, place: int) -> None:
        super().__init__()
        self._name, self._longest_name = "", _LONGEST_TITLE[0]
        self._question = ""
        self._region = ""
        self._texts: Sequence[str] = ()  # from all words to the fewest
        self._is_plain = False
        self._room: object = None  # in which the arrangement was found
        self._arrangement = False, 0
        self.setObjectName(f"why_{place}")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._picture = HeatMap(self)
        self._title = PlainLabel(parent=self)
        self._title.setProperty("heading", True)
        self._summary = PlainLabel(parent=self)
        self._summary.setProperty("muted", True)
        self._summary.setWordWrap(True)
        for label in (self._title, self._summary):
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.clear()

    def set_name(self, name: str, longest: str) -> None:
        """Set the title of the run, and the longest title of all columns: their pictures are equally large."""
        if (name, longest) != (self._name, self._longest_name):
            self._name, self._longest_name = name, longest
            self.updateGeometry()
            self._set_text(self._question, *self._texts)

    def set_plain(self, plain: bool) -> None:
        """Show the picture and its title alone, as large as possible; the sentence stays the tool tip."""
        if plain != self._is_plain:
            self._is_plain = plain
            self.updateGeometry()
            self._arrange()

    @property
    def is_empty(self) -> bool:
        """Whether there is no picture."""
        return self._picture.is_empty

    def show_map(self, evidence: NDArray[np.float32], frame: NDArray[np.float32], digit: int) -> None:
        """Show the (28, 28) evidence for a digit, without a score; see `HeatMap.set_map`."""
        self._picture.set_map(evidence, frame, digit)
        region = region_of(evidence)
        self._region = f"Mostly: {region}" if region else "Nothing speaks for it."
        self._set_text(f"why {digit}", self._region)

    def show_score(self, score: DeletionScore) -> None:
        """Add the deletion score of the map."""
        full, short, brief = score.sentences
        if not score.explains:
            verdict = region = _NO_EXPLANATION
        elif score.may_be_chance:
            verdict, region = _CHANCE, f"{self._region.removesuffix('.')} (may be chance)"
        else:
            verdict = region = self._region
        self._set_text(self._question, f"{region}\n{full}", f"{region}\n{short}", f"{verdict}\n{brief}", verdict)

    def show_change(
        self, frame: NDArray[np.float32], change: SmallestChange | None, digit: int, target: int | None
    ) -> None:
        """Show the smallest change of a (28, 28) frame, or that there is none.

        Parameters
        ----------
        change
            None where none was found.
        digit
            What the model predicts for the frame.
        target
            What it is to predict; None for any other digit.
        """
        if change is not None:
            self._show_frame(frame, change.changed, change.sentences[0])
            self._set_text(f"{digit} → {change.target}", *change.sentences)
        elif target == digit:
            self._show_frame(frame, frame, "no change")
            self._set_text(f"{digit}", f"It says {digit} already.")
        else:
            other = "another digit" if target is None else str(target)
            sentence = f"No change was found that makes it say {other}."
            self._show_frame(frame, frame, sentence)
            self._set_text(f"{digit} → {'?' if target is None else target}", sentence, "No change was found.")

    def clear(self, sentence: str = "") -> None:
        """Show a sentence instead of a picture."""
        self._picture.clear()
        self._picture.set_muted(False)
        self._set_text("", sentence)

    def set_muted(self, muted: bool) -> None:
        """Show that the picture is of an earlier drawing."""
        self._picture.set_muted(muted)

    def _show_frame(self, frame: NDArray[np.float32], changed: NDArray[np.float32], description: str) -> None:
        self._picture.set_image(change_image(frame, changed), description)

    def _set_text(self, question: str, *texts: str) -> None:
        self._question, self._texts = question, texts
        self._picture.setAccessibleName(" · ".join(self._title_parts))
        self.setToolTip(tool_tip(texts[0]))
        self._arrange()

    @property
    def _title_parts(self) -> tuple[str, ...]:
        return tuple(filter(None, (self._name, self._question)))

    # -- arranging

    @property
    def _widest_word(self) -> int:
        title, words = QFontMetrics(self._title.font()), QFontMetrics(self._summary.font())
        return max(title.horizontalAdvance(_WIDEST_TITLE), *map(words.horizontalAdvance, _WIDEST_WORDS))

    @property
    def _reserved(self) -> Sequence[Texts]:
        """The texts for which room is kept if that leaves the picture large enough, down to the fewest words."""
        if self._is_plain:
            return ([self._texts[-1] if self.is_empty else ""],)  # why there is no picture
        return _RESERVED

    @property
    def _least_side(self) -> int:
        return self._picture.minimumSizeHint().width()

    def _title_text(self, width: int, parts: tuple[str, ...]) -> str:
        """Return the parts of a title in one line, if it fits in a width, or in several, shortened if necessary."""
        line, metrics = " · ".join(parts), QFontMetrics(self._title.font())
        if metrics.horizontalAdvance(line) <= width:
            return line
        fitting = [part if metrics.horizontalAdvance(part) <= width else narrow_title(part) for part in parts]
        return "\n".join(metrics.elidedText(part, Qt.TextElideMode.ElideRight, max(width, 1)) for part in fitting)

    def _title_height(self, width: int) -> int:
        text = self._title_text(width, (self._longest_name, _LONGEST_TITLE[1]))
        return QFontMetrics(self._title.font()).size(Qt.TextFlag.TextExpandTabs, text).height() + _TITLE_GAP

    def _summary_height(self, width: int, texts: Texts) -> int:
        room, metrics = QRect(0, 0, width, 10_000), QFontMetrics(self._summary.font())
        return max(metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text).height() for text in texts)

    def _height_beside(self, side: int, width: int, texts: Texts) -> int:
        """Return the height of a picture of this side with title and texts beside it."""
        text_width = width - side - _GAP
        return max(side, self._title_height(text_width) + self._summary_height(text_width, texts))

    def _height_stacked(self, side: int, width: int, texts: Texts) -> int:
        """Return the height of a picture of this side between title and texts."""
        return self._title_height(width) + side + _TITLE_GAP + self._summary_height(width, texts)

    def _largest_side(self, needed: NeededHeight, widest: int) -> int:
        """Return the side of the largest picture, up to a width, that leaves room for the texts; 0 if none does."""
        width, height = self.width(), self.height()
        sides = range(min(widest, height), self._least_side - 1, -_STEP)
        found = []
        for texts in self._reserved:
            # The smaller the picture, the less height is needed.
            index = bisect_left(sides, True, key=lambda side: needed(side, width, texts) <= height)
            found.append(sides[index] if index < len(sides) else 0)
        return next(side for side in found if side >= _WORDY * found[-1])

    def _find_arrangement(self) -> tuple[bool, int]:
        """Return whether the text stands under the picture, and the side of the picture."""
        width = self.width()
        beside = self._largest_side(self._height_beside, width - _GAP - self._widest_word)
        stacked = self._largest_side(self._height_stacked, width)
        least = beside if self._is_plain else round(_UNDER * beside)
        is_stacked = stacked > least or width < self._least_side + _GAP + self._widest_word
        return is_stacked, max(stacked if is_stacked else beside, self._least_side)

    def _arrange(self) -> None:
        width, fonts = self.width(), (self._title.font().key(), self._summary.font().key())
        room = self.size(), fonts, self._longest_name, self._reserved
        if room != self._room:  # the texts that are measured are the same for each drawing
            self._room, self._arrangement = room, self._find_arrangement()
        is_stacked, side = self._arrangement
        needed = self._height_stacked if is_stacked else self._height_beside
        texts = self._texts if self.is_empty or not self._is_plain else ("",)
        fitting = (text for text in texts if needed(side, width, [text]) <= self.height())
        self._summary.setText(next(fitting, texts[-1]))
        if is_stacked:
            self._stack(side)
        else:
            self._put_text_beside(side)

    def _stack(self, side: int) -> None:
        width, top = self.width(), self._title_height(self.width())
        self._title.setText(self._title_text(width, self._title_parts))
        self._title.setGeometry(0, 0, width, top - _TITLE_GAP)
        self._picture.setGeometry(0, top, side, side)
        self._put_summary(0, top + side + _TITLE_GAP)

    def _put_text_beside(self, side: int) -> None:
        self._picture.setGeometry(0, 0, side, side)
        left, width = side + _GAP, max(self.width() - side - _GAP, 1)
        self._title.setText(self._title_text(width, self._title_parts))
        height = self._title.sizeHint().height()
        self._title.setGeometry(left, 0, width, height)
        self._put_summary(left, height + _TITLE_GAP)

    def _put_summary(self, left: int, top: int) -> None:
        self._summary.setGeometry(left, top, max(self.width() - left, 1), max(self.height() - top, 0))

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        return QSize(max(self._least_side, self._widest_word), self._least_side)

    def heightForWidth(self, width: int) -> int:
        """Return the least height with the text in the fewest words."""
        least, texts = self._least_side, self._reserved[-1]
        heights = [self._height_stacked(least, width, texts)]
        if width >= least + _GAP + self._widest_word:
            heights.append(self._height_beside(least, width, texts))
        return min(heights)

    def event(self, event: QEvent) -> bool:
        """Arrange again when a label has another text or font."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            self._arrange()
        return handled

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
