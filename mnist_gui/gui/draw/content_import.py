"""Imports digits from files, the clipboard, drag and drop, and MNIST's test set."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from PySide6.QtCore import QDeadlineTimer, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import Dataset, DatasetError, Split, load_mnist_test_checksums
from mnist_gui.digits.drawing import DrawingError, parse_drawing
from mnist_gui.digits.input_files import InputItem, read_input
from mnist_gui.digits.picture import Picture, read_picture
from mnist_gui.gui.background import FOREVER, TaskThread, shut_down_all
from mnist_gui.gui.draw.content_export import DRAWING_FORMAT, png_bytes

FILE_FILTERS = (
    "Pictures and drawings (*.png *.jpg *.jpeg *.bmp *.gif *.webp *.tif *.tiff *.json *.jsonl);;All files (*)"
)


class ContentImporter(QObject):
    """Reads digits in background threads.

    Parameters
    ----------
    load_dataset
        Returns MNIST; called once, when the first test digit is requested.

    Signals
    -------
    content_read(content: Content, name: str)
        A content that is not blank, and its name.
    message_shown(message: str)
        Progress, or the reason why nothing was read.
    loading_changed(loading: bool)
        MNIST starts or stops being loaded.
    """

    content_read = Signal(object, str)
    message_shown = Signal(str)
    loading_changed = Signal(bool)

    def __init__(self, load_dataset: Callable[[], Dataset], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._load_dataset = load_dataset
        self._test: Split | None = None
        self._is_digit_wanted = False
        self._threads: set[TaskThread] = set()

    def ask_for_file(self, parent: QWidget) -> None:
        """Open a dialog, which does not block, and read the file that the user chooses."""
        dialog = QFileDialog(parent, "Open a picture or a drawing", "", FILE_FILTERS)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._on_file_selected)
        dialog.open()

    def _on_file_selected(self, path: str) -> None:
        self.open_file(Path(path))

    def paste(self) -> None:
        """Read the clipboard."""
        self.read_mime_data(QGuiApplication.clipboard().mimeData())

    def open_file(self, path: Path, file_count: int = 1) -> None:
        """Read a picture or the first drawing of a file, of which the user has chosen `file_count`."""
        self.message_shown.emit(f"Opening {path.name}…")
        self._in_background(lambda: _read_first(path, file_count), self._on_read)

    def read_mime_data(self, data: QMimeData | None, *, dropped: bool = False) -> None:
        """Read the clipboard, None where the platform has none, or dropped data."""
        data = data or QMimeData()
        paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        name = "Dropped picture" if dropped else "Pasted picture"
        source = "What was dropped holds" if dropped else "The clipboard holds"
        text = data.text() if data.hasText() else ""
        if data.hasFormat(DRAWING_FORMAT):  # copied by this program, with an image beside it
            text = bytes(data.data(DRAWING_FORMAT).data()).decode(errors="replace")
        if paths:
            self.open_file(Path(paths[0]), len(paths))
        elif data.hasImage() and not data.hasFormat(DRAWING_FORMAT):
            image = data.imageData()
            if isinstance(image, QPixmap):  # copied by this process
                image = image.toImage()
            self._in_background(lambda: (name, InputItem("", 0, read_picture(png_bytes(image)))), self._on_read)
        elif text.lstrip().startswith("{"):
            try:
                self._on_read(("Drawing", InputItem("", 0, parse_drawing(text))))
            except DrawingError as error:
                self.message_shown.emit(f"{source} text that is no drawing: {error}")
        else:
            self.message_shown.emit(f"{source} {'text' if text else 'nothing'}, not a picture or a drawing.")

    def fetch_test_digit(self) -> None:
        """Choose a random digit of MNIST's test set."""
        if self._test is None:
            self._is_digit_wanted = True
            self.loading_changed.emit(True)
            self._in_background(self._load_dataset, self._on_dataset_loaded)
            return
        index = random.randrange(len(self._test))
        digit = Picture.from_mnist(self._test.images[index], int(self._test.labels[index]))
        self.content_read.emit(digit, f"MNIST test digit {index}")

    def cancel_test_digit(self) -> None:
        """Choose no digit once the test set is loaded: the user draws."""
        self._is_digit_wanted = False

    def prepare_labelling(self, content: Content) -> None:
        """Load checksums of test digits in a thread, so that the first label of a picture does not wait for them."""
        if isinstance(content, Picture):
            self._in_background(_load_checksums, self._on_checksums_loaded)

    def _on_checksums_loaded(self, _result: object) -> None:
        """Do nothing: the checksums are cached."""

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Wait until nothing is being read; return whether that was in time."""
        return shut_down_all(tuple(self._threads), deadline)

    def _in_background(self, task: Callable[[], Any], slot: Callable[[Any], None]) -> None:
        """Run a task in a thread, and pass its result to a method of this object."""
        thread = TaskThread(lambda _progress: task())
        thread.finished_with.connect(slot)
        thread.failed.connect(self._on_failed)
        thread.finished.connect(self._on_thread_finished)
        self._threads.add(thread)
        thread.start()

    def _on_read(self, named_item: tuple[str, InputItem]) -> None:
        name, item = named_item
        if item.content is None:
            self.message_shown.emit(item.problem.replace(item.source, name))
        elif item.content.is_blank:
            self.message_shown.emit(f"{name}: there is no ink in it; the canvas is as it was.")
        else:
            self.content_read.emit(item.content, name)

    def _on_dataset_loaded(self, dataset: Dataset) -> None:
        self._test = dataset.test
        self.loading_changed.emit(False)
        if self._is_digit_wanted:
            self.fetch_test_digit()

    def _on_failed(self, message: str) -> None:
        self.message_shown.emit(message)
        self.loading_changed.emit(False)

    def _on_thread_finished(self) -> None:
        thread = self.sender()
        assert isinstance(thread, TaskThread)
        thread.wait()  # the signal is emitted shortly before the end
        self._threads.discard(thread)


def _load_checksums() -> None:
    with suppress(DatasetError):  # reported when a picture is labelled
        load_mnist_test_checksums()


def _read_first(path: Path, file_count: int) -> tuple[str, InputItem]:
    """Return the name and the first item of a file."""
    items = read_input(str(path.absolute()))  # "-" would be standard input
    item = next(items)
    if file_count > 1:
        return f"{path.name} (the first of {file_count} files)", item
    return f"{path.name} (its first drawing)" if next(items, None) else path.name, item
