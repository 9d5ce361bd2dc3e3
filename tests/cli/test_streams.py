"""Standard streams and Ctrl-C, in processes: what is closed, what an encoding lacks, and what interrupts an import."""

import html
import json
import os
import shlex
import subprocess
import sys

import pytest

from mnist_gui.cli.console import FAILED, OK, PAUSED, UNUSABLE
from mnist_gui.runs.store import RunStore

pytestmark = pytest.mark.slow

ONE = json.dumps({"strokes": [[[10, 0], [10, 40]]]})
PROGRAM = [sys.executable, "-m", "mnist_gui"]
# Text that a terminal, a page or Rich would obey instead of show.
ODD = "a\x1b[31m\u202eb\n[red]c[/red]<b>:smile:"

posix = pytest.mark.skipif(os.name != "posix", reason="closed streams and paths that are no text are POSIX")


def run(arguments, *, closed="", stdin=ONE, **environment):
    """Run the program with closed standard streams, given by their numbers; return its status and output as bytes."""
    shell = " ".join([f"exec {shlex.join(map(str, arguments))}", *(f"{number}>&-" for number in closed)])
    done = subprocess.run(
        ["sh", "-c", shell],
        input=stdin.encode(),
        capture_output=True,
        timeout=120,
        env={**os.environ, **environment},
        check=False,
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr
    return done


@posix
@pytest.mark.parametrize("closed", ["", "0", "1", "2", "01", "02", "12", "012"])
def test_closed_streams_lose_no_result_without_a_word(tmp_path, closed):
    drawing = tmp_path / "one.json"
    drawing.write_text(ONE)
    done = run([*PROGRAM, "predict", drawing, "--json"], closed=closed)
    if "1" in closed:
        assert done.returncode == UNUSABLE
        assert done.stderr == b"" if "2" in closed else b"Standard output is closed" in done.stderr
    else:
        assert (done.returncode, done.stderr) == (OK, b"")
        assert json.loads(done.stdout)["ensemble"]["digit"] == 1
    assert drawing.read_text() == ONE


@posix
@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["evaluate", "--help"], ["evaluate"]])
def test_a_closed_output_is_reported_by_every_command(arguments):
    done = run([*PROGRAM, *arguments], closed="1")
    assert (done.returncode, done.stdout) == (UNUSABLE, b"")
    assert done.stderr.startswith(b"mnist-gui: Standard output is closed")


@posix
def test_a_closed_input_is_reported_where_it_is_to_be_read():
    done = run([*PROGRAM, "predict", "-"], closed="0")
    assert (done.returncode, done.stdout) == (UNUSABLE, b"")
    assert b"Standard input is closed" in done.stderr
    assert run([*PROGRAM, "predict", "-"], closed="02").returncode == UNUSABLE


