from datetime import datetime

import pytest

from mnist_gui.runs.record import RunError
from mnist_gui.runs.run_names import MAX_NAME_LENGTH, check_new_name, run_title


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


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("model-1-teach-20261128-215907", "taught today, 21:59"),
        ("model-3-teach-20261128-000000-2", "taught today, 00:00"),
        ("model-2-teach-20261127-235959", "taught 2026-11-27, 23:59"),
        ("model-2-teach-20251128-215907", "taught 2025-11-28, 21:59"),
        ("model-1-teach-20261341-215907", "model-1-teach-20261341-215907"),
        ("model-1-fast-20261128-215907", "model-1-fast-20261128-215907"),
        ("my hand", "my hand"),
        ("", ""),
    ],
)
def test_a_taught_run_is_titled_by_its_time_until_it_is_renamed(name, title):
    assert run_title(name, datetime(2026, 11, 28, 23, 59)) == title
