"""Which runs are in the plot, on a plot that only counts."""

import pytest

from mnist_gui.gui.train.curves.plotted_runs import PlottedRuns
from mnist_gui.models.recipes import QUICK
from mnist_gui.runs.record import EpochMetrics


class CountingPlot:
    """Remembers what is in it, and what was drawn."""

    def __init__(self):
        self.runs = []
        self.drawn = []

    def show_history(self, run, _model, _history, _validation):
        self.drawn.append(run)
        self.remove(run)
        self.runs.append(run)

    def begin(self, run):
        """Stand in for a training that is drawn as it grows."""
        self.remove(run)
        self.runs.append(run)

    def remove(self, run):
        if run in self.runs:
            self.runs.remove(run)

    def clear(self):
        self.runs.clear()

    def put_in_order(self, names):
        self.runs.sort(key=lambda run: names.index(run) if run in names else len(names))


@pytest.fixture
def plot():
    return CountingPlot()


@pytest.fixture
def shown(plot):
    return PlottedRuns(plot)


@pytest.fixture
def create(store):
    def make(name=""):
        run = store.create(1, QUICK.to_json(), 0, {"name": "bars", "checksum": "c"})
        run.commit(files={"history.csv": run.append_history(EpochMetrics(1, 0.5, 0.9, 0.4, 0.9, 1.0))}, epochs=1)
        return store.rename(run.name, name) if name else run

    return make


def with_history(*runs):
    return [(run, tuple(run.history())) for run in runs]


def test_only_what_has_changed_is_drawn_anew(plot, shown, create):
    """An epoch of one run must not cost the curves of a hundred others."""
    chosen = with_history(*(create(f"run {number}") for number in range(5)))
    shown.choose(chosen)
    plot.drawn.clear()
    run, history = chosen[3]
    chosen[3] = run, (*history, EpochMetrics(2, 0.4, 0.9, 0.3, 0.9, 1.0))
    shown.choose(chosen)
    assert plot.drawn == ["run 3"]
    shown.choose(chosen[1:])
    assert plot.drawn == ["run 3"]
    assert sorted(plot.runs) == [f"run {number}" for number in range(1, 5)]


def test_what_is_trained_draws_itself(plot, shown, create):
    chosen = with_history(create("mine"))
    shown.add_trained("mine")
    plot.begin("mine")
    shown.choose(chosen)
    assert (plot.drawn, plot.runs) == ([], ["mine"])
    shown.choose(())
    assert plot.runs == ["mine"]


@pytest.mark.parametrize("ticked", [False, True])
def test_a_run_trained_here_goes_on_under_its_new_name_once(plot, shown, create, store, ticked):
    run = create("old")
    shown.add_trained("old")
    plot.begin("old")
    shown.choose(with_history(run) if ticked else ())
    renamed = store.rename("old", "new")
    shown.rename("old", renamed)
    shown.choose(with_history(renamed) if ticked else ())
    assert plot.runs == ["new"]


def test_the_last_run_goes_on_under_its_new_name_until_others_are_chosen(plot, shown, create, store):
    shown.show_last([create("old")])
    shown.rename("old", store.rename("old", "new"))
    assert plot.runs == ["new"]
    shown.choose(with_history(create("other")))
    assert plot.runs == ["other"]


def test_a_run_that_is_not_shown_is_not_shown_under_another_name(plot, shown, create, store):
    create("old")
    shown.rename("old", store.rename("old", "new"))
    assert plot.runs == []


def test_a_run_that_has_gone_is_not_drawn_again(plot, shown, create):
    trained, chosen = create("trained"), create("chosen")
    shown.add_trained("trained")
    plot.begin("trained")
    shown.choose(with_history(trained, chosen))
    for name in ("trained", "chosen"):
        shown.forget(name)
    assert plot.runs == []
    shown.begin()
    assert plot.runs == []
