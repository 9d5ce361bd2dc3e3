"""A file becomes a run through a process of its own, whose result is checked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mnist_gui.models.importing import child_process, model_import
from mnist_gui.models.importing.conventions import Convention
from mnist_gui.models.importing.model_file import ModelFileError
from mnist_gui.models.importing.model_import import (
    CHILD_MODULE,
    add_model,
    change_convention,
    describe_import,
    read_model_file,
)
from mnist_gui.models.inference import model_trial
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.run import Run
from tests.models.importing.hostile_hdf5 import hdf5, never_written
from tests.models.importing.keras_models import tried_frames
from tests.models.importing.onnx_models import MODELS


@pytest.fixture
def model_file(tmp_path):
    path = tmp_path / "my model (2).onnx"
    path.write_bytes(MODELS["flatten"][0]())
    return path


@pytest.fixture
def child(monkeypatch):
    """Let a script take the place of the process that reads."""

    def replace(script: str) -> None:
        monkeypatch.setattr(model_import, "child_command", lambda module: [sys.executable, "-c", script])

    return replace


def test_file_becomes_a_run_that_answers(store, model_file):
    fractions = []
    run = add_model(store, model_file, progress=fractions.append)
    assert run is not None and run.name == "my-model-2" and run.record.model is None and run.model == 0
    assert run.record.status == "completed" and fractions == sorted(fractions) and fractions[-1] > 0.5
    frames, labels = tried_frames()
    found = LoadedModel(store.get(run.name)).probabilities(frames)
    assert (found.argmax(axis=1) == labels).mean() == pytest.approx(run.record.imported["accuracy"])
    assert describe_import(run).startswith("expects 0 to 1, light on dark; ")
    assert describe_import(run, 0.9891).endswith("; 98.91 % of MNIST's test digits; answers were logits")


def test_a_convention_that_the_user_chooses_is_used_instead(store, model_file):
    run = add_model(store, model_file)
    before, found = run.record, run.read_file(MODEL_FILE)
    model_file.unlink()  # the run is enough
    chosen = Convention("-1 to 1", is_dark_on_light=True, answers="logits")
    changed = change_convention(store, run, chosen)
    assert describe_import(store.get(run.name)).startswith("expects -1 to 1, dark on light; ")
    frames, labels = tried_frames()
    rows = LoadedModel(changed).probabilities(frames)
    assert (rows.argmax(axis=1) == labels).mean() == pytest.approx(changed.record.imported["accuracy"])
    assert changed.record.imported["accuracy"] < before.imported["accuracy"]
    assert changed.model_checksum != run.model_checksum, "nothing that was cached for the model is used"
    with pytest.raises(RunError, match="cannot be resized"):
        change_convention(store, changed, Convention(placing="resized"))
    assert store.get(run.name).record == changed.record
    again = change_convention(store, changed, Convention.from_json(before.imported["convention"]))
    assert again.read_file(MODEL_FILE) == found
    assert again.record == before


def test_a_run_that_another_window_changed_meanwhile_is_not_overwritten(store, model_file):
    run = add_model(store, model_file)
    chosen = Convention("-1 to 1", answers="logits")
    with pytest.raises(RunError, match="was changed meanwhile"):
        change_convention(store, run, chosen, progress=lambda fraction: _rewrite(store.get(run.name)))


def _rewrite(run: Run) -> bool:
    run.commit(files={**run.record.files, MODEL_FILE: run.write_file(MODEL_FILE, lambda path: path.write_bytes(b"x"))})
    return False


@pytest.mark.parametrize("name", MODELS)
def test_the_network_in_every_model_is_found_again(name):
    header, wrapped = child_process.read_and_try(MODELS[name][0](), *tried_frames(), lambda done: None)
    convention = Convention.from_json(header["convention"])
    changed, again = child_process.change_and_try(wrapped, *tried_frames(), lambda done: None, convention)
    assert again == wrapped
    assert {**changed, "format": "", "network": None} == {**header, "format": "", "network": None}


def test_a_model_without_steps_around_its_network_cannot_be_changed(store, model_file):
    run = add_model(store, model_file)
    content = model_file.read_bytes()
    run.commit(files={MODEL_FILE: run.write_file(MODEL_FILE, lambda path: path.write_bytes(content))})
    with pytest.raises(RunError, match="has no network with steps before and after it"):
        change_convention(store, run, Convention("0 to 255", answers="logits"))


def test_second_run_of_a_name_gets_a_number(store, model_file):
    names = [add_model(store, model_file, "mine").name for _ in range(2)]
    assert names == ["mine", "mine-2"]


def test_run_of_another_computer_is_tried_first(store, model_file, monkeypatch, tmp_path):
    run = add_model(store, model_file, "mine")
    monkeypatch.setattr(model_trial, "trusted_models_file", lambda: tmp_path / "none")
    assert not (tmp_path / "none").exists()
    LoadedModel(run)
    assert run.model_checksum in (tmp_path / "none").read_text()


def test_stop_adds_nothing(store, model_file):
    assert add_model(store, model_file, progress=lambda fraction: True) is None
    assert store.runs() == []


def test_refused_file_is_named_and_leaves_nothing(store, tmp_path):
    path = tmp_path / "huge.h5"
    path.write_bytes(hdf5(never_written))
    with pytest.raises(RunError, match=r"huge\.h5 cannot be added\. Its weights have more than"):
        add_model(store, path)
    assert store.runs() == []


@pytest.mark.parametrize("make", ["folder", "pipe", "missing", "large"])
def test_what_is_no_usual_file_is_refused(make, tmp_path):
    path = tmp_path / "model.h5"
    if make == "folder":
        path.mkdir()
    elif make == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no pipes here")
        os.mkfifo(path)
    elif make == "large":
        with path.open("wb") as file:
            file.truncate(2**40)
    with pytest.raises(ModelFileError, match=r"cannot be read|expected at most"):
        read_model_file(path)


GOOD = {
    "format": "onnx",
    "network": None,
    "convention": Convention().to_json(),
    "side": 28,
    "accuracy": 0.9,
    "frames": 1000,
    "bytes": 3,
}


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("", "ended the process"),
        ("no JSON\n", "ended the process"),
        (json.dumps({**GOOD, "bytes": 10**12}) + "\n", "ended the process"),
        (json.dumps({**GOOD, "bytes": 9}) + "\nabc", "ended the process"),
        ("[" * 100_000 + "\n", "ended the process"),
        (json.dumps({**GOOD, "accuracy": 2.0}) + "\nabc", "returned something else"),
        (json.dumps({**GOOD, "network": [{"kind": "Lambda", "name": "x"}]}) + "\nabc", "returned something else"),
        (json.dumps({**GOOD, "convention": {"values": "evil"}}) + "\nabc", "returned something else"),
        (json.dumps({"problem": "red \x1b[31m" + "x" * 10_000, "bytes": 0}) + "\n", "red \ufffd"),
    ],
)
def test_result_of_a_process_that_was_taken_over_is_refused(printed, said, child, model_file):
    child(f"import sys; sys.stdout.write({printed!r})")
    with pytest.raises(ModelFileError, match=said) as refused:
        read_model_file(model_file)
    assert len(str(refused.value)) < 1_000


def test_process_that_does_not_end_is_ended(child, model_file, monkeypatch):
    monkeypatch.setattr(model_import, "TIME_LIMIT_SECONDS", 0.3)
    child("import time; time.sleep(600)")
    with pytest.raises(ModelFileError, match="took longer"):
        read_model_file(model_file)


def test_process_that_ended_itself_after_its_time_says_so(child, model_file, monkeypatch):
    monkeypatch.setattr(model_import, "READING_SECONDS", 0.3)
    child("import time; time.sleep(1)")
    with pytest.raises(ModelFileError, match="took longer"):
        read_model_file(model_file)


GREEDY = """
import sys, time
sys.stdin.buffer.read()
taken = []
while len(taken) < 300:
    taken.append(b"x" * 2**23)
    time.sleep(0.01)
