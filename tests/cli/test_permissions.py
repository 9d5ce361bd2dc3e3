"""Files that the user may not read are called so by every command, not damaged."""

import concurrent.futures.thread  # noqa: F401 - Python itself may be out of reach without the privileges of root
import io
import json
import os
import shutil
import sys

import numpy as np
import pytest
from PIL import Image

from mnist_gui.cli import main
from mnist_gui.cli.console import OK, UNUSABLE
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.paths import user_digits_file

pytestmark = pytest.mark.skipif(os.name == "nt", reason="files are not closed by permissions there")
ONE = {"strokes": [[[10, 0], [10, 40]]], "label": 1}


@pytest.fixture
def call(tmp_path, monkeypatch, unprivileged):
    """Return a function that runs the program without the privileges of root, with closed files."""

    def run_program(*arguments, closed):
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        mode = closed.stat().st_mode
        closed.chmod(0)
        try:
            with unprivileged():
                status = main.main(["--runs", str(tmp_path / "runs"), *map(str, arguments)])
        finally:
            closed.chmod(mode)
        return status, out.getvalue(), err.getvalue()

    (tmp_path / "out").mkdir(mode=0o777)
    (tmp_path / "out").chmod(0o777)
    monkeypatch.chdir(tmp_path / "out")
    shutil.copytree(main.resources_folder() / "runs" / "model-2-fast", tmp_path / "runs" / "mine")
    return run_program


@pytest.mark.parametrize("name", ["one.png", "one.json", "one.jsonl", "folder"])
@pytest.mark.parametrize("command", ["predict", "report"])
def test_a_closed_input_is_called_so(call, tmp_path, command, name):
    folder = tmp_path / "folder"
    folder.mkdir()
    Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save(folder / "one.png")
    for drawing in ("one.json", "one.jsonl"):
        (folder / drawing).write_text(json.dumps(ONE))
    path = folder / ("one.png" if name == "folder" else name)
    arguments = ["predict", path] if command == "predict" else ["report", "--output", tmp_path / "a.html", "--on", path]
    status, out, err = call(*arguments, closed=folder if name == "folder" else path)
    assert (status, out) == (UNUSABLE, ""), err
    assert str(path) in err
    assert "Permission denied" in err
    assert err.count("\n") == 1
    assert "damaged" not in err
    assert "Errno" not in err


@pytest.mark.parametrize(
    "command", [["report", "--output"], ["export", "mine", "--format", "csv", "--output"], ["screenshot"]]
)
def test_an_output_in_a_closed_folder_is_called_so(call, tmp_path, command):
    folder = tmp_path / "folder"
    folder.mkdir()
    status, out, err = call(*command, folder / "within" / "out.csv", closed=folder)
    assert (status, out) == (UNUSABLE, "")
    assert str(folder) in err
    assert "Permission denied" in err
    assert err.count("\n") == 1
    assert "Errno" not in err


@pytest.mark.parametrize(
    ("command", "file"),
    [
        (["export", "mine", "--format", "onnx", "--output", "out.onnx"], "run.json"),
        (["export", "mine", "--format", "onnx", "--output", "out.onnx"], "model.onnx"),
        (["export", "mine", "--format", "csv", "--output", "out.csv"], "history.csv"),
        (["train", "--resume", "mine"], "run.json"),
        (["report", "--run", "mine", "--output", "out.html"], "run.json"),
    ],
)
def test_a_closed_file_of_a_run_is_called_so(call, tmp_path, command, file):
    status, out, err = call(*command, closed=tmp_path / "runs" / "mine" / file)
    assert (status, out) == (UNUSABLE, "")
    assert f"{file} cannot be read (Permission denied)" in err
    assert "damaged" not in err
    assert "Errno" not in err


def test_a_closed_runs_folder_is_called_so(call, tmp_path):
    status, out, err = call("evaluate", closed=tmp_path / "runs")
    assert status == OK
    assert "model-1-fast" in out
    assert f"the runs folder {tmp_path / 'runs'} cannot be read (Permission denied)" in err


def test_closed_digits_of_the_user_are_called_so(call, tmp_path):
    UserDigitStore(user_digits_file()).add(Drawing.from_json(ONE))
    status, out, err = call("report", "--my-digits", "--output", tmp_path / "out.html", closed=user_digits_file())
    assert (status, out) == (UNUSABLE, "")
    assert f"{user_digits_file()} cannot be read (Permission denied)" in err
