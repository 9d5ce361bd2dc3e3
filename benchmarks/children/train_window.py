"""Two epochs in the Train tab, with live curves. Arguments: model, frames, shipped runs, a temporary folder."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from training_window import open_window, press_start

from mnist_gui.models.training import training_events
from mnist_gui.runs.store import RunStore

model, limit = map(int, sys.argv[1:3])
shipped, folder = map(Path, sys.argv[3:])
ends: list[tuple[float, float]] = []
problems: list[str] = []


def hear(event: training_events.Event) -> None:
    """Take the time when an epoch is reported: it is on disk then."""
    if isinstance(event, training_events.EpochEnded):
        ends.append((time.perf_counter(), time.process_time()))
    elif isinstance(event, training_events.TrainingEnded) and event.status != "completed":
        problems.append(event.message or event.status)


app = QApplication(sys.argv[:1])
window = open_window(RunStore(folder / "runs", shipped), folder, limit, hear)
press_start(window, model, epochs=2)
assert window.train_tab is not None
window.train_tab.training_changed.connect(lambda trains: trains or QTimer.singleShot(0, window.close))
app.exec()
if problems or len(ends) != 2:
    sys.exit(f"The training did not complete: {problems}")
print("epoch", *(end - begin for begin, end in zip(*ends, strict=True)), flush=True)
