"""Compare rules for the probabilities of several runs together, on the frames that the shipped runs held out.

    python tools/ensemble_calibration.py

Prints errors, cross-entropy and expected calibration error of the mean of the calibrated probabilities, of the mean of
the raw ones, of the latter with a temperature, and of two weighted means: with the weights that the program uses, and
with those of the lowest cross-entropy. The last three are fitted on every other frame and measured on the rest, and the
other way round. The test set is not read. Takes about a minute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from mnist_gui.analysis.prediction_cache import predict_all
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.metrics import cross_entropy, expected_calibration_error
from mnist_gui.models.inference.calibration import calibrate, fit_temperature
from mnist_gui.models.inference.ensemble import fit_weights
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import MODELS, RunStore

STEPS = 1_000


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
            every = np.stack([raw[index] for index in members])
            print(f"  the best alone: {(every.argmax(axis=2) != labels).sum(axis=1).min()} errors")
            for rule, probabilities in (
                ("mean of the calibrated", np.mean([calibrated[index] for index in members], axis=0)),
                ("mean of the raw", every.mean(axis=0)),
                ("mean of the raw, with a temperature", _cross_fitted(every, labels, _with_temperature)),
                ("weighted mean of the raw", _cross_fitted(every, labels, _weighted(fit_weights))),
                ("weighted for the lowest loss", _cross_fitted(every, labels, _weighted(_likeliest_weights))),
            ):
                error = 100 * expected_calibration_error(probabilities, labels)
                print(
                    f"  {rule:36} {(probabilities.argmax(axis=1) != labels).sum():3} errors, loss "
                    f"{cross_entropy(probabilities, labels):.4f}, calibration error {error:.2f} points"
                )
            weights = fit_weights(list(every), labels)
            mean = np.tensordot(weights, every, axes=1)
            print(f"  weights of all these frames {weights.round(2)}, {(mean.argmax(axis=1) != labels).sum()} errors")


Probabilities, Labels = NDArray[np.float32], NDArray[np.uint8]
Fit = Callable[[Probabilities, Labels], Callable[[Probabilities], Probabilities]]


def _cross_fitted(every: Probabilities, labels: Labels, fit: Fit) -> Probabilities:
    """Return (N, 10) probabilities together from (runs, N, 10), each fitted on the half of the frames without it."""
    half = np.arange(len(labels)) % 2
    result = np.empty_like(every[0])
    for part in (0, 1):
        result[half == part] = fit(every[:, half != part], labels[half != part])(every[:, half == part])
    return result


def _with_temperature(every: Probabilities, labels: Labels) -> Callable[[Probabilities], Probabilities]:
    temperature = fit_temperature(every.mean(axis=0), labels)
    return lambda others: calibrate(others.mean(axis=0), temperature)


def _weighted(fit: Callable[[Sequence[Probabilities], Labels], NDArray[np.float64]]) -> Fit:
    """Return the fit of a mean with the weights that a function returns."""

    def fitted(every: Probabilities, labels: Labels) -> Callable[[Probabilities], Probabilities]:
        weights = fit(list(every), labels)
        return lambda others: np.tensordot(weights, others, axes=1).astype(np.float32)

    return fitted


def _likeliest_weights(every: Sequence[Probabilities], labels: Labels) -> NDArray[np.float64]:
    """Return the weights of the lowest cross-entropy, by expectation maximization (Dempster et al. 1977)."""
    true = np.stack(every)[:, np.arange(len(labels)), labels].astype(np.float64)
    weights = np.full(len(every), 1 / len(every))
    for _ in range(STEPS):
        weights *= (true / (weights @ true)).mean(axis=1)
    return weights


if __name__ == "__main__":
    main()
