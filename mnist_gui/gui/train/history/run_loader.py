"""What the run history reads of each run, and how it says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mnist_gui.gui.train.history.run_table_model import RunTableRow
from mnist_gui.models.export import available_formats
from mnist_gui.models.training.resume import can_resume
from mnist_gui.runs.record import HISTORY_FILE, EpochMetrics, RunError
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.runs.store import MODELS, RunStore


@dataclass(frozen=True)
class LoadedRun:
    """A run as it was read.

    Attributes
    ----------
    status
        `Run.status` as it was then; empty for a damaged run.
    history
        Its epochs; none where they are damaged, and `problem` says why.
    active
        Whether it answers for its model.
    can_resume
        Whether something of it is left to do.
    """

    run: Run | DamagedRun
    status: str = ""
    history: tuple[EpochMetrics, ...] = ()
    problem: str = ""
    active: bool = False
    can_resume: bool = False


def load_runs(store: RunStore, known: Mapping[Path, LoadedRun]) -> list[LoadedRun]:
    """Read every run.

    Parameters
    ----------
    known
        What was read before, by folder: a history that has not changed is not read again.
    """
    active = {run.folder for model in MODELS if (run := store.active(model)) is not None}
    return [_read(run, known.get(run.folder), run.folder in active) for run in store.entries()]


def _read(run: Run | DamagedRun, before: LoadedRun | None, active: bool) -> LoadedRun:
    if isinstance(run, DamagedRun):
        return LoadedRun(run, problem=run.reason)
    history: tuple[EpochMetrics, ...] = ()
    problem = run.record.message
    if before is not None and isinstance(before.run, Run) and before.history and _same_history(run, before.run):
        history = before.history
    else:
        try:
            history = tuple(run.history())
        except RunError as error:
            problem = str(error)
    return LoadedRun(run, run.status, history, problem, active, can_resume(run))


def _same_history(run: Run, other: Run) -> bool:
    return run.record.files.get(HISTORY_FILE) == other.record.files.get(HISTORY_FILE)


def table_row(loaded: LoadedRun, waiting: bool) -> RunTableRow:
    """Return how the list shows a run.

    Parameters
    ----------
    waiting
        Whether it is created and waits to be trained.
    """
    run = loaded.run
    locked = _why_locked(loaded, waiting)
    if isinstance(run, DamagedRun):
        return RunTableRow(run.name, 0, status="damaged", reason=loaded.problem, locked=locked)
    record = run.record
    last = loaded.history[-1] if loaded.history else None
    total = record.recipe.get("epochs")
    return RunTableRow(
        name=run.name,
        model=run.model,
        recipe=str(record.recipe.get("name", "")),
        seed=record.seed,
        parent=record.parent or "",
        epochs=record.epochs,
        total_epochs=total if isinstance(total, int) else None,
        best=record.best,
        status="waiting" if waiting else _status(loaded, run),
        reason=loaded.problem,
        loss=last.loss if last else None,
        val_loss=last.val_loss if last else None,
        val_accuracy=last.val_accuracy if last else None,
        validation=run.validation,
        created=_local(record.created),
        note=record.note,
        locked=locked,
        active=loaded.active,
        can_answer=run.has_model,
        can_resume=not locked and loaded.can_resume,
        can_export=bool(available_formats(run)),
    )


def _status(loaded: LoadedRun, run: Run) -> str:
    if run.shipped:
        return "shipped"
    match loaded.status:
        case "running":
            return "training"
        case "created":
            return "not begun"
        case "completed":
            return "completed"
    return f"{loaded.status} after {run.record.epochs}" if run.record.epochs else loaded.status


def _why_locked(loaded: LoadedRun, waiting: bool) -> str:
    name = loaded.run.name
    if loaded.run.shipped:
        return f"Run {name} came with the program and stays as it is."
    if loaded.status == "running":
        return f"Run {name} is training; pause or stop it first."
    return f"Run {name} waits to be trained; take it from the queue first." if waiting else ""


def _local(created: str) -> datetime | None:
    """Return this place's time for one of the record."""
    try:
        return datetime.fromisoformat(created).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
