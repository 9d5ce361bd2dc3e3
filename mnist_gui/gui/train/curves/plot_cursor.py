"""Pointing into the plots: a line at an epoch, a card with the values there, and the run that is raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import NamedTuple

import pyqtgraph as pg
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.train.curves.run_curves import RunCurves
from mnist_gui.gui.widgets.plain_text import html_text
from mnist_gui.gui.widgets.plot_view import PlotView, plain_number, stepped
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.wording import model_title, percent_number

GAP = 12  # pixels between line and card
MAX_HEIGHT = 0.7  # of the parent's, so that some of the curves stay visible
MAX_READINGS = 3
HELP = "Left and right arrows tell the figures of an epoch, up and down choose the run."


class Reading(NamedTuple):
    """The metrics of a run at an epoch."""

    run: RunCurves
    metrics: EpochMetrics

    @property
    def description(self) -> str:
        run, metrics = self
        return (
            f"{run.title}, {model_title(run.model).lower()}: training loss {metrics.loss:.4f}, {run.validation} loss "
            f"{metrics.val_loss:.4f}, training accuracy {percent_number(metrics.accuracy)} percent, {run.validation} "
            f"accuracy {percent_number(metrics.val_accuracy)} percent"
        )


class PlotCursor(QObject):
    """Shows the values at the pointer, or at the epoch selected with the arrow keys.

    Parameters
    ----------
    parent
        The widget that the card stays inside.
    loss, accuracy
        The plots; `loss` takes the keyboard focus.
    runs
        The runs in the plots, in order, kept up to date by the caller.

    Attributes
    ----------
    notebook
        The notebook's runs by model; shown beside a run of the same model.
    """

    def __init__(self, parent: QWidget, loss: PlotView, accuracy: PlotView, runs: Mapping[str, RunCurves]) -> None:
        super().__init__(parent)
        self.notebook: Mapping[int, RunCurves] = {}
        self._loss, self._accuracy = loss, accuracy
        self._runs = runs
        self._parent = parent
        self._card = PlotCard(parent)
        self._epoch: int | None = None
        self._nearest: list[str] = []  # runs with metrics at that epoch
        self._height = 0  # of the card's middle, in the parent's pixels
        self._chosen = ""
        for view in (loss, accuracy):
            view.pointed.connect(lambda epoch, value, view=view: self._point(view, epoch, value))
            view.pointing_ended.connect(self.stop)
        loss.key_pressed.connect(self._step)
        loss.setAccessibleDescription(HELP)

    def choose(self, run: str) -> None:
        """Raise a run while the user points at none; "" for none."""
        self._chosen = run
        self.refresh()

    def stop(self) -> None:
        """Hide line and card."""
        self._epoch = None
        self._nearest = []
        self._card.hide()
        for view in (self._loss, self._accuracy):
            view.line.hide()
        self._loss.setAccessibleDescription(HELP)
        self._raise()

    def refresh(self) -> None:
        """Follow a change of runs, metrics, theme or size."""
        if self._epoch is None:
            self._raise()
        else:
            self._show(self._epoch, [run for run in self._nearest if run in self._runs])

    # -- inside

    @property
    def _last(self) -> int:
        return max((run.last.epoch for run in self._runs.values() if run.last), default=0)

    def _point(self, view: PlotView, epoch: float, value: float) -> None:
        """Show the nearest epoch, with the runs whose curves are nearest first."""
        if not self._last:
            return
        nearest = min(max(round(epoch), 1), self._last)
        of_loss = view is self._loss
        log = of_loss and view.getAxis("left").logMode
        distances = {
            name: run.distance(metrics, value, of_loss=of_loss, log=log)
            for name, run in self._runs.items()
            if (metrics := run.at(nearest)) is not None
        }
        self._height = self._to_parent(view, QPointF(epoch, value)).y()
        self._show(nearest, sorted(distances, key=distances.__getitem__))

    def _step(self, key: int) -> None:
        """Go to another epoch or run."""
        last = self._last
        if not last:
            return
        epoch = last if self._epoch is None else stepped(key, self._epoch, 1, last)
        newest_first = [name for name, run in reversed(list(self._runs.items())) if run.at(epoch) is not None]
        if not newest_first:
            return
        index = newest_first.index(self._nearest[0]) if self._nearest and self._nearest[0] in newest_first else 0
        index = (index + {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(key), 0)) % len(newest_first)
        self._height = self._loss.geometry().center().y()
        self._show(epoch, [*newest_first[index:], *newest_first[:index]])

    def _show(self, epoch: int, nearest: list[str]) -> None:
        shown = [self._runs[name] for name in nearest[:MAX_READINGS]]
        readings = [Reading(run, metrics) for run in shown if (metrics := run.at(epoch)) is not None]
        if not readings:
            self.stop()
            return
        self._epoch, self._nearest = epoch, nearest
        others = len(nearest) - len(readings)
        notebook = self.notebook.get(readings[0].run.model)
        metrics = notebook.at(epoch) if notebook else None
        if notebook and metrics:
            readings.insert(1, Reading(notebook, metrics))
        pen = pg.mkPen(colors_of(self._loss).muted, width=1)
        for view in (self._loss, self._accuracy):
            view.line.setPen(pen)
            view.line.setPos(epoch)
            view.line.show()
        column = self._to_parent(self._loss, QPointF(epoch, 0)).x()
        self._card.show_readings(epoch, readings, others, QPoint(column, self._height))
        description = "; ".join(reading.description for reading in readings)
        self._loss.setAccessibleDescription(f"Epoch {epoch}. {description}. {HELP}")
        self._raise()

    def _raise(self) -> None:
        """Raise the nearest or the chosen run; a single one needs it not."""
        run = self._runs.get(self._nearest[0] if self._nearest else self._chosen)
        colors = colors_of(self._loss)
        raised = run if len(self._runs) > 1 else None
        self._loss.raised.set_curves(raised.loss(colors, raised=True) if raised else ())
        self._accuracy.raised.set_curves(raised.accuracy(colors, raised=True) if raised else ())

    def _to_parent(self, view: PlotView, point: QPointF) -> QPoint:
        """Return a point of a plot in the parent's pixels."""
        inside: QPoint = view.mapFromScene(view.getViewBox().mapViewToScene(point))
        mapped: QPoint = view.mapTo(self._parent, inside)
        return mapped


