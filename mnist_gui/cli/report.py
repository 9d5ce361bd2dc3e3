"""`mnist-gui report`: one page that says which model is better and where each fails.

The page needs no Qt; pictures of its figures do.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mnist_gui.cli.console import OK, UNUSABLE, Console, UsageError
from mnist_gui.cli.progress import Progress, show_progress
from mnist_gui.paths import cache_folder, shipped_studies_folder, user_digits_file, user_studies_folder
from mnist_gui.runs.store import RunStore

if TYPE_CHECKING:
    from mnist_gui.analysis.comparison import Comparison
    from mnist_gui.analysis.evaluation_data import EvaluationSet
    from mnist_gui.analysis.robustness import RobustnessCurve
    from mnist_gui.report.report import Report
    from mnist_gui.studies.results import StudyResult

    WriteFigures = Callable[[Path, Report], list[Path]]

SUFFIXES = (".html", ".htm")


def add_report_options(report: argparse.ArgumentParser) -> None:
    """Add the options of the command."""
    report.add_argument("--output", type=Path, required=True, metavar="FILE", help="the page, such as report.html")
    report.add_argument(
        "--run",
        dest="names",
        action="append",
        metavar="RUN",
        help="a run to compare, by its name; may be given several times; default: those that answer",
    )
    report.add_argument(
        "--study",
        dest="study_names",
        action="append",
        metavar="NAME",
        help="a study to tell of too, by its name; may be given several times",
    )
    report.add_argument(
        "--studies", type=Path, metavar="DIR", help="folder of your studies; default: the data folder of the user"
    )
    digits = report.add_mutually_exclusive_group()
    digits.add_argument(
        "--on",
        type=Path,
        metavar="PATH",
        help="judge on labelled digits instead of MNIST's test set: drawings .json or .jsonl, or a folder of pictures "
        "in folders named 0 to 9 or whose names begin with their digit",
    )
    digits.add_argument("--my-digits", action="store_true", help="judge on the digits that you kept in the window")
    report.add_argument(
        "--robustness",
        action="store_true",
        help="also measure the accuracy on corrupted digits; takes some minutes the first time",
    )
    report.add_argument(
        "--png",
        action="store_true",
        help="also write each figure as a picture, into a folder beside the page; needs Qt's libraries, but no display",
    )


def report_command(
    arguments: argparse.Namespace, store: RunStore, console: Console, write_figures: WriteFigures | None = None
) -> int:
    """Write the report and print its path; return the exit status.

    Parameters
    ----------
    write_figures
        Writes the figures of a report into a folder and returns their paths; None writes no figures.
    """
    from mnist_gui.analysis.comparison import compare_runs
    from mnist_gui.analysis.latency import is_training
    from mnist_gui.analysis.summary_table import summary_table
    from mnist_gui.report.report import Report, figures_folder, report_marks, write_report

    if arguments.output.is_dir():
        raise UsageError(f"{arguments.output} is a folder; give the name of a file, such as report.html.")
    if arguments.output.suffix.lower() not in SUFFIXES:
        raise UsageError(f"{arguments.output} does not end in .html, the suffix of a page.")
    runs = [store.get(name) for name in dict.fromkeys(arguments.names or ())] or store.answering()
    with show_progress(console) as show:
        studies = _studies(arguments, show)
        data = _evaluation_set(arguments, show)
        comparison = compare_runs(
            runs, data, cache_folder(), progress=lambda title, fraction: show(f"Predicting with {title}", fraction)
        )
    assert comparison is not None  # it is never cancelled
    for problem in (*comparison.problems, *data.problems):
        console.print_error(problem)
    if not comparison.runs:
        raise UsageError("No run can be compared; train one in the Train tab, or name others with --run.")
    with show_progress(console) as show:
        curves = _robustness(comparison, console, show, compute=arguments.robustness)
        rows = summary_table(
            comparison,
            cache_folder(),
            measure=not is_training(store),
            progress=lambda title: show(f"Measuring the speed of {title}", 1),
        )
    marks = report_marks(comparison, [place.run.name if place.run else "" for place in store.places()])
    report = Report(comparison, rows, curves, marks, studies)
    path: Path = arguments.output
    figures: list[Path] = []
    try:
        write_report(path, report)
        if write_figures:
            path = figures_folder(path)
            figures = write_figures(path, report)
    except OSError as error:
        raise UsageError(f"{path} cannot be written ({error.strerror or error}).") from error
    if console.as_json:
        console.print_json(
            {
                "path": str(arguments.output),
                "bytes": arguments.output.stat().st_size,
                "judged_on": data.name,
                "digits": len(data),
                "runs": [compared.run.name if compared.run else compared.title for compared in comparison.runs],
                "studies": [study.to_json() for study in studies],
                "figures": list(map(str, figures)),
            }
        )
    else:
        for path in (arguments.output, *figures):
            console.print_line(str(path))
    is_complete = not data.left_out and not (arguments.names and len(comparison.runs) < len(runs))
    return OK if is_complete else UNUSABLE


def _studies(arguments: argparse.Namespace, show: Progress) -> list[StudyResult]:
    """Return what the named studies say."""
    from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set
    from mnist_gui.studies.result_cache import study_result
    from mnist_gui.studies.study import StudyError, StudyStore

    store, found = StudyStore(arguments.studies or user_studies_folder(), shipped_studies_folder()), []
    for name in dict.fromkeys(arguments.study_names or ()):
        try:
            study = store.get(name)
        except StudyError as error:
            raise UsageError(str(error)) from error

        def progress(run: str, fraction: float) -> bool:
            show(f"Predicting with {run}", fraction)
            return True

        result = study_result(study, load_mnist_evaluation_set(), cache_folder(), progress=progress)
        assert result is not None  # it is never cancelled
        found.append(result)
    return found


def _evaluation_set(arguments: argparse.Namespace, show: Progress) -> EvaluationSet:
    from mnist_gui.analysis.evaluation_data import (
        EvaluationSetError,
        load_mnist_evaluation_set,
        read_evaluation_set,
        user_digits_evaluation_set,
    )
    from mnist_gui.digits.user_digit_store import UserDigitStore

    if arguments.on is None and not arguments.my_digits:
        return load_mnist_evaluation_set()

    def progress(fraction: float) -> bool:
        return show("Reading digits", fraction)

    try:
        data = (
            user_digits_evaluation_set(UserDigitStore(user_digits_file()), progress=progress)
            if arguments.my_digits
            else read_evaluation_set(arguments.on, progress=progress)
        )
    except EvaluationSetError as error:
        raise UsageError(str(error)) from error
    assert data is not None  # it is never cancelled
    return data


def _robustness(comparison: Comparison, console: Console, show: Progress, *, compute: bool) -> list[RobustnessCurve]:
    """Return the curves of all corruptions, computed or cached; none if they are not cached and not to be computed."""
    from mnist_gui.analysis.robustness import cached_robustness, robustness
    from mnist_gui.digits.corruptions import CORRUPTIONS

    runs = [compared.run for compared in comparison.runs if compared.run is not None]
    if not compute:
        return cached_robustness(runs, comparison.data, cache_folder())
    curves: list[RobustnessCurve] = []

    def progress(fraction: float) -> bool:
        return show("Corrupting digits", fraction)

    for step in robustness(runs, comparison.data, cache_folder(), progress=progress):
        curves += step.curves
        if step.curves and not console.as_json and not console.is_terminal:
            name = CORRUPTIONS[step.curves[0].corruption].title
            console.print_line(f"{name}: {step.fraction:.0%} of the corruptions done")
    return curves
