"""Names of runs, valid on every file system and on the command line, and their titles in the window."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from mnist_gui.runs.record import RunError

MAX_NAME_LENGTH = 80
MAX_TITLE_LENGTH = 60
MAX_TAGS, MAX_TAG_LENGTH = 20, 30
_PLAIN = re.compile(r"[A-Za-z0-9 ._-]+")
_FINE_TUNED = re.compile(r"model-[1-9]-teach-(\d{8}-\d{6})(-\d+)?")  # as `RunStore.create` names it
_CREATED = re.compile(r"((?:own|model-[1-9])-.+)-(\d{8}-\d{6})(-\d+)?")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9]) *(\..*)?", re.IGNORECASE)


def check_new_name(name: str) -> None:
    """Raise `RunError` if a name is not portable.

    Names are folders: Windows drops trailing dots and spaces and reserves the names of devices, a leading dot hides a
    folder, and a leading hyphen would be an option on the command line.
    """
    if not name.strip():
        raise RunError("A run needs a name; type at least one letter or digit.")
    if len(name) > MAX_NAME_LENGTH:
        raise RunError(f"The name has {len(name)} characters; a run's name has at most {MAX_NAME_LENGTH}.")
    if not _PLAIN.fullmatch(name):
        wrong = next(sign for sign in name if not _PLAIN.fullmatch(sign))
        raise RunError(
            f"{name!r} contains {wrong!r}; the name of a run consists of the letters A to Z, digits, spaces and . _ -"
        )
    if name[0] in ". -" or name[-1] in ". ":
        raise RunError(f"{name!r} begins with a dot, a space or a hyphen, or ends with a dot or a space; remove it.")
    if _RESERVED.fullmatch(name):
        raise RunError(f"{name!r} is the name of a device on Windows; add a letter to it.")


def check_title(title: str) -> None:
    """Raise `RunError` if a run cannot have this title, which may be empty."""
    if len(title) > MAX_TITLE_LENGTH:
        raise RunError(f"The title has {len(title)} characters; a title has at most {MAX_TITLE_LENGTH}.")
    if not title.isprintable():
        raise RunError(f"The title {title!r} contains a sign that cannot be shown; remove it.")


def check_tags(tags: Sequence[str]) -> None:
    """Raise `RunError` if a run cannot have these tags."""
    if len(tags) > MAX_TAGS:
        raise RunError(f"These are {len(tags)} tags; a run has at most {MAX_TAGS}.")
    for tag in tags:
        if not tag or len(tag) > MAX_TAG_LENGTH or not tag.isprintable() or "," in tag:
            raise RunError(f"{tag!r:.80} is no tag; a tag has 1 to {MAX_TAG_LENGTH} characters and no comma.")


def run_title(name: str, now: datetime | None = None) -> str:
    """Return what the window calls a run: its name or, of a fine-tuned one that was not renamed, when it was taught.

    Parameters
    ----------
    now
        Local time; the current one if None.

    Returns
    -------
    str
        "taught today, 21:59", or "taught 2026-11-27, 21:59" on any other day.
    """
    match = _FINE_TUNED.fullmatch(name)
    try:
        taught = datetime.strptime(match[1], "%Y%m%d-%H%M%S") if match else None
    except ValueError:  # the user chose the name
        taught = None
    if taught is None:
        return name
    day = "today" if taught.date() == (now or datetime.now()).date() else f"{taught:%Y-%m-%d}"
    return f"taught {day}, {taught:%H:%M}"


def split_time(name: str) -> tuple[str, datetime | None]:
    """Return the name that a run got when it was created without the time in it, and that; any other name and None."""
    match = _CREATED.fullmatch(name)
    try:
        return (match[1], datetime.strptime(match[2], "%Y%m%d-%H%M%S")) if match else (name, None)
    except ValueError:  # the user chose the name
        return name, None
