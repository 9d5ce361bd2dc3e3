"""The commands train and export in this process, with fake trainings and real runs."""

import errno
import io
import json
import os
import re
import shlex
import signal
import sys

import numpy as np
import pytest

from mnist_gui.cli import main
from mnist_gui.cli.console import FAILED, OK, PAUSED, UNUSABLE, Console
from mnist_gui.cli.progress import show_progress
from mnist_gui.cli.training_output import event_printer
from mnist_gui.models.layer_chain import own_chain
from mnist_gui.models.recipes import FAST, NOTEBOOK, QUICK
from mnist_gui.models.training.training_events import BatchEnded, EpochEnded, TrainingStarted
from mnist_gui.runs.store import RunStore
from tests.fakes import FakeTraining

SHIPPED = main.resources_folder() / "runs"
CHECKSUM = json.loads(next(SHIPPED.glob("*/run.json")).read_text())["data"]["checksum"]


class FullDisk(io.StringIO):
    """A file that takes no more once it received the text `full_at`."""

    def __init__(self, full_at):
        super().__init__()
        self.full_at = full_at

    def write(self, text):
        if self.full_at in self.getvalue():
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(text)


class Terminal(io.StringIO):
    """A stream that is a terminal; it is closed once it received the text `gone_at`."""

    def __init__(self, gone_at=None):
        super().__init__()
        self.gone_at = gone_at

    def isatty(self):
        return True

    def write(self, text):
        if self.gone_at and self.gone_at in self.getvalue():
            raise OSError(5, "Input/output error")
        return super().write(text)


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "my runs"


@pytest.fixture
def call(runs, monkeypatch):
    """Return a function that runs the program on the runs of this test."""

    def run_program(*arguments, out=None):
        out, err = out or io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        status = main.main(["--runs", str(runs), *map(str, arguments)])
        return status, out.getvalue(), err.getvalue()

    return run_program


@pytest.fixture
def trains(monkeypatch, tiny_dataset):
    """Return a function that replaces the training, for example by a fake."""

    def put(train):
        monkeypatch.setattr("mnist_gui.models.training.trainer.train", train)

    monkeypatch.setattr("mnist_gui.digits.dataset.load_mnist", lambda: tiny_dataset)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    put(FakeTraining())
    return put


def fake_that(kind, act):
    """Return a fake training that calls a function after each event of a type."""

    def train(run, dataset, *, report, control):
        def record(event):
            report(event)
            if isinstance(event, kind):
                act()

        return FakeTraining()(run, dataset, report=record, control=control)

    return train


def only_run(runs):
    (run,) = RunStore(runs, runs / "none").runs()
    return run


@pytest.fixture
def shipped():
    return sorted(path.name for path in SHIPPED.iterdir() if path.is_dir())[0]


# -- train


def test_options_change_the_named_recipe(call, trains, runs):
    status, *_ = call(
        "train", "--model", 2, "--recipe", "fast", "--epochs", 1, "--optimizer", "sgd", "--augmentation", 0.5,
        "--held-out", 100, "--patience", 3, "--schedule", "constant", "--limit", 200, "--seed", 9,
    )  # fmt: skip
    assert status == OK
    run = only_run(runs)
    expected = FAST.with_changes(
        epochs=1, optimizer="sgd", augmentation=0.5, held_out=100, patience=3, schedule="constant", frames=200
    )
    assert (run.model, run.record.seed, run.record.recipe) == (2, 9, expected.to_json())
    assert run.record.recipe["learning_rate"] == 0.05, "what is usual for SGD"


def test_layers_of_ones_own_are_trained(call, trains, runs):
    layers = "conv 3 4, pool 2, norm, dense 16"
    status, shown, complaint = call("train", "--layers", layers, "--recipe", "quick", "--json")
    assert (status, complaint) == (OK, "")
    assert {event["model"] for event in map(json.loads, shown.splitlines()) if "model" in event} == {None}
    run = only_run(runs)
    assert (run.name[:10], run.record.model, own_chain(run)) == ("own-quick-", None, layers)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--layers", "conv 3 4, poll 2"), "--layers: Layer 2 is “poll 2”; expected one of conv SIDE FILTERS"),
        (("--layers", "dense 4, pool 2"), "--layers: Layer 2, “pool 2”, stands after “dense 4”"),
        (("--layers", ""), "--layers: There are no layers"),
        ((), "Give the model to train with --model 1, 2 or 3, your own with --layers"),
        (("--layers", "dense 4", "--resume", "run"), "--resume uses the model"),
    ],
)
def test_layers_that_cannot_be_trained_are_refused(call, trains, runs, options, words):
    status, _, complaint = call("train", *options)
    assert status == UNUSABLE
    assert words in complaint
    assert not runs.exists()


