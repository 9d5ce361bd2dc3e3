"""The commands predict, train, export and evaluate; each returns an exit status."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from mnist_gui.cli.console import FAILED, OK, PAUSED, UNUSABLE, Console, OutputError, UsageError, shell_command
from mnist_gui.cli.data import data_of, read_data
from mnist_gui.cli.interrupts import paused_by_signals
from mnist_gui.cli.progress import show_progress
from mnist_gui.paths import cache_folder
from mnist_gui.runs.record import RunError
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import accuracy_percent, percent, plural

if TYPE_CHECKING:
    from mnist_gui.digits.dataset import Dataset
    from mnist_gui.digits.input_files import InputItem
    from mnist_gui.models.architectures import Architecture
    from mnist_gui.models.inference.page_reader import Page, Predict
    from mnist_gui.models.inference.predictor import EnsemblePrediction, Prediction
    from mnist_gui.models.recipes import Recipe
    from mnist_gui.models.training.training_events import Event
    from mnist_gui.runs.run import Run

T = TypeVar("T")

# Drawings of a file that are predicted in one call.
PREDICT_BATCH_SIZE = 100
# Fields of a recipe that are options of `train`; frames is --limit.
RECIPE_OPTIONS = (
    "frames", "epochs", "batch_size", "optimizer", "learning_rate", "rho", "beta_2", "schedule", "augmentation",
    "augmentation_decay", "held_out", "patience",
)  # fmt: skip


# -- predict


def predict(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Print the digit of each picture or drawing."""
    from mnist_gui.digits.input_files import STANDARD_INPUT, read_input
    from mnist_gui.models.inference.predictor import load_chosen, load_predictor

    predictor = load_chosen(store, arguments.run) if arguments.run else load_predictor(store)
    printed = _print_new(predictor.problems, 0, console)
    status = OK
    for name in arguments.paths:
        items = read_input(name)
        # Input from a pipe is predicted as it arrives; files are framed while the models predict.
        framed = _framed(items, 1) if name == STANDARD_INPUT else _prefetched(_framed(items, PREDICT_BATCH_SIZE))
        for batch, frames in framed:
            for item, whole, page in _answered(batch, frames, predictor.predict):
                printed = _print_new(predictor.problems, printed, console)
                if item.content is None:
                    console.print_error(item.problem)
                    status = UNUSABLE
                else:
                    _print_prediction(item, whole, page, console)
    return status


def _answered(
    batch: Sequence[InputItem], frames: NDArray[np.float32], predict: Predict
) -> Iterator[tuple[InputItem, EnsemblePrediction | None, Page | None]]:
    """Yield each item with its prediction, None for a blank, and its page, None for a single digit.

    An unexpected error becomes the problem of the item that raised it.
    """
    from mnist_gui.models.inference.page_reader import read_page

    inked = [index for index, frame in enumerate(frames) if frame.any()]
    predictions: dict[int, EnsemblePrediction] = {}
    with suppress(MemoryError):  # each frame alone needs less
        predictions = dict(zip(inked, predict(frames[inked]) if inked else [], strict=True))
    for index, item in enumerate(batch):
        whole = page = None
        if item.content is not None and index in inked:
            try:
                whole = predictions.get(index) or predict(frames[[index]])[0]
                page = read_page(item.content, whole, predict)
            except RunError:  # of the runs, not of the item
                raise
            except Exception as error:
                item = item.with_error(error)
        yield item, whole, page


def _print_new(problems: Sequence[str], printed: int, console: Console) -> int:
    """Print the problems beyond those that were printed; return the number of all."""
    for problem in problems[printed:]:
        console.print_error(problem)
    return len(problems)


def _framed(items: Iterator[InputItem], size: int) -> Iterator[tuple[list[InputItem], NDArray[np.float32]]]:
    """Yield batches of items with their (N, 28, 28) frames; the frame of an unusable item is blank."""
    while batch := [item.framed() for item in islice(items, size)]:
        yield [item for item, _ in batch], np.array([frame for _, frame in batch])


