"""The data that `train` and `study` train on: MNIST, or the user's own."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnist_gui.cli.console import Console, UsageError
from mnist_gui.cli.progress import show_progress
from mnist_gui.digits.own_data import USER_DIGITS
from mnist_gui.paths import cache_folder, user_digits_file
from mnist_gui.wording import plural

if TYPE_CHECKING:
    from mnist_gui.digits.dataset import Dataset
    from mnist_gui.digits.own_data import OwnData


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Add `--data`."""
    parser.add_argument(
        "--data",
        metavar="PATH",
        help="train on your own digits: a folder of pictures in folders named 0 to 9, or whose names begin with their "
        f"digit, a file of drawings .jsonl, or {USER_DIGITS}; default: MNIST",
    )


def read_data(path: str, console: Console) -> OwnData:
    """Return the digits of a path, which are kept in the cache, and print what was left out.

    Raises
    ------
    UsageError
        They cannot be trained on.
    """
    from mnist_gui.digits.dataset import DatasetError
    from mnist_gui.digits.own_data import keep, read_folder, read_user_digits
    from mnist_gui.digits.user_digit_store import UserDigitStore

    try:
        with show_progress(console) as show:

            def progress(fraction: float) -> bool:
                return show(f"Reading {path}", fraction)

            if path == USER_DIGITS:
                data = read_user_digits(UserDigitStore(user_digits_file()), progress=progress)
            else:
                data = read_folder(Path(path), progress=progress)
        assert data is not None  # Ctrl-C raises instead
        keep(data, cache_folder())
    except DatasetError as error:
        raise UsageError(str(error)) from error
    for remark in data.remarks:
        console.print_error(remark)
    if not console.as_json:
        digits = plural(len(data.dataset.train), "digit")
        console.print_line(f"{data.dataset.name}: {digits}, {data.held_out:,} of them held out.")
    return data


def data_of(record: Mapping[str, Any], what: str, path: str | None, console: Console) -> Dataset:
    """Return the data that a run or a study was begun on.

    Parameters
    ----------
    record
        Name and checksum of the data.
    what
        The run or study, for messages.
    path
        Where the user says that the data are; None for MNIST and for what the cache has.

    Raises
    ------
    UsageError
        The data have changed, or are neither given nor in the cache.
    """
    from mnist_gui.digits.dataset import DatasetError, load_mnist
    from mnist_gui.digits.own_data import load_kept

    name, checksum = str(record["name"]), str(record["checksum"])
    if path is not None:
        dataset = read_data(path, console).dataset
        if dataset.checksum != checksum:
            raise UsageError(
                f"{what} was begun on other data ({name}) than {path} holds now; restore the digits, or start anew."
            )
        return dataset
    mnist = load_mnist()
    if mnist.checksum == checksum:
        return mnist
    try:
        return load_kept(name, checksum, cache_folder())
    except DatasetError as error:
        raise UsageError(f"{what} cannot be continued: {error}") from error
