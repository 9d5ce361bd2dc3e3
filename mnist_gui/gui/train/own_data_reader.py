"""Reads the digits that the user wants to train on, in a thread."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QObject

from mnist_gui.digits.own_data import OwnData, keep, read_folder, read_user_digits
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.background import FOREVER, LatestTask
from mnist_gui.gui.train.notices import ERROR, INFO, NoticeStack
from mnist_gui.gui.train.recipe.recipe_panel import RecipePanel
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training.data_split import hold_out
from mnist_gui.wording import plural


class OwnDataReader(QObject):
    """Reads what the user chose in the panel, keeps it in the cache, and shows what was left out.

    Parameters
    ----------
    panel
        The panel, whose start button waits for the digits.
    my_digits
        File of the user's digits.
    cache
        Folder of the cache.
    notices
        Where sentences about the digits are shown.

    Attributes
    ----------
    data
        The digits; None for MNIST.
    """

    def __init__(
        self, panel: RecipePanel, my_digits: Path, cache: Path, notices: NoticeStack, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.data: OwnData | None = None
        self._is_reading = False
        self._panel, self._choice = panel, panel.data_choice
        self._my_digits, self._cache, self._notices = my_digits, cache, notices
        self._task = LatestTask(self)
        self._task.progressed.connect(self._on_progressed)
        self._task.finished_with.connect(self._on_read)
        self._task.failed.connect(self._on_failed)
        self._choice.data_requested.connect(self.read)
        self._choice.mnist_requested.connect(self._use_mnist)

    @property
    def job_data(self) -> tuple[str, str, int]:
        """Name, checksum and number of the digits, for a job of the queue; empty and 0 for MNIST."""
        dataset = self.data.dataset if self.data else None
        return (dataset.name, dataset.checksum, len(dataset.train)) if dataset else ("", "", 0)

    def recipe(self, recipe: Recipe) -> Recipe:
        """Return a recipe that holds out the digits that are held out of these data."""
        return recipe if self.data is None else hold_out(recipe, self.data.held_out)

    def read(self, path: Path | None) -> None:
        """Read a folder, or My digits."""
        self._set_data(None, is_reading=True)
        self._choice.show_line("Reading…")
        self._task.start(lambda progress: self._read(path, progress))

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Stop reading; return whether it ended in time."""
        return self._task.shut_down(deadline)

    def _read(self, path: Path | None, progress: Callable[[float], bool]) -> OwnData | None:
        if path is None:
            data = read_user_digits(UserDigitStore(self._my_digits), progress=progress)
        else:
            data = read_folder(path, progress=progress)
        if data is not None:
            keep(data, self._cache)
        return data

    def _use_mnist(self) -> None:
        self._set_data(None)

    def _set_data(self, data: OwnData | None, *, is_reading: bool = False) -> None:
        self.data, self._is_reading = data, is_reading
        counts = None if data is None else (len(data.dataset.train), data.held_out)
        self._panel.set_data(counts, "The digits are being read." if is_reading else "")

    def _on_progressed(self, fraction: float) -> None:
        if self._is_reading:
            self._choice.show_line(f"Reading… {fraction:.0%}")

    def _on_read(self, data: OwnData | None) -> None:
        if data is None or not self._is_reading:  # the user chose MNIST meanwhile
            return
        self._set_data(data)
        digits = plural(len(data.dataset.train), "digit")
        self._choice.show_line(f"{data.dataset.name}: {digits}, {data.held_out:,} held out")
        if data.remarks:
            self._notices.show_notice(" ".join(data.remarks), INFO)

    def _on_failed(self, sentence: str) -> None:
        if self._is_reading:
            self._choice.show_mnist()
            self._notices.show_notice(sentence, ERROR)
            self._set_data(None)