class PlotCard(QFrame):
    """Shows as many readings as have room, beside a vertical line, inside its parent."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._parent = parent
        self.setObjectName("plot_hover")
        self.setProperty("card", True)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._text = QLabel()
        self._text.setTextFormat(Qt.TextFormat.RichText)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(12, 8, 12, 8)
        self._layout.addWidget(self._text)
        self.hide()

    @property
    def text(self) -> str:
        """The HTML that is shown."""
        return self._text.text()

    def show_readings(self, epoch: int, readings: Sequence[Reading], others: int, point: QPoint) -> None:
        """Show the metrics of an epoch.

        Parameters
        ----------
        readings
            The most important first; the last ones are left out where there is no room.
        others
            How many more runs have metrics here.
        point
            A point of the line, in the parent's pixels: the card goes right of it, or left.
        """
        room = self._parent.rect()
        for count in range(len(readings), 0, -1):
            left_out = sum(reading.run.kind != "notebook" for reading in readings[count:])
            self._text.setText(self._table(epoch, readings[:count], others + left_out))
            # A hidden label does not invalidate its layout.
            self._layout.activate()
            self.resize(self.sizeHint())
            if self.height() <= MAX_HEIGHT * room.height():
                break
        left = point.x() + GAP
        if left + self.width() > room.right():
            left = point.x() - GAP - self.width()
        top = min(max(point.y() - self.height() // 2, 0), room.height() - self.height())
        self.move(max(min(left, room.width() - self.width()), 0), max(top, 0))
        self.show()
        self.raise_()

    def _table(self, epoch: int, readings: Sequence[Reading], others: int) -> str:
        colors = colors_of(self)
        muted = f"color:{colors.muted}"
        number = 'align="right" style="padding-left:14px'

        def values(name: str, loss: float, accuracy: float) -> str:
            return (
                f'<tr><td style="{muted}">{name}</td><td {number}">{_loss_text(loss)}</td>'
                f'<td {number}">{escape(percent_number(accuracy))}&nbsp;%</td></tr>'
            )

        def title(text: str, style: str = "") -> str:
            return f'<tr><td colspan="3" style="padding-top:5px; {style}">{text}</td></tr>'

        head = f'{number}; {muted}"'
        rows = [f"<tr><td><b>Epoch&nbsp;{epoch}</b></td><td {head}>loss</td><td {head}>accuracy</td></tr>"]
        for run, metrics in readings:
            notebook = run.kind == "notebook"
            color = colors.muted if notebook else colors.marks[run.mark - 1]
            mark = "····" if notebook else run.marker.text
            model = f", model&nbsp;{run.model}" if notebook else ""
            other_epoch = f" (epoch&nbsp;{metrics.epoch})" if metrics.epoch != epoch else ""
            rows += [
                title(f'<span style="color:{color}">{mark}</span>&nbsp;{html_text(run.title)}{model}{other_epoch}'),
                values("training", metrics.loss, metrics.accuracy),
                values(run.validation, metrics.val_loss, metrics.val_accuracy),
            ]
        if others > 0:
            rows.append(title(f"and {others} more {'run' if others == 1 else 'runs'}", muted))
        return f'<table cellspacing="0" cellpadding="2">{"".join(rows)}</table>'


def _loss_text(loss: float) -> str:
    """Return a loss with four decimals; one that would have hardly a digit left, with more of them."""
    return plain_number(loss) if 0 < loss < 0.001 else f"{loss:.4f}"
