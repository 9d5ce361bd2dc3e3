"""The commands that need no window: predict, train, evaluate. Each returns an exit status."""

from __future__ import annotations

import argparse
import json
import math
import signal
from collections.abc import Iterator
from itertools import islice
from types import FrameType
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from mnist_gui.folders import cache_folder
from mnist_gui.runs.store import RunStore

if TYPE_CHECKING:
    from mnist_gui.digits.source import Item
    from mnist_gui.models.events import Event
    from mnist_gui.models.predictor import Answer, Prediction

OK, FAILED, UNUSABLE, PAUSED = 0, 1, 2, 130
# Drawings answered in one call when they come from files; from a pipe each is answered as it comes.
PREDICT_TOGETHER = 100


class UsageError(Exception):
    """What was given cannot be used; the text is one sentence for the person."""


class Console:
    """Where a command's own words go, apart from what libraries print.

    Parameters
    ----------
    out, err
        Text streams for results and for complaints.
    as_json
        Whether results are JSON lines.
    """

    def __init__(self, out: IO[str], err: IO[str], *, as_json: bool = False) -> None:
        self.out = out
        self.err = err
        self.as_json = as_json

    def line(self, text: str) -> None:
        """Write one line of result at once, so that a pipe sees it."""
        print(text, file=self.out, flush=True)

    def record(self, values: dict[str, Any]) -> None:
        """Write one JSON line of result; a number that is not finite, which JSON has not, becomes null."""
        self.line(json.dumps({key: _finite(value) for key, value in values.items()}, allow_nan=False))

    def complain(self, text: str) -> None:
        """Write one sentence to standard error."""
        print(f"mnist-gui: {text}", file=self.err, flush=True)


def _finite(value: Any) -> Any:  # noqa: ANN401 - whatever JSON holds
    return None if isinstance(value, float) and not math.isfinite(value) else value


# -- predict


