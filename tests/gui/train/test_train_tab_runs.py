"""Runs of earlier trainings and the saved queue in the Train tab, with a fake training."""

import json
import threading

import pytest
from PySide6.QtCore import QDeadlineTimer, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QLabel,
    QPushButton,
    QToolButton,
)

from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train import train_tab
from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.gui.train.history.run_table_model import RunColumn
from mnist_gui.gui.train.queue.queue_file import QUEUE_FILE, QueueFile
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.gui.widgets.two_line_table import ROW
from mnist_gui.models.recipes import FINE_TUNING, QUICK
from mnist_gui.runs.record import FINE_TUNING_DIGITS_FILE, PARENT_WEIGHTS_FILE
from tests.comparison_data import add_run
from tests.fakes import GatedTraining
from tests.gui.train.history.history_actions import table_rows
from tests.gui.train.train_tab_actions import (
    WAIT,
    begin_and_wait_at_the_gate,
    is_at,
    list_of_runs,
    notices,
    pause_one,
    press,
    rename,
    rows,
    until_ended,
)

pytestmark = pytest.mark.slow


def test_the_queue_survives_closing_and_starts_only_on_request(make_tab, qtbot, store, tmp_path):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training, settings=Settings(tmp_path))
    tab.findChild(QCheckBox, "model_3").click()
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    kept = json.loads((tmp_path / "queue.json").read_text())
    assert [job["model"] for job in kept] == [3]  # already: it may be killed
    tab.shut_down(QDeadlineTimer(0))
    training.gate.set()
    assert tab.shut_down()
    again = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert not again.is_training and again.waiting_count == 1
    assert rows(again)[0].startswith("Model 3 · Quick look · 3 epochs · ")
    press(qtbot, again, "start_queue")
    qtbot.waitUntil(lambda: "was paused" in str(notices(again)))  # still offered
    until_ended(qtbot, again)
    assert [(run.model, run.status) for run in store.runs()] == [(1, "paused"), (3, "completed")]
    assert json.loads((tmp_path / "queue.json").read_text()) == []


def test_a_paused_run_waits_its_turn_while_another_trains(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_1").click()
    tab.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, tab, "Model 2 · epoch 2")
    press(qtbot, tab, "accept")  # "Go on"
    (row,) = rows(tab)
    assert row.startswith("Model 1 · Quick look · 3 epochs · goes on after epoch 1 · ")
    training.gate.set()
    until_ended(qtbot, tab)
    assert [(run.model, run.status, run.record.epochs) for run in store.runs()] == [
        (1, "completed", 3),
        (2, "completed", 3),
    ]


