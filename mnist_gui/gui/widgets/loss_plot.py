"""The curves of a training: loss above, accuracy below, over epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mnist_gui.gui.theme import MARKERS, colors_of
from mnist_gui.gui.widgets.run_points import RunPoints
from mnist_gui.runs.record import EpochFigures

REDRAW_MS = 250
BATCH_ALPHA, PAST_ALPHA = 150, 150  # of 255
EMPTY = "Press Start: the curves grow here"
AWAITED = "The curve begins with the first batch."
WHY_ABOVE = "Training loss lies above because dropout is on."
# What the dashed curves are called, by what validates.
VALIDATION_LOSS = {"held out": "validation loss", "test": "test loss"}
SHAPES = ("●", "■", "▲")
MOST_TICKS = 12


class _RunCurves:
    """One run's curves in both plots."""

    def __init__(self, model: int, epochs: int, batches: int, *, past: bool) -> None:
        self.model = model
        self.epochs = epochs
        self.past = past
        self.points = points = RunPoints(batches)
        self.drawn = True
        marked = {"antialias": True, "symbol": MARKERS[model - 1], "symbolSize": 8}
        self.batch_loss = pg.PlotDataItem(antialias=False)
        # A dot as small as the line is wide: a line through one epoch alone would not be seen.
        solid = {"antialias": True, "symbol": "o", "symbolSize": 4}
        self.loss, self.val_loss = pg.PlotDataItem(**solid), pg.PlotDataItem(**marked)
        self.accuracy, self.val_accuracy = pg.PlotDataItem(**solid), pg.PlotDataItem(**marked)
        self.of_loss = {
            self.batch_loss: points.batch_loss,
            self.loss: points.loss,
            self.val_loss: points.val_loss,
        }
        self.of_accuracy = {self.accuracy: points.accuracy, self.val_accuracy: points.val_accuracy}

    def draw(self) -> None:
        """Hand the points to pyqtgraph, if there are new ones."""
        if not self.drawn:
            for curve, points in (self.of_loss | self.of_accuracy).items():
                curve.setData(points.x, points.y)
        self.drawn = True

    def set_color(self, color: QColor) -> None:
        """Draw in this colour."""
        faint, shown = QColor(color), QColor(color)
        faint.setAlpha(BATCH_ALPHA)
        shown.setAlpha(PAST_ALPHA if self.past else 255)
        # The only long curve: a width of 2 would cost three times as much.
        self.batch_loss.setPen(pg.mkPen(faint, width=1))
        solid, dashed = Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine
        for curve, style in (
            (self.loss, solid),
            (self.accuracy, solid),
            (self.val_loss, dashed),
            (self.val_accuracy, dashed),
        ):
            curve.setPen(pg.mkPen(shown, width=2, style=style))
            curve.setSymbolBrush(shown)
            curve.setSymbolPen(None)


