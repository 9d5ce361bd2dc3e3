"""“Teach my hand”: which digit to write next, and the slim bar that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.draw.label_row import DIGITS
from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.widgets.form_controls import push_button

COPIES = 3  # of each digit, at a time


@dataclass(frozen=True)
class WritingStep:
    """What to write next.

    Attributes
    ----------
    digit
        0 to 9.
    copy, copies
        The how manieth of it, from 1, of how many.
    done
        How many of all the steps are behind, skipped ones included.
    """

    digit: int
    copy: int
    copies: int
    done: int = 0

    @property
    def of(self) -> int:
        """How many steps there are."""
        return self.copies * len(DIGITS)

    @property
    def words(self) -> str:
        """Return "Write a 4 (2 of 3)"."""
        article = "an" if self.digit == 8 else "a"
        return f"Write {article} {self.digit} ({self.copy} of {self.copies})"


def next_step(counts: Mapping[int, int], copies: int = COPIES, skipped: Sequence[int] = ()) -> WritingStep | None:
    """Return what to write next: 0 to 9 in turn, then again, so that no two copies are written in one breath.

    Parameters
    ----------
    counts
        How many of each digit My digits has; those that are missing have none.
    copies
        How many of each are wanted.
    skipped
        The digits that were skipped, each time once; one counts as if it had been written.

    Returns
    -------
    WritingStep | None
        None once there are enough.
    """
    have = {digit: min(counts.get(digit, 0) + list(skipped).count(digit), copies) for digit in DIGITS}
    digit = min(DIGITS, key=lambda each: have[each])
    if have[digit] == copies:
        return None
    return WritingStep(digit, have[digit] + 1, copies, sum(have.values()))


def copies_to_ask(counts: Mapping[int, int]) -> int:
    """Return how many copies of each digit to ask for at the start: three, or three more once those are there."""
    return COPIES * (min(counts.get(digit, 0) for digit in DIGITS) // COPIES + 1)


class WritingPrompt(WrappingRow):
    """Says what to write and how far one is; folds where it is narrow.

    Signals
    -------
    skipped()
        Not this one.
    back()
        The last one again.
    stopped()
        Enough; what was written stays.
    """

    skipped = Signal()
    back = Signal()
    stopped = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        said, buttons = QHBoxLayout(), QHBoxLayout()
        super().__init__(said, buttons, growing=0, parent=parent)
        self._words = QLabel()
        self._words.setObjectName("guide_words")
        self._words.setProperty("heading", True)
        self._count = QLabel()
        self._count.setObjectName("guide_count")
        self._count.setProperty("muted", True)
        self._bar = QProgressBar()
        self._bar.setObjectName("guide_progress")
        self._bar.setAccessibleName("Progress of teaching your hand")
        self._bar.setTextVisible(False)
        said.addLayout(self._stacked())
        buttons.setSpacing(6)
        buttons.setContentsMargins(12, 0, 0, 0)
        buttons.addStretch(1)
        self._back = self._button("Back", "Write the last one again", buttons)
        self._back.clicked.connect(self.back)
        self._button("Skip", "Write another digit instead", buttons).clicked.connect(self.skipped)
        stop = self._button("Stop", "End here; what you wrote is kept, and you can go on another time", buttons)
        stop.clicked.connect(self.stopped)
        self.setObjectName("hand_guide")

    def set_step(self, step: WritingStep, *, can_go_back: bool) -> None:
        """Show what to write next; `can_go_back` where there is a last one."""
        self._words.setText(step.words)
        self._count.setText(f"{step.done + 1} of {step.of}")
        self._bar.setRange(0, step.of)
        self._bar.setValue(step.done)
        self._back.setEnabled(can_go_back)
        self.setAccessibleName(f"{step.words}, {step.done + 1} of {step.of}")

    def _stacked(self) -> QVBoxLayout:
        """Return the words above the progress."""
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self._words)
        line.addStretch(1)
        line.addWidget(self._count)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self._bar)
        return column

    def _button(self, text: str, about: str, row: QHBoxLayout) -> QPushButton:
        button = push_button(text, f"guide_{text.lower()}")
        button.setToolTip(about)
        button.setAccessibleName(text)
        button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row.addWidget(button)
        return button