def test_a_model_and_layers_exclude_each_other(call):
    with pytest.raises(SystemExit):
        call("train", "--model", 1, "--layers", "dense 4")


def test_help_gives_each_recipes_default(capsys):
    with pytest.raises(SystemExit):
        main.main(["train", "--help"])
    words = " ".join(capsys.readouterr().out.split())
    for recipe in (QUICK, FAST, NOTEBOOK):
        assert f"{recipe.name} {recipe.optimizer}" in words
        assert f"{recipe.name} {recipe.held_out}" in words


def test_a_pipe_gets_plain_lines_and_a_terminal_the_same_above_a_bar(call, trains):
    arguments = ("train", "--model", 1, "--recipe", "quick", "--held-out", 100, "--epochs", 2)
    status, plain, complaints = call(*arguments)
    assert (status, complaints) == (OK, "")
    lines = plain.splitlines()
    assert "\x1b" not in plain
    assert [line.split(":")[0] for line in lines if line.startswith("Epoch")] == ["Epoch 1 of 2", "Epoch 2 of 2"]

    status, shown, complaints = call(*arguments, out=Terminal())
    assert (status, complaints) == (OK, "")
    for line in lines[2:-1]:
        assert line in shown
    assert re.search(r"Epoch 2 of 2  batch .*loss 0\.\d{4}  accuracy .*%  \d+:\d\d left", shown)
    assert shown.rstrip().splitlines()[-1].endswith("completed after 2 epochs.")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1, "the cursor comes back"

    status, messages, _ = call(*arguments, "--json", out=Terminal())
    assert {json.loads(line)["event"] for line in messages.splitlines()} >= {"batch_ended", "epoch_ended"}


def test_the_bar_says_from_the_first_batch_how_long_it_will_take(trains):
    terminal = Terminal()
    with event_printer(Console(terminal, io.StringIO())) as show:
        show(TrainingStarted("run", 1, 2, 0, 1, 60_000, "test", 0))
        show(BatchEnded("run", 1, 1, 2.0, 0.5, 2.0, 400.0))
    assert re.search(r"Epoch 1 of 2  batch 1 of 1 .*loss 2\.0000  accuracy 50\.00%  \d:\d\d left", terminal.getvalue())


def test_what_libraries_print_does_not_reach_the_terminal_through_the_bar(trains, monkeypatch):
    terminal, silenced = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", silenced)
    monkeypatch.setattr(sys, "stderr", silenced)
    with event_printer(Console(terminal, io.StringIO())) as show:
        show(TrainingStarted("run", 1, 2, 0, 10, 1280, "test", 60))
        print("chatter")
        print("a warning", file=sys.stderr)
        show(BatchEnded("run", 1, 1, 2.0, 0.5, 2.0, 1.0))
    assert "chatter" not in terminal.getvalue() and "warning" not in terminal.getvalue()
    assert silenced.getvalue() == "chatter\na warning\n"


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_a_signal_pauses_and_the_words_on_how_to_resume_work(call, trains, runs, name):
    if os.name == "nt" and name == "SIGTERM":
        pytest.skip("Windows ends a program without asking it")
    number = getattr(signal, name)
    before = signal.getsignal(number)

    def twice():
        signal.raise_signal(number)
        signal.raise_signal(number)

    trains(fake_that(EpochEnded, twice))
    status, messages, complaint = call("train", "--model", 1, "--recipe", "quick", "--held-out", 100, "--json")
    assert status == PAUSED
    assert json.loads(messages.splitlines()[-1])["status"] == "paused"
    assert signal.getsignal(number) == before
    assert only_run(runs).record.epochs == 1

    trains(FakeTraining())
    program, *words = shlex.split(complaint.partition("Resume with: ")[2])
    assert (program, words[:2]) == ("mnist-gui", ["--runs", str(runs)])
    status, messages, _ = call(*words[2:], "--json")
    assert status == OK
    epochs = [event["epoch"] for event in map(json.loads, messages.splitlines()) if event["event"] == "epoch_ended"]
    assert epochs == [2, 3]


def test_a_terminal_that_is_closed_pauses_the_training(call, trains, runs):
    arguments = ("train", "--model", 1, "--recipe", "quick", "--held-out", 100)
    status, *_ = call(*arguments, out=Terminal(gone_at="Epoch 1 of 3"))
    assert status == PAUSED
    assert only_run(runs).status == "paused"
    # The bar is redrawn at most ten times a second, and these batches take no time: it may notice at the second one.
    assert only_run(runs).record.epochs in (1, 2)


