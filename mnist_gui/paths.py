"""Where things lie: what ships with the program, the person's runs, and the cache."""

from __future__ import annotations

from pathlib import Path

import platformdirs

APP_NAME = "mnist-gui"


def resources_folder() -> Path:
    """Return the folder of shipped data, from a wheel, an editable install or a source tree.

    In a wheel it lies inside the package, in a source tree beside it.

    Raises
    ------
    FileNotFoundError
        Neither place has it: the installation is incomplete.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / "resources", package.parent / "resources"):
        if (candidate / "mnist.npz").is_file():
            return candidate
    raise FileNotFoundError(
        f"The data that ships with {APP_NAME} was looked for beside and inside {package} and is missing; "
        "install the program again."
    )


def user_runs_folder() -> Path:
    """Return the folder of the person's own runs; it need not exist yet."""
    return platformdirs.user_data_path(APP_NAME, appauthor=False) / "runs"


def user_digits_file() -> Path:
    """Return the file of the digits that the person labelled; it need not exist yet."""
    return platformdirs.user_data_path(APP_NAME, appauthor=False) / "my-digits.jsonl"


def cache_folder() -> Path:
    """Return the folder of derived arrays that may be deleted at any time; it need not exist yet."""
    return platformdirs.user_cache_path(APP_NAME, appauthor=False)


def settings_folder() -> Path:
    """Return the folder of the window's settings and of the drawing under way; it need not exist yet."""
    return platformdirs.user_config_path(APP_NAME, appauthor=False)