@posix
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/dev/full is Linux'")
@pytest.mark.parametrize("arguments", [["--help"], ["predict", "-"]])
def test_an_output_that_is_full_is_reported(arguments):
    with open("/dev/full", "w") as full:  # noqa: PTH123
        done = subprocess.run([*PROGRAM, *arguments], input=ONE, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == FAILED
    assert "No space left on device" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
@posix
@pytest.mark.parametrize("closed", ["0", "1", "2", "12", "012"])
def test_the_window_opens_with_closed_streams(tmp_path, closed):
    code = (
        "import mnist_gui.gui.main_window as m, os, runpy, signal, threading\n"
        "show = m.MainWindow.showEvent\n"
        "def shown(self, event):\n"
        "    show(self, event)\n"
        "    open(os.environ['SHOWN'], 'w').close()\n"
        "    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGTERM)).start()\n"
        "m.MainWindow.showEvent = shown\n"
        "runpy.run_module('mnist_gui', run_name='__main__', alter_sys=True)\n"
    )
    shown = tmp_path / "shown"
    done = run([sys.executable, "-c", code], closed=closed, SHOWN=str(shown))
    errors = [line for line in done.stderr.splitlines() if not line.startswith(b"This plugin does not support")]
    assert (done.returncode, done.stdout, errors) == (OK, b"", [])
    assert shown.exists()


# -- text


@posix
@pytest.mark.skipif(sys.platform == "darwin", reason="its disks have no such names")
@pytest.mark.slow
def test_paths_that_are_no_text_are_printed_as_text_by_every_command(tmp_path):
    odd = tmp_path / os.fsdecode(b"\xff" + ODD.replace("/", "").encode())
    odd.mkdir()
    (odd / "one.json").write_text('{"label": 1, ' + ONE[1:])
    (odd / "bad.png").write_text("no picture")
    runs = odd / "runs"
    shown = "\ufffda\ufffd[31m\ufffdb [red]c[red]<b>:smile:"
    for arguments, status in (
        (["predict", odd / "one.json", odd / "bad.png"], UNUSABLE),
        (["report", "--on", odd / "one.json", "--output", odd / "one.html", "--run", "model-1-fast"], OK),
        (["report", "--on", odd, "--output", odd / "report.html", "--run", "model-1-fast"], UNUSABLE),
        (["report", "--on", odd / "gone", "--output", odd / "report.html"], UNUSABLE),
        (["export", "model-1-fast", "--format", "csv", "--output", odd / "history.csv"], OK),
        (["export", "model-1-fast", "--format", "csv", "--output", odd / "gone" / "history.csv"], UNUSABLE),
        (["export", odd.name, "--format", "csv"], UNUSABLE),
        (["evaluate", "--runs", runs], OK),
        (["train", "--resume", odd.name, "--runs", runs], UNUSABLE),
        (["train", "--model", odd.name], UNUSABLE),
        (["screenshot", odd / "bad.png"], UNUSABLE),
        ([odd.name], UNUSABLE),
    ):
        done = run([*PROGRAM, *arguments], QT_QPA_PLATFORM="offscreen")
        assert done.returncode == status, (arguments, done.stderr)
        for printed in (done.stdout.decode(), done.stderr.decode()):
            assert "\x1b" not in printed
            assert "\u202e" not in printed
        if arguments[-1] != runs and "train" not in arguments:
            assert "[red]c[red]<b>:smile:" in (done.stdout + done.stderr).decode()
    assert shown in " ".join(html.unescape((odd / "report.html").read_text(encoding="utf-8")).split())


@posix
def test_json_keeps_the_bytes_of_a_path(tmp_path):
    odd = tmp_path / os.fsdecode(b"\xff\x1b\n.json")
    odd.write_text(ONE)
    done = run([*PROGRAM, "predict", odd, "--json"])
    assert done.returncode == OK
    assert os.fsencode(json.loads(done.stdout.decode("ascii"))["source"]) == os.fsencode(odd)


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_text_that_an_encoding_lacks_is_printed_by_what_it_has(tmp_path, encoding):
    drawing = tmp_path / "één ☃.json"
    drawing.write_text(ONE)
    arguments = [*PROGRAM, "predict", str(drawing), str(tmp_path / "gone ☃.png")]
    done = subprocess.run(arguments, capture_output=True, env={**os.environ, "PYTHONIOENCODING": encoding}, check=False)
    assert done.returncode == UNUSABLE
    out, err = done.stdout.decode(encoding), done.stderr.decode(encoding)
    assert out.count("\n") == err.count("\n") == 1
    assert ("☃" in out) == ("☃" in err) == (encoding == "utf-8")
    assert "\\u2603.json 0: 1 " in out or encoding == "utf-8"
    assert "\\xa0" not in out
    assert " %" in out.replace("\xa0", " ")


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"], ["report", "--help"], ["predict", "☃.png"]])
def test_a_system_without_a_language_prints_help_and_errors(arguments):
    environment = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run([*PROGRAM, *arguments], capture_output=True, env=environment, check=False)
    assert done.returncode == (OK if "--help" in arguments else UNUSABLE)
    assert b"Error" not in done.stderr


# -- Ctrl-C

INTERRUPTED_IMPORT = """
import atexit, runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
wanted, *sys.argv = sys.argv[1:]

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == wanted:
            signal.raise_signal(signal.SIGINT)

sys.meta_path.insert(0, Finder())
if wanted == "the end":
    atexit.register(signal.raise_signal, signal.SIGINT)
runpy.run_module("mnist_gui", run_name="__main__", alter_sys=True)
"""


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("mnist_gui.cli.interrupts", ["predict", "-"]),
        ("mnist_gui.cli.main", ["predict", "-"]),
        ("numpy", ["predict", "-"]),
        ("mnist_gui.models.inference.predictor", ["predict", "-"]),
        ("onnxruntime", ["predict", "-"]),
        ("the end", ["predict", "-"]),
        ("mnist_gui.models.export", ["export", "model-1-fast", "--format", "csv"]),
        ("mnist_gui.analysis.summary_table", ["evaluate"]),
        ("mnist_gui.report.report", ["report", "--output", "never.html"]),
        ("mnist_gui.models.training.trainer", ["train", "--model", "1"]),
        ("mnist_gui.cli.display_check", []),
        ("PySide6.QtWidgets", []),
        ("mnist_gui.gui.main_window", []),
        ("PySide6.QtWidgets", ["screenshot", "never"]),
    ],
)
def test_ctrl_c_while_the_program_starts_ends_it_without_a_traceback(tmp_path, module, arguments):
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IMPORT, module, "mnist-gui", *arguments],
        cwd=tmp_path,
        input=ONE,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (PAUSED, "")
    assert RunStore(tmp_path / "xdg_data_home" / "mnist-gui" / "runs", tmp_path / "none").runs() == []
