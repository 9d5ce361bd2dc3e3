"""The record of a run, ``run.json``, and the epochs of its history, as plain values."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from types import NoneType
from typing import Any

from mnist_gui.files import TEMPORARY_PREFIX

SCHEMA = 1
RECORD_FILE = "run.json"
HISTORY_FILE = "history.csv"
MODEL_FILE = "model.tflite"
WEIGHTS_FILE = "weights.npz"
PREDICTIONS_FILE = "test_predictions.npz"
ROBUSTNESS_FILE = "robustness.npz"  # predictions of a shipped run for corrupted digits
FINE_TUNING_DIGITS_FILE = "taught.npz"  # digits that a run was fine-tuned on
PARENT_WEIGHTS_FILE = "parent_weights.npz"  # initial weights of a fine-tuned run
LOCK_FILE = ".lock"
PARTIAL_PREFIX = TEMPORARY_PREFIX  # of a file that is not yet renamed to its final name
CHECKPOINT_PREFIX = "checkpoint-"

MAX_EPOCH = 1_000_000  # number of an epoch
MAX_NUMBER = 1e12  # of any other number in a record
MAX_SEED = 2**64 - 1  # also of the state of a dropout layer
MAX_TEXT_LENGTH = 10_000  # characters
MAX_ENTRIES = 10_000  # of a list or an object
MAX_TEMPERATURE = 1_000.0

TRAINABLE = ("all", "dense")
STATUSES = ("created", "running", "paused", "completed", "stopped", "diverged", "failed")


def checkpoint_file(epoch: int) -> str:
    """Return the file name of the checkpoint of an epoch: weights and state of the optimizer."""
    return f"{CHECKPOINT_PREFIX}{epoch:04d}.keras"


class RunError(RuntimeError):
    """A run cannot be read, written or used; the message says which one, why, and what to do."""


class RunBusyError(RunError):
    """Another program or thread is writing to this run."""


@dataclass(frozen=True)
class EpochMetrics:
    """Metrics of one epoch, a line of the history of a run.

    Attributes
    ----------
    epoch
        1-based number.
    loss, accuracy
        Means over the batches of the epoch, with dropout.
    val_loss, val_accuracy
        On the validation frames after the epoch, without dropout.
    seconds
        Duration of the epoch, including validation.
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
    """SHA-256 checksum of the first ``bytes`` bytes of a file."""

    sha256: str
    bytes: int


# Types of the entries, for error messages too.
_TYPES: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("model", "seed", "epochs", "exported", "best"), (int,)),
    **dict.fromkeys(("created", "status", "message", "note", "trainable"), (str,)),
    **dict.fromkeys(("recipe", "data", "environment", "random_state"), (dict,)),
    "calibration": (dict, NoneType),
    "parent": (str, NoneType),
}
_RANGES: dict[str, tuple[int, int]] = {
    "seed": (-MAX_SEED, MAX_SEED),
    **dict.fromkeys(("epochs", "exported", "best"), (0, MAX_EPOCH)),
}
_VALUES: dict[str, tuple[object, ...]] = {"model": (1, 2, 3), "status": STATUSES, "trainable": TRAINABLE}


