"""Store of runs: the shipped ones and those of the user, and which of them answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from mnist_gui.files import remove_old_temporaries, replace_path, temporary_folder
from mnist_gui.runs import trash
from mnist_gui.runs.active_runs import (
    ACTIVE_FILE,
    MAX_ANSWERING,
    MODELS,
    SHIPPED_DEFAULTS,
    ChosenRun,
    changing_active_runs,
    read_active_runs,
    renaming_active_run,
    with_run_again,
    without_run,
)
from mnist_gui.runs.lock import is_locked, move_run
from mnist_gui.runs.record import RunBusyError, RunError, RunRecord
from mnist_gui.runs.run import DamagedRun, Run, now
from mnist_gui.runs.run_names import check_new_name, check_tags, check_title

__all__ = ["ACTIVE_FILE", "MAX_ANSWERING", "MODELS", "Place", "RunStore"]

MAX_NOTE_LENGTH = 2000  # characters


@dataclass(frozen=True)
class Place:
    """A place among the runs that answer.

    Attributes
    ----------
    model
        1, 2 or 3; None for another network.
    run
        The run that answers; None if none can.
    name
        Name of the chosen run; empty for the shipped default of the model.
    problem
        Why the chosen run cannot answer, in a sentence; empty if it can. The shipped default replaces it.
    """

    model: int | None
    run: Run | None
    name: str = ""
    problem: str = ""


class RunStore:
    """Runs in two folders.

    Changes are made to runs of the user only. They raise `RunError`, without changing anything, if the run is shipped,
    unknown, damaged or being written, or if a file cannot be written.

    Parameters
    ----------
    folder
        Runs of the user; created with the first run.
    shipped
        Runs that ship with the program; never written.
    """

    def __init__(self, folder: Path, shipped: Path) -> None:
        self.folder = folder
        self.shipped = shipped

    def entries(self) -> list[Run | DamagedRun]:
        """Return all runs: shipped ones by name, then the user's, oldest first, then the damaged ones."""
        found = [*_scan(self.shipped, shipped=True), *_scan(self.folder, shipped=False)]
        runs: list[Run | DamagedRun] = [entry for entry in found if isinstance(entry, Run)]
        return runs + [entry for entry in found if isinstance(entry, DamagedRun)]

    def runs(self) -> list[Run]:
        """Return the readable runs."""
        return [entry for entry in self.entries() if isinstance(entry, Run)]

    def get(self, name: str) -> Run:
        """Return the run with this name; runs of the user precede shipped ones."""
        self._check_name(name)
        for folder, shipped in ((self.folder, False), (self.shipped, True)):
            if (folder / name).is_dir():
                try:
                    return Run.open(folder / name, shipped=shipped)
                except RunError as error:
                    raise RunError(f"Run {name} cannot be used: {error}.") from error
        known = ", ".join(run.name for run in self.runs()) or "none"
        raise RunError(f"There is no run {name!r} in {self.folder}. Known runs: {known}.")

    def create(
        self,
        model: int | None,
        recipe: Mapping[str, Any],
        seed: int,
        data: Mapping[str, Any],
        *,
        files: Mapping[str, bytes] | None = None,
        **record: Any,  # noqa: ANN401 - the record's own fields
    ) -> Run:
        """Create a run.

        Parameters
        ----------
        model
            1, 2 or 3; None for another network.
        recipe
            Plain values; "name" becomes part of the name of the run.
        seed
            Seed of weights, order of frames and dropout.
        data
            Description of the data, as returned by `mnist_gui.models.training.data_split.describe_data`.
        files
            Contents of files by name.
        record
            Other entries, such as ``parent``; see `mnist_gui.runs.record.RunRecord`.
        """
        kind = "own" if model is None else f"model-{model}"
        stem = f"{kind}-{recipe['name']}-{datetime.now():%Y%m%d-%H%M%S}"
        return self._create(
            stem, RunRecord(model, dict(recipe), seed, dict(data), created=now(), **record), files or {}
        )

    def create_imported(
        self,
        name: str,
        imported: Mapping[str, Any],
        layers: list[dict[str, Any]] | None,
        files: Mapping[str, bytes],
    ) -> Run:
        """Create the run of a network from a file; a number is added to a name that is taken.

        Parameters
        ----------
        name
            A portable name.
        imported, layers
            Entries of `mnist_gui.runs.record.RunRecord`.
        files
            Contents of files by name.
        """
        record = RunRecord(
            None, {}, 0, {"name": "unknown", "checksum": ""}, now(), "completed", layers=layers, imported=dict(imported)
        )
        return self._create(name, record, files)

    def _create(self, stem: str, record: RunRecord, files: Mapping[str, bytes]) -> Run:
        """Write a new run; nothing is left of it where a file cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            # Without its record, a visible folder would be listed as damaged.
            with temporary_folder(self.folder) as temporary:
                run = Run(temporary, record)
                run.commit(files={name: run.write_bytes(name, content) for name, content in files.items()})
                run.folder = self._move_to_free_name(temporary, stem)
        except OSError as error:
            raise self._cannot_create(error) from error
        return run

    def _cannot_create(self, error: OSError) -> RunError:
        return RunError(
            f"No run can be created in {self.folder} ({error.strerror}); "
            "make the folder writable or choose another with --runs."
        )

    def delete(self, name: str) -> None:
        """Delete a run permanently; see also `move_to_trash`."""
        folder = self._own_folder(name)
        try:
            if is_locked(folder):
                raise RunBusyError(f"Run {name} is being written; stop it first.")
            shutil.rmtree(folder)
        except OSError as error:
            raise RunError(f"Run {name} could not be deleted ({error.strerror}).") from error
        self._remove_active(name)

    def move_to_trash(self, name: str) -> None:
        """Delete a run; `restore` undoes it until `empty_trash`."""
        folder = self._own_folder(name)
        chosen = read_active_runs(self.folder)
        deleted = trash.move_to_trash(folder, chosen if any(entry.run == name for entry in chosen) else [])
        try:
            self._remove_active(name)
        except RunError:
            trash.restore(deleted, folder)
            raise

    def restore(self, name: str) -> str:
        """Undo the last `move_to_trash` of a name; return the name of the run, a new one if it is taken.

        The run answers again if it did and no other run was chosen instead since.
        """
        self._check_name(name)
        deleted = trash.newest(self.folder, name)
        free = self._free_name(name)
        before = trash.restore(deleted, self.folder / free)
        if before:
            with changing_active_runs(self.folder) as chosen:
                chosen[:] = with_run_again(chosen, before, name, free)
        return free

    def empty_trash(self, names: Iterable[str]) -> None:
        """Delete permanently the runs with these names in the trash, and those left in it for longer than a day."""
        trash.empty(self.folder, names)

    def remove_leftovers(self) -> None:
        """Delete what killed programs left beside and in the runs; what another program may be writing stays.

        What cannot be deleted now is left for later.
        """
        remove_old_temporaries(self.folder)
        for found in _scan(self.folder, shipped=False):
            with suppress(OSError, RunError):
                if isinstance(found, Run) and found.has_leftovers():
                    with found.locked():
                        Run.open(found.folder).remove_leftovers()  # it may have been written since

    def rename(self, name: str, new_name: str) -> Run:
        """Rename a run, which stays active; return it. The new name must be free and portable, see `check_new_name`."""
        run = self._own_run(name)
        if new_name == name:
            return run
        check_new_name(new_name)
        # On case-insensitive disks, its own name in another case is not taken.
        if new_name.casefold() != name.casefold() and self._is_taken(new_name):
            raise RunError(f"There already is a run {new_name!r}; choose another name.")
        with renaming_active_run(self.folder, name, new_name):
            move_run(run.folder, self.folder / new_name)
        return self.get(new_name)

    def set_note(self, name: str, note: str) -> Run:
        """Set the note of a run; return the run."""
        note = note.strip()
        if len(note) > MAX_NOTE_LENGTH:
            raise RunError(f"The note has {len(note)} characters; a note has at most {MAX_NOTE_LENGTH}.")
        return self._set(name, note=note)

    def set_title(self, name: str, title: str) -> Run:
        """Set the title of a run, which is shown in place of its name; an empty one removes it. Return the run."""
        title = " ".join(title.split())
        check_title(title)
        return self._set(name, title="" if title == name else title)

    def set_tags(self, name: str, tags: Iterable[str]) -> Run:
        """Set the tags of a run; return the run."""
        found = list(dict.fromkeys(" ".join(tag.split()) for tag in tags))
        check_tags(found)
        return self._set(name, tags=found)

    def _set(self, name: str, **changes: Any) -> Run:  # noqa: ANN401 - the record's own fields
        with self._own_run(name).locked():
            # Read again, because it may have been written since.
            run = self._own_run(name)
            _commit(run, **changes)
        return run

    def _own_folder(self, name: str) -> Path:
        self._check_name(name)
        folder = self.folder / name
        if not folder.is_dir():
            if (self.shipped / name).is_dir():
                raise RunError(f"Run {name} came with the program and cannot be changed.")
            raise RunError(f"There is no run {name!r} in {self.folder}.")
        return folder

    def _own_run(self, name: str) -> Run:
        self._own_folder(name)
        return self.get(name)

    def _free_name(self, name: str) -> str:
        """Return a name, with a number added if it is taken."""
        number = 1
        while self._is_taken(free := name if number == 1 else f"{name}-{number}"):
            number += 1
        return free

    def _is_taken(self, name: str) -> bool:
        """Return whether a folder has that name, ignoring case as many disks do."""
        for folder in (self.folder, self.shipped):
            if folder.is_dir() and any(path.name.casefold() == name.casefold() for path in folder.iterdir()):
                return True
        return False

    def _remove_active(self, name: str) -> None:
        """Let a run answer no longer."""
        if any(entry.run == name for entry in read_active_runs(self.folder)):
            with changing_active_runs(self.folder) as chosen:
                chosen[:] = without_run(chosen, name)

    # -- the runs that answer

    def places(self) -> list[Place]:
        """Return the places of the runs that answer, 1 to 6: those that the user chose, otherwise the shipped defaults.

        The shipped default of its model replaces a run that no longer exists, is damaged or has no exported model.
        """
        found: list[Place] = []
        for chosen in read_active_runs(self.folder):
            run, problem = None, ""
            if chosen.run is not None:
                try:
                    run = _usable(self.get(chosen.run))
                except RunError as error:
                    problem = str(error)
            if run is None and chosen.model is not None:
                run = self.shipped_default(chosen.model)
            if run is not None and any(place.run and place.run.folder == run.folder for place in found):
                run = None
            found.append(Place(run.record.model if run else chosen.model, run, chosen.run or "", problem))
        return found

    def answering(self) -> list[Run]:
        """Return the runs that answer, in the order of their places."""
        return [place.run for place in self.places() if place.run is not None]

    def set_answering(self, names: Sequence[str]) -> None:
        """Let the runs with these names answer, in this order; raise `RunError` if one cannot, or for too many."""
        if not 1 <= len(names) <= MAX_ANSWERING or len(set(names)) < len(names):
            raise RunError(f"{len(names)} runs were chosen; choose 1 to {MAX_ANSWERING} different ones.")
        runs = [_usable(self.get(name)) for name in names]
        with changing_active_runs(self.folder) as chosen:
            chosen[:] = map(self._choice_of, runs)

    def answer_by_default(self) -> None:
        """Let the shipped default of each model answer."""
        with changing_active_runs(self.folder) as chosen:
            chosen[:] = SHIPPED_DEFAULTS

    def activate(self, name: str, instead_of: str | None = None) -> None:
        """Let a run answer: instead of another one, of the first of the same model, or in a further place.

        A run that answers already changes places with the other one.

        Parameters
        ----------
        name
            Name of a run with an exported model.
        instead_of
            Name of a run that answers.

        Raises
        ------
        RunError
            The run cannot answer, or all places are taken by runs of other networks.
        """
        run = _usable(self.get(name))
        with changing_active_runs(self.folder) as chosen:
            places = self.places()
            folders = [place.run.folder if place.run else None for place in places]
            names = [place.run.name if place.run else place.name for place in places]
            if instead_of in names:
                index = names.index(instead_of)
                if run.folder in folders:
                    chosen[folders.index(run.folder)] = chosen[index]
            elif run.folder in folders:
                return
            else:
                models = [place.model for place in places]
                index = models.index(run.model) if run.model in models else len(chosen)
            if index == MAX_ANSWERING:
                raise RunError(
                    f"{MAX_ANSWERING} runs answer already, as many as can; choose {name} on the card of another run."
                )
            chosen[index : index + 1] = [self._choice_of(run)]

    def back_to_shipped(self, name: str) -> None:
        """Let the shipped default of its model answer instead of the run with this name."""
        with changing_active_runs(self.folder) as chosen:
            chosen[:] = without_run(chosen, name)

    def _choice_of(self, run: Run) -> ChosenRun:
        model = run.record.model
        default = self.shipped_default(model) if run.shipped and model is not None else None
        return ChosenRun(model, None if default is not None and default.folder == run.folder else run.name)

    def _check_name(self, name: str) -> None:
        """Raise `RunError` for a name that could lead outside of the folder."""
        if not name or name != Path(name).name or name.startswith(".") or "\\" in name:
            raise RunError(f"{name!r} is not the name of a run; give the name of a folder in {self.folder}.")

    def shipped_default(self, model: int) -> Run | None:
        """Return the shipped run that answers by default for a model, or None."""
        default = next((entry.run for entry in read_active_runs(self.shipped) if entry.model == model), None)
        if default is not None:
            with suppress(RunError):
                run = _usable(Run.open(self.shipped / default, shipped=True))
                if run.model == model:
                    return run
        runs = [entry for entry in _scan(self.shipped, shipped=True) if isinstance(entry, Run)]
        return next((run for run in runs if run.model == model and run.has_model), None)

    def _move_to_free_name(self, folder: Path, name: str) -> Path:
        """Rename a folder; return its path, with a number added to a name that is taken."""
        while True:
            target = self.folder / self._free_name(name)
            try:
                replace_path(folder, target)
            except OSError:
                if not target.exists():  # created meanwhile by another program
                    raise
            else:
                return target


def _usable(run: Run) -> Run:
    """Return the run; raise `RunError` if it cannot answer."""
    if not run.has_model:
        raise RunError(f"Run {run.name} has no exported model yet; let it finish an epoch.")
    return run


def _commit(run: Run, **changes: Any) -> None:  # noqa: ANN401 - the record's own fields
    """Commit; raise `RunError` if the record cannot be written."""
    try:
        run.commit(**changes)
    except OSError as error:
        raise RunError(f"Run {run.name} could not be written ({error.strerror}).") from error


def _scan(folder: Path, *, shipped: bool) -> list[Run | DamagedRun]:
    """Return the runs of a folder by date and name; none if it is missing.

    If the folder cannot be read, it is itself returned as damaged.
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
