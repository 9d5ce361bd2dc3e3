from xml.etree import ElementTree

import numpy as np

from mnist_gui.analysis.reliability import reliability
from mnist_gui.analysis.robustness import RobustnessCurve, amounts_of
from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.report.svg import DARK
from mnist_gui.report.trust_figures import coverage_figure, reliability_figure, robustness_figure
from tests.made import compared_run

SVG = "{http://www.w3.org/2000/svg}"
LABELS = np.zeros(40, np.uint8)
MADE = [
    compared_run(name, model, np.where(np.arange(40) < model, 1, 0), LABELS, np.linspace(0.3, 0.95, 40))
    for model, name in enumerate(("both", "a", "b<c"))
]


def said(figure):
    return [each.text for each in ElementTree.fromstring(figure).iter(f"{SVG}text")]


def test_reliability_marks_every_bin_that_holds_answers():
    found = reliability(MADE[1])
    tree = ElementTree.fromstring(reliability_figure(found))
    assert len(list(tree.iter(f"{SVG}circle"))) == int((found.bins.counts > 0).sum())
    assert {"a", "how sure, %", "how right, %"} <= set(said(reliability_figure(found, DARK)))


def test_coverage_names_everybody_and_takes_a_single_digit():
    assert {"both", "a", "b<c", "5 %"} <= set(said(coverage_figure(MADE)))
    assert "one" in said(coverage_figure([compared_run("one", 1, [3], [3])]))


def test_robustness_has_a_plot_for_each_corruption():
    curves = [
        RobustnessCurve(each.title, each.model, name, amounts_of(corruption), (40, 38, 30, 20, 10, 0), 40)
        for name, corruption in CORRUPTIONS.items()
        for each in MADE
    ]
    words = said(robustness_figure(curves))
    for corruption in CORRUPTIONS.values():
        assert any(each.startswith(corruption.title) and each.endswith(", % right") for each in words)
    # Six amounts in a small plot: none is longer than there is room for.
    assert max(len(each) for each in words if each[0].isdigit()) <= 5
    assert words.count("b<c") == 1
