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
from mnist_gui.analysis import report_sections as sections
from mnist_gui.analysis.contenders import Contest
from mnist_gui.analysis.figures import curves_figure, errors_figure, matrix_figure
from mnist_gui.analysis.mistakes import largest_confusion
from mnist_gui.analysis.reliability import reliability
from mnist_gui.analysis.report_style import STYLE
from mnist_gui.analysis.robustness import RobustnessCurve
from mnist_gui.analysis.seeds import SeedGroup, SeedVerdict, compare_seeds, seed_groups
from mnist_gui.analysis.svg import PAGE, Palette
from mnist_gui.analysis.table import Row
from mnist_gui.analysis.trust_figures import coverage_figure, reliability_figure, robustness_figure
from mnist_gui.analysis.verdicts import Verdict, headline, verdicts
from mnist_gui.files import write_text
from mnist_gui.runs.record import EpochFigures, RunError


@dataclass(frozen=True, eq=False)
class Report:
    """All that a report says, worked out once.

    Attributes
    ----------
    contest, rows
        Who answered what, and the table.
    curves
        Robustness, where it was computed; else empty.
    histories
        Of each run that has one, by title.
    """

    contest: Contest
    rows: Sequence[Row]
    curves: Sequence[RobustnessCurve] = ()
    verdicts: Sequence[Verdict] = ()
    groups: Sequence[SeedGroup] = ()
    seed_verdicts: Sequence[SeedVerdict] = ()
    histories: dict[str, list[EpochFigures]] = field(default_factory=dict)


def make_report(contest: Contest, rows: Sequence[Row], curves: Sequence[RobustnessCurve] = ()) -> Report:
    """Return a report of a contest that at least one run answered, from its `mnist_gui.analysis.table.table`."""
    histories = {}
    for contender in contest.runs:
        assert contender.run is not None
        try:
            histories[contender.title] = contender.run.history()
        except RunError:  # a damaged history costs its curve only
            histories[contender.title] = []
    groups = seed_groups(contest.runs)
    found = verdicts(contest.contenders)
    return Report(contest, rows, curves, found, groups, compare_seeds(groups), histories)


def report_figures(report: Report, palette: Palette = PAGE) -> dict[str, str]:
    """Return every figure as SVG under a plain file name without suffix, in the order of the page."""
    found = {"errors": errors_figure(report.rows, palette)}
    contest = report.contest
    for place, contender in enumerate(contest.runs, start=1):
        history = report.histories.get(contender.title)
        if history and contender.run is not None:
            found[f"curves-{place}"] = curves_figure(contender.run, history, contender.title, palette)
    largest = largest_confusion(contest.contenders)
    for place, contender in enumerate(contest.contenders, start=1):
        found[f"matrix-{place}"] = matrix_figure(contender, largest, palette)
    for place, contender in enumerate(contest.contenders, start=1):
        found[f"reliability-{place}"] = reliability_figure(reliability(contender), palette)
    found["coverage"] = coverage_figure(contest.contenders, palette)
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
    contest, figures = report.contest, report_figures(report)
    moment = (written or datetime.now()).strftime("%Y-%m-%d %H:%M")
    count = len(contest.data)
    judged = f"Judged on {contest.data.name}, {count:,} digit{'' if count == 1 else 's'}. Written {moment}"
    title = f"{len(contest.runs)} run{'' if len(contest.runs) == 1 else 's'} on {contest.data.name}"
    body = [
        f"<header><h1>Which model is better, and where does each fail?</h1>"
        f'<p class="muted">{escape(judged)} by mnist-gui {escape(__version__)}.</p>'
        f'<p class="lead">{escape(headline(contest.contenders, report.verdicts))}</p></header>',
        sections.problems(contest),
        sections.table(report.rows, figures["errors"]),
        sections.outcomes(report.verdicts, report.groups, report.seed_verdicts),
        sections.training(contest, _named(figures, "curves-")),
        sections.mistakes(contest, _named(figures, "matrix-")),
        sections.digits(contest),
        sections.confidence(contest, _named(figures, "reliability-"), figures["coverage"]),
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
