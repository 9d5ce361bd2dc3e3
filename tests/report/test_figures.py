import base64
import io
import math
import re
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from mnist_gui.analysis.comparison import ComparedRun
from mnist_gui.analysis.reliability import reliability
from mnist_gui.analysis.robustness import RobustnessCurve, corruption_amounts
from mnist_gui.analysis.summary_table import summary_table
from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.report.figures import (
    KEY_STEPS,
    cividis,
    coverage_figure,
    curves_figure,
    digit_uri,
    errors_figure,
    matrix_figure,
    reliability_figure,
    robustness_figure,
)
from mnist_gui.report.svg import DARK, LIGHT, PAGE
from mnist_gui.runs.record import EpochMetrics
from tests.comparison_data import compared_run, comparison_of

SVG = "{http://www.w3.org/2000/svg}"
LABELS = np.zeros(40, np.uint8)
MADE = [
    compared_run(name, model, np.where(np.arange(40) < model, 1, 0), LABELS, np.linspace(0.3, 0.95, 40))
    for model, name in enumerate(("both", "a", "b<c"))
]


def parsed(figure):
    """Return a figure as a tree; it refers to nothing outside."""
    assert not re.search(r"(href|src|url\()", figure)
    return ElementTree.fromstring(figure)


def texts(figure):
    return [each.text for each in parsed(figure).iter(f"{SVG}text")]


@pytest.fixture
def rows(make_run, tmp_path, counting):
    runs = [make_run(1), make_run(2)]
    return rows_on(2_000, runs, tmp_path)


def rows_on(count, runs, cache):
    """Return the summary table of runs that misread 2 % and 4 % of so many digits."""
    labels, errors = np.zeros(count, np.uint8), count // 50
    made = [
        compared_run(run.name, run.model, 1 * (np.arange(count) < errors * run.model), labels, run=run) for run in runs
    ]
    return summary_table(comparison_of(*made), cache)


def test_errors_are_marked_with_intervals_and_numbers(rows):
    figure = errors_figure(rows)
    assert [each for each in texts(figure) if each in ("200", "400")].count("200") >= 1
    for row in rows:
        assert row.title in texts(figure)
    tree = parsed(figure)
    # Model 1's circle and the notebook's hollow one; model 2's squares; a diamond for both together.
    assert len(list(tree.iter(f"{SVG}circle"))) == 2
    assert len(list(tree.iter(f"{SVG}polygon"))) == 1


def test_errors_on_few_digits_are_in_percent(make_run, tmp_path, counting):
    found = texts(errors_figure(rows_on(50, [make_run(1), make_run(2)], tmp_path)))
    assert "Errors in percent" in found
    assert {"2.0 %", "4.0 %"} <= set(found)
    assert not any("10,000" in text for text in found)


def test_a_page_takes_its_colours_from_the_style_sheet_and_a_picture_has_its_own(rows):
    assert "var(--m1)" in errors_figure(rows, PAGE)
    for palette in (LIGHT, DARK):
        figure = errors_figure(rows, palette)
        assert "var(" not in figure
        assert palette.marks[0] in figure
        assert parsed(figure)[1].get("fill") == palette.surface


def test_curves_stand_beside_the_notebooks(make_run):
    run = make_run(3)
    history = [EpochMetrics(epoch, 0.5 / epoch, 0.9, 0.3 / epoch, 0.95, 1.0) for epoch in (1, 2, 3)]
    figure = curves_figure(run, history, "my run")
    assert {"my run", "training", "test", "the notebook’s test set", "12"} <= set(texts(figure))
    # Loss and accuracy: two lines of the run, two of the notebook.
    assert len(list(parsed(figure).iter(f"{SVG}path"))) == 8


