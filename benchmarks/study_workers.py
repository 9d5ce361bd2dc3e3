"""Claim: three workers of a cluster on this machine are as fast as its cores allow, and cost under a second per run.

The same study of small runs, each trained on one processor thread, is trained here one run after another, by one worker
of a Dask scheduler on this machine, and by three. Each worker trains one run before, so that it has imported
TensorFlow. Printed are the speed of three workers against one, beside the ideal of min(3, cores), and what a run costs
more at one worker than here: the engine's overhead. The machine must be idle. Interrupted, it ends its processes; with
`--keep FILE`, the same command measures only what is not in the file yet.

    python benchmarks/study_workers.py [--seeds 6] [--frames 640] [--keep FILE]
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from pathlib import Path

from common import environment, parser

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))
from kill_study import Cluster
from kill_training import end_by_signals, use_threads

from mnist_gui.digits.dataset import load_mnist
from mnist_gui.models.recipes import FAST
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.studies.cluster import ClusterAddress, train_on_cluster
from mnist_gui.studies.plan import StudyPlan
from mnist_gui.studies.runner import train_study
from mnist_gui.studies.study import StudyStore

WORKERS = 3
GOAL = 0.9


def ignore(*_arguments: object) -> None:
    """Do nothing with an event."""


def seconds_of(folder: Path, name: str, seeds: int, frames: int, cluster: Cluster | None) -> float:
    """Return how long a study takes."""
    recipe = FAST.with_changes(epochs=2, frames=frames, batch_size=32, held_out=64)
    study = StudyStore(folder).create(StudyPlan(name, (1,), recipe, {}, tuple(range(1, seeds + 1))))
    dataset, control = load_mnist(), TrainingControl()
    began = time.perf_counter()
    if cluster is None:
        status = train_study(study, dataset, train=train, report=ignore, begin=ignore, control=control)
    else:
        where = ClusterAddress(cluster.address)
        status = train_on_cluster(study, dataset, where, report=ignore, begin=ignore, say=print, control=control)
    assert status == "completed", status
    return time.perf_counter() - began


def measure(folder: Path, seeds: int, frames: int, workers: int) -> float:
    """Return the duration of the study in seconds on a number of workers that have trained one run each; 0: here."""
    (folder / str(workers)).mkdir()
    cluster = Cluster(folder / str(workers), workers) if workers else None
    try:
        seconds_of(folder, f"warm-up-{workers}", max(workers, 1), 64, cluster)
        return seconds_of(folder, f"measured-{workers}", seeds, frames, cluster)
    finally:
        if cluster is not None:
            cluster.close()


def main() -> None:
    """Measure, and print the figures."""
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=6, help="number of runs")
    options.add_argument("--frames", type=int, default=640, help="training frames of each run")
    options.add_argument("--keep", type=Path, metavar="FILE", help="where each time is kept as it is measured")
    arguments = options.parse_args()
    use_threads(1)
    end_by_signals()
    print(environment())
    what, times = f"{arguments.seeds} seeds, {arguments.frames} frames", {}
    kept = json.loads(arguments.keep.read_text()) if arguments.keep and arguments.keep.exists() else {}
    for workers in (0, 1, WORKERS):
        key = f"{what}, {workers} workers"
        if key not in kept:
            with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
                kept[key] = measure(Path(folder), arguments.seeds, arguments.frames, workers)
            if arguments.keep:
                arguments.keep.write_text(json.dumps(kept, indent=1) + "\n")
        times[workers] = kept[key]
        print(f"{key}: {times[workers]:.1f} s", flush=True)
    ideal = min(WORKERS, os.cpu_count() or 1)
    speed = times[1] / times[WORKERS]
    overhead = (times[1] - times[0]) / arguments.seeds
    print(f"{arguments.seeds} runs here {times[0]:.1f} s, one worker {times[1]:.1f} s, three {times[WORKERS]:.1f} s")
    print(
        f"three workers against one: {speed:.2f} times as fast, {speed / ideal:.2f} of the ideal {ideal} (goal {GOAL})"
    )
    print(f"overhead of the engine: {overhead:.2f} s per run (goal: under 1)")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("Interrupted; all processes have ended.")
