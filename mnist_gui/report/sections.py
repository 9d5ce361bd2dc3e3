"""The parts of the report's page, each a piece of HTML; see `mnist_gui.report.report`."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from mnist_gui.analysis import misclassifications as found
from mnist_gui.analysis.comparison import ComparedRun, Comparison
from mnist_gui.analysis.reliability import coverage_sentence, reliability
from mnist_gui.analysis.robustness import TWO_WAYS, RobustnessCurve
from mnist_gui.analysis.seed_comparison import SeedGroup, SeedVerdict, seeds_sentence
from mnist_gui.analysis.significance import CAVEAT, Verdict
from mnist_gui.analysis.summary_table import COLUMNS, COSTS, RESULTS, Column, Row, table_columns
from mnist_gui.digits.corruptions import CORRUPTIONS
from mnist_gui.digits.dataset import CLASSES
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.recipes import OPTIMIZERS, SCHEDULES
from mnist_gui.report import svg
from mnist_gui.report.figures import digit_uri
from mnist_gui.report.svg import PAGE
from mnist_gui.runs.run import Run

WORST = 18  # digits shown of each kind


def _section(title: str, *parts: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n" + "\n".join(part for part in parts if part) + "\n</section>"


def _text(said: str, kind: str = "") -> str:
    return f'<p class="{kind}">{escape(said)}</p>' if kind else f"<p>{escape(said)}</p>"


def _mark(model: int) -> str:
    shape = svg.marker(model, 8, 8, PAGE.model(model), 5.5)
    return f'<svg class="mark" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">{shape}</svg>'


def problems(comparison: Comparison) -> str:
    """Return what could not be taken in; nothing where all could."""
    said = (*comparison.problems, *comparison.data.problems)
    return _section("Left out, and why", *(_text(each) for each in said)) if said else ""


# -- the table


def table(rows: Sequence[Row], errors: str) -> str:
    """Return the closing table with the notebook's figures, what each run costs, and the errors as dots."""
    has_notebook = any(row.notebook and row.notebook.test_accuracy is not None for row in rows)
    return _section(
        "The table",
        errors,
        _text("Hollow: what the notebook itself reached with the same model.", "muted") if has_notebook else "",
        _table(rows, RESULTS),
        _text(
            "In brackets: the notebook's own, on MNIST's test set after 12 epochs. Training figures are the last "
            "epoch's running means with dropout on, and of altered frames where the recipe alters them; so they can "
            "lie below the test figures. The interval is Wilson's.",
            "muted",
        ),
        _table(rows, COSTS),
        _text(
            "Multiply-adds are those of one frame; an answer was timed on the machine that wrote this, epochs on the "
            "one that trained.",
            "muted",
        ),
    )


def _table(rows: Sequence[Row], table: str) -> str:
    columns = table_columns(COLUMNS, table)
    head = "".join(f'<th scope="col">{escape(column.title)}</th>' for column in columns)
    body = ""
    for row in rows:
        second = "all their answers, averaged" if not row.model else ARCHITECTURES[row.model].summary
        name = f'<th scope="row">{_mark(row.model)}{escape(row.title)}<small>{escape(second)}</small></th>'
        body += f"<tr>{name}{''.join(f'<td>{_cell(column, row)}</td>' for column in columns[1:])}</tr>\n"
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>'


def _cell(column: Column[Row], row: Row) -> str:
    reference = column.reference_text(row)
    return escape(column.text(row)) + (f"<small>({escape(reference)})</small>" if reference else "")


# -- who is better


def outcomes(verdicts: Sequence[Verdict], groups: Sequence[SeedGroup], seeds: Sequence[SeedVerdict]) -> str:
    """Return a sentence for each pair, what it means, and what seeds say."""
    if not verdicts:
        return ""
    pairs = "".join(_outcome(each.sentence, each.is_real, each.meaning) for each in verdicts)
    over = "".join(_outcome(each.sentence, each.survives) for each in seeds)
    return _section(
        "Is a difference real?",
        f'<ol class="outcomes">{pairs}</ol>',
        _text("≠ more than chance would bring, ≈ not told apart by these digits (exact McNemar test, Holm's "
              "correction for the number of pairs).", "muted"),
        _text(CAVEAT),
        "<h3>Over several seeds</h3>",
        "".join(_text(each.words) for each in groups if each.spread is not None),
        f'<ol class="outcomes">{over}</ol>' if over else "",
        _text(seeds_sentence(groups)) if seeds_sentence(groups) else "",
    )  # fmt: skip


