"""The program in new processes: no slow library is loaded before it is needed."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

LAUNCH = """
import sys, time
from pathlib import Path
from mnist_gui import app
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import RunStore
from mnist_gui.screenshots import SHAKY_FOUR
from PySide6.QtWidgets import QApplication

qt = QApplication([])
folder = Path(sys.argv[1])
dependencies = app.default_dependencies(RunStore(folder / "runs", resources_folder() / "runs"), folder / "settings")
window = app.make_window(dependencies)
window.show()
window.draw_tab.view.canvas.set_content(SHAKY_FOUR)
end = time.monotonic() + 60
while window.draw_tab.frame is None and time.monotonic() < end:
    qt.processEvents()
print(window.draw_tab.view.verdict_bar.text)
late = ("tensorflow", "keras", "pyqtgraph", "subprocess", "mnist_gui.analysis.evaluation_data",
        "mnist_gui.models.training.training_events")
print([name for name in late if name in sys.modules])
window.close()
"""


def test_the_shipped_models_read_a_shaky_four_without_tensorflow(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LAUNCH, str(tmp_path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    verdict, loaded = done.stdout.splitlines()[-2:]
    assert verdict.startswith("4 · all three agree")
    assert loaded == "[]"