print("passed 0")
"""


@pytest.mark.slow
def test_process_that_takes_memory_is_ended_where_the_system_has_no_limits(child, model_file, monkeypatch):
    child(GREEDY)
    with pytest.raises(ModelFileError, match=r"^It needs more memory than a network for digits should\.$"):
        read_model_file(model_file)
    monkeypatch.setattr(model_trial, "child_command", lambda module: [sys.executable, "-c", GREEDY])
    with pytest.raises(ValueError, match=r"^needs more memory than a network for digits should$"):
        model_trial.require_trusted(b"a model", 0, None)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not hold these limits")
def test_process_has_little_memory_and_opens_no_files(tmp_path):
    script = """
import numpy, os, onnxruntime, onnx
from mnist_gui.models.importing import child_process
from mnist_gui.models.limited_process import limit_resources
limit_resources(child_process.MEMORY_LIMIT_BYTES, child_process.READING_SECONDS)
child_process._forbid_files()
for attempt in (lambda: open("/etc/passwd"), lambda: numpy.ones(2**27), lambda: __import__("socket").socket()):
    try:
        attempt()
        os.write(1, b"done ")
    except (OSError, MemoryError) as error:
        os.write(1, type(error).__name__.encode() + b" ")
"""
    environment = {**os.environ, "MALLOC_ARENA_MAX": "2", "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, check=False)
    assert ended.stdout.split() == [b"OSError", b"MemoryError", b"OSError"], ended.stderr[-500:]


def test_frozen_program_runs_its_own_module(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert model_import.child_command("m") == [sys.executable, "-m", "m"]


@pytest.mark.parametrize(
    ("arguments", "said"), [([CHILD_MODULE], b"problem"), ([model_trial.__name__], b"cannot be used")]
)
def test_frozen_program_reads_and_tries_files_as_its_own_process(arguments, said):
    script = f"""
import sys
from pathlib import Path
sys.frozen, sys.argv = True, ["mnist-gui", "-m", *{arguments}]
from mnist_gui.__main__ import run
run()
"""
    ended = subprocess.run([sys.executable, "-c", script], input=b"null\nno model", capture_output=True, check=False)
    assert said in ended.stdout


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="all names are text there")
def test_a_file_whose_name_is_not_text_is_added(store, model_file, tmp_path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.onnx"))
    path.write_bytes(model_file.read_bytes())
    run = add_model(store, path)
    assert store.get(run.name).record.imported["file"] == "bad\ufffd.onnx"
