"""Estimates: before a training from the recipe, during it from its own pace."""

import math

import pytest

from mnist_gui.models.recipes import NOTEBOOK, QUICK, TEACH
from mnist_gui.models.training.time_estimate import (
    FRAME_SECONDS,
    TimeEstimator,
    Work,
    clamped,
    clock,
    estimate_seconds,
    spoken,
)
from mnist_gui.models.training.training_events import BatchEnded, EpochEnded, Preparing, TrainingEnded, TrainingStarted


def started(model: int = 1) -> TrainingStarted:
    return TrainingStarted("run", model, 2, 0, 10, 1280, "held out", 0)


def batch(number: int, seconds: float, epoch: int = 1) -> BatchEnded:
    return BatchEnded("run", epoch, number, 1.0, 0.5, 1.0, seconds)


def test_recipes_give_work():
    assert Work.of(1, QUICK) == Work(1, 3, 6_000, 2_000)
    assert Work.of(3, NOTEBOOK) == Work(3, 12, 60_000, 10_000)
    assert Work.of(1, QUICK, train=2_400) == Work(1, 3, 400, 2_000)


def test_time_left_follows_the_measured_pace_after_the_first_step():
    work = Work(1, 2, 1280, 0)
    pace = TimeEstimator()
    pace.take(started())
    step = 3 * work.training_seconds / 10  # a machine three times slower
    estimate = pace.take(batch(1, 20.0))  # it built the graph: not a measure
    assert estimate is not None and estimate.seconds_left == pytest.approx(1.9 * work.epoch_seconds)
    for number in range(2, 11):
        estimate = pace.take(batch(number, 20.0 + step * (number - 1)))
    assert pace.speed_factor == pytest.approx(3.0, abs=0.6)
    assert estimate.seconds_left == pytest.approx(work.epoch_seconds * pace.speed_factor)
    assert (estimate.epoch_part, estimate.whole_part) == (pytest.approx(1.0), pytest.approx(0.5))


def test_the_whole_is_what_was_begun_and_what_waits():
    pace = TimeEstimator()
    waiting = [Work(2, 2, 1280, 0), Work(3, 2, 1280, 0)]
    pace.set_waiting(waiting)
    pace.take(started(1))
    pace.take(TrainingEnded("run", 1, "completed", 2, "", True))
    assert pace.estimate() is None
    pace.set_waiting([])  # model 2 failed before its first batch
    estimate = pace.take(started(3))
    assert estimate.whole_part == pytest.approx(FRAME_SECONDS[1] / (FRAME_SECONDS[1] + FRAME_SECONDS[3]))
    pace.set_waiting(waiting)
    again = pace.estimate()
    assert again.seconds_left == pytest.approx(estimate.seconds_left + sum(work.seconds for work in waiting))


def test_teaching_is_short_and_says_nothing_of_a_whole_training():
    teach = Work.of(1, TEACH)
    assert teach == Work(1, TEACH.epochs, TEACH.frames, TEACH.held_out, dense=True)
    assert teach.preparing_seconds > teach.epoch_seconds  # every frame goes through the convolutions, once
    assert estimate_seconds([teach], 1.0) < 60 < estimate_seconds([Work.of(1, QUICK)], 1.0)
    pace = TimeEstimator(2.0)
    pace.take(TrainingStarted("run", 1, 3, 0, 35, 2240, "held out", 500, "dense"))
    for number in range(1, 36):
        estimate = pace.take(batch(number, 5.0 * number))
    assert pace.speed_factor == 2.0
    assert estimate.epoch_part > 0.8


def test_a_resumed_run_has_only_the_rest_to_do():
    pace = TimeEstimator()
    estimate = pace.take(TrainingStarted("run", 1, 4, 3, 10, 1280, "held out", 0))
    assert (estimate.whole_part, estimate.seconds_left) == (0.0, pytest.approx(Work(1, 1, 1280, 0).seconds))
    # Killed after its last epoch, before the end: nothing is left.
    assert pace.take(TrainingStarted("run", 1, 4, 4, 10, 1280, "held out", 0)).whole_part == 1.0


def test_mean_epoch_time_and_epochs_kept():
    pace = TimeEstimator()
    assert pace.take(batch(1, 1.0)) is None
    assert pace.take(Preparing("run", "Loading.")) is None
    pace.take(started())
    estimate = pace.take(EpochEnded("run", 1, 2, 1.0, 0.5, 1.0, 0.5, 40.0))
    assert (estimate.kept, estimate.mean_epoch_seconds) == (1, 40.0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (20, "under a minute"),
        (60, "about a minute"),
        (130, "about 2 minutes"),
        (2_520, "about 40 minutes"),
        (3_600, "about an hour"),
        (5_400, "about 1½ hours"),
        (14_000, "about 4 hours"),
    ],
)
def test_lengths_as_people_say_them(seconds, words):
    assert spoken(seconds) == words


def test_lengths_as_a_clock_shows_them():
    assert [clock(s) for s in (-1, 52, 70, 7_510)] == ["0:00", "0:52", "1:10", "2:05:10"]


def test_odd_measurements_spoil_nothing():
    assert clamped(math.nan) == 1.0 and clamped(1e9) == 100.0 and clamped(0.0) == 0.01
    assert math.isfinite(estimate_seconds([Work.of(1, QUICK)], clamped(math.inf)))
