"""What the training queue holds: a model to be trained by a recipe, as a value that can be kept."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from mnist_gui.models.recipes import FINE_TUNING, RECIPES, Recipe
from mnist_gui.models.training.time_estimate import MNIST_TEST, MNIST_TRAIN, Workload
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS


@dataclass(frozen=True)
class TrainingJob:
    """A training that waits for its turn.

    Attributes
    ----------
    model
        1, 2 or 3.
    recipe, seed
        As the run will have them, or has them.
    run
        The name of a run to go on with; empty where one is to be created.
    epochs
        Whole epochs that this run already has.
    """

    model: int
    recipe: Recipe
    seed: int
    run: str = ""
    epochs: int = 0

    @classmethod
    def of_run(cls, run: Run) -> TrainingJob:
        """Return the job of going on with a run.

        Raises
        ------
        RecipeError
            Its recipe is not one of this version.
        """
        record = run.record
        return cls(run.model, Recipe.from_json(record.recipe), record.seed, run.name, record.epochs)

    def work(self, train: int = MNIST_TRAIN, test: int = MNIST_TEST) -> Workload:
        """Return what is left to do, where there are so many training and test frames."""
        return replace(Workload.of(self.model, self.recipe, train, test), epochs=self.recipe.epochs - self.epochs)

    def to_json(self) -> dict[str, Any]:
        """Return the job as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TrainingJob:
        """Return the job that `to_json` wrote.

        Raises
        ------
        ValueError
            Something is missing or is not what a job can have.
        """
        try:
            job = cls(**{**values, "recipe": Recipe.from_json(values["recipe"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"a job has other entries than expected: {error}") from error
        # Its recipe's name becomes part of a folder's name.
        # A run that is taught is there already: it holds what it is taught.
        names = {*RECIPES, FINE_TUNING.name} if job.run else RECIPES
        if job.model not in MODELS or job.recipe.name not in names or not isinstance(job.run, str):
            raise ValueError(f"there is no such model, recipe or run: {values}")
        if not all(type(number) is int and number >= 0 for number in (job.model, job.seed, job.epochs)):
            raise ValueError(f"model, seed and epochs are whole numbers: {values}")
        return job
