"""Copy a run that `mnist-gui train` completed to resources/runs, with the files needed to predict.

    python tools/ship_run.py RUN_FOLDER NAME [--default]

Keeps history, exported model and its predictions for the test set and the held-out frames, but no checkpoints. With
--default, makes the run the shipped default of its model. Refuses a run if the test accuracy of its exported model
differs by more than 0.01 points from that of its weights under Keras.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from shipped_predictions import rounded, write_predictions

from mnist_gui.analysis.prediction_cache import predict_all
from mnist_gui.digits.dataset import Dataset, Split, load_mnist
from mnist_gui.metrics import accuracy
from mnist_gui.models.architectures import architecture_of, build
from mnist_gui.models.inference.ensemble import write_held_out
from mnist_gui.models.inference.predictor import LoadedModel, read_model
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.weights import load_weights
from mnist_gui.paths import resources_folder
from mnist_gui.runs.record import HELD_OUT_FILE, HISTORY_FILE, MODEL_FILE, PREDICTIONS_FILE
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import ACTIVE_FILE

MAX_DIFFERENCE = 0.0001 + 1e-9
STEPS = 2**24  # of a probability: rounding to them makes the compressed predictions six times smaller


def main() -> None:
    """Ship one run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("name", help="name of the shipped run")
    parser.add_argument("--default", action="store_true", help="let it answer until the user chooses other runs")
    arguments = parser.parse_args()

    source = Run.open(arguments.run)
    if source.status != "completed":
        raise SystemExit(f"{source.name} is {source.status}; only completed runs ship.")
    runs = resources_folder() / "runs"
    # Hidden, so that it is not taken for a run; in the same folder, so that it can be renamed.
    with TemporaryDirectory(prefix=".shipping-", dir=runs) as beside:
        prepare(source, Path(beside) / arguments.name, load_mnist())
        folder = runs / arguments.name
        shutil.rmtree(folder, ignore_errors=True)
        (Path(beside) / arguments.name).rename(folder)

    if arguments.default:
        active_file = runs / ACTIVE_FILE
        active = json.loads(active_file.read_text()) if active_file.exists() else {}
        active[str(source.model)] = arguments.name
        active_file.write_text(json.dumps(dict(sorted(active.items()))) + "\n")
    print(folder, sum(path.stat().st_size for path in folder.iterdir()), "bytes")


def prepare(source: Run, folder: Path, dataset: Dataset) -> None:
    """Create the folder to ship, and check it on the test frames."""
    folder.mkdir()
    exported = source.record.best or source.record.epochs
    shipped = Run(folder, replace(source.record, files={}, random_state={}, exported=exported, note="", parent=None))
    measured = test_accuracy_of(source, dataset.test)  # first: a run of an earlier version is converted below
    contents = {HISTORY_FILE: source.read_file(HISTORY_FILE), MODEL_FILE: read_model(source)}
    files = {name: shipped.write_file(name, partial(Path.write_bytes, data=data)) for name, data in contents.items()}
    shipped.commit(files=files)

    model, test = LoadedModel(shipped), dataset.test
    probabilities = predict_all(model, test.frames())
    assert probabilities is not None
    require_equal("exported model", measured, accuracy(probabilities, test.labels))
    write = partial(write_predictions, rounded(probabilities, STEPS))
    files[PREDICTIONS_FILE] = shipped.write_file(PREDICTIONS_FILE, write)
    if held_out := source.record.recipe["held_out"]:
        frames = dataset.train[-held_out:]
        predicted = predict_all(model, frames.frames())
        assert predicted is not None
        write = partial(write_held_out, probabilities=predicted, labels=frames.labels)
        files[HELD_OUT_FILE] = shipped.write_file(HELD_OUT_FILE, write)
    shipped.commit(files=files)


def test_accuracy_of(run: Run, test: Split) -> float:
    """Return the test accuracy that Keras measured while training, or measures now where it judged other frames."""
    if run.record.data["validation"]["source"] == "test":
        return run.history()[-1].val_accuracy
    return accuracy_of_weights(run, test)


def accuracy_of_weights(run: Run, test: Split) -> float:
    """Return the test accuracy of the run's weights under Keras."""
    load_keras()
    model = build(architecture_of(run))
    load_weights(model, run)
    return accuracy(model.predict(test.frames()[..., None], batch_size=100, verbose=0), test.labels)


def require_equal(what: str, expected: float, reached: float) -> None:
    """Exit if an accuracy differs from the measured one."""
    print(f"test accuracy: {expected:.4%}, {what} {reached:.4%}")
    if abs(expected - reached) > MAX_DIFFERENCE:
        raise SystemExit(f"The test accuracy of the {what} differs by more than 0.01 points.")


if __name__ == "__main__":
    main()
