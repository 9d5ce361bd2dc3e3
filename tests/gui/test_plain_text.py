"""Texts of any origin are shown as they are, everywhere in the window."""

import json
import unicodedata
from dataclasses import replace

import pytest
from PySide6.QtCore import QAbstractListModel, QMargins, Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QInputDialog,
    QLabel,
    QMenu,
    QMessageBox,
    QToolTip,
    QWidget,
)

from mnist_gui.app import _show_exception
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui import theme
from mnist_gui.gui.compare.compare_tab import PAGES
from mnist_gui.gui.main_window import COMPARE, TRAIN
from mnist_gui.gui.train.history.run_table_model import RunColumn
from mnist_gui.gui.train.history.run_table_view import RunTableView
from mnist_gui.gui.train.repeat_question import RepeatQuestion
from mnist_gui.gui.widgets.plain_text import PlainLabel, html_text, menu_text, tool_tip
from mnist_gui.gui.widgets.save_dialog import _replace_question
from mnist_gui.screenshots import SHAKY_FOUR
from tests.comparison_data import add_run, use_bar_models

HTML = "<b>x<img src='hostname'>"  # no slash: it is the name of a file, too
TEXTS = {
    "html": HTML,
    "breaks": "a\nb\tc",
    "escape": "\x1b[31mred",
    "right-to-left": "\u202eevil",
    "surrogate": "\udcffbyte",
}
ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
)


def is_safe(text: str) -> bool:
    """Return whether a text holds nothing but line feeds that a window would obey instead of show."""
    kinds = {"Cc", "Cs"}
    marks = {"RLO", "LRO", "RLE", "LRE", "PDF", "RLI", "LRI", "FSI", "PDI"}
    return all(
        letter == "\n" or (unicodedata.category(letter) not in kinds and unicodedata.bidirectional(letter) not in marks)
        for letter in text
    )


def is_plain(text: str) -> bool:
    """Return whether no tag of a stranger is in a tool tip, whose format Qt guesses."""
    return "<img" not in text


def faults_of_widget(widget: QWidget) -> list[str]:
    """Return what a widget shows other than as plain text."""
    shown = [widget.toolTip(), widget.accessibleName(), widget.accessibleDescription(), widget.windowTitle()]
    faults = [] if is_plain(widget.toolTip()) else [f"tool tip {widget.toolTip()!r}"]
    if isinstance(widget, QLabel):
        shown.append(widget.text())
        if widget.textFormat() == Qt.TextFormat.AutoText:
            faults.append(f"guesses the format of {widget.text()!r}")
        if widget.textFormat() == Qt.TextFormat.RichText and HTML in widget.text():
            faults.append(f"HTML {widget.text()!r}")
    elif hasattr(widget, "text") and callable(widget.text):
        shown.append(widget.text())
    if isinstance(widget, QComboBox):
        shown += [widget.itemText(index) for index in range(widget.count())]
    if isinstance(widget, QAbstractItemView) and widget.model() is not None:
        model = widget.model()
        columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount()
        for row in range(min(model.rowCount(), 50)):
            for column in range(columns):
                texts = [model.index(row, column).data(role) for role in ROLES]
                shown += [text for text in texts if isinstance(text, str)]
                if isinstance(texts[1], str) and not is_plain(texts[1]):
                    faults.append(f"tool tip {texts[1]!r}")
    faults += [f"shows {text!r}" for text in shown if isinstance(text, str) and not is_safe(text)]
    return [f"{type(widget).__name__} {widget.objectName()}: {fault}" for fault in faults]


def assert_plain(*roots: QWidget) -> None:
    """Fail if anything in these windows is shown other than as plain text."""
    faults = []
    for root in roots:
        for widget in (root, *root.findChildren(QWidget)):
            if not widget.objectName().startswith("qt_spinbox"):
                faults += faults_of_widget(widget)
        for action in root.findChildren(QAction):
            is_hint_shown = not isinstance(action.parent(), QMenu) or action.parent().toolTipsVisible()
            if not is_safe(action.text()) or (is_hint_shown and not is_plain(action.toolTip())):
                faults.append(f"action {action.text()!r}: {action.toolTip()!r}")
    assert not faults, "\n".join(faults)


def shows(root: QWidget, text: str) -> bool:
    """Return whether a label shows this text."""
    return any(text in label.text() for label in root.findChildren(QLabel) if not label.isHidden())


def hostile_name(kind: str) -> str:
    """Return a name of a folder that has such a text, as far as file systems allow it."""
    return f"model-1-{TEXTS[kind]}"


@pytest.fixture
def named_run(store, monkeypatch):
    """A function that adds a run with a name and a note; skips the test where no folder can have such a name."""
    use_bar_models(monkeypatch)

    def add(name: str, note: str, model: int = 1):
        run = add_run(store, model, seed=model, note=note)
        try:
            run.folder.rename(store.folder / name)
        except (OSError, ValueError, UnicodeError):
            pytest.skip("no folder can have this name here")
        store.activate(name)

    return add


