from xml.etree import ElementTree

import pytest

from mnist_gui.gui import theme
from mnist_gui.report import svg


def test_the_models_have_the_windows_colours():
    for mine, windows in ((svg.LIGHT, theme.LIGHT), (svg.DARK, theme.DARK)):
        assert mine.marks == windows.marks
        assert (mine.surface, mine.text, mine.muted, mine.grid) == (
            windows.surface,
            windows.text,
            windows.muted,
            windows.grid,
        )


def test_a_long_name_keeps_both_its_ends():
    name = "model-1-notebook-20261122-191629-2"
    assert svg.shorten(name) == name
    short = svg.shorten("x" * 40 + name)
    assert len(short) == 34
    assert short.endswith("261122-191629-2")


def test_no_two_models_have_the_same_mark():
    shapes = [svg.marker(model, 0, 0, "#000000") for model in range(4)]
    assert len(set(shapes)) == 4


def test_text_cannot_become_markup():
    text = svg.text_element(0, 0, '<b>"&', "#000")
    assert ElementTree.fromstring(text).text == '<b>"&'
    whole = svg.document(10, 10, [text], 'a "title" & more', svg.PAGE)
    assert ElementTree.fromstring(whole)[0].text == 'a "title" & more'


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 100, [0, 20, 40, 60, 80, 100]), (0.91, 1, [0.92, 0.94, 0.96, 0.98, 1.0]), (3, 3, [3]), (0, 7, [0, 2, 4, 6])],
)
def test_ticks_are_round(low, high, expected):
    assert svg.ticks(low, high) == pytest.approx(expected)


def test_a_plot_places_values_and_keeps_those_beyond_its_ends_inside():
    plot = svg.Plot(10, 20, 100, 50, (0, 1), (0, 10), svg.LIGHT)
    assert plot.to_pixels(0, 0) == (10, 70)
    assert plot.to_pixels(1, 10) == (110, 20)
    assert plot.to_pixels(7, -3) == (110, 70)
    logarithmic = svg.Plot(0, 0, 100, 100, (0, 1), (0.01, 1), svg.LIGHT, log=True)
    assert logarithmic.to_pixels(0, 0.1)[1] == pytest.approx(50)
