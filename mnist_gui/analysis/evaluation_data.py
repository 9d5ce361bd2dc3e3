"""What runs are judged on: MNIST's test set, the person's own digits, or any labelled drawings or pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.digits.dataset import CLASSES, FRAME_SIDE, MNIST_CHECKSUM, Dataset, load_mnist_test
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.input_files import InputItem, read_input
from mnist_gui.digits.user_digit_store import UserDigitStore

MNIST_TEST = "MNIST test"
MY_DIGITS = "My digits"
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
DRAWINGS = (".json", ".jsonl")
_MOST_TOLD = 3  # problems told one by one; the others are counted


class EvaluationSetError(ValueError):
    """There is nothing to judge on; the text says what was given and what is expected."""


@dataclass(frozen=True, eq=False)
class EvaluationSet:
    """Labelled frames under one name.

    Attributes
    ----------
    name
        As people read it: "MNIST test", "My digits", or a file's or folder's name.
    images
        (N, 28, 28), white ink on black: uint8 from 0 to 255, or float32 in [0, 1]; read-only. See `frames`.
    labels
        (N,) uint8, 0 to 9; read-only.
    checksum
        Of frames and labels; predictions are cached under it.
    sources
        Where each frame came from, N of them, for people; empty where its place says it (MNIST).
    problems
        A sentence for what was left out, and for what the figures cannot say because of what there is.
    left_out
        How many digits were left out.
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

    def frames(self, places: slice | NDArray[np.intp] | None = None) -> NDArray[np.float32]:
        """Return (n, 28, 28) float32 in [0, 1], of some places or of all, as the models take them."""
        images = self.images if places is None else self.images[places]
        if images.dtype == np.uint8:
            return np.divide(images, 255, dtype=np.float32)
        return images.astype(np.float32, copy=False)

    def source(self, place: int) -> str:
        """Return where a frame came from, in a few words."""
        return self.sources[place] if self.sources else f"{self.name}, number {place}"


def mnist_evaluation_set(dataset: Dataset) -> EvaluationSet:
    """Return a data set's test split; its checksum is the data set's, under which shipped predictions are known."""
    name = MNIST_TEST if dataset.name == "MNIST" else f"{dataset.name} test"
    return EvaluationSet(name, dataset.test.images, dataset.test.labels, dataset.checksum)


def load_mnist_evaluation_set() -> EvaluationSet:
    """Return MNIST's test set without loading its training set: the same value as `mnist_evaluation_set` gives, sooner.

    Raises
    ------
    DatasetError
        MNIST is missing or damaged.
    """
    test = load_mnist_test()
    return EvaluationSet(MNIST_TEST, test.images, test.labels, MNIST_CHECKSUM)


def user_digits_evaluation_set(
    mine: UserDigitStore, *, progress: Callable[[float], bool] = lambda part: True
) -> EvaluationSet | None:
    """Return the digits that the person kept, the taught ones too; None if cancelled.

    Raises
    ------
    EvaluationSetError
        There are none.
    """
    digits = mine.digits
    if not digits:
        told = f" {mine.problem}" if mine.problem else ""
        raise EvaluationSetError(
            f"There are no digits of yours yet: draw one in the Draw tab and say what it is.{told}"
        )
    frames: list[NDArray[np.float32]] = []
    for place, digit in enumerate(digits):
        if not progress(place / len(digits)):
            return None
        frames.append(digit.frame)
    sources = tuple(f"yours of {digit.saved[:10]}" if digit.saved else "yours" for digit in digits)
    problems = [mine.problem] if mine.problem else []
    return _judged(MY_DIGITS, frames, [digit.label for digit in digits], sources, problems)


