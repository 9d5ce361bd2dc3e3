import numpy as np
import pytest

from mnist_gui.analysis.comparison import compare_runs, ensemble, run_titles
from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.runs.run import DamagedRun, Run
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import percent
from tests.comparison_data import add_held_out, compared_run, evaluation_set

pytestmark = pytest.mark.usefixtures("counting")


def test_runs_answer_the_same_digits_and_together_by_their_mean(make_run, tiny_dataset, tmp_path):
    runs = [make_run(1), make_run(2), make_run(3)]
    found = compare_runs(runs, mnist_evaluation_set(tiny_dataset), tmp_path)
    assert [each.errors for each in found.runs] == [6, 3, 2]
    assert [each.model for each in found.compared_runs] == [1, 2, 3, 0]
    assert found.ensemble.members == tuple(run.name for run in runs)
    mean = np.mean([each.probabilities for each in found.runs], axis=0)
    assert found.ensemble.probabilities == pytest.approx(mean)
    # Two of three are right wherever at most one is wrong.
    assert found.ensemble.errors == int((np.sum([each.wrong for each in found.runs], axis=0) > 1).sum())


def test_confidence_is_calibrated_and_what_evaluate_says_is_not(make_run, tiny_dataset, tmp_path):
    run = make_run(calibration={"temperature": 2.0})
    (found,) = compare_runs([run], mnist_evaluation_set(tiny_dataset), tmp_path).runs
    assert found.is_calibrated
    assert found.raw.max() == pytest.approx(0.9)
    assert found.probabilities == pytest.approx(calibrate(found.raw, 2.0))
    assert (found.predicted == found.raw.argmax(axis=1)).all()


def test_together_is_the_mean_of_raw_probabilities(make_run, tiny_dataset, tmp_path):
    runs = [make_run(1, calibration={"temperature": 2.0}), make_run(2, calibration={"temperature": 1.5})]
    found = compare_runs(runs, mnist_evaluation_set(tiny_dataset), tmp_path)
    mean = np.mean([each.raw for each in found.runs], axis=0)
    assert found.ensemble.probabilities == pytest.approx(mean)
    assert found.ensemble.raw == pytest.approx(mean)
    assert not found.ensemble.is_calibrated


def test_runs_are_weighted_by_the_frames_that_they_held_out(make_run, tiny_dataset, tmp_path):
    runs, labels = [make_run(1), make_run(2)], np.arange(1000) % 10
    add_held_out(runs[0], np.where(labels < 4, 9, labels), labels, 0.95)
    add_held_out(runs[1], labels, labels)
    found = compare_runs(runs, mnist_evaluation_set(tiny_dataset), tmp_path)
    first, second = found.ensemble.weights.values
    assert second > 0.5 > first
    assert found.ensemble.raw == pytest.approx(first * found.runs[0].raw + second * found.runs[1].raw)
    assert found.ensemble.weighting.startswith(f"Together is a weighted mean: {runs[0].name} {percent(first)}")
    assert not found.runs[0].weighting


def test_one_run_alone_has_no_ensemble(make_run, tiny_dataset, tmp_path):
    found = compare_runs([make_run()], mnist_evaluation_set(tiny_dataset), tmp_path)
    assert found.ensemble is None
    assert len(found.compared_runs) == 1


def test_what_cannot_answer_leaves_a_sentence_and_the_rest_goes_on(make_run, store, tiny_dataset, tmp_path):
    good, altered, young = make_run(1), make_run(2), make_run(3, files={}, exported=0)
    (altered.folder / "model.onnx").write_bytes(b"x y")
    gone = DamagedRun(store.folder / "gone", "run.json is missing", shipped=False)
    found = compare_runs([gone, altered, young, good], mnist_evaluation_set(tiny_dataset), tmp_path)
    assert [each.title for each in found.compared_runs] == [good.name]
    assert len(found.problems) == 3
    for problem, name in zip(found.problems, ("gone", altered.name, young.name), strict=True):
        assert name in problem
        assert "left out" in problem


