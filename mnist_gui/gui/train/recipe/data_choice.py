"""What the next trainings are trained on: MNIST, My digits, or a folder of pictures."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.digits.own_data import USER_DIGITS
from mnist_gui.gui.train.recipe.recipe_controls import choice_box
from mnist_gui.gui.widgets.form_controls import muted
from mnist_gui.gui.widgets.plain_text import PlainLabel

MNIST, MY_DIGITS, FOLDER = "mnist", "my digits", "folder"
TITLES = {MNIST: "MNIST", MY_DIGITS: "My digits", FOLDER: "A folder…"}
FOLDER_HINT = "Pictures in folders named 0 to 9, or whose names begin with their digit, such as 7-of-anna.png."


class DataChoice(QWidget):
    """Box of what can be trained on, and a line about what was chosen.

    Attributes
    ----------
    path
        What was chosen, as the command line takes it; empty for MNIST.

    Signals
    -------
    data_requested(path: Path | None)
        The user chose a folder, or My digits (None).
    mnist_requested()
        The user chose MNIST.
    """

    data_requested = Signal(object)
    mnist_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.path = ""
        self._chosen = MNIST
        self._box = choice_box("Trained on", TITLES)
        self._box.setAccessibleDescription(FOLDER_HINT)
        self._line = muted(name="trained_on_line")
        self._line.setVisible(False)
        label = PlainLabel("Trained on")
        label.setBuddy(self._box)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(label)
        row.addWidget(self._box, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addLayout(row)
        layout.addWidget(self._line)
        self._box.activated.connect(self._on_activated)

    def show_line(self, text: str) -> None:
        """Show a line about what was chosen; an empty one hides it."""
        self._line.setText(text)
        self._line.setVisible(bool(text))

    def show_mnist(self) -> None:
        """Choose MNIST, without a signal."""
        self._choose(MNIST)
        self.path = ""
        self.show_line("")

    def choose_folder(self, path: Path) -> None:
        """Choose a folder, as the dialog does."""
        self._choose(FOLDER)
        self.path = str(path)
        self.data_requested.emit(path)

    def _choose(self, key: str) -> None:
        self._chosen = key
        with QSignalBlocker(self._box):
            self._box.setCurrentIndex(list(TITLES).index(key))

    def _on_activated(self) -> None:
        key = self._box.currentData()
        if key == FOLDER:
            self._choose(self._chosen)  # until a folder is chosen
            self._open_dialog()
            return
        self._chosen = key
        self.path = "" if key == MNIST else USER_DIGITS
        if key == MNIST:
            self.show_line("")
            self.mnist_requested.emit()
        else:
            self.data_requested.emit(None)

    def _open_dialog(self) -> None:
        dialog = QFileDialog(self, "A folder of labelled pictures")
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self.choose_folder(Path(path)))
        dialog.open()
