from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMessageBox, QPushButton, QWidget

from mnist_gui.gui.widgets.save_dialog import save_dialog, with_suffix

FILTERS = ("Picture (*.png *.jpg)", "Drawing (*.svg)")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("a", "a.png"), ("a.svg", "a.svg"), ("a.SVG", "a.SVG"), ("v1.2", "v1.2.png"), (".svg", ".svg.png")],
)
def test_a_suffix_that_says_nothing_is_part_of_the_name(tmp_path, typed, meant):
    assert with_suffix(tmp_path / typed, FILTERS, FILTERS[0]) == tmp_path / meant


class Saving:
    """A window with the dialog, and what was saved through it."""

    def __init__(self, folder: Path) -> None:
        self.window = QWidget()
        self.window.show()
        self.folder = folder
        self.saved: list[tuple[str, str]] = []
        save_dialog(
            self.window, "Save", "suggested", FILTERS, lambda path, chosen: self.saved.append((path.name, chosen))
        )

    @property
    def dialog(self) -> QFileDialog | None:
        return next((each for each in self.window.findChildren(QFileDialog) if each.isVisible()), None)

    @property
    def question(self) -> QMessageBox | None:
        return next((each for each in self.window.findChildren(QMessageBox) if each.isVisible()), None)

    def enter(self, name: str, chosen: str = FILTERS[0]) -> None:
        self.dialog.selectNameFilter(chosen)
        self.dialog.findChild(QLineEdit, "fileNameEdit").setText(str(self.folder / name))
        self.dialog.accept()


@pytest.fixture
def saving(qtbot, tmp_path):
    saving = Saving(tmp_path)
    qtbot.addWidget(saving.window)
    return saving


def test_the_dialog_suggests_a_name_and_saves_what_was_typed(saving):
    assert saving.dialog.findChild(QLineEdit, "fileNameEdit").text() == "suggested"
    saving.enter("a.png")
    assert saving.saved == [("a.png", FILTERS[0])]
    assert saving.dialog is None


@pytest.mark.parametrize("name", ["a", "my digit v1.2"])
def test_the_suffix_of_the_selected_filter_is_added(saving, name):
    saving.enter(name, FILTERS[1])
    assert saving.saved == [(f"{name}.svg", FILTERS[1])]


@pytest.mark.parametrize("name", ["a", "my digit v1.2"])
def test_a_file_that_qt_did_not_ask_about_is_replaced_only_if_the_user_says_so(saving, name):
    (saving.folder / f"{name}.svg").touch()
    saving.enter(name, FILTERS[1])
    assert not saving.saved
    assert f"{name}.svg already exists" in saving.question.text()
    assert saving.question.defaultButton().text() != "Replace"
    saving.question.findChild(QPushButton, "replace").click()
    assert saving.saved == [(f"{name}.svg", FILTERS[1])]


def test_where_the_file_is_kept_the_dialog_opens_again(saving):
    (saving.folder / "a.svg").touch()
    saving.enter("a", FILTERS[1])
    saving.question.reject()
    assert not saving.saved
    assert saving.dialog.selectedNameFilter() == FILTERS[1]
    assert saving.dialog.selectedFiles() == [str(saving.folder / "a.svg")]
    saving.enter("b", FILTERS[1])
    assert saving.saved == [("b.svg", FILTERS[1])]


def test_cancelling_saves_nothing(saving):
    saving.dialog.reject()
    assert not saving.saved
    assert saving.dialog is None
