from itertools import combinations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QIcon, QImage, QPainter, qGray
from PySide6.QtWidgets import QVBoxLayout, QWidget

from mnist_gui.gui.theme import DARK, LIGHT
from mnist_gui.gui.widgets.model_marker import VARIANTS, marker_icon
from mnist_gui.gui.widgets.run_marker import TOGETHER, RunLegend, RunMarker, RunMarks, paint_marker


def test_runs_of_one_model_are_distinguished_by_their_lines():
    first, second = RunMarker("fast", 1), RunMarker("notebook", 1, 1)
    assert first.symbol == second.symbol
    assert first.line == Qt.PenStyle.SolidLine != second.line


@pytest.mark.parametrize("model", [1, 2, 3, 4, 5, 6])
@pytest.mark.parametrize("side", [10, 13])
def test_four_runs_of_one_model_are_distinguished_by_their_marks(model, side):
    letters, pictures = set(), []
    for variant in range(VARIANTS):
        marker = RunMarker("", model, variant)
        letters.add(marker.text)
        image = QImage(20, 20, QImage.Format.Format_Grayscale8)
        image.fill(255)
        with QPainter(image) as painter:
            paint_marker(painter, marker, QPointF(side / 2 + 2, side / 2 + 2), side, LIGHT)
        pictures.append(np.frombuffer(image.constBits(), np.uint8).astype(float))
    assert len(letters) == VARIANTS
    contrast = 255 - qGray(LIGHT.mark(model).rgb())
    for one, other in combinations(pictures, 2):
        assert np.abs(one - other).sum() > 3 * contrast, "a few pixels differ at least"


def test_every_model_has_its_mark_and_so_have_several_together():
    assert len({RunMarker("", mark).symbol for mark in (TOGETHER, 1, 2, 3, 4, 5, 6)}) == 7


def test_the_legend_wraps_and_is_named(qtbot):
    legend = RunLegend()
    qtbot.addWidget(legend)
    legend.set_markers([RunMarker(f"Model {model} · a run with a long name", model) for model in (1, 2, 3)])
    assert legend.accessibleName().startswith("Key: Model 1 · a run with a long name, Model 2")
    assert legend.heightForWidth(200) > legend.heightForWidth(2000) > 0
    legend.resize(200, legend.heightForWidth(200))
    assert not legend.grab().isNull()


def test_a_layout_gives_the_legend_all_its_lines(qtbot):
    page, legend = QWidget(), RunLegend()
    qtbot.addWidget(page)
    column = QVBoxLayout(page)
    column.addWidget(legend)
    column.addStretch(1)
    legend.set_markers([RunMarker(f"model 3, frames {number}", 3) for number in range(6)])
    page.resize(420, 400)
    page.show()
    qtbot.waitUntil(
        lambda: legend.height() >= legend.heightForWidth(legend.width()) > 2 * legend.fontMetrics().height()
    )


def test_a_run_keeps_its_mark_whatever_is_shown_beside_it():
    marks = RunMarks()
    assert marks.choose([(1, "a"), (1, "b"), (2, "a")]) == [(1, 0), (1, 1), (2, 0)]
    assert marks.choose([(1, "b")]) == [(1, 1)], "also when another is hidden"
    assert marks.choose([(1, "new"), (1, "b")]) == [(1, 0), (1, 1)], "a new one takes what is free"
    chosen = marks.choose([(1, "newest"), (1, "a"), (1, "new"), (1, "b")])
    assert chosen == [(1, 3), (1, 0), (1, 2), (1, 1)], "no two have the same"
    assert marks.choose([(1, "newest"), (1, "new")]) == [(1, 3), (1, 2)]


def test_a_run_that_answers_has_the_mark_of_its_place_and_no_other_has_it():
    marks = RunMarks()
    assert marks.choose([(3, "a"), (None, "net"), (TOGETHER, "Together")]) == [(3, 0), (4, 0), (0, 0)]
    assert marks.set_answering(["b", "net", "a", "c"])
    assert not marks.set_answering(["b", "net", "a", "c"])
    shown = [(3, "a"), (3, "other"), (1, "one"), (None, "net"), (None, "more"), (TOGETHER, "Together")]
    assert marks.choose(shown) == [(3, 0), (3, 1), (1, 1), (2, 0), (5, 0), (0, 0)]
    marks.set_answering([])
    assert marks.choose([(3, "a"), (None, "net")]) == [(3, 0), (4, 0)], "as before"


@pytest.mark.parametrize(("colors", "highlighted"), [(LIGHT, DARK), (DARK, LIGHT)])
def test_a_mark_in_a_menu_is_seen_on_the_highlight_too(qapp, colors, highlighted):
    icon = marker_icon(4, 16, colors)
    for mode, expected in ((QIcon.Mode.Normal, colors), (QIcon.Mode.Active, highlighted)):
        image = icon.pixmap(16, mode).toImage()
        assert image.pixelColor(image.rect().center()).name() == QColor(expected.mark(4)).name()