def _prefetched(values: Iterator[T]) -> Iterator[T]:
    """Yield the values of an iterator, computing the next one in a thread while the current one is used."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, values, None)
        while (value := following.result()) is not None:
            following = thread.submit(next, values, None)
            yield value


def _print_prediction(
    item: InputItem, prediction: EnsemblePrediction | None, page: Page | None, console: Console
) -> None:
    from mnist_gui.models.inference.predictor import verdict

    if page is not None and page.is_single:
        prediction = page.parts[0].prediction
    if console.as_json:
        values = {"source": item.source, "index": item.index, **_verdict_values(prediction)}
        console.print_json(values | (_page_values(page) if page is not None else {}))
        return
    if page is not None and not page.is_single:
        text = _page_text(page)
    elif prediction is None:
        text = "blank, there is no ink"
    else:
        counts = Counter(single.model for single in prediction.predictions)
        models = ", ".join(
            f"{f'model {single.model}' if single.model and counts[single.model] == 1 else single.run}: "
            f"{single.digit} {percent(single.confidence)}"
            for single in prediction.predictions
        )
        ensemble = prediction.ensemble
        match verdict(prediction):
            case "not_a_digit":
                text = f"not a digit; if it were one, {models}"
            case "uncertain":
                text = f"{ensemble.digit} {percent(ensemble.confidence)} (uncertain); {models}"
            case _:
                rest = ", without what lies around it" if page is not None else ""
                text = f"{ensemble.digit} {percent(ensemble.confidence)}{rest}; {models}"
    console.print_line(f"{item.source} {item.index}: {text}")


def _page_text(page: Page) -> str:
    from mnist_gui.models.inference.page_reader import REFUSED

    text = " / ".join(page.lines)
    refused = f", {text.count(REFUSED)} refused" if REFUSED in text else ""
    turned = f", turned by {page.turned} degrees" if page.turned else ""
    return f"{plural(sum(map(str.isdigit, text)), 'digit')}{refused}{turned}: {text}"


def _page_values(page: Page) -> dict[str, Any]:
    if page.is_single:
        return {"box": list(page.parts[0].box)}
    return {
        "verdict": "several_digits",
        "lines": page.lines,
        "turned": page.turned,
        "parts": [
            {"box": list(part.box), "line": part.line, **_verdict_values(part.prediction)} for part in page.parts
        ],
    }


def _verdict_values(prediction: EnsemblePrediction | None) -> dict[str, Any]:
    from mnist_gui.models.inference.predictor import verdict

    return {
        "verdict": verdict(prediction),
        "ensemble": _prediction_values(prediction.ensemble) if prediction else None,
        "predictions": [
            {"run": single.run, "model": single.model or None, **_prediction_values(single)}
            for single in (prediction.predictions if prediction else ())
        ],
    }


def _prediction_values(prediction: Prediction) -> dict[str, Any]:
    return {
        "digit": prediction.digit,
        "confidence": prediction.confidence,
        "probabilities": [float(value) for value in prediction.probabilities],
    }


# -- add


def add(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Add the network in a file of Keras or ONNX as a run, and print what it expects."""
    from mnist_gui.models.importing.model_import import add_model, describe_earlier, describe_import

    with show_progress(console) as show:

        def progress(fraction: float) -> bool:
            return not show(f"Reading and trying {arguments.file.name}", fraction)

        run = add_model(store, arguments.file, arguments.name, progress=progress)
        assert run is not None  # Ctrl-C raises instead
        if earlier := describe_earlier(store, run):
            console.print_error(earlier)
        measured = _test_accuracy(run, lambda fraction: show("Measuring test accuracy", fraction))
    if console.as_json:
        console.print_json({"run": run.name, "model": None, **(run.record.imported or {}), "test_accuracy": measured})
    else:
        console.print_line(f"Added run {run.name}: {describe_import(run, measured)}.")
        console.print_line(f"Ask it: {_command(arguments, ['predict', '--run', run.name, 'PATH'])}")
    return OK


def _test_accuracy(run: Run, show: Callable[[float], bool]) -> float:
    """Return the share of MNIST's test digits that a run recognizes; its predictions are cached, as for `evaluate`."""
    from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set
    from mnist_gui.analysis.prediction_cache import predictions
    from mnist_gui.metrics import accuracy

    data = load_mnist_evaluation_set()
    probabilities = predictions(run, data, cache_folder(), progress=show)
    assert probabilities is not None  # it is never cancelled
    return accuracy(probabilities, data.labels)


