"""`mnist-gui add` makes a run of a file, which `predict --run` asks."""

from __future__ import annotations

import json

import pytest

from mnist_gui.cli.main import main
from tests.models.importing.onnx_models import MODELS

BAR = {"strokes": [[[10, 10], [10, 60]]]}


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "net.onnx").write_bytes(MODELS["flatten"][0]())
    (tmp_path / "bar.json").write_text(json.dumps(BAR))
    return tmp_path


def test_added_network_says_what_it_expects_and_answers(files, capsys):
    assert main(["--runs", "runs", "add", "net.onnx", "--name", "mine"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("Added run mine: expects 0 to 1, light on dark; ")
    assert first.endswith(" % of MNIST's test digits; answers were logits.")
    assert second == "Ask it: mnist-gui --runs runs predict --run mine PATH"

    assert main(["--runs", "runs", "predict", "--json", "--run", "mine", "--run", "model-1-fast", "bar.json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [(entry["run"], entry["model"]) for entry in answer["predictions"]] == [("mine", None), ("model-1-fast", 1)]

    assert main(["--runs", "runs", "predict", "--run", "mine", "bar.json"]) == 0
    assert "; mine: " in capsys.readouterr().out


def test_added_network_is_a_line_of_evaluate(files, capsys):
    main(["--runs", "runs", "add", "net.onnx", "--name", "mine", "--json"])
    added = json.loads(capsys.readouterr().out)
    assert added["run"] == "mine" and added["model"] is None and added["test_accuracy"] > 0.8
    assert main(["--runs", "runs", "evaluate", "--json"]) == 0
    rows = {row["run"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}
    assert rows["mine"]["model"] is None and rows["mine"]["notebook"] is None
    assert main(["--runs", "runs", "evaluate"]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("mine "))
    assert line.endswith("from a file")
    assert main(["--runs", "runs", "export", "mine", "--format", "keras"]) == 2
    assert "came from a file; it cannot be taught, nor exported for Keras" in capsys.readouterr().err


def test_file_that_cannot_be_used_is_named(files, capsys):
    (files / "net.h5").write_bytes(b"\x80\x04pickle")
    assert main(["--runs", "runs", "add", "net.h5"]) == 2
    assert "net.h5 cannot be added. It holds pickled Python objects" in capsys.readouterr().err
    assert not (files / "runs").exists()


def test_two_runs_of_a_model_are_told_apart(files, capsys):
    assert main(["--runs", "runs", "predict", "--run", "model-3-fast", "--run", "model-3-notebook", "bar.json"]) == 0
    answer = capsys.readouterr().out
    assert "model-3-fast: 1" in answer and "model-3-notebook: 1" in answer


def test_unknown_run_cannot_be_asked(files, capsys):
    assert main(["--runs", "runs", "predict", "--run", "nobody", "bar.json"]) == 2
    assert "no run 'nobody'" in capsys.readouterr().err
