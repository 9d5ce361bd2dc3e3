"""Actions of a user in the Train tab, for its tests."""

from PySide6.QtCore import QDeadlineTimer, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QListWidget,
    QTableView,
    QToolButton,
)

from mnist_gui.gui.train.history.run_table_model import RunColumn
from mnist_gui.gui.train.train_tab import TrainTab
from tests.fakes import GatedTraining

WAIT = 10_000  # ms


def press(qtbot, tab: TrainTab, name: str) -> None:
    button = next(b for b in tab.findChildren(QAbstractButton, name) if b.isVisible())
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def headline(tab: TrainTab) -> str:
    return tab.findChild(QLabel, "headline").text()


def is_at(tab: TrainTab, place: str) -> bool:
    """Return whether the training is at a place such as "epoch 1 of 3 · batch 2 of 4"."""
    shown = f"{headline(tab)} · {tab.findChild(QLabel, 'details').text()}".casefold()
    return all(part.casefold() in shown for part in place.split(" · "))


def notices(tab: TrainTab) -> list[str]:
    """Return all notices, the oldest first; the newest is shown."""
    bars = tab.view.notices.notices
    assert [bar.isVisibleTo(tab) for bar in bars] == [bar is bars[-1] for bar in bars]
    return [f"{bar.mark}  {bar.sentence}" for bar in bars]


def until_ended(qtbot, tab: TrainTab) -> None:
    qtbot.waitUntil(lambda: not tab.is_training, timeout=WAIT)
    QApplication.processEvents()  # Qt shows what was added to a layout from its event loop


def open_queue(qtbot, tab: TrainTab) -> None:
    button = tab.findChild(QToolButton, "open_queue")
    if not button.isChecked():
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def rows(tab: TrainTab) -> list[str]:
    """Return what waits, as the open queue shows it."""
    jobs = tab.findChild(QListWidget, "queue_jobs")
    return [jobs.item(row).text() for row in range(jobs.count()) if jobs.isVisible()]


def begin_and_wait_at_the_gate(qtbot, tab: TrainTab, place: str = "epoch 1 of 3 · batch 2 of 4") -> None:
    press(qtbot, tab, "start")
    qtbot.waitUntil(lambda: is_at(tab, place), timeout=WAIT)


def pause_one(qtbot, make_tab) -> None:
    """Leave behind a run of model 1, paused after its first epoch."""
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    assert not tab.shut_down(QDeadlineTimer(0))
    training.gate.set()
    assert tab.shut_down()


def list_of_runs(qtbot, tab: TrainTab, name: str) -> QTableView:
    """Open the run history and select a run in it."""
    button = tab.findChild(QToolButton, "open_history")
    if not button.isChecked():
        button.click()
    table = tab.findChild(QTableView, "runs")

    def listed() -> list[str]:
        rows = [table.model().index(row, RunColumn.RUN) for row in range(table.model().rowCount())]
        return [row.data(Qt.ItemDataRole.EditRole) for row in rows]

    qtbot.waitUntil(lambda: name in listed())
    table.setCurrentIndex(table.model().index(listed().index(name), RunColumn.RUN))
    table.setFocus()
    return table


def rename(qtbot, tab: TrainTab, name: str, new_name: str) -> None:
    table = list_of_runs(qtbot, tab, name)
    qtbot.keyClick(table, Qt.Key.Key_F2)
    editor = table.findChildren(QLineEdit, "run_name")[-1]
    qtbot.keyClicks(editor, new_name)
    qtbot.keyClick(editor, Qt.Key.Key_Return)
