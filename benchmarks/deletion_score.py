"""Claim: a random map passes for one that explains a prediction about once in nine times.

The shipped models (or those of --runs), on held-out training digits: for each model, the fraction of heat maps whose
marked tenth of the ink counts more than the mean of the random ones, and more than all of them, and the same for maps
of random evidence. There is no peer: the claim is absolute.

    python benchmarks/deletion_score.py [--digits 60] [--runs DIR]
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from common import add_runs, environment, parser, shipped_folder
from numpy.typing import NDArray

from mnist_gui.analysis.occlusion import RANDOM_MAPS, explain, random_maps, score_deletion
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.models.inference.predictor import LoadedModel, load_models
from mnist_gui.runs.store import RunStore

HELD_OUT = 5000  # training digits that no shipped model saw


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--digits", type=int, default=60, metavar="N", help="number of digits")
    add_runs(options)
    arguments = options.parse_args()

    frames = load_mnist().train[-HELD_OUT:][:: HELD_OUT // arguments.digits][: arguments.digits].frames()
    print(environment())
    print(f"\n{'':<8}{'maps below mean':>18}{'below all':>12}{'random below mean':>20}{'below all':>12}")
    with tempfile.TemporaryDirectory() as folder:
        store = RunStore(Path(folder) / "runs", shipped_folder(arguments.runs))
        rows = [_row(model, frames) for model in load_models(store)[0]]
    for name, row in (*((f"model {number}", row) for number, row in enumerate(rows, 1)), ("all", np.mean(rows, 0))):
        print(f"{name:<8}{row[0]:>18.0%}{row[1]:>12.0%}{row[2]:>20.0%}{row[3]:>12.0%}")
    print(f"\ntarget: random maps below all {RANDOM_MAPS} in {1 / (RANDOM_MAPS + 1):.0%}")


def _row(model: LoadedModel, frames: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the fractions of a model, in the order of the columns."""
    found = []
    for frame, random in zip(frames, random_maps(len(frames), seed=1), strict=True):
        explanation = explain(model, frame)
        digit = int(explanation.probabilities[0].argmax())
        evidence = explanation.map_for(digit), random.astype(np.float32)
        scores = [score_deletion(model, frame, each, digit) for each in evidence]
        found.append([passed for score in scores for passed in (score.explains, not score.may_be_chance)])
    return np.mean(found, axis=0)


if __name__ == "__main__":
    main()
