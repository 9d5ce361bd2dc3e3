import numpy as np
import pytest

from mnist_gui.report import sections as sections
from mnist_gui.runs.run import Run
from tests.made import compared_run, comparison_of


def test_how_a_run_was_trained_is_said_whatever_wrote_it(make_run):
    run = make_run(2, seed=5, environment={"device": "CPU, 2 cores", "keras": "3.15.1"})
    said = sections.how_trained(run)
    assert "Model 2, 3×3, 5×5" in said
    assert "seed 5" in said
    assert "on CPU, 2 cores, Keras 3.15.1." in said
    strange = make_run(1, recipe="from the future", parent="older")
    said = sections.how_trained(strange)
    assert "“from the future”" in said
    assert "an unknown optimizer" in said
    assert "taught from run older" in said
    assert isinstance(strange, Run)


@pytest.mark.parametrize(
    ("confidence", "said"), [(1.0, "&gt;99.9 %"), (0.9991, "&gt;99.9 %"), (0.9951, "99.5 %"), (0.876, "88 %")]
)
def test_nobody_is_wholly_sure(confidence, said):
    assert sections.sure(confidence) == said


def test_what_was_left_out_is_said_only_where_something_was():
    one = compared_run("a", 1, [1, 2], [1, 2])
    assert sections.problems(comparison_of(one)) == ""
    assert "Run b" in sections.problems(comparison_of(one, problems=("Run b is gone.",)))


def test_the_worst_digits_are_no_more_than_a_page_bears():
    labels = np.zeros(200, np.uint8)
    bad = compared_run("a", 1, np.ones(200, int), labels)
    page = sections.digits(comparison_of(bad))
    assert page.count("<figure>") == sections.WORST
    assert f"a: 200, the worst {sections.WORST}" in page


def test_robustness_is_left_out_where_it_was_not_computed():
    assert sections.robustness([], "") == ""
