import numpy as np
import pytest
from scipy import stats

from mnist_gui.analysis.seed_comparison import compare_seeds, seed_groups, seeds_sentence
from tests.comparison_data import compared_run

LABELS = np.zeros(1000, np.uint8)


@pytest.fixture
def runs_of(make_run):
    """Return a function that makes compared runs of one model with so many errors each, a seed a run."""

    def make(model, errors, recipe="fast", **changes):
        found = []
        for seed, count in enumerate(errors, start=1):
            run = make_run(model, seed, recipe, **changes)
            predicted = np.where(np.arange(1000) < count, 1, 0)
            found.append(compared_run(run.name, model, predicted, LABELS, run=run))
        return found

    return make


def test_runs_that_differ_in_their_seed_only_are_one_model(runs_of):
    first, second = seed_groups([*runs_of(2, [10, 12, 14]), *runs_of(1, [20, 22])])
    assert (first.title, first.seeds) == ("Model 1, fast", (1, 2))
    assert (second.mean, second.spread) == (pytest.approx(0.988), pytest.approx(0.002))
    assert second.summary == "Model 2, fast: 98.80 % ± 0.20 over 3 seeds"


def test_a_comparison_over_seeds_says_whether_it_survives(runs_of):
    groups = seed_groups([*runs_of(1, [20, 22, 21]), *runs_of(2, [10, 12, 11])])
    (test,) = compare_seeds(groups)
    expected = stats.ttest_ind([0.98, 0.978, 0.979], [0.99, 0.988, 0.989], equal_var=False)
    assert test.p == pytest.approx(expected.pvalue)
    assert (test.first, test.is_significant) == ("Model 2, fast", True)
    assert "1.00 points above Model 1, fast" in test.sentence
    assert "survives other seeds" in test.sentence


def test_seeds_that_scatter_could_turn_it_round(runs_of):
    (test,) = compare_seeds(seed_groups([*runs_of(1, [10, 30, 20]), *runs_of(2, [12, 26, 18])]))
    assert not test.is_significant
    assert "could turn that round" in test.sentence


def test_of_one_seed_nothing_can_be_said(runs_of):
    groups = seed_groups([*runs_of(1, [10]), *runs_of(2, [20])])
    assert compare_seeds(groups) == []
    assert groups[0].spread is None
    assert "one seed, so no spread is known" in groups[0].summary
    assert seeds_sentence(groups).startswith("Every model has one seed only")
    mixed = seed_groups([*runs_of(3, [10, 11]), *runs_of(1, [10])])
    assert "Model 1, fast has one seed only" in seeds_sentence(mixed)
    assert "No completed run" in seeds_sentence([])


def test_the_same_seed_twice_unfinished_and_taught_runs_do_not_count(runs_of):
    one = runs_of(1, [10, 12])
    again = runs_of(1, [10])
    unfinished = runs_of(1, [10, 11, 12], status="paused")
    taught = runs_of(1, [5], parent="another")
    (group,) = seed_groups([*one, *again, *unfinished, *taught])
    assert group.titles == tuple(each.title for each in one)
    other = runs_of(1, [9], recipe="notebook")
    assert len(seed_groups([*one, *other])) == 2


def test_a_copy_under_another_seed_is_not_another_seed(runs_of):
    one, copy = runs_of(1, [10, 12])
    copy.run.commit(files=one.run.record.files)
    (group,) = seed_groups([one, copy])
    assert (group.titles, group.seeds) == ((one.title,), (1,))
