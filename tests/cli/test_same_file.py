"""Six processes that write one file at once: none fails, and the file is whole."""

import subprocess
import sys

import pytest

from mnist_gui.models.export import export_run
from mnist_gui.paths import resources_folder
from mnist_gui.runs.run import Run

pytestmark = pytest.mark.slow

PROCESSES = 6


def run_at_once(*arguments):
    """Start the program several times with the same arguments; return the status and standard error of each."""
    command = [sys.executable, "-m", "mnist_gui", *map(str, arguments)]
    processes = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    return [(error, process.returncode) for process in processes for error in [process.communicate(timeout=120)[1]]]


def test_six_reports_to_one_page(tmp_path):
    page = tmp_path / "page" / "same.html"
    page.parent.mkdir()
    assert run_at_once("report", "--output", page) == [("", 0)] * PROCESSES
    text = page.read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>")
    assert text.count("</html>") == 1
    assert text.rstrip().endswith("</html>")
    assert list(page.parent.iterdir()) == [page]  # no temporary file is left


def test_six_exports_to_one_file(tmp_path):
    path = tmp_path / "models" / "same.onnx"
    path.parent.mkdir()
    done = run_at_once("export", "model-1-fast", "--format", "onnx", "--output", path)
    assert done == [("", 0)] * PROCESSES
    single = tmp_path / "single.onnx"
    export_run(Run.open(resources_folder() / "runs" / "model-1-fast", shipped=True), "onnx", single)
    assert path.read_bytes() == single.read_bytes()
    assert list(path.parent.iterdir()) == [path]
