"""The curves of trainings: loss above, accuracy below, over epochs."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from itertools import chain
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.train.curves.plot_cursor import PlotCursor
from mnist_gui.gui.train.curves.plot_export import save_plots
from mnist_gui.gui.train.curves.run_curves import FEW_RUNS, VALIDATION_WORDS, RunCurves
from mnist_gui.gui.widgets.curve_layer import Curve, Floats
from mnist_gui.gui.widgets.fitted_label import fits
from mnist_gui.gui.widgets.form_controls import (
    TARGET_HEIGHT,
    check_box,
    heading,
    keep_size_when_hidden,
    muted,
    push_button,
    reserve_height,
)
from mnist_gui.gui.widgets.plain_text import html_text, tool_tip
from mnist_gui.gui.widgets.plot_view import PlotView
from mnist_gui.gui.widgets.run_marker import LETTERS, RunMarks
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.wording import model_title

REDRAW_MS = 250
NAME = "Curves of loss and accuracy"
ACCURACY = "Accuracy in percent, by epoch"
IGNORE = (
    "Leave the highest losses out of the range shown.\n"
    "Those of a run’s first batches are, once its first epoch has ended."
)
EMPTY = "Press Start: the curves grow here"
AWAITED = "The curve begins with the first batch."
ABOVE = "Training loss lies above because dropout is on."
WHY_ABOVE = (
    "While a model trains, dropout and any augmentation make its digits harder, and the training loss is the mean over "
    "the epoch; the validation loss is that of its end."
)
BELOW = "Training loss lies below: the network begins to know its training frames by heart."
DIVERGING = "The loss is far worse than that of guessing: the training diverges."
NOTE_SPACING = 16
HEAD_SPACING, LEGEND_MARGIN = 4, 8  # pixels
LONGEST_NOTE = f"Past run: model-3-notebook-20261122-191629. {ABOVE}"
USUAL_RUNS = 2  # of each model; with more, the legend may grow by a line
LONGEST_LEGEND = " ".join(
    entry.replace(" ", "\u00a0")
    for entry in (
        *(f"{marks[:USUAL_RUNS]} Model {model} " for model, marks in enumerate(LETTERS[1:4], start=1)),
        "── training loss ",
        "╌╌ validation or test loss ",
        "thin: each batch ",
        "◯ best epoch ",
        "···· the notebook",
    )
)
FAR_WORSE = 2 * math.log(10)  # guessing one of ten digits has half this loss
MAX_NAMED = 6  # runs, in a saved picture
MAX_DESCRIBED = 3  # runs, in the accessible description
LEAST_LOSS, LEAST_ACCURACY = 5, 4  # least heights of the plots, in lines of text
LEGEND_LINES = 2  # of the legend beside the heading; where it needs more, it stands below
BEGINNING = 0.02  # of the epochs shown: the first batch losses fall so steeply that they would flatten all others
# Percentiles of the values shown while outliers are ignored. The good end of each metric decides about a run.
LOSS_SHOWN, ACCURACY_SHOWN, ALL = (0, 95), (5, 100), (0, 100)
LOWEST_BATCHES = 1  # percent of them are outliers, which a logarithmic scale would stretch
MAX_VALUES = 10_000  # by which a range is chosen


class LossPlot(QWidget):
    """Curves of many runs, each in its model's colour; the validation of a run is dashed, with the model's marker.

    A training is drawn as it grows; runs of the past are faint, and the notebook's own curves dotted behind all.
    Pointing, with the mouse or the arrow keys, shows values and raises their run.

    Signals
    -------
    save_requested()
        The user wants the plot as a file: ask for a path, then call `save`.
    marks_changed(marks: dict[str, tuple[int, int]])
        Mark and variant of the runs in the plot, by run; see `RunMarker`.
    """

    save_requested = Signal()
    marks_changed = Signal(dict)

    def __init__(self, marks: RunMarks | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = marks or RunMarks()
        self._runs: dict[str, RunCurves] = {}
        self._notebook: dict[int, RunCurves] = {}
        self._moving = ""  # the run begun last; all others rest
        self._rest_changed = False
        self._timer = QTimer(self, singleShot=True)
        self._loss = PlotView(LEAST_LOSS, opaque=True, focusable=True)
        self._accuracy = PlotView(LEAST_ACCURACY, opaque=True)
        self._views = self._loss, self._accuracy
        self._loss.aligned, self._accuracy.aligned = [self._accuracy], [self._loss]
        self._rest_values = {view: np.empty(0) for view in self._views}
        self._accuracy.setXLink(self._loss)
        self._loss.getAxis("bottom").setStyle(showValues=False)
        self._loss.getAxis("bottom").setHeight(None)
        self._legend = muted(name="plot_key")
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # see `_place_legend`
        self._note = muted(name="plot_note")
        self._behind = check_box("Notebook", "show_notebook", "Show the notebook's own twelve epochs, dotted")
        self._behind.setChecked(True)
        self._behind.hide()
        self._ignore = check_box("Ignore outliers", "ignore_outliers", IGNORE)
        self._log = check_box("Log scale", "log_scale", "Show the loss on a logarithmic scale")
        self._save = push_button("Save plot…", "save_plot")
        self._save.setToolTip("Save both plots as one picture, PNG or SVG")
        self._empty = muted(name="plot_empty")
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self, self._loss):
            widget.setAccessibleName(NAME)
        self._lay_out()
        self._cursor = PlotCursor(self, self._loss, self._accuracy, self._runs)
        self._timer.timeout.connect(self.redraw)
        self._behind.toggled.connect(self._change_rest)
        self._ignore.toggled.connect(self._choose_range)
        self._log.toggled.connect(self._choose_scale)
        self._save.clicked.connect(self.save_requested)
        self.clear()
        self.set_training(False)

    def set_training(self, training: bool) -> None:
        """Set whether a training is running, which changes the text of an empty plot."""
        self._empty.setText(AWAITED if training else EMPTY)
        self.redraw()

    def set_notebook(self, histories: Mapping[int, Sequence[EpochMetrics]]) -> None:
        """Draw the notebook's own epochs behind the curves of the same model; by model, 1 to 3.

        They never extend the range of epochs, and the range of values only as far as they are visible.
        """
        self._notebook = {}
        for model, history in histories.items():
            curves = RunCurves("The notebook", model, len(history), 1, "test", "notebook")
            curves.add_epochs(history)
            self._notebook[model] = curves
        self._behind.setVisible(bool(histories))
        self._change_rest()

    def clear(self) -> None:
        """Remove every run, but not the notebook."""
        self._runs.clear()
        self._moving = ""
        self._cursor.stop()
        for view in self._views:
            view.forget_range()
        self._change_rest()
        self.redraw()

    def begin(self, run: str, model: int, epochs: int, validation: str, batches: int) -> None:
        """Add a run that is going to grow; see `RunCurves` for the parameters."""
        self._runs.pop(run, None)
        self._runs[run] = RunCurves(run, model, epochs, batches, validation, "live")
        self._moving = run
        self._change_rest()

    def add_batch(self, run: str, epoch: int, batch: int, loss: float) -> None:
        """Add the loss of a training step; it is drawn within a quarter of a second."""
        self._runs[run].add_batch(epoch, batch, loss)
        self._schedule(run)

    def add_epoch(self, run: str, metrics: EpochMetrics) -> None:
        """Add the metrics of a whole epoch."""
        self._runs[run].add_epochs([metrics])
        self._schedule(run)

    def show_history(self, run: str, model: int, history: Sequence[EpochMetrics], validation: str) -> None:
        """Show a run of the past, faintly, beside the others."""
        last = max((metrics.epoch for metrics in history), default=1)
        curves = RunCurves(run, model, last, 1, validation, "past")
        curves.add_epochs(history)
        if run == self._moving:
            self._moving = ""
        self._runs[run] = curves
        self._change_rest()

    def put_in_order(self, names: Sequence[str]) -> None:
        """Put these runs first, in this order: it decides about the marks of runs of the same model."""
        before = list(self._runs)
        ordered = {name: self._runs[name] for name in (*names, *before) if name in self._runs}
        if list(ordered) != before:
            self._runs.clear()  # the cursor holds it
            self._runs.update(ordered)
            self._change_rest()

    def remove(self, run: str) -> None:
        """Remove a run's curves, if there are any."""
        if self._runs.pop(run, None) is not None:
            self._change_rest()

    def highlight(self, run: str) -> None:
        """Raise a run above the others while the user points at none; "" for none."""
        self._cursor.choose(run)

    def save(self, path: Path) -> None:
        """Write both plots, headings and legend as one picture, see `save_plots`."""
        self._cursor.stop()
        self.redraw()
        titles = [html_text(run.title) for run in self._runs.values()]
        more = [f"and {len(titles) - MAX_NAMED} more"] if len(titles) > MAX_NAMED else []
        named = ", ".join([*titles[:MAX_NAMED], *more])
        loss, accuracy = ("<b>Loss</b>", self._legend.text(), self._loss), (f"<b>{ACCURACY}</b>", self._accuracy)
        colors = colors_of(self)
        title = "Loss and accuracy by epoch"
        save_plots(path, [*loss, *accuracy, named], self.font(), paper=colors.surface, ink=colors.text, title=title)

    def redraw(self) -> None:
        """Draw the values that were added."""
        self._timer.stop()
        colors = colors_of(self)
        if self._rest_changed:
            self._draw_rest(colors)
        moving = self._runs.get(self._moving)
        self._loss.moving.set_curves(moving.loss(colors) if moving else ())
        self._accuracy.moving.set_curves(moving.accuracy(colors) if moving else ())
        self._fit()
        runs = self._runs.values()
        shown = any(run.steps or run.last for run in runs)
        self._empty.setVisible(not shown)
        self._loss.show_values(shown)
        self._accuracy.show_values(any(run.last for run in runs) or (shown and self._behind.isChecked()))
        self._describe()
        self._cursor.refresh()

    # -- inside

    def _lay_out(self) -> None:
        self._head, boxes, bottom = QGridLayout(), QHBoxLayout(), QHBoxLayout()
        self._head.setHorizontalSpacing(HEAD_SPACING)
        self._head.setVerticalSpacing(4)
        self._head.setColumnStretch(1, 1)
        self._heading = heading("Loss", "loss_heading")
        self._heading.setWordWrap(False)
        self._head.addWidget(self._heading, 0, 0)
        boxes.setSpacing(8)
        for box in (self._behind, self._ignore, self._log):
            boxes.addWidget(box)
        self._head.addLayout(boxes, 0, 2)
        self._boxes = boxes
        bottom.setSpacing(NOTE_SPACING)
        keep_size_when_hidden(self._note, self._save)
        bottom.addWidget(self._note, 1)
        bottom.addWidget(self._save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(self._head)
        layout.addWidget(self._loss, 60)
        layout.addWidget(heading(ACCURACY, "accuracy_heading"))
        layout.addWidget(self._accuracy, 25)
        layout.addLayout(bottom)
        self._empty.setParent(self)  # above the plots

    def _schedule(self, run: str) -> None:
        self._rest_changed |= run != self._moving
        # Not restarted: a stream of events must not postpone the drawing for ever.
        if not self._timer.isActive():
            self._timer.start(REDRAW_MS)

    def _change_rest(self) -> None:
        """Update the texts at once and draw in the next event loop, because runs often come or go together."""
        self._rest_changed = True
        self._choose_marks()
        self._describe()
        self._show_epochs()
        self._timer.start(0)

    def _choose_marks(self) -> None:
        runs = [(run.model or None, name) for name, run in self._runs.items()]
        marks = dict(zip(self._runs, self._marks.choose(runs), strict=True))
        for name, run in self._runs.items():
            run.mark, run.variant = marks[name]
        self.marks_changed.emit(marks)

    def _describe(self) -> None:
        runs = self._runs.values()
        self._legend.setText(_legend_html(runs, colors_of(self), notebook=bool(self._visible_notebook())))
        self._note.setText(_note(runs))
        self._note.setToolTip(tool_tip(WHY_ABOVE) if ABOVE in self._note.text() else "")
        self._note.setVisible(bool(runs))
        self._save.setVisible(bool(runs))
        self.setAccessibleDescription(_description(runs) or self._empty.text())

    def update_marks(self) -> None:
        """Choose the marks again: other runs answer."""
        if self._runs:
            self._change_rest()

    @property
    def _epochs(self) -> int:
        return max([1, *(run.epochs for run in self._runs.values())])

    def _show_epochs(self) -> None:
        for view in self._views:
            view.setXRange(0, self._epochs, padding=0.02)

    def _visible_notebook(self) -> dict[int, RunCurves]:
        """Return the notebook's curves of the models in the plot, unless they are hidden."""
        models = {run.model for run in self._runs.values()} if self._behind.isChecked() else ()
        return {model: curves for model, curves in self._notebook.items() if model in models}

    def _draw_rest(self, colors: Colors) -> None:
        """Draw all runs but the moving one, and keep the values that their range is chosen by."""
        self._rest_changed = False
        crowd, ignore = len(self._runs) > FEW_RUNS, self._ignore.isChecked()
        runs = [run for name, run in self._runs.items() if name != self._moving]
        behind = self._cursor.notebook = self._visible_notebook()
        for view, curves_of in zip(self._views, (RunCurves.loss, RunCurves.accuracy), strict=True):
            dotted = [curves_of(run, colors) for run in behind.values()]
            resting = [curves_of(run, colors, crowd=crowd) for run in runs]
            view.rest.set_curves([*chain(*dotted), *chain(*resting)])
            # Of the notebook, the visible part of the validation: its training curve would flatten the others.
            values = [validation.y[validation.x <= self._epochs] for _, validation in dotted]
            for run, curves in zip(runs, resting, strict=True):
                values += _ranging_values(curves, ignore_outliers=ignore, since=self._since(run))
            joined = np.concatenate([np.empty(0), *values])
            if len(joined) > MAX_VALUES:  # quantiles are enough to choose a range
                joined = np.quantile(joined[np.isfinite(joined)], np.linspace(0, 1, MAX_VALUES))
            self._rest_values[view] = joined

    def _since(self, run: RunCurves | None) -> float:
        """Return the epoch from which batch losses extend the range: all do until the run has a whole epoch."""
        return BEGINNING * self._epochs if run is not None and run.last else 0.0

    def _fit(self) -> None:
        """Choose the ranges of both axes of values."""
        ignore, since = self._ignore.isChecked(), self._since(self._runs.get(self._moving))
        shown = (LOSS_SHOWN, ACCURACY_SHOWN) if ignore else (ALL, ALL)
        for view, (low, high) in zip(self._views, shown, strict=True):
            moving = _ranging_values(view.moving.curves, ignore_outliers=ignore, since=since)
            values = np.concatenate([self._rest_values[view], *moving])
            if view is self._loss and self._log.isChecked():
                values = np.log10(values[values > 0])
            view.fit(values, low=low, high=high)

    def _choose_scale(self) -> None:
        self._loss.setLogMode(False, self._log.isChecked())
        self._loss.disableAutoRange()  # which setLogMode enables, for the epochs too
        self._show_epochs()
        self._choose_range()

    def _choose_range(self) -> None:
        self._rest_changed = True
        for view in self._views:
            view.forget_range()
        self.redraw()

    def _place_legend(self) -> None:
        """Put the legend beside the heading where its longest text needs few lines there, otherwise below."""
        metrics = self._legend.fontMetrics()
        taken = self._heading.sizeHint().width() + self._boxes.sizeHint().width()
        beside = self.width() - taken - 2 * (HEAD_SPACING + LEGEND_MARGIN)
        # Marks come from other fonts, which may be taller.
        is_beside = fits(
            LONGEST_LEGEND, metrics, QSize(beside, max(LEGEND_LINES * metrics.lineSpacing(), TARGET_HEIGHT))
        )
        self._head.removeWidget(self._legend)
        self._head.addWidget(self._legend, *((0, 1) if is_beside else (1, 0, 1, 3)))
        margin = LEGEND_MARGIN if is_beside else 0
        self._legend.set_margins(margin, 0, margin, 0)
        reserve_height(self._legend, LONGEST_LEGEND, beside if is_beside else self.width())

    def _reserve_heights(self) -> None:
        """Reserve the heights of the longest texts: the plots must not change their size with the runs."""
        self._place_legend()
        reserve_height(self._note, LONGEST_NOTE, self.width() - self._save.sizeHint().width() - NOTE_SPACING)

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.PaletteChange, QEvent.Type.FontChange):
            self._reserve_heights()
            self._change_rest()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reserve_heights()
        self._empty.setGeometry(self.rect())
        self._cursor.stop()  # its card would be beside the line


