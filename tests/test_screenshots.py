"""Screenshots through the command line, in fresh processes."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def test_screenshot_writes_a_picture_of_each_tab_in_both_themes(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "mnist_gui", "screenshot", str(tmp_path / "new"), "--runs", str(tmp_path / "runs")],
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    names = {f"{tab}-{theme}.png" for tab in ("draw", "train", "compare") for theme in ("light", "dark")}
    assert {path.name for path in (tmp_path / "new").iterdir()} == names
    assert len({(tmp_path / "new" / name).read_bytes() for name in names}) == 6, "six different pictures"


def test_screenshot_that_cannot_be_saved_ends_with_a_sentence(tmp_path):
    (tmp_path / "draw-light.png").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "mnist_gui", "screenshot", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "draw-light.png" in done.stderr


def test_screenshot_into_a_file_is_refused_with_a_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    done = subprocess.run(
        [sys.executable, "-m", "mnist_gui", "screenshot", str(tmp_path / "file")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