# -- train


def train(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Train a model, or resume a run, and print its events."""
    from mnist_gui.cli.training_output import event_printer
    from mnist_gui.models.training.data_split import describe_data
    from mnist_gui.models.training.new_run import create_run
    from mnist_gui.models.training.trainer import train as train_run
    from mnist_gui.models.training.training_control import TrainingControl

    if arguments.resume is None and arguments.model is None and arguments.layers is None:
        raise UsageError(
            "Give the model to train with --model 1, 2 or 3, your own with --layers, or the run to resume with "
            "--resume RUN."
        )
    control = TrainingControl()
    last: list[Event] = []
    unwritten: list[str] = []
    with paused_by_signals(control) as pause, event_printer(console) as print_event:
        if arguments.resume is not None:
            run = _run_to_resume(arguments, store)
            dataset = data_of(run.record.data, f"Run {run.name}", arguments.data, console)
        else:
            architecture = _architecture_of(arguments)
            recipe, dataset = _recipe_and_data(arguments, console)
            data = describe_data(recipe, dataset)
            if (arguments.frames or 0) > data["frames"]:
                held_out = f" besides the {recipe.held_out:,} held out" if recipe.held_out else ""
                frames = plural(data["frames"], "training frame")
                console.print_error(f"--limit {arguments.frames}: there are only {frames}{held_out}; all are used.")
            run = create_run(store, architecture, recipe, arguments.seed or 0, data)

        def report(event: Event) -> None:
            last[:] = [event]
            try:
                print_event(event)
            except OSError:  # the output was closed (`| head`, a closed terminal); the epochs must not be lost
                pause()
            except OutputError as error:
                unwritten[:] = [str(error)]
                pause()

        train_run(run, dataset, report=report, control=control)
    for problem in unwritten:
        console.print_error(problem)
    status = _finish_training(run, last[0].to_json(), arguments, store, console)
    if unwritten:
        return FAILED
    if status == OK and run.has_model and console.is_terminal and not console.as_json:
        _print_next_steps(run, arguments, console)
    return status


def _finish_training(
    run: Run, ended: dict[str, Any], arguments: argparse.Namespace, store: RunStore, console: Console
) -> int:
    """Print what to do next and activate the run if requested; return the exit status."""
    if ended["status"] == "paused":
        console.print_error(f"Paused after epoch {run.record.epochs}. Resume with: {_resume_command(run, arguments)}")
        return PAUSED
    if ended["status"] != "completed":
        console.print_error(ended["message"] or f"Run {run.name} {ended['status']}.")
        return FAILED
    if arguments.activate:
        store.activate(run.name)
    return OK


def _recipe_and_data(arguments: argparse.Namespace, console: Console) -> tuple[Recipe, Dataset]:
    """Return the recipe and the data; of the user's own data a part is held out, unless an option says how much."""
    from mnist_gui.digits.dataset import load_mnist

    recipe = recipe_of(arguments)
    if arguments.data is None:
        return recipe, load_mnist()
    own = read_data(arguments.data, console)
    return (recipe if arguments.held_out is not None else recipe.with_changes(held_out=own.held_out)), own.dataset


def _print_next_steps(run: Run, arguments: argparse.Namespace, console: Console) -> None:
    """Print the accuracy of a run on MNIST's test set, and the commands that show more."""
    from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set
    from mnist_gui.analysis.prediction_cache import predictions
    from mnist_gui.metrics import accuracy

    with suppress(RunError), show_progress(console) as show:
        test = load_mnist_evaluation_set()
        probabilities = predictions(
            run, test, cache_folder(), progress=lambda fraction: show("Measuring test accuracy", fraction)
        )
        assert probabilities is not None  # it is never cancelled
        right = accuracy_percent(accuracy(probabilities, test.labels))
        console.print_line(f"Test accuracy: {right} of {plural(len(test), 'digit')}.")
    report = ["report", "--run", run.name, "--output", "report.html"]
    console.print_line(f"See where it fails: {_command(arguments, report)}")
    console.print_line(f"Open the window: {_command(arguments, [])}")


def recipe_of(arguments: argparse.Namespace) -> Recipe:
    """Return the named recipe with the options of `train`."""
    from mnist_gui.models.recipes import NOTEBOOK, RECIPES, RecipeError

    try:
        return RECIPES[arguments.recipe or NOTEBOOK.name].with_changes(
            **{name: getattr(arguments, name) for name in RECIPE_OPTIONS}
        )
    except RecipeError as error:
        raise UsageError(str(error)) from error


def _architecture_of(arguments: argparse.Namespace) -> Architecture:
    """Return the network that `train` is asked for."""
    from mnist_gui.models.architectures import ARCHITECTURES
    from mnist_gui.models.layer_chain import ChainError, chain_architecture, parse_chain

    if arguments.layers is None:
        return ARCHITECTURES[arguments.model]
    try:
        return chain_architecture(parse_chain(arguments.layers))
    except ChainError as error:
        raise UsageError(f"--layers: {error}") from error


def _run_to_resume(arguments: argparse.Namespace, store: RunStore) -> Run:
    from mnist_gui.models.training.resume import resume_obstacle

    given = ("model", "layers", "recipe", "seed", *RECIPE_OPTIONS)
    if any(getattr(arguments, name) is not None for name in given):
        raise UsageError("--resume uses the model, recipe and seed of the run; leave the other options out.")
    run = store.get(arguments.resume)
    reason = resume_obstacle(run)
    if reason:
        raise UsageError(reason)
    with run.locked():  # raises before data are read, which may take minutes
        return run


def _resume_command(run: Run, arguments: argparse.Namespace) -> str:
    """Return the command that resumes a run."""
    return _command(arguments, ["train", "--resume", run.name])


def _command(arguments: argparse.Namespace, words: Sequence[str]) -> str:
    """Return a command of the program on the same runs folder."""
    folder = getattr(arguments, "runs", None)
    runs_option = [] if folder is None else ["--runs", str(folder)]
    return shell_command(["mnist-gui", *runs_option, *words])


# -- export


def export(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Export the model or the history of a run."""
    from mnist_gui.models.export import export_name, export_run

    run = store.get(arguments.run)
    path = arguments.output or Path(export_name(run, arguments.format))
    export_run(run, arguments.format, path)
    if console.as_json:
        size = sum(file.stat().st_size for file in ([path] if path.is_file() else path.iterdir()))
        console.print_json({"run": run.name, "format": arguments.format, "path": str(path), "bytes": size})
    else:
        console.print_line(str(path))
    return OK


# -- evaluate


def evaluate(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Print the notebook's closing table for every run, beside the notebook's own figures."""
    from mnist_gui.analysis.run_settings import UNKNOWN
    from mnist_gui.analysis.summary_table import COLUMNS, notebook_table
    from mnist_gui.digits.dataset import load_mnist
    from mnist_gui.runs.run import DamagedRun

    def compact(figure: str) -> str:
        return figure.replace(" ", "").replace(UNKNOWN, "-")

    columns = [column for column in COLUMNS if column.reference is not None]
    entries = store.entries()
    width = max([34, *(len(entry.name) + 2 for entry in entries)])
    imported = {
        entry.name for entry in entries if not isinstance(entry, DamagedRun) and entry.record.imported is not None
    }
    if not console.as_json:
        headings = (", ".join(reversed(column.title.lower().split())) for column in columns)
        console.print_line(" " * width + "".join(f"{heading:>18}" for heading in headings))
    with show_progress(console) as show:

        def progress(run: Run, fraction: float) -> bool:
            return show(f"Predicting with {run.name}", fraction)

        for row in notebook_table(entries, load_mnist(), cache_folder(), progress=progress):
            if row.problem:
                console.print_error(f"{row.title}: {row.problem}")
            if console.as_json:
                console.print_json(row.to_json())
                continue
            figures = ((column.text(row), column.reference_text(row) or UNKNOWN) for column in columns)
            cells = "".join(f"{compact(own)} {f'({compact(notebook)})':>9}".rjust(18) for own, notebook in figures)
            trained = f"{row.status}, {plural(row.epochs, 'epoch')}"
            console.print_line(f"{row.title:<{width}}{cells}  {'from a file' if row.title in imported else trained}")
    if not console.as_json:
        console.print_line("In brackets: the notebook, after 12 epochs.")
    return OK
