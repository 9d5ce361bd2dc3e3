"""Recipes on the clipboard, curves in a file, and digits for the preview of the augmentation."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QObject
from PySide6.QtGui import QGuiApplication

from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.gui.background import FOREVER, LatestTask
from mnist_gui.gui.train.notices import ERROR, SUCCESS
from mnist_gui.gui.train.train_layout import TrainLayout
from mnist_gui.gui.widgets.save_dialog import save_dialog
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.keras_script import as_command, as_keras_code, as_study_command
from mnist_gui.models.recipes import Recipe, RecipeError
from mnist_gui.studies.study import study_name

PREVIEW_COUNT = 16  # digits
IMAGE_FILTERS = ("PNG picture (*.png)", "SVG drawing (*.svg)")


class RecipeExporter(QObject):
    """Exports recipes and curves, loads digits for the preview, and shows notices about both.

    Parameters
    ----------
    view
        Widgets of the Train tab.
    load_dataset
        Called in a thread.
    """

    def __init__(self, view: TrainLayout, load_dataset: Callable[[], Dataset], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._view = view
        self._load_dataset = load_dataset
        self._loader = LatestTask(self)
        self._loader.finished_with.connect(self._on_digits_loaded)
        self._loader.failed.connect(self._on_loading_failed)
        view.panel.digits_requested.connect(self._load_digits)
        view.panel.command_requested.connect(self._copy_command)
        view.panel.code_requested.connect(self._copy_code)
        view.plot.save_requested.connect(self._ask_for_file)

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Wait for the digits; return whether they were loaded in time."""
        return self._loader.shut_down(deadline)

    def _load_digits(self) -> None:
        self._loader.start(lambda _progress: self._load_dataset().train[:PREVIEW_COUNT])

    def _on_loading_failed(self, reason: str) -> None:
        notice = self._view.notices.show_notice(reason, ERROR, action="Try again")
        notice.accepted.connect(self._load_digits)

    def _on_digits_loaded(self, split: Split) -> None:
        self._view.panel.set_digits(split.frames(), split.labels)

    def _copy_command(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> None:
        seeds, layers = self._view.panel.seeds, self._view.panel.layer_editor.layers
        try:
            if seeds > 1:
                command = as_study_command(study_name(recipe, models), recipe, models, seeds, layers)
            else:
                command = as_command(recipe, models, seed, layers)
        except RecipeError as error:
            self._view.notices.show_notice(f"There is no such command: {error}", ERROR)
            return
        data = self._view.panel.data_choice.path
        if data:
            quoted = f'"{data}"' if os.name == "nt" else shlex.quote(data)
            command = "\n".join(f"{line} --data {quoted}" for line in command.splitlines())
        QGuiApplication.clipboard().setText(command)
        self._view.notices.show_notice(
            f"The command{'s are' if len(models) > 1 and seeds == 1 else ' is'} on the clipboard.", SUCCESS
        )

    def _copy_code(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> None:
        own = self._view.panel.layer_editor.architecture
        architectures = [ARCHITECTURES.get(model, own) for model in models]
        QGuiApplication.clipboard().setText(as_keras_code(recipe, list(filter(None, architectures)), seed))
        sentence = "The Keras code is on the clipboard: a script that runs without this program."
        self._view.notices.show_notice(sentence, SUCCESS)

    def _ask_for_file(self) -> None:
        save_dialog(self._view.plot, "Save the plot", "curves.png", IMAGE_FILTERS, self._save_plot)

    def _save_plot(self, path: Path, _filter: str) -> None:
        try:
            self._view.plot.save(path)
        except (OSError, ValueError) as error:
            self._view.notices.show_notice(str(error), ERROR)
        else:
            self._view.notices.show_notice(f"The plot was saved as {path}.", SUCCESS)
