"""Brings digits from elsewhere: files, the clipboard, what is dropped, MNIST's test digits."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QPixmap

from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.digits.drawing import DrawingError, parse_drawing
from mnist_gui.digits.input_files import InputItem, read_input
from mnist_gui.digits.picture import Picture, read_picture
from mnist_gui.gui.background import TaskThread
from mnist_gui.gui.draw.content_export import DRAWING_FORMAT, png_bytes


class ContentImporter(QObject):
    """Fetches digits that do not come from the pen, in threads: files, the clipboard, drops, MNIST's test set.

    Parameters
    ----------
    load_dataset
        Returns MNIST; called once, when the first test digit is wanted.

    Signals
    -------
    content_read(content: Content, name: str)
        A digit, with some ink, and what to call it.
    message_shown(sentence: str)
        What is being done, or why it could not be.
    loading_changed(loading: bool)
        Whether MNIST is being loaded.
    """

    content_read = Signal(object, str)
    message_shown = Signal(str)
    loading_changed = Signal(bool)

    def __init__(self, load_dataset: Callable[[], Dataset], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load_dataset = load_dataset
        self._test: Split | None = None
        self._tasks: set[TaskThread] = set()

    def open_file(self, path: Path, files: int = 1) -> None:
        """Read a picture, or the first drawing of a file; the first of so many files, as the note will say."""
        self.message_shown.emit(f"Opening {path.name}…")
        self._in_background(lambda: _first(path, files), self._read)

    def read_mime_data(self, data: QMimeData, *, dropped: bool = False) -> None:
        """Read what was pasted or dropped."""
        files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        name = "Dropped picture" if dropped else "Pasted picture"
        where = "What was dropped holds" if dropped else "The clipboard holds"
        text = data.text() if data.hasText() else ""
        if data.hasFormat(DRAWING_FORMAT):  # copied in this program: strokes, and an image of them
            text = bytes(data.data(DRAWING_FORMAT).data()).decode(errors="replace")
        if files:
            self.open_file(Path(files[0]), len(files))
        elif data.hasImage() and not data.hasFormat(DRAWING_FORMAT):
            image = data.imageData()
            if isinstance(image, QPixmap):  # from this program's own process
                image = image.toImage()
            self._in_background(lambda: (name, InputItem("", 0, read_picture(png_bytes(image)))), self._read)
        elif text.lstrip().startswith("{"):
            try:
                self._read(("Drawing", InputItem("", 0, parse_drawing(text))))
            except DrawingError as error:
                self.message_shown.emit(f"{where} text that is no drawing: {error}")
        else:
            self.message_shown.emit(f"{where} {'text' if text else 'nothing'}, not a picture or a drawing.")

    def fetch_test_digit(self) -> None:
        """Choose a digit of MNIST's test set."""
        if self._test is None:
            self.loading_changed.emit(True)
            self._in_background(self._load_dataset, self._dataset_loaded)
            return
        index = random.randrange(len(self._test))
        digit = Picture.from_mnist(self._test.images[index], int(self._test.labels[index]))
        self.content_read.emit(digit, f"MNIST test digit {index}")

    def shut_down(self) -> None:
        """Wait for what is being read."""
        for task in tuple(self._tasks):
            task.shut_down()

    def _in_background(self, work: Callable[[], Any], done: Callable[[Any], None]) -> None:
        """Work in a thread, then call `done`, a method of this object, with the result here."""
        task = TaskThread(lambda _progress: work())
        task.finished_with.connect(done)
        task.failed.connect(self._task_failed)
        task.finished.connect(self._task_ended)
        self._tasks.add(task)
        task.start()

    def _read(self, found: tuple[str, InputItem]) -> None:
        name, item = found
        if item.content is None:
            self.message_shown.emit(item.problem.replace(item.source, name))
        elif item.content.is_blank:
            self.message_shown.emit(f"{name}: there is no ink in it; the canvas is as it was.")
        else:
            self.content_read.emit(item.content, name)

    def _dataset_loaded(self, dataset: Dataset) -> None:
        self._test = dataset.test
        self.loading_changed.emit(False)
        self.fetch_test_digit()

    def _task_failed(self, sentence: str) -> None:
        self.message_shown.emit(sentence)
        self.loading_changed.emit(False)

    def _task_ended(self) -> None:
        task = self.sender()
        assert isinstance(task, TaskThread)
        task.wait()  # it says so a moment before it has
        self._tasks.discard(task)


def _first(path: Path, files: int) -> tuple[str, InputItem]:
    """Return what a file holds, and what to call it: of several only the first is read."""
    items = read_input(str(path.absolute()))  # absolute: "-" would be standard input
    item = next(items)
    if files > 1:
        return f"{path.name} (the first of {files} files)", item
    return f"{path.name} (its first drawing)" if next(items, None) else path.name, item
