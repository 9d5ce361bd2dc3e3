"""Claim: while the panel "Why" computes explanations, 95 of 100 predictions for the pen still take under 33 ms.

The explanation thread of the window and the shipped models (or those of --runs), on MNIST test digits. First, the time
of an explanation of all three models, from the request to the signal, and of a sweep of the panel "Stress". Then a pen
that requests a prediction every 8 ms, or as soon as the last one arrived, in blocks that alternate: with an idle
explanation thread, and with one that explains one digit after another. There is no peer: the claim is absolute.

    python benchmarks/explain_speed.py [--digits 40] [--blocks 10] [--answers 50] [--runs DIR]
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain, cycle
from pathlib import Path
from statistics import median

import numpy as np
from common import add_runs, alternate, environment, parser, percentile, shipped_folder
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, Qt, SignalInstance

from mnist_gui.digits.dataset import load_mnist
from mnist_gui.gui.draw.panels.explanation_thread import ExplanationThread
from mnist_gui.models.inference.predictor import LoadedModel, Predictor, load_models, load_predictor
from mnist_gui.runs.store import RunStore

PEN_SECONDS = 0.008
TOO_LONG = 60  # seconds


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--digits", type=int, default=40, metavar="N", help="number of digits")
    options.add_argument("--blocks", type=int, default=10, metavar="N", help="alternating blocks of each side")
    options.add_argument("--answers", type=int, default=50, metavar="N", help="predictions for the pen per block")
    add_runs(options)
    arguments = options.parse_args()

    _app = QCoreApplication([])
    frames = load_mnist().test.frames()[: arguments.digits]
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs", shipped_folder(arguments.runs))
        worker = ExplanationThread(lambda: load_models(store, load=partial(LoadedModel, threads=1))[0])
        worker.start()
        try:
            print(environment())
            print(f"\n{'':<44}{'count':>8}{'median':>12}{'p95':>12}")
            _row("one explanation, all models", _times(worker.explain, worker.explained, frames))
            sweep = partial(worker.stress, property_name="rotation")
            _row("one sweep, all models", _times(sweep, worker.stressed, frames))
            predictor = load_predictor(store)
            alone, beside = _beside(worker, predictor, frames, arguments.blocks, arguments.answers)
        finally:
            worker.shut_down()
    _row("an answer to the pen, nothing explained", alone)
    _row("an answer to the pen beside explanations", beside)
    print("\ntarget: the p95 of the last line under 33 ms, idle machine")


def _times(ask: Callable[[NDArray[np.float32]], None], signal: SignalInstance, frames: np.ndarray) -> list[float]:
    """Return the seconds from each request to its result, without the first one, which loads what it needs."""
    arrived = threading.Event()
    link = signal.connect(lambda *_: arrived.set(), Qt.ConnectionType.DirectConnection)
    seconds = []
    for frame in (frames[0], *frames):
        began = time.perf_counter()
        ask(frame)
        assert arrived.wait(TOO_LONG), "no answer came"
        seconds.append(time.perf_counter() - began)
        arrived.clear()
    signal.disconnect(link)
    return seconds[1:]


def _beside(
    worker: ExplanationThread, predictor: Predictor, frames: np.ndarray, blocks: int, answers: int
) -> tuple[list[float], list[float]]:
    """Return the seconds of each prediction for the pen without and with explanations."""
    asked, explained = cycle(frames), cycle(frames)
    busy, idle = threading.Event(), threading.Event()

    def on_explained() -> None:
        if busy.is_set():
            worker.explain(next(explained))
        else:
            idle.set()

    # Connected directly, in the worker's thread, so that no explanation waits for this event loop.
    worker.explained.connect(on_explained, Qt.ConnectionType.DirectConnection)

    def alone() -> list[float]:
        return _pen(predictor, asked, answers)

    def beside() -> list[float]:
        idle.clear()
        busy.set()
        worker.explain(next(explained))
        seconds = _pen(predictor, asked, answers)
        busy.clear()
        assert idle.wait(TOO_LONG), "the last explanation did not come"
        return seconds

    alone(), beside()  # the first calls build buffers
    sides = zip(*alternate(blocks, alone, beside), strict=True)
    first, second = (list(chain.from_iterable(side)) for side in sides)
    return first, second


def _pen(predictor: Predictor, frames: cycle[NDArray[np.float32]], answers: int) -> list[float]:
    seconds = []
    for _ in range(answers):
        began = time.perf_counter()
        predictor.predict_one(next(frames))
        took = time.perf_counter() - began
        seconds.append(took)
        time.sleep(max(PEN_SECONDS - took, 0))
    return seconds


def _row(title: str, seconds: Sequence[float]) -> None:
    middle, high = 1000 * median(seconds), 1000 * percentile(seconds, 0.95)
    print(f"{title:<44}{len(seconds):>8}{middle:>9.1f} ms{high:>9.1f} ms")


if __name__ == "__main__":
    main()
