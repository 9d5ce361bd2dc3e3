import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from mnist_gui.files import use_temporary_folder, write_bytes, write_text

# Of writes by each process; MNIST_GUI_REPEAT=200 tries harder.
REPEAT = int(os.environ.get("MNIST_GUI_REPEAT", "20"))

WRITE = """
import sys
from pathlib import Path
from mnist_gui.files import write_text
for _ in range(int(sys.argv[3])):
    write_text(Path(sys.argv[1]), sys.argv[2] * 100_000)
"""
CHOOSE = """
import sys
from pathlib import Path
from mnist_gui.runs.store import RunStore
store = RunStore(Path(sys.argv[1]), Path("none"))
for _ in range(int(sys.argv[3])):
    store.back_to_shipped(sys.argv[2])
    store.activate(sys.argv[2])
"""


def run_together(script, *arguments):
    started = [
        subprocess.Popen([sys.executable, "-c", script, *map(str, given)], stderr=subprocess.PIPE, text=True)
        for given in arguments
    ]
    return [process.communicate(timeout=300)[1] for process in started]


@pytest.mark.slow
def test_six_writers_of_one_file_all_succeed_and_it_is_whole(tmp_path):
    path = tmp_path / "report.html"
    assert run_together(WRITE, *((path, letter, REPEAT) for letter in "abcdef")) == [""] * 6
    text = path.read_text()
    assert text == text[0] * 100_000
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_two_processes_that_activate_runs_lose_no_choice(make_run, store):
    runs = []
    for model in (1, 2):
        run = make_run(model)
        run.commit(files={"model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(b"m"))})
        runs.append((store.folder, run.name, REPEAT))
    assert run_together(CHOOSE, *runs) == ["", ""]
    assert [run.name for run in store.answering()] == [name for _, name, _ in runs]


@pytest.mark.skipif(os.name != "posix", reason="links need a privilege on Windows")
@pytest.mark.parametrize("name", ["file.txt.writing", ".writing-file.txt"])
def test_a_file_is_never_written_through_a_link_that_waits_beside_it(tmp_path, name):
    own = tmp_path / "own"
    own.write_text("my own text")
    (tmp_path / name).symlink_to(own)
    write_text(tmp_path / "file.txt", "new")
    assert own.read_text() == "my own text"
    assert not (tmp_path / "file.txt").is_symlink()


def test_what_a_killed_writer_left_is_removed_by_a_later_one_and_nothing_else(tmp_path):
    old = time.time() - 7200
    for name in (".writing-0123456789abcdef.txt", ".writing-mine", ".writing-0123456789abcdef-mine.txt"):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (old, old))
    (tmp_path / ".writing-1123456789abcdef").write_text("of a writer that is at work")
    write_bytes(tmp_path / "file.txt", b"new")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".writing-0123456789abcdef-mine.txt", ".writing-1123456789abcdef", ".writing-mine", "file.txt",
    ]  # fmt: skip


def test_what_a_killed_process_left_a_day_ago_is_deleted_and_what_is_in_use_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    folder = tmp_path / "cache" / "temporary"
    use_temporary_folder(folder)
    left, used = Path(tempfile.mkdtemp()), Path(tempfile.mkdtemp())
    assert left.parent == used.parent == folder
    (left / "weights.h5").write_bytes(b"half")
    single = folder / "tmp.tflite"
    single.write_bytes(b"half")
    for path in (left, single):
        os.utime(path, (time.time() - 90_000,) * 2)
    use_temporary_folder(folder)
    assert list(folder.iterdir()) == [used]


def test_without_a_folder_of_the_program_that_of_the_system_stays(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "cache").write_text("in the way")
    use_temporary_folder(tmp_path / "cache" / "temporary")
    assert tempfile.tempdir is None


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="the data are elsewhere there")
def test_a_command_keeps_its_temporary_files_where_the_user_deletes_none(tmp_path):
    old = tmp_path / "mnist-gui" / "temporary" / "tmp-of-a-killed-process"
    old.mkdir(parents=True)
    os.utime(old, (0, 0))
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "mnist_gui", "predict", str(tmp_path / "missing.png")]
    subprocess.run(command, env=environment, capture_output=True, timeout=60)
    assert not old.exists()
