"""What is kept of a run: short, with its ends, its best epoch, and figures to look up."""

import math

import pytest

from mnist_gui.gui.train.curves.run_curves import MAX_POINTS, RunCurves, Thinned
from mnist_gui.runs.record import EpochMetrics


def figures(epoch: int, val_loss: float) -> EpochMetrics:
    return EpochMetrics(epoch, 1.0 / epoch, 0.9, val_loss, 0.95, 10.0)


def filled(losses) -> RunCurves:
    run = RunCurves("a", 1, len(losses), 4, "held out", "live")
    run.add_epochs(figures(epoch, loss) for epoch, loss in enumerate(losses, 1))
    return run


def test_long_lists_stay_short_and_keep_their_span():
    places: Thinned[int] = Thinned()
    for place in range(50_000):
        places.add(place)
    assert MAX_POINTS / 2 <= len(places.kept) <= MAX_POINTS
    assert places.kept[0] == 0 and places.kept[-1] > 49_000
    assert len({later - earlier for earlier, later in zip(places.kept, places.kept[1:], strict=False)}) == 1


def test_the_newest_and_the_best_epoch_are_never_thinned_out():
    losses = [1 + abs(epoch - 3_333) for epoch in range(1, 5_001)]
    run = filled(losses)
    assert run.history[-1].epoch == 5_000 and len(run.history) <= MAX_POINTS + 1
    assert run.best is not None and run.best.epoch == 3_333


def test_a_loss_that_is_no_number_is_never_the_best():
    run = filled([math.nan, 0.5, math.nan])
    assert run.best is not None and run.best.epoch == 2


@pytest.mark.parametrize(("asked", "found"), [(0, None), (1, 1), (2, 2), (3, 3), (4, None)])
def test_figures_are_found_by_epoch_where_the_run_was(asked, found):
    at = filled([0.3, 0.2, 0.1]).at(asked)
    assert (at and at.epoch) == found


def test_of_a_long_run_the_nearest_epoch_that_is_left_is_found():
    run = filled([1.0] * 5_000)
    assert all(abs(run.at(epoch).epoch - epoch) <= 4 for epoch in range(1, 5_001, 7))


def test_a_run_without_an_epoch_has_nothing_to_say():
    run = RunCurves("a", 1, 3, 4, "held out", "live")
    run.add_batch(1, 2, 0.7)
    assert run.steps == [(0.5, 0.7)]
    assert run.history == [] and run.at(1) is None and run.description == ""


@pytest.mark.parametrize(
    ("validation", "words"),
    [("test", "test loss 0.3000, test accuracy 95"), ("held out", "validation loss 0.3000, accuracy on held-out fr")],
)
def test_the_newest_epoch_is_said_with_what_judged_it(validation, words):
    run = RunCurves("a", 1, 3, 4, validation, "live")
    run.add_epochs([figures(1, 0.5), figures(2, 0.3)])
    assert run.description.startswith("a, epoch 2: training loss 0.5000, ") and words in run.description
