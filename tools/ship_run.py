"""Take a run that `mnist-gui train` finished into resources/runs, with what is needed to answer and nothing more.

    python tools/ship_run.py RUN_FOLDER NAME

Keeps history, exported model and its test-set predictions; leaves weights and checkpoints out. Makes it the shipped
run that answers for its model. Refuses a model whose export to half precision moved its test accuracy by more than
0.01 points from the one that Keras measured while training.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path

from mnist_gui.analysis.comparison import predict_all, save_predictions
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.folders import resources_folder
from mnist_gui.metrics import accuracy
from mnist_gui.models.predictor import LoadedModel
from mnist_gui.runs.record import HISTORY_FILE, MODEL_FILE, PREDICTIONS_FILE
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import ACTIVE_FILE

LARGEST_MOVE = 0.0001 + 1e-9


def main() -> None:
    """Ship one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="the run's folder")
    parser.add_argument("name", help="its name among the shipped runs")
    arguments = parser.parse_args()

    source = Run.open(arguments.run)
    if source.status != "completed":
        raise SystemExit(f"{source.name} is {source.status}; only completed runs ship.")
    dataset = load_mnist()
    probabilities = predict_all(LoadedModel(source), dataset.test.frames())
    assert probabilities is not None
    reached = accuracy(probabilities, dataset.test.labels)
    if source.record.data["validation"]["source"] == "test":
        measured = source.history()[-1].val_accuracy
        print(f"test accuracy: Keras {measured:.4%}, exported {reached:.4%}")
        if abs(measured - reached) > LARGEST_MOVE:
            raise SystemExit("The export moved the test accuracy by more than 0.01 points.")

    folder = resources_folder() / "runs" / arguments.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shipped = Run(folder, replace(source.record, files={}, random_state={}, exported=source.record.epochs))
    files = {
        name: shipped.write_file(name, lambda path, name=name: path.write_bytes(source.read_file(name)))
        for name in (HISTORY_FILE, MODEL_FILE)
    }
    files[PREDICTIONS_FILE] = shipped.write_file(PREDICTIONS_FILE, lambda path: save_predictions(path, probabilities))
    shipped.commit(files=files)

    choices_file = folder.parent / ACTIVE_FILE
    choices = json.loads(choices_file.read_text()) if choices_file.exists() else {}
    choices[str(shipped.model)] = shipped.name
    choices_file.write_text(json.dumps(dict(sorted(choices.items()))) + "\n")
    print(folder, sum(path.stat().st_size for path in folder.iterdir()), "bytes")


if __name__ == "__main__":
    main()
