"""The file that a person means who typed a name in a dialog."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path


def chosen_file(typed: str, suffixes: Collection[str], suffix: str) -> Path:
    """Return the file as it was typed where it ends in one of the suffixes, else with one added.

    Parameters
    ----------
    typed
        What a dialog returned, which has asked whether a file of that very name may be replaced.
    suffixes
        Those that count as such, in small letters: the ".2" of "v1.2" is none.
    suffix
        The one to add.

    Raises
    ------
    FileExistsError
        With the suffix it is another file than the dialog asked about, and that is there already.
    """
    path = Path(typed)
    if path.suffix.lower() in suffixes:
        return path
    path = path.with_name(path.name + suffix)
    if path.exists():
        raise FileExistsError(f"{path} is there already; choose another name.")
    return path