@pytest.mark.parametrize("epochs", [13, 200, 5_000])
def test_a_long_history_has_few_ticks_and_points(make_run, epochs):
    history = [EpochMetrics(epoch, 0.5, 0.9, 0.3, 0.95, 1.0) for epoch in range(1, epochs + 1)]
    history[epochs // 2] = EpochMetrics(epochs // 2 + 1, 0.5, 0.9, 90.0, 0.1, 1.0)
    figure = curves_figure(make_run(1), history, "long")
    labels = [text.replace(",", "") for text in texts(figure)]
    assert sum(text.isdigit() and int(text) > 3 for text in labels) <= 24
    assert len(figure) < 60_000
    courses = [each.get("d") for each in parsed(figure).iter(f"{SVG}path")]
    assert max(course.count("L") for course in courses) <= 400
    heights = [float(point.split()[1]) for point in re.split("[ML]", courses[3])[1:]]
    assert min(heights) < 100 < sorted(heights)[1]  # the single high validation loss is kept


def test_losses_of_any_size_have_few_ticks(make_run):
    history = [EpochMetrics(epoch, 10.0 ** (40 * epoch), 0.9, 10.0 ** (-9 * epoch), 0.9, 1.0) for epoch in (1, 2, 3)]
    shown = texts(curves_figure(make_run(1), history, "wide"))
    assert 3 <= sum("e" in text and text[0].isdigit() for text in shown) <= 13


def test_a_curve_of_one_epoch_or_with_a_number_that_is_none_is_still_a_figure(make_run):
    run = make_run(1)
    parsed(curves_figure(run, [EpochMetrics(1, 0.5, 0.9, 0.3, 0.95, 1.0)], "one"))
    broken = curves_figure(run, [EpochMetrics(1, math.nan, 0.9, math.inf, 0.95, 1.0)], "broken")
    assert "nan" not in broken
    parsed(broken)


def test_a_matrix_leaves_zeros_blank_and_mutes_what_is_right():
    labels = [4] * 12 + [9] * 3
    figure = matrix_figure(compared_run("a", 1, [9] * 8 + [4] * 4 + [9] * 3, labels), 8, LIGHT)
    cells = [each for each in texts(figure) if each and each.isdigit()]
    assert sorted(cells[20:]) == ["3", "4", "8"]
    fills = [each.get("fill") for each in parsed(figure).iter(f"{SVG}rect")]
    key = fills[-KEY_STEPS:]
    assert fills[:-KEY_STEPS].count(cividis(0.0)) == 89  # and ten on the diagonal
    assert fills[:-KEY_STEPS].count(cividis(1.0)) == 1
    assert (key[0], key[-1]) == (cividis(0.0), cividis(1.0))
    assert [text for text in texts(figure) if text in ("never", "8 times")] == ["never", "8 times"]


def test_the_scale_goes_from_dark_blue_to_yellow():
    assert (cividis(0), cividis(1), cividis(-1), cividis(2)) == ("#00204d", "#ffea46", "#00204d", "#ffea46")
    light = [sum(int(cividis(part)[place : place + 2], 16) for place in (1, 3, 5)) for part in np.linspace(0, 1, 9)]
    assert light == sorted(light)


def test_a_digit_comes_back_from_its_address():
    frame = np.linspace(0, 1, 784, dtype=np.float32).reshape(28, 28)
    head, _, body = digit_uri(frame).partition(",")
    assert head == "data:image/png;base64"
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(body))))
    assert image == pytest.approx(frame * 255, abs=0.51)


def test_reliability_marks_every_bin_that_holds_answers():
    found = reliability(MADE[1])
    tree = parsed(reliability_figure(found))
    assert len(list(tree.iter(f"{SVG}circle"))) == int((found.bins.counts > 0).sum())
    assert {"a", "how sure, %", "how right, %"} <= set(texts(reliability_figure(found, DARK)))


def test_reliability_shows_by_size_and_opacity_how_many_digits_a_mark_stands_for():
    right = [True] * 400 + [False] * 3
    rows = np.full((403, 10), 0.02 / 9)
    rows[:, 1] = 0.98
    rows[400:] = 0.5 / 9
    rows[400:, 1] = 0.5
    labels = np.where(right, 1, 2).astype(np.uint8)
    figure = reliability_figure(reliability(ComparedRun("a", 1, labels, rows, rows, False, None)))
    marks = {float(group.get("opacity")): circle for group in parsed(figure).iter(f"{SVG}g") for circle in group}
    marks = {opacity: circle for opacity, circle in marks.items() if circle.tag == f"{SVG}circle"}
    assert sorted(marks) == [0.3, 1.0]
    assert float(marks[0.3].get("r")) < float(marks[1.0].get("r"))


def test_coverage_names_everybody_and_takes_a_single_digit():
    assert {"both", "a", "b<c", "5 %"} <= set(texts(coverage_figure(MADE)))
    assert "one" in texts(coverage_figure([compared_run("one", 1, [3], [3])]))


def test_robustness_has_a_plot_for_each_corruption():
    curves = [
        RobustnessCurve(each.title, each.model, name, corruption_amounts(corruption), (40, 38, 30, 20, 10, 0), 40)
        for name, corruption in CORRUPTIONS.items()
        for each in MADE
    ]
    labels = texts(robustness_figure(curves))
    for corruption in CORRUPTIONS.values():
        assert any(each.startswith(corruption.title) and each.endswith(", % right") for each in labels)
    # Six amounts in a small plot: none is longer than there is room for.
    assert max(len(each) for each in labels if each[0].isdigit()) <= 5
    assert labels.count("b<c") == 1
