"""Have shipped runs carry what they say of MNIST's test digits made worse, so that it is there at once.

    python tools/ship_robustness.py NAME ...

Takes some minutes a run. Probabilities are rounded, which lets them be packed to half; refused where that changes an
answer's being right.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set
from mnist_gui.analysis.prediction_cache import load_predictions
from mnist_gui.analysis.robustness import RobustnessCurve, robustness
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import ROBUSTNESS_FILE
from mnist_gui.runs.run import Run

STEPS = 2**18  # a probability is a whole number of so many parts: 0.000002 off at most, less than between processors


def main() -> None:
    """Let each run carry its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="+", metavar="NAME", help="among the shipped runs")
    for name in parser.parse_args().names:
        carry_robustness(Run.open(resources_folder() / "runs" / name))


def carry_robustness(run: Run) -> None:
    """Compute what a run says at each severity, and commit it to the run."""
    files = {name: entry for name, entry in run.record.files.items() if name != ROBUSTNESS_FILE}
    run.commit(files=files)  # an earlier one would be taken for the answer
    with TemporaryDirectory() as cache:
        computed = curves_of(run, Path(cache))
        arrays = {path.stem: rounded(path) for path in sorted((Path(cache) / "robustness").iterdir())}
    written = run.write_file(ROBUSTNESS_FILE, lambda path: np.savez_compressed(path, **arrays))
    run.commit(files={**files, ROBUSTNESS_FILE: written})
    with TemporaryDirectory() as nothing_kept:
        if curves_of(run, Path(nothing_kept)) != computed:
            run.commit(files=files)
            raise SystemExit(f"{run.name}: rounding changed which digits are right.")
    print(run.folder / ROBUSTNESS_FILE, written.bytes, "bytes")


def curves_of(run: Run, cache: Path) -> list[RobustnessCurve]:
    """Return the run's curves on MNIST's test set."""
    return [curve for step in robustness([run], load_mnist_evaluation_set(), cache) for curve in step.curves]


def rounded(path: Path) -> NDArray[np.float32]:
    """Return kept probabilities, rounded."""
    with np.load(path) as archive:
        shape = archive["probabilities"].shape
    found = load_predictions(path, shape)
    assert found is not None
    return np.asarray(np.rint(found * STEPS) / STEPS, dtype=np.float32)


if __name__ == "__main__":
    main()
