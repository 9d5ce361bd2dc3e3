"""Models that somebody else wrote end no program, and what they say is never shown as a probability."""

import json
import os
import re
import sys

import numpy as np
import onnx
import pytest

from mnist_gui.cli import main as cli
from mnist_gui.models.importing.conventions import Convention, Layout
from mnist_gui.models.importing.onnx_file import read_onnx
from mnist_gui.models.importing.onnx_wrapper import wrap
from mnist_gui.models.inference import model_trial
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.onnx_network import OnnxNetwork
from mnist_gui.models.inference.predictor import LoadedModel, load_predictor
from mnist_gui.paths import resources_folder, trusted_models_file
from mnist_gui.runs.record import MODEL_FILE, RunError
from mnist_gui.runs.store import RunStore
from tests.models.importing.onnx_models import spread

pytestmark = pytest.mark.slow

FRAMES = np.random.default_rng(1).random((3, 28, 28), np.float32)


@pytest.fixture(autouse=True)
def _no_earlier_trials(monkeypatch):
    monkeypatch.setattr(model_trial, "_refused", {})


@pytest.fixture
def beside_shipped(tmp_path) -> RunStore:
    """A store with the shipped runs."""
    return RunStore(tmp_path / "runs", resources_folder() / "runs")


def shipped_content(number: int) -> bytes:
    return (resources_folder() / "runs" / f"model-{number}-best" / MODEL_FILE).read_bytes()


def received(store: RunStore, content: bytes, number: int = 1, **record):
    """Return an active run of somebody else, whose checksums agree."""
    run = store.create(number, {"name": "received"}, 0, {"name": "MNIST", "checksum": "c"}, **record)
    entry = run.write_file(MODEL_FILE, lambda path: path.write_bytes(content))
    run.commit(status="completed", epochs=1, exported=1, files={MODEL_FILE: entry})
    store.activate(run.name)
    return run


def with_nan(content: bytes) -> bytes:
    """Return a model in which a bias of the last layer is NaN."""
    model = onnx.load_model_from_string(content)
    bias = next(tensor for tensor in model.graph.initializer if tensor.name == "dense_1/bias")
    bias.raw_data = np.array([np.nan, *[0.0] * 9], np.float32).tobytes()
    return bytes(model.SerializeToString())


def program_that(tmp_path, command: str):
    """Return a program that stands for Python."""
    script = tmp_path / "python"
    script.write_text(f"#!/bin/sh\n{command}\n")
    script.chmod(0o755)
    return str(script)


def no_trial(content, network):
    raise AssertionError("the model is known")


def test_a_received_model_is_tried_once(beside_shipped, monkeypatch):
    run = received(beside_shipped, shipped_content(1))
    rows = LoadedModel(run).probabilities(FRAMES)
    assert rows == pytest.approx(LoadedModel(beside_shipped.shipped_default(1)).probabilities(FRAMES))
    monkeypatch.setattr(model_trial, "_try_in_process", no_trial)
    assert (LoadedModel(run).probabilities(FRAMES) == rows).all()
    if os.name == "posix":
        assert trusted_models_file().stat().st_mode & 0o077 == 0


def test_a_received_model_that_makes_much_of_a_frame_answers_though_it_does_not_say_how_many_at_once(beside_shipped):
    wide = wrap(read_onnx(spread(10_000)), Layout((28, 28), 28), Convention(answers="logits"))  # 31 MB a frame
    imported = {"file": "wide.onnx", "sha256": "0" * 64}
    content = bytes(wide.SerializeToString())
    run = beside_shipped.create_imported("received", imported, None, {MODEL_FILE: content})
    frames = np.random.default_rng(1).random((6, 28, 28), np.float32)
    rows = np.concatenate([OnnxNetwork(content, 10)(frame[None]) for frame in frames])
    for _ in range(2):  # with a trial, and without
        loaded = LoadedModel(run)
        assert loaded._network.batch_size == 4
        assert loaded.probabilities(frames) == pytest.approx(rows, abs=1e-5)