@pytest.mark.slow
@pytest.mark.parametrize("kind", TEXTS)
def test_the_window_shows_names_and_notes_as_they_are(kind, named_run, open_window, tmp_path, qtbot):
    text = TEXTS[kind]
    note = text if kind != "surrogate" else "note"  # records refuse them
    named_run(hostile_name(kind), note)
    named_run("plain", note, model=2)
    digits = tmp_path / "my.jsonl"
    digit = UserDigitStore(digits).add(replace(SHAKY_FOUR, label=4))
    digits.write_text(digits.read_text().replace(json.dumps(digit.id), json.dumps(f"4-{text}")))
    window = open_window()
    # A digit, then a file that cannot be read: its name is in the message.
    draw = window.draw_tab
    draw.show_content(SHAKY_FOUR, f"7{text}.png")
    qtbot.waitUntil(lambda: draw.frame is not None)
    assert_plain(window)
    draw.view.panel_dock.open("my_digits")
    draw.open_file(tmp_path / f"7{text}.png")
    qtbot.waitUntil(lambda: shows(draw, ".png"))
    assert_plain(window)
    draw.view.cards[1].run_button.click()
    menus = [widget for widget in QApplication.topLevelWidgets() if isinstance(widget, QMenu) and widget.isVisible()]
    assert menus
    assert_plain(*menus)
    menus[0].close()

    window.tabs.setCurrentIndex(TRAIN)
    train = window.train_tab
    train.findChild(QAbstractButton, "open_history").click()
    table = train.view.history.findChild(RunTableView)
    qtbot.waitUntil(lambda: table.model().rowCount() == 2)
    train.view.notices.show_notice(f"Run {text} has failed: {text}", "!")
    for row in range(2):
        table.setCurrentIndex(table.model().index(row, RunColumn.RUN))
    assert_plain(window)
    next(action for action in table.actions() if action.text().startswith("Note")).trigger()
    dialog = window.findChild(QInputDialog)
    assert dialog is not None
    assert all(label.textFormat() != Qt.TextFormat.AutoText for label in dialog.findChildren(QLabel))
    dialog.close()

    window.tabs.setCurrentIndex(COMPARE)
    compare = window.compare_tab
    qtbot.waitUntil(lambda: compare.is_filled, timeout=20_000)
    for page in range(len(PAGES)):
        compare.page_tabs.setCurrentIndex(page)
        QTest.qWait(0)
        assert_plain(window)
    compare.toolbar.evaluate_on(tmp_path / f"7{text}.png")
    qtbot.waitUntil(lambda: not compare._job.is_busy, timeout=20_000)
    assert_plain(window)


@pytest.mark.parametrize("kind", TEXTS)
def test_message_boxes_show_plain_text(kind, qtbot, tmp_path):
    parent = QWidget()
    qtbot.addWidget(parent)
    text = TEXTS[kind]
    parent.has_ended = False
    _show_exception(parent, ValueError, ValueError(text), None)
    boxes = [
        RepeatQuestion(f"Run {text} has the same seed.", parent),
        _replace_question(parent, "Save", tmp_path / text),
        parent.findChild(QMessageBox, "exception"),
    ]
    for box in boxes:
        labels = [label for label in box.findChildren(QLabel) if label.text()]
        assert labels
        assert all(label.textFormat() == Qt.TextFormat.PlainText and is_safe(label.text()) for label in labels)
        box.close()


@pytest.mark.parametrize("kind", TEXTS)
def test_tool_tips_show_a_text_as_it_is(kind, qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    QToolTip.showText(widget.mapToGlobal(widget.rect().center()), tool_tip(TEXTS[kind]), widget)
    tip = next(label for label in QApplication.topLevelWidgets() if label.inherits("QTipLabel"))
    tip.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    assert is_safe(tip.text())
    if kind == "html":
        tip.setSelection(0, len(HTML))
        assert tip.selectedText() == HTML
    QToolTip.hideText()


@pytest.mark.parametrize("kind", TEXTS)
def test_labels_menus_and_html_show_a_text_as_it_is(kind, qtbot):
    label = PlainLabel()
    qtbot.addWidget(label)
    label.setText(TEXTS[kind])
    assert label.textFormat() == Qt.TextFormat.PlainText
    assert is_safe(label.text())
    assert is_safe(menu_text(TEXTS[kind]))
    assert "<" not in html_text(TEXTS[kind])
    assert "\n" not in menu_text(TEXTS[kind])


def test_a_menu_entry_has_no_key_of_its_name(qtbot):
    assert menu_text("a&b") == "a&&b"


def test_a_label_keeps_its_margins_with_another_theme_or_text_size(qtbot, qapp):
    label = PlainLabel("A model is training")
    qtbot.addWidget(label)
    theme.apply(qapp, "light")
    label.set_margins(1, 2, 16, 3)
    label.show()
    for choice, scale in (("light", 1.5), ("dark", 1.5), ("light", 1.0)):
        theme.apply(qapp, choice, scale)
        qtbot.wait(1)
        assert label.contentsMargins() == QMargins(1, 2, 16, 3)
