import pytest

from mnist_gui.runs.record import RunError
from mnist_gui.runs.run_names import MAX_NAME_LENGTH, check_new_name


@pytest.mark.parametrize("name", ["a", "7", "model-1-quick-20261122-101500", "My best run", "v1.2_b"])
def test_plain_names_are_taken(name):
    check_new_name(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "needs a name"),
        ("   ", "needs a name"),
        (".hidden", "begins with a dot"),
        (" lead", "begins with a dot, a space"),
        ("--limit", "a hyphen"),
        ("trail.", "ends with a dot"),
        ("trail ", "a space"),
        ("..", "begins with a dot"),
        ("a/b", "contains '/'"),
        ("a\\b", "letters A to Z"),
        ("a:b", "contains ':'"),
        ("été", "contains 'é'"),
        ("line\nbreak", "letters A to Z"),
        ("CON", "device on Windows"),
        ("nul.txt", "device on Windows"),
        ("Com1", "device on Windows"),
        ("x" * (MAX_NAME_LENGTH + 1), f"{MAX_NAME_LENGTH + 1} characters"),
    ],
)
def test_a_name_that_would_not_travel_is_refused_with_its_reason(name, words):
    with pytest.raises(RunError, match=words):
        check_new_name(name)
