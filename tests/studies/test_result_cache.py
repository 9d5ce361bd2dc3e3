import shutil

import numpy as np
import pytest

from mnist_gui.analysis import prediction_cache
from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.runs.run import Run
from mnist_gui.studies import result_cache
from mnist_gui.studies.result_cache import study_result
from mnist_gui.studies.study import Study
from tests.study_data import add_study, add_study_run, add_study_runs


@pytest.fixture
def data(tiny_dataset):
    return mnist_evaluation_set(tiny_dataset)


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def study(tmp_path, data, cache):
    study = add_study(tmp_path / "studies", models=(1, 2), seeds=3, frames=(500, 1000, 2000))
    add_study_runs(study, data, cache)
    return study


def read(study, data, cache):
    return study_result(study, data, cache, progress=lambda run, fraction: True)


def test_a_result_is_the_same_from_the_cache_and_reads_no_predictions(study, data, cache, monkeypatch):
    computed = read(study, data, cache)
    assert len(computed.groups) == 6
    assert len(computed.curves) == len(set(computed.curves)) == 2
    assert computed.trainings[0].epochs == (1, 2)

    def refuse(*_arguments, **_options):
        raise AssertionError("computed again")

    monkeypatch.setattr(result_cache, "compute_result", refuse)
    cached = read(Study.open(study.folder), data, cache)
    assert cached.to_json() == computed.to_json()
    for ours, theirs in zip(cached.groups, computed.groups, strict=True):
        np.testing.assert_array_equal(ours.errors, theirs.errors)
    assert [pair.sentence for pair in cached.pairs] == [pair.sentence for pair in computed.pairs]


def test_another_run_makes_another_result(tmp_path, data, cache):
    study = add_study(tmp_path / "studies", models=(1,), seeds=3)
    add_study_runs(study, data, cache, 2)
    assert read(study, data, cache).groups[0].seeds == (1, 2)
    add_study_run(study, study.plan.runs()[2], data, cache)
    assert read(study, data, cache).groups[0].seeds == (1, 2, 3)


def test_copies_of_a_run_under_other_seeds_count_once(tmp_path, data, cache):
    study = add_study(tmp_path / "studies", models=(1, 2), seeds=3)
    trained = [planned for planned in study.plan.runs() if planned.group.model == 1 or planned.seed == 1]
    for planned in trained:
        add_study_run(study, planned, data, cache)
    original = study.found_runs()[trained[1]]
    for seed in (2, 3):
        copy = original.folder.with_name(f"copy-{seed}")
        shutil.copytree(original.folder, copy)
        Run.open(copy).commit(seed=seed)
    for _ in range(2):  # computed, and from the cache
        result = read(study, data, cache)
        assert [group.seeds for group in result.groups] == [(1, 2, 3), (1,)]
        assert (result.planned, result.completed, result.pairs) == (6, 4, ())
        assert list(result.problems) == [
            f"Model 2, seed {seed} has the weights of seed 1, which it was copied from: both count once. Delete the "
            f"run copy-{seed} to train this seed."
            for seed in (2, 3)
        ]


def test_a_damaged_cache_is_computed_again(study, data, cache):
    expected = read(study, data, cache).to_json()
    (file,) = (cache / result_cache.FOLDER).iterdir()
    file.write_bytes(file.read_bytes()[:-40])
    assert read(study, data, cache).to_json() == expected


def test_a_result_without_a_damaged_run_is_not_kept(study, data, cache, monkeypatch):
    run = next(iter(study.found_runs().values()))
    model = run.folder / "model.onnx"
    content = model.read_bytes()
    model.write_bytes(b"x" * len(content))
    result = read(study, data, cache)
    assert any(run.name in problem for problem in result.problems)
    model.write_bytes(content)
    monkeypatch.setattr(prediction_cache, "LoadedModel", None)  # its predictions are cached
    assert read(study, data, cache).problems == ()


def test_training_curves_end_at_the_last_epoch_that_all_runs_have(study, data, cache):
    curve = read(study, data, cache).trainings[0]
    assert len(curve.mean) == len(curve.low) == len(curve.high) == 2
    assert all(low <= mean <= high for low, mean, high in zip(curve.low, curve.mean, curve.high, strict=True))
