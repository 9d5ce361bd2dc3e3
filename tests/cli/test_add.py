"""`mnist-gui add` makes a run of a file, which `predict --run` asks."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from mnist_gui.cli.main import main
from mnist_gui.models.limited_process import child_environment
from tests.models.importing.onnx_models import MODELS, spread

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


PEAK = """
import sys
from pathlib import Path
from mnist_gui.cli.main import main
from mnist_gui.digits import dataset
test = dataset.load_mnist_test()
dataset.load_mnist_test = lambda: test[:640]
assert main(["--runs", "runs", "add", "net.onnx"]) == 0
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line for line in lines if line.startswith("VmHWM")).split()[1])
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peaks are read from the system")
def test_network_that_makes_much_of_a_frame_is_asked_fewer_at_once(files):
    (files / "net.onnx").write_bytes(spread(2_000))  # 6 MB a frame, 400 MB for as many as usual
    command = [sys.executable, "-c", PEAK]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, env=child_environment())
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout.splitlines()[-1]) / 1024 < 350, "MB, of which the program without it takes 110"


def test_added_network_is_a_line_of_evaluate(files, capsys, monkeypatch):
    main(["--runs", "runs", "add", "net.onnx", "--name", "mine", "--json"])
    added = json.loads(capsys.readouterr().out)
    assert added["run"] == "mine" and added["model"] is None and added["test_accuracy"] > 0.8
    # It has read the test digits once.
    monkeypatch.setattr("mnist_gui.analysis.prediction_cache.predict_all", lambda *arguments: pytest.fail("again"))
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


def test_file_that_was_added_before_is_added_again_and_said_so(files, capsys):
    for count, said in ((0, ""), (1, "net"), (2, "net and net-2")):
        assert main(["--runs", "runs", "add", "net.onnx", "--json"]) == 0
        out, err = capsys.readouterr()
        assert json.loads(out)["run"] == ("net" if count == 0 else f"net-{count + 1}")
        assert err == (f"mnist-gui: The same file was added before, as {said}.\n" if said else "")


def test_two_runs_of_a_model_are_told_apart(files, capsys):
    assert main(["--runs", "runs", "predict", "--run", "model-3-fast", "--run", "model-3-notebook", "bar.json"]) == 0
    answer = capsys.readouterr().out
    assert "model-3-fast: 1" in answer and "model-3-notebook: 1" in answer


def test_unknown_run_cannot_be_asked(files, capsys):
    assert main(["--runs", "runs", "predict", "--run", "nobody", "bar.json"]) == 2
    assert "no run 'nobody'" in capsys.readouterr().err
