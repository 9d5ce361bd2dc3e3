"""Notices: what has happened, in few words, some with a button that acts on it. One of them is shown at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStackedLayout,
    QToolTip,
    QWidget,
)

from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect, effect_sentence, short_effect_sentence
from mnist_gui.gui.train.training_wording import resumable_sentence
from mnist_gui.gui.widgets.fitted_label import FittedLabel, fits
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, set_own_style
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.models.training.training_events import TrainingEnded
from mnist_gui.runs.run import Run
from mnist_gui.wording import model_title, plain_lines

SUCCESS, ERROR, INFO = "✓", "✗", "•"
MAX_NOTICES = 3
SUCCESS_MS = 6_000
LINES = 2  # of a notice; what needs more is shown on demand
DETAILS_MS = 60_000  # that they are shown, unless the pointer moves
_BAR_MARGINS = 12  # pixels above and below the text of a notice, with the frame


class NoticeBar(QFrame):
    """Shows a message until the user dismisses it or acts on it; a success without a button disappears by itself.

    Parameters
    ----------
    sentence
        Text for the user: few words, of which two lines are shown.
    mark
        `SUCCESS`, `ERROR` or `INFO`.
    details
        What a tooltip says instead, and a button shows; empty where the sentence says all.
    action
        Text of the button that acts; empty for none.
    run
        Name of the run that the notice is about; empty for none. Follows the run when it is renamed.

    Attributes
    ----------
    is_replaceable
        Whether the notice is about no run and has no action: the next one with the same mark replaces it.
    is_removed
        Whether the notice is no longer shown.
    is_lasting
        Whether a new training leaves the notice.

    Signals
    -------
    accepted()
        The user chose the action; `dismissed` follows.
    earlier_requested()
        The user wants to see the notice before this one.
    dismissed()
        The user is done with the notice; `removed` follows.
    removed()
    """

    accepted = Signal()
    earlier_requested = Signal()
    dismissed = Signal()
    removed = Signal()

    def __init__(self, sentence: str, mark: str, *, details: str = "", action: str = "", run: str = "") -> None:
        super().__init__()
        self.run = run
        self.mark = mark
        self.is_replaceable = not (action or run)
        self.is_removed = self.is_lasting = False
        self.setProperty("card", True)
        self.setObjectName("notice")
        self._details = ""
        self._label = FittedLabel(LINES)
        self._label.setObjectName("notice_sentence")
        self._more = _button("…", "notice_details", "Show the whole message")
        self._more.clicked.connect(self._show_details)
        self._earlier = _button("", "earlier_notice", "Show the notice before this one")
        self._earlier.clicked.connect(self.earlier_requested)
        dismiss = _button("✕", "dismiss", "Dismiss")
        dismiss.clicked.connect(self.dismissed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 6, 5)
        layout.setSpacing(6)
        layout.addWidget(self._label, 1)
        layout.addWidget(self._more)
        if action:
            accept = _button(action, "accept")
            accept.clicked.connect(self.accepted)
            accept.clicked.connect(self.dismissed)
            layout.addWidget(accept)
        layout.addWidget(self._earlier)
        layout.addWidget(dismiss)
        self.set_sentence(sentence, details)
        self.set_place(0, 1)
        self.dismissed.connect(self.remove)
        if self.is_replaceable and mark == SUCCESS:
            QTimer.singleShot(SUCCESS_MS, self, self.dismissed.emit)

    @property
    def sentence(self) -> str:
        """Sentence without the mark."""
        return self.accessibleName()

    @property
    def details(self) -> str:
        """What the tooltip says: the sentence itself where there is no more to say."""
        return self._details or self.sentence

    def set_sentence(self, sentence: str, details: str = "") -> None:
        """Change the sentence and its details."""
        self._details = details
        self.setAccessibleName(plain_lines(sentence))
        self.setAccessibleDescription(plain_lines(details))
        self._label.set_details(details)
        self._label.setText(f"{self.mark}  {sentence}")
        self._offer_details()

    def set_place(self, index: int, count: int) -> None:
        """Say which of how many notices this is; index 0 is the oldest."""
        self._earlier.setVisible(count > 1)
        self._earlier.setText(f"{count - index} of {count}")
        self._offer_details()

    def remove(self) -> None:
        """Hide the notice and delete it later."""
        if self.is_removed:
            return
        self.is_removed = True
        self.hide()
        self.removed.emit()
        self.deleteLater()

    def focus_earlier(self) -> None:
        """Focus the button for the notice before this one."""
        self._earlier.setFocus()

    # -- inside

    def _offer_details(self) -> None:
        """Show the button for what the two lines do not say."""
        layout, label = self.layout(), self._label
        if layout is None:
            return  # not laid out yet
        layout.activate()
        more = 0 if self._more.isHidden() else self._more.width() + layout.spacing()
        room = label.contentsRect().size() + QSize(more, 0)
        self._more.setVisible(bool(self._details) or not fits(label.text(), label.fontMetrics(), room))
        layout.activate()

    def _show_details(self) -> None:
        corner = self._more.mapToGlobal(QPoint(0, 0))
        QToolTip.showText(corner, tool_tip(self.details), self._more, self._more.rect(), DETAILS_MS)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._offer_details()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._offer_details()


class NoticeStack(QWidget):
    """Holds at most `MAX_NOTICES` notices, and shows the newest until the user asks for an earlier one.

    The height is kept: nothing below moves as notices come and go.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self._stack = QStackedLayout(self)
        self._reserve_height()

    def show_notice(
        self, sentence: str, mark: str, *, details: str = "", action: str = "", run: str = "", is_lasting: bool = False
    ) -> NoticeBar:
        """Add a notice and return it; see `NoticeBar`. A lasting one is not removed by `clear`.

        Where there are too many, the oldest replaceable one is removed or, without one, the oldest.
        """
        notice = NoticeBar(sentence, mark, details=details, action=action, run=run)
        notice.is_lasting = is_lasting
        for other in self.notices:
            if notice.is_replaceable and other.is_replaceable and other.mark == mark:
                other.remove()
        while len(self.notices) >= MAX_NOTICES:
            min(self.notices, key=lambda other: not other.is_replaceable).remove()
        focused = QApplication.focusWidget()
        has_focus = focused is not None and self.isAncestorOf(focused)
        self._stack.addWidget(notice)
        notice.removed.connect(lambda: self._on_removed(notice))
        notice.earlier_requested.connect(self._show_earlier)
        self._show(self._stack.currentIndex() if has_focus else -1)  # not away from the user's keys
        return notice

    @property
    def notices(self) -> list[NoticeBar]:
        """The notices, the oldest first."""
        bars = [self._stack.widget(index) for index in range(self._stack.count())]
        return [bar for bar in bars if isinstance(bar, NoticeBar)]

    def of_run(self, run: str) -> list[NoticeBar]:
        """Return the notices about a run."""
        return [notice for notice in self.notices if notice.run == run]

    def clear(self) -> None:
        """Remove all notices that are not lasting."""
        for notice in self.notices:
            if not notice.is_lasting:
                notice.remove()

    # -- inside

    def _show(self, index: int) -> None:
        """Show the notice of this index; -1 is the newest."""
        notices = self.notices
        for place, notice in enumerate(notices):
            notice.set_place(place, len(notices))
        if notices:
            self._stack.setCurrentWidget(notices[index])

    def _show_earlier(self) -> None:
        self._show((self._stack.currentIndex() - 1) % self._stack.count())
        self.notices[self._stack.currentIndex()].focus_earlier()

    def _on_removed(self, notice: NoticeBar) -> None:
        self._stack.removeWidget(notice)
        self._show(-1)

    def _reserve_height(self) -> None:
        self.setFixedHeight(max(LINES * self.fontMetrics().lineSpacing() + 2, TARGET_HEIGHT) + _BAR_MARGINS)

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reserve_height()


