"""What the run list shows: a line a run, as plain values and as Qt's model."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal


class Column(IntEnum):
    """The columns, what matters most first: where room is scarce, the last ones are scrolled to."""

    CURVES = 0
    RUN = 1
    STATUS = 2
    ACCURACY = 3
    LOSS = 4
    EPOCHS = 5
    RECIPE = 6
    DATE = 7


HEADERS = ("Plot", "Run", "Status", "Accuracy", "Loss", "Epochs", "Recipe", "Date")
ABOUT = (
    "Whose curves are shown in the plot",
    "The run's name and its model; below it your note",
    "How the run ended, and whether it answers in Draw",
    "The last epoch's accuracy on the frames that were judged: the test frames, or held-out ones",
    "The last epoch's training loss; below it the loss on the frames that were judged",
    "Whole epochs that were trained, of how many; below it the best one, where one may be chosen",
    "The recipe, and the seed or the run that it began as",
    "When the run was created",
)
NUMBERS = (Column.ACCURACY, Column.LOSS, Column.EPOCHS)
SECOND_LINE = Qt.ItemDataRole.UserRole
LINE = Qt.ItemDataRole.UserRole + 1
SORT = Qt.ItemDataRole.UserRole + 2
Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True)
class RunTableRow:
    """One run, ready to be shown.

    Attributes
    ----------
    name
        The run's, which also tells it apart from the others.
    model
        1, 2 or 3; 0 where the run is damaged.
    recipe, seed
        None for an unknown seed.
    parent
        The run that it began as; empty where it began from fresh weights.
    epochs, of
        Whole ones so far, and of how many.
    best
        The epoch of least loss on held-out frames; 0 for none.
    status
        In plain words.
    reason
        What went wrong, in a sentence.
    loss, val_loss, val_accuracy
        After the last epoch; None before the first.
    judged_on
        What the ``val_`` figures are of: "test" or "held out".
    created
        When, in this place's time; None where that is unknown.
    note
        The person's own.
    locked
        Why it may not be renamed, annotated or deleted now, in a sentence; empty where it may.
    answering
        Whether it answers for its model in Draw.
    can_answer, can_resume, can_export
        Whether it has an exported model, something is left to do of it, and it has what can be exported.
    """

    name: str
    model: int
    recipe: str = ""
    seed: int | None = None
    parent: str = ""
    epochs: int = 0
    of: int | None = None
    best: int = 0
    status: str = ""
    reason: str = ""
    loss: float | None = None
    val_loss: float | None = None
    val_accuracy: float | None = None
    judged_on: str = ""
    created: datetime | None = None
    note: str = ""
    locked: str = ""
    answering: bool = False
    can_answer: bool = False
    can_resume: bool = False
    can_export: bool = False

    @property
    def has_curves(self) -> bool:
        """Return whether there is at least one epoch to draw."""
        return self.loss is not None

    def texts(self, column: int) -> tuple[str, str]:
        """Return a cell's two lines."""
        match column:
            case Column.RUN:
                about = self.note.replace("\n", " ") or (f"Model {self.model}" if self.model else "")
                # The line below, or the mark, says of which model it is.
                return self.name.removeprefix(f"model-{self.model}-"), about
            case Column.RECIPE:
                if self.parent:
                    return self.recipe, f"from {self.parent.removeprefix(f'model-{self.model}-')}"
                return self.recipe, "" if self.seed is None else f"seed {self.seed}"
            case Column.EPOCHS:
                total = "" if self.of is None else f" of {self.of}"
                return (f"{self.epochs}{total}" if self.model else ""), f"best: {self.best}" if self.best else ""
            case Column.STATUS:
                return self.status, "● answers" if self.answering else self.reason
            case Column.LOSS:
                judged = "" if self.val_loss is None else f"{self.judged_on} {self.val_loss:.4f}"
                return "" if self.loss is None else f"{self.loss:.4f}", judged
            case Column.ACCURACY:
                known = self.val_accuracy is not None
                return f"{self.val_accuracy:.2%}".replace("%", "\u00a0%") if known else "", self.judged_on * known
            case Column.DATE:
                return (f"{self.created:%Y-%m-%d}", f"{self.created:%H:%M}") if self.created else ("", "")
        return "", ""

    def sort_key(self, column: int) -> float | str:
        """Return by what the column sorts; what is unknown comes before everything else."""
        match column:
            case Column.RUN:
                return self.name.casefold()
            case Column.RECIPE:
                return f"{self.recipe} {self.seed or 0:020}"
            case Column.EPOCHS:
                return float(self.epochs)
            case Column.LOSS:
                return -1.0 if self.loss is None else self.loss
            case Column.ACCURACY:
                return -1.0 if self.val_accuracy is None else self.val_accuracy
            case Column.DATE:
                moment = self.created.timestamp() if self.created else 0.0
                return f"{moment:020.3f} {self.name}"
        return self.status

    def described(self, column: int) -> str:
        """Return a cell in words, for a tool tip and a screen reader."""
        first, second = self.texts(column)
        if column == Column.RUN:
            parts = (self.name, f"Model {self.model}" if self.model else "damaged", self.note, self.locked)
            return "\n".join(part for part in parts if part)
        if column == Column.STATUS:
            said = (first, "answers in Draw" if self.answering else "", self.reason)
            return "\n".join(part for part in said if part)
        if column == Column.LOSS and first:
            return f"training {first}\n{second}"
        return "\n".join(part for part in (first, second) if part)