def _outcome(sentence: str, is_real: bool, meaning: str = "") -> str:
    kind = ' class="real"' if is_real else ""
    return f"<li{kind}>{escape(sentence)}{f'<small>{escape(meaning)}</small>' if meaning else ''}</li>"


# -- how they were trained


def training(comparison: Comparison, curves: Sequence[str]) -> str:
    """Return what was trained and how, and the curves beside the notebook's."""
    lines = ""
    for compared_run in comparison.runs:
        if compared_run.run is not None:
            lines += f"<dt>{_mark(compared_run.model)}{escape(compared_run.title)}</dt>"
            lines += f"<dd>{escape(how_trained(compared_run.run))}</dd>"
    note = (
        "Training loss lies above because dropout is on while it is measured. Held-out frames are training frames that "
        "were never trained on; the notebook judges the test set after every epoch."
    )
    return _section("What was trained, and how", f"<dl>{lines}</dl>", *curves, _text(note, "muted") if curves else "")


def how_trained(run: Run) -> str:
    """Return in words how a run came about, whatever version of the program wrote it."""
    record, recipe = run.record, run.record.recipe
    optimizer = OPTIMIZERS.get(str(recipe.get("optimizer")))
    schedule = SCHEDULES.get(str(recipe.get("schedule")))
    frames = record.data.get("frames")
    parts = [
        f"{ARCHITECTURES[run.model].title}, {ARCHITECTURES[run.model].summary}",
        f"recipe “{recipe.get('name', '?')}”: {record.exported} of {recipe.get('epochs', '?')} epochs"
        + (f" of {frames:,} frames" if isinstance(frames, int) else "")
        + f" in batches of {recipe.get('batch_size', '?')}",
        f"{optimizer.title if optimizer else 'an unknown optimizer'}, learning rate {recipe.get('learning_rate', '?')}"
        + (f", {schedule[0].lower()}" if schedule else ""),
        "frames altered anew in each epoch" if recipe.get("augmentation") else "frames as they are",
        f"judged after every epoch on {'the test frames' if run.validation == 'test' else 'held-out frames'}",
        f"seed {record.seed}",
    ]
    if record.parent:
        parts.append(f"taught from run {record.parent}")
    made = [record.environment.get(key, "") for key in ("device", "system")]
    keras = record.environment.get("keras")
    where = ", ".join(filter(None, [*made, f"Keras {keras}" if keras else ""]))
    text = "; ".join(parts) + f". Begun {record.created[:10]}" + (f" on {where}" if where else "") + "."
    return f"{text} {record.note}" if record.note else text


# -- where they fail


def mistakes(comparison: Comparison, matrices: Sequence[str]) -> str:
    """Return the most frequent confusions and the matrices."""
    lines = "".join(
        f"<dt>{_mark(each.model)}{escape(each.title)}</dt><dd>{escape(found.confusions_sentence([each]))}</dd>"
        for each in comparison.compared_runs
    )
    note = (
        "Rows are the true digits, columns what was read. All matrices share one scale; what was read rightly is muted "
        "and what never happened is blank."
    )
    return _section(
        "Mistakes", f"<dl>{lines}</dl>", f'<div class="row">{"".join(matrices)}</div>', _text(note, "muted")
    )


def digits(comparison: Comparison) -> str:
    """Return the worst digits: those that all read wrongly, then what else each run does."""
    several = len(comparison.runs) > 1
    everybody = found.wrong_by_all(comparison.runs) if several else np.empty(0, np.intp)
    parts = (
        _worst(comparison, f"Wrong by all {len(comparison.runs)} runs", everybody, comparison.runs) if several else []
    )
    for each in comparison.runs:
        own = np.setdiff1d(found.wrong(each), everybody)
        parts += _worst(comparison, f"Wrong by {each.title}, not by all" if several else each.title, own, [each])
    note = "The worst first: those whose true digit was thought least likely. Each is shown as the models see it."
    return _section("The worst digits", _text(note, "muted"), *parts)


