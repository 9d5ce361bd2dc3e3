"""Panel that corrupts the frame by a chosen amount and shows how the models' predictions change."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFont, QFontMetrics, QMouseEvent, QPainter, QPaintEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QSizePolicy,
    QSlider,
    QStackedWidget,
    QStyle,
    QStyleOptionSlider,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.digits.corruptions import CORRUPTIONS, Corruption
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.draw.frame_view import FrameView
from mnist_gui.gui.draw.panels.panel_controller import COMPUTING
from mnist_gui.gui.draw.panels.stress_plot import Probabilities, StressPlot
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.curve_layer import Floats
from mnist_gui.gui.widgets.fitted_label import FittingLabel
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted, push_button, set_own_style
from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip

OFFERED = ("shift", "rotation", "scale", "shear", "thickness", "noise")  # keys of `CORRUPTIONS`
BUTTON_COLUMNS = 3
NARROW = "padding: 0 6px;"  # three buttons in a row have no room for the default padding
MIN_SCALE, MAX_SCALE = 3, 7  # screen pixels per pixel of the frame
MAX_FRAME_FRACTION = 0.24  # of the panel's width
SPACING, COLUMN_SPACING, NARROW_SPACING = 8, 16, 6  # pixels
MUCH = 1.5  # times the area
# Times the least width of the plot: where it has less, the frame makes way. The Draw tab shows it elsewhere too.
GOOD_WIDTHS = 2
BUSY_DELAY_MS = 200  # shorter computations are not announced
LEGEND = "ring: the answer changes"


class StressPanel(QWidget):
    """Buttons for corruptions, a slider for the amount, the corrupted frame, and a confidence curve per model.

    The panel computes nothing: `StressController` corrupts the frame, requests predictions and sets the results.

    Signals
    -------
    corruption_changed(name: str)
        The user chose another corruption. The amount is neutral again and the curves are cleared.
    amount_changed(amount: float)
        The slider moved.
    """

    corruption_changed = Signal(str)
    amount_changed = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._corruption = CORRUPTIONS[OFFERED[0]]
        self._buttons = QButtonGroup(self)
        self._slider = SeveritySlider(self._corruption)
        self._amount_label = PlainLabel()
        self._amount_label.setObjectName("stress_amount")
        self._amount_label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        tabular = QFont()
        tabular.setFeature(QFont.Tag("tnum"), 1)
        self._amount_label.setFont(tabular)
        self._reset = push_button("Reset", "stress_reset")
        set_own_style(self._reset, NARROW)
        self._reset.setToolTip("Back to where nothing is altered")
        self._frame_view = FrameView(MIN_SCALE)
        self._frame_view.setObjectName("stress_frame")
        self._frame_view.setAccessibleName("The altered digit, as the models see it")
        # The smallest scale: the current one must not keep the panel from shrinking.
        self._frame_view.setMinimumSize(self._frame_view.sizeHint())
        self._frame_view.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
        self._is_frame_old = False
        self._caption = _Caption()
        self.plot = StressPlot(self._corruption)
        self._busy_delay = QTimer(self, singleShot=True, interval=BUSY_DELAY_MS)
        self._busy_delay.timeout.connect(self._show_busy)
        self._sentence = muted(name="stress_empty")
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._add_widgets()
        self._buttons.idClicked.connect(lambda index: self._choose(OFFERED[index]))
        self._slider.valueChanged.connect(self._on_slider_moved)
        self._slider.reset_requested.connect(self._set_neutral)
        self._reset.clicked.connect(self._set_neutral)
        self.plot.picked.connect(self._slider.set_amount)
        self._show_corruption()

    @property
    def corruption(self) -> str:
        """The chosen corruption, a key of `CORRUPTIONS`."""
        return self._corruption.name

    @property
    def amount(self) -> float:
        """The amount of the corruption."""
        return self._slider.amount

    @property
    def frame(self) -> NDArray[np.float32] | None:
        """The displayed (28, 28) frame, or None."""
        return self._frame_view.frame

    def set_frame(self, frame: NDArray[np.float32] | None) -> None:
        """Show a corrupted (28, 28) frame in [0, 1]; None clears it."""
        self._is_frame_old = False
        self._frame_view.set_frame(frame)
        self._frame_view.set_muted(False)

    def set_curves(self, amounts: Floats, curves: Mapping[int, Probabilities], digit: int | None) -> None:
        """Plot each model's confidence in a digit over the range of the corruption.

        Parameters
        ----------
        amounts
            (K,), rising.
        curves
            (K, 10) probabilities at those amounts, by place.
        digit
            0 to 9; None plots each model's confidence in its own prediction at the neutral amount.

        Raises
        ------
        ValueError
            The arrays have other shapes, or the amounts do not rise.
        """
        self._end_busy()
        self.plot.set_curves(amounts, curves, digit)
        self._caption.set_text(f"Confidence in {'its own answer' if digit is None else digit}, %")
        self._pages.setCurrentIndex(0)

    def set_names(self, names: Mapping[int, str]) -> None:
        """Set the titles of the runs by place."""
        self.plot.set_names(names)

    def set_empty(self, sentence: str) -> None:
        """Show a sentence instead of frame and curves."""
        self._end_busy()
        self._frame_view.set_frame(None)
        self.plot.set_corruption(self._corruption)
        self.plot.set_amount(self.amount)
        self._sentence.setText(sentence)
        self._pages.setCurrentIndex(1)

    def set_busy(self, *, is_frame_old: bool = False) -> None:
        """Announce that curves are computed. Existing curves stay, muted once the computation takes noticeably long.

        Parameters
        ----------
        is_frame_old
            Whether the frame is outdated too; it is muted likewise, until `set_frame`.
        """
        self._is_frame_old |= is_frame_old
        if self._pages.currentIndex() == 1:
            self._sentence.setText(COMPUTING)
        elif not self._busy_delay.isActive() and not self.plot.is_muted:
            self._busy_delay.start()

    def _show_busy(self) -> None:
        self._caption.set_text(COMPUTING)
        self.plot.set_muted(True)
        self._frame_view.set_muted(self._is_frame_old)

    def _end_busy(self) -> None:
        self._busy_delay.stop()
        self.plot.set_muted(False)

    def _add_widgets(self) -> None:
        slider_row = QHBoxLayout()
        slider_row.setSpacing(SPACING)
        slider_row.addWidget(self._slider, 1)
        slider_row.addWidget(self._amount_label)
        slider_row.addWidget(self._reset)
        controls = self._controls = QVBoxLayout()
        controls.setSpacing(SPACING)
        controls.addLayout(self._make_buttons())
        controls.addLayout(slider_row)
        controls.addStretch(1)
        plot_page = QWidget()
        column = QVBoxLayout(plot_page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._caption)
        column.addWidget(self.plot, 1)
        self._pages = _Pages()
        self._pages.addWidget(plot_page)
        self._pages.addWidget(self._sentence)
        layout = self._grid = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setVerticalSpacing(SPACING)
        layout.addLayout(controls, 0, 0)
        layout.addWidget(self._frame_view, 0, 1, Qt.AlignmentFlag.AlignTop)
        layout.setColumnStretch(0, 1)
        self._place_plot(below=False)

    def _place_plot(self, *, below: bool) -> None:
        """Put the plot beside the other widgets or, in a narrow panel, below them."""
        self._is_plot_below = below
        self._grid.removeWidget(self._pages)
        self._grid.addWidget(self._pages, *((1, 0, 1, 2) if below else (0, 2)))
        self._grid.setColumnStretch(2, 0 if below else 2)
        self._grid.setRowStretch(1, int(below))
        self._grid.setHorizontalSpacing(NARROW_SPACING if below else COLUMN_SPACING)

    def _make_buttons(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setSpacing(4)
        for index, name in enumerate(OFFERED):
            corruption = CORRUPTIONS[name]
            button = push_button(corruption.title, f"stress_{name}")
            button.setCheckable(True)
            button.setToolTip(tool_tip(corruption.meaning))
            set_own_style(button, NARROW)
            button.setSizePolicy(QSizePolicy.Policy.MinimumExpanding, QSizePolicy.Policy.Fixed)
            self._buttons.addButton(button, index)
            grid.addWidget(button, *divmod(index, BUTTON_COLUMNS))
        self._buttons.button(0).setChecked(True)
        return grid

    def _choose(self, name: str) -> None:
        if name != self._corruption.name:
            self._corruption = CORRUPTIONS[name]
            self._show_corruption()
            self.corruption_changed.emit(name)

    def _show_corruption(self) -> None:
        self._slider.set_corruption(self._corruption)
        self.plot.set_corruption(self._corruption)
        self._caption.set_text("Confidence, %")
        self._fit()
        self._show_amount()

    def _on_slider_moved(self) -> None:
        self._show_amount()
        self.plot.set_amount(self.amount)
        self.amount_changed.emit(self.amount)

    def _show_amount(self) -> None:
        text = self._corruption.format_amount(self.amount)
        self._amount_label.setText(text)
        self._slider.setAccessibleName(f"{self._corruption.title}: {text}")
        self._reset.setEnabled(self.amount != self._corruption.neutral)

    def _set_neutral(self) -> None:
        # First, since disabling the focused button would move the focus elsewhere.
        self._slider.setFocus()
        self._slider.set_amount(self._corruption.neutral)

    @property
    def _is_larger_below(self) -> bool:
        """Whether the plot is much larger below the other widgets than beside them."""
        controls = self._controls.minimumSize()
        others = controls.width() + self._frame_view.sizeHint().width() + 2 * COLUMN_SPACING
        beside = (self.width() - others) * self.height()
        below = self.width() * (self.height() - controls.height() - COLUMN_SPACING)
        has_room = self.height() >= controls.height() + COLUMN_SPACING + 2 * self.plot.minimumSizeHint().height()
        return has_room and below > MUCH * beside

    def _fit(self) -> None:
        """Fit label and buttons to their widest text, and the frame to the remaining room."""
        # Of all corruptions: choosing another one must not move frame and plot.
        offered = [CORRUPTIONS[name] for name in OFFERED]
        texts = [corruption.format_amount(end) for corruption in offered for end in (corruption.low, corruption.high)]
        widest = max(self._amount_label.fontMetrics().horizontalAdvance(text) for text in texts)
        self._amount_label.setMinimumWidth(widest + 2)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        for button in self._buttons.buttons():
            button.setMinimumWidth(QFontMetrics(bold).horizontalAdvance(button.text()) + 16)
        least = self.plot.minimumSizeHint().width()
        beside_controls = self.width() - self._controls.minimumSize().width() - COLUMN_SPACING
        beside_frame = beside_controls - self._frame_view.minimumWidth() - COLUMN_SPACING
        side = min(self.height(), self.width() * MAX_FRAME_FRACTION, beside_controls - COLUMN_SPACING - least) - 2
        self._frame_view.set_scale(int(min(max(side // FRAME_SIDE, MIN_SCALE), MAX_SCALE)))
        is_below = (beside_frame < least and beside_controls < GOOD_WIDTHS * least) or self._is_larger_below
        self._frame_view.setHidden(not is_below and beside_frame < GOOD_WIDTHS * least)
        if is_below != self._is_plot_below:
            self._place_plot(below=is_below)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Return the current height, and the width for a plot below the other widgets."""
        width = self._controls.minimumSize().width() + NARROW_SPACING + self._frame_view.minimumWidth()
        return QSize(width, super().minimumSizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()


class _Pages(QStackedWidget):
    """Pages whose height does not depend on the width: a scroll area would keep the frame as large as it was once."""

    # -- Qt

    def hasHeightForWidth(self) -> bool:
        return False


class SeveritySlider(QSlider):
    """A slider over the amounts of a corruption, with the neutral amount marked.

    Signals
    -------
    reset_requested()
        The slider was double-clicked.
    """

    PAGE_STEPS = 10
    MIN_WIDTH = 120  # pixels
    MARK_HEIGHT = 26  # pixels, visible above and below the handle

    reset_requested = Signal()

    def __init__(self, corruption: Corruption, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setObjectName("stress_slider")
        self.setMinimumSize(self.MIN_WIDTH, TARGET_HEIGHT)
        self.setPageStep(self.PAGE_STEPS)
        self.setToolTip("Arrow keys move it; a double click goes back to where nothing is altered")
        # The range starts at the neutral amount rather than at the left end, hence no filled part.
        self.setStyleSheet("QSlider::sub-page:horizontal { background: transparent; }")
        self.set_corruption(corruption)

    @property
    def amount(self) -> float:
        """The current amount, rounded: the neutral one is exact."""
        return round(self._corruption.low + self.value() * self._corruption.step, 6)

    def set_corruption(self, corruption: Corruption) -> None:
        """Use the range of a corruption and move to its neutral amount without a signal."""
        self._corruption = corruption
        self.blockSignals(True)
        self.setRange(0, self._step_of(corruption.high))
        self.set_amount(corruption.neutral)
        self.blockSignals(False)
        self.update()

    def set_amount(self, amount: float) -> None:
        """Move to the step nearest to an amount."""
        self.setValue(self._step_of(amount))

    def _step_of(self, amount: float) -> int:
        return round((amount - self._corruption.low) / self._corruption.step)

    # -- Qt

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.reset_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()  # scrolls the panel

    def paintEvent(self, event: QPaintEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength, option, self)
        span = self.width() - handle
        x = QStyle.sliderPositionFromValue(0, self.maximum(), self._step_of(self._corruption.neutral), span)
        with QPainter(self) as painter:
            top = (self.height() - self.MARK_HEIGHT) // 2
            painter.fillRect(x + handle // 2 - 1, top, 2, self.MARK_HEIGHT, colors_of(self).muted)
        super().paintEvent(event)


class _Caption(FittingLabel):
    """Title of the plot, followed by the legend where there is room for it."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self.setObjectName("stress_caption")
        self.setProperty("muted", True)
        self.setWordWrap(True)
        self.setToolTip(tool_tip("A ring marks where a model’s answer changes; the digit beside it is the new one"))

    def set_text(self, title: str) -> None:
        self._title = title
        self._fit()

    def _fit(self) -> None:
        both = self._title if self._title == COMPUTING else f"{self._title} · {LEGEND}"
        self.setText(both if self.fontMetrics().horizontalAdvance(both) < self.width() else self._title)
