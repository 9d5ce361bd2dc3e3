"""What a run's files say, as plain values: its record ``run.json``, and the epochs of its history."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

SCHEMA = 1
RECORD_FILE = "run.json"
HISTORY_FILE = "history.csv"
MODEL_FILE = "model.tflite"
WEIGHTS_FILE = "weights.npz"
PREDICTIONS_FILE = "test_predictions.npz"
ROBUSTNESS_FILE = "robustness.npz"  # what a shipped run says of digits made worse
FINE_TUNING_DIGITS_FILE = "taught.npz"  # the drawings of a run that was taught
PARENT_WEIGHTS_FILE = "parent_weights.npz"  # what it began with
LOCK_FILE = ".lock"
PARTIAL_PREFIX = ".writing-"  # a file that is not yet renamed into place begins so
CHECKPOINT_PREFIX = "checkpoint-"

TRAINABLE = ("all", "dense")
STATUSES = ("created", "running", "paused", "completed", "stopped", "diverged", "failed")


def checkpoint_file(epoch: int) -> str:
    """Return the name of the checkpoint after that epoch: weights and optimizer state."""
    return f"{CHECKPOINT_PREFIX}{epoch:04d}.keras"


class RunError(RuntimeError):
    """A run cannot be read, written or used; the text says which, why, and what to do."""


class RunBusyError(RunError):
    """Another program, or another thread, is writing to this run."""


@dataclass(frozen=True)
class EpochMetrics:
    """One line of a run's history.

    Attributes
    ----------
    epoch
        Counted from 1.
    loss, accuracy
        Means over the epoch's batches while it ran, with dropout on.
    val_loss, val_accuracy
        On the validation frames after the epoch, with dropout off.
    seconds
        Wall time of the epoch, validation included.
    """

    epoch: int
    loss: float
    accuracy: float
    val_loss: float
    val_accuracy: float
    seconds: float


HISTORY_COLUMNS = tuple(entry.name for entry in fields(EpochMetrics))


@dataclass(frozen=True)
class FileEntry:
    """How a file's first ``bytes`` bytes must hash."""

    sha256: str
    bytes: int


# What an entry of the record is; the others may be missing.
_KINDS: dict[str, type] = {
    "model": int,
    "recipe": dict,
    "seed": int,
    "data": dict,
    "created": str,
    "status": str,
    "epochs": int,
    "exported": int,
    "best": int,
    "message": str,
    "note": str,
    "environment": dict,
    "random_state": dict,
    "trainable": str,
}


@dataclass(frozen=True)
class RunRecord:
    """What ``run.json`` says; `mnist_gui.runs.run` says when it is written.

    Attributes
    ----------
    epochs
        Whole epochs that are committed.
    exported
        After how many epochs the exported model was as it is; 0 where there is none.
    best
        The epoch of least loss on held-out frames, which is then the one that is exported; 0 where the recipe has
        no patience, and the last epoch is the one that counts.
    parent
        The name that the run had whose weights this one began with; None where it began with fresh ones.
    trainable
        Which layers were trained: "all", or "dense", the dense ones on a parent's convolutions.
    calibration
        The temperature fitted on frames held out, how many they were, and the expected calibration error on them
        before and after; None where none were held out.
    random_state
        Of each dropout layer, after the last committed epoch.
    files
        Those that count, by name.
    """

    model: int
    recipe: dict[str, Any]
    seed: int
    data: dict[str, Any]
    created: str
    status: str = "created"
    epochs: int = 0
    exported: int = 0
    best: int = 0
    message: str = ""
    note: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    parent: str | None = None
    trainable: str = "all"
    calibration: dict[str, Any] | None = None
    random_state: dict[str, list[int]] = field(default_factory=dict)
    files: dict[str, FileEntry] = field(default_factory=dict)

    @property
    def temperature(self) -> float | None:
        """Return the temperature that calibrates the run's probabilities; None where there is none."""
        value = (self.calibration or {}).get("temperature")
        return float(value) if isinstance(value, int | float) and 0 < value < math.inf else None

    def to_json(self) -> str:
        """Return the text of ``run.json``."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> RunRecord:
        """Return the record that `to_json` wrote.

        Raises
        ------
        RunError
            It is not JSON, of another schema version, or an entry is missing or of the wrong kind.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RunError(f"{RECORD_FILE} is not complete JSON ({error})") from error
        if not isinstance(values, dict):
            raise RunError(f"{RECORD_FILE} holds {type(values).__name__} where an object was expected")
        schema = values.pop("schema", None)
        if schema != SCHEMA:
            raise RunError(f"{RECORD_FILE} has schema version {schema!r}; this program reads version {SCHEMA}")
        try:
            values["files"] = {name: FileEntry(**entry) for name, entry in values["files"].items()}
            record = cls(**values)
        except (KeyError, TypeError, AttributeError) as error:
            raise RunError(f"{RECORD_FILE} lacks an entry or has one too many ({error})") from error
        record._check()
        return record

    def _check(self) -> None:
        for name, kind in _KINDS.items():
            # A truth value is a whole number to Python.
            if not isinstance(getattr(self, name), kind) or isinstance(getattr(self, name), bool):
                raise RunError(f"{RECORD_FILE}: {name} is {getattr(self, name)!r}; expected {kind.__name__}")
        for name in ("name", "checksum"):
            if not isinstance(self.data.get(name), str):
                raise RunError(f"{RECORD_FILE}: data has no {name}")
        if self.model not in (1, 2, 3):
            raise RunError(f"{RECORD_FILE}: model is {self.model}; there are models 1, 2 and 3")
        if not isinstance(self.calibration, dict | None):
            raise RunError(f"{RECORD_FILE}: calibration is {self.calibration!r}; expected an object or null")
        if not isinstance(self.parent, str | None):
            raise RunError(f"{RECORD_FILE}: parent is {self.parent!r}; expected a run's name or null")
        if self.trainable not in TRAINABLE:
            raise RunError(f"{RECORD_FILE}: trainable is {self.trainable!r}; expected one of {', '.join(TRAINABLE)}")
        if self.status not in STATUSES:
            raise RunError(f"{RECORD_FILE}: status {self.status!r} is unknown")
        for name, entry in self.files.items():
            # Only plain names: a record must not point outside its folder.
            if name != Path(name).name or name in (".", "..", RECORD_FILE) or "\\" in name:
                raise RunError(f"{RECORD_FILE} names the file {name!r}, which is not a plain file name")
            if not isinstance(entry.bytes, int) or entry.bytes < 0 or not isinstance(entry.sha256, str):
                raise RunError(f"{RECORD_FILE}: the entry of {name} is not a checksum and a size")
