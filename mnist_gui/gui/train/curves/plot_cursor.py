"""Pointing into the plots: a line at an epoch, a card with figures, and the run that is raised."""

from __future__ import annotations

from collections.abc import Mapping

import pyqtgraph as pg
from PySide6.QtCore import QObject, QPoint, QPointF, Qt
from PySide6.QtWidgets import QWidget

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.train.curves.plot_tooltip import PlotTooltip, Reading
from mnist_gui.gui.train.curves.run_curves import RunCurves
from mnist_gui.gui.widgets.plot_view import PlotView

MOST_READINGS = 3
HELP = "Left and right arrows tell the figures of an epoch, up and down choose the run."


class PlotCursor(QObject):
    """Connects what points, mouse or keys, with what tells.

    Parameters
    ----------
    parent
        The card stays inside it.
    loss, accuracy
        The plots; `loss` gets the keys.
    runs
        Those shown, in order; looked at anew whenever something is pointed at.

    Attributes
    ----------
    notebook
        Told of with a run of the same model, by model.
    """

    def __init__(self, parent: QWidget, loss: PlotView, accuracy: PlotView, runs: Mapping[str, RunCurves]) -> None:
        super().__init__(parent)
        self.notebook: Mapping[int, RunCurves] = {}
        self._loss, self._accuracy = loss, accuracy
        self._runs = runs
        self._parent = parent
        self._card = PlotTooltip(parent)
        self._epoch: int | None = None
        self._nearest: list[str] = []  # runs with figures at that epoch
        self._top = 0  # pixels, in the parent: beside what the card stands
        self._chosen = ""
        for view in (loss, accuracy):
            view.pointed.connect(lambda epoch, value, view=view: self._point(view, epoch, value))
            view.left.connect(self.stop)
        loss.key_pressed.connect(self._step)
        loss.setAccessibleDescription(HELP)

    def choose(self, run: str) -> None:
        """Raise a run whenever none is pointed at; "" for none."""
        self._chosen = run
        self.refresh()

    def stop(self) -> None:
        """Point at nothing."""
        self._epoch = None
        self._nearest = []
        self._card.hide()
        for view in (self._loss, self._accuracy):
            view.line.hide()
        self._loss.setAccessibleDescription(HELP)
        self._raise()

    def refresh(self) -> None:
        """Follow what has changed of runs, figures, theme or size."""
        if self._epoch is None:
            self._raise()
        else:
            self._tell(self._epoch, [run for run in self._nearest if run in self._runs])

    # -- inside

    @property
    def _last(self) -> int:
        return max((run.points.last.epoch for run in self._runs.values() if run.points.last), default=0)

    def _point(self, view: PlotView, epoch: float, value: float) -> None:
        """Snap to the nearest epoch; the runs whose curves are nearest come first."""
        if not self._last:
            return
        snapped = min(max(round(epoch), 1), self._last)
        of_loss = view is self._loss
        log = of_loss and view.getAxis("left").logMode
        distances = {
            name: run.distance(figures, value, of_loss=of_loss, log=log)
            for name, run in self._runs.items()
            if (figures := run.points.at(snapped)) is not None
        }
        self._top = self._placed(view, QPointF(epoch, value)).y()
        self._tell(snapped, sorted(distances, key=distances.__getitem__))

    def _step(self, key: int) -> None:
        """Move by an epoch, or to another run."""
        last = self._last
        if not last:
            return
        keys = Qt.Key
        epoch = last if self._epoch is None else self._epoch
        if self._epoch is not None:
            moved = {keys.Key_Left: epoch - 1, keys.Key_Right: epoch + 1, keys.Key_Home: 1, keys.Key_End: last}
            epoch = min(max(moved.get(Qt.Key(key), epoch), 1), last)
        there = [name for name, run in self._runs.items() if run.points.at(epoch) is not None]
        there.reverse()  # the newest first
        if not there:
            return
        place = there.index(self._nearest[0]) if self._nearest and self._nearest[0] in there else 0
        place = (place + {keys.Key_Up: -1, keys.Key_Down: 1}.get(Qt.Key(key), 0)) % len(there)
        self._top = self._loss.geometry().center().y()
        self._tell(epoch, [*there[place:], *there[:place]])

    def _tell(self, epoch: int, nearest: list[str]) -> None:
        readings = []
        for name in nearest[:MOST_READINGS]:
            run = self._runs[name]
            figures = run.points.at(epoch)
            if figures is not None:
                readings.append(Reading(run.title, run.model, run.validation, figures))
        if not readings:
            self.stop()
            return
        self._epoch, self._nearest = epoch, nearest
        others = len(nearest) - len(readings)
        notebook = self.notebook.get(readings[0].model)
        figures = notebook.points.at(epoch) if notebook else None
        if notebook and figures:
            readings.insert(1, Reading(notebook.title, notebook.model, notebook.validation, figures, faint=True))
        pen = pg.mkPen(colors_of(self._loss).muted, width=1)
        for view in (self._loss, self._accuracy):
            view.line.setPen(pen)
            view.line.setPos(epoch)
            view.line.show()
        column = self._placed(self._loss, QPointF(epoch, 0)).x()
        self._card.show_readings(epoch, readings, others, QPoint(column, self._top))
        said = "; ".join(reading.said for reading in readings)
        self._loss.setAccessibleDescription(f"Epoch {epoch}. {said}. {HELP}")
        self._raise()

    def _raise(self) -> None:
        """Raise the run pointed at, or the one chosen; alone it stands out anyway."""
        run = self._runs.get(self._nearest[0] if self._nearest else self._chosen)
        colors = colors_of(self._loss)
        raised = run if len(self._runs) > 1 else None
        self._loss.raised.set_curves(raised.loss(colors, raised=True) if raised else ())
        self._accuracy.raised.set_curves(raised.accuracy(colors, raised=True) if raised else ())

    def _placed(self, view: PlotView, place: QPointF) -> QPoint:
        """Return a place of a plot in the parent's pixels."""
        inside: QPoint = view.mapFromScene(view.getViewBox().mapViewToScene(place))
        placed: QPoint = view.mapTo(self._parent, inside)
        return placed
