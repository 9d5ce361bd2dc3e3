"""All runs: those that ship and the person's own; which of them answers for each model."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from mnist_gui.runs import trash
from mnist_gui.runs.active_runs import ACTIVE_FILE, MODELS, read_active_runs, write_active_runs
from mnist_gui.runs.lock import is_locked, move_run
from mnist_gui.runs.record import RunBusyError, RunError, RunRecord
from mnist_gui.runs.run import DamagedRun, Run, now
from mnist_gui.runs.run_names import check_new_name

__all__ = ["ACTIVE_FILE", "MODELS", "RunStore"]

MAX_NOTE_LENGTH = 2000  # characters


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
        files: Mapping[str, bytes] | None = None,
        **record: Any,  # noqa: ANN401 - the record's own fields
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
            Name, checksum and count of the frames; see `mnist_gui.models.training.data_split.describe_data`.
        files
            What it needs from the start, by name; they count from the first record on.
        record
            What else is known from the start, such as ``parent``; see `mnist_gui.runs.record.RunRecord`.

        Raises
        ------
        RunError
            The folder cannot be made or written.
        """
        stem = f"model-{model}-{recipe['name']}-{datetime.now():%Y%m%d-%H%M%S}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            folder = self._new_folder(stem)
        except OSError as error:
            raise self._cannot_create(error) from error
        run = Run(folder, RunRecord(model, dict(recipe), seed, dict(data), created=now(), **record))
        try:
            written = {
                name: run.write_file(name, partial(_write_bytes, content)) for name, content in (files or {}).items()
            }
            run.commit(files=written)
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
        """Delete one of the person's runs for good; `move_to_trash` is the one that can be undone.

        Raises
        ------
        RunError
            It is shipped, unknown, or being written.
        """
        folder = self._own_folder(name)
        try:
            if is_locked(folder):
                raise RunBusyError(f"Run {name} is being written; stop it first.")
            shutil.rmtree(folder)
        except OSError as error:
            raise RunError(f"Run {name} could not be deleted ({error.strerror}).") from error
        self._rename_choice(name, None)

    def move_to_trash(self, name: str) -> None:
        """Delete one of the person's runs so that `restore` can undo it, until `empty_trash`.

        The folder moves into a hidden one beside it, together with the choice where the run answered for its model.

        Raises
        ------
        RunError
            It is shipped, unknown, or being written, or cannot be moved; then it stays as it is.
        """
        folder = self._own_folder(name)
        chosen = {model: run for model, run in read_active_runs(self.folder).items() if run == name}
        aside = trash.move_to_trash(folder, chosen)
        try:
            self._rename_choice(name, None)
        except RunError:
            trash.restore(aside, folder)
            raise

    def restore(self, name: str) -> str:
        """Undo the last `move_to_trash` of that name; return the run's name, another one where it is taken by now.

        It answers for its model again if it did before and nothing was chosen since.

        Raises
        ------
        RunError
            It has been deleted for good, or cannot be moved.
        """
        self._check_name(name)
        aside = trash.newest(self.folder, name)
        number = 1
        while self._is_taken(free := name if number == 1 else f"{name}-{number}"):
            number += 1
        models = trash.restore(aside, self.folder / free)
        if models:
            write_active_runs(self.folder, {**dict.fromkeys(models, free), **read_active_runs(self.folder)})
        return free

    def empty_trash(self, names: Iterable[str]) -> None:
        """Delete for good what was set aside under these names, and what was left there a day ago or longer."""
        trash.empty(self.folder, names)

    def rename(self, name: str, new_name: str) -> Run:
        """Give one of the person's runs another name, where it was chosen too; return it.

        Raises
        ------
        RunError
            It is shipped, unknown, damaged or being written; or the new name is taken or not a plain one, see
            `mnist_gui.runs.run_names.check_new_name`.
        """
        run = self._own_run(name)
        if new_name == name:
            return run
        check_new_name(new_name)
        # Where case does not count, another case of its own name is no other run.
        if new_name.casefold() != name.casefold() and self._is_taken(new_name):
            raise RunError(f"There is a run {new_name!r} already; give another name.")
        move_run(run.folder, self.folder / new_name)
        try:
            self._rename_choice(name, new_name)
        except RunError:
            move_run(self.folder / new_name, run.folder)
            raise
        return self.get(new_name)

    def set_note(self, name: str, note: str) -> Run:
        """Keep a note on one of the person's runs, or nothing; return it.

        Raises
        ------
        RunError
            It is shipped, unknown, damaged or being written; or the note is too long.
        """
        note = note.strip()
        if len(note) > MAX_NOTE_LENGTH:
            raise RunError(f"The note has {len(note)} characters; a note has at most {MAX_NOTE_LENGTH}.")
        with self._own_run(name).locked():
            # Read again: somebody may have written to it until now.
            run = self._own_run(name)
            _commit(run, note=note)
        return run

    def _own_folder(self, name: str) -> Path:
        self._check_name(name)
        folder = self.folder / name
        if not folder.is_dir():
            if (self.shipped / name).is_dir():
                raise RunError(f"Run {name} came with the program and stays as it is.")
            raise RunError(f"There is no run {name!r} in {self.folder}.")
        return folder

    def _own_run(self, name: str) -> Run:
        self._own_folder(name)
        return self.get(name)

    def _is_taken(self, name: str) -> bool:
        """Return whether either folder has that name, in any case: on many disks that is the same name."""
        for folder in (self.folder, self.shipped):
            if folder.is_dir() and any(path.name.casefold() == name.casefold() for path in folder.iterdir()):
                return True
        return False

    def _rename_choice(self, name: str, new_name: str | None) -> None:
        """Let the choices that name a run name another, or none."""
        choices = read_active_runs(self.folder)
        if name in choices.values():
            changed = {model: new_name if run == name else run for model, run in choices.items()}
            write_active_runs(self.folder, {model: run for model, run in changed.items() if run is not None})

    def active(self, model: int) -> Run | None:
        """Return the run that answers for a model: the person's choice, else the shipped default, else none.

        A choice that has gone, is damaged or has no exported model counts as none; `active_run_problem` says so.
        """
        try:
            chosen = self._chosen(model)
        except RunError:
            chosen = None
        return chosen or self.shipped_default(model)

    def active_run_problem(self, model: int) -> str:
        """Return a sentence where the person's choice for a model cannot answer, else nothing."""
        try:
            self._chosen(model)
        except RunError as error:
            return str(error)
        return ""

    def _chosen(self, model: int) -> Run | None:
        """Return the person's choice, or None where there is none; raise `RunError` where it cannot answer."""
        name = read_active_runs(self.folder).get(model)
        return None if name is None else self._answering(name, model)

    def _answering(self, name: str, model: int) -> Run:
        run = self.get(name)
        if run.model != model:
            raise RunError(f"Run {name} is of model {run.model}; it cannot answer for model {model}.")
        if not run.has_model:
            raise RunError(f"Run {name} has no exported model yet; let it finish an epoch.")
        return run

    def _check_name(self, name: str) -> None:
        """Refuse what is no plain name: it could lead outside the folder."""
        if not name or name != Path(name).name or name.startswith(".") or "\\" in name:
            raise RunError(f"{name!r} is not a run's name; give the name of a folder directly under {self.folder}.")

    def shipped_default(self, model: int) -> Run | None:
        """Return the shipped run that answers for a model, or None where none ships."""
        runs = [e for e in _scan(self.shipped, shipped=True) if isinstance(e, Run) and e.model == model and e.has_model]
        wanted = read_active_runs(self.shipped).get(model)
        return next((run for run in runs if run.name == wanted), runs[0] if runs else None)

    def activate(self, model: int, name: str | None) -> None:
        """Keep which run answers for a model; None goes back to the shipped one.

        Raises
        ------
        RunError
            The run is unknown, of another model, has no exported model, or the choice cannot be written.
        """
        choices = read_active_runs(self.folder)
        choices.pop(model, None)
        if name is not None:
            self._answering(name, model)
            choices[model] = name
        write_active_runs(self.folder, choices)

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


def _write_bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _commit(run: Run, **changes: Any) -> None:  # noqa: ANN401 - the record's own fields
    """Commit, and say in a sentence where it cannot be done."""
    try:
        run.commit(**changes)
    except OSError as error:
        raise RunError(f"Run {run.name} could not be written ({error.strerror}).") from error


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