class LossPlot(QWidget):
    """Curves of several runs, each in its model's colour; a run's validation is dashed, with the model's marker."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: dict[str, _RunCurves] = {}
        self._validation = "held out"
        self._past = ""
        self._loss = _Plot(6)
        self._accuracy = _Plot(4)
        self._accuracy.setXLink(self._loss)
        self._loss.getAxis("bottom").setStyle(showValues=False)
        self._key = _label("plot_key", "muted")
        self._key.setTextFormat(Qt.TextFormat.RichText)
        self._note = _label("plot_note", "muted")
        self._log = QCheckBox("Log scale")
        self._log.setObjectName("log_scale")
        self._log.setMinimumHeight(32)
        self._log.setToolTip("Show the loss on a logarithmic scale")
        self._log.toggled.connect(lambda on: self._loss.setLogMode(False, on))
        self._timer = QTimer(self)
        self._timer.setInterval(REDRAW_MS)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.redraw)
        self._lay_out()
        self._empty = _label("plot_empty", "muted")
        self._empty.setParent(self)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setAccessibleName("Curves of loss and accuracy")
        self._apply_theme()
        self.clear()
        self.set_training(False)

    def set_training(self, training: bool) -> None:
        """Say whether a training runs: what an empty plot waits for."""
        self._empty.setText(AWAITED if training else EMPTY)
        self.redraw()

    def clear(self) -> None:
        """Forget every run."""
        for curves in self._runs.values():
            self._take_away(curves)
        self._runs.clear()
        self._past = ""
        self.redraw()
        self._describe()

    def begin(self, run: str, model: int, epochs: int, validation: str, batches: int) -> None:
        """Make room for a run's curves.

        Parameters
        ----------
        validation
            "test" or "held out": what the dashed curves will be of.
        batches
            An epoch's.
        """
        self._add(run, _RunCurves(model, epochs, batches, past=False), validation)

    def add_batch(self, run: str, epoch: int, batch: int, loss: float) -> None:
        """Add one training step's loss; drawn within a tenth of a second."""
        self._runs[run].points.add_batch(epoch, batch, loss)
        self._redraw_soon(run)

    def add_epoch(self, run: str, figures: EpochFigures) -> None:
        """Add a whole epoch's figures."""
        self._runs[run].points.add_epoch(figures)
        self._redraw_soon(run)

    def show_history(self, run: str, model: int, history: Sequence[EpochFigures], validation: str) -> None:
        """Show a run of the past, faintly."""
        curves = _RunCurves(model, len(history), 1, past=True)
        for figures in history:
            curves.points.add_epoch(figures)
        curves.drawn = False
        self._past = run
        self._add(run, curves, validation)
        self.redraw()

    def remove(self, run: str) -> None:
        """Take a run's curves away, if there are any."""
        if run in self._runs:
            self._take_away(self._runs.pop(run))
            self._describe()
            self.redraw()

    def redraw(self) -> None:
        """Draw what has come."""
        self._timer.stop()
        for curves in self._runs.values():
            curves.draw()
        every = [curves.points for curves in self._runs.values()]
        shown = any(points.batch_loss.x or points.loss.x for points in every)
        self._empty.setVisible(not shown)
        self._loss.show_values(shown)
        self._accuracy.show_values(any(points.accuracy.x for points in every))
        said = [f"{name}, {curves.points.said}" for name, curves in self._runs.items() if curves.points.said]
        self.setAccessibleDescription("; ".join(said) or self._empty.text())

    # -- inside

    def _add(self, run: str, curves: _RunCurves, validation: str) -> None:
        self.remove(run)
        self._runs[run] = curves
        self._validation = validation
        curves.set_color(colors_of(self).model(curves.model))
        for curve in curves.of_loss:
            self._loss.addItem(curve)
        for curve in curves.of_accuracy:
            self._accuracy.addItem(curve)
        self._describe()

    def _take_away(self, curves: _RunCurves) -> None:
        for curve in curves.of_loss:
            self._loss.removeItem(curve)
        for curve in curves.of_accuracy:
            self._accuracy.removeItem(curve)

    def _redraw_soon(self, run: str) -> None:
        self._runs[run].drawn = False
        # Started only if it does not run: a stream of events must not put the drawing off for ever.
        if not self._timer.isActive():
            self._timer.start()

    def _describe(self) -> None:
        """Put into words what is shown, and show as many epochs as there will be."""
        colors = colors_of(self)
        validation = VALIDATION_LOSS[self._validation].replace(" ", "\u00a0")
        models = sorted({curves.model for curves in self._runs.values()})
        entries = [
            f'<span style="color:{colors.models[model - 1]}">{SHAPES[model - 1]}</span>&nbsp;Model&nbsp;{model}'
            for model in models
        ]
        if entries:
            entries += ["──\u00a0training\u00a0loss", f"╌╌\u00a0{validation}"]
            entries += [] if self._past else ["thin:\u00a0each\u00a0batch"]
        self._key.setText(" &nbsp; ".join(entries))
        self._note.setText(
            f"Last run: {self._past}. {WHY_ABOVE} Press Start for new curves." if self._past else WHY_ABOVE
        )
        self._note.setVisible(bool(models))
        epochs = max([1, *(curves.epochs for curves in self._runs.values())])
        self._loss.setXRange(0, epochs, padding=0.02)
        for plot in (self._loss, self._accuracy):
            plot.getAxis("bottom").setTickSpacing(levels=[(math.ceil(epochs / MOST_TICKS), 0)])

    def _lay_out(self) -> None:
        heading = _label("loss_heading", "heading")
        heading.setText("Loss")
        top = QHBoxLayout()
        top.setSpacing(16)
        top.addWidget(heading)
        top.addWidget(self._key, 1)
        top.addWidget(self._log)
        accuracy = _label("accuracy_heading", "heading")
        accuracy.setText("Accuracy in percent, by epoch")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(top)
        layout.addWidget(self._loss, 60)
        layout.addWidget(accuracy)
        layout.addWidget(self._accuracy, 25)
        layout.addWidget(self._note)

    def _apply_theme(self) -> None:
        colors = colors_of(self)
        metrics = self.fontMetrics()
        for plot in (self._loss, self._accuracy):
            plot.setBackground(colors.surface)
            for side in ("left", "bottom"):
                axis = plot.getAxis(side)
                axis.setPen(pg.mkPen(colors.border))
                axis.setTextPen(pg.mkPen(colors.muted))
                axis.setTickFont(self.font())
            plot.updateGeometry()
            plot.getAxis("left").setWidth(metrics.horizontalAdvance("0.000") + 10)
        for curves in self._runs.values():
            curves.set_color(colors.model(curves.model))

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Follow the theme and the text size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._apply_theme()
            self._describe()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the words of the empty state in the middle."""
        super().resizeEvent(event)
        self._empty.setGeometry(self.rect())


class _Plot(pg.PlotWidget):
    """A plot that is looked at: it keeps still under mouse and wheel.

    It has no grid: pyqtgraph's costs three times as much as the curves, ten times a second.

    Parameters
    ----------
    least_lines
        Of text: how low it may become. (pyqtgraph's own idea of a height is 480 pixels.)
    """

    def __init__(self, least_lines: int) -> None:
        super().__init__()
        self._least_lines = least_lines
        self.setMouseEnabled(x=False, y=False)
        self.setMenuEnabled(False)
        self.hideButtons()
        self.getAxis("left").setStyle(hideOverlappingLabels=True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_values(self, shown: bool) -> None:
        """Show the left axis' numbers or not: without points pyqtgraph makes some up, from 0 to 1."""
        axis = self.getAxis("left")
        if axis.style["showValues"] != shown:
            axis.setStyle(showValues=shown)

    # -- Qt

    def sizeHint(self) -> QSize:
        """Follow the font."""
        height = self._least_lines * self.fontMetrics().height()
        return QSize(2 * height, height)

    def minimumSizeHint(self) -> QSize:
        """Become no lower."""
        return self.sizeHint()


def _label(name: str, kind: str) -> QLabel:
    label = QLabel()
    label.setObjectName(name)
    label.setProperty(kind, True)
    label.setWordWrap(kind == "muted")
    return label