@pytest.mark.parametrize("as_json", [[], ["--json"]])
@pytest.mark.parametrize(("full_at", "epochs"), [("", 0), ("epoch", 1)])
def test_an_output_on_a_full_disk_is_told_and_costs_no_whole_epoch(call, trains, runs, as_json, full_at, epochs):
    full_at = full_at and ('"event": "epoch_ended"' if as_json else "Epoch 1 of 3")
    out = FullDisk(full_at)
    status, _, complaint = call("train", "--model", 1, "--recipe", "quick", "--held-out", 100, *as_json, out=out)
    assert status == FAILED
    first, second = complaint.splitlines()
    assert first == "mnist-gui: Standard output cannot be written (No space left on device)."
    run = only_run(runs)
    assert (run.status, run.record.epochs) == ("paused", epochs)
    assert second.startswith(f"mnist-gui: Paused after epoch {epochs}. Resume with: mnist-gui ")


def test_an_output_that_is_full_at_the_last_line_is_told_of_a_completed_run(call, trains, runs):
    status, _, complaint = call("train", "--model", 1, "--recipe", "quick", "--held-out", 100, out=FullDisk("3 of 3"))
    assert (status, only_run(runs).status) == (FAILED, "completed")
    assert complaint == "mnist-gui: Standard output cannot be written (No space left on device).\n"


def test_a_training_that_fails_is_reported(call, trains):
    trains(FakeTraining(fails="The disk is full."))
    status, _, complaint = call("train", "--model", 1, "--recipe", "quick", "--held-out", 100)
    assert (status, complaint) == (FAILED, "mnist-gui: The disk is full.\n")


@pytest.mark.parametrize("state", ["created", "running", "paused", "stopped", "failed"])
def test_a_run_that_is_not_finished_goes_on(call, trains, runs, state):
    call("train", "--model", 1, "--recipe", "quick", "--held-out", 100, "--epochs", 1)
    run = only_run(runs)
    run.commit(status=state, recipe={**run.record.recipe, "epochs": 2})
    status, *_ = call("train", "--resume", run.name)
    assert status == OK
    assert only_run(runs).record.epochs == 2


