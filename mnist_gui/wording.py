"""Formats numbers and durations; shared by the window, the command line and the report."""

from __future__ import annotations

import re
from collections.abc import Sequence

_BREAKS = re.compile("[\\t\\n\\v\\f\\r\\x1c-\\x1e\\x85\\u2028\\u2029]")
# Control characters but line feeds, halves of surrogate pairs, marks that turn the direction of text, no characters.
_UNSAFE = re.compile(
    "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\ud800-\\udfff\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufffe\\uffff]"
)


def plain_text(text: str) -> str:
    """Return a text of any origin as one line, without characters that control a terminal or a page.

    Line breaks become spaces; control characters, lone surrogates, and marks that turn the direction of text become
    the replacement character.
    """
    return plain_lines(_BREAKS.sub(" ", text))


def plain_lines(text: str) -> str:
    """Return a text of several lines as `plain_text` does, with its line feeds."""
    return _UNSAFE.sub("\ufffd", text)


def number_word(number: int) -> str:
    """Return a number up to six as a word, a larger one in figures."""
    words = ("no", "one", "two", "three", "four", "five", "six")
    return words[number] if number < len(words) else str(number)


def percent(probability: float) -> str:
    """Return a probability as a percentage that never claims certainty: neither "100 %" nor "0 %".

    Parameters
    ----------
    probability
        In [0, 1].
    """
    if 0.0095 <= probability < 0.995:
        return f"{100 * probability:.0f}\u00a0%"
    return f"{percent_number(probability, 1, certain=False)}\u00a0%"


def percent_number(fraction: float, decimals: int = 2, *, certain: bool = True) -> str:
    """Return a fraction in percent, which is never rounded to 0 or 100: "99.35", ">99.99", "<0.01".

    Parameters
    ----------
    fraction
        In [0, 1].
    certain
        Whether exactly 0 and 1 are 0 and 100, as for a share of digits that were counted; an estimate is never certain.
    """
    value, step = 100 * fraction, 10.0**-decimals
    if not (certain and value in (0, 100)):
        if value > 100 - step + 1e-9:
            return f">{100 - step:.{decimals}f}"
        if value < step - 1e-9:
            return f"<{step:.{decimals}f}"
    return f"{value:.{decimals}f}"


def rough_duration(seconds: float) -> str:
    """Return a rounded duration in words: "about 2 minutes", "about 4½ hours"."""
    minutes = seconds / 60
    if minutes < 0.75:
        return "under a minute"
    if minutes < 1.5:
        return "about a minute"
    if minutes < 10:
        return f"about {minutes:.0f} minutes"
    if minutes < 57:
        return f"about {5 * round(minutes / 5)} minutes"
    halves = max(round(minutes / 30), 2)
    if halves == 2:
        return "about an hour"
    return f"about {halves // 2}{'½' if halves % 2 else ''} hours"


def clock_duration(seconds: float) -> str:
    """Return a duration as minutes and seconds, with hours where needed: "0:52", "2:05:10"."""
    minutes, rest = divmod(round(max(seconds, 0.0)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def accuracy_percent(accuracy: float) -> str:
    """Return an accuracy in [0, 1] as a percentage with two decimals: "99.35 %"; "100.00 %" where all is right."""
    return f"{percent_number(accuracy)} %"


def percentage_points(fraction: float) -> str:
    """Return a share, or a difference of two, in percentage points: "0.04"."""
    return f"{100 * fraction:.2f}"


def accuracy_interval(low: float, high: float) -> str:
    """Return an interval of accuracies in [0, 1]: "99.15 to 99.47 %"."""
    return f"{percent_number(low)} to {accuracy_percent(high)}"


def listing(items: Sequence[str]) -> str:
    """Return a list in words: "a", "a and b", "a, b and c"."""
    return " and ".join(filter(None, (", ".join(items[:-1]), *items[-1:])))


def plural(count: int, noun: str, nouns: str = "") -> str:
    """Return a count with its noun: "1 digit", "1,200 digits".

    Parameters
    ----------
    nouns
        The plural, where it is not the noun with an "s".
    """
    return f"{count:,} {noun if count == 1 else nouns or noun + 's'}"


def model_title(number: int) -> str:
    """Return what a user calls a model: "Model 2", or "Your own model" for 0, a network that is none of the three."""
    return f"Model {number}" if number else "Your own model"
