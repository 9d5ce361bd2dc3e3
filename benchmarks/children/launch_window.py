"""Run `mnist-gui` from its first import to the first prediction. Arguments: own runs, shipped runs, settings."""

from __future__ import annotations

import sys
from pathlib import Path

from mnist_gui.cli import main  # noqa: F401 - its imports and the check of the display are part of every launch
from mnist_gui.cli.display_check import missing_display
from mnist_gui.runs.store import RunStore

own, shipped, settings = map(Path, sys.argv[1:])
missing = missing_display()
if missing:
    sys.exit(missing)

import gc  # noqa: E402

gc.disable()  # as the program does
from dataclasses import replace  # noqa: E402

from painted import FirstPaint  # noqa: E402
from PySide6.QtCore import QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from mnist_gui.app import default_dependencies, make_window  # noqa: E402
from mnist_gui.models.inference.predictor import Predictor, load_predictor  # noqa: E402

models: list[int] = []


def load() -> Predictor:
    """Load as always, and remember how many models there were to answer."""
    predictor = load_predictor(store)
    models.append(len(predictor.models))
    return predictor


def report() -> None:
    """Paint the cards, which have the answer by now, and say so."""
    app.processEvents()
    print("answered", *models, flush=True)
    from memory import resident

    print("memory", *resident(), flush=True)
    window.close()


store = RunStore(own, shipped)
app = QApplication(sys.argv[:1])
window = make_window(replace(default_dependencies(store, settings), load_predictor=load))
FirstPaint(window.draw_tab.view.canvas)
# Emitted once the cards are filled.
window.draw_tab.frame_changed.connect(lambda frame: frame is not None and QTimer.singleShot(0, report))
window.show()
sys.exit(app.exec())