def predict(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Say which digit each picture or drawing shows."""
    from mnist_gui.digits.frame import frame_of
    from mnist_gui.digits.source import STANDARD_INPUT, read_source
    from mnist_gui.models.predictor import load_predictor

    predictor = load_predictor(store)
    for problem in predictor.problems:
        console.complain(problem)
    status = OK
    for name in arguments.paths:
        together = 1 if name == STANDARD_INPUT else PREDICT_TOGETHER
        for items in _batches(read_source(name), together):
            usable = [item for item in items if item.content is not None]
            frames = np.array([frame_of(item.content) for item in usable if item.content is not None])
            inked = [index for index, frame in enumerate(frames) if frame.any()]
            answers = dict(zip(inked, predictor.answers(frames[inked]) if inked else [], strict=True))
            by_item = {id(item): answers.get(index) for index, item in enumerate(usable)}
            for item in items:
                if item.content is None:
                    console.complain(item.problem)
                    status = UNUSABLE
                else:
                    _print_answer(item, by_item[id(item)], console)
    return status


def _batches(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    while batch := list(islice(items, size)):
        yield batch


def _print_answer(item: Item, answer: Answer | None, console: Console) -> None:
    from mnist_gui.models.calibration import verdict

    said = verdict(answer)
    if console.as_json:
        ensemble = _prediction_values(answer.ensemble) if answer else None
        predictions = [
            {"run": each.run, "model": each.model, **_prediction_values(each)}
            for each in (answer.predictions if answer else ())
        ]
        console.record(
            {
                "source": item.source,
                "index": item.index,
                "verdict": said,
                "ensemble": ensemble,
                "predictions": predictions,
            }
        )
        return
    if answer is None:
        console.line(f"{item.source} {item.index}: blank, there is no ink")
        return
    models = ", ".join(f"model {each.model}: {each.digit} {each.confidence:.1%}" for each in answer.predictions)
    together = answer.ensemble
    doubt = " (uncertain)" if said == "uncertain" else ""
    console.line(f"{item.source} {item.index}: {together.digit} {together.confidence:.1%}{doubt}; {models}")


def _prediction_values(prediction: Prediction) -> dict[str, Any]:
    return {
        "digit": prediction.digit,
        "confidence": prediction.confidence,
        "probabilities": [float(value) for value in prediction.probabilities],
    }


# -- train


def train(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Train one model, or go on with a run, and print what happens."""
    from mnist_gui.digits.dataset import load_mnist
    from mnist_gui.models.control import Control
    from mnist_gui.models.frames import describe_data
    from mnist_gui.models.recipes import RECIPES, RecipeError
    from mnist_gui.models.training import train as train_run

    if arguments.resume is None and arguments.model is None:
        raise UsageError("Say which model to train: --model 1, 2 or 3; or which run to go on with: --resume RUN.")
    if arguments.resume is not None:
        given = [arguments.model, arguments.epochs, arguments.batch_size, arguments.limit]
        if any(value is not None for value in given):
            raise UsageError("--resume goes on with the run's own model and recipe; leave the other options out.")
        run = store.get(arguments.resume)
        if run.shipped:
            raise UsageError(f"Run {run.name} came with the program and is not trained further.")
        dataset = load_mnist()
    else:
        try:
            recipe = RECIPES[arguments.recipe].changed(
                epochs=arguments.epochs, batch_size=arguments.batch_size, frames=arguments.limit
            )
        except RecipeError as error:
            raise UsageError(str(error)) from error
        dataset = load_mnist()
        run = store.create(arguments.model, recipe.to_json(), arguments.seed, describe_data(recipe, dataset))

    control = Control()
    last: list[Event] = []

    def pause(_number: int, _frame: FrameType | None) -> None:
        control.leave()

    def tell(event: Event) -> None:
        last[:] = [event]
        try:
            _print_event(event, console)
        except OSError:  # whoever read us has gone (`| head`, a closed terminal): that must not cost the epochs
            control.leave()

    previous = signal.signal(signal.SIGINT, pause)
    try:
        train_run(run, dataset, report=tell, control=control)
    finally:
        signal.signal(signal.SIGINT, previous)
    ended = last[0].to_json()
    if ended["status"] == "paused":
        console.complain(f"Paused after epoch {run.record.epochs}. Go on with: mnist-gui train --resume {run.name}")
        return PAUSED
    if ended["status"] != "completed":
        console.complain(ended["message"] or f"Run {run.name} {ended['status']}.")
        return FAILED
    if arguments.activate:
        store.choose(run.model, run.name)
    return OK


def _print_event(event: Event, console: Console) -> None:
    values = event.to_json()
    if console.as_json:
        console.record(values)
        return
    match values["event"]:
        case "preparing":
            console.line(values["what"])
        case "training_started":
            console.line(
                f"Run {event.run}: model {values['model']}, {values['frames']} frames, {values['epochs']} epochs of "
                f"{values['batches']} batches; judged on {values['validation_frames']} {values['validation']} frames."
            )
        case "epoch_ended":
            console.line(
                f"Epoch {values['epoch']} of {values['epochs']}: loss {values['loss']:.4f}, accuracy "
                f"{values['accuracy']:.2%}; validation loss {values['val_loss']:.4f}, accuracy "
                f"{values['val_accuracy']:.2%}; {values['seconds']:.0f} s"
            )
        case "training_ended":
            console.line(f"Run {event.run} {values['status']} after {values['epoch']} epochs.")


# -- evaluate


def evaluate(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Print the notebook's closing table for every run, beside the notebook's own figures."""
    from mnist_gui.analysis.comparison import Figures, closing_table
    from mnist_gui.digits.dataset import load_mnist

    if not console.as_json:
        console.line(f"{'':34}{'accuracy, train':>18}{'accuracy, test':>18}{'loss, train':>18}{'loss, test':>18}")
    for row in closing_table(store.entries(), load_mnist(), cache_folder()):
        if row.problem:
            console.complain(f"{row.run}: {row.problem}")
        if console.as_json:
            console.record(row.to_json())
            continue
        beside = row.notebook or Figures()
        cells = "".join(
            f"{_cell(mine, percent)} {'(' + _cell(theirs, percent) + ')':>9}".rjust(18)
            for mine, theirs, percent in (
                (row.figures.train_accuracy, beside.train_accuracy, True),
                (row.figures.test_accuracy, beside.test_accuracy, True),
                (row.figures.train_loss, beside.train_loss, False),
                (row.figures.test_loss, beside.test_loss, False),
            )
        )
        console.line(f"{row.run:<34}{cells}  {row.status}, {row.epochs} epochs")
    if not console.as_json:
        console.line("In brackets: the notebook, after 12 epochs.")
    return OK


def _cell(value: float | None, percent: bool) -> str:
    if value is None:
        return "-"
    return f"{value:.2%}" if percent else f"{value:.4f}"
