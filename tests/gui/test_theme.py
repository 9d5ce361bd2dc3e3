"""One look for the whole program."""

import pytest

from mnist_gui.gui import theme


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_another_theme_or_text_size_keeps_the_style(qapp, choice):
    """Qt deletes a style that is replaced, with every widget still using it: now and then that crashed."""
    theme.apply(qapp, "light")
    qapp.style().setProperty("seen", True)
    theme.apply(qapp, choice, 1.25)
    assert qapp.style().property("seen")
    theme.apply(qapp, "light")