def _legend_html(runs: Collection[RunCurves], colors: Colors, *, notebook: bool) -> str:
    """Return the models, kinds of line, and marks in the plots."""
    if not runs:
        return ""
    entries = []
    for model in sorted({run.model for run in runs}):
        texts: dict[str, list[str]] = {}  # by colour
        for run in (run for run in runs if run.model == model):
            texts.setdefault(colors.mark(run.mark).name(), []).append(run.marker.text)
        colored = "".join(
            f'<span style="color:{color}">{"".join(dict.fromkeys(letters))}</span>' for color, letters in texts.items()
        )
        entries.append(f"{colored}&nbsp;{model_title(model).replace(' ', '&nbsp;')}")
    losses = (VALIDATION_WORDS[kind].loss for kind in sorted({run.validation for run in runs}))
    dashed = f"{' or '.join(loss.removesuffix(' loss') for loss in losses)} loss"
    lines = ["── training loss", f"╌╌ {dashed}"]
    if any(run.kind == "live" for run in runs):
        lines.append("thin: each batch")
    if any(run.best for run in runs):
        lines.append("◯ best epoch")
    if notebook:
        lines.append("···· the notebook")
    # No line break within an entry.
    return " &nbsp; ".join([*entries, *(line.replace(" ", "\u00a0") for line in lines)])


