"""One self-contained page to hand round: what was trained and how, who is better, and where each fails.

No script, nothing fetched; light and dark follow the browser, and it prints in light. Figures are inline SVG, digits
PNGs in data addresses.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from pathlib import Path

from mnist_gui import __version__
from mnist_gui.analysis.comparison import Comparison
from mnist_gui.analysis.misclassifications import largest_confusion
from mnist_gui.analysis.reliability import reliability
from mnist_gui.analysis.robustness import RobustnessCurve
from mnist_gui.analysis.seed_comparison import SeedGroup, SeedVerdict, compare_seeds, seed_groups
from mnist_gui.analysis.significance import Verdict, headline, verdicts
from mnist_gui.analysis.summary_table import Row
from mnist_gui.files import write_text
from mnist_gui.report import sections as sections
from mnist_gui.report.figures import curves_figure, errors_figure, matrix_figure
from mnist_gui.report.style import STYLE
from mnist_gui.report.svg import PAGE, Palette
from mnist_gui.report.trust_figures import coverage_figure, reliability_figure, robustness_figure
from mnist_gui.runs.record import EpochMetrics, RunError


@dataclass(frozen=True, eq=False)
class Report:
    """All that a report says, worked out once.

    Attributes
    ----------
    comparison, rows
        Who answered what, and the table.
    curves
        Robustness, where it was computed; else empty.
    histories
        Of each run that has one, by title.
    """

    comparison: Comparison
    rows: Sequence[Row]
    curves: Sequence[RobustnessCurve] = ()
    verdicts: Sequence[Verdict] = ()
    groups: Sequence[SeedGroup] = ()
    seed_verdicts: Sequence[SeedVerdict] = ()
    histories: dict[str, list[EpochMetrics]] = field(default_factory=dict)


def make_report(comparison: Comparison, rows: Sequence[Row], curves: Sequence[RobustnessCurve] = ()) -> Report:
    """Return the report of a comparison that at least one run answered, from the rows of its summary table."""
    histories = {}
    for compared_run in comparison.runs:
        assert compared_run.run is not None
        try:
            histories[compared_run.title] = compared_run.run.history()
        except RunError:  # a damaged history costs its curve only
            histories[compared_run.title] = []
    groups = seed_groups(comparison.runs)
    found = verdicts(comparison.compared_runs)
    return Report(comparison, rows, curves, found, groups, compare_seeds(groups), histories)


def report_figures(report: Report, palette: Palette = PAGE) -> dict[str, str]:
    """Return every figure as SVG under a plain file name without suffix, in the order of the page."""
    found = {"errors": errors_figure(report.rows, palette)}
    comparison = report.comparison
    for place, compared_run in enumerate(comparison.runs, start=1):
        history = report.histories.get(compared_run.title)
        if history and compared_run.run is not None:
            found[f"curves-{place}"] = curves_figure(compared_run.run, history, compared_run.title, palette)
    largest = largest_confusion(comparison.compared_runs)
    for place, compared_run in enumerate(comparison.compared_runs, start=1):
        found[f"matrix-{place}"] = matrix_figure(compared_run, largest, palette)
    for place, compared_run in enumerate(comparison.compared_runs, start=1):
        found[f"reliability-{place}"] = reliability_figure(reliability(compared_run), palette)
    found["coverage"] = coverage_figure(comparison.compared_runs, palette)
    if report.curves:
        found["robustness"] = robustness_figure(report.curves, palette)
    return found


def report_html(report: Report, *, written: datetime | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    written
        When, in local time; now if left out.
    """
    comparison, figures = report.comparison, report_figures(report)
    moment = (written or datetime.now()).strftime("%Y-%m-%d %H:%M")
    count = len(comparison.data)
    judged = f"Judged on {comparison.data.name}, {count:,} digit{'' if count == 1 else 's'}. Written {moment}"
    title = f"{len(comparison.runs)} run{'' if len(comparison.runs) == 1 else 's'} on {comparison.data.name}"
    body = [
        f"<header><h1>Which model is better, and where does each fail?</h1>"
        f'<p class="muted">{escape(judged)} by mnist-gui {escape(__version__)}.</p>'
        f'<p class="lead">{escape(headline(comparison.compared_runs, report.verdicts))}</p></header>',
        sections.problems(comparison),
        sections.table(report.rows, figures["errors"]),
        sections.outcomes(report.verdicts, report.groups, report.seed_verdicts),
        sections.training(comparison, _named(figures, "curves-")),
        sections.mistakes(comparison, _named(figures, "matrix-")),
        sections.digits(comparison),
        sections.confidence(comparison, _named(figures, "reliability-"), figures["coverage"]),
        sections.robustness(report.curves, figures.get("robustness", "")),
    ]
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        '<meta name="color-scheme" content="light dark"/>\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def write_report(path: Path, report: Report) -> None:
    """Write the page, whole or not at all; the folder is made where it is missing.

    Raises
    ------
    OSError
        It cannot be written.
    """
    write_text(path, report_html(report))


def figures_folder(page: Path) -> Path:
    """Return where pictures of a page's figures go: beside it, named after it."""
    return page.with_name(f"{page.stem} figures")


def _named(figures: dict[str, str], start: str) -> list[str]:
    return [figure for name, figure in figures.items() if name.startswith(start)]
