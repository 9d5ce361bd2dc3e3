"""Test digits that fool the models: at least one of the runs that answer misreads them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.prediction_cache import cached_predictions
from mnist_gui.metrics import losses
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore
from mnist_gui.wording import listing, number_word


class NoFoolingDigitError(RuntimeError):
    """There is no digit to show; the message is a sentence for the user."""


@dataclass(frozen=True, eq=False)
class FoolingDigit:
    """A digit of an evaluation set.

    Attributes
    ----------
    index
        In the evaluation set.
    image
        (28, 28) uint8, white ink on black.
    label
        0 to 9.
    """

    index: int
    image: NDArray[np.uint8]
    label: int


def find_fooling_digits(store: RunStore, data: EvaluationSet, cache: Path) -> tuple[FoolingDigit, ...]:
    """Return the digits of MNIST that at least one run misreads that answers, those that fool most runs first.

    Only digits that one of them or a shipped run is known to misread are considered. On these, the runs without cached
    predictions are asked: predicting the whole test set takes minutes.

    Parameters
    ----------
    data
        MNIST's test set.
    cache
        Folder of predictions, see `mnist_gui.analysis.prediction_cache.predictions`.

    Raises
    ------
    NoFoolingDigitError
        No run can answer, no predictions are known, or none of them is wrong.
    """
    answering = store.answering()
    shipped = [run for model in MODELS if (run := store.shipped_default(model)) is not None]
    known = _known_predictions([*answering, *shipped], data, cache)
    if not known:
        raise NoFoolingDigitError(
            "Which digits fool the models is not known yet: compare the runs in the Compare tab first."
        )
    is_misread = np.any([rows.argmax(axis=1) != data.labels for rows in known.values()], axis=0)
    indices = np.flatnonzero(is_misread)
    answers = [rows for run in answering if (rows := _predictions(run, data, indices, known)) is not None]
    if answers:
        indices = indices[_order(answers, data.labels[indices])]
    if not (answers and len(indices)):
        raise NoFoolingDigitError("No test digit is known that fools the models that answer.")
    return tuple(FoolingDigit(int(index), data.images[index], int(data.labels[index])) for index in indices)


def fooling_sentence(label: int, predicted: Sequence[int]) -> str:
    """Return what the models make of a digit: "the 7 that two of three call a 2"; empty if none misreads it.

    Parameters
    ----------
    label
        0 to 9.
    predicted
        Digit of each model, 0 to 9.
    """
    counts = Counter(digit for digit in predicted if digit != label)
    if not counts:
        return ""
    (digit, count), *others = counts.most_common()
    total = len(predicted)
    if total == 1:
        who = "the model"
    elif count == total:
        who = "both" if total == 2 else f"all {number_word(total)}"
    else:
        who = f"{number_word(count)} of {number_word(total)}"
    first = f"{who} {'calls' if count == 1 else 'call'} {_with_article(digit)}"
    rest = [f"{number_word(count)} {_with_article(digit)}" for digit, count in others]
    return f"the {label} that {listing([first, *rest])}"


def _with_article(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"


def _order(answers: Sequence[NDArray[np.float32]], labels: NDArray[np.uint8]) -> NDArray[np.intp]:
    """Return the rows in which an answer is wrong: those with most wrong answers first, then the narrowest errors.

    A narrow error is about a digit that people can read; of the others they often side with the models.
    """
    wrong = np.sum([rows.argmax(axis=1) != labels for rows in answers], axis=0)
    order = np.lexsort((np.mean([losses(rows, labels) for rows in answers], axis=0), -wrong))
    return np.asarray(order[wrong[order] > 0])


def _known_predictions(runs: Sequence[Run], data: EvaluationSet, cache: Path) -> dict[Path, NDArray[np.float32]]:
    """Return the cached predictions of runs by folder, without those of damaged runs."""
    known: dict[Path, NDArray[np.float32]] = {}
    for run in runs:
        with suppress(RunError):
            rows = cached_predictions(run, data, cache)
            if rows is not None:
                known[run.folder] = rows
    return known


def _predictions(
    run: Run, data: EvaluationSet, indices: NDArray[np.intp], known: dict[Path, NDArray[np.float32]]
) -> NDArray[np.float32] | None:
    """Return the (n, 10) probabilities of some digits, known or computed; None if the run is damaged."""
    if run.folder in known:
        return known[run.folder][indices]
    with suppress(RunError):  # another run answers instead
        return LoadedModel(run, threads=1).probabilities(data.frames(indices))
    return None
