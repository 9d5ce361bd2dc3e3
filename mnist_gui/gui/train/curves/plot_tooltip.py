"""The words of the plot: its key and its note, and the card with the figures of the runs under the pointer."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from html import escape

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from mnist_gui.gui.theme import Colors, colors_of
from mnist_gui.gui.train.curves.run_curves import VALIDATION_WORDS, RunCurves
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.wording import percent_number

GAP = 12  # pixels from the line
MOST_HEIGHT = 0.7  # of the parent's: some of the curves must be seen
SHAPES = ("●", "■", "▲")  # models 1, 2, 3
MOST_SAID = 3
WHY_ABOVE = "Training loss lies above because dropout and any augmentation are on."


def key_html(runs: Collection[RunCurves], colors: Colors, *, notebook: bool) -> str:
    """Return the key: models, kinds of line, and marks that there are."""
    if not runs:
        return ""
    entries = [
        f'<span style="color:{colors.models[model - 1]}">{SHAPES[model - 1]}</span>&nbsp;Model&nbsp;{model}'
        for model in sorted({run.model for run in runs})
    ]
    dashed = " or ".join(VALIDATION_WORDS[kind].loss for kind in sorted({run.validation for run in runs}))
    lines = ["── training loss", f"╌╌ {dashed}"]
    if any(run.kind == "live" for run in runs):
        lines.append("thin: each batch")
    if any(run.best for run in runs):
        lines.append("○ best epoch")
    if notebook:
        lines.append("···· the notebook")
    # An entry is never broken.
    return " &nbsp; ".join([*entries, *(line.replace(" ", "\u00a0") for line in lines)])


def note(runs: Collection[RunCurves]) -> str:
    """Return the sentence below the plots."""
    past = [run.title for run in runs if run.kind == "past"]
    if not past:
        return WHY_ABOVE
    if len(runs) > 1:
        return f"{WHY_ABOVE} Point at a curve for its run."
    return f"Past run: {past[0]}. {WHY_ABOVE} Press Start for new curves."


def said(runs: Collection[RunCurves]) -> str:
    """Return the newest runs in words, and how many more there are."""
    known = [run for run in runs if run.points.last]
    more = [f"and {len(known) - MOST_SAID} more"] if len(known) > MOST_SAID else []
    return "; ".join([*(run.said for run in known[-MOST_SAID:]), *more])


@dataclass(frozen=True)
class Reading:
    """One run's figures at an epoch.

    Attributes
    ----------
    model
        1, 2 or 3.
    validation
        "test" or "held out".
    faint
        It belongs to the background: the notebook.
    """

    title: str
    model: int
    validation: str
    figures: EpochMetrics
    faint: bool = False

    @property
    def said(self) -> str:
        """Return the figures in words."""
        figures, judged = self.figures, self.validation
        return (
            f"{self.title}, model {self.model}: training loss {figures.loss:.4f}, {judged} loss "
            f"{figures.val_loss:.4f}, training accuracy {percent_number(figures.accuracy)} percent, {judged} accuracy "
            f"{percent_number(figures.val_accuracy)} percent"
        )


class PlotTooltip(QFrame):
    """Shows as many readings as there is room for, beside a line, inside its parent."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._room = parent
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
        """Return what the card shows, as HTML."""
        return self._text.text()

    def show_readings(self, epoch: int, readings: Sequence[Reading], others: int, line: QPoint) -> None:
        """Show the figures of an epoch.

        Parameters
        ----------
        readings
            The most important first; the last ones are left out where there is no room.
        others
            How many runs have figures here besides.
        line
            A point of the line, in the parent's pixels: the card goes right of it, or left.
        """
        room = self._room.rect()
        for count in range(len(readings), 0, -1):
            left_out = sum(not reading.faint for reading in readings[count:])
            self._text.setText(self._table(epoch, readings[:count], others + left_out))
            # A label that is hidden does not tell its layout that the words have changed.
            self._layout.activate()
            self.resize(self.sizeHint())
            if self.height() <= MOST_HEIGHT * room.height():
                break
        left = line.x() + GAP
        if left + self.width() > room.right():
            left = line.x() - GAP - self.width()
        top = min(max(line.y() - self.height() // 2, 0), room.height() - self.height())
        self.move(max(min(left, room.width() - self.width()), 0), max(top, 0))
        self.show()
        self.raise_()

    def _table(self, epoch: int, readings: Sequence[Reading], others: int) -> str:
        colors = colors_of(self)
        number = 'align="right" style="padding-left:14px"'
        head = f'align="right" style="padding-left:14px; color:{colors.muted}"'

        def row(name: str, loss: float, accuracy: float) -> str:
            return (
                f'<tr><td style="color:{colors.muted}">{name}</td><td {number}>{loss:.4f}</td>'
                f"<td {number}>{escape(percent_number(accuracy))}&nbsp;%</td></tr>"
            )

        rows = [f"<tr><td><b>Epoch&nbsp;{epoch}</b></td><td {head}>loss</td><td {head}>accuracy</td></tr>"]
        for reading in readings:
            figures = reading.figures
            color = colors.muted if reading.faint else colors.models[reading.model - 1]
            mark = "····" if reading.faint else SHAPES[reading.model - 1]
            of = f", model&nbsp;{reading.model}" if reading.faint else ""
            at = f" (epoch&nbsp;{figures.epoch})" if figures.epoch != epoch else ""
            rows += [
                f'<tr><td colspan="3" style="padding-top:5px"><span style="color:{color}">{mark}</span>'
                f"&nbsp;{escape(reading.title)}{of}{at}</td></tr>",
                row("training", figures.loss, figures.accuracy),
                row(reading.validation, figures.val_loss, figures.val_accuracy),
            ]
        if others > 0:
            runs = "run" if others == 1 else "runs"
            rows.append(
                f'<tr><td colspan="3" style="padding-top:5px; color:{colors.muted}">and {others} more {runs}</td></tr>'
            )
        return f'<table cellspacing="0" cellpadding="2">{"".join(rows)}</table>'