def _note(runs: Collection[RunCurves]) -> str:
    """Return the sentence below the plots."""
    past = [run.title for run in runs if run.kind == "past"]
    sentences = [_explanation(runs)]
    if past and len(runs) > 1:
        sentences.append("Point at a curve for its run.")
    elif past:
        sentences = [f"Past run: {past[0]}.", *sentences]
    return " ".join(filter(None, sentences))


def _explanation(runs: Collection[RunCurves]) -> str:
    """Return why training and validation loss differ in the last epochs; "" if not the same holds for all runs."""
    found = set()
    for run in runs:
        if run.last is not None:
            loss, val_loss = run.last.loss, run.last.val_loss
            converging = loss <= FAR_WORSE and val_loss <= FAR_WORSE  # false for NaN, too
            found.add((ABOVE if loss > val_loss else BELOW) if converging else DIVERGING)
    return found.pop() if len(found) == 1 else ""


def _description(runs: Collection[RunCurves]) -> str:
    """Return the last epochs of the newest runs as a text, and the number of other runs."""
    known = [run for run in runs if run.last]
    more = [f"and {len(known) - MAX_DESCRIBED} more"] if len(known) > MAX_DESCRIBED else []
    return "; ".join([*(run.description for run in known[-MAX_DESCRIBED:]), *more])


def _ranging_values(curves: Sequence[Curve], *, ignore_outliers: bool, since: float) -> list[Floats]:
    """Return the finite values of curves by which a range is chosen; of noisy ones only those since an epoch."""
    found = []
    for curve in curves:
        known = np.isfinite(curve.y)
        if curve.noisy:
            known &= curve.x >= since
        values = curve.y[known]
        if curve.noisy and ignore_outliers and len(values):
            values = values[values >= np.percentile(values, LOWEST_BATCHES)]
        found.append(values)
    return found
