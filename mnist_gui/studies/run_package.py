"""The folder of a run as a value, which another machine trains further and sends back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from mnist_gui.runs.record import CHECKPOINT_PREFIX, FileEntry, RunError, RunRecord
from mnist_gui.runs.run import RUN_FILES, Run

# Entries of a record that a training changes.
_CHANGED = (
    "status", "message", "epochs", "exported", "best", "environment", "calibration", "random_state", "files",
)  # fmt: skip
# Those that say which training it is.
_FIXED = tuple(
    entry.name
    for entry in fields(RunRecord)
    if entry.name not in (*_CHANGED, "note", "title", "tags", "created", "imported")
)


@dataclass(frozen=True)
class RunPackage:
    """A run.

    Attributes
    ----------
    name
        Name of the run.
    record
        Text of its ``run.json``.
    files
        Contents of those of its files that the receiver lacks.
    """

    name: str
    record: str
    files: Mapping[str, bytes] = field(default_factory=dict)


def pack(run: Run, known: Mapping[str, FileEntry] | None = None) -> RunPackage:
    """Return a run without the files that are known to the receiver; raise `RunError` if a file is damaged."""
    known = known or {}
    needed = [name for name, entry in run.record.files.items() if known.get(name) != entry]
    return RunPackage(run.name, run.record.to_json(), {name: run.read_file(name) for name in needed})


def unpack_new(package: RunPackage, parent: Path) -> Run:
    """Write a run into a new folder, and return it.

    Raises
    ------
    RunError
        The package is damaged.
    OSError
        The folder cannot be written.
    """
    record = RunRecord.from_json(package.record)
    _check_files(package, record, {})
    folder = parent / package.name
    folder.mkdir()
    run = Run(folder, record)
    for name, content in package.files.items():
        run.write_bytes(name, content)
    run.commit()
    return run


def unpack(run: Run, package: RunPackage) -> None:
    """Replace the state of a run by that of a package, or leave it as it is. The run must be locked.

    As in a training, all files are on the disk before the record names them.

    Raises
    ------
    RunError
        The package is damaged, of another run, or older than the run.
    OSError
        The folder cannot be written.
    """
    record = RunRecord.from_json(package.record)
    if package.name != run.name or any(getattr(record, name) != getattr(run.record, name) for name in _FIXED):
        raise RunError(f"Run {run.name} came back as another one; its folder stays as it was.")
    if record.epochs < run.record.epochs:
        raise RunError(f"Run {run.name} came back with fewer epochs than it has; its folder stays as it was.")
    _check_files(package, record, run.record.files)
    for name, content in package.files.items():
        run.write_bytes(name, content)
    run.commit(**{name: getattr(record, name) for name in _CHANGED})
    run.remove_leftovers()


def _check_files(package: RunPackage, record: RunRecord, present: Mapping[str, FileEntry]) -> None:
    """Raise `RunError` unless the package has exactly the files that are not present, whole."""
    for name, entry in record.files.items():
        content = package.files.get(name)
        if content is None:
            if present.get(name) != entry:
                raise RunError(f"Run {package.name} came without {name}.")
        elif len(content) != entry.bytes or hashlib.sha256(content).hexdigest() != entry.sha256:
            raise RunError(f"Run {package.name}: {name} was damaged on its way (its checksum differs).")
    unexpected = [
        name
        for name in package.files
        if name not in record.files or not (name in RUN_FILES or name.startswith(CHECKPOINT_PREFIX))
    ]
    if unexpected:
        raise RunError(f"Run {package.name} came with {unexpected[0]!r:.80}, which is no file of a run.")
