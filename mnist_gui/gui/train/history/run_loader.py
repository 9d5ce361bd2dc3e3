"""Reads the runs for the run history."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from mnist_gui.gui.train.history.run_table_model import UNREADABLE, RunTableRow
from mnist_gui.models.export import available_formats
from mnist_gui.models.training.resume import can_resume
from mnist_gui.runs.record import HISTORY_FILE, EpochMetrics, RunError
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.runs.store import RunStore


@dataclass(frozen=True)
class LoadedRun:
    """A run, its row in the table and its epochs; a damaged history has none."""

    run: Run | DamagedRun
    row: RunTableRow
    history: tuple[EpochMetrics, ...] = ()


def load_runs(store: RunStore, known: Mapping[Path, LoadedRun]) -> list[LoadedRun]:
    """Read every run.

    Parameters
    ----------
    known
        Runs and histories read before, by folder: a history that has not changed is not read again.
    """
    places = {place.run.folder: number for number, place in enumerate(store.places(), 1) if place.run is not None}
    return [_load(run, known.get(run.folder), places.get(run.folder, 0)) for run in store.entries()]


def _load(run: Run | DamagedRun, known: LoadedRun | None, place: int) -> LoadedRun:
    """Return a run; `place` is its place among those that answer, 0 for none."""
    if isinstance(run, DamagedRun):
        return LoadedRun(run, RunTableRow(run.name, 0, status=UNREADABLE, reason=run.reason, locked=_why_locked(run)))
    record, status, reason = run.record, run.status, run.record.message
    history: tuple[EpochMetrics, ...] = ()
    if known is not None and isinstance(known.run, Run) and known.history and _same_history(run, known.run):
        history = known.history
    else:
        try:
            history = tuple(run.history())
        except RunError as error:
            reason = str(error)
    last = history[-1] if history else None
    total = record.recipe.get("epochs")
    locked = _why_locked(run, status)
    row = RunTableRow(
        name=run.name,
        model=run.model,
        recipe=str(record.recipe.get("name", "")),
        seed=record.seed,
        parent=record.parent or "",
        epochs=record.epochs,
        total_epochs=total if isinstance(total, int) else None,
        best=record.best,
        status=_status_text(run, status),
        reason=reason,
        loss=last.loss if last else None,
        val_loss=last.val_loss if last else None,
        val_accuracy=last.val_accuracy if last else None,
        validation=run.validation,
        created=_local_time(record.created),
        note=record.note,
        title=record.title,
        tags=tuple(record.tags),
        locked=locked,
        # A filled mark is that of a run that answers.
        mark=(place, 0) if place else (run.model, int(run.model > 0)),
        active=place > 0,
        is_imported=record.imported is not None,
        has_model=run.has_model,
        can_resume=not locked and can_resume(run),
        can_export=bool(available_formats(run)),
    )
    return LoadedRun(run, row, history)


def _same_history(run: Run, other: Run) -> bool:
    return run.record.files.get(HISTORY_FILE) == other.record.files.get(HISTORY_FILE)


def _status_text(run: Run, status: str) -> str:
    if run.shipped:
        return "shipped"
    if run.record.imported is not None:
        return "imported"
    texts = {"running": "training", "created": "not begun", "completed": "completed"}
    after = f" after {run.record.epochs}" if run.record.epochs else ""
    return texts.get(status, f"{status}{after}")


def _why_locked(run: Run | DamagedRun, status: str = "") -> str:
    if run.shipped:
        return f"Run {run.name} came with the program and stays as it is."
    return f"Run {run.name} is training; pause or stop it first." if status == "running" else ""


def _local_time(created: str) -> datetime | None:
    try:
        return datetime.fromisoformat(created).astimezone()
    except (ValueError, OverflowError, OSError):
        return None
