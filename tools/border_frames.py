"""Find the MNIST training frames nearest to a decision boundary, which fine-tuning repeats or checks.

    python tools/border_frames.py

The nearest frames have the smallest difference between the two highest mean probabilities of the three shipped default
runs. Fine-tuning repeats the nearest of those that the runs were trained on, and checks the nearest of those that they
held out. Takes some minutes.
"""

from __future__ import annotations

import json

import numpy as np

from mnist_gui.analysis.prediction_cache import predict_all
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.training.fine_tuning import BORDER_FILE, BORDER_HELD_OUT
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import MODELS, RunStore

REPEATED, CHECKED = 1_000, 500


def main() -> None:
    """Write the indices, nearest first."""
    store = RunStore(resources_folder() / "no runs", resources_folder() / "runs")
    runs = [run for number in MODELS if (run := store.shipped_default(number))]
    frames = load_mnist().train.frames()
    trained = len(frames) - BORDER_HELD_OUT
    assert all(run.record.recipe["held_out"] == BORDER_HELD_OUT for run in runs)
    probabilities = np.mean([predict_all(LoadedModel(run), frames) for run in runs], axis=0)
    second, first = np.sort(probabilities, axis=1)[:, -2:].T
    nearest = np.argsort(first - second, kind="stable")
    chosen = {
        "repeated": nearest[nearest < trained][:REPEATED].tolist(),
        "checked": nearest[nearest >= trained][:CHECKED].tolist(),
    }
    path = resources_folder() / BORDER_FILE
    path.write_text(json.dumps(chosen) + "\n", encoding="utf-8")
    for kind, indices in chosen.items():
        print(path, kind, len(indices), f"the last is {(first - second)[indices[-1]]:.2f} from the next digit")


if __name__ == "__main__":
    main()
