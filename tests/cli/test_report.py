"""`mnist-gui report` in this process, on shipped and other runs."""

import io
import json
import shutil
import subprocess
import sys

import pytest
from PIL import Image

from mnist_gui.cli import main
from mnist_gui.cli.console import OK, UNUSABLE
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.paths import user_digits_file

SEVEN = {"strokes": [[[100, 100], [180, 100], [130, 240]]], "label": 7}
ONE = {"strokes": [[[10, 0], [10, 40]]], "label": 1}


@pytest.fixture
def call(tmp_path, monkeypatch):
    """Return a function that runs the command on the runs folder of this test."""

    def run_program(*arguments):
        out, err = io.StringIO(), io.StringIO()
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        (tmp_path / "runs").mkdir(exist_ok=True)
        status = main.main(["--runs", str(tmp_path / "runs"), "report", *map(str, arguments)])
        return status, out.getvalue(), err.getvalue()

    return run_program


def test_the_shipped_runs_are_compared_and_the_place_is_said(call, tmp_path):
    path = tmp_path / "report.html"
    status, out, err = call("--output", path)
    assert (status, out, err) == (OK, f"{path}\n", "")
    text = path.read_text(encoding="utf-8")
    best = "Run model-3-best of model 3 makes the fewest errors, 44"
    for name in ("model-1-best", "model-2-best", "model-3-best", best):
        assert name in text


def test_json_is_one_line_that_says_what_was_compared(call, tmp_path):
    path = tmp_path / "report.html"
    status, out, _ = call("--output", path, "--json", "--run", "model-1-fast", "--run", "model-1-notebook")
    assert status == OK
    assert json.loads(out) == {
        "path": str(path),
        "bytes": path.stat().st_size,
        "judged_on": "MNIST test",
        "digits": 10_000,
        "runs": ["model-1-fast", "model-1-notebook"],
        "studies": [],
        "figures": [],
    }


@pytest.mark.slow
def test_pictures_that_cannot_be_written_are_named_and_the_page_is_kept(tmp_path):
    page, figures = tmp_path / "report.html", tmp_path / "report figures"
    figures.write_text("a file")
    command = [sys.executable, "-m", "mnist_gui", "report", "--png", "--run", "model-1-fast", "--output", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == UNUSABLE
    assert f"{figures} cannot be written" in done.stderr
    assert "model-1-fast" in page.read_text(encoding="utf-8")


@pytest.mark.slow
def test_each_figure_is_written_as_a_picture_where_wanted(tmp_path):
    """In a new process, because the command starts Qt."""
    page = tmp_path / "report.html"
    command = [sys.executable, "-m", "mnist_gui", "report", "--png", "--run", "model-1-best", "--output", str(page)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stderr) == (OK, "")
    figures = tmp_path / "report figures"
    names = ["errors.png", "curves-1.png", "matrix-1.png", "reliability-1.png", "coverage.png", "robustness.png"]
    assert done.stdout.splitlines() == [str(page), *(str(figures / name) for name in names)]
    for name in names:
        with Image.open(figures / name) as picture:
            assert picture.format == "PNG"
            assert len(picture.convert("L").getcolors()) > 20  # lines and words, antialiased


@pytest.mark.slow
def test_drawings_are_judged_on_and_what_is_left_out_is_named(call, tmp_path):
    drawings = tmp_path / "class.jsonl"
    drawings.write_text("\n".join(map(json.dumps, (SEVEN, ONE, {**ONE, "label": 11}))))
    status, out, err = call("--output", tmp_path / "report.html", "--on", drawings, "--json")
    assert status == UNUSABLE
    assert (json.loads(out)["judged_on"], json.loads(out)["digits"]) == ("class.jsonl", 2)
    assert "drawing 2" in err
    drawings.write_text(json.dumps(SEVEN))
    status, _, err = call("--output", tmp_path / "report.html", "--on", drawings)
    assert status == OK
    assert "one digit only" in err


@pytest.mark.slow
def test_ones_own_digits_are_judged_on(call, tmp_path):
    status, _, err = call("--output", tmp_path / "report.html", "--my-digits")
    assert status == UNUSABLE
    assert "no digits of yours yet" in err
    mine = UserDigitStore(user_digits_file())
    for each in (SEVEN, ONE):
        mine.add(Drawing.from_json(each))
    assert call("--output", tmp_path / "report.html", "--my-digits")[0] == OK


@pytest.mark.slow
def test_a_damaged_run_is_named_and_the_rest_is_compared(call, tmp_path):
    folder = tmp_path / "runs" / "mine"
    shutil.copytree(main.resources_folder() / "runs" / "model-1-fast", folder)
    (folder / "model.onnx").write_bytes(b"damaged")
    path = tmp_path / "report.html"
    status, out, err = call("--output", path, "--run", "mine", "--run", "model-2-fast")
    assert (status, out) == (UNUSABLE, f"{path}\n")
    assert "mine" in err
    assert "left out" in err
    status, out, err = call("--output", tmp_path / "none.html", "--run", "mine")
    assert (status, out) == (UNUSABLE, "")
    assert "No run can be compared" in err


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--run", "nobody"], "nobody"),
        (["--on", "gone"], "gone"),
    ],
)
def test_what_is_not_there_is_named(call, tmp_path, arguments, named):
    status, out, err = call("--output", tmp_path / "report.html", *arguments)
    assert (status, out) == (UNUSABLE, "")
    assert named in err
    assert err.count("\n") == 1
    assert not (tmp_path / "report.html").exists()


@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_named(call, tmp_path):
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path, tmp_path / "file" / "report.html"):
        status, out, err = call("--output", path)
        assert (status, out) == (UNUSABLE, "")
        assert str(path) in err


@pytest.mark.parametrize("name", ["report.txt", "report", "report.html.gz", ".html"])
def test_an_output_with_another_suffix_is_refused(call, tmp_path, name):
    status, out, err = call("--output", tmp_path / name)
    assert (status, out) == (UNUSABLE, "")
    assert f"{name} does not end in .html" in err
    assert not (tmp_path / name).exists()


def test_on_a_terminal_progress_is_shown_and_removed(tmp_path, monkeypatch, counting):
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    drawings = tmp_path / "class.jsonl"
    drawings.write_text("\n".join(map(json.dumps, (SEVEN, ONE, {**ONE, "label": 11}))))
    out, err = Terminal(), io.StringIO()
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", err)
    page = tmp_path / "report.html"
    assert main.main(["report", "--run", "model-1-fast", "--on", str(drawings), "--output", str(page)]) == UNUSABLE
    shown = out.getvalue()
    assert "Reading digits" in shown
    assert "\x1b" not in err.getvalue() and "drawing 2" in err.getvalue()
    assert shown.endswith(f"{page}\n")
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") > 0, "the cursor comes back"


def test_the_options_exclude_each_other_and_the_file_is_asked_for(call, tmp_path):
    for arguments in ([], ["--output", "x.html", "--my-digits", "--on", "y"]):
        with pytest.raises(SystemExit) as ended:
            call(*arguments)
        assert ended.value.code == UNUSABLE


def test_a_study_that_is_not_there_is_refused_before_anything_is_compared(tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main.main(["report", "--output", str(page), "--study", "none"]) == UNUSABLE
    assert "There is no study 'none'" in capsys.readouterr().err
    assert not page.exists()
