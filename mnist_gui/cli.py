"""`mnist-gui` opens the window; its commands work without Qt and its system libraries."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from mnist_gui import __version__, commands
from mnist_gui.folders import person_runs_folder, resources_folder
from mnist_gui.models.recipes import NOTEBOOK, RECIPES
from mnist_gui.runs.record import RunError
from mnist_gui.runs.store import RunStore

DESCRIPTION = (
    "Draw a digit and see what three convolutional networks make of it; train them, watch them learn, compare them. "
    "Without a command, the window opens."
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit status.

    Parameters
    ----------
    argv
        The arguments; those of the process if left out, whose streams are then kept free of libraries' chatter.
    """
    arguments = _parser().parse_args(argv)
    console = commands.Console(sys.stdout, sys.stderr)
    if argv is None and arguments.command is not None:
        console = _quiet_console()
    console.as_json = getattr(arguments, "json", False)
    try:
        store = RunStore(getattr(arguments, "runs", None) or person_runs_folder(), resources_folder() / "runs")
        if arguments.command is None:
            return open_window(arguments, store, console)
        status: int = arguments.command(arguments, store, console)
        return status
    except (commands.UsageError, RunError) as error:
        console.complain(str(error))
        return commands.UNUSABLE
    except BrokenPipeError:
        # The reader of our pipe has gone (`| head`); nothing is left to say.
        return commands.OK
    except KeyboardInterrupt:
        return commands.PAUSED
    except Exception as error:  # a sentence, not a traceback; the kind helps whoever gets the report
        console.complain(f"{str(error) or 'Something went wrong'} ({type(error).__name__}).")
        return commands.FAILED


def open_window(arguments: argparse.Namespace, store: RunStore, console: commands.Console) -> int:
    """Open the window, or say why it cannot be opened and what works without one."""
    from mnist_gui.display import missing_display

    missing = missing_display()
    if missing:
        console.complain(f"{missing} Without a window, these work: predict, train, evaluate, screenshot (see --help).")
        return commands.FAILED
    from mnist_gui.app import run_window

    return run_window(store)


def screenshot(arguments: argparse.Namespace, store: RunStore, console: commands.Console) -> int:
    """Write one PNG per tab in both themes; needs no display."""
    from mnist_gui.display import missing_libraries

    # Drawn in memory: no display is asked for, whatever the environment names.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    missing = missing_libraries()
    if missing:
        console.complain(missing)
        return commands.FAILED
    from mnist_gui.app import write_screenshots

    try:
        for path in write_screenshots(store, arguments.folder):
            console.line(str(path))
    except OSError as error:
        raise commands.UsageError(f"{arguments.folder} cannot be written ({error.strerror or error}).") from error
    return commands.OK


def _parser() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False)
    # No default, not even by set_defaults: it would overwrite an option that was given before the command.
    common.add_argument(
        "--runs",
        type=Path,
        default=argparse.SUPPRESS,
        metavar="DIR",
        help="the folder of your runs, instead of the usual one",
    )
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="print JSON lines and nothing else")
    both = [common, as_json]

    parser = argparse.ArgumentParser(prog="mnist-gui", description=DESCRIPTION, parents=[common])
    parser.add_argument("--version", action="version", version=f"mnist-gui {__version__}")
    parser.set_defaults(command=None)
    kinds = parser.add_subparsers(title="commands", metavar="COMMAND")

    predict = kinds.add_parser("predict", parents=both, help="answer pictures and drawings")
    predict.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="a picture, a drawing .json, drawings .jsonl, or - for JSON lines on standard input",
    )
    predict.set_defaults(command=commands.predict)

    train = kinds.add_parser("train", parents=both, help="train a model")
    train.add_argument("--model", type=int, choices=(1, 2, 3), help="which of the notebook's models")
    train.add_argument("--recipe", choices=tuple(RECIPES), default=NOTEBOOK.name, help="default: notebook")
    train.add_argument("--epochs", type=int, metavar="N", help="instead of the recipe's")
    train.add_argument("--batch-size", type=int, metavar="N", help="frames a step, instead of the recipe's")
    train.add_argument("--seed", type=seed, default=0, metavar="N", help="default: 0")
    train.add_argument("--limit", type=int, metavar="N", help="train on the first N training frames only")
    train.add_argument("--activate", action="store_true", help="let the finished run answer for its model")
    train.add_argument("--resume", metavar="RUN", help="go on with a paused, stopped or interrupted run")
    train.set_defaults(command=commands.train)

    evaluate = kinds.add_parser("evaluate", parents=both, help="the notebook's closing table for every run")
    evaluate.set_defaults(command=commands.evaluate)

    pictures = kinds.add_parser("screenshot", parents=[common], help="one PNG per tab in both themes")
    pictures.add_argument("folder", type=Path, metavar="DIR", help="made if it is missing")
    pictures.set_defaults(command=screenshot)
    return parser


def seed(text: str) -> int:
    """Return a seed; argparse names this function where the text is no number."""
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 4294967295")
    return value


def _quiet_console() -> commands.Console:
    """Return a console on the real streams, and send what libraries print to nowhere.

    TensorFlow and LiteRT write to the process's descriptors from C++, so these are moved, not only sys.stdout.
    """
    # A path need not be text that can be encoded.
    out, err = (os.fdopen(os.dup(number), "w", encoding="utf-8", errors="backslashreplace") for number in (1, 2))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    return commands.Console(out, err)
