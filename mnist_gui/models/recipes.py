"""Recipes: how a network is trained. A recipe holds numbers and words only; training.py acts on them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

RISE = 0.2  # of all steps: how long a one-cycle learning rate rises
MAX_LEARNING_RATE = 1_000_000


class RecipeError(ValueError):
    """A recipe's value cannot be used."""


@dataclass(frozen=True)
class Optimizer:
    """What a person should know of an optimizer before choosing it, and how Keras makes it.

    Attributes
    ----------
    title
        As its authors write it.
    learning_rate
        One that usually works here.
    hint
        A sentence on what it does and which learning rate is usual.
    keras_class
        Its name in ``keras.optimizers``.
    options
        What that class is given beside the learning rate, whatever the recipe.
    recipe_options
        Fields of a recipe that it is given too, under the same names.
    """

    title: str
    learning_rate: float
    hint: str
    keras_class: str
    options: Mapping[str, float] = field(default_factory=dict)
    recipe_options: tuple[str, ...] = ()


OPTIMIZERS: dict[str, Optimizer] = {
    "adadelta": Optimizer(
        "Adadelta",
        1.0,
        "The notebook’s: finds a step for each weight by itself. About 1 is usual for Adadelta; Keras’ own default "
        "of 0.001 hardly learns.",
        keras_class="Adadelta",
        recipe_options=("rho",),
    ),
    "adam": Optimizer(
        "Adam",
        0.002,
        "A step for each weight, with momentum: learns fast. About 0.001 is usual for Adam, 0.002 at the top of one "
        "cycle; above 0.01 it tends to diverge.",
        keras_class="Adam",
    ),
    "sgd": Optimizer(
        "SGD with momentum",
        0.05,
        "The same step for all weights, with momentum 0.9: the plain method. About 0.05 is usual here; above 0.5 it "
        "tends to diverge.",
        keras_class="SGD",
        options={"momentum": 0.9},
    ),
}
SCHEDULES: dict[str, tuple[str, str]] = {
    "constant": ("Constant", "The learning rate stays as it is, as in the notebook."),
    "one-cycle": (
        "One cycle",
        "The learning rate rises over the first fifth of the steps, then falls to nothing: large steps to get there, "
        "small ones to settle. The number of epochs is part of it.",
    ),
}


_LEAST = {"epochs": 1, "batch_size": 1, "frames": 1, "held_out": 0, "patience": 0, "copies": 0}


