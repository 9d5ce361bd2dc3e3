"""The curves of trainings: loss above, accuracy below, over epochs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import chain
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGraphicsView, QWidget

from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.train.curves.loss_plot_layout import ACCURACY, LossPlotLayout
from mnist_gui.gui.train.curves.plot_cursor import PlotCursor
from mnist_gui.gui.train.curves.plot_export import Sheet, save_picture
from mnist_gui.gui.train.curves.plot_tooltip import key_html, note, said
from mnist_gui.gui.train.curves.run_curves import FEW_RUNS, RunCurves
from mnist_gui.gui.widgets.plot_view import ACCURACY_SHOWN, ALL, LOSS_SHOWN, ranging_values, summary
from mnist_gui.runs.record import EpochMetrics

REDRAW_MS = 250
EMPTY = "Press Start: the curves grow here"
AWAITED = "The curve begins with the first batch."
MOST_NAMED = 6  # runs, in a saved picture
BEGINNING = 0.02  # of the epochs shown: how long batch losses fall so steeply that they would flatten all others


class LossPlot(LossPlotLayout):
    """Curves of many runs, each in its model's colour; a run's validation is dashed, with the model's marker.

    A training is drawn as it grows; runs of the past are faint, and the notebook's own curves dotted behind all.
    Pointing, by mouse or with the arrow keys, tells figures and raises the run that they are of.

    Signals
    -------
    save_requested()
        The person wants the plot as a file: ask for a path, then `save`.
    """

    save_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._runs: dict[str, RunCurves] = {}
        self._notebook: dict[int, RunCurves] = {}
        self._moving = ""  # the run begun last; all others rest
        self._rest_changed = False
        self._rest_values = {view: np.empty(0) for view in self._views}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._pointer = PlotCursor(self, self._loss, self._accuracy, self._runs)
        self._connect()
        self.clear()
        self.set_training(False)

    def set_training(self, training: bool) -> None:
        """Say whether a training runs: what an empty plot waits for."""
        self._empty.setText(AWAITED if training else EMPTY)
        self.redraw()

    def set_notebook(self, histories: Mapping[int, Sequence[EpochMetrics]]) -> None:
        """Draw the notebook's own epochs behind the curves of the same model; by model, 1 to 3.

        They never stretch the epochs shown, and of the range of values only as far as they can be seen.
        """
        self._notebook = {}
        for model, history in histories.items():
            curves = RunCurves("The notebook", model, len(history), 1, "test", "notebook")
            curves.add_epochs(history)
            self._notebook[model] = curves
        self._behind.setVisible(bool(histories))
        self._change_rest()

    def clear(self) -> None:
        """Forget every run, but not the notebook."""
        self._runs.clear()
        self._moving = ""
        self._pointer.stop()
        for view in self._views:
            view.forget_range()
        self._change_rest()
        self.redraw()

    def begin(self, run: str, model: int, epochs: int, validation: str, batches: int) -> None:
        """Make room for a run's curves.

        Parameters
        ----------
        epochs
            As many as there will be.
        validation
            "test" or "held out": what the dashed curves will be of.
        batches
            An epoch's.
        """
        self._runs.pop(run, None)
        self._runs[run] = RunCurves(run, model, epochs, batches, validation, "live")
        self._moving = run
        self._change_rest()

    def add_batch(self, run: str, epoch: int, batch: int, loss: float) -> None:
        """Add one training step's loss; drawn within a quarter of a second."""
        self._runs[run].add_batch(epoch, batch, loss)
        self._grew(run)

    def add_epoch(self, run: str, figures: EpochMetrics) -> None:
        """Add a whole epoch's figures."""
        self._runs[run].add_epochs([figures])
        self._grew(run)

    def show_history(self, run: str, model: int, history: Sequence[EpochMetrics], validation: str) -> None:
        """Show a run of the past, faintly, beside what is shown already."""
        last = max((figures.epoch for figures in history), default=1)
        curves = RunCurves(run, model, last, 1, validation, "past")
        curves.add_epochs(history)
        if run == self._moving:
            self._moving = ""
        self._runs[run] = curves
        self._change_rest()

    def remove(self, run: str) -> None:
        """Take a run's curves away, if there are any."""
        if self._runs.pop(run, None) is not None:
            self._change_rest()

    def highlight(self, run: str) -> None:
        """Raise a run above the others whenever none is pointed at; "" for none."""
        self._pointer.choose(run)

    def save(self, path: Path) -> None:
        """Write both plots, headings and key as one picture, PNG or SVG by the path's suffix.

        Raises
        ------
        ValueError
            The suffix is another one.
        OSError
            The file cannot be written.
        """
        self._pointer.stop()
        self.redraw()
        colors = colors_of(self)
        titles = [escape(run.title) for run in self._runs.values()]
        more = [f"and {len(titles) - MOST_NAMED} more"] if len(titles) > MOST_NAMED else []
        named = ", ".join([*titles[:MOST_NAMED], *more])
        parts: list[str | QGraphicsView] = [
            "<b>Loss</b>",
            self._key.text(),
            self._loss,
            f"<b>{ACCURACY}</b>",
            self._accuracy,
            named,
        ]
        sheet = Sheet(parts, self.font(), (colors.surface, colors.text))
        save_picture(path, sheet.size, "Loss and accuracy by epoch", sheet.paint)

    def redraw(self) -> None:
        """Draw what has come."""
        self._timer.stop()
        colors = colors_of(self)
        if self._rest_changed:
            self._draw_rest(colors)
        moving = self._runs.get(self._moving)
        self._loss.moving.set_curves(moving.loss(colors) if moving else ())
        self._accuracy.moving.set_curves(moving.accuracy(colors) if moving else ())
        self._fit()
        points = [run.points for run in self._runs.values()]
        shown = any(of_run.steps or of_run.last for of_run in points)
        self._empty.setVisible(not shown)
        self._loss.show_values(shown)
        self._accuracy.show_values(any(of_run.last for of_run in points) or (shown and self._behind.isChecked()))
        self._describe()
        self._pointer.refresh()

    # -- inside

    def _grew(self, run: str) -> None:
        self._rest_changed |= run != self._moving
        # Started only if it does not run: a stream of events must not put the drawing off for ever.
        if not self._timer.isActive():
            self._timer.start(REDRAW_MS)

    def _change_rest(self) -> None:
        """Say at once what is shown, and draw it at the next turn: many runs may come or go together."""
        self._rest_changed = True
        self._describe()
        for view in self._views:
            view.show_epochs(self._epochs)
        self._timer.start(0)

    def _describe(self) -> None:
        runs = self._runs.values()
        self._key.setText(key_html(runs, colors_of(self), notebook=bool(self._seen_notebook())))
        self._note.setText(note(runs))
        self._note.setVisible(bool(runs))
        self._save.setVisible(bool(runs))
        self.setAccessibleDescription(said(runs) or self._empty.text())

    @property
    def _epochs(self) -> int:
        return max([1, *(run.epochs for run in self._runs.values())])

    def _seen_notebook(self) -> dict[int, RunCurves]:
        """Return the notebook's curves of the models in the plot, unless they are hidden."""
        models = {run.model for run in self._runs.values()} if self._behind.isChecked() else ()
        return {model: curves for model, curves in self._notebook.items() if model in models}

    def _draw_rest(self, colors: Colors) -> None:
        """Hand over all that stands still, and keep what its range is chosen by."""
        self._rest_changed = False
        crowd, ignore = len(self._runs) > FEW_RUNS, self._ignore.isChecked()
        runs = [run for name, run in self._runs.items() if name != self._moving]
        behind = self._pointer.notebook = self._seen_notebook()
        for view, curves_of in zip(self._views, (RunCurves.loss, RunCurves.accuracy), strict=True):
            dotted = [curves_of(run, colors) for run in behind.values()]
            resting = [curves_of(run, colors, crowd=crowd) for run in runs]
            view.rest.set_curves([*chain(*dotted), *chain(*resting)])
            # Of the notebook its validation, as far as it is seen: its training curve would flatten the others.
            values = [validation.y[validation.x <= self._epochs] for _, validation in dotted]
            for run, curves in zip(runs, resting, strict=True):
                values += ranging_values(curves, ignore_outliers=ignore, since=self._since(run))
            self._rest_values[view] = summary(values)

    def _since(self, run: RunCurves | None) -> float:
        """Return from where on a run's batch losses take part in the choice of a range: once it has whole epochs."""
        return BEGINNING * self._epochs if run is not None and run.points.last else 0.0

    def _fit(self) -> None:
        """Choose the ranges of both axes of values."""
        ignore, since = self._ignore.isChecked(), self._since(self._runs.get(self._moving))
        shown = (LOSS_SHOWN, ACCURACY_SHOWN) if ignore else (ALL, ALL)
        for view, (low, high) in zip(self._views, shown, strict=True):
            moving = ranging_values(view.moving.curves, ignore_outliers=ignore, since=since)
            values = np.concatenate([self._rest_values[view], *moving])
            if view is self._loss and self._log.isChecked():
                values = np.log10(values[values > 0])
            view.fit(values, low=low, high=high)

    def _choose_scale(self) -> None:
        self._loss.setLogMode(False, self._log.isChecked())
        # With every scale pyqtgraph chooses the ranges by itself, once and from now on: epochs too.
        self._loss.disableAutoRange()
        self._loss.show_epochs(self._epochs)
        self._choose_range()

    def _choose_range(self) -> None:
        self._rest_changed = True
        for view in self._views:
            view.forget_range()
        self.redraw()

    def _connect(self) -> None:
        self._timer.timeout.connect(self.redraw)
        self._behind.toggled.connect(self._change_rest)
        self._ignore.toggled.connect(self._choose_range)
        self._log.toggled.connect(self._choose_scale)
        self._save.clicked.connect(self.save_requested)

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Draw in the colours of the theme."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._change_rest()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave no card where the line no longer is."""
        super().resizeEvent(event)
        self._pointer.stop()
