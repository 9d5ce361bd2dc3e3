"""Studies whose runs were "trained" without a network, for tests of the results, the window and the report."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.analysis.prediction_cache import predictions_file, save_predictions
from mnist_gui.models.recipes import FAST
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.studies.plan import PlannedRun, StudyPlan
from mnist_gui.studies.study import Study, StudyStore
from tests.fakes import rows_of

RECIPE = replace(FAST, epochs=2)
BASE_ERRORS = {1: 0.05, 2: 0.02, 3: 0.021}  # of each model


def add_study(
    folder: Path, name: str = "seeds", *, models: Iterable[int] = (1, 2), seeds: int = 3, **vary: tuple[int, ...]
) -> Study:
    """Return a new study without runs."""
    plan = StudyPlan(name, tuple(models), RECIPE, vary, tuple(range(1, seeds + 1)))
    return StudyStore(folder).create(plan)


def add_study_run(study: Study, planned: PlannedRun, data: EvaluationSet, cache: Path, **changes: object) -> None:
    """Add a completed run whose cached predictions misread the share `BASE_ERRORS` of the digits, give or take."""
    group = planned.group
    run = study.store.create(
        group.model, group.recipe.to_json(), planned.seed, {"name": "bars", "checksum": data.checksum}
    )
    content = f"{group.title} {planned.seed}".encode()
    rng = np.random.default_rng(list(content))
    files = {}
    for epoch in (1, 2):
        accuracy = 0.9 + 0.04 * epoch - BASE_ERRORS[group.model] / epoch + 0.01 * rng.random()
        files["history.csv"] = run.append_history(EpochMetrics(epoch, 0.5, 0.8, 0.4, accuracy, 12.0))
        run.commit(epochs=epoch, files=files)
    files["model.onnx"] = run.write_file("model.onnx", lambda path: path.write_bytes(content))
    run.commit(**{"status": "completed", "exported": 2, "files": files, **changes})
    share = BASE_ERRORS[group.model] * (1000 / (group.recipe.frames or 1000)) ** 0.4 * rng.uniform(0.9, 1.1)
    is_wrong = (np.arange(len(data)) * 0.61803) % 1 < share
    save_predictions(predictions_file(run, data, cache), rows_of((data.labels + is_wrong) % 10))


def add_study_runs(study: Study, data: EvaluationSet, cache: Path, count: int | None = None) -> None:
    """Add the first runs of a study, or all."""
    for planned in study.plan.runs()[:count]:
        add_study_run(study, planned, data, cache)
