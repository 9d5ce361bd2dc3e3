"""The queue's list: what it says, and what its buttons, keys and the pointer ask for."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.train.queue.queue_list import QueueList, QueueRow

NOW = QueueRow(1, "Model 1 · Quick look · 3 epochs")
JOBS = [QueueRow(number % 3 + 1, f"job {number}", "Patience 3" if number == 1 else "") for number in range(3)]


@pytest.fixture
def queue(qtbot, qapp):
    """A list that is told what it asks for, as the tab does."""
    theme.apply(qapp, "light")
    queue = QueueList()
    jobs = list(JOBS)

    def move(index, to):
        jobs.insert(to, jobs.pop(index))
        queue.set_jobs(jobs)

    def remove(index):
        del jobs[index]
        queue.set_jobs(jobs)

    queue.moved.connect(move)
    queue.removed.connect(remove)
    qtbot.addWidget(queue)
    queue.set_jobs(jobs)
    queue.resize(500, 300)
    queue.show()
    queue.activateWindow()
    qtbot.waitUntil(queue.isActiveWindow)
    return queue


def texts(queue: QueueList) -> list[str]:
    labels = queue.findChildren(QLabel, "queue_text")
    return [label.text() for label in labels if label.isVisible()]


def row(queue: QueueList, index: int) -> QWidget:
    return queue.findChild(QWidget, f"queue_row_{index}")


def button(queue: QueueList, name: str, index: int | None = None) -> QAbstractButton:
    return (queue if index is None else row(queue, index)).findChild(QAbstractButton, name)


def test_an_empty_queue_says_how_to_fill_it(queue):
    queue.set_jobs(())
    assert texts(queue) == [] and not button(queue, "start_queue").isVisible()
    empty = queue.findChild(QLabel, "queue_empty")
    assert empty.isVisible() and empty.text().startswith("Nothing waits. Press Start")


def test_the_present_job_is_on_top_and_can_be_skipped(queue, qtbot):
    queue.set_jobs(JOBS, NOW, can_skip=True)
    assert texts(queue) == ["now: Model 1 · Quick look · 3 epochs", "job 0", "job 1", "job 2"]
    assert not button(queue, "start_queue").isVisible()
    with qtbot.waitSignal(queue.skip_requested):
        qtbot.mouseClick(button(queue, "skip"), Qt.MouseButton.LeftButton)
    queue.set_jobs((), NOW)
    assert not button(queue, "skip").isEnabled()


def test_what_waits_is_started_by_the_person(queue, qtbot):
    with qtbot.waitSignal(queue.start_requested):
        qtbot.mouseClick(button(queue, "start_queue"), Qt.MouseButton.LeftButton)


def test_buttons_move_and_remove(queue, qtbot):
    assert not button(queue, "up", 0).isEnabled() and not button(queue, "down", 2).isEnabled()
    qtbot.mouseClick(button(queue, "down", 0), Qt.MouseButton.LeftButton)
    assert texts(queue) == ["job 1", "job 0", "job 2"]
    assert button(queue, "down", 1).hasFocus()  # one more press, one more step
    qtbot.keyClick(button(queue, "down", 1), Qt.Key.Key_Space)
    assert texts(queue) == ["job 1", "job 2", "job 0"]
    assert row(queue, 2).hasFocus()  # it cannot go further
    qtbot.mouseClick(button(queue, "remove", 0), Qt.MouseButton.LeftButton)
    assert texts(queue) == ["job 2", "job 0"] and row(queue, 0).hasFocus()


def test_keys_move_and_remove(queue, qtbot):
    row(queue, 2).setFocus()
    for _ in range(3):  # once more than it can
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert texts(queue) == ["job 2", "job 0", "job 1"] and row(queue, 0).hasFocus()
    qtbot.keyClick(button(queue, "remove", 0), Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert texts(queue) == ["job 0", "job 2", "job 1"]
    row(queue, 2).setFocus()
    for _ in range(3):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete)
    assert texts(queue) == []


def test_a_row_is_dragged_to_another_place_and_back(queue, qtbot):
    QApplication.processEvents()
    first, last = row(queue, 0), row(queue, 2)
    start, below = first.rect().center(), QPoint(50, last.y() - first.y() + last.height() - 2)
    qtbot.mousePress(first, Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(first, start + QPoint(0, 2))
    assert texts(queue) == ["job 0", "job 1", "job 2"]
    qtbot.mouseMove(first, below)
    assert texts(queue) == ["job 1", "job 2", "job 0"] and last.hasFocus()
    qtbot.mouseMove(first, start - QPoint(0, start.y()))
    assert texts(queue) == ["job 0", "job 1", "job 2"]
    qtbot.mouseRelease(first, Qt.MouseButton.LeftButton, pos=start)


def test_screen_readers_and_pointers_are_told(queue):
    assert row(queue, 1).accessibleName() == "job 1" and row(queue, 1).toolTip() == "Patience 3"
    assert button(queue, "remove", 1).accessibleName() == "Remove from the queue: job 1"
    assert all(button(queue, name, 1).height() >= 32 for name in ("up", "down", "remove"))
