"""Recipes: how a network is trained. A recipe holds numbers only; training.py acts on them."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any


class RecipeError(ValueError):
    """A recipe's value cannot be used."""


@dataclass(frozen=True)
class Recipe:
    """How to train one network.

    Attributes
    ----------
    name
        The word on the command line: "quick" or "notebook".
    frames
        The first so many training frames are used; None for all that are not held out.
    epochs
        Passes over those frames.
    batch_size
        Frames a step.
    learning_rate
        Factor of each Adadelta step. Keras' default today is 0.001; the notebook's Keras used 1.0.
    rho
        Adadelta's decay of its running averages, 0 to 1.
    held_out
        The last so many training frames are never trained on but judged after every epoch; 0 judges the test
        frames instead, as the notebook does.
    """

    name: str
    frames: int | None
    epochs: int
    batch_size: int = 128
    learning_rate: float = 1.0
    rho: float = 0.95
    held_out: int = 0

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch_size", 1), ("frames", 1), ("held_out", 0)):
            value = getattr(self, name)
            if name == "frames" and value is None:
                continue
            if not isinstance(value, int) or isinstance(value, bool) or value < least:
                raise RecipeError(f"{name.replace('_', ' ')} is {value!r}; give a whole number from {least} up.")
        if not 0 < self.learning_rate < 1e6:
            raise RecipeError(f"learning rate is {self.learning_rate!r}; give a number above 0 (1 is usual here).")
        if not 0 < self.rho < 1:
            raise RecipeError(f"rho is {self.rho!r}; give a number between 0 and 1 (0.95 is usual).")

    @property
    def validation(self) -> str:
        """Return what is judged after every epoch: "test" or "held out"."""
        return "held out" if self.held_out else "test"

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Recipe:
        """Return the recipe that `to_json` wrote.

        Raises
        ------
        RecipeError
            A value is missing, unknown or out of range.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise RecipeError(f"the recipe's entries are not those of this version: {error}") from error

    def changed(self, **values: Any) -> Recipe:  # noqa: ANN401 - the recipe's own fields
        """Return a copy with the values that are not None put in place."""
        return replace(self, **{name: value for name, value in values.items() if value is not None})


QUICK = Recipe("quick", frames=6_000, epochs=3, held_out=2_000)
NOTEBOOK = Recipe("notebook", frames=None, epochs=12)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (QUICK, NOTEBOOK)}
