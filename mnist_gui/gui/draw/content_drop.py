"""Files and pictures that are dropped on the Draw tab."""

from __future__ import annotations

from typing import cast

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from mnist_gui.gui.draw.canvas.canvas import Canvas
from mnist_gui.gui.draw.content_import import ContentImporter


class ContentDrop(QObject):
    """Reads what is dropped on a widget; while something is dragged over it, the canvas shows that it may be.

    Parameters
    ----------
    target
        The widget, with the canvas somewhere in it.
    """

    def __init__(self, target: QWidget, canvas: Canvas, importer: ContentImporter) -> None:
        super().__init__(target)
        self._canvas, self._importer = canvas, importer
        target.setAcceptDrops(True)
        target.installEventFilter(self)

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kinds = QEvent.Type
        if event.type() in (kinds.DragLeave, kinds.Hide):
            self._canvas.set_drop_target(False)
        elif event.type() in (kinds.DragEnter, kinds.Drop):
            drag = cast(QDropEvent, event)  # the base of both
            is_wanted = drag.mimeData().hasUrls() or drag.mimeData().hasImage()
            self._canvas.set_drop_target(is_wanted and event.type() == kinds.DragEnter)
            if is_wanted:
                drag.acceptProposedAction()
                if event.type() == kinds.Drop:
                    self._importer.read_mime_data(drag.mimeData(), dropped=True)
                return True
        return super().eventFilter(watched, event)
