"""The question before a training is repeated."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from mnist_gui.gui.widgets.plain_text import show_plain


class RepeatQuestion(QMessageBox):
    """Asks about a training with the model, recipe and seed of another one. Show it with `open`.

    Parameters
    ----------
    reason
        Sentence that names the other training.

    Signals
    -------
    another_seed_chosen()
    repeat_chosen()
        Train it again as it is.
    """

    another_seed_chosen = Signal()
    repeat_chosen = Signal()

    def __init__(self, reason: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("repeat_question")
        self.setIcon(QMessageBox.Icon.Question)
        self.setWindowTitle("Train the same again?")
        self.setText("It would be the same again. Use another seed?")
        self.setInformativeText(f"{reason} Another seed shows how much of a result is chance.")
        show_plain(self)
        another = self.addButton("Another seed", QMessageBox.ButtonRole.AcceptRole)
        again = self.addButton("Train it again", QMessageBox.ButtonRole.DestructiveRole)
        cancel = self.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(another)
        self.setEscapeButton(cancel)
        another.clicked.connect(self.another_seed_chosen)
        again.clicked.connect(self.repeat_chosen)
