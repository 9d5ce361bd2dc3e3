"""One sentence about something that has happened, and what can be done about it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

DONE, WRONG, NOTE = "✓", "✗", "•"
MOST_NOTICES = 3


class NoticeBar(QFrame):
    """Stays until it is dismissed or acted upon.

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
        self._mark = mark
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
        self.dismissed.connect(self.hide)
        self.dismissed.connect(self.deleteLater)

    def set_sentence(self, sentence: str) -> None:
        """Say something else of the same matter."""
        self.setAccessibleName(sentence)
        self._label.setText(f"{self._mark}  {sentence}")

    def _add_button(self, layout: QHBoxLayout, name: str, text: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        layout.addWidget(button)
        return button


class NoticeColumn(QVBoxLayout):
    """The newest few notices, the last one lowest."""

    def __init__(self) -> None:
        super().__init__()
        self.setSpacing(6)

    def add(self, notice: NoticeBar) -> None:
        """Add one; where there are too many, the oldest goes."""
        while self.count() >= MOST_NOTICES:
            self._remove_first()
        self.addWidget(notice)

    def of_run(self, run: str) -> list[NoticeBar]:
        """Return those that are about a run, as long as they are there."""
        items = [self.itemAt(place) for place in range(self.count())]
        bars = [item.widget() for item in items if item is not None]
        return [bar for bar in bars if isinstance(bar, NoticeBar) and bar.run == run and not bar.isHidden()]

    def clear(self) -> None:
        """Remove all."""
        while self.count():
            self._remove_first()

    def _remove_first(self) -> None:
        item = self.takeAt(0)
        notice = item.widget() if item is not None else None
        if notice is not None:
            notice.hide()
            notice.deleteLater()
