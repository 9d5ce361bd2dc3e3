"""Adding a model from a file in the window."""

import threading

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QComboBox, QMainWindow, QPushButton

from mnist_gui.gui import theme
from mnist_gui.gui.add_model_dialog import AddModelDialog
from mnist_gui.gui.model_adder import ModelAdding
from mnist_gui.models.importing.conventions import Convention
from mnist_gui.models.importing.model_import import describe_earlier
from mnist_gui.runs.record import MODEL_FILE, RunError
from tests.gui.cut_widgets import faults


class FakeAdder:
    """Adds a run at once, unless the test closes its gate."""

    def __init__(self, store) -> None:
        self.store = store
        self.gate = threading.Event()
        self.gate.set()
        self.problem = ""
        self.changes: list[Convention] = []

    def add(self, path, progress):
        while not self.gate.wait(0.01):
            if not progress(0.5):
                return None
        if self.problem:
            raise RunError(self.problem)
        imported = {
            "file": path.name, "sha256": "0" * 64, "format": "hdf5", "side": 28,
            "convention": Convention("0 to 255", is_dark_on_light=True).to_json(), "accuracy": 0.98, "frames": 1000,
        }  # fmt: skip
        return self.store.create_imported(path.stem, imported, None, {MODEL_FILE: b"x"})

    def describe_earlier(self, run):
        return describe_earlier(self.store, run)

    def change(self, run, convention, progress):
        if self.problem:
            raise RunError(self.problem)
        self.changes.append(convention)
        run.commit(imported={**run.record.imported, "convention": convention.to_json(), "accuracy": 0.4})
        return run

    def measure(self, run, progress):
        return 0.9891


@pytest.fixture
def adder(store):
    return FakeAdder(store)


@pytest.fixture
def adding(qtbot, adder):
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(400, 300)
    window.show()
    made = ModelAdding(window, adder)
    yield made
    adder.gate.set()
    made.shut_down()


def dialog(adding) -> AddModelDialog:
    return adding.parent().findChild(AddModelDialog)


def button(adding, name) -> QPushButton:
    return dialog(adding).findChild(QPushButton, name)


