"""What goes with training and is none: digits to preview, a recipe on the clipboard, the curves as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.gui.train_view import TrainView
from mnist_gui.gui.workers import TaskWorker
from mnist_gui.models.recipe_text import as_command, as_keras_code
from mnist_gui.models.recipes import Recipe, RecipeError

PREVIEWED = 16  # digits
PICTURES = {"PNG picture (*.png)": ".png", "SVG drawing (*.svg)": ".svg"}


class TrainAids(QObject):
    """Serves what the Train tab's parts ask for beside training.

    Signals
    -------
    told(sentence: str)
        Something was done.
    failed(sentence: str)
        It could not be done.
    """

    told = Signal(str)
    failed = Signal(str)

    def __init__(self, view: TrainView, load_dataset: Callable[[], Dataset]) -> None:
        super().__init__(view)
        self._view = view
        self._load_dataset = load_dataset
        self._loader: TaskWorker | None = None
        view.panel.digits_requested.connect(self._load_digits)
        view.panel.command_requested.connect(self._copy_command)
        view.panel.code_requested.connect(self._copy_code)
        view.plot.save_requested.connect(self._ask_where_to_save)

    def shut_down(self) -> None:
        """Wait for the digits, should they be on their way."""
        if self._loader is not None:
            self._loader.shut_down()

    # -- inside

    def _load_digits(self) -> None:
        self._loader = TaskWorker(lambda _progress: self._load_dataset().train[:PREVIEWED], self)
        self._loader.finished_with.connect(self._show_digits)
        self._loader.failed.connect(self.failed)
        self._loader.start()

    def _show_digits(self, split: Split) -> None:
        self._view.panel.set_digits(split.frames(), split.labels)

    def _copy_command(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> None:
        try:
            command = as_command(recipe, models, seed)
        except RecipeError as error:
            self.failed.emit(f"There is no such command: {error}")
            return
        QGuiApplication.clipboard().setText(command)
        self.told.emit(f"The command{'s are' if len(models) > 1 else ' is'} on the clipboard.")

    def _copy_code(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> None:
        QGuiApplication.clipboard().setText(as_keras_code(recipe, models, seed))
        self.told.emit("The Keras code is on the clipboard: a script that runs without this program.")

    def _ask_where_to_save(self) -> None:
        name, kind = QFileDialog.getSaveFileName(self._view, "Save the plot", "curves.png", ";;".join(PICTURES))
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(name + PICTURES.get(kind, ".png"))
        try:
            self._view.plot.save(path)
        except (OSError, ValueError) as error:
            self.failed.emit(str(error))
        else:
            self.told.emit(f"The plot was saved as {path}.")