def test_a_paused_run_is_offered_and_goes_on(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    (run,) = store.runs()
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    assert notices(tab) == [f"•  Model 1 was paused after 1 of 3 epochs (run {run.name})."]
    press(qtbot, tab, "accept")
    plot = tab.findChild(LossPlot)
    qtbot.waitUntil(lambda: "epoch 1" in plot.accessibleDescription(), timeout=WAIT)  # what it had learnt before
    qtbot.waitUntil(lambda: is_at(tab, "epoch 2 of 3 · batch 2 of 4"), timeout=WAIT)
    assert notices(tab) == [] and "epoch 1" in tab.findChild(LossPlot).accessibleDescription()
    training.gate.set()
    until_ended(qtbot, tab)
    (run,) = store.runs()
    assert (run.status, run.record.epochs, len(run.history())) == ("completed", 3, 3)
    assert notices(tab) == ["✓  Model 1 has finished: accuracy on held-out frames 96.2\u00a0%."]
    assert tab.findChild(QPushButton, "start").isEnabled()


def test_only_runs_that_wait_are_offered_the_newest_first(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    (first,) = store.runs()
    second = store.create(2, first.record.recipe, 0, first.record.data)
    second.commit(status="running", created="9999-01-01")  # no process holds it: interrupted
    stopped = store.create(3, first.record.recipe, 0, first.record.data)
    stopped.commit(status="stopped", created="9999-01-02")
    assert notices(make_tab(GatedTraining())) == [
        f"•  Model 2 was interrupted after 0 of 3 epochs (run {second.name}); and 1 more is waiting."
    ]


def test_a_run_that_was_killed_before_it_began_is_offered_as_interrupted(make_tab, store, tiny_dataset):
    run = store.create(1, QUICK.to_json(), 0, {"name": "bars", "checksum": tiny_dataset.checksum})
    offer = f"•  Model 1 was interrupted after 0 of 3 epochs (run {run.name})."
    with run.locked():
        assert notices(make_tab(GatedTraining())) == []  # another process is about to begin it
    assert notices(make_tab(GatedTraining())) == [offer]


def test_a_run_that_waits_in_the_kept_queue_is_not_offered_too(make_tab, qtbot, store, tmp_path):
    pause_one(qtbot, make_tab)
    (run,) = store.runs()
    queue = QueueFile(tmp_path / QUEUE_FILE)
    queue.open()
    queue.write([TrainingJob.from_run(run)])
    queue.close()
    tab = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert (tab.waiting_count, notices(tab)) == (1, [])
    tab.resume_run(run.name)
    qtbot.waitUntil(lambda: notices(tab) == [f"•  Run {run.name} trains already, or waits in the queue."])
    assert tab.waiting_count == 1
    assert not tab.is_training
    press(qtbot, tab, "start_queue")
    until_ended(qtbot, tab)
    assert [run.status for run in store.runs()] == ["completed"]


def test_the_offer_goes_once_its_run_is_taken_up_elsewhere(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    (run,) = store.runs()
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab)
    assert len(notices(tab)) == 1
    list_of_runs(qtbot, tab, run.name)
    press(qtbot, tab, "run_go")
    assert tab.waiting_count == 1
    assert notices(tab) == []
    training.gate.set()
    until_ended(qtbot, tab)


def test_a_run_at_its_end_is_not_trained_again(make_tab, qtbot, store):
    tab = make_tab(GatedTraining())
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (run,) = store.runs()
    run.commit(files={**run.record.files, "model.onnx": run.write_file("model.onnx", lambda p: p.touch())})
    tab.resume_run(run.name)
    assert not tab.is_training
    qtbot.waitUntil(lambda: "nothing left to train" in notices(tab)[-1])


def test_a_run_trained_here_may_be_renamed_and_everything_means_it_still(make_tab, qtbot, store):
    tab = make_tab(GatedTraining())
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (run,) = store.runs()
    rename(qtbot, tab, run.name, "my best")
    plot = tab.findChild(LossPlot)
    qtbot.waitUntil(lambda: "my best" in plot.accessibleDescription())
    assert run.name not in plot.accessibleDescription()
    qtbot.keyClick(list_of_runs(qtbot, tab, "my best"), Qt.Key.Key_Space)
    qtbot.wait(20)
    assert plot.accessibleDescription().count("my best") == 1, "shown once, though chosen and trained here"
    with qtbot.waitSignal(tab.use_requested) as used:
        press(qtbot, tab, "accept")
    assert used.args == ["my best"]


def test_an_offered_run_may_be_renamed(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    (run,) = store.runs()
    tab = make_tab(GatedTraining())
    rename(qtbot, tab, run.name, "half way")
    qtbot.waitUntil(lambda: notices(tab) == ["•  Model 1 was paused after 1 of 3 epochs (run half way)."])
    assert "half way" in tab.findChild(LossPlot).accessibleDescription()
    press(qtbot, tab, "accept")
    until_ended(qtbot, tab)
    assert [(run.name, run.status) for run in store.runs()] == [("half way", "completed")]


def test_a_run_trained_here_may_be_deleted(make_tab, qtbot, store):
    tab = make_tab(GatedTraining())
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    (run,) = store.runs()
    qtbot.keyClick(list_of_runs(qtbot, tab, run.name), Qt.Key.Key_Delete)
    qtbot.waitUntil(lambda: run.name not in tab.findChild(LossPlot).accessibleDescription())
    qtbot.waitUntil(lambda: notices(tab) == [f"✓  Deleted {run.name}."])  # it is no longer offered to Draw


def test_a_second_window_leaves_the_queue_alone(make_tab, qtbot, tmp_path):
    first = make_tab(GatedTraining(), settings=Settings(tmp_path))
    kept = tmp_path / "queue.json"
    first_jobs = json.dumps([TrainingJob(1, QUICK, 0).to_json()])
    kept.write_text(first_jobs)
    second = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert (first.stores_queue, second.stores_queue, second.waiting_count) == (True, False, 0)
    assert "Another window of this program has the queue" in notices(second)[0]
    press(qtbot, second, "start")
    until_ended(qtbot, second)
    assert second.shut_down()
    assert kept.read_text() == first_jobs


def test_a_second_window_takes_the_queue_over_once_the_first_has_finished_its_batch(
    make_tab, qtbot, store, tmp_path, monkeypatch
):
    monkeypatch.setattr(train_tab, "TAKE_OVER_MS", 20)
    training = GatedTraining(epoch=2, opened=False)
    first = make_tab(training, settings=Settings(tmp_path))
    first.findChild(QCheckBox, "model_3").click()
    begin_and_wait_at_the_gate(qtbot, first, "epoch 2")
    first.pause_training()  # "Pause and close" while the batch lasts
    second = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert "takes it over when that one is closed" in notices(second)[0]
    (run,) = store.runs()
    listed = second.view.history
    list_of_runs(qtbot, second, run.name)
    assert listed._runs[run.name].row.status == "training"
    training.gate.set()
    qtbot.waitUntil(lambda: not first.is_training)
    assert first.shut_down()
    qtbot.waitUntil(lambda: second.stores_queue)
    qtbot.waitUntil(lambda: bool(notices(second)))  # Qt shows what was added to a layout from its event loop
    assert notices(second) == [
        "•  The other window has been closed; this one has the queue now.",
        f"•  Model 1 was paused after 1 of 3 epochs (run {run.name}).",
    ]
    assert rows(second)[0].startswith("Model 3 · Quick look · 3 epochs · ")
    qtbot.waitUntil(lambda: listed._runs[run.name].row.status == "paused after 1")
    assert [job["model"] for job in json.loads((tmp_path / "queue.json").read_text())] == [3]


def test_what_waits_in_a_second_window_is_kept_once_it_has_the_queue(make_tab, qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(train_tab, "TAKE_OVER_MS", 20)
    first = make_tab(GatedTraining(), settings=Settings(tmp_path))
    training = GatedTraining(epoch=2, opened=False)
    second = make_tab(training, settings=Settings(tmp_path))
    second.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, second, "epoch 2")
    assert json.loads((tmp_path / "queue.json").read_text()) == []
    assert first.shut_down()
    qtbot.waitUntil(lambda: second.stores_queue)
    assert [job["model"] for job in json.loads((tmp_path / "queue.json").read_text())] == [2]
    training.gate.set()
    until_ended(qtbot, second)


def test_what_is_left_out_of_the_kept_queue_is_reported(make_tab, qtbot, tmp_path):
    (tmp_path / "queue.json").write_text(json.dumps([TrainingJob(1, QUICK, 0).to_json(), {"of": "a later version"}]))
    tab = make_tab(GatedTraining(), settings=Settings(tmp_path))
    assert tab.waiting_count == 1
    assert "1 of the 2 trainings that waited could not be read" in notices(tab)[0]


def test_closing_pauses_the_training_before_it_waits_for_an_export(make_tab, qtbot, store, tmp_path, monkeypatch):
    may_export = threading.Event()
    monkeypatch.setattr(train_tab, "export_run", lambda _run, _format, _path: may_export.wait(WAIT / 1000))
    whole = store.create(2, QUICK.to_json(), 0, {"name": "bars", "checksum": "c"})
    model = whole.write_file("model.onnx", lambda path: path.write_bytes(b"x"))
    whole.commit(status="completed", epochs=3, files={"model.onnx": model})
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    list_of_runs(qtbot, tab, whole.name)
    press(qtbot, tab, "run_export")
    dialog = tab.findChild(QFileDialog)
    dialog.selectFile(str(tmp_path / "out"))
    dialog.accept()
    exporting = f"Exporting {whole.name} to out.keras. Keras is loaded first; this takes some seconds."
    assert exporting in [notice.sentence for notice in tab.view.notices.notices]
    training.gate.set()

    def training_is_paused() -> bool:
        assert not tab.shut_down(QDeadlineTimer(50)), "the export hangs, and is not waited for without limit"
        return [run.status for run in store.runs() if run.model == 1] == ["paused"]

    qtbot.waitUntil(training_is_paused)
    may_export.set()
    assert tab.shut_down()


def test_an_offered_run_that_has_gone_is_a_sentence(make_tab, qtbot, store):
    pause_one(qtbot, make_tab)
    tab = make_tab(GatedTraining())
    store.delete(store.runs()[0].name)
    press(qtbot, tab, "accept")
    assert not tab.is_training
    qtbot.waitUntil(lambda: len(notices(tab)) == 1)
    assert notices(tab)[0].startswith("✗  There is no run")


def test_the_machine_s_pace_is_remembered(make_tab, qtbot, tmp_path):
    settings = Settings(tmp_path)
    settings.speed_factor = 3.0
    tab = make_tab(GatedTraining(), settings=settings)
    assert tab.findChild(QPushButton, "start").text() == "Start · about 6 minutes"
    press(qtbot, tab, "start")
    until_ended(qtbot, tab)
    assert settings.speed_factor is not None and 0 < settings.speed_factor < 3.0


def test_shutting_down_pauses_what_trains(make_tab, qtbot, store):
    training = GatedTraining(epoch=2, opened=False)
    tab = make_tab(training)
    tab.findChild(QCheckBox, "model_2").click()
    begin_and_wait_at_the_gate(qtbot, tab, "epoch 2")
    assert not tab.shut_down(QDeadlineTimer(50))  # still in its batch
    training.gate.set()
    assert tab.shut_down() and not tab.is_training
    assert [(run.model, run.status, run.record.epochs) for run in store.runs()] == [(1, "paused", 1)]


def test_shutting_down_while_the_data_load_leaves_no_run(make_tab, qtbot, store, tiny_dataset):
    loading, may_load = threading.Event(), threading.Event()

    def load():
        loading.set()
        may_load.wait(WAIT / 1000)
        return tiny_dataset

    tab = make_tab(GatedTraining(), load)
    press(qtbot, tab, "start")
    assert loading.wait(WAIT / 1000)
    threading.Timer(0.05, may_load.set).start()
    assert tab.shut_down()
    qtbot.wait(20)
    assert not tab.is_training and store.entries() == []


def test_the_last_run_is_shown_until_another_starts(make_tab, qtbot, store):
    first = make_tab(GatedTraining())
    first.findChild(NumberBox, "epochs").setValue(1)
    press(qtbot, first, "start")
    until_ended(qtbot, first)
    again = make_tab(GatedTraining())
    (run,) = store.runs()
    assert run.name in again.findChild(QLabel, "plot_note").text()
    assert not again.findChild(QLabel, "plot_empty").isVisible()


def test_a_job_taken_from_the_queue_can_be_put_back(make_tab, qtbot):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    for model in (1, 2, 3):
        tab.view.panel.start_requested.emit(QUICK, (model,), 0)
    qtbot.waitUntil(lambda: tab.waiting_count == 2)
    tab.view.queue_list.removed.emit(0)
    assert tab.waiting_count == 1
    # The first training begins meanwhile.
    qtbot.waitUntil(lambda: tab._queue.current_run is not None)
    assert any("Taken from the queue: Model 2 · Quick look" in notice for notice in notices(tab))
    accept = next(b for b in tab.findChildren(QPushButton, "accept") if b.isVisible())
    qtbot.mouseClick(accept, Qt.MouseButton.LeftButton)
    assert tab.waiting_count == 2
    assert [row[:7] for row in rows(tab)] == ["Model 2", "Model 3"]
    training.gate.set()


def test_a_run_that_is_being_prepared_is_training(make_tab, qtbot):
    gate = threading.Event()

    def prepare(run, dataset, *, report, control):
        gate.wait(10)  # TensorFlow is being imported; the record says "created" until then
        return run

    tab = make_tab(prepare)
    qtbot.mouseClick(tab.findChild(QToolButton, "open_history"), Qt.MouseButton.LeftButton)
    press(qtbot, tab, "start")
    qtbot.waitUntil(lambda: bool(table_rows(tab.view.history)), timeout=WAIT)
    (row,) = table_rows(tab.view.history).values()
    assert row.status == "training"
    assert row.locked
    gate.set()
    until_ended(qtbot, tab)


def test_the_history_shows_the_marks_that_runs_have_in_the_plot(qtbot, store, make_tab):
    for seed in range(2):
        add_run(store, model=1, seed=seed, name=f"run {seed}")
    tab = make_tab(GatedTraining())
    table = list_of_runs(qtbot, tab, "run 0")
    for name in ("run 1", "run 0"):
        list_of_runs(qtbot, tab, name)
        qtbot.keyClick(table, Qt.Key.Key_Space)
    rows = [table.model().index(row, RunColumn.RUN).data(ROW) for row in range(2)]
    assert {row.name: row.mark for row in rows} == {"run 1": (1, 0), "run 0": (1, 1)}


def fine_tuning_runs(store, tiny_dataset, count):
    """Runs that wait for their fine-tuning; the fake training does not read their files."""
    data = {"name": "bars", "checksum": tiny_dataset.checksum}
    files = {FINE_TUNING_DIGITS_FILE: b"digits", PARENT_WEIGHTS_FILE: b"weights"}
    return [
        store.create(1, FINE_TUNING.to_json(), 0, data, files=files, parent="model-1", trainable="dense").name
        for _ in range(count)
    ]


def test_stopping_some_runs_leaves_the_other_jobs(make_tab, qtbot, store, tiny_dataset):
    training = GatedTraining(opened=False)
    tab = make_tab(training)
    failed = []
    tab._evaluator.failed.connect(lambda name, sentence: failed.append((name, sentence)))
    first, second, kept = fine_tuning_runs(store, tiny_dataset, 3)
    for name in (first, second, kept):
        tab.resume_run(name)
    qtbot.waitUntil(lambda: bool(training.controls))
    tab.stop_runs({first, second})
    assert tab.waiting_count == 1
    assert failed == [(second, "was stopped before it was taught")]
    training.gate.set()
    until_ended(qtbot, tab)
    assert [(run.name, run.status) for run in store.runs()] == [(kept, "completed")]
    assert dict(failed)[first] == "was stopped before it was taught"


def test_a_run_can_be_stopped_while_the_digits_are_loading(make_tab, qtbot, store, tiny_dataset):
    loaded = threading.Event()
    tab = make_tab(GatedTraining(), load_dataset=lambda: loaded.wait(10) and tiny_dataset)
    first, kept = fine_tuning_runs(store, tiny_dataset, 2)
    for name in (first, kept):
        tab.resume_run(name)
    tab.stop_runs({first, "unknown"})
    loaded.set()
    until_ended(qtbot, tab)
    assert [(run.name, run.status) for run in store.runs()] == [(kept, "completed")]
