"""Evaluation sets: MNIST's test set, the user's digits, or any labelled drawings and pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE, MNIST_CHECKSUM, Dataset, DatasetError, load_mnist_test
from mnist_gui.digits.labelled_files import (
    LABELS,
    files_in,
    first_problems,
    ignored_files,
    labelled_items,
    problem_of,
    source_of,
)
from mnist_gui.digits.own_data import MY_DIGITS
from mnist_gui.digits.user_digit import UserDigit, is_mnist_test_digit
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.wording import plural

MNIST_TEST = "MNIST test"
MAX_DIGITS = 100_000  # 300 MB of frames


class EvaluationSetError(ValueError):
    """There are no digits to evaluate on; the message says what was given and what is expected."""


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """Labelled digits.

    Attributes
    ----------
    name
        "MNIST test", "My digits", or the name of a file or folder.
    images
        (N, 28, 28), white ink on black: uint8 from 0 to 255, or float32 in [0, 1]; read-only. See `frames`.
    labels
        (N,) uint8, 0 to 9; read-only.
    checksum
        Checksum of images and labels, part of the keys of cached predictions.
    sources
        Where each digit came from, for the user; empty for MNIST.
    problems
        Sentences about digits that were left out, and about what the metrics cannot tell.
    left_out
        Number of digits that were left out.
    """

    name: str
    images: NDArray[np.uint8] | NDArray[np.float32]
    labels: NDArray[np.uint8]
    checksum: str
    sources: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    left_out: int = 0

    def __len__(self) -> int:
        return len(self.labels)

    def frames(self, indices: slice | NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Return the (n, 28, 28) float32 frames in [0, 1] of some digits or of all, as the models take them."""
        images = self.images if indices is None else self.images[indices]
        if images.dtype == np.uint8:
            return np.divide(images, 255, dtype=np.float32)
        return images.astype(np.float32, copy=False)

    def source(self, index: int) -> str:
        """Return where a digit came from, for the user."""
        return self.sources[index] if self.sources else f"{self.name}, number {index}"


def mnist_evaluation_set(dataset: Dataset) -> EvaluationSet:
    """Return the test split of a data set, whose checksum is that of the data set."""
    name = MNIST_TEST if dataset.name == "MNIST" else f"{dataset.name} test"
    return EvaluationSet(name, dataset.test.images, dataset.test.labels, dataset.checksum)


def load_mnist_evaluation_set() -> EvaluationSet:
    """Return the `mnist_evaluation_set` of MNIST without loading its training set.

    Raises
    ------
    DatasetError
        MNIST is missing or damaged.
    """
    test = load_mnist_test()
    return EvaluationSet(MNIST_TEST, test.images, test.labels, MNIST_CHECKSUM)


def user_digits_evaluation_set(
    store: UserDigitStore, *, progress: Callable[[float], bool] = lambda fraction: True
) -> EvaluationSet | None:
    """Return the user's digits, including those used for fine-tuning; None if cancelled.

    Parameters
    ----------
    progress
        Called with the fraction done, 0 to 1; returning False cancels.

    Raises
    ------
    EvaluationSetError
        There are none.
    """
    digits = store.digits
    if not digits:
        problem = f" {store.problem}" if store.problem else ""
        raise EvaluationSetError(
            f"There are no digits of yours yet: draw one in the Draw tab and say what it is.{problem}"
        )
    frames: list[NDArray[np.float32]] = []
    own: list[UserDigit] = []
    for index, digit in enumerate(digits):
        if not progress(index / len(digits)):
            return None
        if not _is_mnist_test_digit(digit):
            frames.append(digit.frame)
            own.append(digit)
    if not own:
        raise EvaluationSetError("Every one of My digits is from MNIST's test set; delete them and write some.")
    sources = [f"yours of {digit.saved[:10]}" if digit.saved else "yours" for digit in own]
    problems = [store.problem] if store.problem else []
    if len(own) < len(digits):
        problems.append(f"{plural(len(digits) - len(own), 'digit')} of MNIST's test set left out.")
    return _evaluation_set(MY_DIGITS, frames, [digit.label for digit in own], sources, problems)


def read_evaluation_set(
    path: Path, *, progress: Callable[[float], bool] = lambda fraction: True
) -> EvaluationSet | None:
    """Return the labelled digits of a file of drawings or of a folder of pictures and drawings; None if cancelled.

    A drawing holds its label, ``"label": 7``; for that of a picture see `label_of_picture`. Digits that have no label
    or cannot be read are left out, and so are folders that cannot be read; links are followed.

    Parameters
    ----------
    progress
        Called with the fraction done, 0 to 1; returning False cancels.

    Raises
    ------
    EvaluationSetError
        There is no labelled digit.
    """
    frames: list[NDArray[np.float32]] = []
    labels: list[int] = []
    sources: list[str] = []
    try:
        files, problems, others = files_in(path) if path.is_dir() else ([path], [], [])
    except OSError as error:
        raise EvaluationSetError(
            f"{path} cannot be read ({error.strerror}); allow it, or choose another folder."
        ) from error
    for fraction, item, label in labelled_items(files):
        if not progress(fraction):
            return None
        if len(frames) == MAX_DIGITS:
            problems.append(f"{path.name} holds more than {MAX_DIGITS:,} digits; the first of them are judged on.")
            break
        item, frame = item.framed()
        if problem := problem_of(item, label):
            problems.append(problem)
        else:
            assert label is not None  # otherwise it has a problem
            frames.append(frame)
            labels.append(label)
            sources.append(source_of(item))
    if not frames:
        why = " ".join(
            first_problems(problems) or [f"{path} holds neither pictures nor drawings.", *ignored_files(others)]
        )
        raise EvaluationSetError(f"Nothing in {path.name or path} can be judged on. {why} Expected {LABELS}.")
    return _evaluation_set(path.name or str(path), frames, labels, sources, problems, ignored_files(others))


def _is_mnist_test_digit(digit: UserDigit) -> bool:
    try:
        return is_mnist_test_digit(digit.content)
    except DatasetError as error:
        raise EvaluationSetError(str(error)) from error


def _evaluation_set(
    name: str,
    frames: list[NDArray[np.float32]],
    labels: list[int],
    sources: list[str],
    problems: list[str],
    remarks: Sequence[str] = (),
) -> EvaluationSet:
    images, truth = np.stack(frames).astype(np.float32), np.array(labels, np.uint8)
    assert images.shape == (len(labels), FRAME_SIDE, FRAME_SIDE)
    assert truth.max() < CLASSES
    digest = hashlib.sha256(images.tobytes())
    digest.update(truth.tobytes())
    for array in (images, truth):
        array.setflags(write=False)
    sentences = (*first_problems(problems), *remarks, *_limits(truth))
    return EvaluationSet(name, images, truth, digest.hexdigest(), tuple(sources), sentences, len(problems))


def _limits(labels: NDArray[np.uint8]) -> list[str]:
    """Return sentences about conclusions that these labels do not allow."""
    if len(labels) == 1:
        return ["This is one digit only: an accuracy can but be 0 or 100 %, and no comparison means anything."]
    present = np.unique(labels)
    if len(present) == 1:
        return [f"All {len(labels)} digits are {present[0]}s: the figures say nothing of the other digits."]
    return []
