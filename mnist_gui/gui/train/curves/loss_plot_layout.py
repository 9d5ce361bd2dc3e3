"""The parts of the Train tab's plot, and where they are."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, heading, muted, push_button
from mnist_gui.gui.widgets.plot_view import PlotView

ACCURACY = "Accuracy in percent, by epoch"
IGNORE = (
    "Leave the highest losses out of the range shown.\n"
    "Those of a run’s first batches are, once its first epoch has ended."
)


# Lines of text that loss and accuracy are high at least; low, where something else is to be seen beside them.
HIGH, LOW = (10, 6), (6, 4)


class LossPlotLayout(QWidget):
    """Two plots with headings, key, options and a note; it follows theme and text size, and knows no runs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._loss, self._accuracy = PlotView(HIGH[0], focusable=True), PlotView(HIGH[1])
        self._views = self._loss, self._accuracy
        self._accuracy.setXLink(self._loss)
        self._loss.getAxis("bottom").setStyle(showValues=False)
        self._loss.setAccessibleName("Curves of loss and accuracy")
        self._key = muted(name="plot_key")
        self._key.setTextFormat(Qt.TextFormat.RichText)
        self._note = muted(name="plot_note")
        self._behind = _check("show_notebook", "Notebook", "Show the notebook's own twelve epochs, dotted")
        self._behind.setChecked(True)
        self._behind.hide()
        self._ignore = _check("ignore_outliers", "Ignore outliers", IGNORE)
        self._log = _check("log_scale", "Log scale", "Show the loss on a logarithmic scale")
        self._save = push_button("Save plot…", "save_plot")
        self._save.setToolTip("Save both plots as one picture, PNG or SVG")
        self._lay_out()
        self._empty = muted(name="plot_empty")
        self._empty.setParent(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName("Curves of loss and accuracy")
        self._apply_theme()

    def set_low(self, low: bool) -> None:
        """Leave room for other things, or take it back."""
        for view, lines in zip(self._views, LOW if low else HIGH, strict=True):
            view.set_least_lines(lines)

    def _lay_out(self) -> None:
        top, bottom = QHBoxLayout(), QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(heading("Loss", "loss_heading"))
        top.addStretch()
        for box in (self._behind, self._ignore, self._log):
            top.addWidget(box)
        bottom.setSpacing(16)
        bottom.addWidget(self._note, 1)
        bottom.addWidget(self._save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._key)
        layout.addWidget(self._loss, 60)
        layout.addWidget(heading(ACCURACY, "accuracy_heading"))
        layout.addWidget(self._accuracy, 25)
        layout.addLayout(bottom)

    def _apply_theme(self) -> None:
        colors = colors_of(self)
        for view in self._views:
            view.setBackground(colors.surface)
            for side in ("left", "bottom"):
                axis = view.getAxis(side)
                axis.setPen(pg.mkPen(colors.border))
                axis.setTextPen(pg.mkPen(colors.muted))
                axis.setTickFont(self.font())
            view.updateGeometry()
            view.getAxis("left").setWidth(self.fontMetrics().horizontalAdvance("0.000") + 10)
        # Of itself an axis gets room for larger numbers only after it has left them out once.
        self._accuracy.getAxis("bottom").setHeight(self.fontMetrics().height() + 10)

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._apply_theme()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the words of the empty state in the middle."""
        super().resizeEvent(event)
        self._empty.setGeometry(self.rect())


def _check(name: str, text: str, tip: str) -> QCheckBox:
    box = QCheckBox(text)
    box.setObjectName(name)
    box.setMinimumHeight(TARGET_HEIGHT)
    box.setToolTip(tip)
    return box
