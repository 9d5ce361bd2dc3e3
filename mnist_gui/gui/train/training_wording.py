"""What the Train tab says of jobs and of how runs ended, as sentences. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_gui.gui.train.curves.run_curves import VALIDATION_WORDS
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.recipe.recipe_option import RECIPE_WORDS
from mnist_gui.models.recipes import FINE_TUNING
from mnist_gui.models.training.training_events import TrainingEnded, TrainingStarted
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.runs.run import Run
from mnist_gui.wording import rough_duration

TEACH_TITLE = "Teach my hand"


def job_words(job: TrainingJob, seconds: float | None = None) -> str:
    """Return a job as a line: "Model 2 · Notebook · 12 epochs · about 40 minutes"."""
    title = TEACH_TITLE if job.recipe.name == FINE_TUNING.name else RECIPE_WORDS[job.recipe.name][0]
    words = [f"Model {job.model}", f"{title}{', changed' if job.recipe.changes else ''}", _epochs(job.recipe.epochs)]
    if job.run:
        words.append(f"goes on after epoch {job.epochs}")
    elif job.seed:
        words.append(f"seed {job.seed}")
    if seconds is not None:
        words.append(rough_duration(seconds))
    return " · ".join(words)


def ended_sentence(event: TrainingEnded, started: TrainingStarted, history: Sequence[EpochMetrics], best: int) -> str:
    """Return how a run with at least one epoch ended, and the figure of the epoch that is kept.

    Parameters
    ----------
    history
        Its epochs, the first one first.
    best
        `RunRecord.best`.
    """
    kept = next((figures for figures in history if figures.epoch == best), history[-1])
    if event.status == "completed" and event.epoch < started.epochs:
        what = f"ended early after epoch {event.epoch} of {started.epochs}: the held-out loss fell no further"
    elif event.status == "completed":
        what = "has finished"
    else:
        what = f"was stopped and keeps {_epochs(event.epoch)}"
    if kept.epoch < event.epoch:
        what += f"; epoch {kept.epoch}, its best, is the one that answers"
    accuracy = f"{VALIDATION_WORDS[started.validation].accuracy} {100 * kept.val_accuracy:.1f}\u00a0%"
    return f"Model {event.model} {what}: {accuracy}."


def waiting_sentence(run: Run, more: int) -> str:
    """Return that a run was cut off and can go on, as so many more can."""
    sentence = (
        f"Model {run.model} was {run.status} after {run.record.epochs} of {run.record.recipe['epochs']} epochs "
        f"(run {run.name})"
    )
    if more:
        sentence += f"; and {more} more {'are' if more > 1 else 'is'} waiting"
    return f"{sentence}."


def _epochs(number: int) -> str:
    return f"{number} epoch{'s' if number != 1 else ''}"
