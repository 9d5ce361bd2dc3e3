"""The time that is left of teaching, by a clock that the test turns."""

import pytest

from mnist_gui.gui.fine_tuning_progress import FineTuningProgress, Stage, stage_seconds
from mnist_gui.models.recipes import FINE_TUNING
from mnist_gui.models.training.time_estimate import START_UP_SECONDS, Workload

SECONDS = {"one": (20.0, 10.0, 10.0), "two": (10.0, 10.0, 10.0)}


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def progress(clock):
    return FineTuningProgress(SECONDS, clock)


def at(progress, clock, seconds, *position):
    clock.now = 1000.0 + seconds
    progress.update(*position)
    return progress.seconds_left


def test_nothing_is_known_while_another_training_is_waited_for(progress, clock):
    clock.now += 500
    assert (progress.seconds_left, progress.fraction) == (None, 0.0)
    progress.update("one", Stage.PREPARING)
    assert progress.seconds_left == 70
    assert progress.fraction == 0


def test_at_the_expected_pace_the_time_left_passes_like_time(progress, clock):
    assert at(progress, clock, 0, "one", Stage.PREPARING) == 70
    clock.now += 5
    assert progress.seconds_left == 65, "also where nothing is heard"
    assert at(progress, clock, 20, "one", Stage.TRAINING) == pytest.approx(50)
    assert at(progress, clock, 25, "one", Stage.TRAINING, 0.5) == pytest.approx(45)
    assert at(progress, clock, 40, "one", Stage.DONE) == pytest.approx(30)
    assert progress.fraction == pytest.approx(40 / 70)
    assert at(progress, clock, 70, "two", Stage.DONE) == 0
    assert progress.fraction == 1


def test_at_half_the_pace_the_time_left_is_estimated_anew(progress, clock):
    at(progress, clock, 0, "one", Stage.PREPARING)
    assert 50 < at(progress, clock, 40, "one", Stage.TRAINING) < 100
    assert at(progress, clock, 80, "one", Stage.DONE) == pytest.approx(30 / 70 * (30 + 80))


def test_while_a_stage_takes_longer_the_later_ones_are_left(progress, clock):
    at(progress, clock, 0, "one", Stage.PREPARING)
    clock.now += 300
    assert progress.seconds_left == 50


def test_the_fraction_never_falls(progress, clock):
    at(progress, clock, 0, "one", Stage.PREPARING)
    clock.now += 30
    before = progress.fraction
    assert at(progress, clock, 90, "one", Stage.TRAINING) > 50
    assert progress.fraction >= before > 0.3


def test_what_is_heard_late_changes_nothing(progress, clock):
    at(progress, clock, 20, "one", Stage.TRAINING, 0.5)
    left = progress.seconds_left
    assert at(progress, clock, 20, "one", Stage.PREPARING) == left
    assert at(progress, clock, 20, "one", Stage.TRAINING, 0.2) == left


def test_only_the_first_run_starts_tensorflow_and_a_slow_machine_takes_longer():
    workload = Workload.of(2, FINE_TUNING)
    first, second = (stage_seconds(workload, 1.0, is_first=is_first) for is_first in (True, False))
    assert first[0] == pytest.approx(second[0] + START_UP_SECONDS) and first[1:] == second[1:]
    assert all(seconds > 0 for seconds in second)
    assert stage_seconds(workload, 3.0, is_first=False) == pytest.approx([3 * seconds for seconds in second])