def _worst(comparison: Comparison, title: str, places: found.Places, compared_runs: Sequence[ComparedRun]) -> list[str]:
    shown = found.ordered(places, compared_runs, "loss")[:WORST]
    several = f", the worst {len(shown)}" if len(shown) < len(places) else ""
    heading = f"<h3>{escape(title)}: {len(places):,}{several}</h3>"
    return [heading, _gallery(comparison, shown.tolist()) if len(shown) else _text("There is none.")]


def _gallery(comparison: Comparison, places: Sequence[int]) -> str:
    shown = ""
    for place in places:
        label = int(comparison.data.labels[place])
        frame = comparison.data.frames(slice(place, place + 1))[0]
        answers = "<br/>".join(_answer(each, place) for each in comparison.compared_runs)
        source = comparison.data.source(place)
        shown += (
            f'<figure><img src="{digit_uri(frame)}" alt="a handwritten {label}" title="{escape(source)}"/>'
            f"<figcaption>a <b>{label}</b>, number {place}<br/>{answers}</figcaption></figure>\n"
        )
    return f'<div class="digits">{shown}</div>'


def _answer(compared_run: ComparedRun, place: int) -> str:
    is_wrong = bool(compared_run.wrong[place])
    sign = '<span class="wrong">✗</span>' if is_wrong else '<span class="right">✓</span>'
    name = "Together" if not compared_run.model else f"M{compared_run.model}"
    answer = f"{compared_run.predicted[place]}, {sure(float(compared_run.confidence[place]))}"
    return f'{sign} <span title="{escape(compared_run.title)}">{name}</span>: {answer}'


def sure(confidence: float) -> str:
    """Return a confidence for people; never "100 %"."""
    if confidence > 0.9989:
        return "&gt;99.9 %"
    return f"{100 * confidence:.1f} %" if confidence > 0.99 else f"{100 * confidence:.0f} %"


# -- how far they can be trusted


def confidence(comparison: Comparison, diagrams: Sequence[str], coverage: str) -> str:
    """Return reliability, accuracy of each digit, and what refusing would bring."""
    sentences = [_text(reliability(each).sentence) for each in comparison.compared_runs]
    refusing = [_text(coverage_sentence(each)) for each in comparison.compared_runs]
    return _section(
        "How far confidence can be trusted",
        *sentences,
        f'<div class="row">{"".join(diagrams)}</div>',
        _text(
            "On the dotted line, confidence would mean just what it says. Hollow: before calibration, where a run held "
            "frames out to calibrate with. Bars: 95 % intervals; where they are long, few answers are so unsure.",
            "muted",
        ),
        "<h3>When the unsure are refused</h3>",
        *refusing,
        coverage,
        "<h3>Accuracy of each digit</h3>",
        _class_table(comparison),
    )  # fmt: skip


def _class_table(comparison: Comparison) -> str:
    head = "".join(f'<th scope="col">{digit}</th>' for digit in range(CLASSES))
    body = ""
    for each in comparison.compared_runs:
        cells = ""
        for one in found.class_scores(each):
            share = "–" if one.recall is None else f"{100 * one.recall:.1f}"
            wrong = f"<small>{one.count - one.right} wrong</small>" if one.count else ""
            cells += f"<td>{share}{wrong}</td>"
        body += f'<tr><th scope="row">{_mark(each.model)}{escape(each.title)}</th>{cells}</tr>\n'
    head = f'<th scope="col">Run, % right</th>{head}'
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>\n{body}</tbody></table></div>'


def robustness(curves: Sequence[RobustnessCurve], figure: str) -> str:
    """Return how accuracy falls as digits are made worse; nothing where it was not computed."""
    if not curves:
        return ""
    both = ", ".join(CORRUPTIONS[name].title.lower() for name in TWO_WAYS)
    return _section(
        "When digits are made worse",
        figure,
        _text(
            f"Of {curves[0].count:,} digits, evenly spread over the set; bars are 95 % intervals. Severities follow "
            "MNIST-C (Mu and Gilmer 2019) where it has them; thickness and occlusion are this program's own. "
            f"Every other digit goes the other way in {both}.",
            "muted",
        ),
    )
