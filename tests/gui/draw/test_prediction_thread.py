"""The prediction thread: replies come in the window's thread, to objects that still exist."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import QObject, QThread
from shiboken6 import delete

from mnist_gui.gui.draw.prediction_thread import PredictionThread
from tests.fakes import FakePredictor

FRAMES = np.stack([np.eye(28, dtype=np.float32), np.zeros((28, 28), np.float32)])


@pytest.fixture
def thread(qtbot):
    thread = PredictionThread(lambda: FakePredictor((7, 7, 7)))
    yield thread
    thread.shut_down()


def test_a_reply_comes_in_the_window_s_thread_with_frames_and_predictions(thread, qtbot):
    replies = []
    context = QObject()
    thread.predict_frames(context, lambda: FRAMES, lambda *reply: replies.append((*reply, QThread.currentThread())))
    thread.start()
    qtbot.waitUntil(lambda: bool(replies))
    ((frames, predictions, current),) = replies
    assert frames is FRAMES
    assert (predictions[0].ensemble.digit, predictions[1]) == (7, None)
    assert current is thread.thread()


def test_the_latest_request_of_an_object_replaces_one_that_waits_and_others_keep_theirs(thread, qtbot):
    replies: list[str] = []
    first, second = QObject(), QObject()
    for context, name in ((first, "overtaken"), (second, "other"), (first, "latest")):
        thread.predict_frames(context, lambda: FRAMES, lambda _frames, _predictions, name=name: replies.append(name))
    thread.start()
    qtbot.waitUntil(lambda: len(replies) == 2)
    qtbot.wait(20)
    assert sorted(replies) == ["latest", "other"]


def test_an_object_that_was_deleted_gets_no_reply(thread, qtbot):
    replies: list[str] = []
    deleted, kept, is_made = QObject(), QObject(), threading.Event()

    def make_frames():
        is_made.set()
        return FRAMES

    thread.predict_frames(deleted, make_frames, lambda *_reply: replies.append("deleted"))
    thread.start()
    assert is_made.wait(5)
    delete(deleted)
    thread.predict_frames(kept, lambda: FRAMES, lambda *_reply: replies.append("kept"))
    qtbot.waitUntil(lambda: bool(replies))
    assert replies == ["kept"]


def test_frames_that_cannot_be_made_are_a_sentence_and_the_next_request_is_answered(thread, qtbot):
    replies: list[str] = []
    context = QObject()

    def fail():
        raise ValueError("no strokes")

    thread.predict_frames(context, fail, lambda *_reply: replies.append("failed"))
    with qtbot.waitSignal(thread.failed) as failed:
        thread.start()
    assert failed.args == ["The models cannot answer: no strokes"]
    thread.predict_frames(context, lambda: FRAMES, lambda *_reply: replies.append("next"))
    qtbot.waitUntil(lambda: replies == ["next"])


def test_a_run_that_is_replaced_later_is_told_once(qtbot):
    predictor = FakePredictor()
    thread = PredictionThread(lambda: predictor)
    told: list[tuple[str, ...]] = []
    replies: list[str] = []
    context = QObject()
    thread.loaded.connect(told.append)
    thread.start()
    try:
        qtbot.waitUntil(lambda: told == [()])
        for count, problems in enumerate((("Run mine gives no probabilities.",),) * 2, 1):
            predictor.problems = problems
            thread.predict_frames(context, lambda: FRAMES, lambda *_reply: replies.append("reply"))
            qtbot.waitUntil(lambda count=count: len(replies) == count)
        assert told == [(), ("Run mine gives no probabilities.",)]
    finally:
        thread.shut_down()
