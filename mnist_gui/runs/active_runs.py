"""The runs that answer, in order, stored in a hidden file beside the runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mnist_gui.files import open_regular, write_text
from mnist_gui.runs.record import RunError

MODELS = (1, 2, 3)
MAX_ANSWERING = 6  # cards that have room in the window
# Hidden, because every other entry of a runs folder is a run.
ACTIVE_FILE = ".active.json"
_MAX_BYTES = 100_000
_LOCK_FILE = ".active.lock"
_LOCK_TIMEOUT = 10.0  # seconds; it is held for the time of one small write


@dataclass(frozen=True)
class ChosenRun:
    """A run that was chosen to answer.

    Attributes
    ----------
    model
        1, 2 or 3, whose shipped default answers where the run cannot; None for a run of another network.
    run
        Name of the run; None for the shipped default of the model.
    """

    model: int | None
    run: str | None = None


SHIPPED_DEFAULTS = tuple(ChosenRun(model) for model in MODELS)


@contextmanager
def changing_active_runs(folder: Path) -> Iterator[list[ChosenRun]]:
    """Yield the chosen runs for changing, and write them if they changed; other processes wait meanwhile.

    Raises `RunError` if the file cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / _LOCK_FILE, timeout=_LOCK_TIMEOUT):
            chosen = read_active_runs(folder)
            before = list(chosen)
            yield chosen
            if chosen != before:
                write_active_runs(folder, chosen)
    except Timeout as error:
        raise RunError(f"The active runs in {folder} are being changed by another program; try again.") from error
    except OSError as error:
        raise RunError(f"The active runs cannot be saved in {folder} ({error.strerror}).") from error


def read_active_runs(folder: Path) -> list[ChosenRun]:
    """Return the chosen runs in order; `SHIPPED_DEFAULTS` for a missing or damaged file.

    Earlier versions wrote an object with a run for each model, which is read too.
    """
    try:
        with open_regular(folder / ACTIVE_FILE) as file:
            values = json.loads(file.read(_MAX_BYTES))
        if isinstance(values, dict):
            values = [{"model": model, "run": values.get(str(model))} for model in MODELS]
        chosen = list(dict.fromkeys(_chosen_run(value, folder) for value in values))[:MAX_ANSWERING]
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        chosen = []
    return chosen or list(SHIPPED_DEFAULTS)


def _chosen_run(value: dict[str, Any], folder: Path) -> ChosenRun:
    model, run, former_name = value["model"], value["run"], value.get("former_name")
    if isinstance(run, str) and isinstance(former_name, str) and not (folder / run).exists():
        run = former_name  # its renaming was cut off
    is_known = model is None or (model in MODELS and type(model) is int)
    if not is_known or not isinstance(run, str | None) or model is run is None:
        raise ValueError(f"{value!r:.80} is no run that answers")
    return ChosenRun(model, run)


def write_active_runs(folder: Path, chosen: Sequence[ChosenRun], former_names: Mapping[str, str] | None = None) -> None:
    """Replace the file by these runs; raise `RunError` if it cannot be written.

    Parameters
    ----------
    former_names
        Name of a run before it is renamed, by its name in `chosen`: whichever exists answers.
    """
    former = former_names or {}
    values = [asdict(entry) for entry in chosen]
    for value in values:
        if value["run"] in former:
            value["former_name"] = former[value["run"]]
    try:
        write_text(folder / ACTIVE_FILE, json.dumps(values) + "\n")
    except OSError as error:
        raise RunError(f"The active runs cannot be saved in {folder} ({error.strerror}).") from error


@contextmanager
def renaming_active_run(folder: Path, name: str, new_name: str) -> Iterator[None]:
    """Rename a run among those that answer, if it is one; the block moves its folder, or raises `RunError`.

    Meanwhile, the file has both names: a program that is killed leaves a run that answers under either of them.
    """
    if all(entry.run != name for entry in read_active_runs(folder)):
        yield
        return
    with changing_active_runs(folder) as chosen:
        renamed = [ChosenRun(entry.model, new_name) if entry.run == name else entry for entry in chosen]
        write_active_runs(folder, renamed, {new_name: name})
        try:
            yield
        except RunError:
            write_active_runs(folder, chosen)
            raise
        with suppress(RunError):  # the file has the new name already
            write_active_runs(folder, renamed)


def without_run(chosen: Sequence[ChosenRun], name: str) -> list[ChosenRun]:
    """Return the chosen runs without one: the shipped default of its model takes its place, unless it answers too."""
    left: list[ChosenRun] = []
    for entry in chosen:
        if entry.run != name:
            left.append(entry)
        elif entry.model is not None and ChosenRun(entry.model) not in chosen:
            left.append(ChosenRun(entry.model))
    return left or list(SHIPPED_DEFAULTS)


def with_run_again(
    chosen: Sequence[ChosenRun], before: Sequence[ChosenRun], name: str, new_name: str
) -> list[ChosenRun]:
    """Return the chosen runs with one that `without_run` took away, in its place, if that is still free.

    Parameters
    ----------
    chosen
        The present choice.
    before
        The choice before `without_run`.
    name, new_name
        Name of the run in `before`, and its present one.
    """
    restored = list(chosen)
    index, entry = next(((i, entry) for i, entry in enumerate(before) if entry.run == name), (0, None))
    if entry is None:
        return restored
    again, default = ChosenRun(entry.model, new_name), ChosenRun(entry.model)
    if entry.model is not None and default not in before:
        return [again if other == default else other for other in restored]
    if len(restored) < MAX_ANSWERING:
        restored.insert(index, again)
    return restored
