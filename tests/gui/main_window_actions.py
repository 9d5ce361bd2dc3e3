"""What users do in the whole window, and what it keeps."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt

from mnist_gui.gui.canvas_file import read_content


def draw(window, qtbot):
    canvas = window.draw_tab.view.canvas
    middle = canvas.rect().center()
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=middle - QPoint(0, 60))
    for step in range(-50, 70, 10):
        qtbot.mouseMove(canvas, middle + QPoint(0, step))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=middle + QPoint(0, 60))


def kept(dependencies):
    """Return the content that the file of the canvas holds; None before there is one."""
    file = dependencies.settings.folder / "canvas.json"
    return read_content(file) if file.exists() else None
