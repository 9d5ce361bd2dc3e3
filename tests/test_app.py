"""The real program in fresh processes: nothing slow is loaded before it is needed."""

import subprocess
import sys

LAUNCH = """
import sys, time
from pathlib import Path
from mnist_gui import app
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import RunStore
from PySide6.QtWidgets import QApplication

qt = QApplication([])
folder = Path(sys.argv[1])
parts = app.real_parts(RunStore(folder / "runs", resources_folder() / "runs"), folder / "settings")
window = app.make_window(parts)
window.show()
window.draw_tab.canvas.set_content(app.SHAKY_FOUR)
end = time.monotonic() + 60
while window.draw_tab.frame is None and time.monotonic() < end:
    qt.processEvents()
print(window.draw_tab.strip.text)
print([name for name in ("tensorflow", "keras", "pyqtgraph") if name in sys.modules])
window.close()
"""


def test_the_shipped_models_read_a_shaky_four_without_tensorflow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LAUNCH, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    said, loaded = done.stdout.splitlines()[-2:]
    assert said.startswith("4 · all three agree")
    assert loaded == "[]"


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
