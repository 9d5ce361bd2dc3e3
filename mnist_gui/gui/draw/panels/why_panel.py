"""Panel that explains each model's prediction by a heat map, in a column of the width of the model's card."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.draw.panels.panel_controller import COMPUTING
from mnist_gui.gui.draw.wrapping_row import WrappingRow
from mnist_gui.gui.widgets.form_controls import muted
from mnist_gui.gui.widgets.heat_map import EvidenceScale, HeatMap, region_of
from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip
from mnist_gui.runs.store import MODELS

NOTHING_YET = "Draw a digit to see why."
NO_ANSWER = "No answer to explain."
BUSY_DELAY_MS = 200  # shorter computations are not announced
_WIDEST_WORDS = ("Model 3", "Nothing", "middle")  # the text beside a map wraps between words, never within these
_GAP = 10
_COLUMN_SPACING = 12  # as between the cards
_TITLE_GAP = 2


class WhyPanel(QWidget):
    """Three heat maps in columns of equal width, the scale of their colours, and a button for the whole network.

    Signals
    -------
    network_requested()
    """

    network_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("why_panel")
        self.setAccessibleName("Why")
        self._explanations = {model: _ModelExplanation(model) for model in MODELS}
        self._busy_delay = QTimer(self, singleShot=True, interval=BUSY_DELAY_MS)
        self._busy_delay.timeout.connect(self._show_busy)
        self._status = muted(name="why_status")
        self.network_button = QPushButton("How the network sees…")
        self.network_button.setObjectName("network_button")
        self.network_button.setToolTip("What each layer of a model makes of the drawing, in a window of its own")
        self.network_button.clicked.connect(self.network_requested)

        columns = QHBoxLayout()
        columns.setSpacing(_COLUMN_SPACING)
        for explanation in self._explanations.values():
            columns.addWidget(explanation, 1)
        legend, button = QHBoxLayout(), QHBoxLayout()
        legend.setSpacing(_COLUMN_SPACING)
        legend.addWidget(EvidenceScale())
        legend.addWidget(self._status, 1)
        button.addStretch(1)
        button.addWidget(self.network_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(columns, 1)
        layout.addWidget(WrappingRow(legend, button, growing=0))
        self.set_empty(NOTHING_YET)

    @property
    def status(self) -> str:
        """The text beside the scale of colours."""
        return self._status.text()

    def set_maps(
        self, maps: Mapping[int, NDArray[np.float32]], frame: NDArray[np.float32], digits: Mapping[int, int]
    ) -> None:
        """Show heat maps and end the busy state.

        Parameters
        ----------
        maps
            (28, 28) evidence by model, positive where the frame speaks for the digit; a model may be missing.
        frame
            (28, 28) in [0, 1].
        digits
            The digit that each map explains, by model.
        """
        self._busy_delay.stop()
        self._status.clear()
        for model, explanation in self._explanations.items():
            if model in maps:
                explanation.show_map(maps[model], frame, digits[model])
            else:
                explanation.clear(NO_ANSWER)

    def set_busy(self) -> None:
        """Announce a computation, once it takes noticeably long where there are maps: they stay, muted."""
        if all(explanation.is_empty for explanation in self._explanations.values()):
            self._show_busy()
        elif not self._busy_delay.isActive() and self.status != COMPUTING:
            self._busy_delay.start()

    def set_empty(self, sentence: str) -> None:
        """Show a sentence instead of maps and end the busy state."""
        self._busy_delay.stop()
        self._status.setText(sentence)
        for explanation in self._explanations.values():
            explanation.clear()

    def _show_busy(self) -> None:
        self._status.setText(COMPUTING)
        for explanation in self._explanations.values():
            explanation.set_muted(True)


class _ModelExplanation(QWidget):
    """One model's heat map; its title is beside it or, in a narrow column, above; a summary where there is room."""

    def __init__(self, model: int) -> None:
        super().__init__()
        self._model = model
        self._question = ""
        self.setObjectName(f"why_{model}")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self._map = HeatMap(self)
        self._title = PlainLabel(parent=self)
        self._title.setProperty("heading", True)
        self._summary = PlainLabel(parent=self)
        self._summary.setProperty("muted", True)
        self._summary.setWordWrap(True)
        for label in (self._title, self._summary):
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.clear()

    def show_map(self, evidence: NDArray[np.float32], frame: NDArray[np.float32], digit: int) -> None:
        self._map.set_map(evidence, frame, digit)
        self._map.set_muted(False)
        region = region_of(evidence)
        self._set_text(f"why {digit}", f"Mostly: {region}" if region else "Nothing speaks for it.")

    def clear(self, sentence: str = "") -> None:
        self._map.clear()
        self._map.set_muted(False)
        self._set_text("", sentence)

    def set_muted(self, muted: bool) -> None:
        self._map.set_muted(muted)

    @property
    def is_empty(self) -> bool:
        return self._map.is_empty

    def _set_text(self, question: str, summary: str) -> None:
        self._question = question
        self._summary.setText(summary)
        self._map.setAccessibleName(self._joined_title(" · "))
        self.setToolTip(tool_tip(self._map.accessibleDescription() if question else summary))
        self._arrange()

    def _joined_title(self, separator: str) -> str:
        return separator.join(filter(None, (f"Model {self._model}", self._question)))

    @property
    def _widest_word(self) -> int:
        metrics = QFontMetrics(self._title.font())
        return max(metrics.horizontalAdvance(word) for word in _WIDEST_WORDS)

    @property
    def _is_narrow(self) -> bool:
        return self.width() < self._map.minimumSizeHint().width() + _GAP + self._widest_word

    def _arrange(self) -> None:
        if self._is_narrow:
            self._stack_title()
        else:
            self._put_title_beside()

    def _stack_title(self) -> None:
        line = self._joined_title(" · ")
        fits = QFontMetrics(self._title.font()).horizontalAdvance(line) <= self.width()
        self._title.setText(line if fits else self._joined_title("\n"))
        height = self._title.sizeHint().height()
        self._title.setGeometry(0, 0, self.width(), height)
        top = height + _TITLE_GAP
        side = min(self.width(), max(self.height() - top, self._map.minimumSizeHint().height()))
        self._map.setGeometry(0, top, side, side)
        self._summary.hide()  # the tooltip and the accessible description have it

    def _put_title_beside(self) -> None:
        width = self.width() - _GAP - self._widest_word
        side = max(min(self.height(), width), self._map.minimumSizeHint().width())
        self._map.setGeometry(0, 0, side, side)
        left, text_width = side + _GAP, max(self.width() - side - _GAP, 1)
        line = self._joined_title(" · ")
        fits = QFontMetrics(self._title.font()).horizontalAdvance(line) <= text_width
        self._title.setText(line if fits else self._joined_title("\n"))
        title_height, summary_height = self._title.sizeHint().height(), self._summary.heightForWidth(text_width)
        self._title.setGeometry(left, 0, text_width, title_height)
        self._summary.setGeometry(left, title_height + 2, text_width, summary_height)
        # Where it does not fit, the tooltip and the accessible description have it.
        self._summary.setVisible(title_height + 2 + summary_height <= max(self.height(), side))

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        side, line = self._map.minimumSizeHint().height(), QFontMetrics(self._title.font()).lineSpacing()
        return QSize(
            max(side, self._widest_word), 2 * line + _TITLE_GAP + side if self._is_narrow else max(side, 2 * line)
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
