"""Close a window in which a model trains in random ways, and check each time that nothing was lost.

Each time a process opens the real window on fakes (models and training without TensorFlow, see `tests/fakes.py`),
draws, starts a training with another one in the queue, opens some dialog or none, and is then asked to close several
times over: by Ctrl+Q, the window's close button, Ctrl-C, SIGTERM, SIGHUP or the end of the session, with the question
answered in either way or not at all. It must end with status 0, without an abort or a traceback; the drawing must be as
it was, the run paused (interrupted, where "End now" was pressed), the other training still in the queue. Exit status 1
says that anything was wrong.

    python tools/close_training.py [--times 200] [--seed N]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))  # for the fakes

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from mnist_gui import app
from mnist_gui.digits.dataset import Dataset, Split
from mnist_gui.digits.drawing import Drawing
from mnist_gui.gui.canvas_file import read_content
from mnist_gui.gui.closing import FinishingWindow
from mnist_gui.gui.main_window import TRAIN, MainWindow
from mnist_gui.gui.settings import Settings
from mnist_gui.gui.train.queue.queue_file import QUEUE_FILE
from mnist_gui.models.recipes import QUICK
from mnist_gui.runs.store import RunStore
from tests.fakes import FakePredictor, FakeTraining

PATIENCE = 60  # seconds until a process that was closed must have ended
DIALOGS = ("no dialog", "keys", "about", "open", "save", "menu", "exception", "why panel", "writing", "presentation")
SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")
ENDS = (*SIGNALS, "end of session")  # no question is asked
REQUESTS = ("Ctrl+Q", "close button", "close button", *ENDS)
ANSWERS = ("Pause and close", "Pause and close", "Keep training", "End now")
DELIBERATE = "an exception that is shown in a box"


@dataclass(frozen=True)
class Plan:
    """What is done to one process.

    Attributes
    ----------
    drawing
        What is drawn first.
    dialog
        One of `DIALOGS`, opened before the first step.
    steps
        Seconds after the step before, and one of `REQUESTS` or `ANSWERS`; the last one always ends the program.
    batch_seconds
        Duration of each batch of the training.
    """

    drawing: Drawing
    dialog: str
    steps: tuple[tuple[float, str], ...]
    batch_seconds: float

    @classmethod
    def choose(cls, chance: random.Random) -> Plan:
        """Return a random plan."""
        strokes = [
            [[chance.uniform(100, 900), chance.uniform(100, 900)] for _ in range(chance.randint(2, 9))]
            for _ in range(chance.randint(1, 3))
        ]
        strokes[0] += [[100, 100], [900, 900]]  # large enough that the canvas does not resize it
        steps = [
            (chance.choice((0, 0, 0.001, 0.02, 0.1, 0.6)), chance.choice((*REQUESTS[:3], *REQUESTS, *ANSWERS)))
            for _ in range(chance.randint(1, 7))
        ]
        steps.append((chance.choice((0, 0.05, 0.8)), chance.choice(ENDS)))
        return cls(Drawing(strokes), chance.choice(DIALOGS), tuple(steps), chance.choice((0.002, 0.02, 0.3, 1.5)))


# -- the process


def be_the_program(plan: Plan, folder: Path) -> None:
    """Be the program, on fakes and in a folder of its own, and do to its window what the plan says."""
    log = os.open(folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(log, 1)
    os.dup2(log, 2)
    threading.Thread(target=end_with_parent, daemon=True).start()
    labels = (np.arange(2400) % 10).astype(np.uint8)
    split = Split(np.zeros((2400, 28, 28), np.uint8), labels)
    make_window = app.make_window

    def make_closed_window(dependencies: app.Dependencies) -> MainWindow:
        window = make_window(dependencies)
        window.closer = Closer(window, plan)  # keeps it alive
        return window

    app.make_window = make_closed_window
    dependencies = app.Dependencies(
        RunStore(folder / "runs", folder / "shipped"),
        Settings(folder / "settings"),
        FakePredictor,
        lambda: Dataset("blank", split, split, "checksum"),
        FakeTraining(batch_seconds=plan.batch_seconds),
        my_digits=folder / "my.jsonl",
        cache=folder / "cache",
    )
    sys.exit(app.run_window(dependencies))


def end_with_parent() -> None:
    """End this process when the one that started it was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


class Closer:
    """Carries out a plan in the event loop of its window."""

    def __init__(self, window: MainWindow, plan: Plan) -> None:
        self._window, self._plan = window, plan
        self._steps = list(plan.steps)
        QTimer.singleShot(0, self._start)

    def _start(self) -> None:
        window = self._window
        window.draw_tab.view.canvas.set_content(self._plan.drawing)
        window.tabs.setCurrentIndex(TRAIN)
        window.train_tab.view.panel.start_requested.emit(QUICK.with_changes(epochs=10_000), (1, 2), 0)
        open_dialog(window, self._plan.dialog)
        self._schedule()

    def _schedule(self) -> None:
        if self._steps:
            QTimer.singleShot(round(1000 * self._steps[0][0]), self._next)

    def _next(self) -> None:
        what = self._steps.pop(0)[1]
        self._schedule()
        match what:
            case "Ctrl+Q":
                next(action for action in self._window.findChildren(QAction) if action.text() == "&Quit").trigger()
            case "close button":
                self._window.windowHandle().close()
            case "end of session":
                self._window.end()
            case "SIGINT" | "SIGTERM" | "SIGHUP":
                # From another thread, so that it arrives at any moment.
                threading.Timer(0.002, os.kill, (os.getpid(), getattr(signal, what))).start()
            case _:
                press(what)