def read_evaluation_set(path: Path, *, progress: Callable[[float], bool] = lambda part: True) -> EvaluationSet | None:
    """Return the labelled digits of a file of drawings or of a folder of pictures; None if cancelled.

    A drawing's label is its own, ``"label": 7``. A picture's is the name of the folder it lies in, where that is one
    digit (``7/anything.png``), else the digit its own name begins with, if no other follows (``7-of-anna.png``).
    What has no label, or cannot be read, is left out and told.

    Raises
    ------
    EvaluationSetError
        Nothing in it can be judged on.
    """
    frames: list[NDArray[np.float32]] = []
    labels: list[int] = []
    sources: list[str] = []
    problems: list[str] = []
    for part, item, label in _labelled_items(path):
        if not progress(part):
            return None
        if item.content is None:
            problems.append(item.problem)
        elif label is None:
            problems.append(_unlabelled(item))
        elif item.content.is_blank:
            problems.append(f"{_place(item)} is blank.")
        else:
            frames.append(frame_of(item.content))
            labels.append(label)
            sources.append(_place(item))
    if not frames:
        why = " ".join(_told(problems)) if problems else f"{path} holds neither pictures nor drawings."
        raise EvaluationSetError(
            f"Nothing in {path.name or path} can be judged on. {why} Expected drawings with a label (.json, .jsonl), "
            "or pictures in folders named 0 to 9 or whose names begin with their digit."
        )
    return _judged(path.name or str(path), frames, labels, tuple(sources), problems)


def _labelled_items(path: Path) -> Iterator[tuple[float, InputItem, int | None]]:
    """Yield the part done so far, an item, and its label."""
    files = [path]
    if path.is_dir():
        try:
            # Hidden files are of the system, such as macOS' "._7.png".
            found = (each for each in path.rglob("*") if not each.name.startswith("."))
            files = sorted(each for each in found if each.suffix.lower() in PICTURES + DRAWINGS and each.is_file())
        except OSError as error:
            raise EvaluationSetError(
                f"{path} cannot be read ({error.strerror}); allow it, or choose another folder."
            ) from error
    for place, file in enumerate(files):
        for item in read_input(str(file)):
            label = None if item.content is None else item.content.label
            if file.suffix.lower() not in DRAWINGS:
                label = label_of_picture(file)
            yield place / len(files), item, label


def label_of_picture(path: Path) -> int | None:
    """Return the digit that a picture's folder is named after or its own name begins with; None where neither does."""
    parent = path.parent.name
    if len(parent) == 1 and parent in "0123456789":
        return int(parent)
    first, following = path.stem[:1], path.stem[1:2]
    if first and first in "0123456789" and not following.isdigit():
        return int(first)
    return None


def _place(item: InputItem) -> str:
    name = Path(item.source).name
    return f"{name}, number {item.index}" if item.source.lower().endswith(".jsonl") else name


def _unlabelled(item: InputItem) -> str:
    if item.source.lower().endswith(DRAWINGS):
        return f'{_place(item)} has no label; write "label": 7 into it.'
    return f"{_place(item)} has no label; put it into a folder named 0 to 9, or begin its name with its digit."


def _judged(
    name: str, frames: list[NDArray[np.float32]], labels: list[int], sources: tuple[str, ...], problems: list[str]
) -> EvaluationSet:
    images, truth = np.stack(frames).astype(np.float32), np.array(labels, np.uint8)
    assert images.shape == (len(labels), FRAME_SIDE, FRAME_SIDE)
    assert truth.max() < CLASSES
    digest = hashlib.sha256(images.tobytes())
    digest.update(truth.tobytes())
    for array in (images, truth):
        array.setflags(write=False)
    told = (*_told(problems), *_limits(truth))
    return EvaluationSet(name, images, truth, digest.hexdigest(), sources, told, len(problems))


def _told(problems: list[str]) -> list[str]:
    """Return the first few problems and how many more there are."""
    more = len(problems) - _MOST_TOLD
    if more <= 0:
        return problems
    return [*problems[:_MOST_TOLD], f"{more} more {'was' if more == 1 else 'were'} left out likewise."]


def _limits(labels: NDArray[np.uint8]) -> list[str]:
    """Return what the figures cannot say because of what there is."""
    if len(labels) == 1:
        return ["This is one digit only: an accuracy can but be 0 or 100 %, and no comparison means anything."]
    present = np.unique(labels)
    if len(present) == 1:
        return [f"All {len(labels)} digits are {present[0]}s: the figures say nothing of the other digits."]
    return []
