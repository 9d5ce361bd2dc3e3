"""A training run in a folder: its record, its history and the files that it produced.

``run.json`` is authoritative. All files that it names are written and flushed before ``run.json`` itself is replaced;
other files are leftovers of an interrupted write and are ignored. The next content of an existing file has a name of
its own until ``run.json`` names it: after a kill at any moment, a run is as it was before a commit, or as it is after.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mnist_gui.files import open_regular, replace_path, temporary_file
from mnist_gui.runs.lock import is_locked, lock_run
from mnist_gui.runs.record import (
    CHECKPOINT_PREFIX,
    FINE_TUNING_DIGITS_FILE,
    HELD_OUT_FILE,
    HISTORY_COLUMNS,
    HISTORY_FILE,
    HISTORY_RANGES,
    LITERT_FILE,
    MAX_EPOCH,
    MAX_HISTORY_BYTES,
    MODEL_FILE,
    NEXT_PREFIX,
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
from mnist_gui.runs.run_names import run_title

# Files that a run writes besides checkpoints and the record.
RUN_FILES = (
    HISTORY_FILE,
    MODEL_FILE,
    LITERT_FILE,
    WEIGHTS_FILE,
    HELD_OUT_FILE,
    PREDICTIONS_FILE,
    FINE_TUNING_DIGITS_FILE,
    PARENT_WEIGHTS_FILE,
)
# Of files that a later epoch, or the end of a write, deletes or renames.
_TRANSIENT = (PARTIAL_PREFIX, NEXT_PREFIX, CHECKPOINT_PREFIX)

MAX_RECORD_BYTES = 1_000_000


class Run:
    """A run folder and its record as last read or committed.

    Only the holder of the lock may write, see `locked`.
    """

    def __init__(self, folder: Path, record: RunRecord, *, shipped: bool = False) -> None:
        self.folder = folder
        self.record = record
        self.shipped = shipped

    @classmethod
    def open(cls, folder: Path, *, shipped: bool = False) -> Run:
        """Read the run in a folder; raise `RunError` if its record is missing or damaged."""
        try:
            with open_regular(folder / RECORD_FILE, follow_links=False) as file:
                content = file.read(MAX_RECORD_BYTES + 1)
            if len(content) > MAX_RECORD_BYTES:
                raise RunError(f"{RECORD_FILE} has more than {MAX_RECORD_BYTES:,} bytes")
            text = content.decode()
        except FileNotFoundError as error:
            raise RunError(f"{RECORD_FILE} is missing: the run was never committed") from error
        except OSError as error:
            raise RunError(f"{RECORD_FILE} cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise RunError(f"{RECORD_FILE} cannot be read ({error})") from error
        return cls(folder, RunRecord.from_json(text), shipped=shipped)

    @property
    def name(self) -> str:
        """Name of the folder, which identifies the run."""
        return self.folder.name

    @property
    def title(self) -> str:
        """What the run is called where it is shown: its title or, without one, its name as `run_title` shows it."""
        return self.record.title or run_title(self.name)

    @property
    def model(self) -> int:
        """Number of the model; 0 for a network that is none of the notebook's."""
        return self.record.model or 0

    @property
    def status(self) -> str:
        """One of `STATUSES`, or "interrupted" if the record says running but the lock is free."""
        if self.record.status == "running" and not self.is_locked():
            return "interrupted"
        return self.record.status

    @property
    def validation(self) -> str:
        """Validation frames: "held out" or "test"."""
        return "held out" if self.record.recipe.get("held_out") else "test"

    @property
    def machine(self) -> str:
        """Machine that trained the run: "CPU, 2 cores, Linux x86_64"; empty where it is not known."""
        environment = self.record.environment
        return ", ".join(str(environment[name]) for name in ("device", "system") if environment.get(name))

    @property
    def model_file(self) -> str:
        """Name of the file that answers: `MODEL_FILE`, or one of an earlier version, which is converted first."""
        names = (MODEL_FILE, LITERT_FILE, WEIGHTS_FILE)
        return next((name for name in names if name in self.record.files), MODEL_FILE)

    @property
    def model_checksum(self) -> str:
        """SHA-256 checksum of the exported model; empty if there is none."""
        entry = self.record.files.get(self.model_file)
        return "" if entry is None else entry.sha256

    @property
    def network_key(self) -> str:
        """Name of the network without its weights, the same for all runs of one of the three models."""
        return f"model-{self.model}" if self.model else f"network-{self.model_checksum[:32]}"

    @property
    def has_model(self) -> bool:
        """Whether there is an exported model."""
        return self.model_file in self.record.files

    @property
    def has_predictions_only(self) -> bool:
        """Whether this is a run of a shipped study, which has predictions for the test set in place of a model."""
        return self.shipped and not self.has_model and PREDICTIONS_FILE in self.record.files

    # -- reading

    def read_file(self, name: str) -> bytes:
        """Return the content of a file; raise `RunError` if the run has no such file or its checksum differs."""
        entry = self.record.files.get(name)
        if entry is None:
            raise RunError(f"Run {self.name} has no {name}.")
        try:
            return self._read(name, name, entry)
        except RunError:
            # A killed program may have left the new content under its first name; another one may be renaming it.
            for file in (NEXT_PREFIX + name, name):
                with suppress(RunError):
                    return self._read(name, file, entry)
            raise

    def _read(self, name: str, file_name: str, entry: FileEntry) -> bytes:
        """Return the content of a file that has the checksum of an entry of the record."""
        try:
            with open_regular(self.folder / file_name, follow_links=False) as file:
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
        """Return the committed epochs in order; raise `RunError` if the history is damaged."""
        if HISTORY_FILE not in self.record.files:
            return []
        if self.record.files[HISTORY_FILE].bytes > MAX_HISTORY_BYTES:
            raise RunError(f"Run {self.name}: {HISTORY_FILE} has more than {MAX_HISTORY_BYTES:,} bytes.")
        try:
            rows = list(csv.DictReader(io.StringIO(self.read_file(HISTORY_FILE).decode())))
            history = [
                EpochMetrics(int(row["epoch"]), *(float(row[column]) for column in HISTORY_COLUMNS[1:])) for row in rows
            ]
        except (KeyError, TypeError, ValueError, csv.Error) as error:
            raise RunError(f"Run {self.name}: {HISTORY_FILE} is not a table of epochs ({error!s:.200}).") from error
        last_epoch = 0
        for metrics in history:
            if problem := _epoch_problem(metrics, last_epoch):
                raise RunError(f"Run {self.name}: {HISTORY_FILE} has {problem}.")
            last_epoch = metrics.epoch
        return history

    # -- writing

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of the run, which the operating system releases even if this process is killed.

        Raises `RunBusyError` if it is held elsewhere, `RunError` if the folder no longer exists or cannot be written.
        """
        with lock_run(self.folder):
            self._finish_commit()
            yield

    def is_locked(self) -> bool:
        """Return whether a process is writing to this run."""
        return is_locked(self.folder)

    def write_file(self, name: str, write: Callable[[Path], None]) -> FileEntry:
        """Write a file through `write` and flush it; return its entry for `commit`, which replaces an existing file."""
        # Keras requires the suffix at the end.
        with temporary_file(self.folder, Path(name).suffix) as partial:
            write(partial)
            content = partial.read_bytes()
            with partial.open("rb+") as file:
                os.fsync(file.fileno())
            is_next = name != RECORD_FILE and os.path.lexists(self.folder / name)
            replace_path(partial, self.folder / (NEXT_PREFIX + name if is_next else name))
        return FileEntry(hashlib.sha256(content).hexdigest(), len(content))

    def write_bytes(self, name: str, content: bytes) -> FileEntry:
        """Write a file as `write_file` does."""

        def write(path: Path) -> None:
            path.write_bytes(content)

        return self.write_file(name, write)

    def append_history(self, metrics: EpochMetrics) -> FileEntry:
        """Write the committed epochs and another one; return the entry for `commit`."""
        rows = [*self.history(), metrics]

        def write(path: Path) -> None:
            with path.open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(HISTORY_COLUMNS)
                writer.writerows([getattr(row, column) for column in HISTORY_COLUMNS] for row in rows)

        return self.write_file(HISTORY_FILE, write)

    def commit(self, **changes: Any) -> None:  # noqa: ANN401 - the record's own fields
        """Change entries of the record and replace ``run.json``, and the files of which it names the next content."""
        record = replace(self.record, **changes)
        _flush_folder(self.folder)
        self.write_file(RECORD_FILE, lambda path: _write_text(path, record.to_json()))
        _flush_folder(self.folder)
        self.record = record
        with suppress(RunError):  # the next writer tries again
            self._finish_commit()

    def _finish_commit(self) -> None:
        """Rename files that hold the content that the record on the disk names, also after a kill."""
        try:
            found = list(self.folder.glob(f"{NEXT_PREFIX}*"))
            committed = Run.open(self.folder) if found else self
            for path in filter(committed._holds_next, found):  # others are leftovers
                replace_path(path, self.folder / path.name.removeprefix(NEXT_PREFIX))
            if found:
                _flush_folder(self.folder)
        except OSError as error:
            raise RunError(f"Run {self.name} could not be written ({error.strerror}).") from error

    def has_leftovers(self) -> bool:
        """Return whether there are files of interrupted writes, or of writes that another process is at."""
        return any(
            path.name.startswith(_TRANSIENT) and path.name not in self.record.files for path in self.folder.iterdir()
        )

    def remove_leftovers(self) -> None:
        """Delete leftovers of interrupted writes and files that the record no longer names. The run must be locked.

        Files that a run does not write are kept.
        """
        for path in self.folder.iterdir():
            name = path.name
            written = name.startswith(_TRANSIENT) or name in RUN_FILES
            if written and path.is_file() and name not in self.record.files and not self._holds_next(path):
                _remove(path)

    def _holds_next(self, path: Path) -> bool:
        """Return whether a file holds what the record names, which could not be renamed yet."""
        name = path.name.removeprefix(NEXT_PREFIX)
        entry = self.record.files.get(name)
        if name == path.name or entry is None:
            return False
        try:
            return bool(self._read(name, path.name, entry))
        except RunError:
            return False


@dataclass(frozen=True)
class DamagedRun:
    """A folder in a runs folder that holds no readable run, and the reason."""

    folder: Path
    reason: str
    shipped: bool = False

    @property
    def name(self) -> str:
        """Name of the folder."""
        return self.folder.name


def _epoch_problem(metrics: EpochMetrics, last_epoch: int) -> str:
    """Return what a training cannot have written in a line of the history, and what was expected; empty for nothing."""
    if not 1 <= metrics.epoch <= MAX_EPOCH:
        return f"an epoch that is not from 1 to {MAX_EPOCH:,}"
    if metrics.epoch <= last_epoch:
        return f"epoch {metrics.epoch} after epoch {last_epoch}; expected a later one"
    for column, (highest, may_diverge) in HISTORY_RANGES.items():
        value = getattr(metrics, column)
        if not (0 <= value <= highest or (may_diverge and (value == math.inf or math.isnan(value)))):
            return f"{column} {value:g} in epoch {metrics.epoch}; expected 0 to {highest:g}"
    return ""


def now() -> str:
    """Return the current time as ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _remove(path: Path) -> None:
    """Delete a file; one that cannot be deleted is a harmless leftover."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _flush_folder(folder: Path) -> None:
    """Flush a rename to the disk (Windows cannot open a folder)."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
