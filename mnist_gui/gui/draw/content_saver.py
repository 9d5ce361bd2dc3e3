"""Takes what is on the canvas out of the window: asks where to save it, saves it, copies it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui.draw.content_export import SaveError, copy_content, save_content, save_filters, save_image
from mnist_gui.gui.widgets.save_dialog import save_dialog

NOTHING = "There is nothing to {}: draw a digit first."


class ContentExporter(QObject):
    """Says what became of it.

    Parameters
    ----------
    pen_width
        Returns how wide the pen is, in the canvas' unit.
    window
        Over which a dialog opens.

    Signals
    -------
    message_shown(sentence: str)
    """

    message_shown = Signal(str)

    def __init__(self, pen_width: Callable[[], float], window: QWidget) -> None:
        super().__init__(window)
        self._pen_width = pen_width
        self._window = window

    def ask(self, content: Content) -> None:
        """Ask where to save a content, and save it there."""
        if content.is_blank:
            self.message_shown.emit(NOTHING.format("save"))
            return
        name = "digit.json" if isinstance(content, Drawing) else "digit.png"
        filters = save_filters(content)
        save_dialog(self._window, "Save the drawing", name, filters, lambda path, _: self.save(content, path))

    def save(self, content: Content, path: Path) -> None:
        """Save a content; the suffix says how."""
        self._try(path, lambda: save_content(content, path, self._pen_width()))

    def copy(self, content: Content) -> None:
        """Put a content on the clipboard."""
        if content.is_blank:
            self.message_shown.emit(NOTHING.format("copy"))
            return
        copy_content(content, self._pen_width())
        self.message_shown.emit("Copied: paste it as a picture, or here as a drawing")

    def ask_for_answer(self, picture: QImage | None) -> None:
        """Ask where to save the picture of an answer, and save it there; None stands for no answer."""
        if picture is None:
            self.message_shown.emit(NOTHING.format("save"))
            return

        def save(path: Path, _filter: str) -> None:
            self._try(path, lambda: save_image(picture, path))

        save_dialog(self._window, "Save the answer", "answer.png", ("Picture (*.png)",), save)

    def copy_answer(self, picture: QImage | None) -> None:
        """Put the picture of an answer on the clipboard; None stands for no answer."""
        if picture is None:
            self.message_shown.emit(NOTHING.format("copy"))
            return
        QGuiApplication.clipboard().setImage(picture)
        self.message_shown.emit("Copied the answer as a picture")

    def _try(self, path: Path, save: Callable[[], None]) -> None:
        try:
            save()
        except SaveError as error:
            self.message_shown.emit(str(error))
        else:
            self.message_shown.emit(f"Saved as {path.name}")
