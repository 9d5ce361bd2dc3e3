"""Paths of the shipped resources and of the user's runs, digits, settings and cache."""

from __future__ import annotations

from pathlib import Path

import platformdirs

APP_NAME = "mnist-gui"


def resources_folder() -> Path:
    """Return the folder of shipped data: inside the package in a wheel, beside it in a source tree.

    Raises
    ------
    FileNotFoundError
        The folder is missing: the installation is incomplete.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / "resources", package.parent / "resources"):
        if (candidate / "mnist.npz").is_file():
            return candidate
    raise FileNotFoundError(
        f"The data that ships with {APP_NAME} is neither in {package} nor beside it; install the program again."
    )


def user_runs_folder() -> Path:
    """Return the folder of the user's runs; it may not exist yet."""
    return platformdirs.user_data_path(APP_NAME, appauthor=False) / "runs"


def user_studies_folder() -> Path:
    """Return the folder of the user's studies; it may not exist yet."""
    return platformdirs.user_data_path(APP_NAME, appauthor=False) / "studies"


def shipped_studies_folder() -> Path:
    """Return the folder of the studies that ship with the program; see `resources_folder`."""
    return resources_folder() / "studies"


def user_digits_file() -> Path:
    """Return the file of the digits that the user labelled; it may not exist yet."""
    return platformdirs.user_data_path(APP_NAME, appauthor=False) / "my-digits.jsonl"


def trusted_models_file() -> Path:
    """Return the list of models that this program wrote or tried here; it may not exist yet."""
    return platformdirs.user_data_path(APP_NAME, appauthor=False) / "trusted-models.txt"


def cache_folder() -> Path:
    """Return the folder of the cache, which can be deleted at any time; it may not exist yet."""
    return platformdirs.user_cache_path(APP_NAME, appauthor=False)


def temporary_folder() -> Path:
    """Return the folder of temporary files, which a user does not delete as the cache; it may not exist yet."""
    return platformdirs.user_data_path(APP_NAME, appauthor=False) / "temporary"


def settings_folder() -> Path:
    """Return the folder of the settings and of the current drawing; it may not exist yet."""
    return platformdirs.user_config_path(APP_NAME, appauthor=False)