def open_dialog(window: MainWindow, name: str) -> None:
    """Open one of `DIALOGS`."""
    actions = window.draw_tab.view.draw_actions
    match name:
        case "keys":
            window._show_shortcuts()
        case "about":
            window._show_about()
        case "open":
            actions.open.trigger()
        case "menu":
            window.menuBar().actions()[0].menu().popup(QPoint(0, 0))
        case "save":
            actions.save.trigger()
        case "why panel":
            window.draw_tab.view.panel_dock.open("why")
        case "writing":
            window.draw_tab._writing_session.start()
        case "presentation":
            window._presentation.action.trigger()
        case "exception":
            QTimer.singleShot(0, fail)


def fail() -> None:
    """Raise an exception that no code expects."""
    raise RuntimeError(DELIBERATE)


def press(label: str) -> None:
    """Press a button of the question, or of the small window, if it is shown."""
    for widget in QApplication.topLevelWidgets():
        if widget.isVisible() and isinstance(widget, QMessageBox | FinishingWindow):
            for button in widget.findChildren(QPushButton):
                if button.text() == label:
                    button.click()
                    return


# -- the checks


def start_program(plan: Plan, folder: Path) -> BaseProcess:
    """Start a process, on POSIX forked from a server that has imported the program."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload([Path(__file__).stem, "mnist_gui.gui.train.train_tab"])
    process: BaseProcess = context.Process(target=be_the_program, args=(plan, folder), daemon=True)
    process.start()
    return process


def close_once(plan: Plan, folder: Path) -> list[str]:
    """Carry out a plan in a new process; return what was wrong."""
    process = start_program(plan, folder)
    process.join(PATIENCE)
    if process.exitcode is None:
        process.kill()
        process.join()
        return [f"it had not ended after {PATIENCE} s"]
    return list(problems(plan, folder, process.exitcode))


def problems(plan: Plan, folder: Path, status: int) -> Iterator[str]:
    """Yield what is wrong after a process has ended."""
    if status:
        yield f"it ended with the status {status}"
    log = (folder / "log").read_text(encoding="utf-8", errors="replace")
    if log.count("Traceback") > (plan.dialog == "exception") or "QThread" in log:
        yield f"it printed {log[-2000:]!r}"
    canvas = folder / "settings" / "canvas.json"
    if not canvas.exists() or read_content(canvas) != plan.drawing:
        yield "the drawing was lost"
    runs = RunStore(folder / "runs", folder / "shipped").runs()
    may_be_cut_off = any(what == "End now" for _, what in plan.steps)
    for run in runs:
        if run.status != "paused" and not (may_be_cut_off and run.status == "interrupted"):
            yield f"the run of model {run.model} is {run.status}"
    queue = folder / "settings" / QUEUE_FILE
    jobs = json.loads(queue.read_text(encoding="utf-8")) if queue.exists() else []
    if sorted([run.model for run in runs] + [job["model"] for job in jobs]) != [1, 2]:
        yield f"of two trainings there are {len(runs)} runs, and {len(jobs)} in the queue"


def close_again_and_again(times: int, seed: int, show: Callable[[str], None]) -> tuple[int, Counter[str]]:
    """Carry out random plans; return how many went wrong, and how often each dialog and step was chosen."""
    chance = random.Random(seed)
    wrong, counts = 0, Counter[str]()
    for number in range(1, times + 1):
        plan = Plan.choose(chance)
        counts.update([plan.dialog, *(what for _, what in plan.steps)])
        began = time.monotonic()
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            found = close_once(plan, Path(folder))
        wrong += bool(found)
        steps = ", ".join(f"{what} after {1000 * seconds:.0f} ms" for seconds, what in plan.steps)
        show(f"{number:>4} {time.monotonic() - began:5.1f} s  {'WRONG' if found else 'well'}  {plan.dialog}; {steps}")
        for problem in found:
            show(f"     {problem}")
    return wrong, counts


def main(argv: Sequence[str] | None = None) -> int:
    """Run the script; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--times", type=int, default=200, metavar="N", help="how many processes; default: 200")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the random choices; default: 0")
    arguments = parser.parse_args(argv)
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    wrong, counts = close_again_and_again(arguments.times, arguments.seed, lambda line: print(line, flush=True))
    print(", ".join(f"{name} {count}" for name, count in counts.most_common()))
    print(f"{wrong} of {arguments.times} went wrong.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