def test_shipped_models_are_not_tried(beside_shipped, monkeypatch):
    monkeypatch.setattr(model_trial, "_try_in_process", no_trial)
    predictor = load_predictor(beside_shipped)
    assert (len(predictor.models), predictor.problems) == (3, ())
    assert not trusted_models_file().exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"no model", "cannot be used. It is neither"),
        (shipped_content(1)[:100_000], "cannot be used. It is neither"),
        (
            shipped_content(2),
            r"of the shape \(5, 5, 64, 128\); expected \(3, 3, 64, 128\)",
        ),
        ((resources_folder() / "digit_detector.onnx").read_bytes(), "expected 28x28 frames to 10 numbers"),
        (with_nan(shipped_content(1)), "returns numbers that are no probabilities"),
    ],
    ids=["text", "cut short", "another network", "another shape", "not finite"],
)
def test_the_shipped_run_stands_in_for_a_model_that_fails(beside_shipped, content, words):
    run = received(beside_shipped, content)
    predictor = load_predictor(beside_shipped)
    assert [model.run for model in predictor.models] == [f"model-{number}-best" for number in (1, 2, 3)]
    (problem,) = predictor.problems
    assert re.fullmatch(
        rf"Run {run.name}: model\.onnx .*{words}.*; model-1-best, which came with the program, answers instead\.",
        problem,
    )
    assert not trusted_models_file().exists()


@pytest.mark.skipif(os.name != "posix", reason="a shell script stands for Python")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("kill -SEGV $$", r"ended the process that tried it \(status -11\)"),
        ("exit 0", r"ended the process that tried it \(status 0\)"),
        ("exec sleep 30", "did not answer within 0 seconds"),
        ("printf 'passed\\033[2J but'", r"passed \[2J but"),
    ],
)
def test_a_trial_that_crashes_hangs_or_says_anything_else_fails(beside_shipped, tmp_path, monkeypatch, command, words):
    monkeypatch.setattr(sys, "executable", program_that(tmp_path, command))
    monkeypatch.setattr(model_trial, "TIME_LIMIT_SECONDS", 0.4)
    run = received(beside_shipped, with_nan(shipped_content(1)))
    for _ in range(2):
        with pytest.raises(RunError, match=f"Run {run.name}: model.onnx .*{words}"):
            LoadedModel(run)
        monkeypatch.setattr(model_trial, "_try_in_process", no_trial)


def test_a_module_in_the_current_folder_does_not_take_part(beside_shipped, tmp_path, monkeypatch):
    (tmp_path / "numpy.py").write_text("raise SystemExit(1)")
    monkeypatch.chdir(tmp_path)
    LoadedModel(received(beside_shipped, shipped_content(1)))


def test_a_model_too_large_to_be_one_is_not_read(beside_shipped):
    run = received(beside_shipped, shipped_content(1))
    with (run.folder / MODEL_FILE).open("r+b") as file:
        file.truncate(2**33)
    entry = run.record.files[MODEL_FILE]
    run.commit(files={MODEL_FILE: type(entry)(entry.sha256, 2**33)})
    with pytest.raises(RunError, match=r"has 8,589,934,592 bytes; expected at most 67,108,864"):
        LoadedModel(run)


def test_a_model_that_fails_later_is_replaced_too(beside_shipped, monkeypatch):
    """A network may give probabilities in its trial, and none for a drawing."""
    monkeypatch.setattr(model_trial, "_try_in_process", lambda content, network: (0, ""))
    run = received(beside_shipped, with_nan(shipped_content(1)))
    predictor = load_predictor(beside_shipped)
    assert (predictor.models[0].run, predictor.problems) == (run.name, ())
    for _ in range(2):
        prediction = predictor.predict_one(FRAMES[0])
        assert [single.run for single in prediction.predictions] == [f"model-{number}-best" for number in (1, 2, 3)]
        assert np.isfinite(prediction.ensemble.probabilities).all()
        (problem,) = predictor.problems
        assert "no probabilities; model-1-best, which came with the program, answers instead." in problem


@pytest.mark.parametrize("temperature", [1e-300, 1e300])
def test_a_temperature_that_nobody_fitted_leaves_probabilities(temperature):
    rows = calibrate(np.eye(10, dtype=np.float32) * 0.9 + 0.01, temperature)
    assert np.isfinite(rows).all()
    assert rows.sum(axis=1) == pytest.approx(np.ones(10), abs=1e-3)


def test_predict_answers_with_the_shipped_run_and_says_so(beside_shipped, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(model_trial, "_try_in_process", lambda content, network: (0, ""))
    received(beside_shipped, with_nan(shipped_content(1)))
    (tmp_path / "one.json").write_text(json.dumps({"strokes": [[[10, 0], [10, 40]]]}))
    assert cli.main(["predict", str(tmp_path / "one.json"), "--runs", str(beside_shipped.folder), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["predictions"][0]["run"] == "model-1-best"
    assert printed.err.count("model-1-best, which came with the program, answers instead.") == 1
