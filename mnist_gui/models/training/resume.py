"""The rule for runs that can be resumed, shared by training, window and command line."""

from __future__ import annotations

from mnist_gui.models.architectures import architecture_of, check_reads_digits
from mnist_gui.models.recipes import Recipe, RecipeError
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run

UNFINISHED = ("created", "paused", "interrupted", "stopped", "failed")


def can_resume(run: Run) -> bool:
    """Return whether a run can be resumed by `mnist_gui.models.training.trainer.train`."""
    if run.record.status == "running":
        return run.status != "running" and not resume_obstacle(run)
    return (
        not resume_obstacle(run) and not run.is_locked()
    )  # the process that holds the lock is starting or ending the run


def resume_obstacle(run: Run) -> str:
    """Return why a run that is not being trained cannot be resumed; empty if it can."""
    status, record = run.status, run.record
    if run.shipped:
        return f"Run {run.name} came with the program and cannot be trained further."
    if status not in (*UNFINISHED, "running"):
        return f"Run {run.name} is {status}; there is nothing left to train."
    try:
        Recipe.from_json(record.recipe)
        check_reads_digits(architecture_of(run), run.name)
    except RecipeError as error:
        return f"Run {run.name} cannot be resumed: {str(error).rstrip('.')}."
    except RunError as error:
        return str(error)
    return ""