def drop(widget, path) -> bool:
    """Drop a file; return whether the widget takes it."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    none, left = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.LeftButton
    entered = QDragEnterEvent(QPointF(5, 5).toPoint(), Qt.DropAction.CopyAction, data, left, none)
    entered.ignore()
    QApplication.sendEvent(widget, entered)
    if not entered.isAccepted():
        return False
    QApplication.sendEvent(widget, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, left, none))
    return True


def test_a_dropped_model_says_what_it_expects_and_is_offered_as_a_card(qtbot, adding, tmp_path):
    assert drop(adding.parent(), tmp_path / "lenet.h5")
    qtbot.waitUntil(lambda: "MNIST's test digits" in dialog(adding).text)
    assert dialog(adding).text == (
        "lenet is added: it expects 0 to 255, dark on light; 98.91 % of MNIST's test digits."
    )
    with qtbot.waitSignal(adding.use_requested) as used:
        qtbot.mouseClick(button(adding, "use_added_model"), Qt.MouseButton.LeftButton)
    assert used.args == ["lenet"]


def test_a_file_that_was_added_before_is_added_again_and_said_so(qtbot, adding, adder, store, tmp_path):
    adder.add(tmp_path / "lenet.h5", lambda done: True)
    adding.add(tmp_path / "lenet.h5")
    qtbot.waitUntil(lambda: "MNIST's test digits" in dialog(adding).text)
    assert dialog(adding).text == (
        "lenet-2 is added: it expects 0 to 255, dark on light; 98.91 % of MNIST's test digits. "
        "The same file was added before, as lenet."
    )


def test_what_is_no_model_is_left_to_others(adding, tmp_path):
    assert not drop(adding.parent(), tmp_path / "seven.png")
    assert dialog(adding) is None


def test_a_file_that_cannot_be_used_says_why(qtbot, adding, adder, tmp_path):
    adder.problem = "lenet.h5 cannot be added. It has the layer Lambda, which runs code."
    adding.add(tmp_path / "lenet.h5")
    qtbot.waitUntil(lambda: dialog(adding).text == adder.problem)
    assert not button(adding, "use_added_model").isVisible()
    assert button(adding, "close_add_model").text() == "Close"


def test_it_is_cancelled_and_nothing_is_added(qtbot, adding, adder, store, tmp_path):
    adder.gate.clear()
    adding.add(tmp_path / "lenet.h5")
    assert button(adding, "close_add_model").text() == "Cancel"
    qtbot.mouseClick(button(adding, "close_add_model"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not adding._dialogs)
    assert store.runs() == []


def test_what_it_expects_is_changed(qtbot, adding, adder, tmp_path):
    adding.add(tmp_path / "lenet.h5")
    qtbot.waitUntil(lambda: "test digits" in dialog(adding).text)
    assert not button(adding, "try_convention").isEnabled()
    ink = dialog(adding).findChild(QComboBox, "convention_ink")
    assert ink.currentText() == "dark on light"
    qtbot.keyClick(ink, Qt.Key.Key_Up)
    qtbot.waitUntil(lambda: button(adding, "try_convention").isEnabled())
    qtbot.mouseClick(button(adding, "try_convention"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "light on dark" in dialog(adding).text)
    assert adder.changes == [Convention("0 to 255")]
    qtbot.waitUntil(lambda: not button(adding, "try_convention").isEnabled())
    assert "40.00 % of 1,000 training digits" in dialog(adding).text, "not of test digits: the user chooses by it"


def test_what_a_run_expects_is_shown_and_changed_later_and_back(qtbot, adding, adder, store, tmp_path):
    run = adder.add(tmp_path / "lenet.h5", lambda done: True)
    store.set_title(run.name, "My LeNet")
    adding.show_expectation(store.get(run.name))
    assert dialog(adding).windowTitle() == "What it expects"
    expected = "It expects 0 to 255, dark on light; 98.00 % of 1,000 training digits of MNIST."
    assert dialog(adding).text == expected
    assert not button(adding, "use_added_model").isVisible() and not button(adding, "try_convention").isEnabled()
    ink = dialog(adding).findChild(QComboBox, "convention_ink")
    for key, ink_text in ((Qt.Key.Key_Up, "light on dark"), (Qt.Key.Key_Down, "dark on light")):
        qtbot.keyClick(ink, key)
        with qtbot.waitSignal(adding.runs_changed):
            qtbot.mouseClick(button(adding, "try_convention"), Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda ink_text=ink_text: ink_text in dialog(adding).text)
    assert adder.changes == [Convention("0 to 255"), Convention("0 to 255", is_dark_on_light=True)]
    adder.problem = "Run lenet cannot be used so. It returns numbers that are no probabilities."
    qtbot.keyClick(ink, Qt.Key.Key_Up)
    qtbot.mouseClick(button(adding, "try_convention"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dialog(adding).text == adder.problem)
    assert ink.currentText() == "dark on light", "what it still expects"


@pytest.mark.parametrize("text_scale", [1.0, 2.0])
def test_nothing_is_cut(qtbot, adding, adder, tmp_path, text_scale):
    theme.apply(QApplication.instance(), "dark", text_scale)
    try:
        path = tmp_path / "a network with a very long name of a file.h5"
        run = adder.add(path, lambda done: True)
        adding.add(path)
        qtbot.waitUntil(lambda: "test digits" in dialog(adding).text)
        qtbot.waitUntil(lambda: faults(dialog(adding)) == [])  # it grows
        button(adding, "close_add_model").click()
        qtbot.waitUntil(lambda: not adding._dialogs)
        adding.show_expectation(run)
        qtbot.waitUntil(lambda: "training digits" in adding._dialogs[0].text)
        qtbot.waitUntil(lambda: faults(adding._dialogs[0]) == [])
    finally:
        theme.apply(QApplication.instance(), "light")


def test_it_grows_with_the_text_size(qtbot, adding, adder, tmp_path):
    adding.show_expectation(adder.add(tmp_path / "lenet.h5", lambda done: True))
    qtbot.waitUntil(lambda: faults(dialog(adding)) == [])
    height = dialog(adding).height()
    try:
        theme.apply(QApplication.instance(), "light", 2.0)
        qtbot.waitUntil(lambda: faults(dialog(adding)) == [])
        assert dialog(adding).height() > height
    finally:
        theme.apply(QApplication.instance(), "light")


def test_a_record_that_says_nothing_usable_is_a_sentence(adding, store):
    adding.show_expectation(store.create_imported("odd", {"file": "odd.h5"}, None, {MODEL_FILE: b"x"}))
    assert "does not say what it expects" in dialog(adding).text
    assert not button(adding, "try_convention").isVisible()
