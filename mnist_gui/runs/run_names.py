"""Names of runs, valid on every file system and on the command line."""

from __future__ import annotations

import re

from mnist_gui.runs.record import RunError

MAX_NAME_LENGTH = 80
_PLAIN = re.compile(r"[A-Za-z0-9 ._-]+")
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
