"""The report: one self-contained HTML page about how runs were trained, which is better, and where each fails.

It has no scripts and loads nothing; light and dark follow the browser, and it prints in light. Figures are inline SVG,
digits are PNGs in data URIs. The page is `report.html.jinja` with `report.css`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import numpy as np

from mnist_gui import __version__, wording
from mnist_gui.analysis import misclassifications, reliability, seed_comparison, significance, summary_table
from mnist_gui.analysis.comparison import ComparedRun, Comparison
from mnist_gui.analysis.evaluation_data import MNIST_TEST
from mnist_gui.analysis.robustness import BIDIRECTIONAL, RobustnessCurve
from mnist_gui.analysis.seed_comparison import SeedGroup
from mnist_gui.analysis.significance import PairwiseTest
from mnist_gui.analysis.summary_table import Row
from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.files import write_text
from mnist_gui.models.architectures import Architecture, architecture_of
from mnist_gui.models.recipes import OPTIMIZERS, SCHEDULES
from mnist_gui.report import svg
from mnist_gui.report.figures import (
    coverage_figure,
    curves_figure,
    digit_uri,
    errors_figure,
    matrix_figure,
    reliability_figure,
    robustness_figure,
)
from mnist_gui.report.study_figures import study_figures
from mnist_gui.report.svg import PAGE, Palette
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.studies.results import StudyResult

MAX_WORST = 18  # digits shown of each kind


@dataclass(frozen=True, eq=False)
class Report:
    """Everything that a report is made from.

    Attributes
    ----------
    comparison, rows
        At least one compared run, and the summary table.
    curves
        Robustness, where it was computed; else empty.
    marks
        Marks of the runs by title, see `report_marks`; a run without one has that of its model.
    studies
        Studies that the page tells of; on MNIST's test set, whatever digits the runs are compared on.
    """

    comparison: Comparison
    rows: Sequence[Row]
    curves: Sequence[RobustnessCurve] = ()
    marks: Mapping[str, int] = field(default_factory=dict)
    studies: Sequence[StudyResult] = ()

    def mark(self, shown: Row | ComparedRun) -> int:
        """Return the mark of a run or of the ensemble."""
        return self.marks.get(shown.title, shown.model)

    @cached_property
    def pairwise_tests(self) -> list[PairwiseTest]:
        """Tests of all pairs of runs, the ensemble included."""
        return significance.pairwise_tests(self.comparison.compared_runs)

    @cached_property
    def seed_groups(self) -> list[SeedGroup]:
        """The runs in groups that differ only in their seed."""
        return seed_comparison.seed_groups(self.comparison.runs)


def report_marks(comparison: Comparison, answering: Sequence[str]) -> dict[str, int]:
    """Return the mark of each compared run by title: that of its place, or else that of its model if it is free.

    Parameters
    ----------
    answering
        Names of the runs that answer, in the order of their places.
    """
    places = {name: place for place, name in enumerate(answering, 1)}
    marks = {run.title: places[run.run.name] for run in comparison.runs if run.run and run.run.name in places}
    for run in comparison.runs:
        if run.title not in marks:
            free = [mark for mark in range(1, len(PAGE.marks) + 1) if mark not in marks.values()]
            marks[run.title] = run.model if run.model in free or not free else free[-1]
    return {title: mark or len(PAGE.marks) for title, mark in marks.items()}


def report_figures(report: Report, palette: Palette = PAGE) -> dict[str, str]:
    """Return every figure as SVG by its file name without suffix, in the order of the page."""
    comparison, compared_runs = report.comparison, report.comparison.compared_runs
    figures = {"errors": errors_figure(report.rows, palette, report.marks)}
    for number, compared in enumerate(comparison.runs, start=1):
        assert compared.run is not None
        with suppress(RunError):  # a damaged history costs its curve only
            if history := compared.run.history():
                figures[f"curves-{number}"] = curves_figure(
                    compared.run, history, compared.title, palette, report.mark(compared)
                )
    largest = misclassifications.largest_confusion(compared_runs)
    for number, compared in enumerate(compared_runs, start=1):
        figures[f"matrix-{number}"] = matrix_figure(compared, largest, palette)
    for number, compared in enumerate(compared_runs, start=1):
        figures[f"reliability-{number}"] = reliability_figure(reliability.reliability(compared), palette, report.marks)
    figures["coverage"] = coverage_figure(compared_runs, palette, report.marks)
    if report.curves:
        figures["robustness"] = robustness_figure(report.curves, palette, report.marks)
    for number, study in enumerate(report.studies, start=1):
        figures |= {f"study-{number}-{name}": figure for name, figure in study_figures(study, palette).items()}
    return figures


def report_html(report: Report, *, written: datetime | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    written
        Local time that the page names; now if left out.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("mnist_gui", "report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    comparison, data = report.comparison, report.comparison.data
    runs = {compared.title: compared.run for compared in comparison.runs}
    page = environment.get_template("report.html.jinja").render(
        report=report,
        comparison=comparison,
        data=data,
        figures=report_figures(report),
        written=(written or datetime.now()).strftime("%Y-%m-%d %H:%M"),
        version=__version__,
        how_trained=how_trained,
        worst_digits=worst_digits,
        digit_uri=lambda index: digit_uri(data.frames(slice(index, index + 1))[0]),
        bidirectional=wording.listing([CORRUPTIONS[name].title.lower() for name in BIDIRECTIONAL]),
        summary_of=lambda row: _summary(runs.get(row.title)),
        MNIST_TEST=MNIST_TEST,
        misclassifications=misclassifications,
        reliability=reliability,
        seed_comparison=seed_comparison,
        significance=significance,
        summary_table=summary_table,
        svg=svg,
        wording=wording,
    )
    return wording.plain_lines(page)


def write_report(path: Path, report: Report) -> None:
    """Write the page, whole or not at all; a missing folder is made.

    Raises
    ------
    OSError
        It cannot be written.
    """
    write_text(path, report_html(report))


def figures_folder(page: Path) -> Path:
    """Return the folder of a page's figures, which is beside the page and named after it."""
    return page.with_name(f"{page.stem} figures")