class RunTableModel(QAbstractTableModel):
    """The lines, and which of them have their curves shown.

    Signals
    -------
    shown_changed(names: tuple[str, ...])
    renamed(run: str, new_name: str)
        Typed in place; the line changes once it is given anew.
    """

    shown_changed = Signal(tuple)
    renamed = Signal(str, str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.lines: list[RunTableRow] = []
        self._shown: set[str] = set()

    @property
    def shown(self) -> tuple[str, ...]:
        """Return the names of the runs whose curves are shown, in the order of the lines."""
        return tuple(line.name for line in self.lines if line.name in self._shown and line.has_curves)

    def set_lines(self, lines: Sequence[RunTableRow]) -> bool:
        """Show these; return whether the runs are others than before, or in another order."""
        others = [line.name for line in lines] != [line.name for line in self.lines]
        if others:
            self.beginResetModel()
            self.lines = list(lines)
            self.endResetModel()
        elif list(lines) != self.lines:
            self.lines = list(lines)
            self.dataChanged.emit(self.index(0, 0), self.index(len(lines) - 1, len(HEADERS) - 1))
        return others

    def set_shown(self, names: Collection[str]) -> None:
        """Show the curves of these runs."""
        before, self._shown = self.shown, set(names)
        if self.lines:
            self.dataChanged.emit(self.index(0, Column.CURVES), self.index(len(self.lines) - 1, Column.CURVES))
        if self.shown != before:
            self.shown_changed.emit(self.shown)

    def rename(self, name: str, new_name: str) -> None:
        """Let a run keep its line, and its curves, under another name."""
        place = next((place for place, line in enumerate(self.lines) if line.name == name), None)
        if place is not None:
            self.lines[place] = replace(self.lines[place], name=new_name)
            if name in self._shown:
                self._shown = self._shown - {name} | {new_name}
            self.dataChanged.emit(self.index(place, 0), self.index(place, len(HEADERS) - 1))

    # -- Qt

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        """Return the number of runs."""
        return 0 if parent.isValid() else len(self.lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of columns."""
        return 0 if parent.isValid() else len(HEADERS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let names be edited, and curves be shown where there are any."""
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if index.column() == Column.RUN:
            flags |= Qt.ItemFlag.ItemIsEditable
        if index.column() == Column.CURVES and self.lines[index.row()].has_curves:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = 0) -> object:
        """Return a header's words."""
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return HEADERS[section]
            if role == Qt.ItemDataRole.ToolTipRole:
                return f"{ABOUT[section]}. Click to sort."
            if role == Qt.ItemDataRole.TextAlignmentRole:
                side = Qt.AlignmentFlag.AlignRight if section in NUMBERS else Qt.AlignmentFlag.AlignLeft
                return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = 0) -> object:
        """Return a cell's text or state."""
        line, column = self.lines[index.row()], index.column()
        if role == LINE:
            return line
        if role == SORT:
            return float(line.name in self._shown) if column == Column.CURVES else line.sort_key(column)
        if column == Column.CURVES:
            shown = line.name in self._shown
            if role == Qt.ItemDataRole.CheckStateRole and line.has_curves:
                return Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked
            if role == Qt.ItemDataRole.AccessibleTextRole:
                return f"Curves of {line.name}: {'shown' if shown else 'hidden' if line.has_curves else 'none yet'}"
            return None
        if role == Qt.ItemDataRole.EditRole and column == Column.RUN:
            return line.name
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return line.texts(column)[0]
        if role == SECOND_LINE:
            return line.texts(column)[1]
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            return line.described(column)
        return None

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take a check mark, or pass on a new name."""
        line = self.lines[index.row()]
        if role == Qt.ItemDataRole.CheckStateRole and line.has_curves:
            on = Qt.CheckState(value) == Qt.CheckState.Checked
            self.set_shown(self._shown | {line.name} if on else self._shown - {line.name})
            return True
        if role == Qt.ItemDataRole.EditRole and isinstance(value, str) and value.strip() != line.name:
            self.renamed.emit(line.name, value.strip())
        return False