@dataclass(frozen=True)
class Recipe:
    """How to train one network.

    Attributes
    ----------
    name
        The word on the command line, "quick", "fast" or "notebook"; or "teach", which takes a parent and drawings.
    frames
        The first so many training frames are used; None for all that are not held out.
    epochs
        Passes over those frames, at most.
    batch_size
        Frames a step.
    optimizer
        A key of `OPTIMIZERS`.
    learning_rate
        Factor of each step, at its highest; above 0 and below `MAX_LEARNING_RATE`. Keras' default for Adadelta is
        0.001 today; the notebook's Keras used 1.0.
    rho
        Adadelta's decay of its running averages, 0 to 1; the other optimizers have none.
    schedule
        A key of `SCHEDULES`.
    augmentation
        How strongly training frames are altered, see `mnist_gui.digits.augmentation.augment`; 0 not at all, 1 usual.
    held_out
        The last so many training frames are never trained on but judged after every epoch; 0 judges the test
        frames instead, as the notebook does.
    patience
        The training ends early once so many epochs have brought no lower loss on the held-out frames, and the best
        epoch is kept; 0: it runs to its end, and the last one is. It needs held-out frames: nothing may be chosen by
        the test frames.
    copies
        How many altered copies of each drawing are trained on beside the frames, which then keep the network from
        forgetting; 0 where nobody's drawings are taught.
    """

    name: str
    frames: int | None
    epochs: int
    batch_size: int = 128
    optimizer: str = "adadelta"
    learning_rate: float = 1.0
    rho: float = 0.95
    schedule: str = "constant"
    augmentation: float = 0.0
    held_out: int = 0
    patience: int = 0
    copies: int = 0

    def __post_init__(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if name == "frames" and value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise RecipeError(f"{name.replace('_', ' ')} is {value!r}; give a whole number from {least} up.")
        for name, known in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            if getattr(self, name) not in known:
                raise RecipeError(f"{name} is {getattr(self, name)!r}; give one of {', '.join(known)}.")
        if not 0 < self.learning_rate < MAX_LEARNING_RATE:
            raise RecipeError(
                f"learning rate is {self.learning_rate!r}; give a number above 0 and below {MAX_LEARNING_RATE:,} "
                f"({OPTIMIZERS[self.optimizer].learning_rate:g} is usual)."
            )
        if not 0 < self.rho < 1:
            raise RecipeError(f"rho is {self.rho!r}; give a number between 0 and 1 (0.95 is usual).")
        if not 0 <= self.augmentation <= 2:
            raise RecipeError(f"augmentation is {self.augmentation!r}; give a number from 0 (none) to 2 (1 is usual).")
        if self.patience and not self.held_out:
            raise RecipeError(
                f"patience is {self.patience}, but this recipe is judged on the test frames, which must not choose "
                "when to end; leave it at 0, or take a recipe that holds frames out."
            )

    @property
    def validation(self) -> str:
        """Return what is judged after every epoch: "test" or "held out"."""
        return "held out" if self.held_out else "test"

    @property
    def optimizer_options(self) -> dict[str, float]:
        """Return what Keras' optimizer is given beside the learning rate, by its own names."""
        optimizer = OPTIMIZERS[self.optimizer]
        return {**optimizer.options, **{name: getattr(self, name) for name in optimizer.recipe_options}}

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of one step.

        Parameters
        ----------
        step
            From 0, over all epochs.
        steps
            Of all epochs together.

        One cycle follows Smith and Topin 2018, with straight lines: up to `learning_rate`, then down to nearly 0.
        """
        if self.schedule == "constant":
            return self.learning_rate
        rising = max(1.0, RISE * steps)
        part = (step + 1) / rising if step + 1 < rising else (steps - step) / max(1.0, steps - rising + 1)
        return self.learning_rate * min(1.0, part)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Recipe:
        """Return the recipe that `to_json` wrote, in this version or an earlier one.

        Raises
        ------
        RecipeError
            A value is missing, unknown or out of range.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise RecipeError(f"the recipe's entries are not those of this version: {error}") from error

    def with_changes(self, **values: Any) -> Recipe:  # noqa: ANN401 - the recipe's own fields
        """Return a copy with the values that are not None put in place.

        Another optimizer brings the learning rate that is usual for it, unless one is given too.
        """
        given = {name: value for name, value in values.items() if value is not None}
        optimizer = given.get("optimizer", self.optimizer)
        if optimizer != self.optimizer and optimizer in OPTIMIZERS:
            given.setdefault("learning_rate", OPTIMIZERS[optimizer].learning_rate)
        return replace(self, **given)

    @property
    def changes(self) -> dict[str, Any]:
        """Return the values that differ from those of the recipe of this name, by field."""
        base = RECIPES.get(self.name)
        if base is None:
            return {}
        names = [entry.name for entry in fields(self)]
        return {name: getattr(self, name) for name in names if getattr(self, name) != getattr(base, name)}


QUICK = Recipe("quick", frames=6_000, epochs=3, held_out=2_000)
FAST = Recipe(
    "fast",
    frames=None,
    epochs=4,
    batch_size=64,
    optimizer="adam",
    learning_rate=0.002,
    schedule="one-cycle",
    augmentation=1.0,
    held_out=5_000,
)
NOTEBOOK = Recipe("notebook", frames=None, epochs=12)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (QUICK, FAST, NOTEBOOK)}

# It trains the dense layers of a run that has a parent; no command starts from it. Chosen on made-up hands, bent from
# stroke fonts, as the most that costs the MNIST frames that model 1 held out nothing; benchmarks/teaching.py judges it.
FINE_TUNING = Recipe(
    "teach",
    frames=2_000,
    epochs=3,
    batch_size=64,
    optimizer="adam",
    learning_rate=0.0003,
    schedule="one-cycle",
    augmentation=1.0,
    held_out=500,
    copies=8,
)