def how_trained(run: Run) -> str:
    """Return a description of a run's training, whatever version of the program wrote it."""
    record, recipe = run.record, run.record.recipe
    optimizer = OPTIMIZERS.get(str(recipe.get("optimizer")))
    schedule = SCHEDULES.get(str(recipe.get("schedule")))
    frames = record.data.get("frames")
    try:
        architecture: Architecture | None = architecture_of(run)
    except RunError:  # as of an imported ONNX model
        architecture = None
    if record.imported is not None:
        return f"A model of your own, from {record.imported.get('file', 'a file')}, added {record.created[:10]}."
    parts = [
        f"{architecture.title}, {architecture.details}" if architecture else wording.model_title(run.model),
        f"recipe “{recipe.get('name', '?')}”: {record.exported} of {recipe.get('epochs', '?')} epochs"
        + (f" of {frames:,} frames of {record.data['name']}" if isinstance(frames, int) else "")
        + f" in batches of {recipe.get('batch_size', '?')}",
        f"{optimizer.title if optimizer else 'an unknown optimizer'}, learning rate {recipe.get('learning_rate', '?')}"
        + (f", {schedule[0].lower()}" if schedule else ""),
        "frames altered differently in each epoch" if recipe.get("augmentation") else "frames as they are",
        f"validated after every epoch on {'the test frames' if run.validation == 'test' else 'held-out frames'}",
        f"seed {record.seed}",
    ]
    if record.parent:
        parts.append(f"taught from run {record.parent}")
    keras = record.environment.get("keras")
    made = [record.environment.get("device"), record.environment.get("system"), f"Keras {keras}" if keras else ""]
    where = ", ".join(filter(None, made))
    text = "; ".join(parts) + f". Begun {record.created[:10]}" + (f" on {where}" if where else "") + "."
    return f"{text} {record.note}" if record.note else text


def _summary(run: Run | None) -> str:
    """Return what a run's network looks at; what it is called where its layers are not known."""
    try:
        return architecture_of(run).summary if run is not None else ""
    except RunError:
        return wording.model_title(run.model if run else 0)


def worst_digits(comparison: Comparison) -> Iterator[tuple[str, int, list[int]]]:
    """Yield a title, the number of misread digits, and the indices of the worst of them, the highest loss first.

    First come the digits that all runs misread, then what else each run misreads.
    """
    runs = comparison.runs
    by_all = misclassifications.misread_by_all(runs) if len(runs) > 1 else np.empty(0, np.intp)
    kinds = [(f"Wrong by all {len(runs)} runs", by_all, runs)] if len(runs) > 1 else []
    for run in runs:
        title = f"Wrong by {run.title}, not by all" if len(runs) > 1 else run.title
        kinds.append((title, np.setdiff1d(misclassifications.misread_by(run), by_all), (run,)))
    for title, indices, by in kinds:
        worst = misclassifications.sort_indices(indices, by, "loss")[:MAX_WORST]
        yield title, len(indices), worst.tolist()
