"""Lines are cut at the edges of what is shown, wherever they cross them."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from mnist_gui.gui.widgets.curve_layer import clipped

BOX = QRectF(0, 0, 10, 10)


def pieces(*points):
    x, y = np.array(points, float).T
    return [list(zip(across.tolist(), down.tolist(), strict=True)) for across, down in clipped(x, y, BOX)]


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([(1, 1), (5, 5), (9, 1)], [[(1, 1), (5, 5), (9, 1)]]),
        ([(5, -5), (5, 5), (5, 15)], [[(5, 0), (5, 5), (5, 10)]]),
        ([(-10, 5), (20, 5)], [[(0, 5), (10, 5)]]),
        ([(-10, -5), (20, -5)], []),
        ([(2, 5), (4, 15), (6, 5)], [[(2, 5), (3, 10)], [(5, 10), (6, 5)]]),
        ([(2, 20), (8, 20), (8, 5)], [[(8, 10), (8, 5)]]),
    ],
)
def test_only_what_lies_inside_is_left(points, expected):
    assert pieces(*points) == expected


def test_a_wild_line_never_leaves_the_box():
    rng = np.random.default_rng(0)
    x, y = np.sort(rng.uniform(-5, 15, 500)), rng.uniform(-20, 30, 500)
    found = clipped(x, y, BOX)
    assert found
    for across, down in found:
        assert across.min() >= -1e-9 and across.max() <= 10 + 1e-9
        assert down.min() >= -1e-9 and down.max() <= 10 + 1e-9