def test_two_runs_of_one_name_are_distinguished(make_run, store, tiny_dataset, tmp_path):
    mine = make_run(1)
    mine.folder.rename(store.folder / "twin")
    other = make_run(2)
    store.shipped.mkdir()
    other.folder.rename(store.shipped / "twin")
    twins = RunStore(store.folder, store.shipped).entries()
    found = compare_runs(twins, mnist_evaluation_set(tiny_dataset), tmp_path)
    assert [each.title for each in found.runs] == run_titles(twins) == ["twin (shipped)", "twin (yours)"]
    assert "Two runs are called twin" in found.problems[0]
    assert found.find("twin (yours)").model == 1
    with pytest.raises(KeyError):
        found.find("twin")


def test_a_run_called_together_is_not_taken_for_all(make_run, store, tiny_dataset, tmp_path):
    make_run(1).folder.rename(store.folder / "Together")
    make_run(2)
    found = compare_runs(store.entries(), mnist_evaluation_set(tiny_dataset), tmp_path)
    assert found.runs[0].title == "Together (yours)"
    assert found.find("Together").model == 0


def test_a_run_that_was_taught_is_flattered_by_ones_own_digits(make_run, tmp_path):
    run = make_run(1, parent="older")
    assert compare_runs([run], evaluation_set([1, 2]), tmp_path).problems == ()
    (problem,) = compare_runs([run], evaluation_set([1, 2], "My digits"), tmp_path).problems
    assert "taught some of these very digits" in problem


def test_asking_can_be_given_up_and_is_reported_by_run(make_run, tiny_dataset, tmp_path):
    run, calls = make_run(), []

    def progress(title, fraction):
        calls.append((title, fraction))
        return False

    assert compare_runs([run], mnist_evaluation_set(tiny_dataset), tmp_path, progress=progress) is None
    assert calls == [(run.name, 0.0)]


def test_any_runs_can_be_together():
    labels = [1, 2, 3]
    first, second = compared_run("a", 1, [1, 2, 9], labels, 0.6), compared_run("b", 2, [1, 9, 3], labels, 0.9)
    both = ensemble([first, second], "a and b")
    assert both.predicted.tolist() == [1, 9, 3]
    assert (both.subject, first.subject) == ("a and b", "run a of model 1")
    assert isinstance(first.run, Run | None)


def test_taught_runs_are_called_as_in_the_window(make_run, store):
    names = ("model-1-teach-20260301-215910", "model-2-teach-20260301-215931", "model-1-teach-20260302-080000")
    for name in names:
        make_run(int(name[6])).folder.rename(store.folder / name)
    runs = {run.name: run for run in store.runs()}
    assert run_titles([runs[names[0]]]) == ["taught 2026-03-01, 21:59"]
    assert run_titles([runs[name] for name in names]) == [
        "taught 2026-03-01, 21:59, model 1",
        "taught 2026-03-01, 21:59, model 2",
        "taught 2026-03-02, 08:00",
    ]
    make_run(1).folder.rename(store.folder / "model-1-teach-20260301-215910-2")
    twins = [run for run in store.runs() if run.name.startswith(names[0])]
    assert run_titles(twins) == [names[0], f"{names[0]}-2"]


def test_a_title_of_the_user_takes_the_place_of_the_name_and_stays_unique(make_run, store):
    runs = [make_run(), make_run(), make_run()]
    for run, title in zip(runs, ("wide", "wide", "Together"), strict=True):
        store.set_title(run.name, title)
    titled = [store.get(run.name) for run in runs]
    assert run_titles(titled) == [
        f"wide ({runs[0].name})", f"wide ({runs[1].name})", f"Together ({runs[2].name})",
    ]  # fmt: skip
    assert run_titles(titled[:1]) == ["wide"]
