"""Which digit to write next in a writing session, and the bar that asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.draw.label_row import DIGITS
from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.widgets.form_controls import push_button
from mnist_gui.gui.widgets.plain_text import PlainLabel

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
        return f"Write {article(self.digit)} {self.digit} ({self.copy} of {self.copies})"


def article(digit: int) -> str:
    """Return the indefinite article of a digit."""
    return "an" if digit == 8 else "a"


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
    """The next digit to write, the progress and buttons; wraps where it is narrow.

    Signals
    -------
    keep_requested()
        The user wants to keep the digit as it is.
    rewrite_requested()
        The user wants to write the digit again, which was read as another.
    skip_requested()
    back_requested()
        The user wants to write the previous digit again.
    stop_requested()
    """

    keep_requested = Signal()
    rewrite_requested = Signal()
    skip_requested = Signal()
    back_requested = Signal()
    stop_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        texts, buttons = QHBoxLayout(), QHBoxLayout()
        super().__init__(texts, buttons, growing=0, parent=parent)
        self._text = PlainLabel()
        self._text.setObjectName("guide_words")
        self._text.setProperty("heading", True)
        self._count = PlainLabel()
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
        self._keep = self._add_button(buttons, "Keep", "Keep this digit and write the next (Space)")
        self._keep.clicked.connect(self.keep_requested)
        self._rewrite = self._add_button(buttons, "Write again", "Clear the canvas and write this digit again")
        self._rewrite.clicked.connect(self.rewrite_requested)
        self._back = self._add_button(buttons, "Back", "Write the last one again")
        self._back.clicked.connect(self.back_requested)
        self._skip = self._add_button(buttons, "Skip", "Write another digit instead")
        self._skip.clicked.connect(self.skip_requested)
        stop = self._add_button(buttons, "Stop", "End here; the digits kept stay, and you can go on another time")
        stop.clicked.connect(self.stop_requested)
        self._set_asking(False)
        self.setObjectName("hand_guide")

    def set_step(self, step: WritingStep, *, can_go_back: bool) -> None:
        """Show the next step; `can_go_back` enables the Back button."""
        self._set_asking(False)
        self._keep.setEnabled(False)
        self._text.setText(step.text)
        self._count.setText(f"{step.done + 1} of {step.total}")
        self._bar.setRange(0, step.total)
        self._bar.setValue(step.done)
        self._back.setEnabled(can_go_back)
        self.setAccessibleName(f"{step.text}, {step.done + 1} of {step.total}")

    def set_countdown(self, seconds: float | None) -> None:
        """Show when the digit will be kept; None where that waits for the pointer to leave the canvas."""
        self._set_asking(False)
        self._keep.setEnabled(True)
        self._count.setText("Keep: Space" if seconds is None else f"Kept in {seconds:.1f} s")

    def ask(self, step: WritingStep, read: int) -> None:
        """Ask whether to keep a digit that was read as another."""
        self._set_asking(True)
        self._keep.setEnabled(True)
        text = f"Read as {read}. Keep it as {article(step.digit)} {step.digit}?"
        self._text.setText(text)
        self._count.setText(f"{step.done + 1} of {step.total}")
        self.setAccessibleName(text)

    def _set_asking(self, asking: bool) -> None:
        self._rewrite.setVisible(asking)
        self._back.setHidden(asking)
        self._skip.setHidden(asking)

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
        button = push_button(text, f"guide_{text.lower().replace(' ', '_')}")
        button.setToolTip(tool_tip)
        button.setAccessibleName(text)
        button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row.addWidget(button)
        return button
