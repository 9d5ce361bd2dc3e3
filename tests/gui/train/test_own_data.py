"""Training on the user's own digits in the window."""

import pytest
from PIL import Image
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton

from mnist_gui.digits.dataset import load_mnist_test
from mnist_gui.digits.own_data import read_folder
from mnist_gui.gui.train.recipe.data_choice import MNIST, MY_DIGITS, TITLES
from tests.fakes import FakeTraining

COUNT = 60


@pytest.fixture(scope="module")
def digits():
    """Digits that look like those of MNIST, but are not."""
    test = load_mnist_test()[:COUNT]
    return [(image[:, ::-1], int(label)) for image, label in zip(test.images, test.labels, strict=True)]


@pytest.fixture
def folder(tmp_path, digits):
    root = tmp_path / "class 4b"
    root.mkdir()
    for index, (image, label) in enumerate(digits):
        Image.fromarray(image.copy()).save(root / f"{label}-{index}.png")
    return root


def choose(tab, key):
    box = tab.findChild(QComboBox, "trained_on")
    box.setCurrentIndex(list(TITLES).index(key))
    box.activated.emit(box.currentIndex())


def line(tab):
    return tab.findChild(QLabel, "trained_on_line").text()


@pytest.fixture
def tab(make_tab, qtbot, folder):
    """A Train tab that trains on the folder."""
    tab = make_tab(FakeTraining())
    tab.view.panel.data_choice.choose_folder(folder)
    assert not tab.view.panel.start_button.isEnabled(), "the digits are being read"
    qtbot.waitUntil(lambda: line(tab) == "folder class 4b: 60 digits, 12 held out", timeout=20_000)
    return tab


def test_a_model_is_trained_on_a_folder(tab, qtbot, store, folder):
    assert "48 frames, 3 epochs" in tab.findChild(QLabel, "quick_sentence").text()
    tab.view.panel.start()
    qtbot.waitUntil(lambda: bool(store.runs()) and store.runs()[0].status == "completed", timeout=20_000)
    qtbot.waitUntil(lambda: not tab.is_training)
    (run,) = store.runs()
    assert run.record.data["name"] == "folder class 4b"
    assert run.record.data["checksum"] == read_folder(folder).dataset.checksum
    assert (run.record.data["frames"], run.record.recipe["held_out"]) == (48, 12)


def test_a_run_is_trained_again_on_its_digits(tab, qtbot, store):
    tab.view.panel.start()
    qtbot.waitUntil(lambda: tab.is_training)
    qtbot.waitUntil(lambda: not tab.is_training, timeout=20_000)
    choose(tab, MNIST)
    tab.view.history.train_again_requested.emit(store.runs()[0].name, True)
    qtbot.waitUntil(lambda: len(store.runs()) == 2 and not tab.is_training, timeout=20_000)
    first, second = store.runs()
    assert first.record.data == second.record.data
    assert (first.record.seed, second.record.seed) == (0, 1)


def test_with_several_seeds_it_is_a_study_on_these_digits(tab, qtbot):
    tab.view.panel._seeds.setValue(2)
    tab.view.panel.start()
    qtbot.waitUntil(lambda: tab.is_training)
    qtbot.waitUntil(lambda: not tab.is_training, timeout=20_000)
    (name,) = tab.studies._studies.names()
    study = tab.studies._studies.get(name)
    assert study.plan.data_name == "folder class 4b"
    assert [run.record.data["frames"] for run in study.found_runs().values()] == [48, 48]


def test_the_command_names_the_folder_and_there_is_no_code(tab, folder):
    tab.findChild(QPushButton, "copy_as_command").click()
    command = QGuiApplication.clipboard().text()
    assert command.startswith("mnist-gui train --model 1 --recipe quick --data ")
    assert str(folder) in command
    assert not tab.findChild(QPushButton, "copy_as_keras_code").isEnabled()


def test_mnist_can_be_chosen_again(tab):
    choose(tab, MNIST)
    assert "6,000 frames, 3 epochs" in tab.findChild(QLabel, "quick_sentence").text()
    assert tab.view.panel.start_button.isEnabled()
    assert line(tab) == ""
    tab.findChild(QPushButton, "copy_as_command").click()
    assert "--data" not in QGuiApplication.clipboard().text()


def test_a_folder_with_one_class_is_refused_and_mnist_stays_chosen(make_tab, qtbot, folder):
    for index, path in enumerate(list(folder.iterdir())):
        path.rename(folder / f"5-of-anna-{index}.png")
    tab = make_tab(FakeTraining())
    tab.view.panel.data_choice.choose_folder(folder)
    qtbot.waitUntil(lambda: tab.view.panel.start_button.isEnabled(), timeout=20_000)
    assert tab.findChild(QComboBox, "trained_on").currentData() == MNIST
    sentence = "All 60 digits in folder class 4b are 5s; a model learns from digits that differ."
    assert any(sentence in notice.sentence for notice in tab.view.notices.notices)


def test_too_few_of_my_digits_are_refused_and_mnist_stays_chosen(make_tab, qtbot, store):
    tab = make_tab(FakeTraining(), my_digits=store.folder.parent / "my-digits.jsonl")
    choose(tab, MY_DIGITS)
    qtbot.waitUntil(lambda: tab.view.panel.start_button.isEnabled(), timeout=20_000)
    assert tab.findChild(QComboBox, "trained_on").currentData() == MNIST
    sentence = "There is no digit to train on in My digits; at least 50 are needed."
    assert any(sentence in notice.sentence for notice in tab.view.notices.notices)
