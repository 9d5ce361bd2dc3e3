"""Estimates before a training, from the recipe, and during it, from its measured speed."""

import math

import pytest

from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.recipes import FINE_TUNING, NOTEBOOK, QUICK
from mnist_gui.models.training.time_estimate import (
    FRAME_SECONDS,
    TimeEstimator,
    Workload,
    clamp_speed_factor,
    estimate_seconds,
)
from mnist_gui.models.training.training_events import BatchEnded, EpochEnded, Preparing, TrainingEnded, TrainingStarted


def started(model: int = 1) -> TrainingStarted:
    return TrainingStarted("run", model, 2, 0, 10, 1280, "held out", 0)


def batch(number: int, seconds: float, epoch: int = 1) -> BatchEnded:
    return BatchEnded("run", epoch, number, 1.0, 0.5, 1.0, seconds)


def test_recipes_give_work():
    assert Workload.of(1, QUICK) == Workload(1, 3, 6_000, 2_000)
    assert Workload.of(3, NOTEBOOK) == Workload(3, 12, 60_000, 10_000)
    assert Workload.of(1, QUICK, train=2_400) == Workload(1, 3, 400, 2_000)


def test_time_left_follows_the_measured_pace_after_the_first_step():
    work = Workload(1, 2, 1280, 0)
    pace = TimeEstimator()
    pace.update(started())
    step = 3 * work.training_seconds / 10  # a machine three times slower
    estimate = pace.update(batch(1, 20.0))  # it built the graph: not a measure
    assert estimate is not None and estimate.seconds_left == pytest.approx(1.9 * work.epoch_seconds)
    for number in range(2, 11):
        estimate = pace.update(batch(number, 20.0 + step * (number - 1)))
    assert pace.speed_factor == pytest.approx(3.0, abs=0.6)
    assert estimate.seconds_left == pytest.approx(work.epoch_seconds * pace.speed_factor)
    assert (estimate.epoch_fraction, estimate.total_fraction) == (pytest.approx(1.0), pytest.approx(0.5))


def test_the_whole_is_what_was_begun_and_what_waits():
    pace = TimeEstimator()
    waiting = [Workload(2, 2, 1280, 0), Workload(3, 2, 1280, 0)]
    pace.set_waiting(waiting)
    pace.update(started(1))
    pace.update(TrainingEnded("run", 1, "completed", 2, "", True))
    assert pace.estimate() is None
    pace.set_waiting([])  # model 2 failed before its first batch
    estimate = pace.update(started(3))
    assert estimate.total_fraction == pytest.approx(FRAME_SECONDS[1] / (FRAME_SECONDS[1] + FRAME_SECONDS[3]))
    pace.set_waiting(waiting)
    again = pace.estimate()
    assert again.seconds_left == pytest.approx(estimate.seconds_left + sum(work.seconds for work in waiting))


def test_teaching_is_short_and_says_nothing_of_a_whole_training():
    teach = Workload.of(1, FINE_TUNING)
    assert teach == Workload(1, FINE_TUNING.epochs, FINE_TUNING.frames, FINE_TUNING.held_out, dense=True)
    assert teach.preparing_seconds > teach.epoch_seconds  # every frame goes through the convolutions, once
    assert estimate_seconds([teach], 1.0) < 60 < estimate_seconds([Workload.of(1, QUICK)], 1.0)
    pace = TimeEstimator(2.0)
    pace.update(TrainingStarted("run", 1, 3, 0, 35, 2240, "held out", 500, "dense"))
    for number in range(1, 36):
        estimate = pace.update(batch(number, 5.0 * number))
    assert pace.speed_factor == 2.0
    assert estimate.epoch_fraction > 0.8


def test_a_resumed_run_has_only_the_rest_to_do():
    pace = TimeEstimator()
    estimate = pace.update(TrainingStarted("run", 1, 4, 3, 10, 1280, "held out", 0))
    assert (estimate.total_fraction, estimate.seconds_left) == (0.0, pytest.approx(Workload(1, 1, 1280, 0).seconds))
    # Killed after its last epoch: no work is left.
    assert pace.update(TrainingStarted("run", 1, 4, 4, 10, 1280, "held out", 0)).total_fraction == 1.0


def test_mean_epoch_time_and_epochs_kept():
    pace = TimeEstimator()
    assert pace.update(batch(1, 1.0)) is None
    assert pace.update(Preparing("run", "Loading.")) is None
    pace.update(started())
    estimate = pace.update(EpochEnded("run", 1, 2, 1.0, 0.5, 1.0, 0.5, 40.0))
    assert (estimate.completed_epochs, estimate.mean_epoch_seconds) == (1, 40.0)


def test_odd_measurements_spoil_nothing():
    assert clamp_speed_factor(math.nan) == 1.0 and clamp_speed_factor(1e9) == 100.0 and clamp_speed_factor(0.0) == 0.01
    assert math.isfinite(estimate_seconds([Workload.of(1, QUICK)], clamp_speed_factor(math.inf)))


def test_another_network_is_estimated_by_its_multiplications_and_says_nothing_about_the_machine():
    for number, architecture in ARCHITECTURES.items():
        known = Workload.of(number, QUICK).seconds
        assert 0.7 < Workload.of(0, QUICK, multiply_adds=architecture.multiply_adds).seconds / known < 1.3
    estimator = TimeEstimator(2.0)
    begun = TrainingStarted("own", 0, 1, 0, 10, 1280, "held out", 1, multiply_adds=ARCHITECTURES[1].multiply_adds)
    first = estimator.update(begun)
    expected = Workload(0, 1, 1280, 1, multiply_adds=ARCHITECTURES[1].multiply_adds).seconds
    assert first.seconds_left == pytest.approx(2 * expected)
    for batch in range(1, 6):  # ten times as slow as expected
        slow = estimator.update(BatchEnded("own", 1, batch, 1.0, 0.5, 1.0, batch * 2 * expected))
    assert slow.seconds_left > first.seconds_left
    assert estimator.speed_factor == 2.0
