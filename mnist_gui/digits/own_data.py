"""Own data to train on: labelled pictures and drawings, or the user's digits, framed as everywhere."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import (
    CLASSES,
    FRAME_SIDE,
    Dataset,
    DatasetError,
    Split,
    load_mnist_test,
    mnist_test_indices,
)
from mnist_gui.digits.labelled_files import (
    LABELS,
    files_in,
    first_problems,
    ignored_files,
    labelled_items,
    problem_of,
)
from mnist_gui.digits.user_digit import as_grey, grey_frame, is_held_out, is_mnist_test_digit
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.files import open_regular, write_bytes
from mnist_gui.npz import read_arrays
from mnist_gui.wording import listing, plural

MY_DIGITS = "My digits"
USER_DIGITS = "my-digits"  # the same on the command line, where a folder of this name is ./my-digits
MIN_DIGITS = 50
MAX_DIGITS = 100_000  # 80 MB of frames
HELD_OUT_SHARE = 5  # one in five digits of a folder is held out of training
_MAX_KEPT_BYTES = MAX_DIGITS * (FRAME_SIDE**2 + 1)
_FOLDER = "data"  # in the cache

Progress = Callable[[float], bool]


@dataclass(frozen=True, eq=False)
class OwnData:
    """Digits to train on.

    Attributes
    ----------
    dataset
        The digits as training split, those to hold out last, and MNIST's test split. The checksum is that of the
        digits: it does not depend on their names and places.
    held_out
        Number of digits to hold out of training.
    remarks
        Sentences on what was left out, and on what a model cannot learn from the rest.
    """

    dataset: Dataset
    held_out: int
    remarks: tuple[str, ...] = ()


def own_name(path: Path) -> str:
    """Return the name of the data in a folder or file, for the records of runs."""
    return f"{'folder' if path.is_dir() else 'file'} {path.resolve().name}"


def is_own(data_name: str) -> bool:
    """Return whether a name of data is one of `own_name`, or My digits."""
    return data_name == MY_DIGITS or data_name.startswith(("folder ", "file "))


def was_trained_on(data_name: str, evaluation_name: str) -> bool:
    """Return whether data of this name, see `own_name`, seem to be the digits that a run is judged on."""
    return data_name in (f"folder {evaluation_name}", f"file {evaluation_name}", evaluation_name)


@dataclass(frozen=True)
class _Digit:
    """A digit as it was read: its frame, (28, 28) bytes, its label, and whether it is held out, if that is known."""

    frame: bytes
    label: int
    is_held_out: bool | None = None


def read_folder(path: Path, *, progress: Progress = lambda fraction: True) -> OwnData | None:
    """Return the labelled digits of a folder, or of a file of drawings; None if cancelled.

    Accepted are pictures in folders named 0 to 9, or whose names begin with their digit, and drawings with a label, as
    described for `mnist_gui.digits.labelled_files`. One in five is held out.

    Parameters
    ----------
    progress
        Called with the fraction done, 0 to 1; returning False cancels.

    Raises
    ------
    DatasetError
        The digits are too few, all of one class, or cannot be read.
    """
    try:
        if not path.exists():
            raise DatasetError(f"There is no folder {path}. Expected a folder with {LABELS}.")
        name = own_name(path)
        files, problems, others = files_in(path) if path.is_dir() else ([path], [], [])
    except OSError as error:
        raise DatasetError(f"{path} cannot be read ({error.strerror}); allow it, or choose another folder.") from error
    digits: list[_Digit] = []
    for fraction, item, label in labelled_items(files):
        if not progress(fraction):
            return None
        item, frame = item.framed()
        if problem := problem_of(item, label):
            problems.append(problem)
        elif len(digits) == MAX_DIGITS:
            problems.append(f"It holds more than {MAX_DIGITS:,} digits; the first of them are trained on.")
            break
        else:
            assert label is not None  # otherwise it has a problem
            digits.append(_Digit(as_grey(frame).tobytes(), label))
    return _own_data(name, digits, [*first_problems(problems), *ignored_files(others)])


def read_user_digits(store: UserDigitStore, *, progress: Progress = lambda fraction: True) -> OwnData | None:
    """Return My digits; None if cancelled. The same ones are held out as in fine-tuning.

    Parameters
    ----------
    progress
        As in `read_folder`.

    Raises
    ------
    DatasetError
        The digits are too few, or all of one class.
    """
    stored, digits, of_mnist = store.digits, [], 0
    for index, digit in enumerate(stored[:MAX_DIGITS]):
        if not progress(index / len(stored)):
            return None
        if is_mnist_test_digit(digit.content):
            of_mnist += 1
        else:
            digits.append(_Digit(grey_frame(digit.content).tobytes(), digit.label, is_held_out(digit.id)))
    return _own_data(MY_DIGITS, digits, [store.problem] if store.problem else [], of_mnist)


def _own_data(name: str, digits: Sequence[_Digit], remarks: list[str], of_mnist: int = 0) -> OwnData:
    """Return the data of digits in an order that depends on nothing but them."""
    kept = {(digit.frame, digit.label): digit for digit in digits}
    if len(kept) < len(digits):
        twice = plural(len(digits) - len(kept), "digit that is", "digits that are")
        remarks.append(f"{twice} there more than once {'counts' if len(digits) - len(kept) == 1 else 'count'} once.")
    test_digits = set(mnist_test_indices(_images(kept.values())))
    rest = [digit for index, digit in enumerate(kept.values()) if index not in test_digits]
    if of_mnist + len(test_digits):
        remarks.append(
            f"{plural(of_mnist + len(test_digits), 'digit')} of MNIST's test set, which judges the models, left out."
        )
    rest.sort(key=lambda digit: (bool(digit.is_held_out), hashlib.sha256(digit.frame + bytes([digit.label])).digest()))
    labels = np.array([digit.label for digit in rest], np.uint8)
    _check(name, labels, remarks)
    known = [digit.is_held_out for digit in rest if digit.is_held_out is not None]
    train = _split(_images(rest), labels)
    return OwnData(
        Dataset(name, train, load_mnist_test(), _checksum(train)),
        sum(known) if known else len(rest) // HELD_OUT_SHARE,
        (*remarks, *_missing_classes(labels)),
    )


def _images(digits: Iterable[_Digit]) -> NDArray[np.uint8]:
    return np.frombuffer(b"".join(digit.frame for digit in digits), np.uint8).reshape(-1, FRAME_SIDE, FRAME_SIDE)


def _split(images: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Split:
    for array in (images, labels):
        array.setflags(write=False)
    return Split(images, labels)


def _checksum(split: Split) -> str:
    digest = hashlib.sha256(split.images.tobytes())
    digest.update(split.labels.tobytes())
    return digest.hexdigest()


def _check(name: str, labels: NDArray[np.uint8], remarks: list[str]) -> None:
    """Raise `DatasetError` if nothing can be learnt from these labels."""
    classes = np.unique(labels)
    if len(labels) < MIN_DIGITS:
        found = plural(len(labels), "digit") if len(labels) else "no digit"
        problem = f"There {'is' if len(labels) == 1 else 'are' if len(labels) else 'is'} {found} to train on in {name}"
        problem += f"; at least {MIN_DIGITS} are needed."
    elif len(classes) == 1:
        problem = f"All {len(labels):,} digits in {name} are {classes[0]}s; a model learns from digits that differ."
    else:
        return
    hint = "Keep more of them in the Draw tab." if name == MY_DIGITS else f"Expected {LABELS}."
    raise DatasetError(" ".join([problem, *remarks, hint]))


def _missing_classes(labels: NDArray[np.uint8]) -> list[str]:
    missing = [str(digit) for digit in range(CLASSES) if digit not in labels]
    if not missing:
        return []
    return [f"There is no {listing(missing)} in it: a model that is trained on it cannot know any."]


# -- frames that are kept, so that a run can be resumed


def keep(data: OwnData, cache: Path) -> None:
    """Keep the frames in the cache, under their checksum.

    Raises
    ------
    DatasetError
        The cache cannot be written.
    """
    content = io.BytesIO()
    np.savez_compressed(content, images=data.dataset.train.images, labels=data.dataset.train.labels)
    path = _kept_file(data.dataset.checksum, cache)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content.getvalue())
    except OSError as error:
        raise DatasetError(
            f"The digits cannot be kept in {path.parent} ({error.strerror}); make room there."
        ) from error


def load_kept(name: str, checksum: str, cache: Path, test: Split | None = None) -> Dataset:
    """Return the data set that `keep` wrote.

    Parameters
    ----------
    test
        MNIST's test split, if it is loaded.

    Raises
    ------
    DatasetError
        It is no longer there, or is damaged.
    """
    with suppress(Exception):  # zipfile, zlib and NumPy raise different types
        with open_regular(_kept_file(checksum, cache)) as file:
            arrays = read_arrays(file, _MAX_KEPT_BYTES, ("images", "labels"))
        train = _split(arrays["images"], arrays["labels"])
        if _checksum(train) == checksum:
            return Dataset(name, train, test or load_mnist_test(), checksum)
    raise DatasetError(
        f"The digits of {name} are no longer in the cache; give them again: --data PATH, or “Trained on” in the Train "
        "tab."
    )


def _kept_file(checksum: str, cache: Path) -> Path:
    return cache / _FOLDER / f"{checksum}.npz"
