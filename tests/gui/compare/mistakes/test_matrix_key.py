"""The key says what the colours of the matrices stand for."""

import pytest
from PySide6.QtGui import QColor

from mnist_gui.gui import theme
from mnist_gui.gui.compare.mistakes.confusion_matrix import count_color, difference_color
from mnist_gui.gui.compare.mistakes.matrix_key import MatrixKey
from mnist_gui.gui.widgets.run_marker import RunMarker

RUNS = RunMarker("one", 1), RunMarker("two", 2)


@pytest.fixture(params=["light", "dark"])
def key(request, qtbot, qapp):
    theme.apply(qapp, request.param)
    key = MatrixKey()
    qtbot.addWidget(key)
    yield key
    theme.apply(qapp, "light")


def colors_in(key: MatrixKey) -> list[str]:
    """Return the colours along the middle of the key, from left to right."""
    key.resize(key.sizeHint())
    image = key.grab().toImage()
    ratio = image.devicePixelRatio()
    return [image.pixelColor(x, round(image.height() / 2 / ratio)).name() for x in range(image.width())]


def test_one_scale_goes_from_never_to_the_largest_count(key):
    key.set_counts(7)
    assert key.accessibleName() == "Colours: dark is never, bright is 7 times"
    colors = colors_in(key)
    assert any(_is_near(color, count_color(0.02)) for color in colors)
    assert any(_is_near(color, count_color(0.98)) for color in colors)
    assert key._ends == ("never", "7 times")


def test_a_difference_goes_from_one_run_to_the_other(key):
    key.set_difference(RUNS, 3)
    assert key.accessibleName() == "Colours: 3 more by one at one end, 3 more by two at the other"
    ends = [difference_color(RUNS, level, theme.colors_of(key)) for level in (1, -1)]
    assert all(color.alphaF() > 0.6 for color in ends)
    found = colors_in(key)
    surface = QColor(theme.colors_of(key).window)
    blends = [_over(color, surface) for color in ends]
    places = [next(x for x, color in enumerate(found) if _is_near(color, blend, 12)) for blend in blends]
    assert places[0] < places[1]


def _over(color: QColor, ground: QColor) -> QColor:
    alpha = color.alphaF()
    return QColor.fromRgbF(
        *(alpha * a + (1 - alpha) * b for a, b in zip(color.getRgbF()[:3], ground.getRgbF()[:3], strict=True))
    )


def _is_near(name: str, color: QColor, tolerance: int = 10) -> bool:
    return all(abs(a - b) <= tolerance for a, b in zip(QColor(name).getRgb(), color.getRgb(), strict=True))
