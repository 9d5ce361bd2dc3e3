"""The dialog through which every file is saved: it completes the name and asks before it replaces a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from mnist_gui.gui.widgets.plain_text import show_plain


def save_dialog(
    parent: QWidget,
    title: str,
    name: str,
    filters: Sequence[str],
    save: Callable[[Path, str], None],
    *,
    selected_filter: str = "",
) -> None:
    """Ask for a file name without blocking, then call `save`.

    A name that ends in none of the filters' suffixes gets the first suffix of the selected filter: "v1.2" becomes
    "v1.2.png". If this is another file than the dialog asked about and it exists, a question follows; where the user
    keeps that file, the dialog opens again.

    Parameters
    ----------
    parent
        Window or widget over which the dialog opens.
    name
        Suggested file name, in the folder that was used last, or a whole path.
    filters
        As in `QFileDialog`: "Picture (*.png *.jpg)"; "Folder (*)" adds no suffix.
    save
        Receives the path and the selected filter. Not called if the user cancels.
    selected_filter
        Initially selected; the first one by default.
    """
    # No default suffix: native dialogs add it after they have asked whether the file may be replaced.
    dialog = QFileDialog(parent, title)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setNameFilters(list(filters))
    dialog.selectNameFilter(selected_filter or filters[0])
    dialog.selectFile(name)

    def finish(typed: str) -> None:
        chosen = dialog.selectedNameFilter()
        path = with_suffix(Path(typed), filters, chosen)
        if path == Path(typed) or not path.exists():
            save(path, chosen)
            return
        question = _replace_question(parent, title, path)
        question.accepted.connect(lambda: save(path, chosen))
        question.rejected.connect(lambda: save_dialog(parent, title, str(path), filters, save, selected_filter=chosen))
        question.open()

    dialog.fileSelected.connect(finish)
    dialog.open()


def with_suffix(path: Path, filters: Sequence[str], selected_filter: str) -> Path:
    """Return the path, with the first suffix of the selected filter added if it has no suffix of any filter."""
    if path.suffix.lower() in _suffixes(" ".join(filters)):
        return path
    return path.with_name(path.name + next(iter(_suffixes(selected_filter)), ""))


def _suffixes(filters: str) -> list[str]:
    return re.findall(r"\*(\.\w+)", filters)


def _replace_question(parent: QWidget, title: str, path: Path) -> QMessageBox:
    """Return a box that is accepted if the file may be replaced."""
    text = f"{path.name} already exists. Do you want to replace it?"
    box = QMessageBox(QMessageBox.Icon.Warning, title, text, QMessageBox.StandardButton.NoButton, parent)
    show_plain(box)
    box.setObjectName("replace_question")
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    replace = box.addButton("Replace", QMessageBox.ButtonRole.AcceptRole)
    keep = box.addButton(QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    replace.setObjectName("replace")
    return box
