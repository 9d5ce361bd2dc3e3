"""One training, kept in one folder: what was done, how it went, and the files that came of it.

``run.json`` is the authority. Everything that it names is written and flushed before ``run.json`` itself is
renamed into place; what it does not name is a leftover of an interrupted write and is ignored.
"""

from __future__ import annotations

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mnist_gui.files import replace_path
from mnist_gui.runs.lock import is_locked, lock_run
from mnist_gui.runs.record import (
    CHECKPOINT_PREFIX,
    FINE_TUNING_DIGITS_FILE,
    HISTORY_COLUMNS,
    HISTORY_FILE,
    MODEL_FILE,
    PARENT_WEIGHTS_FILE,
    PARTIAL_PREFIX,
    PREDICTIONS_FILE,
    RECORD_FILE,
    WEIGHTS_FILE,
    EpochMetrics,
    FileEntry,
    RunError,
    RunRecord,
)

# Beside checkpoints and the record.
RUN_FILES = (HISTORY_FILE, MODEL_FILE, WEIGHTS_FILE, PREDICTIONS_FILE, FINE_TUNING_DIGITS_FILE, PARENT_WEIGHTS_FILE)


class Run:
    """A run folder and what its record said when it was last read or committed.

    Only the holder of the lock writes (see `locked`); anybody may read.
    """

    def __init__(self, folder: Path, record: RunRecord, *, shipped: bool = False) -> None:
        self.folder = folder
        self.record = record
        self.shipped = shipped

    @classmethod
    def open(cls, folder: Path, *, shipped: bool = False) -> Run:
        """Return the run in that folder.

        Raises
        ------
        RunError
            Its record is missing or damaged.
        """
        try:
            text = (folder / RECORD_FILE).read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise RunError(f"{RECORD_FILE} is missing: the run was never committed") from error
        except (OSError, UnicodeDecodeError) as error:
            raise RunError(f"{RECORD_FILE} cannot be read ({error})") from error
        return cls(folder, RunRecord.from_json(text), shipped=shipped)

    @property
    def name(self) -> str:
        """Return the folder's name, by which the person and the command line know the run."""
        return self.folder.name

    @property
    def model(self) -> int:
        """Return the number of the network that was trained."""
        return self.record.model

    @property
    def status(self) -> str:
        """Return one of `STATUSES`, or "interrupted": it says running, but nobody holds it."""
        if self.record.status == "running" and not self.is_locked():
            return "interrupted"
        return self.record.status

    @property
    def validation(self) -> str:
        """Return what was judged after every epoch: "held out" or "test"."""
        return "held out" if self.record.recipe.get("held_out") else "test"

    @property
    def has_model(self) -> bool:
        """Return whether it has an exported model."""
        return MODEL_FILE in self.record.files

    # -- reading

    def read_file(self, name: str) -> bytes:
        """Return a file's verified bytes.

        Raises
        ------
        RunError
            The run does not have it, or it is not what the run wrote.
        """
        entry = self.record.files.get(name)
        if entry is None:
            raise RunError(f"Run {self.name} has no {name}.")
        try:
            with (self.folder / name).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                content = file.read(min(entry.bytes, size))
        except OSError as error:
            raise RunError(f"Run {self.name}: {name} cannot be read ({error.strerror}).") from error
        if size < entry.bytes:
            raise RunError(f"Run {self.name}: {name} is cut short ({size} of {entry.bytes} bytes).")
        if hashlib.sha256(content).hexdigest() != entry.sha256:
            raise RunError(f"Run {self.name}: {name} was altered after it was written (its checksum differs).")
        return content

    def history(self) -> list[EpochMetrics]:
        """Return the committed epochs, the first one first.

        Raises
        ------
        RunError
            The file is damaged.
        """
        if HISTORY_FILE not in self.record.files:
            return []
        try:
            rows = list(csv.DictReader(io.StringIO(self.read_file(HISTORY_FILE).decode())))
            return [
                EpochMetrics(int(row["epoch"]), *(float(row[column]) for column in HISTORY_COLUMNS[1:])) for row in rows
            ]
        except (KeyError, TypeError, ValueError, csv.Error) as error:
            raise RunError(f"Run {self.name}: {HISTORY_FILE} is not a table of epochs ({error}).") from error

    # -- writing

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the run: an operating-system lock, freed by the system even if this process is killed.

        Raises
        ------
        RunBusyError
            Somebody else holds it.
        RunError
            The folder has gone or cannot be written.
        """
        with lock_run(self.folder):
            yield

    def is_locked(self) -> bool:
        """Return whether somebody is writing to this run now."""
        return is_locked(self.folder)

    def write_file(self, name: str, write: Callable[[Path], None]) -> FileEntry:
        """Let `write` fill a file beside the final one, flush it, rename it into place; return its entry.

        The entry counts once it is given to `commit`.
        """
        # The suffix stays last: Keras insists on it.
        beside = self.folder / f"{PARTIAL_PREFIX}{name}"
        try:
            write(beside)
            content = beside.read_bytes()
            with beside.open("rb+") as file:
                os.fsync(file.fileno())
            replace_path(beside, self.folder / name)
        finally:
            _remove(beside)
        return FileEntry(hashlib.sha256(content).hexdigest(), len(content))

    def append_history(self, figures: EpochMetrics) -> FileEntry:
        """Write the committed lines and one more; return the entry to `commit`."""
        rows = [*self.history(), figures]

        def write(path: Path) -> None:
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(HISTORY_COLUMNS)
                writer.writerows([getattr(row, column) for column in HISTORY_COLUMNS] for row in rows)

        # The committed bytes stay as they were, so that a cut before `commit` leaves the old entry valid.
        return self.write_file(HISTORY_FILE, write)

    def commit(self, **changes: Any) -> None:  # noqa: ANN401 - the record's own fields
        """Change the record and rename ``run.json`` into place; from then on it is the truth."""
        record = replace(self.record, **changes)
        _flush_folder(self.folder)
        self.write_file(RECORD_FILE, lambda path: _write_text(path, record.to_json()))
        _flush_folder(self.folder)
        self.record = record

    def remove_leftovers(self) -> None:
        """Delete what an interrupted write left behind and what the record no longer names.

        Only what a run writes: whatever else somebody put into the folder stays.
        """
        for path in self.folder.iterdir():
            name = path.name
            written = name.startswith((PARTIAL_PREFIX, CHECKPOINT_PREFIX)) or name in RUN_FILES
            if written and path.is_file() and name not in self.record.files:
                _remove(path)


@dataclass(frozen=True)
class DamagedRun:
    """A folder among the runs that cannot be used, and why."""

    folder: Path
    reason: str
    shipped: bool = False

    @property
    def name(self) -> str:
        """Return the folder's name."""
        return self.folder.name


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _remove(path: Path) -> None:
    """Delete a file that no longer counts; one that cannot be deleted is a leftover, and does no harm."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Flush a rename to the disk where the system can (Windows cannot open a folder)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
