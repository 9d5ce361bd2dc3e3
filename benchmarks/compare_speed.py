"""Claim: three models predict MNIST's test set not slower than `model.evaluate`, and instantly the second time.

First, the same frames are predicted by this program (verify, load, LiteRT in batches, cache) and by Keras'
`model.evaluate`, model by model, in alternating order. The peer's models are built and called once beforehand, and it
uses its default batches of 32 and the notebook's of 128. Then, in a new process, everything that the Compare tab needs
is computed from the cache: test set, predictions, table, tests, matrices, reliability, coverage, seeds, robustness.
Last, the errors of the ensemble are compared with those of the best model. Shipped predictions are not used.

    python benchmarks/compare_speed.py [--frames N] [--models 1 2 3] [--runs DIR]

`--models` without a number skips the first part, which takes some minutes.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from common import add_runs, environment, parser, print_claim, run_child, shipped_folder

from mnist_gui.analysis.comparison import compare_runs
from mnist_gui.analysis.evaluation_data import EvaluationSet, load_mnist_evaluation_set
from mnist_gui.analysis.significance import format_p
from mnist_gui.metrics import mcnemar
from mnist_gui.models.architectures import architecture_of, build
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.weights import load_weights
from mnist_gui.paths import cache_folder
from mnist_gui.runs.record import PREDICTIONS_FILE
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore

CACHED_SECONDS = 0.3


def main() -> None:
    options = parser(__doc__)
    add_runs(options)
    options.add_argument("--frames", type=int, default=10_000, help="number of test frames")
    options.add_argument(
        "--models", type=int, nargs="*", choices=MODELS, default=MODELS, help="models whose first time is measured"
    )
    arguments = options.parse_args()
    folder = shipped_folder(arguments.runs)
    store = RunStore(folder / "none", folder)
    runs = store.answering()
    whole = load_mnist_evaluation_set()
    data = replace(
        whole,
        images=whole.images[: arguments.frames],
        labels=whole.labels[: arguments.frames],
        checksum=f"the first {arguments.frames}",
    )
    print(environment())
    first = [run for run in runs if run.model in arguments.models]
    if first:
        compare_first(first, data)
    compare_second(folder)
    found = compare_runs(runs, whole, cache_folder())
    assert found is not None
    assert found.ensemble is not None
    best = min(found.runs, key=lambda run: run.errors)
    test = mcnemar(found.ensemble.wrong, best.wrong)
    print(f"\nerrors on {len(whole):,}: together {found.ensemble.errors}, the best alone {best.errors} ({best.title})")
    print(f"  wrong only together {test.only_first}, wrong only alone {test.only_second}, {format_p(test.p)}")


def compare_first(runs: list[Run], data: EvaluationSet) -> None:
    """Time both sides, model by model, in alternating order."""
    frames, labels = data.frames()[..., None], np.eye(10, dtype=np.float32)[data.labels]
    load_keras()
    models = {run.name: evaluated(run, frames) for run in runs}
    ours, theirs = 0.0, {32: 0.0, 128: 0.0}
    with tempfile.TemporaryDirectory() as cache:
        for index, run in enumerate(runs):
            files = {name: entry for name, entry in run.record.files.items() if name != PREDICTIONS_FILE}
            bare = Run(run.folder, replace(run.record, files=files))
            sides = [lambda run=bare: seconds(lambda: compare_runs([run], data, Path(cache)))]
            model = models[run.name]
            sides += [
                lambda size=size, model=model: seconds(
                    lambda: model.evaluate(frames, labels, batch_size=size, verbose=0)
                )
                for size in theirs
            ]
            times = {at % 3: sides[at % 3]() for at in range(index, index + 3)}
            ours += times[0]
            theirs[32] += times[1]
            theirs[128] += times[2]
            print(
                f"  {run.name}: {times[0]:.1f} s; model.evaluate {times[1]:.1f} s, in batches of 128 {times[2]:.1f} s"
            )
    print_claim(
        f"{len(runs)} model{'' if len(runs) == 1 else 's'} predict {len(data):,} test frames for the first time",
        f"{ours:.1f} s",
        f"{theirs[32]:.1f} s: model.evaluate; {theirs[128]:.1f} s in batches of 128",
        f"{ours / theirs[32]:.2f}; {ours / theirs[128]:.2f}",
        "at most 1",
    )


def evaluated(run: Run, frames: np.ndarray):
    """Return the network of a run in Keras, with its graph built."""
    model = build(architecture_of(run))
    load_weights(model, run)
    model.compile(loss="categorical_crossentropy", metrics=["accuracy"])
    for size in (32, 128):
        model.evaluate(frames[:size], np.eye(10, dtype=np.float32)[[0] * size], batch_size=size, verbose=0)
    return model


def compare_second(folder: Path) -> None:
    """Time the second comparison in new processes; return the median of five."""
    found = [run_child("compare_cached", folder) for _ in range(5)]
    corruptions = int(found[0].pop("corruptions").values[0])
    parts = {word: float(np.median([float(milestones[word].values[0]) for milestones in found])) for word in found[0]}
    print()
    for word, value in parts.items():
        print(f"  {word:<13} {value:.3f} s")
    print(f"  {corruptions} corruptions were cached; `mnist-gui report --robustness` caches all nine")
    print_claim(
        "All that the Compare tab needs of the three runs, the second time",
        f"{parts['everything']:.3f} s",
        "none",
        "",
        f"under {CACHED_SECONDS} s",
    )


def seconds(act) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
