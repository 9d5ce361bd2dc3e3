"""Which runs can be gone on with: the one rule that training, window and command line share."""

from __future__ import annotations

from mnist_gui.models.recipes import Recipe, RecipeError
from mnist_gui.runs.run import Run

UNFINISHED = ("created", "paused", "interrupted", "stopped", "failed")


def can_resume(run: Run) -> bool:
    """Return whether there is something left to do for `mnist_gui.models.training.trainer.train`."""
    return run.status != "running" and not resume_obstacle(run)  # in this order a run that trains is asked once


def resume_obstacle(run: Run) -> str:
    """Return a sentence on why a run that nobody trains cannot be gone on with; empty where it can."""
    status, record = run.status, run.record
    if run.shipped:
        return f"Run {run.name} came with the program and is not trained further."
    # Trained where TensorFlow is not, a completed run has still to be exported where it is.
    unexported = status == "completed" and record.epochs > 0 and not run.has_model
    if status not in (*UNFINISHED, "running") and not unexported:
        return f"Run {run.name} is {status}; there is nothing left to train."
    try:
        Recipe.from_json(record.recipe)
    except RecipeError as error:
        return f"Run {run.name} cannot go on: {str(error).rstrip('.')}."
    return ""
