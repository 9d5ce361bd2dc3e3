"""The drawer "Stress": a digit made worse in one way, by as much as a slider says, and what the models make of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.draw.frame_view import FrameView
from mnist_gui.gui.draw.panels.severity_slider import SeveritySlider
from mnist_gui.gui.draw.panels.stress_plot import Probabilities, StressPlot, checked
from mnist_gui.gui.widgets.curve_layer import Floats
from mnist_gui.gui.widgets.form_controls import muted, push_button

STRESSED = ("shift", "rotation", "scale", "shear", "thickness", "noise")
IN_A_ROW = 3  # buttons
NARROW = "padding: 0 6px;"  # three in a row leave little room for the usual margins
LEAST_SCALE, MOST_SCALE = 3, 7  # screen pixels to a side of the frame's pixels
FRAME_PART = 0.24  # of the width that the frame may take at the most
SPACING, BETWEEN = 8, 16  # pixels, of controls and of the three parts
RINGS = "ring: the answer changes"


class StressPanel(QWidget):
    """Six properties to choose from, a slider, the altered frame, and a line of confidence for each model.

    Dumb: it alters nothing itself. Whoever listens alters the frame and asks the models, see
    `mnist_gui.digits.corruptions.corrupt`.

    Signals
    -------
    property_changed(name: str)
        Another property was chosen, a key of `CORRUPTIONS`; the amount is at neutral again, the lines are gone.
    amount_changed(amount: float)
        The slider moved.
    """

    property_changed = Signal(str)
    amount_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = CORRUPTIONS[STRESSED[0]]
        self._buttons = QButtonGroup(self)
        self._slider = SeveritySlider(self._chosen)
        self._amount = QLabel()
        self._amount.setObjectName("stress_amount")
        self._amount.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        tabular = QFont()
        tabular.setFeature(QFont.Tag("tnum"), 1)
        self._amount.setFont(tabular)
        self._reset = push_button("Reset", "stress_reset")
        self._reset.setStyleSheet(NARROW)
        self._reset.setToolTip("Back to where nothing is altered")
        self._frame = FrameView(LEAST_SCALE)
        self._frame.setObjectName("stress_frame")
        self._frame.setAccessibleName("The altered digit, as the models see it")
        # Its present size must not keep the drawer from becoming smaller.
        self._frame.setMinimumSize(self._frame.sizeHint())
        self._frame.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self._caption = _Caption()
        self.plot = StressPlot(self._chosen)
        self._sentence = muted(name="stress_empty")
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay_out()
        self._buttons.idClicked.connect(lambda index: self._choose(STRESSED[index]))
        self._slider.valueChanged.connect(self._move)
        self._slider.reset_requested.connect(self._go_back)
        self._reset.clicked.connect(self._go_back)
        self.plot.picked.connect(self._slider.set_amount)
        self._show_chosen()

    @property
    def chosen(self) -> str:
        """The property chosen, a key of `CORRUPTIONS`."""
        return self._chosen.name

    @property
    def amount(self) -> float:
        """The amount that the slider stands at."""
        return self._slider.amount

    @property
    def frame(self) -> NDArray[np.float32] | None:
        """The (28, 28) frame that is shown, or None."""
        return self._frame.frame

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Show an altered (28, 28) frame in [0, 1], ink high; None where there is nothing."""
        self._frame.set_frame(frame)

    def set_curves(self, amounts: Floats, curves: Mapping[int, Probabilities], digit: int | None) -> None:
        """Draw how sure each model is of a digit along the slider's range.

        Parameters
        ----------
        amounts
            (K,), rising.
        curves
            By model, 1 to 3: (K, 10) probabilities at those amounts.
        digit
            0 to 9; None draws of each model what it answers at the neutral amount.

        Raises
        ------
        ValueError
            The shapes are not those, or the amounts do not rise.
        """
        checked(amounts, curves)
        self.plot.set_curves(amounts, curves, digit)
        self._caption.say(f"Confidence in {'its own answer' if digit is None else digit}, %")
        self._pages.setCurrentIndex(0)

    def set_empty(self, sentence: str) -> None:
        """Show no digit and no lines, but why: "Draw a digit first."."""
        self._frame.set_frame(None)
        self.plot.set_corruption(self._chosen)
        self.plot.set_amount(self.amount)
        self._sentence.setText(sentence)
        self._pages.setCurrentIndex(1)

    # -- inside

    def _lay_out(self) -> None:
        under = QHBoxLayout()
        under.setSpacing(SPACING)
        under.addWidget(self._slider, 1)
        under.addWidget(self._amount)
        under.addWidget(self._reset)
        controls = self._controls = QVBoxLayout()
        controls.setSpacing(SPACING)
        controls.addLayout(self._choice())
        controls.addLayout(under)
        controls.addStretch(1)
        plotted = QWidget()
        column = QVBoxLayout(plotted)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._caption)
        column.addWidget(self.plot, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(plotted)
        self._pages.addWidget(self._sentence)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(BETWEEN)
        layout.addLayout(controls, 1)
        layout.addWidget(self._frame, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._pages, 2)

    def _choice(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        for index, name in enumerate(STRESSED):
            corruption = CORRUPTIONS[name]
            button = push_button(corruption.title, f"stress_{name}")
            button.setCheckable(True)
            button.setToolTip(corruption.meaning)
            button.setStyleSheet(NARROW)
            button.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
            self._buttons.addButton(button, index)
            grid.addWidget(button, *divmod(index, IN_A_ROW))
        self._buttons.button(0).setChecked(True)
        return grid

    def _choose(self, name: str) -> None:
        if name != self._chosen.name:
            self._chosen = CORRUPTIONS[name]
            self._show_chosen()
            self.property_changed.emit(name)

    def _show_chosen(self) -> None:
        self._slider.set_corruption(self._chosen)
        self.plot.set_corruption(self._chosen)
        self._caption.say("Confidence, %")
        self._fit()
        self._say_amount()

    def _move(self) -> None:
        self._say_amount()
        self.plot.set_amount(self.amount)
        self.amount_changed.emit(self.amount)

    def _say_amount(self) -> None:
        said = self._chosen.said(self.amount)
        self._amount.setText(said)
        self._slider.setAccessibleName(f"{self._chosen.title}: {said}")
        self._reset.setEnabled(self.amount != self._chosen.neutral)

    def _go_back(self) -> None:
        # Before the button is disabled, which would send the focus elsewhere.
        self._slider.setFocus()
        self._slider.set_amount(self._chosen.neutral)

    def _fit(self) -> None:
        """Keep room for the widest amount, for bold words on buttons, and for a frame as large as is wise."""
        # The widest of all properties: choosing another must not move frame and plot.
        ends = [
            CORRUPTIONS[name].said(end) for name in STRESSED for end in (CORRUPTIONS[name].low, CORRUPTIONS[name].high)
        ]
        self._amount.setMinimumWidth(max(self._amount.fontMetrics().horizontalAdvance(end) for end in ends) + 2)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        for button in self._buttons.buttons():
            button.setMinimumWidth(QFontMetrics(bold).horizontalAdvance(button.text()) + 16)
        beside = self._controls.minimumSize().width() + self.plot.minimumSizeHint().width() + 2 * BETWEEN
        room = min(self.height(), self.width() * FRAME_PART, self.width() - beside) - 2
        self._frame.set_scale(int(min(max(room // FRAME_SIDE, LEAST_SCALE), MOST_SCALE)))

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Follow the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room anew."""
        super().resizeEvent(event)
        self._fit()


class _Caption(QLabel):
    """Says what is plotted, and what the rings in it are where that has room beside it."""

    def __init__(self) -> None:
        super().__init__()
        self._plotted = ""
        self.setObjectName("stress_caption")
        self.setProperty("muted", True)
        self.setWordWrap(True)
        self.setToolTip("A ring marks where a model’s answer changes; the digit beside it is the new one")

    def say(self, plotted: str) -> None:
        """Say that this is plotted."""
        self._plotted = plotted
        self._fit()

    def _fit(self) -> None:
        both = f"{self._plotted} · {RINGS}"
        self.setText(both if self.fontMetrics().horizontalAdvance(both) < self.width() else self._plotted)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use the new width."""
        super().resizeEvent(event)
        self._fit()
