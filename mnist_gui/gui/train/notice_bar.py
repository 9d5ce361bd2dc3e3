"""One sentence about something that has happened, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

DONE, WRONG, NOTE = "✓", "✗", "•"
MOST_NOTICES = 3
GOOD_NEWS_MS = 6_000


class NoticeBar(QFrame):
    """Stays until it is dismissed or acted upon; good news with nothing to act upon goes by itself.

    Parameters
    ----------
    sentence
        For a person.
    mark
        Before it: `DONE`, `WRONG` or, where it is neither, `NOTE`.
    action
        Words of the button that acts; none without.
    run
        The name of the run that it is about, if it is about one.

    Attributes
    ----------
    run
        The same; another one once the run has another name.
    mark
        As given.
    is_plain
        Whether it is about no run and offers nothing: the next one of its mark takes its place.
    has_gone
        Whether it is no longer to be seen.

    Signals
    -------
    accepted()
        The action was chosen; the bar goes.
    dismissed()
        The bar goes, whichever way.
    """

    accepted = Signal()
    dismissed = Signal()

    def __init__(
        self, sentence: str, mark: str, *, action: str = "", run: str = "", parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.run = run
        self.mark = mark
        self.is_plain = not (action or run)
        self.has_gone = False
        self.setProperty("card", True)
        self.setObjectName("notice")
        label = self._label = QLabel()
        label.setObjectName("notice_sentence")
        label.setWordWrap(True)
        self.set_sentence(sentence)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 5, 6, 5)
        layout.setSpacing(8)
        layout.addWidget(label, 1)
        if action:
            accept = self._add_button(layout, "accept", action)
            accept.setProperty("primary", True)
            accept.clicked.connect(self.accepted)
            accept.clicked.connect(self.dismissed)
        self._add_button(layout, "dismiss", "Dismiss").clicked.connect(self.dismissed)
        self.dismissed.connect(self.go)
        if self.is_plain and mark == DONE:
            QTimer.singleShot(GOOD_NEWS_MS, self, self.dismissed.emit)

    def go(self) -> None:
        """Disappear; deleted a moment later."""
        self.has_gone = True
        self.hide()
        self.deleteLater()

    @property
    def sentence(self) -> str:
        """What it says, without the mark."""
        return self.accessibleName()

    def set_sentence(self, sentence: str) -> None:
        """Say something else of the same matter."""
        self.setAccessibleName(sentence)
        self._label.setText(f"{self.mark}  {sentence}")

    def _add_button(self, layout: QHBoxLayout, name: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout.addWidget(button)
        return button


class NoticeColumn(QVBoxLayout):
    """A few notices, the newest lowest; what can be acted upon stays longest."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(6)

    def add(self, notice: NoticeBar) -> None:
        """Add one. It takes the place of a plain one of its mark; where there are too many, one goes.

        That is the oldest that is about no run and offers nothing, else the oldest.
        """
        for other in self.notices:
            if notice.is_plain and other.is_plain and other.mark == notice.mark:
                other.go()
        while len(self.notices) >= MOST_NOTICES:
            min(self.notices, key=lambda each: not each.is_plain).go()
        self.addWidget(notice)

    @property
    def notices(self) -> list[NoticeBar]:
        """Return those that are there, the oldest first."""
        items = [self.itemAt(place) for place in range(self.count())]
        bars = [item.widget() for item in items if item is not None]
        return [bar for bar in bars if isinstance(bar, NoticeBar) and not bar.has_gone]

    def of_run(self, run: str) -> list[NoticeBar]:
        """Return those that are about a run."""
        return [notice for notice in self.notices if notice.run == run]

    def clear(self) -> None:
        """Remove all."""
        for notice in self.notices:
            notice.go()
