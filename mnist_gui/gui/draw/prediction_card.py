"""A card for one model: its digit, how sure it is of each of the ten, and the run that answers."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from mnist_gui.gui.draw.probability_bars import INSET, NOT_CALIBRATED, ProbabilityBars
from mnist_gui.gui.widgets.model_marker import ModelMarker
from mnist_gui.models.architectures import ARCHITECTURES, Architecture
from mnist_gui.models.inference.predictor import Prediction
from mnist_gui.wording import percent

_LONGEST_SUMMARY = max((architecture.summary for architecture in ARCHITECTURES.values()), key=len)
_NO_BOUND = 10_000
_RAW = (
    "How sure it says it is, not how often it is right: this run held no frames back by which that could be fitted, "
    "as those of the notebook do not."
)


class PredictionCard(QFrame):
    """What one model says.

    Without a prediction it shows a dash and empty bars: an invitation, nothing like an answer.

    Parameters
    ----------
    architecture
        The model.

    Signals
    -------
    run_menu_requested()
        The person pressed the run's name, to choose another.
    bar_clicked(digit: int)
        The person chose a digit's bar, by mouse or by keyboard.
    """

    run_menu_requested = Signal()
    bar_clicked = Signal(int)

    def __init__(self, architecture: Architecture, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("card", True)
        self.setObjectName(f"card_{architecture.number}")
        self._title = architecture.title
        self._tallest = _NO_BOUND
        self._answer = ProbabilityBars(architecture.number, architecture.title)
        self._answer.bar_clicked.connect(self.bar_clicked)
        title = QLabel(architecture.title)
        title.setProperty("heading", True)
        self._summary = QLabel(architecture.summary)
        self._summary.setProperty("muted", True)
        self._summary.setWordWrap(True)
        self._summary.setContentsMargins(INSET, 0, INSET, 0)
        self._summary.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.run_button = _RunButton(architecture.title)
        self.run_button.clicked.connect(self.run_menu_requested)

        header = QHBoxLayout()
        header.setSpacing(8)
        header.setContentsMargins(INSET, 0, INSET, 0)
        header.addWidget(ModelMarker(architecture.number), 0, Qt.AlignmentFlag.AlignVCenter)
        header.addWidget(title, 1)
        layout = self._card_layout = QVBoxLayout(self)
        layout.setContentsMargins(14 - INSET, 12, 14 - INSET, 8)
        layout.setSpacing(2)
        layout.addLayout(header)
        layout.addWidget(self._summary)
        layout.addWidget(self._answer, 1)
        layout.addSpacing(4)
        layout.addWidget(self.run_button)
        self.set_status("Loading…")

    @property
    def prediction(self) -> Prediction | None:
        """What is shown."""
        return self._answer.prediction

    @property
    def status(self) -> str:
        """What is said where there is no prediction."""
        return self._answer.status

    @property
    def is_muted(self) -> bool:
        """Whether the answer counts as refused."""
        return self._answer.muted

    def set_prediction(self, prediction: Prediction | None) -> None:
        """Show an answer; None shows the status instead."""
        self._answer.set_prediction(prediction)
        self._changed()

    def set_status(self, text: str) -> None:
        """Say why there is no answer: "Loading…", "No run: train one"; empty where nothing was drawn."""
        self._answer.set_status(text)
        self._changed()

    def set_muted(self, muted: bool) -> None:
        """Keep the answer readable, but without its colour: the three together refuse it."""
        self._answer.set_muted(muted)

    @property
    def chosen(self) -> int | None:
        """The digit whose bar is marked."""
        return self._answer.chosen

    def set_chosen(self, digit: int | None) -> None:
        """Mark a digit's bar; None marks none."""
        self._answer.set_chosen(digit)

    def set_run(self, name: str, shipped: bool) -> None:
        """Name the run that answers, or will; an empty name where there is none."""
        self.run_button.set_run(name, shipped)

    def set_tallest(self, height: int) -> None:
        """Bound the card's height, as far as nothing is cut and no gap opens between the bars."""
        self._tallest = height
        self._fit()

    def _fit(self) -> None:
        margins = self._card_layout.contentsMargins()
        beside = margins.left() + margins.right() + 2 * INSET
        room = QRect(0, 0, self.contentsRect().width() - beside, _NO_BOUND)
        # As much as the longest summary needs: the bars of several cards stay in line.
        wrapped = self._summary.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, _LONGEST_SUMMARY)
        self._summary.setMinimumHeight(wrapped.height())
        airy = round(self.sizeHint().height() * 1.35)
        self.setMaximumHeight(max(min(self._tallest, airy), self._card_layout.minimumHeightForWidth(self.width())))

    def _changed(self) -> None:
        if self.prediction is not None:
            said = f"{self.prediction.digit}, {percent(self.prediction.confidence)}"
            if not self.prediction.calibrated:
                said += f", {NOT_CALIBRATED}"
        else:
            said = self.status or "no answer yet"
        self.setAccessibleName(f"{self._title}: {said}")
        is_raw = self.prediction is not None and not self.prediction.calibrated
        tip = _RAW if is_raw else ""
        if tip != self._answer.toolTip():  # asked at every move of the pen
            self._answer.setToolTip(tip)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the words into the new width."""
        super().resizeEvent(event)
        self._fit()


class _RunButton(QToolButton):
    """The run's name, as much of it as there is room for, and that a menu opens."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("flat", True)
        self.setObjectName("run_button")
        # Its text follows its width, never the other way round.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._title = title
        self._run: tuple[str, bool] | None = None
        self.set_run("", False)

    def set_run(self, name: str, shipped: bool) -> None:
        """Name the run; an empty name where there is none."""
        if self._run == (name, shipped):  # asked for at every stroke of the pen
            return
        self._run = (name, shipped)
        origin = ", which came with the program" if shipped else ""
        self.setToolTip(f"Answered by run {name}{origin}. Press to choose another." if name else "Choose a run")
        self.setAccessibleName(f"Run of {self._title}: {name or 'none'}{' (shipped)' if shipped else ''}")
        self._elide()

    def _elide(self) -> None:
        name, shipped = self._run or ("", False)
        # The card's head already names the model.
        short = name.removeprefix(f"{self._title.lower().replace(' ', '-')}-")
        text = f"{short} (shipped)" if shipped else short or "no run"
        room = self.width() - self.fontMetrics().horizontalAdvance(" ▾") - 24
        self.setText(f"{self.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, room)} ▾")

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much of the name as there is room for now."""
        super().resizeEvent(event)
        self._elide()
