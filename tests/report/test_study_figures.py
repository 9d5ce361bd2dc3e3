"""Studies in the report."""

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from mnist_gui.analysis.comparison import compare_runs
from mnist_gui.analysis.evaluation_data import mnist_evaluation_set
from mnist_gui.analysis.summary_table import summary_table
from mnist_gui.report.report import Report, report_figures, report_html
from mnist_gui.report.study_figures import study_figures
from mnist_gui.report.svg import DARK
from mnist_gui.studies.result_cache import study_result
from tests.comparison_data import add_run, use_bar_models
from tests.study_data import add_study, add_study_runs


@pytest.fixture
def result(tmp_path, tiny_dataset):
    data, cache = mnist_evaluation_set(tiny_dataset), tmp_path / "cache"
    study = add_study(tmp_path / "studies", "sizes", models=(1, 2), seeds=3, frames=(500, 1000, 2000))
    add_study_runs(study, data, cache)
    return study_result(study, data, cache, progress=lambda run, fraction: True)


def test_a_study_has_figures_of_errors_trainings_and_frames(result):
    figures = study_figures(result, DARK)
    assert list(figures) == ["errors", "training", "frames"]
    for figure in figures.values():
        ET.fromstring(figure)  # well-formed
    dots = figures["errors"].count('r="2.4"')
    assert dots == sum(len(group.seeds) for group in result.groups) == 18
    assert figures["training"].count("<polygon") >= len(result.trainings)  # a band each
    assert "2,000" in figures["frames"]


def test_a_study_of_one_run_has_figures_too(result):
    first = replace(result.groups[0], seeds=(1,), errors=result.groups[0].errors[:1], interval=None)
    figures = study_figures(replace(result, groups=(first,), pairs=(), curves=(), trainings=result.trainings[:1]))
    assert list(figures) == ["errors", "training"]
    assert study_figures(replace(result, groups=(), pairs=(), curves=(), trainings=())) == {}


def test_the_report_tells_of_a_study(result, store, tiny_dataset, tmp_path, monkeypatch):
    use_bar_models(monkeypatch)
    comparison = compare_runs([add_run(store)], mnist_evaluation_set(tiny_dataset), tmp_path / "cache")
    report = Report(comparison, summary_table(comparison, tmp_path / "cache", measure=False), studies=[result])
    assert {"study-1-errors", "study-1-training", "study-1-frames"} <= set(report_figures(report))
    page = report_html(report)
    assert "Study: sizes" in page
    assert "18 of 18 runs completed" in page
    assert all(group.group.title in page for group in result.groups)
