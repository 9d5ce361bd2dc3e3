"""Claim: a stop takes effect within two batches, in training and in validation.

The program's `train` trains a model on MNIST frames; another thread, as in the window, stops it at a random time, in
the training of the first epoch or in its validation. The batches that start after it are counted; the time until no
batch runs is printed too. There is no peer: the claim is absolute.

    python benchmarks/stop_delay.py [--model 1] [--stops 10] [--limit 2560] [--seed 0]
"""

from __future__ import annotations

import random
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from unittest import mock

import keras
from common import environment, parser

from mnist_gui.digits.dataset import Dataset, load_mnist
from mnist_gui.models import architectures
from mnist_gui.models.architectures import ARCHITECTURES, Architecture
from mnist_gui.models.recipes import NOTEBOOK
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.store import RunStore

STEPS = {"training": "train_on_batch", "validation": "test_on_batch"}


class Stop:
    """Stops a training from another thread and counts the batches that start afterwards.

    Parameters
    ----------
    method
        Method of the model whose batches are counted.
    after, delay
        The stop follows this number of batches and this fraction of the duration of one.
    """

    def __init__(self, method: str, after: int, delay: float) -> None:
        self.control = TrainingControl()
        self.begun_after = 0
        self.seconds = 0.0
        self._method, self._after, self._delay = method, after, delay
        self._batches = 0
        self._stopped_at = 0.0
        self._began_at = 0.0
        self._build = architectures.build

    def build(self, architecture: Architecture) -> keras.Model:
        """Return the model with all its batches observed."""
        model = self._build(architecture)
        for method in STEPS.values():
            setattr(model, method, self._watched(method, getattr(model, method)))
        return model

    def _watched(self, method: str, work: Callable) -> Callable:
        def on_batch(*arguments: object, **options: object) -> object:
            if self._stopped_at:
                self.begun_after += 1
            now, before = time.perf_counter(), self._began_at
            self._began_at = now
            if method == self._method:
                self._batches += 1
                if self._batches == self._after:
                    threading.Timer((now - before) * self._delay, self._stop).start()
            logs = work(*arguments, **options)
            if self._stopped_at:
                self.seconds = time.perf_counter() - self._stopped_at
            return logs

        return on_batch

    def _stop(self) -> None:
        self._stopped_at = time.perf_counter()
        self.control.stop()


def stop_once(model: int, dataset: Dataset, method: str, rng: random.Random) -> Stop:
    """Train, stop, and return the result."""
    validated = len(dataset.test) if method == STEPS["validation"] else len(dataset.train)
    batches = validated // NOTEBOOK.batch_size
    stop = Stop(method, rng.randint(3, batches - 3), rng.random())
    with tempfile.TemporaryDirectory() as folder, mock.patch.object(architectures, "build", stop.build):
        store = RunStore(Path(folder), Path(folder) / "none")
        run = store.create(model, NOTEBOOK.to_json(), 0, describe_data(NOTEBOOK, dataset))
        train(run, dataset, report=lambda event: None, control=stop.control)
        if run.record.status != "stopped" or run.record.epochs:
            raise SystemExit(f"The run is {run.record.status} after {run.record.epochs} epochs: {run.record.message}")
    return stop


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--model", type=int, choices=tuple(ARCHITECTURES), default=1)
    options.add_argument("--stops", type=int, default=10, metavar="N", help="stops in training, and in validation")
    options.add_argument(
        "--limit", type=int, default=2_560, metavar="N", help="training and validation frames; at least 1024"
    )
    options.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the times")
    arguments = options.parse_args()
    if arguments.limit < 8 * NOTEBOOK.batch_size:
        options.error(f"--limit must be {8 * NOTEBOOK.batch_size} or more")
    full = load_mnist()
    dataset = replace(full, train=full.train[: arguments.limit], test=full.test[: arguments.limit])
    rng = random.Random(arguments.seed)
    print(environment())
    for name, method in STEPS.items():
        stops = [stop_once(arguments.model, dataset, method, rng) for _ in range(arguments.stops)]
        most, seconds = max(stop.begun_after for stop in stops), [stop.seconds for stop in stops]
        print(f"stopped in {name}, {len(stops)} times: at most {most} batches started afterwards;", end=" ")
        print(f"the last one ended {median(seconds):.2f} s later (median; longest {max(seconds):.2f} s)", flush=True)
    print("\ntarget: at most 2 batches")


if __name__ == "__main__":
    main()
