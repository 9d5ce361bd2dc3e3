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
        self._check_name(name)
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
            Name, checksum and count of the frames; see `mnist_gui.models.frames.describe_data`.

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
        except OSError as error:
            raise self._cannot_create(error) from error
        run = Run(folder, record)
        try:
            run.commit()
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)  # else it would be listed as damaged for ever
            raise self._cannot_create(error) from error
        return run

    def _cannot_create(self, error: OSError) -> RunError:
        return RunError(
            f"No run can be created in {self.folder} ({error.strerror}); "
            "make the folder writable or choose another with --runs."
        )

    def delete(self, name: str) -> None:
        """Delete one of the person's runs.

        Raises
        ------
        RunError
            It is shipped, unknown, or being written.
        """
        self._check_name(name)
        folder = self.folder / name
        if not folder.is_dir():
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

        A choice that has gone, is damaged or has no exported model counts as none; `choice_problem` says so.
        """
        try:
            chosen = self._chosen(model)
        except RunError:
            chosen = None
        return chosen or self.shipped_default(model)

    def choice_problem(self, model: int) -> str:
        """Return a sentence where the person's choice for a model cannot answer, else nothing."""
        try:
            self._chosen(model)
        except RunError as error:
            return str(error)
        return ""

    def _chosen(self, model: int) -> Run | None:
        """Return the person's choice, or None where there is none; raise `RunError` where it cannot answer."""
        name = _read_choices(self.folder).get(model)
        return None if name is None else self._answering(name, model)

    def _answering(self, name: str, model: int) -> Run:
        run = self.get(name)
        if run.model != model:
            raise RunError(f"Run {name} is of model {run.model}; it cannot answer for model {model}.")
        if not run.answers:
            raise RunError(f"Run {name} has no exported model yet; let it finish an epoch.")
        return run

    def _check_name(self, name: str) -> None:
        """Refuse what is no plain name: it could lead outside the folder."""
        if not name or name != Path(name).name or name.startswith(".") or "\\" in name:
            raise RunError(f"{name!r} is not a run's name; give the name of a folder directly under {self.folder}.")

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
            self._answering(name, model)
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
    """Return what lies in a runs folder, by date and name; a missing folder holds nothing.

    A folder that cannot be read is itself listed as damaged.
    """
    try:
        paths = sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    except FileNotFoundError:
        return []
    except OSError as error:
        return [DamagedRun(folder, f"the runs folder {folder} cannot be read ({error.strerror})", shipped)]
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