class RunNotices(QObject):
    """Notices about runs that ended or can be resumed, updated when a run is renamed, deleted or resumed.

    Parameters
    ----------
    notices
        Where they are shown.
    describe_use
        Returns what it means that a run answers in the Draw tab, in sentences or "".

    Signals
    -------
    use_requested(run: str)
        The user wants to use a run that ended in the Draw tab.
    resume_requested(run: str)
        The user wants to resume a run.
    """

    use_requested = Signal(str)
    resume_requested = Signal(str)

    def __init__(self, notices: NoticeStack, describe_use: Callable[[str], str], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._notices = notices
        self._describe_use = describe_use
        self._declined: set[str] = set()  # resumable runs whose notice was dismissed
        self._resumable: NoticeBar | None = None  # the latest notice about a resumable run, shown or removed
        self._others = 0  # further resumable runs

    def show_ended(self, sentence: str, mark: str, event: TrainingEnded) -> None:
        """Show how a run ended, with a button to use it in the Draw tab if it has a model."""
        action = "Use it in Draw" if event.answers else ""
        use = self._describe_use(event.run) if action else ""
        notice = self._notices.show_notice(_joined(sentence, use), mark, action=action, run=event.run)
        notice.accepted.connect(lambda: self.use_requested.emit(notice.run))

    def show_effect(self, run: Run, effect: FineTuningEffect) -> None:
        """Say in the notices about a fine-tuned run what its digits have changed, in few words; all is in the details.

        The accuracy on the few digits that it was validated on gives way to that.
        """
        for notice in self._notices.of_run(run.name):
            short, whole = short_effect_sentence(effect), effect_sentence(effect)
            notice.set_sentence(
                _joined(f"{model_title(run.model)}: {short[0].lower()}{short[1:]}.", self._describe_use(run.name)),
                _joined(notice.sentence, f"{whole[0].upper()}{whole[1:]}."),
            )

    def show_resumable(self, runs: Sequence[Run]) -> None:
        """Show the first of these runs with a button to resume it, and the number of the others."""
        runs = [run for run in runs if run.name not in self._declined]
        if not runs:
            return
        run, self._others = runs[0], len(runs) - 1
        sentence = resumable_sentence(run, self._others)
        notice = self._resumable = self._notices.show_notice(sentence, INFO, action="Go on", run=run.name)
        notice.accepted.connect(lambda: self.resume_requested.emit(notice.run))
        notice.dismissed.connect(lambda: self._declined.add(notice.run))

    def rename_run(self, name: str, run: Run) -> None:
        """Let the notices about a run follow its new name."""
        for notice in self._notices.of_run(name):
            notice.run = run.name
            if notice is self._resumable:
                notice.set_sentence(resumable_sentence(run, self._others))
        if name in self._declined:
            self._declined = self._declined - {name} | {run.name}

    def remove_run(self, name: str) -> None:
        """Dismiss the notices about a run that was deleted."""
        for notice in self._notices.of_run(name):
            notice.dismissed.emit()

    def dismiss_resumable(self, name: str) -> None:
        """Dismiss the notice that a run can be resumed: it trains or waits in the queue."""
        for notice in self._notices.of_run(name):
            if notice is self._resumable:
                notice.dismissed.emit()


def _joined(*sentences: str) -> str:
    return " ".join(filter(None, sentences))


def _button(text: str, name: str, tip: str = "") -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    set_own_style(button, "padding: 0 6px;")  # the sentence needs the room
    button.setMinimumWidth(TARGET_HEIGHT)
    if tip:
        button.setToolTip(tip)
        button.setAccessibleName(tip)
    return button
