import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit, QTextBrowser

from mnist_gui.gui.glossary_dialog import GlossaryDialog


@pytest.fixture
def dialog(qtbot):
    dialog = GlossaryDialog()
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    with qtbot.waitActive(dialog):
        dialog.open()
    return dialog


def test_words_are_found_while_the_user_types_and_esc_closes(dialog, qtbot):
    words, search = dialog.findChild(QTextBrowser), dialog.findChild(QLineEdit)
    assert "Adadelta" in words.toPlainText() and "weight" in words.toPlainText()
    assert search.hasFocus()
    qtbot.keyClicks(search, "softm")
    assert words.toPlainText().startswith("logit") and "Adadelta" not in words.toPlainText()
    qtbot.keyClicks(search, "xyz")
    assert words.toPlainText() == "No word contains this text."
    qtbot.keyClick(search, Qt.Key.Key_Escape)
    assert not dialog.isVisible()
