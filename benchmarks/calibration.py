"""Figure to report: expected calibration error on the test frames before and after temperature scaling.

The temperature in the record of a run was fitted on held-out training frames; the test frames were not used. The
ensemble is the weighted mean of the probabilities of the active shipped runs, as in the Draw tab.

    python benchmarks/calibration.py [--runs DIR]
"""

from __future__ import annotations

import numpy as np
from common import add_runs, environment, parser, shipped_folder

from mnist_gui.analysis.prediction_cache import predict_test_set
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.metrics import cross_entropy, expected_calibration_error
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.inference.ensemble import ensemble_weights, held_out_predictions
from mnist_gui.paths import cache_folder
from mnist_gui.runs.store import RunStore


def main() -> None:
    options = parser(__doc__)
    add_runs(options)
    arguments = options.parse_args()
    dataset = load_mnist()
    folder = shipped_folder(arguments.runs)
    store = RunStore(folder / "none", folder)

    print(environment())
    print(f"\n{'Test frames, 15 bins':<28}{'temperature':>13}{'error':>9}{'after':>9}{'loss':>9}{'after':>9}")
    before, after, held_out = [], [], []
    for run in store.answering():
        if (probabilities := predict_test_set(run, dataset, cache_folder())) is None:
            continue
        temperature = run.record.temperature
        held_out.append(held_out_predictions(run))
        before.append(probabilities)
        after.append(calibrate(probabilities, temperature))
        _print_row(
            run.name, f"{temperature:.3f}" if temperature else "none", before[-1], after[-1], dataset.test.labels
        )
    weights = ensemble_weights(held_out)
    _print_row("all three together", "", weights.mean(before), weights.mean(after), dataset.test.labels)


def _print_row(name: str, temperature: str, before: np.ndarray, after: np.ndarray, labels: np.ndarray) -> None:
    errors = [f"{expected_calibration_error(rows, labels):>9.4f}" for rows in (before, after)]
    losses = [f"{cross_entropy(rows, labels):>9.4f}" for rows in (before, after)]
    print(f"{name:<28}{temperature:>13}{''.join(errors)}{''.join(losses)}")


if __name__ == "__main__":
    main()
