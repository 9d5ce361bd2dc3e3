import numpy as np
import pytest

from mnist_gui.gui.compare.mistakes.confusion_cells import ConfusionCells
from mnist_gui.gui.compare.run_marker import RunMarker
from mnist_gui.gui.theme import DARK, LIGHT

ONE, TWO = RunMarker("one", 1), RunMarker("two", 2)


def counts(count):
    found = np.eye(10, dtype=np.int64) * 100
    found[4, 9] = count
    return found


@pytest.mark.parametrize("colors", [LIGHT, DARK])
@pytest.mark.parametrize("count", [1, 5, 10])
def test_words_stand_out_from_every_colour(colors, count):
    cells = ConfusionCells.of((ONE,), counts(count), 10)
    fill, ink = cells.fill((4, 9), colors), cells.ink((4, 9), colors)
    assert abs(fill.lightnessF() - ink.lightnessF()) > 0.35


def test_a_difference_has_the_colour_of_whoever_does_it_more():
    more = ConfusionCells.of((ONE, TWO), counts(3) - counts(0), 3)
    less = ConfusionCells.of((ONE, TWO), counts(0) - counts(3), 3)
    assert more.fill((4, 9), LIGHT).name().upper() == LIGHT.models[0].upper()
    assert less.fill((4, 9), LIGHT).name().upper() == LIGHT.models[1].upper()
    assert (more.text((4, 9)), less.text((4, 9)), more.text((0, 1))) == ("+3", "−3", "")


def test_errors_are_what_is_off_the_diagonal():
    assert ConfusionCells.of((ONE,), counts(7), 7).errors == 7


def test_another_shape_is_refused():
    with pytest.raises(ValueError, match="give"):
        ConfusionCells.of((ONE,), np.zeros((10,), int), 1)
