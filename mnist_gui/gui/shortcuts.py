"""The keys of the window, as Help > Keys lists them."""

from __future__ import annotations

SHORTCUTS = (
    ("Ctrl+1, Ctrl+2, Ctrl+3", "Draw, Train, Compare"),
    ("P, E", "pen, eraser (in Draw)"),
    ("R", "random test digit (in Draw)"),
    ("T, Shift+T", "next and previous test digit that fools the models (in Draw)"),
    ("W, F, S, M", "Why, Framing, Stress, My digits (in Draw)"),
    ("N", "How the network sees (in Draw)"),
    ("0 to 9", "it was this digit: keep it in My digits (in Draw)"),
    ("Arrows, 0 to 9, -, Backspace", "of several digits: choose one, correct it, no digit, remove its box"),
    ("Ctrl+Z, Ctrl+Shift+Z", "undo, redo"),
    ("Del", "clear the canvas"),
    ("Esc", "give up the stroke under way; end the tour"),
    ("Ctrl+O, Ctrl+S", "open, save a drawing or picture"),
    ("Ctrl+C, Ctrl+V", "copy it, or the text of several digits (in Draw), paste one"),
    ("Ctrl+Shift+C", "copy the answer as an image"),
    ("Ctrl+Enter, Ctrl+.", "start and stop training (in Train)"),
    ("Arrows, Enter", "go to a cell or a digit and open it; in the table, sort (in Compare)"),
    ("Ctrl++, Ctrl+-, Ctrl+0", "larger, smaller, usual text"),
    ("Arrows, Space", "go to a filter and switch it off or on (in How the network sees)"),
    ("Esc, Ctrl+W", "close How the network sees"),
    ("F11", "present to a class; Esc ends it"),
    ("F1 or ?", "these keys"),
)


def shortcuts_html() -> str:
    """Return the keys and what they do as a table."""
    # Without wrapping, which would make large text higher than a small screen.
    rows = "".join(f"<tr><td><b>{keys}</b>&nbsp;&nbsp;</td><td>{text}</td></tr>" for keys, text in SHORTCUTS)
    return f"<table cellpadding='4' style='white-space: nowrap'>{rows}</table>"
