"""What goes with training and is none: digits to preview, a recipe on the clipboard, the curves as a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.gui.background import TaskThread
from mnist_gui.gui.train.notice_bar import DONE, WRONG
from mnist_gui.gui.train.train_layout import TrainLayout
from mnist_gui.gui.widgets.save_dialog import save_dialog
from mnist_gui.models.keras_script import as_command, as_keras_code
from mnist_gui.models.recipes import Recipe, RecipeError

PREVIEWED = 16  # digits
PICTURES = ("PNG picture (*.png)", "SVG drawing (*.svg)")


class RecipeExporter(QObject):
    """Serves what the Train tab's parts ask for beside training, and tells what became of it.

    Parameters
    ----------
    view
        Whose parts ask, and where it is told.
    load_dataset
        Called in a thread.
    """

    def __init__(self, view: TrainLayout, load_dataset: Callable[[], Dataset]) -> None:
        super().__init__(view)
        self._view = view
        self._load_dataset = load_dataset
        self._loader: TaskThread | None = None
        view.panel.digits_requested.connect(self._load_digits)
        view.panel.command_requested.connect(self._copy_command)
        view.panel.code_requested.connect(self._copy_code)
        view.plot.save_requested.connect(self._ask_where_to_save)

    def shut_down(self, seconds: float) -> bool:
        """Wait for the digits, should they be on their way; return whether they came in time."""
        return self._loader is None or self._loader.wait(round(1000 * seconds))

    # -- inside

    def _load_digits(self) -> None:
        self._loader = TaskThread(lambda _progress: self._load_dataset().train[:PREVIEWED], self)
        self._loader.finished_with.connect(self._show_digits)
        self._loader.failed.connect(self._offer_to_load_again)
        self._loader.start()

    def _offer_to_load_again(self, why: str) -> None:
        self._view.tell(why, WRONG, action="Try again").accepted.connect(self._load_digits)

    def _show_digits(self, split: Split) -> None:
        self._view.panel.set_digits(split.frames(), split.labels)

    def _copy_command(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> None:
        try:
            command = as_command(recipe, models, seed)
        except RecipeError as error:
            self._view.tell(f"There is no such command: {error}", WRONG)
            return
        QGuiApplication.clipboard().setText(command)
        self._view.tell(f"The command{'s are' if len(models) > 1 else ' is'} on the clipboard.", DONE)

    def _copy_code(self, recipe: Recipe, models: tuple[int, ...], seed: int) -> None:
        QGuiApplication.clipboard().setText(as_keras_code(recipe, models, seed))
        self._view.tell("The Keras code is on the clipboard: a script that runs without this program.", DONE)

    def _ask_where_to_save(self) -> None:
        save_dialog(self._view, "Save the plot", "curves.png", PICTURES, self._save_plot)

    def _save_plot(self, path: Path, _filter: str) -> None:
        try:
            self._view.plot.save(path)
        except (OSError, ValueError) as error:
            self._view.tell(str(error), WRONG)
        else:
            self._view.tell(f"The plot was saved as {path}.", DONE)
