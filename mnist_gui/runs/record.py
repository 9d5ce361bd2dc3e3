"""The record of a run, ``run.json``, and the epochs of its history, as plain values."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from mnist_gui.files import TEMPORARY_PREFIX

SCHEMA = 1
RECORD_FILE = "run.json"
HISTORY_FILE = "history.csv"
MODEL_FILE = "model.onnx"
LITERT_FILE, WEIGHTS_FILE = "model.tflite", "weights.npz"  # of an earlier version, in place of it
PREDICTIONS_FILE = "test_predictions.npz"
HELD_OUT_FILE = "held_out_predictions.npz"  # for the training frames that a run held out
ROBUSTNESS_FILE = "robustness.npz"  # predictions of a shipped run for corrupted digits
FINE_TUNING_DIGITS_FILE = "taught.npz"  # digits that a run was fine-tuned on
PARENT_WEIGHTS_FILE = "parent_weights.npz"  # initial weights of a fine-tuned run
LOCK_FILE = ".lock"
PARTIAL_PREFIX = TEMPORARY_PREFIX  # of a file that is not yet renamed to its final name
NEXT_PREFIX = ".next-"  # of the next content of an existing file, until the record names it
CHECKPOINT_PREFIX = "checkpoint-"

CACHED_RECORDS = 64  # parsed ones, by their text: the window asks for the active runs again and again
MAX_EPOCH = 1_000_000  # number of an epoch
MAX_NUMBER = 1e12  # of any other number in a record
MAX_SEED = 2**64 - 1
MAX_TEXT_LENGTH = 10_000  # characters
MAX_ENTRIES = 10_000  # of a list or an object
MAX_TEMPERATURE = 1_000.0
MAX_FILE_BYTES = 10**12
MAX_HISTORY_BYTES = 20_000_000  # some 200,000 epochs

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
# The highest value of each column, and whether it is infinite or NaN where a training diverges.
HISTORY_RANGES = {
    "loss": (MAX_NUMBER, True),
    "accuracy": (1.0, False),
    "val_loss": (MAX_NUMBER, True),
    "val_accuracy": (1.0, False),
    "seconds": (MAX_NUMBER, False),
}


@dataclass(frozen=True)
class FileEntry:
    """SHA-256 checksum of the first ``bytes`` bytes of a file."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Expected:
    """What an entry of a record may be: a description, and a check."""

    text: str
    holds: Callable[[Any], bool]


def _integer(low: int, high: int) -> Expected:
    return Expected(f"an integer from {low:,} to {high:,}", lambda value: _is(value, int) and low <= value <= high)


def _number(low: float, high: float) -> Expected:
    return Expected(f"a number from {low:g} to {high:g}", lambda value: _is(value, int, float) and low <= value <= high)


def _one_of(*values: object) -> Expected:
    return Expected("one of " + ", ".join(map(str, values)), lambda value: _is(value, int, str) and value in values)


def _or_null(expected: Expected) -> Expected:
    return Expected(f"{expected.text}, or null", lambda value: value is None or expected.holds(value))


def _is(value: object, *types: type) -> bool:
    return isinstance(value, types) and not isinstance(value, bool)  # bool is a subclass of int


def _is_date(value: object) -> bool:
    try:
        return isinstance(value, str) and datetime.fromisoformat(value).year > 0
    except ValueError:
        return False


_TEXT = Expected("text", lambda value: isinstance(value, str))
_OBJECT = Expected("an object", lambda value: isinstance(value, dict))
_DATE = Expected("a date and time as in ISO 8601", _is_date)
_EPOCH = _integer(0, MAX_EPOCH)
_SHA256 = re.compile("[0-9a-f]{64}")
_CHECKSUM = Expected("64 hexadecimal digits", lambda value: isinstance(value, str) and bool(_SHA256.fullmatch(value)))

