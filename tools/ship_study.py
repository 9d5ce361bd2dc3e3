"""Make a study in resources/studies from completed runs that were trained one by one.

    python tools/ship_study.py NAME TITLE RUN_FOLDER... [--output DIR]

The runs must be those of a study: every model with every seed, by one recipe and on MNIST. Each keeps its record, its
history and its predictions for the test set, rounded to four digits, but no model. A study of this name
is replaced. Refuses runs that are no study.
"""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray
from shipped_predictions import rounded, write_predictions

from mnist_gui.analysis.evaluation_data import EvaluationSet, load_mnist_evaluation_set
from mnist_gui.analysis.prediction_cache import predict_all
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.recipes import Recipe
from mnist_gui.paths import shipped_studies_folder
from mnist_gui.runs.record import HISTORY_FILE, PREDICTIONS_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.studies.plan import PlanError, StudyPlan
from mnist_gui.studies.study import PLAN_FILE, RUNS_FOLDER, Study

STEPS = 10_000  # of a probability: four digits take a tenth of the room

Predict = Callable[[Run], NDArray[np.float32]]


def main() -> None:
    """Ship one study."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="name of the study, for the command line")
    parser.add_argument("title", help="what the study is called where it is shown")
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN_FOLDER", help="folder of a run")
    parser.add_argument("--output", type=Path, metavar="DIR", help="in place of resources/studies")
    arguments = parser.parse_args()
    data = load_mnist_evaluation_set()

    def predict(run: Run) -> NDArray[np.float32]:
        predicted = predict_all(LoadedModel(run), data.frames())
        assert predicted is not None  # it is never cancelled
        errors = int((predicted.argmax(axis=1) != data.labels).sum())
        print(f"{run.name}: model {run.model}, seed {run.record.seed}, {errors} errors", flush=True)
        return predicted

    try:
        runs = [Run.open(folder) for folder in arguments.runs]
        output = arguments.output or shipped_studies_folder()
        study = ship(plan_of(arguments.name, arguments.title, runs), runs, output, data, predict)
    except (RunError, PlanError) as error:
        raise SystemExit(str(error)) from error
    size = sum(path.stat().st_size for path in study.folder.rglob("*") if path.is_file())
    print(f"{study.folder}: {len(study.found_runs())} of {study.plan.size} runs, {size:,} bytes")


def plan_of(name: str, title: str, runs: Sequence[Run]) -> StudyPlan:
    """Return the plan that has exactly these runs; raise `PlanError` if there is none, naming a run."""
    first = runs[0]
    models, seeds = sorted({run.model for run in runs}), sorted({run.record.seed for run in runs})
    plan = StudyPlan(name, tuple(models), Recipe.from_json(first.record.recipe), {}, tuple(seeds), title=title)
    for run in runs:
        if run.status != "completed":
            raise PlanError(f"{run.name} is {run.status}; only completed runs ship.")
        for what in ("recipe", "data", "parent"):
            if getattr(run.record, what) != getattr(first.record, what):
                raise PlanError(f"{run.name} has another {what} than {first.name}; give runs of one study.")
    found = sorted((run.model, run.record.seed) for run in runs)
    if found != sorted((model, seed) for model in models for seed in seeds):
        raise PlanError(f"Not every model has every seed once; found (model, seed): {found}.")
    return plan


def ship(plan: StudyPlan, runs: Sequence[Run], output: Path, data: EvaluationSet, predict: Predict) -> Study:
    """Write a study into a folder, in place of one with its name, and return it.

    Parameters
    ----------
    data
        The test set.
    predict
        Returns the (N, 10) probabilities of a run for it.
    """
    if runs[0].record.data["checksum"] != data.checksum:
        raise PlanError(f"{runs[0].name} was trained on {runs[0].record.data['name']}; only runs on MNIST ship.")
    output.mkdir(parents=True, exist_ok=True)
    # Hidden, so that it is not taken for a study; in the same folder, so that it can be renamed.
    with TemporaryDirectory(prefix=".shipping-", dir=output) as beside:
        folder = Path(beside) / plan.name
        for run in runs:
            _ship_run(run, folder / RUNS_FOLDER / f"model-{run.model}-seed-{run.record.seed}", predict(run))
        (folder / PLAN_FILE).write_text(plan.to_json(), encoding="utf-8", newline="\n")
        shutil.rmtree(output / plan.name, ignore_errors=True)
        folder.rename(output / plan.name)
    return Study.open(output / plan.name, shipped=True)


def _ship_run(source: Run, folder: Path, probabilities: NDArray[np.float32]) -> None:
    folder.mkdir(parents=True)
    exported = source.record.best or source.record.epochs
    shipped = Run(folder, replace(source.record, files={}, random_state={}, exported=exported, note=""))
    history = partial(Path.write_bytes, data=source.read_file(HISTORY_FILE))
    predictions = partial(write_predictions, rounded(probabilities, STEPS))
    shipped.commit(
        files={
            HISTORY_FILE: shipped.write_file(HISTORY_FILE, history),
            PREDICTIONS_FILE: shipped.write_file(PREDICTIONS_FILE, predictions),
        }
    )


if __name__ == "__main__":
    main()
