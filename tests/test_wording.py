import pytest

from mnist_gui.wording import clock_duration, rough_duration


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
def test_a_duration_in_words(seconds, words):
    assert rough_duration(seconds) == words


def test_a_duration_as_a_clock_shows_it():
    assert [clock_duration(s) for s in (-1, 52, 70, 7_510)] == ["0:00", "0:52", "1:10", "2:05:10"]