# Every entry of a record, by its path; * stands for any name or number. Entries inside an object may be missing, and
# unknown ones are allowed there: they are of an earlier or a later version.
SCHEMA_ENTRIES: dict[str, Expected] = {
    "model": _or_null(_one_of(1, 2, 3)),
    "recipe": _OBJECT,
    **{f"recipe.{name}": _TEXT for name in ("name", "optimizer", "schedule")},
    "recipe.frames": _or_null(_EPOCH),
    **{f"recipe.{name}": _EPOCH for name in ("epochs", "batch_size", "held_out", "patience", "copies")},
    **{f"recipe.{name}": _number(0, 1e6) for name in ("learning_rate", "augmentation")},
    **{f"recipe.{name}": _number(0, 1) for name in ("rho", "beta_2", "augmentation_decay")},
    "seed": _integer(-MAX_SEED, MAX_SEED),
    "data": _OBJECT,
    **{f"data.{name}": _TEXT for name in ("name", "checksum")},
    "data.frames": _EPOCH,
    "data.validation": _OBJECT,
    "data.validation.source": _TEXT,
    "data.validation.frames": _EPOCH,
    "created": _DATE,
    "status": _one_of(*STATUSES),
    **dict.fromkeys(("epochs", "exported", "best"), _EPOCH),
    **dict.fromkeys(("message", "note", "title"), _TEXT),
    "tags": Expected("a list", lambda value: isinstance(value, list)),
    "tags.*": _TEXT,
    "environment": _OBJECT,
    "environment.*": _TEXT,
    "parent": _or_null(_TEXT),
    "trainable": _one_of(*TRAINABLE),
    "calibration": _or_null(_OBJECT),
    "calibration.temperature": Expected(
        f"a number above 0, at most {MAX_TEMPERATURE:g}",
        lambda value: _is(value, int, float) and 0 < value <= MAX_TEMPERATURE,
    ),
    "calibration.frames": _EPOCH,
    **{f"calibration.{name}": _number(0, 1) for name in ("error_before", "error_after")},
    "random_state": _OBJECT,
    "random_state.*": Expected("two integers", lambda value: isinstance(value, list) and len(value) == 2),
    "random_state.*.*": _integer(0, 2**32 - 1),  # as Keras keeps it
    "layers": Expected("a list, or null", lambda value: value is None or isinstance(value, list)),
    "imported": _or_null(_OBJECT),
    "imported.file": _TEXT,
    "imported.sha256": _CHECKSUM,
    "imported.format": _one_of("keras", "hdf5", "onnx"),
    "imported.convention": _OBJECT,
    "imported.side": _integer(1, 1_000),
    "imported.accuracy": _number(0, 1),
    "imported.frames": _EPOCH,
    "files": _OBJECT,
    "files.*": _OBJECT,
    "files.*.bytes": _integer(0, MAX_FILE_BYTES),
    "files.*.sha256": _CHECKSUM,
}


@dataclass(frozen=True)
class RunRecord:
    """Content of ``run.json``; `mnist_gui.runs.run` writes it.

    Attributes
    ----------
    model
        1, 2 or 3, the name of their layers; None for any other network.
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
    title
        What the user calls the run; empty for its name.
    tags
        Words by which the user groups runs.
    layers
        Layers of the network, see `mnist_gui.models.networks`; None where they are those of its model, as in runs of
        earlier versions, or unknown, as of an imported ONNX model.
    imported
        Origin of an imported network, and what it expects, see `mnist_gui.models.importing`; None for trained runs.
    random_state
        State of each dropout layer after the last committed epoch.
    files
        Committed files by name.
    """

    model: int | None
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
    title: str = ""
    tags: list[str] = field(default_factory=list)
    environment: dict[str, str] = field(default_factory=dict)
    parent: str | None = None
    trainable: str = "all"
    calibration: dict[str, Any] | None = None
    layers: list[dict[str, Any]] | None = None
    imported: dict[str, Any] | None = None
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
    @lru_cache(maxsize=CACHED_RECORDS)
    def from_json(cls, text: str) -> RunRecord:
        """Parse the text of `to_json`; a text that was parsed before gives the same record.

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
            files = {name: FileEntry(**entry) for name, entry in values["files"].items()}
            record = cls(**{**values, "files": files})
        except (KeyError, TypeError, AttributeError) as error:
            raise RunError(f"{RECORD_FILE} has a missing or an unknown entry ({_shown(str(error))[1:-1]})") from error
        _check(values)
        return record


def _check(values: dict[str, Any]) -> None:
    for path, expected in SCHEMA_ENTRIES.items():
        for name, value in _entries(values, path.split(".")):
            if not expected.holds(value):
                raise _unexpected(name, value, expected.text)
    _check_plain("", values)
    for name in ("name", "checksum"):
        if name not in values["data"]:
            raise RunError(f"{RECORD_FILE}: data has no {name}")
    for name in values["files"]:
        # A record must not refer to files outside of its folder.
        if name != Path(name).name or name in (".", "..", RECORD_FILE) or "\\" in name:
            raise RunError(f"{RECORD_FILE} names the file {_shown(name)}, which is not a plain file name")


def _entries(value: Any, path: Sequence[str], name: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - JSON
    """Yield the name and value of each entry that a path of `SCHEMA_ENTRIES` stands for."""
    if not path:
        yield name, value
    elif isinstance(value, dict | list):
        items = dict(value.items() if isinstance(value, dict) else enumerate(value))
        for key in items if path[0] == "*" else items.keys() & {path[0]}:
            yield from _entries(items[key], path[1:], f"{name}.{key}".lstrip("."))


def _check_plain(name: str, value: object) -> None:
    """Raise `RunError` for a value, or one within it, that some reader could not store, compute with or show."""
    if isinstance(value, str):
        if len(value) > MAX_TEXT_LENGTH:
            raise _unexpected(name, value, f"at most {MAX_TEXT_LENGTH:,} characters")
        if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
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
            _check_plain(name or "an entry", key)
            _check_plain(f"{name}.{key}".lstrip("."), inner)


def _unexpected(name: str, value: object, expected: str) -> RunError:
    return RunError(f"{RECORD_FILE}: {ascii(name)[1:-1][:80]} is {_shown(value)}; expected {expected}")


def _shown(value: object) -> str:
    """Return a stranger's value in a form that any window and console can show."""
    try:
        text = ascii(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, or deep nesting
        text = "too large to show"
    return text if len(text) <= 80 else f"{text[:77]}..."