@dataclass(frozen=True)
class RunRecord:
    """Content of ``run.json``; `mnist_gui.runs.run` writes it.

    Attributes
    ----------
    epochs
        Number of committed epochs.
    exported
        Epoch of the exported model; 0 if there is none.
    best
        Epoch with the lowest loss on held-out frames, which is the exported one; 0 if the recipe has no patience, and
        the last epoch is exported.
    parent
        Name of the run whose weights this one started from; None for new weights.
    trainable
        Trained layers: "all", or "dense" for a fine-tuned run.
    calibration
        Temperature fitted on held-out frames, number of these frames, and expected calibration error on them before and
        after; None without held-out frames.
    random_state
        State of each dropout layer after the last committed epoch.
    files
        Committed files by name.
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
        """Temperature that calibrates the probabilities, or None."""
        value = (self.calibration or {}).get("temperature")
        return float(value) if isinstance(value, int | float) and 0 < value < math.inf else None

    def to_json(self) -> str:
        """Return the record as the text of ``run.json``."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> RunRecord:
        """Parse the text of `to_json`.

        Raises
        ------
        RunError
            The text is no JSON, has another schema version, or an entry is missing or has the wrong type.
        """
        try:
            values = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise RunError(f"{RECORD_FILE} is not complete JSON ({error})") from error
        if not isinstance(values, dict):
            raise RunError(f"{RECORD_FILE} holds {type(values).__name__} where an object was expected")
        schema = values.pop("schema", None)
        if schema != SCHEMA:
            raise RunError(f"{RECORD_FILE} has schema version {_shown(schema)}; this program reads version {SCHEMA}")
        try:
            values["files"] = {name: FileEntry(**entry) for name, entry in values["files"].items()}
            record = cls(**values)
        except (KeyError, TypeError, AttributeError) as error:
            raise RunError(f"{RECORD_FILE} has a missing or an unknown entry ({_shown(str(error))[1:-1]})") from error
        record._check()
        return record

    def _check(self) -> None:
        for name, types in _TYPES.items():
            value = getattr(self, name)
            if not isinstance(value, types) or isinstance(value, bool):  # bool is a subclass of int
                expected = " or ".join(kind.__name__ for kind in types).replace("NoneType", "null")
                raise _unexpected(name, value, expected)
        for name, values in _VALUES.items():
            if getattr(self, name) not in values:
                expected = ", ".join(map(str, values))
                raise _unexpected(name, getattr(self, name), f"one of {expected}")
        for name, (lowest, highest) in _RANGES.items():
            if not lowest <= getattr(self, name) <= highest:
                raise _unexpected(name, getattr(self, name), f"{lowest:,} to {highest:,}")
        for column in fields(self):
            _check_plain(column.name, getattr(self, column.name))
        for name, value in self.environment.items():
            if not isinstance(value, str):
                raise _unexpected(f"environment.{name}", value, "text")
        for name in ("name", "checksum"):
            if not isinstance(self.data.get(name), str):
                raise RunError(f"{RECORD_FILE}: data has no {name}")
        temperature = (self.calibration or {}).get("temperature", 1.0)
        if isinstance(temperature, bool) or not isinstance(temperature, int | float):
            raise _unexpected("calibration.temperature", temperature, "a number")
        if not 0 < temperature <= MAX_TEMPERATURE:
            raise _unexpected("calibration.temperature", temperature, f"more than 0, at most {MAX_TEMPERATURE:g}")
        for name, entry in self.files.items():
            # A record must not refer to files outside of its folder.
            if name != Path(name).name or name in (".", "..", RECORD_FILE) or "\\" in name:
                raise RunError(f"{RECORD_FILE} names the file {_shown(name)}, which is not a plain file name")
            if (
                not isinstance(entry.bytes, int)
                or not 0 <= entry.bytes <= MAX_NUMBER
                or not isinstance(entry.sha256, str)
            ):
                raise RunError(f"{RECORD_FILE}: the entry of {_shown(name)} has no valid checksum and size")


def _check_plain(name: str, value: object) -> None:
    """Raise `RunError` for a value, or one within it, that some reader could not store, compute with or show."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT_LENGTH:
            raise _unexpected(name, value, f"at most {MAX_TEXT_LENGTH:,} characters")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise _unexpected(name, value, "text without lone surrogates")
    elif isinstance(value, int):
        if abs(value) > MAX_SEED:
            raise _unexpected(name, value, f"a whole number of at most {MAX_SEED:,}")
    elif isinstance(value, float):
        if not abs(value) <= MAX_NUMBER:  # NaN too
            raise _unexpected(name, value, f"a finite number of at most {MAX_NUMBER:g}")
    elif isinstance(value, list | dict):
        if len(value) > MAX_ENTRIES:
            raise RunError(f"{RECORD_FILE}: {name} has {len(value):,} entries; expected at most {MAX_ENTRIES:,}")
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            _check_plain(name, key)
            _check_plain(f"{name}.{key}", inner)


def _unexpected(name: str, value: object, expected: str) -> RunError:
    return RunError(f"{RECORD_FILE}: {ascii(name)[1:-1][:80]} is {_shown(value)}; expected {expected}")


def _shown(value: object) -> str:
    """Return a stranger's value in a form that any window and console can show."""
    try:
        text = ascii(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or deep nesting
        text = "too large to show"
    return text if len(text) <= 80 else f"{text[:77]}..."
