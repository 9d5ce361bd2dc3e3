"""A run history on a real store."""

import pytest

from mnist_gui.gui.train.history.run_history import RunHistory
from mnist_gui.gui.train.notices import NoticeStack
from mnist_gui.models.recipes import NOTEBOOK
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from tests.gui.train.history.history_actions import FakeExport, create, table_rows


@pytest.fixture
def shipped(store) -> Run:
    return create(RunStore(store.shipped, store.shipped / "none"), recipe=NOTEBOOK)


@pytest.fixture
def export() -> FakeExport:
    return FakeExport()


@pytest.fixture
def messages() -> list[tuple[str, str]]:
    return []


@pytest.fixture
def open_history(qtbot, store, export, messages):
    opened = []

    def make() -> RunHistory:
        notices = NoticeStack()
        history = RunHistory(store, export, notices)
        notices.setParent(history)
        notices.resize(800, notices.height())
        qtbot.addWidget(history)
        history.message_shown.connect(lambda *what: messages.append(what))
        history.resize(900, 400)
        history.show()
        history.activateWindow()
        qtbot.waitUntil(history.isActiveWindow)
        qtbot.waitUntil(lambda: len(table_rows(history)) == len(store.entries()))
        opened.append(history)
        return history

    yield make
    export.gate.set()
    for history in opened:
        assert history.shut_down()
