"""Why each model says what it says: three heat maps, each under its model's card."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.widgets.heat_map import EvidenceScale, HeatMap, place_of

MODELS = (1, 2, 3)
NOTHING_YET = "Draw a digit to see why."
NO_ANSWER = "No answer to explain."
COMPUTING = "Computing…"
# What takes less is not worth a word.
PATIENCE_MS = 200
_WIDEST = ("Model 3", "Nothing", "middle")  # what stands beside a map breaks into nothing wider
_GAP = 10
_BETWEEN = 12  # as between the cards


class WhyPanel(QWidget):
    """Three heat maps in equal thirds, what their colours mean, and the way to the feature maps.

    Signals
    -------
    feature_maps_requested()
    """

    feature_maps_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why_panel")
        self.setAccessibleName("Why")
        self._reasons = {model: _Reason(model) for model in MODELS}
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._show_busy)
        self._said = QLabel()
        self._said.setProperty("muted", True)
        self._said.setObjectName("why_status")
        # It may be cut off by nothing but its own wrapping; never does it widen the window.
        self._said.setWordWrap(True)
        self.feature_maps_button = QPushButton("Feature maps…")
        self.feature_maps_button.setObjectName("feature_maps_button")
        self.feature_maps_button.setToolTip("What the models' convolutions make of the drawing, in a window of its own")
        self.feature_maps_button.clicked.connect(self.feature_maps_requested)

        thirds = QHBoxLayout()
        thirds.setSpacing(_BETWEEN)
        for reason in self._reasons.values():
            thirds.addWidget(reason, 1)
        foot = QHBoxLayout()
        foot.setSpacing(_BETWEEN)
        foot.addWidget(EvidenceScale())
        foot.addWidget(self._said, 1)
        foot.addWidget(self.feature_maps_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(thirds, 1)
        layout.addLayout(foot)
        self.set_empty(NOTHING_YET)

    @property
    def status(self) -> str:
        """What is said beside the scale of colours."""
        return self._said.text()

    def set_maps(
        self, maps: Mapping[int, NDArray[np.float32]], frame: NDArray[np.float32], digits: Mapping[int, int]
    ) -> None:
        """Show what is there now; it is no longer busy.

        Parameters
        ----------
        maps
            (28, 28) by the number of the model, positive where the frame speaks for the digit. A model without one
            says that there is nothing to explain.
        frame
            (28, 28) in [0, 1].
        digits
            The digit that each of these maps is about.
        """
        self._patience.stop()
        self._said.clear()
        for model, reason in self._reasons.items():
            if model in maps:
                reason.show_map(maps[model], frame, digits[model])
            else:
                reason.clear(NO_ANSWER)

    def set_busy(self, busy: bool) -> None:
        """Say that new maps are on their way, once that takes long enough to be noticed; the old ones stay, muted."""
        if not busy:
            self._patience.stop()
            self._said.clear()
            for reason in self._reasons.values():
                reason.set_muted(False)
        elif not self._patience.isActive() and self.status != COMPUTING:
            self._patience.start()

    def set_empty(self, sentence: str) -> None:
        """Show no maps and say why; it is no longer busy."""
        self._patience.stop()
        self._said.setText(sentence)
        for reason in self._reasons.values():
            reason.clear()

    def _show_busy(self) -> None:
        self._said.setText(COMPUTING)
        for reason in self._reasons.values():
            reason.set_muted(True)


class _Reason(QWidget):
    """One model's heat map, and beside it what it is about and, where there is room, what it says in words."""

    def __init__(self, model: int) -> None:
        super().__init__()
        self._model = model
        self._question = ""
        self.setObjectName(f"why_{model}")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._map = HeatMap(self)
        self._title = QLabel(self)
        self._title.setProperty("heading", True)
        self._words = QLabel(self)
        self._words.setProperty("muted", True)
        self._words.setWordWrap(True)
        for label in (self._title, self._words):
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.clear()

    def show_map(self, evidence: NDArray[np.float32], frame: NDArray[np.float32], digit: int) -> None:
        """Show one map."""
        self._map.set_map(evidence, frame, digit)
        self._map.set_muted(False)
        place = place_of(evidence)
        self._say(f"why {digit}", f"Mostly: {place}" if place else "Nothing speaks for it.")

    def clear(self, sentence: str = "") -> None:
        """Show no map, and perhaps say why."""
        self._map.clear()
        self._map.set_muted(False)
        self._say("", sentence)

    def set_muted(self, muted: bool) -> None:
        """Show that the map is of an earlier drawing."""
        self._map.set_muted(muted)

    def _say(self, question: str, words: str) -> None:
        self._question = question
        self._words.setText(words)
        self._map.setAccessibleName(self._titled(" · "))
        self.setToolTip(self._map.accessibleDescription() if question else words)
        self._arrange()

    def _titled(self, between: str) -> str:
        return between.join(part for part in (f"Model {self._model}", self._question) if part)

    def _arrange(self) -> None:
        metrics = QFontMetrics(self._title.font())
        widest = max(metrics.horizontalAdvance(word) for word in _WIDEST)
        side = max(min(self.height(), self.width() - _GAP - widest), self._map.minimumSizeHint().width())
        self._map.setGeometry(0, 0, side, side)
        left, room = side + _GAP, max(self.width() - side - _GAP, 1)
        line = self._titled(" · ")
        self._title.setText(line if metrics.horizontalAdvance(line) <= room else self._titled("\n"))
        title = self._title.sizeHint().height()
        self._title.setGeometry(left, 0, room, title)
        words = self._words.heightForWidth(room)
        self._words.setGeometry(left, title + 2, room, words)
        # Said to screen readers and in the tooltip where there is no room for all of it.
        self._words.setVisible(title + 2 + words <= max(self.height(), side))

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Let no title be cut, on two lines at the most."""
        side, metrics = self._map.minimumSizeHint().height(), QFontMetrics(self._title.font())
        widest = max(metrics.horizontalAdvance(word) for word in _WIDEST)
        return QSize(side + _GAP + widest, max(side, 2 * metrics.lineSpacing()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the map all of the height that the words beside it leave."""
        super().resizeEvent(event)
        self._arrange()
