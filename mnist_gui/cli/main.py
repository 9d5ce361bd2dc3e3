"""Entry point: `mnist-gui` opens the window; its commands work without Qt and its system libraries."""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from mnist_gui import __version__
from mnist_gui.cli import commands
from mnist_gui.cli.console import FAILED, OK, PAUSED, UNUSABLE, Console, OutputError, UsageError, process_console
from mnist_gui.cli.data import add_data_option
from mnist_gui.cli.interrupts import interrupts_raise
from mnist_gui.cli.report import add_report_options, report_command
from mnist_gui.cli.study import add_study_options, study
from mnist_gui.files import use_temporary_folder
from mnist_gui.models.export import SUFFIXES
from mnist_gui.models.recipes import NOTEBOOK, NUMBER_FIELDS, OPTIMIZERS, RECIPES, SCHEDULES, RecipeError
from mnist_gui.paths import resources_folder, settings_folder, temporary_folder, user_runs_folder
from mnist_gui.runs.record import RunError
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import plain_text

DESCRIPTION = (
    "Draw a digit and see what three convolutional networks make of it; train them, watch them learn, compare them. "
    "Without a command, the window opens."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status.

    Parameters
    ----------
    argv
        The arguments; default: those of the process, whose standard streams and Ctrl-C are then taken over.
    """
    console = process_console() if argv is None else Console(sys.stdout, sys.stderr)
    try:
        arguments = _parser().parse_args(argv)
        console.as_json = getattr(arguments, "json", False)
        if argv is None:
            use_temporary_folder(temporary_folder())
        if argv is None and arguments.command is not None:
            console.discard_library_output()
        with interrupts_raise() if arguments.command is not None else nullcontext():
            return _run(arguments, console)
    except SystemExit as ended:  # help, version, or arguments that cannot be used
        if not ended.code and argv is None:
            return _end_of_help(console)
        raise
    except (UsageError, RunError) as error:
        console.print_error(str(error))
        return UNUSABLE
    except OutputError as error:
        console.print_error(str(error))
        return FAILED
    except BrokenPipeError:
        # The reader closed the pipe (`| head`).
        return OK
    except KeyboardInterrupt:
        return PAUSED
    except Exception as error:  # one line, not a traceback; the type helps in a bug report
        if isinstance(error, PermissionError) and error.filename is not None:
            console.print_error(f"{error.filename} cannot be used: {error.strerror}.")
            return UNUSABLE
        console.print_error(f"{str(error) or 'Something went wrong'} ({type(error).__name__}).")
        return FAILED


def _run(arguments: argparse.Namespace, console: Console) -> int:
    """Run the command, or open the window; return the exit status."""
    given: Path | None = getattr(arguments, "runs", None)
    store = RunStore(given or user_runs_folder(), resources_folder() / "runs")
    if arguments.command is None:
        return open_window(arguments, store, console)
    console.flush()  # raises if standard output is closed
    status: int = arguments.command(arguments, store, console)
    if status == OK and given is not None and not given.exists():
        console.print_error(f"There is no runs folder {given}; only runs that came with the program were used.")
    return status


def _end_of_help(console: Console) -> int:
    """Return the exit status after help or version was printed, which Python buffers."""
    try:
        console.flush()
    except (OSError, OutputError) as error:
        # Python would try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        if isinstance(error, OutputError):
            console.print_error(str(error))
            return FAILED
    except UsageError as error:
        console.print_error(str(error))
        return UNUSABLE
    return OK


def open_window(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Open the window, or print why it cannot be opened and which commands work without it."""
    from mnist_gui.cli.display_check import missing_display

    missing = missing_display()
    if missing:
        console.print_error(
            f"{missing} These commands work without a window: predict, add, train, study, evaluate, report, export, "
            "screenshot (see --help)."
        )
        return FAILED
    gc.disable()  # what is imported and built now stays; the window then collects by a timer
    from mnist_gui.app import default_dependencies, run_window

    return run_window(default_dependencies(store, settings_folder()))


def report(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Write the report; only --png needs Qt."""
    if not arguments.png:
        return report_command(arguments, store, console)
    if _cannot_draw(console):
        return FAILED
    from mnist_gui.screenshots import write_figures

    return report_command(arguments, store, console, write_figures)


def screenshot(arguments: argparse.Namespace, store: RunStore, console: Console) -> int:
    """Write one PNG per tab, or per step of a walk through the window, in both themes, without a display."""
    if _cannot_draw(console):
        return FAILED
    from mnist_gui.screenshots import write_screenshots, write_walk

    folder = arguments.folder
    write = partial(write_walk, report=console.print_error) if arguments.tour else write_screenshots
    try:
        for path in write(store, folder):
            console.print_line(str(path))
    except OSError as error:
        raise UsageError(f"{folder} cannot be written ({error.strerror or error}).") from error
    return OK


def _cannot_draw(console: Console) -> bool:
    """Select Qt's offscreen platform; print an error and return True if Qt's libraries are missing."""
    from mnist_gui.cli.display_check import missing_libraries

    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    missing = missing_libraries()
    if missing:
        console.print_error(missing)
    return bool(missing)


class _ArgumentParser(argparse.ArgumentParser):
    """Prints errors, which repeat arguments, as plain text, and names files that were taken for options."""

    _given: Sequence[str] = ()

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # noqa: ANN401 - as argparse
        self._given = sys.argv[1:] if args is None else args
        return super().parse_known_args(args, namespace)

    def error(self, message: str) -> NoReturn:
        file = next((word for word in self._given if word.startswith("-") and os.access(word, os.F_OK)), None)
        hint = "" if file is None else f"; {file} was taken for an option, give the file as .{os.sep}{file}"
        super().error(plain_text(message + hint))


def _parser() -> argparse.ArgumentParser:
    common = _ArgumentParser(add_help=False)
    # No default, because it would overwrite an option that is given before the command.
    common.add_argument(
        "--runs",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="folder of your runs; default: the data folder of the user",
    )
    as_json = _ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print JSON lines only")
    both = [common, as_json]

    parser = _ArgumentParser(prog="mnist-gui", description=DESCRIPTION, parents=[common])
    parser.add_argument("--version", action="version", version=f"mnist-gui {__version__}")
    parser.set_defaults(command=None)
    kinds = parser.add_subparsers(title="commands", metavar="COMMAND")

    predict = kinds.add_parser("predict", parents=both, help="predict the digits of pictures and drawings")
    predict.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a picture, a drawing .json, drawings .jsonl, or - for JSON lines or a picture on standard input",
    )
    predict.add_argument(
        "--run", action="append", metavar="RUN", help="a run that answers, in place of the active ones; may be repeated"
    )
    predict.set_defaults(command=commands.predict)

    add = kinds.add_parser("add", parents=both, help="add your own network, from a file of Keras or ONNX")
    add.add_argument("file", type=Path, metavar="FILE", help="a .keras, .h5 or .onnx file; none of its code is run")
    add.add_argument("--name", metavar="NAME", help="name of the run; default: that of the file")
    add.set_defaults(command=commands.add)

    train = kinds.add_parser("train", parents=both, help="train a model")
    _add_training_options(train)
    train.set_defaults(command=commands.train)

    series = kinds.add_parser(
        "study", parents=both, help="train with several seeds and settings, and print which differences are real"
    )
    add_study_options(series)
    series.set_defaults(command=study)

    evaluate = kinds.add_parser("evaluate", parents=both, help="print the table of results of all runs")
    evaluate.set_defaults(command=commands.evaluate)

    page = kinds.add_parser(
        "report", parents=both, help="one page that says which model is better, and where each fails"
    )
    add_report_options(page)
    page.set_defaults(command=report)

    export = kinds.add_parser("export", parents=both, help="write a run's model or history for other programs")
    export.add_argument("run", metavar="RUN", help="its name, as evaluate prints it")
    export.add_argument("--format", choices=tuple(SUFFIXES), required=True, help="script: a folder for other computers")
    export.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help=f"default: RUN{', RUN'.join(filter(None, SUFFIXES.values()))} in the current folder, or the folder "
        "RUN-script; an existing file is replaced",
    )
    export.set_defaults(command=commands.export)

    pictures = kinds.add_parser("screenshot", parents=[common], help="write one PNG per tab and theme")
    pictures.add_argument("folder", type=Path, metavar="DIR", help="created if it is missing")
    pictures.add_argument(
        "--tour", action="store_true", help="one PNG per step of a walk through the window, which trains for minutes"
    )
    pictures.set_defaults(command=screenshot)
    return parser


def _add_training_options(train: argparse.ArgumentParser) -> None:
    which = train.add_mutually_exclusive_group()
    which.add_argument("--model", type=int, choices=(1, 2, 3), help="model of the notebook")
    which.add_argument(
        "--layers",
        metavar="LAYERS",
        help='a model of your own: "conv 3 64, conv 3 128, pool 2, dropout 0.5, norm, dense 128", with the side and '
        "the number of filters of a convolution, the side of a pooling, the share of a dropout and the units of a "
        "dense layer; the dense layer with the ten answers is added",
    )
    train.add_argument("--recipe", choices=tuple(RECIPES), help=f"default: {NOTEBOOK.name}")
    train.add_argument(
        "--epochs", type=_number("epochs"), metavar="N", help=f"maximum number of epochs; {_by_recipe('epochs')}"
    )
    train.add_argument(
        "--batch-size", type=_number("batch_size"), metavar="N", help=f"frames per step; {_by_recipe('batch_size')}"
    )
    train.add_argument("--optimizer", choices=tuple(OPTIMIZERS), help=_by_recipe("optimizer"))
    train.add_argument(
        "--learning-rate",
        type=_number("learning_rate"),
        metavar="X",
        help=f"maximum learning rate; {_by_recipe('learning_rate')}; another optimizer implies its usual one",
    )
    train.add_argument("--beta-2", type=_number("beta_2"), metavar="X", help=f"Adam's decay; {_by_recipe('beta_2')}")
    train.add_argument("--rho", type=_number("rho"), metavar="X", help=f"Adadelta's decay; {_by_recipe('rho')}")
    train.add_argument("--schedule", choices=tuple(SCHEDULES), help=f"of the learning rate; {_by_recipe('schedule')}")
    train.add_argument(
        "--augmentation",
        type=_number("augmentation"),
        metavar="X",
        help=f"strength of the augmentation, from 0 (none) to 2 (1 is usual); {_by_recipe('augmentation')}",
    )
    train.add_argument(
        "--augmentation-decay",
        type=_number("augmentation_decay"),
        metavar="X",
        help=f"share of that strength that is lost over the steps, from 0 to 1; {_by_recipe('augmentation_decay')}",
    )
    train.add_argument(
        "--held-out",
        type=_number("held_out"),
        metavar="N",
        help="validate on the last N training frames, which are not trained on; 0: on the test frames; "
        + _by_recipe("held_out"),
    )
    train.add_argument(
        "--patience",
        type=_number("patience"),
        metavar="N",
        help="stop after N epochs without a lower loss on held-out frames; 0: never; " + _by_recipe("patience"),
    )
    train.add_argument(
        "--seed", type=_number("seed"), metavar="N", help="of weights, order of frames and dropout; default: 0"
    )
    train.add_argument(
        "--limit",
        dest="frames",
        type=_number("frames"),
        metavar="N",
        help=f"train on the first N training frames only; {_by_recipe('frames')}",
    )
    add_data_option(train)
    train.add_argument("--activate", action="store_true", help="make the completed run the active one of its model")
    train.add_argument("--resume", metavar="RUN", help="resume a paused, stopped, failed or interrupted run")


def _by_recipe(field: str) -> str:
    """Return the default of a field of the recipes as text, for each recipe if they differ."""
    values = {name: getattr(recipe, field) for name, recipe in RECIPES.items()}
    texts = {
        name: "all" if value is None else f"{value:g}" if isinstance(value, float) else f"{value}"
        for name, value in values.items()
    }
    if len(set(texts.values())) == 1:
        return f"default: {texts[NOTEBOOK.name]}"
    return "default: " + ", ".join(f"{name} {text}" for name, text in texts.items())


def _number(name: str) -> Callable[[str], int | float]:
    """Return the function that reads a field of `NUMBER_FIELDS` from an argument."""

    def parse(text: str) -> int | float:
        try:
            return NUMBER_FIELDS[name].parse(text)
        except RecipeError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return parse
