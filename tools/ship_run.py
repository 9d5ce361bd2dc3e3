"""Take a run that `mnist-gui train` finished into resources/runs, with what is needed to answer and nothing more.

    python tools/ship_run.py [--weights] RUN_FOLDER NAME

Keeps history, exported model and its test-set predictions; leaves checkpoints out, and weights too unless they are
asked for: then they ship in half precision. Makes it the shipped run that answers for its model. Refuses a run whose
exported model, or whose weights in half precision, moved its test accuracy by more than 0.01 points from the one
that its weights have in single precision.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mnist_gui.analysis.prediction_cache import predict_all, save_predictions
from mnist_gui.digits.dataset import Split, load_mnist
from mnist_gui.metrics import accuracy
from mnist_gui.models.architectures import build
from mnist_gui.models.export import export_run, load_weights, read_weights, write_arrays
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import HISTORY_FILE, MODEL_FILE, PREDICTIONS_FILE, WEIGHTS_FILE
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import ACTIVE_FILE

LARGEST_MOVE = 0.0001 + 1e-9


def main() -> None:
    """Ship one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="the run's folder")
    parser.add_argument("name", help="its name among the shipped runs")
    parser.add_argument("--weights", action="store_true", help="ship its weights too, so that it can be trained on")
    arguments = parser.parse_args()

    source = Run.open(arguments.run)
    if source.status != "completed":
        raise SystemExit(f"{source.name} is {source.status}; only completed runs ship.")
    runs = resources_folder() / "runs"
    # Hidden, so that nobody takes it for a run; beside the others, so that it can be renamed.
    with TemporaryDirectory(prefix=".shipping-", dir=runs) as beside:
        prepare(source, Path(beside) / arguments.name, load_mnist().test, with_weights=arguments.weights)
        folder = runs / arguments.name
        shutil.rmtree(folder, ignore_errors=True)
        (Path(beside) / arguments.name).rename(folder)

    choices_file = runs / ACTIVE_FILE
    choices = json.loads(choices_file.read_text()) if choices_file.exists() else {}
    choices[str(source.model)] = arguments.name
    choices_file.write_text(json.dumps(dict(sorted(choices.items()))) + "\n")
    print(folder, sum(path.stat().st_size for path in folder.iterdir()), "bytes")


def prepare(source: Run, folder: Path, test: Split, *, with_weights: bool) -> None:
    """Make the folder that ships, and check it on the test frames."""
    folder.mkdir()
    exported = source.record.best or source.record.epochs
    shipped = Run(folder, replace(source.record, files={}, random_state={}, exported=exported, note="", parent=None))
    # Beside, because export_run wants to see the suffix; a run trained without TensorFlow is converted here.
    model_beside = folder.parent / MODEL_FILE
    export_run(source, "litert", model_beside)
    contents = {HISTORY_FILE: source.read_file(HISTORY_FILE), MODEL_FILE: model_beside.read_bytes()}
    files = {name: shipped.write_file(name, partial(Path.write_bytes, data=data)) for name, data in contents.items()}
    if with_weights:
        halves = [array.astype(np.float16) for array in read_weights(source)]
        files[WEIGHTS_FILE] = shipped.write_file(WEIGHTS_FILE, lambda path: write_arrays(halves, path))
    shipped.commit(files=files)

    probabilities = predict_all(LoadedModel(shipped), test.frames())
    assert probabilities is not None
    measured = test_accuracy_of(source, test)
    refuse_if_moved("exported model", measured, accuracy(probabilities, test.labels))
    if with_weights:
        refuse_if_moved("weights in half precision", measured, accuracy_of_weights(shipped, test))
    files[PREDICTIONS_FILE] = shipped.write_file(PREDICTIONS_FILE, lambda path: save_predictions(path, probabilities))
    shipped.commit(files=files)


def test_accuracy_of(run: Run, test: Split) -> float:
    """Return the test accuracy that Keras measured while training, or measures now where it judged other frames."""
    if run.record.data["validation"]["source"] == "test":
        return run.history()[-1].val_accuracy
    return accuracy_of_weights(run, test)


def accuracy_of_weights(run: Run, test: Split) -> float:
    """Return the test accuracy of the run's weights under Keras."""
    load_keras()
    model = build(run.model)
    load_weights(model, run)
    return accuracy(model.predict(test.frames()[..., None], batch_size=100, verbose=0), test.labels)


def refuse_if_moved(what: str, measured: float, reached: float) -> None:
    """Leave the program where an accuracy is not the one that was measured."""
    print(f"test accuracy: {measured:.4%}, {what} {reached:.4%}")
    if abs(measured - reached) > LARGEST_MOVE:
        raise SystemExit(f"The {what} moved the test accuracy by more than 0.01 points.")


if __name__ == "__main__":
    main()
