"""Starts trainings, and asks before one that would be the same as another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from mnist_gui.digits.dataset import MNIST_CHECKSUM
from mnist_gui.digits.own_data import is_own
from mnist_gui.gui.train.queue.study_job import Job
from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.gui.train.queue.training_queue import TrainingQueue
from mnist_gui.gui.train.repeat_question import RepeatQuestion
from mnist_gui.models.layer_chain import own_chain
from mnist_gui.models.recipes import FINE_TUNING, Recipe, RecipeError
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import model_title

SEEDS = 2**32


class TrainingStarter(QObject):
    """Starts the trainings that the user asked for, with another seed where the same one was trained before.

    Parameters
    ----------
    store
        The runs.
    queue
        The trainings that wait.
    start
        Starts jobs, or appends them to the queue while something trains.
    window
        Parent of the question.

    Signals
    -------
    seed_chosen(seed: int)
        The user chose another seed.
    refused(sentence: str)
        A run cannot be trained again, and why.
    """

    seed_chosen = Signal(int)
    refused = Signal(str)

    def __init__(
        self, store: RunStore, queue: TrainingQueue, start: Callable[[Sequence[Job]], None], window: QWidget
    ) -> None:
        super().__init__(window)
        self._store, self._queue, self._start, self._window = store, queue, start, window
        self._question: RepeatQuestion | None = None

    def start(self, jobs: Sequence[TrainingJob]) -> None:
        """Start trainings by one recipe with one seed; ask before one is started that would be the same as another."""
        reasons = self._trainings(jobs[0].recipe)
        reason = next((reasons[_key(job)] for job in jobs if _key(job) in reasons), "")
        if not reason:
            self._start(jobs)
            return
        question = self._question = RepeatQuestion(reason, self._window)
        question.repeat_chosen.connect(lambda: self._start(jobs))
        question.another_seed_chosen.connect(lambda: self.start_with_another_seed(jobs))
        question.open()

    def start_with_another_seed(self, jobs: Sequence[TrainingJob]) -> None:
        """Start trainings with the next seed with which none of these networks was trained by this recipe."""
        reasons, seed = self._trainings(jobs[0].recipe), jobs[0].seed
        free = (number % SEEDS for number in range(seed + 1, seed + SEEDS))
        others = ([replace(job, seed=number) for job in jobs] for number in free)
        another = next(others_jobs for others_jobs in others if not any(_key(job) in reasons for job in others_jobs))
        self.seed_chosen.emit(another[0].seed)
        self._start(another)

    def train_again(self, name: str, *, another_seed: bool) -> None:
        """Train another run like an earlier one."""
        try:
            run = self._store.get(name)
            recipe = Recipe.from_json(run.record.recipe)
        except (RunError, RecipeError) as error:
            self.refused.emit(str(error))
            return
        if obstacle := _obstacle(run, recipe):
            self.refused.emit(obstacle)
            return
        start = self.start_with_another_seed if another_seed else self.start
        start([TrainingJob.like(run)])

    def close(self) -> None:
        """Close the question, if it is open."""
        with suppress(RuntimeError):  # it was closed
            if self._question is not None:
                self._question.close()

    def _trainings(self, recipe: Recipe) -> dict[tuple[int, str, int, str], str]:
        """Return a sentence about each training by a recipe that waits, runs or is completed, by `_key`."""
        trainings = {
            (run.model, own_chain(run), run.record.seed, _own_data(run)): (
                f"Run {run.name} has the same model, recipe and seed."
            )
            for run in self._store.runs()
            if run.status == "completed" and not run.shipped and run.record.recipe == recipe.to_json()
        }
        current = self._queue.current_job
        for job in (*self._queue.waiting_jobs, *((current,) if current else ())):
            if isinstance(job, TrainingJob) and job.recipe == recipe:
                state = "trains already" if job is current else "waits in the queue already"
                trainings[_key(job)] = f"{model_title(job.model)} {state} with this recipe and seed."
        return trainings


def _key(job: TrainingJob) -> tuple[int, str, int, str]:
    """Return the model, the layers of the user's own model, the seed, and the checksum of the user's own digits."""
    return job.model, job.layers, job.seed, job.data_checksum


def _own_data(run: Run) -> str:
    return str(run.record.data["checksum"]) if is_own(run.record.data["name"]) else ""


def _obstacle(run: Run, recipe: Recipe) -> str:
    """Return why a run cannot be trained again from here; empty if it can."""
    if recipe.name == FINE_TUNING.name:
        return f"Run {run.name} was taught your digits; teach again in Draw."
    if not run.model and not own_chain(run):
        return f"Run {run.name} is of a network that was not trained here, so its training is not known."
    if run.record.data["checksum"] != MNIST_CHECKSUM and not is_own(run.record.data["name"]):
        name = run.record.data["name"]
        return f"Run {run.name} was trained on {name}; train on it from a terminal: mnist-gui train --data."
    return ""
