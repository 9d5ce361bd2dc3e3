"""The words that a window shows, and which of them are plain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtGui import QAction, QTextDocumentFragment
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QTabBar,
    QTextEdit,
    QWidget,
)

from mnist_gui.gui.glossary import WORDS
from tests.gui.cut_widgets import name_of

PLAIN_WORDS_FILE = Path(__file__).with_name("plain_words.txt")
_WORD = re.compile(r"[^\W\d_]{3,}")
_NAME = re.compile(r"\S*[/\\]\S*|\S*-\d\S*|\S+\.\w+")  # a path, a run such as "model-1-fast", a file


def words_in(text: str) -> set[str]:
    """Return the words of three letters or more, in lower case, without names of runs and files."""
    return {word.casefold() for word in _WORD.findall(_NAME.sub(" ", text).replace("&", "").replace("’s", ""))}


PLAIN_WORDS = frozenset(PLAIN_WORDS_FILE.read_text(encoding="utf-8").split())
PLAIN_WORDS |= {"fake"}  # the run of `FakePredictor`
EXPLAINED_WORDS = frozenset(word for entry in WORDS for form in (entry.term, *entry.forms) for word in words_in(form))


def unexplained(root: QWidget) -> dict[str, str]:
    """Return each word shown in a window or its menus, hidden parts too, that is neither plain nor in Help > Words.

    Returns
    -------
    dict[str, str]
        {word: the widget that shows it, and the line}.
    """
    shown = [(name_of(widget), text) for widget in (root, *root.findChildren(QWidget)) for text in _texts(widget)]
    shown += [("menu", action.text()) for action in root.findChildren(QAction)]
    found: dict[str, str] = {}
    for place, text in shown:
        for line in text.splitlines():
            for word in words_in(line) - PLAIN_WORDS - EXPLAINED_WORDS:
                found.setdefault(word, f"{place}: {line!r}")
    return found


def _texts(widget: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel):
        rich = widget.textFormat() != Qt.TextFormat.PlainText and "<" in widget.text()
        yield QTextDocumentFragment.fromHtml(widget.text()).toPlainText() if rich else widget.text()
    elif isinstance(widget, QAbstractButton):
        yield widget.text()
    elif isinstance(widget, QGroupBox):
        yield widget.title()
    elif isinstance(widget, QLineEdit):
        yield widget.placeholderText()
    elif isinstance(widget, QTextEdit):
        yield widget.toPlainText()
    elif isinstance(widget, QTabBar):
        yield from (widget.tabText(index) for index in range(widget.count()))
    elif isinstance(widget, QComboBox):
        yield from (widget.itemText(index) for index in range(widget.count()))
    elif isinstance(widget, QAbstractItemView) and widget.model() is not None:
        yield from _texts_of_items(widget)


def _texts_of_items(view: QAbstractItemView) -> Iterator[str]:
    model = view.model()
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
    for column in range(columns):
        yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")
        for row in range(min(model.rowCount(), 20)):
            yield str(model.index(row, column).data() or "")
