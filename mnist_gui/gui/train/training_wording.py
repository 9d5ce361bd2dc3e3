"""Texts of the Train tab about recipes, jobs and runs. No Qt."""

from __future__ import annotations

from collections.abc import Sequence

from mnist_gui.gui.train.curves.run_curves import VALIDATION_WORDS
from mnist_gui.gui.train.queue.study_job import Job, StudyJob, StudyStep
from mnist_gui.models.recipes import BEST, FAST, FINE_TUNING, NOTEBOOK, QUICK
from mnist_gui.models.training.training_events import TrainingEnded, TrainingStarted
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.runs.run import Run
from mnist_gui.studies.study import Study
from mnist_gui.wording import model_title, percent_number, plural, rough_duration

RECIPE_TITLES = {
    QUICK.name: "Quick look",
    FAST.name: "Fast",
    BEST.name: "Best",
    NOTEBOOK.name: "Notebook",
    FINE_TUNING.name: "Teach my hand",
}


def job_text(job: Job, seconds: float | None = None) -> str:
    """Return a job as a line: "Model 2 · Notebook · 12 epochs · about 40 minutes"."""
    if isinstance(job, StudyJob):
        fields = [f"Study {job.name}", plural(len(job.work), "run")]
        return " · ".join([*fields, rough_duration(seconds)] if seconds is not None else fields)
    changed = ", changed" if job.recipe.changes else ""
    fields = [model_title(job.model), f"{RECIPE_TITLES[job.recipe.name]}{changed}", plural(job.recipe.epochs, "epoch")]
    if job.data_name:
        fields.append(job.data_name)
    if job.run and job.epochs:
        fields.append(f"goes on after epoch {job.epochs}")
    elif job.seed:
        fields.append(f"seed {job.seed}")
    if seconds is not None:
        fields.append(rough_duration(seconds))
    return " · ".join(fields)


def step_text(step: StudyStep) -> str:
    """Return where a study is: "Study fast · run 3 of 15 · Model 2, seed 1"."""
    model, seed = model_title(step.run.model), step.run.record.seed
    return f"Study {step.study} · run {step.number} of {step.count} · {model}, seed {seed}"


def study_ended_sentence(study: Study, status: str) -> str:
    """Describe how the training of a study ended."""
    name, runs = study.plan.name, plural(study.plan.size, "run")
    if status == "completed":
        return f"Study {name} has all of its {runs}. What they say is in Compare, Studies."
    ended = study.plan.size - len(study.remaining(study.found_runs()))
    text = "was paused" if status == "paused" else "ended because a run failed"
    return f"Study {name} {text}: {ended} of {runs} trained. Continue in Compare, Studies goes on from there."


def ended_sentence(event: TrainingEnded, started: TrainingStarted, history: Sequence[EpochMetrics], best: int) -> str:
    """Describe how a run with at least one epoch ended, and the accuracy of the epoch that is kept.

    Parameters
    ----------
    history
        Epochs of the run in order.
    best
        Best epoch, as `RunRecord.best`.
    """
    kept = next((metrics for metrics in history if metrics.epoch == best), history[-1])
    if event.status == "completed" and event.epoch < started.epochs:
        what = f"ended early after epoch {event.epoch} of {started.epochs}: the held-out loss fell no further"
    elif event.status == "completed":
        what = "has finished"
    else:
        what = f"was stopped and keeps {plural(event.epoch, 'epoch')}"
    if kept.epoch < event.epoch:
        what += f"; epoch {kept.epoch}, its best, answers"
    accuracy = f"{VALIDATION_WORDS[started.validation].accuracy} {percent_number(kept.val_accuracy, 1)}\u00a0%"
    return f"{model_title(event.model)} {what}: {accuracy}."


def resumable_sentence(run: Run, others: int) -> str:
    """Describe a run that can be resumed, and how many others can."""
    status = "interrupted" if run.status == "created" else run.status
    sentence = (
        f"{model_title(run.model)} was {status} after {run.record.epochs} of {run.record.recipe['epochs']} epochs "
        f"(run {run.name})"
    )
    if others:
        sentence += f"; and {others} more {'are' if others > 1 else 'is'} waiting"
    return f"{sentence}."
