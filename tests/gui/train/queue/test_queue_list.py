"""The queue's list: what it says, and what its buttons, keys and the pointer ask for."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QListWidget

from mnist_gui.gui import theme
from mnist_gui.gui.train.queue.queue_list import QueueList, QueueRow

CURRENT = QueueRow(1, "Model 1 · Quick look · 3 epochs")
JOBS = [QueueRow(number % 3 + 1, f"job {number}", "Patience 3" if number == 1 else "") for number in range(3)]


@pytest.fixture
def queue(qtbot, qapp):
    """A list whose requests are granted, as by the tab."""
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


def jobs_list(queue: QueueList) -> QListWidget:
    return queue.findChild(QListWidget, "queue_jobs")


def texts(queue: QueueList) -> list[str]:
    """Return what is to be read, from top to bottom."""
    current, jobs = queue.findChild(QLabel, "queue_current"), jobs_list(queue)
    shown = [current.text()] if current.isVisible() else []
    return shown + [jobs.item(row).text() for row in range(jobs.count()) if jobs.isVisible()]


def button(queue: QueueList, name: str) -> QAbstractButton:
    return queue.findChild(QAbstractButton, name)


def select(queue: QueueList, row: int) -> QListWidget:
    jobs_list(queue).setCurrentRow(row)
    jobs_list(queue).setFocus()
    return jobs_list(queue)


def has_focus(queue: QueueList, row: int) -> bool:
    return jobs_list(queue).hasFocus() and jobs_list(queue).currentRow() == row


def test_an_empty_queue_says_how_to_fill_it(queue):
    queue.set_jobs(())
    assert texts(queue) == [] and not button(queue, "start_queue").isVisible()
    empty = queue.findChild(QLabel, "queue_empty")
    assert empty.isVisible() and empty.text().startswith("Nothing waits. Press Start")


def test_the_present_job_is_on_top_and_can_be_skipped(queue, qtbot):
    queue.set_jobs(JOBS, CURRENT, can_skip=True)
    assert texts(queue) == ["now: Model 1 · Quick look · 3 epochs", "job 0", "job 1", "job 2"]
    assert not button(queue, "start_queue").isVisible()
    with qtbot.waitSignal(queue.skip_requested):
        qtbot.mouseClick(button(queue, "skip"), Qt.MouseButton.LeftButton)
    queue.set_jobs((), CURRENT)
    assert not button(queue, "skip").isEnabled()


def test_what_waits_is_started_by_the_user(queue, qtbot):
    with qtbot.waitSignal(queue.start_requested):
        qtbot.mouseClick(button(queue, "start_queue"), Qt.MouseButton.LeftButton)


def test_buttons_move_and_remove(queue, qtbot):
    select(queue, 2)
    assert button(queue, "up").isEnabled() and not button(queue, "down").isEnabled()
    select(queue, 0)
    assert not button(queue, "up").isEnabled() and button(queue, "down").isEnabled()
    button(queue, "down").setFocus()
    qtbot.mouseClick(button(queue, "down"), Qt.MouseButton.LeftButton)
    assert texts(queue) == ["job 1", "job 0", "job 2"]
    assert button(queue, "down").hasFocus()  # one more press, one more step
    qtbot.keyClick(button(queue, "down"), Qt.Key.Key_Space)
    assert texts(queue) == ["job 1", "job 2", "job 0"]
    assert has_focus(queue, 2)  # it cannot go further
    select(queue, 0)
    qtbot.mouseClick(button(queue, "remove"), Qt.MouseButton.LeftButton)
    assert texts(queue) == ["job 2", "job 0"] and has_focus(queue, 0)
    assert button(queue, "remove").accessibleName() == "Remove from the queue: job 2"


def test_keys_move_and_remove(queue, qtbot):
    select(queue, 2)
    for _ in range(3):  # once more than it can
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert texts(queue) == ["job 2", "job 0", "job 1"] and has_focus(queue, 0)
    qtbot.keyClick(button(queue, "remove"), Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert texts(queue) == ["job 0", "job 2", "job 1"]
    select(queue, 2)
    for _ in range(3):
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete)
    assert texts(queue) == []
    queue.set_jobs((), CURRENT, can_skip=True)
    button(queue, "skip").setFocus()
    with qtbot.assertNotEmitted(queue.removed):
        qtbot.keyClick(button(queue, "skip"), Qt.Key.Key_Delete)


def test_a_row_is_dragged_to_another_place_and_back(queue, qtbot):
    QApplication.processEvents()
    jobs = jobs_list(queue)
    first, last = (jobs.visualItemRect(jobs.item(row)) for row in (0, 2))
    start, below = first.center(), last.bottomLeft() + QPoint(50, -2)
    qtbot.mousePress(jobs.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(jobs.viewport(), start + QPoint(0, 2))
    assert texts(queue) == ["job 0", "job 1", "job 2"]
    qtbot.mouseMove(jobs.viewport(), below)
    assert texts(queue) == ["job 1", "job 2", "job 0"] and has_focus(queue, 2)
    qtbot.mouseMove(jobs.viewport(), start - QPoint(0, start.y()))
    assert texts(queue) == ["job 0", "job 1", "job 2"]
    qtbot.mouseRelease(jobs.viewport(), Qt.MouseButton.LeftButton, pos=start)


def test_screen_readers_and_pointers_are_reported(queue):
    item = select(queue, 1).item(1)
    assert item.text() == "job 1" and item.toolTip() == "Patience 3"
    assert item.data(Qt.ItemDataRole.AccessibleDescriptionRole) == "Patience 3"
    assert button(queue, "remove").accessibleName() == "Remove from the queue: job 1"
    assert all(button(queue, name).height() >= 32 for name in ("up", "down", "remove"))
    assert jobs_list(queue).visualItemRect(item).height() >= 32
