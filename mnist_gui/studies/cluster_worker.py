"""What the workers of a cluster do: train a run, and send it back after each epoch.

A worker has this program and MNIST, and shares no disk with the machine of the study.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mnist_gui import __version__
from mnist_gui.digits.dataset import Dataset, DatasetError, load_mnist
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.training.training_events import EpochEnded, Event
from mnist_gui.runs.record import FileEntry, RunError
from mnist_gui.runs.run import Run
from mnist_gui.studies.run_package import RunPackage, pack, unpack_new


@dataclass(frozen=True)
class WorkerFacts:
    """What a worker must have in common with the machine of the study.

    Attributes
    ----------
    version
        Version of this program.
    mnist
        Checksum of MNIST; empty if it cannot be read.
    """

    version: str
    mnist: str


def worker_facts() -> WorkerFacts:
    """Return the facts of this machine."""
    try:
        return WorkerFacts(__version__, _mnist().checksum)
    except DatasetError:
        return WorkerFacts(__version__, "")


@cache
def _mnist() -> Dataset:
    return load_mnist()


def train_package(package: RunPackage, dataset: Dataset | None, queue: str) -> RunPackage | str:
    """Train a run to its end, as a task of Dask; return it, or a sentence if this worker cannot.

    Parameters
    ----------
    package
        The run; its epochs are not trained again.
    dataset
        Own data; None for MNIST.
    queue
        Name of the queue that receives the run after each epoch.
    """
    from distributed import Queue, get_worker

    worker = get_worker()
    key = worker.get_current_task()
    results = Queue(queue)

    def send(state: RunPackage) -> None:
        results.put({"task": key, "name": state.name, "record": state.record, "files": dict(state.files)})

    def is_wanted() -> bool:
        """Return whether the study still waits for this task: it may have been paused, or its machine be off."""
        task: Any = worker.state.tasks.get(key)
        return task is not None and task.state in ("executing", "long-running")

    try:
        with tempfile.TemporaryDirectory(dir=worker.local_directory, ignore_cleanup_errors=True) as folder:
            return _train(package, dataset or _mnist(), Path(folder), send, is_wanted)
    except OSError as error:
        return f"its disk cannot be used ({error.strerror or error}); make room on it"
    except (RunError, DatasetError) as error:
        return str(error).rstrip(".")


def _train(
    package: RunPackage,
    dataset: Dataset,
    folder: Path,
    send: Callable[[RunPackage], None],
    is_wanted: Callable[[], bool],
) -> RunPackage:
    from mnist_gui.models.training.trainer import train

    run = unpack_new(package, folder)
    control = TrainingControl()
    known: dict[str, FileEntry] = dict(run.record.files)

    def report(event: Event) -> None:
        if not is_wanted():
            control.interrupt()
        elif isinstance(event, EpochEnded):
            send(pack(Run.open(run.folder), known))
            known.clear()
            known.update(Run.open(run.folder).record.files)

    at_first = dict(run.record.files)
    return pack(train(run, dataset, report=report, control=control), at_first)
