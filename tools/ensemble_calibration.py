"""Compare the rules for the probabilities of several runs together, on the frames that the shipped runs held out.

    python tools/ensemble_calibration.py

Prints the cross-entropy and the expected calibration error of the mean of the calibrated probabilities, of the mean of
the raw ones, and of the latter with a temperature. That temperature is fitted on every other frame and measured on the
rest, and the other way round. The test set is not read. Takes about a minute.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.prediction_cache import predict_all
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.metrics import cross_entropy, expected_calibration_error
from mnist_gui.models.inference.calibration import calibrate, fit_temperature
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import MODELS, RunStore


def main() -> None:
    """Print a line for each rule, for each pair of the runs and for all of them."""
    store = RunStore(resources_folder() / "no user runs", resources_folder() / "runs")
    runs = [run for model in MODELS if (run := store.shipped_default(model))]
    train = load_mnist().train
    held_out = train[len(train) - min(run.record.recipe["held_out"] for run in runs) :]
    labels = held_out.labels
    raw = [predict_all(LoadedModel(run), held_out.frames()) for run in runs]
    calibrated = [
        calibrate(probabilities, run.record.temperature) for run, probabilities in zip(runs, raw, strict=True)
    ]
    for size in range(2, len(runs) + 1):
        for members in combinations(range(len(runs)), size):
            print(f"{' and '.join(runs[index].name for index in members)}, {len(labels):,} held-out frames")
            mean = np.mean([raw[index] for index in members], axis=0)
            for rule, probabilities in (
                ("mean of the calibrated", np.mean([calibrated[index] for index in members], axis=0)),
                ("mean of the raw", mean),
                ("mean of the raw, with a temperature", _cross_fitted(mean, labels)),
            ):
                error = 100 * expected_calibration_error(probabilities, labels)
                print(
                    f"  {rule:36} loss {cross_entropy(probabilities, labels):.4f}, calibration error {error:.2f} points"
                )
            print(f"  {'temperature of all these frames':36} {fit_temperature(mean, labels):.3f}")


def _cross_fitted(probabilities: NDArray[np.float32], labels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return probabilities, each calibrated with a temperature that was fitted on the other half of them."""
    result = np.empty_like(probabilities)
    for half in (0, 1):
        temperature = fit_temperature(probabilities[1 - half :: 2], labels[1 - half :: 2])
        result[half::2] = calibrate(probabilities[half::2], temperature)
    return result


if __name__ == "__main__":
    main()
