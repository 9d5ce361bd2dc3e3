"""Results of studies, cached under the checksums of their runs: a hundred runs are not read again to show them."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from mnist_gui.analysis.cached_file import read_cached, write_cached
from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.metrics import Interval, MeanDifference
from mnist_gui.npz import read_arrays
from mnist_gui.runs.record import HISTORY_FILE, MODEL_FILE, PREDICTIONS_FILE
from mnist_gui.runs.run import Run
from mnist_gui.studies.plan import MAX_RUNS, PlannedRun
from mnist_gui.studies.results import GroupResult, LearningCurve, PairResult, Progress, StudyResult, compute_result
from mnist_gui.studies.study import Study
from mnist_gui.studies.training_curve import TrainingCurve

FOLDER = "studies"
VERSION = 3  # raised when a result is computed or stored in another way
_MAX_TEXT_BYTES = 200_000_000


def study_result(
    study: Study,
    data: EvaluationSet,
    cache: Path,
    *,
    found: Mapping[PlannedRun, Run] | None = None,
    progress: Progress,
) -> StudyResult | None:
    """Return what the completed runs of a study say, from the cache if it is there; None if cancelled.

    Parameters
    ----------
    study
        It may be in training.
    data
        Digits that the runs answer.
    cache
        Folder of the cache.
    found
        The study's runs, where they were read already.
    progress
        Called with the name of a run and the fraction of its answers; returns whether to go on.
    """
    runs = study.found_runs() if found is None else found
    path = cache / FOLDER / f"{_key(study, runs, data)}.cached"
    content = read_cached(path)
    if content is not None:
        return _unpacked(study, content, len(data))
    result = compute_result(study, runs, data, cache, progress=progress)
    # A run that could not be read may be readable the next time.
    if result is not None and sum(len(group.seeds) for group in result.groups) == result.completed:
        write_cached(path, _packed(study, result))
    return result


def _key(study: Study, runs: Mapping[PlannedRun, Run], data: EvaluationSet) -> str:
    states = [
        (planned.group.model, planned.group.title, planned.seed, run.status,
         _checksum(run, PREDICTIONS_FILE if run.has_predictions_only else MODEL_FILE), _checksum(run, HISTORY_FILE))
        for planned, run in runs.items()
    ]  # fmt: skip
    return hashlib.sha256(repr((VERSION, study.plan.to_json(), data.checksum, states)).encode()).hexdigest()


def _checksum(run: Run, name: str) -> str:
    entry = run.record.files.get(name)
    return entry.sha256 if entry else ""


def _packed(study: Study, result: StudyResult) -> bytes:
    groups = study.plan.groups()
    values = {
        "groups": [[groups.index(group.group), group.seeds, _values(group.interval)] for group in result.groups],
        "pairs": [asdict(pair) for pair in result.pairs],
        "curves": [asdict(curve) for curve in result.curves],
        "trainings": [asdict(curve) for curve in result.trainings],
        "problems": result.problems,
        "completed": result.completed,
    }
    errors = {f"errors_{index}": np.packbits(group.errors, axis=1) for index, group in enumerate(result.groups)}
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, text=np.frombuffer(json.dumps(values).encode(), np.uint8), **errors)
    return file.getvalue()


def _unpacked(study: Study, content: bytes, digits: int) -> StudyResult:
    arrays = read_arrays(io.BytesIO(content), _MAX_TEXT_BYTES + MAX_RUNS * digits)
    values = json.loads(arrays["text"].tobytes())
    groups = study.plan.groups()
    results = [
        GroupResult(
            groups[position],
            tuple(seeds),
            np.unpackbits(arrays[f"errors_{index}"], axis=1, count=digits).astype(np.bool_),
            None if interval is None else Interval(*interval),
        )
        for index, (position, seeds, interval) in enumerate(values["groups"])
    ]
    pairs = [
        PairResult(**{**pair, "test": _difference(pair["test"]), "welch": _difference(pair["welch"])})
        for pair in values["pairs"]
    ]
    return StudyResult(
        study.plan.name,
        study.plan.shown_name,
        study.plan.training_text,
        tuple(results),
        tuple(pairs),
        tuple(LearningCurve(**_tuples(curve)) for curve in values["curves"]),
        tuple(TrainingCurve(**_tuples(curve)) for curve in values["trainings"]),
        tuple(values["problems"]),
        study.plan.size,
        values["completed"],
    )


def _values(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _difference(values: dict[str, Any]) -> MeanDifference:
    return MeanDifference(values["difference"], Interval(**values["interval"]), values["p"])


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
