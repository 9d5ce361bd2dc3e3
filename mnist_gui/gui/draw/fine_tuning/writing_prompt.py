"""Which digit to write next in a writing session, and the bar that asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.draw.label_row import DIGITS
from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.widgets.form_controls import push_button

COPIES = 3  # of each digit in one session


@dataclass(frozen=True)
class WritingStep:
    """The next digit to write.

    Attributes
    ----------
    digit
        0 to 9.
    copy, copies
        1-based index of this copy, and the total per digit.
    done
        Number of completed or skipped steps.
    """

    digit: int
    copy: int
    copies: int
    done: int = 0

    @property
    def total(self) -> int:
        """Number of all steps."""
        return self.copies * len(DIGITS)

    @property
    def text(self) -> str:
        """The request: "Write a 4 (2 of 3)"."""
        article = "an" if self.digit == 8 else "a"
        return f"Write {article} {self.digit} ({self.copy} of {self.copies})"


def next_step(counts: Mapping[int, int], copies: int = COPIES, skipped: Sequence[int] = ()) -> WritingStep | None:
    """Return what to write next: 0 to 9 in turn, then again, so that copies of a digit vary.

    Parameters
    ----------
    counts
        Number of stored copies by digit.
    copies
        Number of requested copies per digit.
    skipped
        The skipped digits, one entry per skip; each counts as written.

    Returns
    -------
    WritingStep | None
        None once all copies are written.
    """
    written = {digit: min(counts.get(digit, 0) + list(skipped).count(digit), copies) for digit in DIGITS}
    digit = min(DIGITS, key=lambda digit: written[digit])
    if written[digit] == copies:
        return None
    return WritingStep(digit, written[digit] + 1, copies, sum(written.values()))


def requested_copies(counts: Mapping[int, int]) -> int:
    """Return the copies per digit to request from a new session: the next multiple of three."""
    return COPIES * (min(counts.get(digit, 0) for digit in DIGITS) // COPIES + 1)


class WritingPrompt(WrappingRow):
    """The next digit to write, the progress and three buttons; wraps where it is narrow.

    Signals
    -------
    skip_requested()
    back_requested()
        The user wants to write the previous digit again.
    stop_requested()
    """

    skip_requested = Signal()
    back_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        texts, buttons = QHBoxLayout(), QHBoxLayout()
        super().__init__(texts, buttons, growing=0, parent=parent)
        self._text = QLabel()
        self._text.setObjectName("guide_words")
        self._text.setProperty("heading", True)
        self._count = QLabel()
        self._count.setObjectName("guide_count")
        self._count.setProperty("muted", True)
        self._bar = QProgressBar()
        self._bar.setObjectName("guide_progress")
        self._bar.setAccessibleName("Progress of teaching your hand")
        self._bar.setTextVisible(False)
        texts.addLayout(self._make_column())
        buttons.setSpacing(6)
        buttons.setContentsMargins(12, 0, 0, 0)
        buttons.addStretch(1)
        self._back = self._add_button(buttons, "Back", "Write the last one again")
        self._back.clicked.connect(self.back_requested)
        self._add_button(buttons, "Skip", "Write another digit instead").clicked.connect(self.skip_requested)
        stop = self._add_button(buttons, "Stop", "End here; what you wrote is kept, and you can go on another time")
        stop.clicked.connect(self.stop_requested)
        self.setObjectName("hand_guide")

    def set_step(self, step: WritingStep, *, can_go_back: bool) -> None:
        """Show the next step; `can_go_back` enables the Back button."""
        self._text.setText(step.text)
        self._count.setText(f"{step.done + 1} of {step.total}")
        self._bar.setRange(0, step.total)
        self._bar.setValue(step.done)
        self._back.setEnabled(can_go_back)
        self.setAccessibleName(f"{step.text}, {step.done + 1} of {step.total}")

    def _make_column(self) -> QVBoxLayout:
        line = QHBoxLayout()
        line.setSpacing(16)
        line.addWidget(self._text)
        line.addStretch(1)
        line.addWidget(self._count)
        column = QVBoxLayout()
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self._bar)
        return column

    @staticmethod
    def _add_button(row: QHBoxLayout, text: str, tool_tip: str) -> QPushButton:
        button = push_button(text, f"guide_{text.lower()}")
        button.setToolTip(tool_tip)
        button.setAccessibleName(text)
        button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row.addWidget(button)
        return button
