"""A job of the training queue: a model to train by a recipe, as a plain value."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from mnist_gui.digits.own_data import is_own
from mnist_gui.models.architectures import ARCHITECTURES, OWN, Architecture
from mnist_gui.models.layer_chain import chain_architecture, own_chain, parse_chain
from mnist_gui.models.recipes import FINE_TUNING, RECIPES, Recipe
from mnist_gui.models.training.time_estimate import MNIST_TEST, MNIST_TRAIN, Workload
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS


@dataclass(frozen=True)
class TrainingJob:
    """A training that waits in the queue.

    Attributes
    ----------
    model
        1, 2 or 3; `OWN` for a network of the user's own.
    recipe, seed
        Recipe and seed of the run.
    run
        Name of a run to resume; empty where one is created.
    epochs
        Whole epochs that this run has.
    data_name, data_checksum, data_digits
        The user's own digits, kept in the cache, and their number; empty and 0 for MNIST.
    layers
        The user's own network, as `mnist_gui.models.layer_chain.parse_chain` reads it; empty for the others.
    """

    model: int
    recipe: Recipe
    seed: int
    run: str = ""
    epochs: int = 0
    layers: str = ""
    data_name: str = ""
    data_checksum: str = ""
    data_digits: int = 0

    @classmethod
    def from_run(cls, run: Run) -> TrainingJob:
        """Return the job that resumes a run.

        Raises
        ------
        RecipeError
            This version has no such recipe.
        """
        record = run.record
        recipe = Recipe.from_json(record.recipe)
        return cls(run.model, recipe, record.seed, run.name, record.epochs, own_chain(run), *_own_data(run))

    @classmethod
    def like(cls, run: Run) -> TrainingJob:
        """Return the job that trains another run like an earlier one.

        Raises
        ------
        RecipeError
            This version has no such recipe.
        """
        return replace(cls.from_run(run), run="", epochs=0)

    @property
    def architecture(self) -> Architecture | None:
        """The network; None where a run alone has its layers, because they are no chain."""
        return chain_architecture(parse_chain(self.layers)) if self.layers else ARCHITECTURES.get(self.model)

    def workloads(self, train: int = MNIST_TRAIN, test: int = MNIST_TEST) -> tuple[Workload, ...]:
        """Return the work that is left, given the numbers of training and test frames: of one run."""
        train = self.data_digits or train
        architecture = self.architecture
        multiply_adds = architecture.multiply_adds if architecture else 0
        whole = Workload.of(self.model, self.recipe, train, test, multiply_adds)
        return (replace(whole, epochs=self.recipe.epochs - self.epochs),)

    def to_json(self) -> dict[str, Any]:
        """Return the job as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TrainingJob:
        """Return the job that `to_json` wrote.

        Raises
        ------
        ValueError
            An entry is missing or has no valid value.
        """
        try:
            job = cls(**{**values, "recipe": Recipe.from_json(values["recipe"])})
        except (TypeError, KeyError) as error:
            raise ValueError(f"a job has other entries than expected: {error}") from error
        # The name of the recipe becomes part of a folder name. A fine-tuning run exists already: it stores its digits.
        names = {*RECIPES, FINE_TUNING.name} if job.run else RECIPES
        if job.model not in (OWN, *MODELS) or job.recipe.name not in names or not isinstance(job.run, str):
            raise ValueError(f"there is no such model, recipe or run: {values}")
        if (job.model != OWN and job.layers) or (job.architecture is None and not job.run):  # `ChainError` is one, too
            raise ValueError(f"a model that is none of the three has layers, and only that: {values}")
        if not (isinstance(job.data_name, str) and isinstance(job.data_checksum, str)):
            raise ValueError(f"name and checksum of the digits are texts: {values}")
        numbers = (job.model, job.seed, job.epochs, job.data_digits)
        if not all(type(number) is int and number >= 0 for number in numbers):
            raise ValueError(f"model, seed and epochs are whole numbers: {values}")
        return job


def _own_data(run: Run) -> tuple[str, str, int]:
    """Return name, checksum and number of the user's own digits that a run was trained on; empty and 0 for MNIST."""
    data = run.record.data
    if not is_own(data["name"]):
        return "", "", 0
    return data["name"], data["checksum"], data.get("frames", 0) + data.get("validation", {}).get("frames", 0)
