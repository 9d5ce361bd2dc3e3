"""Rows of the run history, as plain values and as a Qt model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum
from functools import cached_property

from PySide6.QtCore import QObject, Qt, Signal

from mnist_gui.gui.widgets.two_line_table import ROW, SORT_VALUE, Index, TableCell, TableColumn, TwoLineModel
from mnist_gui.runs.run_names import run_title
from mnist_gui.wording import percent_number, plain_text


class RunColumn(IntEnum):
    """Indices of the columns, the most important first: in a narrow window the last ones are hidden."""

    CURVES = 0
    RUN = 1
    STATUS = 2
    ACCURACY = 3
    LOSS = 4
    EPOCHS = 5
    RECIPE = 6
    DATE = 7


COLUMNS = (
    TableColumn("Plot", "Whether the run's curves are shown in the plot.", numeric=False),
    TableColumn("Run", "The run's name; below it its network and your note.", numeric=False),
    TableColumn("Status", "How the run ended, and whether it answers in Draw.", numeric=False),
    TableColumn("Accuracy", "Accuracy after the last epoch, on the test frames or on held-out ones."),
    TableColumn("Loss", "Training loss of the last epoch; below it the loss on the test or held-out frames."),
    TableColumn("Epochs", "Whole epochs trained, of how many; below them the best one, where one is chosen."),
    TableColumn("Recipe", "The recipe, and the seed or the run that it started from.", numeric=False),
    TableColumn("Date", "When the run was created.", numeric=False),
)


UNREADABLE = "unreadable"  # status of a damaged run


@dataclass(frozen=True)
class RunTableRow:
    """One run.

    Attributes
    ----------
    model
        1, 2 or 3; 0 for another network, and for a damaged run.
    parent
        Run that it was fine-tuned from; empty for a run that started from fresh weights.
    epochs, total_epochs
        Whole epochs trained, and how many there are in all.
    best
        Epoch with the least loss on held-out frames; 0 for none.
    reason
        What went wrong, in a sentence.
    loss, val_loss, val_accuracy
        Figures of the last epoch; None before the first.
    validation
        The frames of the ``val_`` figures: "test" or "held out".
    created
        Local time.
    locked
        Why the run cannot be renamed, annotated or deleted now, in a sentence; empty where it can.
    mark
        Mark and variant, see `RunMarker`; (0, 0) for none.
    active
        Whether it answers in Draw.
    is_imported
        Whether it is a model from a file.
    has_model, can_resume, can_export
        Whether it has an exported model, has something left to train, and has something to export.
    """

    name: str
    model: int
    recipe: str = ""
    seed: int | None = None
    parent: str = ""
    epochs: int = 0
    total_epochs: int | None = None
    best: int = 0
    status: str = ""
    reason: str = ""
    loss: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    validation: str = ""
    created: datetime | None = None
    note: str = ""
    title: str = ""
    tags: tuple[str, ...] = ()
    locked: str = ""
    mark: tuple[int, int] = (0, 0)
    active: bool = False
    is_imported: bool = False
    has_model: bool = False
    can_resume: bool = False
    can_export: bool = False

    @property
    def is_readable(self) -> bool:
        """Whether its record could be read."""
        return self.status != UNREADABLE

    @property
    def network(self) -> str:
        """What its network is, for users; empty for a damaged run."""
        if self.model:
            return f"Model {self.model}"
        own = "from a file" if self.is_imported else "your own layers"
        return own if self.is_readable else ""

    @property
    def has_curves(self) -> bool:
        """Whether there is at least one epoch to plot."""
        return self.loss is not None

    @cached_property
    def cells(self) -> tuple[TableCell, ...]:
        """The cells in the order of `COLUMNS`; unknown values sort below all others."""
        day, time = (f"{self.created:%Y-%m-%d}", f"{self.created:%H:%M}") if self.created else ("", "")
        seconds = self.created.timestamp() if self.created else 0.0
        # The second line, or the marker, shows the model.
        prefix = f"model-{self.model}-"
        origin = f"from {self.parent.removeprefix(prefix)}" if self.parent else ""
        if not self.parent and self.seed is not None:
            origin = f"seed {self.seed}"
        total = "" if self.total_epochs is None else f" of {self.total_epochs}"
        loss = "" if self.loss is None else f"{self.loss:.4f}"
        val_loss = "" if self.val_loss is None else f"{self.validation} {self.val_loss:.4f}"
        title = self.title or run_title(self.name)
        tags = " ".join(f"#{tag}" for tag in self.tags)
        remark = " ".join(filter(None, (tags, self.note.replace("\n", " "))))
        accuracy = "" if self.val_accuracy is None else f"{percent_number(self.val_accuracy)}\u00a0%"
        return (
            TableCell(""),
            TableCell(
                title if title != self.name else self.name.removeprefix(prefix),
                " · ".join(filter(None, (self.network, remark))),
                title.casefold(),
                _lines(
                    self.title,
                    self.name,
                    self.network or UNREADABLE,
                    ", ".join(filter(None, (self.recipe, origin))),  # of columns that may be hidden
                    " ".join(filter(None, (day, time))),
                    tags,
                    self.note,
                    self.locked,
                ),
            ),
            TableCell(
                self.status,
                "● answers" if self.active else self.reason,
                self.status,
                _lines(self.status, "answers in Draw" if self.active else "", self.reason),
            ),
            TableCell(accuracy, self.validation if accuracy else "", _number(self.val_accuracy)),
            TableCell(loss, val_loss, _number(self.loss), f"training {loss}\n{val_loss}" if loss else ""),
            TableCell(
                f"{self.epochs}{total}" if self.is_readable and not self.is_imported else "",
                f"best: {self.best}" if self.best else "",
                float(self.epochs),
            ),
            TableCell(self.recipe, origin, f"{self.recipe} {self.seed or 0:020}"),
            TableCell(day, time, f"{seconds:020.3f} {self.name}"),
        )


class RunTableModel(TwoLineModel):
    """Rows of the run history, and whose curves are shown.

    Signals
    -------
    shown_changed(names: tuple[str, ...])
        The curves of other runs are shown.
    renamed(run: str, new_name: str)
        The user edited a name; the row keeps the old one until `set_rows`.
    """

    shown_changed = Signal(tuple)
    renamed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(COLUMNS, parent)
        self.rows: Sequence[RunTableRow] = ()
        self._shown: set[str] = set()
        self._marks: Mapping[str, tuple[int, int]] = {}

    @property
    def shown(self) -> tuple[str, ...]:
        """Names of the runs whose curves are shown, in the order of the rows."""
        return tuple(row.name for row in self.rows if row.name in self._shown and row.has_curves)

    def set_rows(self, rows: Sequence[RunTableRow]) -> bool:
        """Replace the rows; return whether they are of other runs, or in another order."""
        others = [row.name for row in rows] != [row.name for row in self.rows]
        if others:
            self.reset(COLUMNS, list(rows))
        elif list(rows) != list(self.rows):
            self.rows = list(rows)
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, len(COLUMNS) - 1))
        return others

    def set_shown(self, names: Collection[str]) -> None:
        """Show the curves of these runs."""
        before, self._shown = self.shown, set(names)
        if self.rows:
            self.dataChanged.emit(self.index(0, RunColumn.CURVES), self.index(len(self.rows) - 1, RunColumn.CURVES))
        if self.shown != before:
            self.shown_changed.emit(self.shown)

    def set_marks(self, marks: Mapping[str, tuple[int, int]]) -> None:
        """Set the marks of the runs in the plot."""
        self._marks = marks
        if self.rows:
            self.dataChanged.emit(self.index(0, RunColumn.RUN), self.index(len(self.rows) - 1, RunColumn.RUN))

    def rename(self, name: str, new_name: str) -> None:
        """Give a run another name; its row stays selected, and its curves stay shown."""
        if name in self._shown:
            self._shown = self._shown - {name} | {new_name}
        self.rows = [replace(row, name=new_name) if row.name == name else row for row in self.rows]
        if self.rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.rows) - 1, len(COLUMNS) - 1))

    # -- Qt

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == RunColumn.RUN:
            flags |= Qt.ItemFlag.ItemIsEditable
        if index.column() == RunColumn.CURVES and self.rows[index.row()].has_curves:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def data(self, index: Index, role: int = 0) -> object:
        row = self.rows[index.row()]
        if index.column() == RunColumn.CURVES:
            shown = row.name in self._shown
            if role == SORT_VALUE:
                return float(shown)
            if role == Qt.ItemDataRole.CheckStateRole and row.has_curves:
                return Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked
            if role == Qt.ItemDataRole.AccessibleTextRole:
                state = "shown" if shown else "hidden" if row.has_curves else "none yet"
                return f"Curves of {plain_text(row.name)}: {state}"
        elif role == ROW and row.name in self._marks:
            return replace(row, mark=self._marks[row.name])
        elif index.column() == RunColumn.RUN and role == Qt.ItemDataRole.EditRole:
            return row.name
        return super().data(index, role)

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        row = self.rows[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole and row.has_curves:
            shown = Qt.CheckState(value) == Qt.CheckState.Checked
            self.set_shown(self._shown | {row.name} if shown else self._shown - {row.name})
            return True
        if role == Qt.ItemDataRole.EditRole and isinstance(value, str) and value.strip() != row.name:
            self.renamed.emit(row.name, value.strip())
        return False


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _number(value: float | None) -> float:
    return float("-inf") if value is None else value
