"""Tool tips look alike all over the window: in the usual text, with their long lines wrapped."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QAbstractListModel, Qt
from PySide6.QtGui import QFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QAbstractItemView, QApplication, QLabel, QToolTip, QWidget

from mnist_gui.gui.compare.compare_tab import PAGES
from mnist_gui.gui.main_window import COMPARE, MainWindow
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.screenshots import SHAKY_FOUR
from tests.comparison_data import add_run, use_bar_models

LONG = "Together is the plain mean of the three runs, which each of them is told before it is calibrated. " * 2
LINE = "x" * 80  # as wide as Qt makes a long text at most: some 600 pixels


def shown_tip(widget: QWidget, text: str) -> QLabel:
    """Return the label in which Qt shows a widget's tool tip."""
    QToolTip.hideText()
    QToolTip.showText(widget.mapToGlobal(widget.rect().center()), text, widget)
    return next(label for label in QApplication.topLevelWidgets() if label.inherits("QTipLabel"))


def tips(root: QWidget) -> Iterator[tuple[QWidget, str]]:
    """Yield each widget with its tool tip, and those of the first rows of tables and lists."""
    for widget in (root, *root.findChildren(QWidget)):
        if widget.toolTip():
            yield widget, widget.toolTip()
        if isinstance(widget, QAbstractItemView) and widget.model() is not None:
            model = widget.model()
            for row in range(min(model.rowCount(), 10)):
                for column in range(1 if isinstance(model, QAbstractListModel) else model.columnCount()):
                    text = model.index(row, column).data(Qt.ItemDataRole.ToolTipRole)
                    if text:
                        yield widget, str(text)


def faults(root: QWidget) -> set[str]:
    """Return which tool tips are wide, or in another text than the usual one."""
    plain = QWidget(root)
    usual = shown_tip(plain, "usual")
    font, margins = QFont(usual.font()), usual.height() - usual.fontMetrics().height()
    found = set()
    for widget, text in tips(root):
        tip = shown_tip(widget, text)
        name = f"{type(widget).__name__} {widget.objectName()}: {text[:60]!r}"
        if (tip.font().pointSizeF(), tip.font().weight()) != (font.pointSizeF(), font.weight()):
            found.add(f"{tip.font().pointSizeF()} points of weight {tip.font().weight()}: {name}")
        if tip.width() > tip.fontMetrics().horizontalAdvance(LINE) + margins:
            found.add(f"{tip.width()} pixels wide: {name}")
        tip = shown_tip(widget, "usual")
        if tip.height() - tip.fontMetrics().height() != margins:
            found.add(f"another padding: {name}")
    QToolTip.hideText()
    return found


@pytest.fixture
def window(open_window, store, monkeypatch) -> MainWindow:
    use_bar_models(monkeypatch)
    for model in (1, 2, 3):
        store.activate(add_run(store, model, name=f"model-{model}-fake").name)
    return open_window()


def test_tool_tips_of_draw_are_small_and_wrapped(window, qtbot):
    tab = window.draw_tab
    tab.show_content(SHAKY_FOUR)
    qtbot.waitUntil(lambda: tab.frame is not None)
    tab.view.verdict_bar.set_text("4 · all three agree", LONG)
    for panel in ("why", "framing", "stress", "my_digits"):
        tab.view.panel_dock.open(panel)
        QTest.qWait(20)
    assert not faults(window)


def test_tool_tips_of_train_are_small_and_wrapped(training_window):
    for button in training_window.train_tab.findChildren(QAbstractButton):
        if button.objectName().startswith("open_") and not button.isChecked():
            button.click()
    assert not faults(training_window)


def test_tool_tips_of_compare_are_small_and_wrapped(window, qtbot):
    window.tabs.setCurrentIndex(COMPARE)
    qtbot.waitUntil(lambda: window.compare_tab.is_filled, timeout=20_000)
    for page in range(len(PAGES)):
        window.compare_tab.page_tabs.setCurrentIndex(page)
        QTest.qWait(0)
    assert not faults(window)


def test_a_long_line_is_wrapped_and_shown_as_it_is(qtbot):
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    text = f"{LONG}\nmore than 99.9 % & \"so\" 'on'"
    tip = shown_tip(widget, tool_tip(text))
    assert tip.width() < tip.fontMetrics().horizontalAdvance(LINE) < tip.fontMetrics().horizontalAdvance(LONG)
    tip.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    tip.setSelection(0, len(text))
    assert tip.selectedText().replace("\u2029", "\n") == text
    QToolTip.hideText()


def test_a_short_line_needs_no_format():
    assert tool_tip("Choose a run") == "Choose a run"
