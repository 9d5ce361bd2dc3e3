"""Add the predictions for corrupted MNIST test digits to shipped runs, so that they need not be computed.

    python tools/ship_robustness.py NAME ...

Takes some minutes per run. Probabilities are rounded, which halves the compressed size, except where that would change
the predicted digit; a run is refused if the rounded ones change whether a prediction is correct.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from shipped_predictions import rounded

from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set
from mnist_gui.analysis.prediction_cache import load_predictions
from mnist_gui.analysis.robustness import SAMPLE_SIZE, RobustnessCurve, robustness
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import ROBUSTNESS_FILE
from mnist_gui.runs.run import Run

SEVERITIES = 5
STEPS = 2**16  # of a probability: the error is at most 0.000008, less than between processors


def main() -> None:
    """Add the file to each run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", metavar="NAME", help="name of a shipped run")
    for name in parser.parse_args().names:
        carry_robustness(Run.open(resources_folder() / "runs" / name, shipped=True))


def carry_robustness(run: Run) -> None:
    """Compute the predictions at each severity and commit them to the run."""
    files = {name: entry for name, entry in run.record.files.items() if name != ROBUSTNESS_FILE}
    run.commit(files=files)  # an existing file would be used
    with TemporaryDirectory() as cache:
        computed = curves_of(run, Path(cache))
        arrays = {path.stem: rounded(cached(path), STEPS) for path in sorted((Path(cache) / "robustness").iterdir())}
    written = run.write_file(ROBUSTNESS_FILE, lambda path: np.savez_compressed(path, **arrays))
    run.commit(files={**files, ROBUSTNESS_FILE: written})
    with TemporaryDirectory() as cache:
        if curves_of(run, Path(cache)) != computed:
            run.commit(files=files)
            raise SystemExit(f"{run.name}: rounding changed which predictions are correct.")
    print(run.folder / ROBUSTNESS_FILE, written.bytes, "bytes")


def curves_of(run: Run, cache: Path) -> list[RobustnessCurve]:
    """Return the curves of a run on MNIST's test set."""
    return [curve for step in robustness([run], load_mnist_evaluation_set(), cache) for curve in step.curves]


def cached(path: Path) -> NDArray[np.float32]:
    """Return cached probabilities."""
    probabilities = load_predictions(path, (SEVERITIES + 1, SAMPLE_SIZE, CLASSES))
    assert probabilities is not None
    return probabilities


if __name__ == "__main__":
    main()
