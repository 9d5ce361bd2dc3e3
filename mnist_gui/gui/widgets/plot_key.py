"""The words beside the curves: what each kind of line means, however many there are."""

from __future__ import annotations

from collections.abc import Collection

from mnist_gui.gui.theme import Colors
from mnist_gui.gui.widgets.plot_hover import SHAPES
from mnist_gui.gui.widgets.run_curves import RunCurves

WHY_ABOVE = "Training loss lies above because dropout is on."
MOST_SAID = 3
# What the dashed curves are called, by what validates.
VALIDATION_LOSS = {"held out": "validation loss", "test": "test loss"}


def key_html(runs: Collection[RunCurves], colors: Colors, *, notebook: bool) -> str:
    """Return the key: models, kinds of line, and marks that there are."""
    if not runs:
        return ""
    entries = [
        f'<span style="color:{colors.models[model - 1]}">{SHAPES[model - 1]}</span>&nbsp;Model&nbsp;{model}'
        for model in sorted({run.model for run in runs})
    ]
    dashed = " or ".join(VALIDATION_LOSS[kind] for kind in sorted({run.validation for run in runs}))
    lines = ["── training loss", f"╌╌ {dashed}"]
    if any(run.kind == "live" for run in runs):
        lines.append("thin: each batch")
    if any(run.best for run in runs):
        lines.append("○ best epoch")
    if notebook:
        lines.append("···· the notebook")
    # An entry is never broken.
    return " &nbsp; ".join([*entries, *(line.replace(" ", "\u00a0") for line in lines)])


def note(runs: Collection[RunCurves]) -> str:
    """Return the sentence below the plots."""
    past = [run.title for run in runs if run.kind == "past"]
    if not past:
        return WHY_ABOVE
    if len(runs) > 1:
        return f"{WHY_ABOVE} Point at a curve for its run."
    return f"Past run: {past[0]}. {WHY_ABOVE} Press Start for new curves."


def said(runs: Collection[RunCurves]) -> str:
    """Return the newest runs in words, and how many more there are."""
    known = [run for run in runs if run.points.last]
    more = [f"and {len(known) - MOST_SAID} more"] if len(known) > MOST_SAID else []
    return "; ".join([*(f"{run.title}, {run.points.said}" for run in known[-MOST_SAID:]), *more])
