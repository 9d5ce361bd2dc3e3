"""All runs: those that ship and the person's own; which of them answers for each model."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from mnist_gui.runs.record import RunBusyError, RunError, RunRecord
from mnist_gui.runs.run import DamagedRun, Run, now

MODELS = (1, 2, 3)
# Hidden: every other entry directly in a runs folder is a run.
ACTIVE_FILE = ".active.json"


class RunStore:
    """Runs in two folders of the same form.

    Parameters
    ----------
    folder
        The person's runs; made when the first one is created.
    shipped
        The runs that came with the program; never written.
    """

    def __init__(self, folder: Path, shipped: Path) -> None:
        self.folder = folder
        self.shipped = shipped

    def entries(self) -> list[Run | DamagedRun]:
        """Return every run: shipped ones by name, then the person's, oldest first, then what is damaged."""
        found = [*_scan(self.shipped, shipped=True), *_scan(self.folder, shipped=False)]
        runs: list[Run | DamagedRun] = [entry for entry in found if isinstance(entry, Run)]
        return runs + [entry for entry in found if isinstance(entry, DamagedRun)]

    def runs(self) -> list[Run]:
        """Return the runs that can be read."""
        return [entry for entry in self.entries() if isinstance(entry, Run)]

    def get(self, name: str) -> Run:
        """Return the run of that name, the person's before a shipped one.

        Raises
        ------
        RunError
            There is none, or it is damaged.
        """
        if not name or name != Path(name).name or name.startswith(".") or "\\" in name:
            raise RunError(f"{name!r} is not a run's name; give the name of a folder directly under {self.folder}.")
        for folder, shipped in ((self.folder, False), (self.shipped, True)):
            if (folder / name).is_dir():
                try:
                    return Run.open(folder / name, shipped=shipped)
                except RunError as error:
                    raise RunError(f"Run {name} is damaged: {error}.") from error
        known = ", ".join(run.name for run in self.runs()) or "none"
        raise RunError(f"There is no run {name!r} in {self.folder}. Known runs: {known}.")

    def create(
        self,
        model: int,
        recipe: Mapping[str, Any],
        seed: int,
        data: Mapping[str, Any],
        *,
        parent: str | None = None,
    ) -> Run:
        """Make a new run's folder and record.

        Parameters
        ----------
        model
            1, 2 or 3.
        recipe
            The recipe as plain values; its "name" becomes part of the folder's name.
        seed
            Of weights, order of frames and dropout.
        data
            Name, checksum and count of the frames; see `mnist_gui.models.training.describe_data`.

        Raises
        ------
        RunError
            The folder cannot be made or written.
        """
        stem = f"model-{model}-{recipe['name']}-{datetime.now():%Y%m%d-%H%M%S}"
        record = RunRecord(model, dict(recipe), seed, dict(data), created=now(), parent=parent)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            folder = self._new_folder(stem)
            run = Run(folder, record)
            run.commit()
        except OSError as error:
            raise RunError(
                f"No run can be created in {self.folder} ({error.strerror}); "
                "make the folder writable or choose another with --runs."
            ) from error
        return run

    def delete(self, name: str) -> None:
        """Delete one of the person's runs.

        Raises
        ------
        RunError
            It is shipped, unknown, or being written.
        """
        folder = self.folder / name
        if name != Path(name).name or not folder.is_dir():
            raise RunError(f"There is no run {name!r} in {self.folder}.")
        try:
            if Run(folder, RunRecord(1, {}, 0, {}, created="")).is_held():
                raise RunBusyError(f"Run {name} is being written; stop it first.")
            shutil.rmtree(folder)
        except OSError as error:
            raise RunError(f"Run {name} could not be deleted ({error.strerror}).") from error
        chosen = _read_choices(self.folder)
        for model in [model for model, run in chosen.items() if run == name]:
            self.choose(model, None)

    def active(self, model: int) -> Run | None:
        """Return the run that answers for a model: the person's choice, else the shipped default, else none.

        A choice that has gone, is damaged or has no exported model counts as none.
        """
        name = _read_choices(self.folder).get(model)
        if name is not None:
            try:
                run = self.get(name)
            except RunError:
                run = None
            if run is not None and run.model == model and run.answers:
                return run
        return self.shipped_default(model)

    def shipped_default(self, model: int) -> Run | None:
        """Return the shipped run that answers for a model, or None where none ships."""
        runs = [e for e in _scan(self.shipped, shipped=True) if isinstance(e, Run) and e.model == model and e.answers]
        wanted = _read_choices(self.shipped).get(model)
        return next((run for run in runs if run.name == wanted), runs[0] if runs else None)

    def choose(self, model: int, name: str | None) -> None:
        """Keep which run answers for a model; None goes back to the shipped one.

        Raises
        ------
        RunError
            The run is unknown, of another model, has no exported model, or the choice cannot be written.
        """
        if name is not None:
            run = self.get(name)
            if run.model != model:
                raise RunError(f"Run {name} is of model {run.model}; it cannot answer for model {model}.")
            if not run.answers:
                raise RunError(f"Run {name} has no exported model yet; let it finish an epoch.")
        choices: dict[int, str | None] = {**_read_choices(self.folder), model: name}
        text = json.dumps({str(key): value for key, value in sorted(choices.items()) if value is not None})
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = self.folder / f"{ACTIVE_FILE}.writing"
            beside.write_text(text + "\n", encoding="utf-8")
            beside.replace(self.folder / ACTIVE_FILE)
        except OSError as error:
            raise RunError(f"The choice of runs cannot be kept in {self.folder} ({error.strerror}).") from error

    def _new_folder(self, stem: str) -> Path:
        number = 1
        while True:
            folder = self.folder / (stem if number == 1 else f"{stem}-{number}")
            if not (self.shipped / folder.name).exists():
                try:
                    folder.mkdir()
                except FileExistsError:
                    pass
                else:
                    return folder
            number += 1


def _scan(folder: Path, *, shipped: bool) -> list[Run | DamagedRun]:
    """Return what lies in a runs folder, by date and name; a missing or unreadable folder holds nothing."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except OSError:
        return []
    found: list[Run | DamagedRun] = []
    for path in paths:
        try:
            found.append(Run.open(path, shipped=shipped))
        except RunError as error:
            found.append(DamagedRun(path, str(error), shipped))
    return sorted(found, key=lambda entry: entry.record.created if isinstance(entry, Run) and not shipped else "")


def _read_choices(folder: Path) -> dict[int, str]:
    """Return the run chosen for each model; a missing or damaged file holds no choice."""
    try:
        values = json.loads((folder / ACTIVE_FILE).read_text(encoding="utf-8"))
        return {model: values[str(model)] for model in MODELS if isinstance(values.get(str(model)), str)}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}
