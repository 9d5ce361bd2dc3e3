"""Finds labelled digits in folders: pictures and drawings, and the labels that their names give."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from mnist_gui.digits.input_files import InputItem, read_input
from mnist_gui.wording import listing, plural

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".tif", ".tiff", ".webp")
DRAWING_SUFFIXES = (".json", ".jsonl")
LABELS = (
    "drawings with a label (.json, .jsonl), or pictures in folders named 0 to 9 or whose names begin with their digit"
)
MAX_PROBLEMS = 3  # described one by one; the others are counted


def labelled_items(paths: Sequence[Path]) -> Iterator[tuple[float, InputItem, int | None]]:
    """Yield the fraction done before it, an item, and its label."""
    for index, file in enumerate(paths):
        for item in read_input(str(file)):
            label = None if item.content is None else item.content.label
            if file.suffix.lower() not in DRAWING_SUFFIXES:
                label = label_of_picture(file)
            yield index / len(paths), item, label


def files_in(folder: Path) -> tuple[list[Path], list[str], list[str]]:
    """Return the pictures and drawings below a folder, sentences on folders left out, and the other files' names.

    Links are followed, and no folder is read twice, so that links cannot lead in a circle. Hidden files and folders
    belong to the system, such as macOS' "._7.png".

    Raises
    ------
    OSError
        The folder itself cannot be read.
    """
    files: list[Path] = []
    problems: list[str] = []
    others: list[str] = []
    seen: set[str] = set()

    def leave_out(error: OSError) -> None:
        if error.filename == str(folder):
            raise error
        problems.append(f"The folder {error.filename} cannot be read ({error.strerror}).")

    def is_new(path: str) -> bool:
        real = os.path.realpath(path)
        is_known = real in seen
        seen.add(real)
        return not is_known

    is_new(str(folder))
    for parent, folders, names in os.walk(folder, onerror=leave_out, followlinks=True):
        # Folders named after a class come first: a link may give a label to digits that another folder has without one.
        folders.sort(key=lambda name: (len(name) > 1, name))
        folders[:] = [name for name in folders if not name.startswith(".") and is_new(str(Path(parent, name)))]
        for path in (Path(parent, name) for name in names if not name.startswith(".")):
            if path.suffix.lower() in PICTURE_SUFFIXES + DRAWING_SUFFIXES:
                files.append(path)
            else:
                others.append(path.name)
    return sorted(files), problems, sorted(others)


def label_of_picture(path: Path) -> int | None:
    """Return the label of a picture, 0 to 9, from its path; None if the path has none.

    It is the name of the folder, if that is a single digit (``7/anything.png``), else the digit that the file name
    begins with, if no other digit follows (``7-of-anna.png``).
    """
    folder = path.parent.name
    if len(folder) == 1 and folder in "0123456789":
        return int(folder)
    first, second = path.stem[:1], path.stem[1:2]
    if first and first in "0123456789" and not second.isdigit():
        return int(first)
    return None


def source_of(item: InputItem) -> str:
    """Return where a digit came from, for the user."""
    name = Path(item.source).name
    return f"{name}, number {item.index}" if item.source.lower().endswith(".jsonl") else name


def problem_of(item: InputItem, label: int | None) -> str:
    """Return the sentence on why an item is left out; empty for a digit that can be used."""
    if item.content is None:
        return item.problem
    if label is None:
        return _missing_label(item)
    return f"{source_of(item)} is blank." if item.content.is_blank else ""


def _missing_label(item: InputItem) -> str:
    """Return the sentence on a digit without a label."""
    if item.source.lower().endswith(DRAWING_SUFFIXES):
        return f'{source_of(item)} has no label; write "label": 7 into it.'
    return f"{source_of(item)} has no label; put it into a folder named 0 to 9, or begin its name with its digit."


def first_problems(problems: list[str]) -> list[str]:
    """Return the first problems, and how many more there are."""
    more = len(problems) - MAX_PROBLEMS
    if more <= 0:
        return problems
    return [*problems[:MAX_PROBLEMS], f"{plural(more, 'more was', 'more were')} left out likewise."]


def ignored_files(names: list[str]) -> list[str]:
    """Return a sentence on files of other kinds, if there are any."""
    if not names:
        return []
    more = len(names) - MAX_PROBLEMS
    shown = listing([*names[:MAX_PROBLEMS], *([f"{more:,} more"] if more > 0 else [])])
    return [f"{plural(len(names), 'file is', 'files are')} of another kind and ignored: {shown}."]
