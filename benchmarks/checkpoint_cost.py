"""Claim: committing an epoch (checkpoint, history, record, all flushed) takes less than 2 % of the time of an epoch.

Each model is trained by the notebook's recipe on a part of the training frames and validated on the 10,000 test frames,
by the program's `train`. The commit lies between the end of the validation and the event of the epoch, which is then on
disk. `--limit 60000` measures a whole epoch; with fewer frames, the time of the training is extrapolated, and the line
says so. The first epoch builds the graph and is left out. Figures are medians. There is no peer: the claim is absolute.

    python benchmarks/checkpoint_cost.py [--models 1 2 3] [--limit 3840] [--epochs 4] [--runs DIR]
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from statistics import median

from common import environment, parser

from mnist_gui.digits.dataset import Dataset, load_mnist
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.recipes import NOTEBOOK
from mnist_gui.models.training import training_events
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.store import RunStore

FULL = 60_000


class Clock:
    """Measures the parts of an epoch by the events of the training."""

    def __init__(self) -> None:
        self.training: list[float] = []
        self.validation: list[float] = []
        self.commit: list[float] = []
        self._last_batch = self._validated = 0.0
        self._batch_seconds = 0.0

    def __call__(self, event: training_events.Event) -> None:
        """Process an event, in the training thread."""
        now = time.perf_counter()
        if isinstance(event, training_events.BatchEnded):
            self._last_batch, self._batch_seconds = now, event.seconds
        elif isinstance(event, training_events.ValidationProgressed):
            self._validated = now
        elif isinstance(event, training_events.EpochEnded):
            self.training.append(self._batch_seconds)
            self.validation.append(self._validated - self._last_batch)
            self.commit.append(now - self._validated)


def measure(model: int, dataset: Dataset, epochs: int, folder: Path) -> str:
    """Train a model; return a line of figures."""
    recipe = NOTEBOOK.with_changes(epochs=epochs)
    run = RunStore(folder, folder / "none").create(model, recipe.to_json(), 0, describe_data(recipe, dataset))
    clock = Clock()
    train(run, dataset, report=clock, control=TrainingControl())
    if len(clock.commit) != epochs:
        raise SystemExit(f"Run {run.name} did not complete: {run.record.message}")
    training, validation, commit = (median(times[1:]) for times in (clock.training, clock.validation, clock.commit))
    frames = len(dataset.train)
    epoch = training * FULL / frames + validation
    how = "measured" if frames == FULL else f"extrapolated from {frames:,} frames"
    return (
        f"model {model}: commit {commit:.2f} s of an epoch of {epoch:.0f} s ({how}): {commit / (epoch + commit):.2%}; "
        f"slowest commit {max(clock.commit):.2f} s"
    )


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--models", type=int, nargs="+", choices=tuple(ARCHITECTURES), default=list(ARCHITECTURES))
    options.add_argument("--limit", type=int, default=3_840, metavar="N", help="train on the first N frames")
    options.add_argument("--epochs", type=int, default=4, metavar="N", help="at least 2; the first one is not counted")
    options.add_argument("--runs", type=Path, metavar="DIR", help="folder of the runs, on the disk to measure")
    arguments = options.parse_args()
    if arguments.epochs < 2:
        options.error("--epochs must be 2 or more: the first epoch is not counted")
    full = load_mnist()
    dataset = replace(full, train=full.train[: arguments.limit])
    print(environment())
    for model in arguments.models:
        with tempfile.TemporaryDirectory(dir=arguments.runs) as folder:
            print(measure(model, dataset, arguments.epochs, Path(folder)), flush=True)
    print("\ntarget: under 2 %")


if __name__ == "__main__":
    main()