@pytest.mark.parametrize("state", ["completed", "diverged"])
def test_a_run_that_is_finished_does_not(call, runs, shipped, state):
    run = RunStore(runs, runs / "none").create(1, QUICK.to_json(), 0, {"name": "MNIST", "checksum": CHECKSUM})
    run.commit(status=state, files={"model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(b"x"))})
    status, out, complaint = call("train", "--resume", run.name)
    assert (status, out) == (UNUSABLE, "")
    assert f"{run.name} is {state}; there is nothing left to train." in complaint
    assert "came with the program" in call("train", "--resume", shipped)[2]


def test_on_a_terminal_the_end_names_the_test_accuracy_and_what_comes_next(call, trains, runs, monkeypatch):
    def exports(run, dataset, *, report, control):
        run.commit(files={"model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(b"x"))})
        return FakeTraining()(run, dataset, report=report, control=control)

    def predict(run, data, cache, *, progress):
        assert progress(0.5)
        probabilities = np.eye(10, dtype=np.float32)[data.labels]
        probabilities[0] = np.roll(probabilities[0], 1)
        return probabilities

    trains(exports)
    monkeypatch.setattr("mnist_gui.analysis.prediction_cache.predictions", predict)
    arguments = ("train", "--model", 1, "--recipe", "quick", "--held-out", 100)
    status, plain, _ = call(*arguments)
    assert status == OK
    assert plain.splitlines()[-1].endswith("completed after 3 epochs.")
    status, shown, complaints = call(*arguments, out=Terminal())
    assert (status, complaints) == (OK, "")
    assert "Measuring test accuracy" in shown
    accuracy, fails, draw = shown.rstrip().splitlines()[-3:]
    assert accuracy.endswith("Test accuracy: 99.99 % of 10,000 digits.")
    assert shlex.split(draw.partition(": ")[2]) == ["mnist-gui", "--runs", str(runs)]
    _, *words = shlex.split(fails.partition(": ")[2])
    assert words[:3] == ["--runs", str(runs), "report"]
    assert main._parser().parse_args(words).names[0] in {run.name for run in RunStore(runs, runs / "none").runs()}


@pytest.mark.parametrize(
    ("columns", "figures"),
    [
        (34, "[0-9:]+ left"),
        (40, r"97\.50%  [0-9:]+ left"),
        (76, r"accuracy 97\.50%  [0-9:]+ left"),
        (200, r"loss 0\.1000  accuracy 97\.50%  [0-9:]+ left"),
    ],
)
def test_the_bar_fits_into_the_terminal(trains, monkeypatch, columns, figures):
    monkeypatch.setattr("os.get_terminal_size", lambda number: os.terminal_size((columns, 24)))
    terminal = Terminal()
    terminal.fileno = lambda: 1
    with event_printer(Console(terminal, io.StringIO())) as show:
        show(TrainingStarted("run", 1, 3, 0, 469, 60_000, "test", 0))
        show(BatchEnded("run", 1, 469, 0.1, 0.975, 2.0, 4.0))
        bar = terminal.getvalue().splitlines()[-1]
    text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", bar).strip("\r")
    assert len(text) <= columns
    batches = "" if columns < 76 else "  batch 469 of 469"
    assert re.fullmatch(f"Epoch 1 of 3{batches} ━{{8,}} {figures}", text)


@pytest.mark.parametrize("columns", [40, 80])
def test_what_is_in_progress_is_cut_to_the_terminal(monkeypatch, columns):
    monkeypatch.setattr("os.get_terminal_size", lambda number: os.terminal_size((columns, 24)))
    monkeypatch.setenv("TERM", "xterm-256color")
    terminal, errors = Terminal(), io.StringIO()
    terminal.fileno = lambda: 1
    console = Console(terminal, errors)
    with show_progress(console) as show:
        show(f"Predicting with [red]:smile: {'long ' * 20}\x1b[31m", 1.0)
        text = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", terminal.getvalue()).strip("\r\n")
        assert len(text) <= columns
        assert text.startswith("Predicting with [red]:")
        assert "… ━━━━━━━" in text
        assert text.endswith("100%")
        console.print_error("one")
        assert terminal.getvalue().endswith("\x1b[?25h\r\x1b[1A\x1b[2K"), "the bar is removed before anything else"
        console.print_line("two")
        assert terminal.getvalue().endswith("two\n")
    assert errors.getvalue() == "mnist-gui: one\n"


@pytest.mark.parametrize(
    ("limit", "held_out", "words"),
    [
        (60_000, 0, "--limit 60000: there are only 2,400 training frames; all are used."),
        (2_400, 100, "--limit 2400: there are only 2,300 training frames besides the 100 held out; all are used."),
        (2_300, 100, ""),
    ],
)
def test_a_limit_above_what_there_is_gets_a_word(call, trains, limit, held_out, words):
    arguments = ("train", "--model", 1, "--recipe", "quick", "--limit", limit, "--held-out", held_out)
    status, _, complaint = call(*arguments)
    assert (status, complaint) == (OK, words and f"mnist-gui: {words}\n")


# -- export


def test_export_writes_into_the_present_folder_and_says_where(call, shipped, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, _ = call("export", shipped, "--format", "onnx")
    assert (status, out) == (OK, f"{shipped}.onnx\n")
    assert (tmp_path / f"{shipped}.onnx").stat().st_size > 1.9 * (SHIPPED / shipped / "model.onnx").stat().st_size
    status, out, _ = call("export", shipped, "--format", "csv", "--output", "figures.csv", "--json")
    assert status == OK
    size = (tmp_path / "figures.csv").stat().st_size
    assert json.loads(out) == {"run": shipped, "format": "csv", "path": "figures.csv", "bytes": size}


@pytest.mark.parametrize(
    ("format", "output", "words"),
    [
        ("csv", "figures.txt", "does not end in .csv"),
        ("csv", ".", "is a folder"),
        ("csv", "gone/figures.csv", "gone/figures.csv cannot be written"),
    ],
)
def test_an_output_that_cannot_be_used_is_named(call, shipped, tmp_path, monkeypatch, format, output, words):
    monkeypatch.chdir(tmp_path)
    status, out, complaint = call("export", shipped, "--format", format, "--output", output)
    assert (status, out) == (UNUSABLE, "")
    assert words in complaint.replace("\\", "/")
    assert complaint.count("\n") == 1


def test_a_damaged_run_is_not_exported(call, store, runs, tmp_path):
    run = RunStore(runs, runs / "none").create(1, QUICK.to_json(), 0, {"name": "MNIST", "checksum": CHECKSUM})
    run.commit(
        status="completed", files={"model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(b"x"))}
    )
    (run.folder / "model.onnx").write_bytes(b"y")
    status, out, complaint = call("export", run.name, "--format", "onnx", "--output", tmp_path / "a.onnx")
    assert (status, out) == (UNUSABLE, "")
    assert "was altered" in complaint
    assert not (tmp_path / "a.onnx").exists()
