"""The first ten minutes and a lesson, walked through with mouse and keys: nothing is cut, covered or out of reach."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QAbstractButton, QApplication, QDialog, QMainWindow, QWidget

from mnist_gui import walk as walk_module
from mnist_gui.app import Dependencies, make_window
from mnist_gui.gui import theme
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train import fine_tuning_evaluator
from mnist_gui.models.training import fine_tuning
from mnist_gui.walk import walk
from tests.comparison_data import add_run, use_bar_models
from tests.fakes import FakePredictor, FakeTraining
from tests.fine_tuning_effects import effect_of
from tests.gui.cut_widgets import cut_buttons, faults
from tests.gui.shown_words import unexplained

pytestmark = pytest.mark.slow

STEPS = [
    "draw-blank", *(f"tour-{number}" for number in range(1, 7)), "draw-seven", "draw-forty-two", "draw-letter",
    "draw-random", "draw-fools-them", "draw-why", "draw-framing", "draw-stress", "draw-my-digits", "teach-choice",
    "teach-running", "teach-result", "network", "train-ready", "train-first-epoch", "train-finished", "compare-result",
    "compare-mistakes", "compare-robustness", "compare-confidence", "compare-studies", "report", "present",
    "present-why",
]  # fmt: skip


# Lie over their parent on purpose.
OVERLAYS = ("plot_empty", "fading_hint", "digit_palette", "tour_spotlight", "tour_bubble")


class WindowWatcher(QObject):
    """Collects what was shown as a window though it is a part of one: it would flash, and take the focus."""

    def __init__(self) -> None:
        super().__init__()
        self.flashes: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            is_popup = watched.windowFlags() & 0xFF not in (0, 1)  # neither a widget nor a plain window
            if not is_popup and not isinstance(watched, QMainWindow | QDialog) and not watched.windowTitle():
                self.flashes.append(f"{type(watched).__name__} {watched.objectName()}")
        return False


@pytest.fixture
def window(qtbot, store, tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(walk_module, "SETTLE_SECONDS", 0.2)  # fakes answer at once
    monkeypatch.setattr(walk_module, "LOOK_SECONDS", 0.7)
    monkeypatch.setattr(walk_module, "_TRAINING_WAIT_SECONDS", 60.0)
    use_bar_models(monkeypatch)
    monkeypatch.setattr(fine_tuning, "read_weights", lambda run: [])
    effect = effect_of([1, 1, 7, 1], before=[7, 7, 7, 4], after=[1, 1, 7, 7], held_out=1)
    monkeypatch.setattr(fine_tuning_evaluator, "measure_fine_tuning_effect", lambda *runs, progress: effect)
    run, *others = (add_run(store, model) for model in (1, 2, 3))
    for each in (run, *others):
        store.activate(each.name)
    dependencies = Dependencies(
        store,
        Settings(tmp_path / "settings"),
        lambda: FakePredictor((7, 7, 7)),
        lambda: tiny_dataset,
        FakeTraining(batch_seconds=0.001, exports=True),
        my_digits=tmp_path / "my.jsonl",
        cache=tmp_path / "cache",
        shipped_studies=tmp_path / "no studies",  # whose digits are not those of these tests
    )
    window = make_window(dependencies)
    yield window
    window.end()
    window.deleteLater()
    theme.apply(QApplication.instance(), "light")


@pytest.mark.parametrize(
    ("size", "kind", "text_scale"),
    [
        ((1024, 700), "light", 1.0),
        ((1240, 700), "dark", 1.0),  # at first
        ((1364, 705), "dark", 1.0),
        ((2560, 1440), "light", 1.0),
        ((1024, 700), "dark", 1.5),
        ((1364, 705), "light", 1.5),
    ],
)
def test_no_step_of_a_lesson_cuts_or_covers_anything(qtbot, window, store, size, kind, text_scale):
    window._settings.theme, window._settings.text_scale = kind, text_scale
    window.apply_theme()
    window.resize(*size)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    watcher = WindowWatcher()
    QApplication.instance().installEventFilter(watcher)
    seen, found, words = [], {}, {}
    for name, widget, missed in walk(window, store):
        seen.append(name)
        lines = [line for line in faults(widget) if not any(overlay in line for overlay in OVERLAYS)]
        if text_scale == 1 and name.startswith(("draw", "teach", "train")):
            lines += cut_buttons(widget)
        primary = [button for button in widget.findChildren(QAbstractButton) if is_primary(button)]
        if len(primary) > 1:
            lines.append(f"several primary buttons: {[button.text() for button in primary]}")
        if missed or lines:
            found[name] = [*missed, *lines]
        words |= unexplained(widget)
    QApplication.instance().removeEventFilter(watcher)
    assert seen == STEPS
    assert not watcher.flashes
    assert not found, "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines)
    assert not words


def is_primary(button: QAbstractButton) -> bool:
    return button.isVisible() and bool(button.property("primary"))


def test_at_a_scale_of_two_nothing_is_cut_or_covered_either(tmp_path):
    """Qt reads the scale and the size of the screen when it starts: in a process of its own."""
    screen = {"name": "one", "x": 0, "y": 0, "width": 2048, "height": 1400}
    scales = {"logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    (tmp_path / "screens.json").write_text(json.dumps({"screens": [screen | scales]}))
    test = f"{test_no_step_of_a_lesson_cuts_or_covers_anything.__name__}[size0-light-1.0]"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"{__file__}::{test}"],
        cwd=tmp_path,
        env={**os.environ, "QT_SCALE_FACTOR": "2", "QT_QPA_PLATFORM": "offscreen:configfile=screens.json"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
