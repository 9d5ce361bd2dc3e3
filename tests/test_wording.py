import pytest

from mnist_gui.wording import (
    accuracy_interval,
    accuracy_percent,
    clock_duration,
    listing,
    percent,
    percent_number,
    plain_lines,
    plain_text,
    rough_duration,
)


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


@pytest.mark.parametrize("probability", [1.0, 0.99999, 0.9995, 0.9991])
def test_no_probability_is_certain(probability):
    assert percent(probability) == ">99.9\u00a0%"
    assert percent(1 - probability) == "<0.1\u00a0%"


def test_an_accuracy_is_100_percent_only_where_all_is_right():
    assert [accuracy_percent(value) for value in (1, 0.99999, 0.9999, 0.99347)] == [
        "100.00 %", ">99.99 %", "99.99 %", "99.35 %",
    ]  # fmt: skip
    assert [percent_number(value, 1) for value in (0, 0.0004, 0.001, 0.9996, 0.999)] == [
        "0.0",
        "<0.1",
        "0.1",
        ">99.9",
        "99.9",
    ]
    assert percent_number(1, certain=False) == ">99.99"
    assert accuracy_interval(0.99992, 0.999999) == ">99.99 to >99.99 %"


def test_lists_have_an_and():
    assert [listing(items) for items in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë’s 7, 三, سبعة, 👩‍🏫", "Zoë’s 7, 三, سبعة, 👩‍🏫"),
        ("one\ntwo\r\tthree\u2028four", "one two  three four"),
        ("\x1b[31mred\x07\x9b", "\ufffd[31mred\ufffd\ufffd"),
        ("a\u202egnp.exe\u2066", "a\ufffdgnp.exe\ufffd"),
        ("caf\udce9", "caf\ufffd"),
    ],
)
def test_text_of_any_origin_is_one_plain_line(text, shown):
    assert plain_text(text) == shown
    assert plain_text(text).encode().decode() == shown


def test_several_lines_keep_their_breaks():
    assert plain_lines("one\ntwo\x1b") == "one\ntwo\ufffd"
