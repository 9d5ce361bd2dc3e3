"""Notices: one sentence each about what has happened, some with a button that acts on it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.train.training_wording import resumable_sentence
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT
from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.models.training.training_events import TrainingEnded
from mnist_gui.runs.run import Run
from mnist_gui.wording import plain_lines

SUCCESS, ERROR, INFO = "✓", "✗", "•"
MAX_NOTICES = 3
SUCCESS_MS = 6_000
_BAR_MARGINS = 12  # pixels above and below the text of a notice, with the frame


class NoticeBar(QFrame):
    """Shows a sentence until the user dismisses it or acts on it; a success without a button disappears by itself.

    Parameters
    ----------
    sentence
        Text for the user.
    mark
        `SUCCESS`, `ERROR` or `INFO`.
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
    dismissed()
        The notice is being removed.
    """

    accepted = Signal()
    dismissed = Signal()

    def __init__(self, sentence: str, mark: str, *, action: str = "", run: str = "") -> None:
        super().__init__()
        self.run = run
        self.mark = mark
        self.is_replaceable = not (action or run)
        self.is_removed = self.is_lasting = False
        self.setProperty("card", True)
        self.setObjectName("notice")
        self._label = PlainLabel()
        self._label.setObjectName("notice_sentence")
        self._label.setWordWrap(True)
        self.set_sentence(sentence)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 6, 5)
        layout.setSpacing(8)
        layout.addWidget(self._label, 1)
        if action:
            accept = _button(action, "accept")
            accept.clicked.connect(self.accepted)
            accept.clicked.connect(self.dismissed)
            layout.addWidget(accept, 0, Qt.AlignmentFlag.AlignTop)  # seen whatever the sentence takes
        dismiss = _button("✕", "dismiss")
        dismiss.setToolTip("Dismiss")
        dismiss.setAccessibleName("Dismiss")
        dismiss.clicked.connect(self.dismissed)
        layout.addWidget(dismiss, 0, Qt.AlignmentFlag.AlignTop)
        self.dismissed.connect(self.remove)
        if self.is_replaceable and mark == SUCCESS:
            QTimer.singleShot(SUCCESS_MS, self, self.dismissed.emit)

    @property
    def sentence(self) -> str:
        """Sentence without the mark."""
        return self.accessibleName()

    def set_sentence(self, sentence: str) -> None:
        """Change the sentence."""
        self.setAccessibleName(plain_lines(sentence))
        self._label.setText(f"{self.mark}  {sentence}")

    def remove(self) -> None:
        """Hide the notice and delete it later."""
        if self.is_removed:
            return
        self.is_removed = True
        self.hide()
        self.deleteLater()


class NoticeColumn(QVBoxLayout):
    """Holds at most `MAX_NOTICES` notices, the newest lowest."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(6)

    def show_notice(
        self, sentence: str, mark: str, *, action: str = "", run: str = "", is_lasting: bool = False
    ) -> NoticeBar:
        """Add a notice and return it; see `NoticeBar`. A lasting one is not removed by `clear`.

        Where there are too many, the oldest replaceable one is removed or, without one, the oldest.
        """
        notice = NoticeBar(sentence, mark, action=action, run=run)
        notice.is_lasting = is_lasting
        for other in self.notices:
            if notice.is_replaceable and other.is_replaceable and other.mark == mark:
                other.remove()
        while len(self.notices) >= MAX_NOTICES:
            min(self.notices, key=lambda other: not other.is_replaceable).remove()
        self.addWidget(notice)
        return notice

    @property
    def notices(self) -> list[NoticeBar]:
        """Notices that are shown, the oldest first."""
        items = [self.itemAt(index) for index in range(self.count())]
        bars = [item.widget() for item in items if item is not None]
        return [bar for bar in bars if isinstance(bar, NoticeBar) and not bar.is_removed]

    def of_run(self, run: str) -> list[NoticeBar]:
        """Return the notices about a run."""
        return [notice for notice in self.notices if notice.run == run]

    def clear(self) -> None:
        """Remove all notices that are not lasting."""
        for notice in self.notices:
            if not notice.is_lasting:
                notice.remove()


class NoticeArea(QScrollArea):
    """Shows one notice of two lines. The height is kept: nothing below moves as notices come and go. More scrolls.

    Parameters
    ----------
    column
        The notices.
    """

    def __init__(self, column: NoticeColumn, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("notices")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self._column, self._count = column, 0
        self._content = QWidget()
        column.setContentsMargins(0, 0, 0, 0)
        self._content.setLayout(column)
        self.setWidget(self._content)
        self._content.setAutoFillBackground(False)  # the scroll area switched it on
        self._content.installEventFilter(self)
        self._reserve_height()

    def _reserve_height(self) -> None:
        self.setFixedHeight(max(2 * self.fontMetrics().lineSpacing(), TARGET_HEIGHT) + _BAR_MARGINS)

    def _fit(self) -> None:
        """Resize the notices to the width, and show the newest where there are more than before."""
        width = self.viewport().width()
        height = self._column.totalHeightForWidth(width) if self._column.hasHeightForWidth() else 0
        for notice in self._column.notices:
            notice.setMinimumHeight(self.viewport().height())  # the area shows one of them, not parts of two
        shown = [notice for notice in self._column.notices if not notice.isHidden()]  # Qt shows new ones later
        count = len(shown)
        has_more, self._count = count > self._count, count
        self._content.resize(width, height)
        if has_more:
            QTimer.singleShot(0, self, self._show_newest)

    def _show_newest(self) -> None:
        if notices := self._column.notices:
            self.verticalScrollBar().setValue(notices[-1].y())

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()  # Qt shows notices that were added meanwhile only now

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

    def __init__(
        self, notices: NoticeColumn, describe_use: Callable[[str], str], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._notices = notices
        self._describe_use = describe_use
        self._declined: set[str] = set()  # resumable runs whose notice was dismissed
        self._resumable: NoticeBar | None = None  # the latest notice about a resumable run, shown or removed
        self._others = 0  # further resumable runs

    def show_ended(self, sentence: str, mark: str, event: TrainingEnded) -> None:
        """Show how a run ended, with a button to use it in the Draw tab if it has a model."""
        action = "Use it in Draw" if event.answers else ""
        if action and (use := self._describe_use(event.run)):
            sentence = f"{sentence} {use}"
        notice = self._notices.show_notice(sentence, mark, action=action, run=event.run)
        notice.accepted.connect(lambda: self.use_requested.emit(notice.run))

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


def _button(text: str, name: str) -> QPushButton:
    button = QPushButton(text)
    button.setObjectName(name)
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return button
