"""The commands that need no window: predict, train, evaluate, export. Each returns an exit status."""

from __future__ import annotations

import argparse
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mnist_gui.cli.console import FAILED, OK, PAUSED, UNUSABLE, Console, UsageError, shell_command
from mnist_gui.paths import cache_folder
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import percent, plural

if TYPE_CHECKING:
    from mnist_gui.digits.input_files import InputItem
    from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction
    from mnist_gui.models.recipes import Recipe
    from mnist_gui.models.training.training_control import TrainingControl
    from mnist_gui.models.training.training_events import Event
    from mnist_gui.runs.run import Run

T = TypeVar("T")

# Drawings answered in one call when they come from files.
PREDICT_TOGETHER = 100
# Fields of a recipe that `train` takes as options of the same name (frames as --limit).
RECIPE_OPTIONS = (
    "frames", "epochs", "batch_size", "optimizer", "learning_rate", "rho", "schedule", "augmentation", "held_out",
    "patience",
)  # fmt: skip


# -- predict


def predict(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Say which digit each picture or drawing shows."""
    from mnist_gui.digits.input_files import STANDARD_INPUT, read_input
    from mnist_gui.models.inference.predictor import load_predictor

    predictor = load_predictor(store)
    for problem in predictor.problems:
        console.print_error(problem)
    status = OK
    for name in arguments.paths:
        items = read_input(name)
        # From a pipe each is answered as it comes; what lies in a file can be framed while the models answer.
        framed = _framed(items, 1) if name == STANDARD_INPUT else _ahead(_framed(items, PREDICT_TOGETHER))
        for batch, frames in framed:
            inked = [index for index, frame in enumerate(frames) if frame.any()]
            answers = dict(zip(inked, predictor.predict(frames[inked]) if inked else [], strict=True))
            for index, item in enumerate(batch):
                if item.content is None:
                    console.print_error(item.problem)
                    status = UNUSABLE
                else:
                    _print_answer(item, answers.get(index), console)
    return status


def _framed(items: Iterator[InputItem], size: int) -> Iterator[tuple[list[InputItem], NDArray[np.float32]]]:
    """Yield items, so many at a time, with their (N, 28, 28) frames; of what cannot be used it is blank."""
    from mnist_gui.digits.drawing import Drawing
    from mnist_gui.digits.framing import frame_of

    while batch := list(islice(items, size)):
        yield batch, np.array([frame_of(item.content or Drawing()) for item in batch])


def _ahead(values: Iterator[T]) -> Iterator[T]:
    """Yield what an iterator does; its next value is made in a thread while this one is used."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, values, None)
        while (value := coming.result()) is not None:
            coming = thread.submit(next, values, None)
            yield value


def _print_answer(item: InputItem, answer: EnsemblePrediction | None, console: Console) -> None:
    from mnist_gui.models.inference.predictor import verdict

    said = verdict(answer)
    if console.as_json:
        ensemble = _prediction_values(answer.ensemble) if answer else None
        predictions = [
            {"run": each.run, "model": each.model, **_prediction_values(each)}
            for each in (answer.predictions if answer else ())
        ]
        console.print_json(
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
        console.print_line(f"{item.source} {item.index}: blank, there is no ink")
        return
    models = ", ".join(f"model {each.model}: {each.digit} {percent(each.confidence)}" for each in answer.predictions)
    together = answer.ensemble
    if said == "not_a_digit":
        console.print_line(f"{item.source} {item.index}: not a digit; if it were one, {models}")
        return
    doubt = " (uncertain)" if said == "uncertain" else ""
    console.print_line(f"{item.source} {item.index}: {together.digit} {percent(together.confidence)}{doubt}; {models}")


def _prediction_values(prediction: Prediction) -> dict[str, Any]:
    return {
        "digit": prediction.digit,
        "confidence": prediction.confidence,
        "probabilities": [float(value) for value in prediction.probabilities],
    }


# -- train


def train(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Train one model, or go on with a run, and print what happens."""
    from mnist_gui.cli.training_output import event_printer
    from mnist_gui.digits.dataset import load_mnist
    from mnist_gui.models.training.data_split import describe_data
    from mnist_gui.models.training.trainer import train as train_run
    from mnist_gui.models.training.training_control import TrainingControl

    if arguments.resume is None and arguments.model is None:
        raise UsageError("Say which model to train: --model 1, 2 or 3; or which run to go on with: --resume RUN.")
    control = TrainingControl()
    last: list[Event] = []
    with _paused_by_signals(control) as pause, event_printer(console) as show:
        if arguments.resume is not None:
            run, dataset = _run_to_go_on_with(arguments, store), load_mnist()
        else:
            recipe, dataset = recipe_of(arguments), load_mnist()
            data = describe_data(recipe, dataset)
            run = store.create(arguments.model, recipe.to_json(), arguments.seed or 0, data)

        def tell(event: Event) -> None:
            last[:] = [event]
            try:
                show(event)
            except OSError:  # whoever read us has gone (`| head`, a closed terminal): that must not cost the epochs
                pause()

        train_run(run, dataset, report=tell, control=control)
    return _say_how_it_ended(run, last[0].to_json(), arguments, store, console)


def _say_how_it_ended(
    run: Run, ended: dict[str, Any], arguments: argparse.Namespace, store: RunStore, console: Console
) -> int:
    """Say what is to be done now, if anything; let the run answer where that is wanted. Return the exit status."""
    if ended["status"] == "paused":
        console.print_error(f"Paused after epoch {run.record.epochs}. Go on with: {_resuming(run, arguments)}")
        return PAUSED
    if ended["status"] != "completed":
        console.print_error(ended["message"] or f"Run {run.name} {ended['status']}.")
        return FAILED
    if arguments.activate and not run.has_model:
        # Another backend writes the weights, but not the model that answers.
        console.print_error(
            f"Run {run.name} is trained, but cannot answer before it is exported under TensorFlow. "
            f"There, this does it: {_resuming(run, arguments)} --activate"
        )
    elif arguments.activate:
        store.activate(run.model, run.name)
    return OK


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """Return the recipe that the options of `train` describe; the rest is as the named recipe has it."""
    from mnist_gui.models.recipes import NOTEBOOK, RECIPES, RecipeError

    try:
        return RECIPES[arguments.recipe or NOTEBOOK.name].with_changes(
            **{name: getattr(arguments, name) for name in RECIPE_OPTIONS}
        )
    except RecipeError as error:
        raise UsageError(str(error)) from error


def _run_to_go_on_with(arguments: argparse.Namespace, store: RunStore) -> Run:
    from mnist_gui.models.training.resume import resume_obstacle

    given = ("model", "recipe", "seed", *RECIPE_OPTIONS)
    if any(getattr(arguments, name) is not None for name in given):
        raise UsageError("--resume goes on with the run's own model, recipe and seed; leave the other options out.")
    run = store.get(arguments.resume)
    reason = resume_obstacle(run)
    if reason:
        raise UsageError(reason)
    return run


@contextmanager
def _paused_by_signals(control: TrainingControl) -> Iterator[Callable[[], None]]:
    """Let Ctrl-C, and the system's request to end, pause the training; yield what does the same from inside."""
    asked = False

    def pause(_number: int = 0, _frame: FrameType | None = None) -> None:
        # A signal can come while one is being answered: asking twice would wait for a lock that this thread holds.
        nonlocal asked
        if not asked:
            asked = True
            control.interrupt()

    numbers = [signal.SIGINT] if os.name == "nt" else [signal.SIGINT, signal.SIGTERM]
    previous = {number: signal.signal(number, pause) for number in numbers}
    try:
        yield pause
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _resuming(run: Run, arguments: argparse.Namespace) -> str:
    """Return the command that goes on with a run of the runs folder that was given."""
    folder = getattr(arguments, "runs", None)
    runs_option = [] if folder is None else ["--runs", str(folder)]
    return shell_command(["mnist-gui", *runs_option, "train", "--resume", run.name])


# -- export


def export(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Write a run's model or history where other programs can read it."""
    from mnist_gui.models.export import SUFFIXES, export_run

    run = store.get(arguments.run)
    path = arguments.output or Path(f"{run.name}{SUFFIXES[arguments.format]}")
    export_run(run, arguments.format, path)
    if console.as_json:
        size = path.stat().st_size
        console.print_json({"run": run.name, "format": arguments.format, "path": str(path), "bytes": size})
    else:
        console.print_line(str(path))
    return OK


# -- evaluate


def evaluate(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Print the notebook's closing table for every run, beside the notebook's own figures."""
    from mnist_gui.analysis.summary_table import COLUMNS, UNKNOWN, notebook_table
    from mnist_gui.digits.dataset import load_mnist

    def compact(figure: str) -> str:
        return figure.replace(" ", "").replace(UNKNOWN, "-")

    columns = [column for column in COLUMNS if column.reference is not None]
    if not console.as_json:
        headings = (", ".join(reversed(column.title.lower().split())) for column in columns)
        console.print_line(f"{'':34}" + "".join(f"{heading:>18}" for heading in headings))
    for row in notebook_table(store.entries(), load_mnist(), cache_folder()):
        if row.problem:
            console.print_error(f"{row.title}: {row.problem}")
        if console.as_json:
            console.print_json(row.to_json())
            continue
        figures = ((column.text(row), column.reference_text(row) or UNKNOWN) for column in columns)
        cells = "".join(f"{compact(own)} {f'({compact(notebook)})':>9}".rjust(18) for own, notebook in figures)
        console.print_line(f"{row.title:<34}{cells}  {row.status}, {plural(row.epochs, 'epoch')}")
    if not console.as_json:
        console.print_line("In brackets: the notebook, after 12 epochs.")
    return OK
