"""An epoch in the Train tab. Arguments: model, frames, batches or 0 for all, shipped runs, a temporary folder."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from peak import peak_memory
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from training_window import open_window, press_start

from mnist_gui.models.training import training_events
from mnist_gui.runs.store import RunStore

model, limit, batches = map(int, sys.argv[1:4])
shipped, folder = map(Path, sys.argv[4:])
measured = threading.Event()


def hear(event: training_events.Event) -> None:
    """Take the peak after the last batch that was asked for, or when the epoch is on disk."""
    last = isinstance(event, training_events.BatchEnded) and event.batch == batches
    if (last or isinstance(event, training_events.EpochEnded)) and not measured.is_set():
        print("peak", peak_memory(), flush=True)
        measured.set()
    elif isinstance(event, training_events.TrainingEnded):
        print("exported", peak_memory(), flush=True)


def end() -> None:
    """Leave as soon as all is measured; a whole epoch ends with its export."""
    tab = window.train_tab
    assert tab is not None
    if measured.is_set() and (batches or not tab.is_training):
        tab.shut_down()
        timer.stop()
        window.close()


app = QApplication(sys.argv[:1])
window = open_window(RunStore(folder / "runs", shipped), folder, limit, hear)
press_start(window, model, epochs=1)
timer = QTimer(interval=100)
timer.timeout.connect(end)
timer.start()
sys.exit(app.exec())
