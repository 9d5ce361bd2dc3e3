"""Recipes: the hyperparameters of a training, as plain values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from decimal import Decimal, InvalidOperation
from typing import Any

WARMUP = 0.2  # share of the steps in which a one-cycle learning rate rises

_NUMBER = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
# A comma or a point that may separate thousands. In a number with decimals, a point does not.
_THOUSANDS = {
    True: re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}"),
    False: re.compile(r"[+-]?[1-9][0-9]{0,2},[0-9]{3}"),
}


class RecipeError(ValueError):
    """A value of a recipe is invalid."""


@dataclass(frozen=True)
class Optimizer:
    """An optimizer, described for the user and for Keras.

    Attributes
    ----------
    title
        Name shown to the user.
    learning_rate
        Usual learning rate here.
    hint
        What the optimizer does and which learning rate is usual.
    keras_class
        Name in ``keras.optimizers``.
    options
        Constant arguments of that class besides the learning rate.
    recipe_options
        Fields of a recipe that are arguments of that class.
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
        recipe_options=("beta_2",),
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


@dataclass(frozen=True)
class NumberField:
    """A number that the user gives, with its limits; the window and the command line read texts with it.

    Attributes
    ----------
    name
        Name shown to the user.
    minimum, maximum
        The limits.
    is_integer
        Whether it is a whole number.
    is_open
        Whether the limits themselves are excluded.
    note
        What the usual values are or mean.
    """

    name: str
    minimum: int
    maximum: int
    is_integer: bool = True
    is_open: bool = False
    note: str = ""

    def parse(self, text: str) -> int | float:
        """Return the number that a text means, in any locale: "0.001", "0,001", "1e-3".

        Raises
        ------
        RecipeError
            The text is not a number, is outside the limits, or may mean two numbers, as "1,000" does.
        """
        text = text.strip()
        if not _NUMBER.fullmatch(text):
            raise self._error(text)
        if _THOUSANDS[self.is_integer].fullmatch(text):
            whole, decimal = re.sub("[.,]", "", text), text.replace(",", ".")
            raise RecipeError(
                f"{self._subject} is {text}, which may mean {whole} or {decimal}; write it without a separator."
            )
        try:
            exact = Decimal(text.replace(",", "."))
        except InvalidOperation as error:  # an exponent of twenty digits
            raise self._error(text) from error
        if not self._contains(exact) or (self.is_integer and exact % 1):
            raise self._error(text)
        value = int(exact) if self.is_integer else float(exact)
        if not self._contains(value):  # rounded to a limit
            raise self._error(text)
        return value

    def check(self, value: object) -> None:
        """Raise RecipeError if a value is not such a number."""
        kinds = int if self.is_integer else int | float
        if not isinstance(value, kinds) or isinstance(value, bool) or not self._contains(value):
            raise self._error(repr(value))

    @property
    def _subject(self) -> str:
        """The name at the beginning of a sentence."""
        return self.name[0].upper() + self.name[1:]

    def _contains(self, value: Decimal | float) -> bool:
        if self.is_open:
            return self.minimum < value < self.maximum
        return self.minimum <= value <= self.maximum

    def _error(self, given: str) -> RecipeError:
        kind = "an integer" if self.is_integer else "a number"
        words = ("above", "and below") if self.is_open else ("from", "to")
        note = f" ({self.note})" if self.note else ""
        return RecipeError(
            f"{self._subject} is {given[:60] or 'empty'}; give {kind} {words[0]} {self.minimum:,} {words[1]} "
            f"{self.maximum:,}{note}."
        )


NUMBER_FIELDS: dict[str, NumberField] = {
    "epochs": NumberField("epochs", 1, 10_000),
    "batch_size": NumberField("batch size", 1, 60_000),
    "learning_rate": NumberField(
        "learning rate",
        0,
        1_000_000,
        is_integer=False,
        is_open=True,
        note="usual: " + ", ".join(f"{each.title} {each.learning_rate:g}" for each in OPTIMIZERS.values()),
    ),
    "rho": NumberField("rho", 0, 1, is_integer=False, is_open=True, note="0.95 is usual"),
    "beta_2": NumberField("beta 2", 0, 1, is_integer=False, is_open=True, note="0.999 is usual"),
    "augmentation": NumberField("augmentation", 0, 2, is_integer=False, note="0 is none, 1 is usual"),
    "augmentation_decay": NumberField("augmentation decay", 0, 1, is_integer=False, note="0 keeps the strength"),
    "frames": NumberField("frames", 1, 60_000),
    "held_out": NumberField("held out", 0, 60_000),
    "patience": NumberField("patience", 0, 10_000),
    "copies": NumberField("copies", 0, 1_000),
    "seed": NumberField("seed", 0, 2**32 - 1),
}
SEEDS_FIELD = NumberField("seeds", 1, 100)  # how many are trained, which is no field of a recipe


@dataclass(frozen=True)
class Recipe:
    """Hyperparameters of a training; `NUMBER_FIELDS` has the limits.

    Attributes
    ----------
    name
        Key of `RECIPES`, as on the command line; "teach" for `FINE_TUNING`.
    frames
        Number of training frames, from the first on; None for all that are not held out.
    epochs
        Maximum number of epochs.
    batch_size
        Frames per step.
    optimizer
        Key of `OPTIMIZERS`.
    learning_rate
        Maximum learning rate. Keras' default for Adadelta is 0.001 today; the notebook's Keras used 1.0.
    rho
        Decay of the running averages of Adadelta, between 0 and 1.
    beta_2
        Decay of Adam's running average of squared gradients, between 0 and 1.
    schedule
        Key of `SCHEDULES`.
    augmentation
        Strength of the augmentation in the first step, see `mnist_gui.digits.augmentation.augment`; 0 is none, 1 is
        usual.
    augmentation_decay
        Share of that strength that is lost over all steps, linearly; 0 keeps the strength. The last steps are then
        trained on frames much like those that are validated. Fine-tuning, which augments its frames once, ignores it.
    held_out
        Number of training frames, the last ones, that are used for validation only; 0 validates on the test frames,
        as the notebook does.
    patience
        Number of epochs without a lower validation loss after which the training ends and the best epoch is kept; with
        0 all epochs are trained and the last is kept. Requires held-out frames: test frames must not choose the epoch.
    copies
        Augmented copies of each of the user's digits in fine-tuning; 0 otherwise.
    """

    name: str
    frames: int | None
    epochs: int
    batch_size: int = 128
    optimizer: str = "adadelta"
    learning_rate: float = 1.0
    rho: float = 0.95
    beta_2: float = 0.999
    schedule: str = "constant"
    augmentation: float = 0.0
    augmentation_decay: float = 0.0
    held_out: int = 0
    patience: int = 0
    copies: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise RecipeError(f"The name of a recipe is {self.name!r:.60}; give a text.")
        for name, number in NUMBER_FIELDS.items():
            if name != "seed" and not (name == "frames" and self.frames is None):
                number.check(getattr(self, name))
        for name, known in (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES)):
            if getattr(self, name) not in known:
                raise RecipeError(
                    f"{name.capitalize()} is {getattr(self, name)!r:.60}; give one of {', '.join(known)}."
                )
        if self.patience and not self.held_out:
            raise RecipeError(
                f"Patience is {self.patience}, but this recipe is judged on the test frames, which must not choose "
                "when to end; leave it at 0, or choose a recipe with held-out frames."
            )

    @property
    def validation(self) -> str:
        """Validation frames: "test" or "held out"."""
        return "held out" if self.held_out else "test"

    @property
    def optimizer_options(self) -> dict[str, float]:
        """Arguments of the Keras optimizer besides the learning rate."""
        optimizer = OPTIMIZERS[self.optimizer]
        return {**optimizer.options, **{name: getattr(self, name) for name in optimizer.recipe_options}}

    def learning_rate_at(self, step: int, steps: int) -> float:
        """Return the learning rate of a step.

        One cycle follows Smith and Topin 2018: linearly up to `learning_rate`, then linearly down to nearly 0.

        Parameters
        ----------
        step
            0-based number over all epochs.
        steps
            Total number of steps of all epochs.
        """
        if self.schedule == "constant":
            return self.learning_rate
        rising = max(1.0, WARMUP * steps)
        fraction = (step + 1) / rising if step + 1 < rising else (steps - step) / max(1.0, steps - rising + 1)
        return self.learning_rate * min(1.0, fraction)

    def augmentation_at(self, step: int, steps: int) -> float:
        """Return the strength of the augmentation of a step; parameters as in `learning_rate_at`."""
        return self.augmentation * (1 - self.augmentation_decay * step / steps)

    def to_json(self) -> dict[str, Any]:
        """Return the recipe as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Recipe:
        """Return the recipe from plain values of `to_json`, of this version or an earlier one.

        Raises
        ------
        RecipeError
            A value is missing, unknown or invalid.
        """
        try:
            return cls(**values)
        except TypeError as error:
            raise RecipeError(f"the entries of the recipe are not those of this version: {error}") from error

    def with_changes(self, **values: Any) -> Recipe:  # noqa: ANN401 - the recipe's own fields
        """Return a copy with the given values, except those that are None.

        Another optimizer implies its usual learning rate, unless one is given.
        """
        given = {name: value for name, value in values.items() if value is not None}
        optimizer = given.get("optimizer", self.optimizer)
        if optimizer != self.optimizer and optimizer in OPTIMIZERS:
            given.setdefault("learning_rate", OPTIMIZERS[optimizer].learning_rate)
        return replace(self, **given)

    @property
    def changes(self) -> dict[str, Any]:
        """Values that differ from those of the predefined recipe with this name, by field."""
        base = RECIPES.get(self.name)
        if base is None:
            return {}
        names = [entry.name for entry in fields(self)]
        return {name: getattr(self, name) for name in names if getattr(self, name) != getattr(base, name)}

    @property
    def changes_text(self) -> str:
        """The changes in words: "epochs 3, learning rate 0.5"; empty for an unchanged recipe."""
        return ", ".join(f"{field_title(name)} {value_text(name, value)}" for name, value in self.changes.items())


def field_title(name: str) -> str:
    """Return a field of a recipe in words: "learning rate"."""
    return name.replace("_", " ")


def value_text(name: str, value: object) -> str:
    """Return a valid value of a field of a recipe in words: "Adam", "0.002", "6,000"."""
    if name == "optimizer":
        return OPTIMIZERS[str(value)].title
    if name == "schedule":
        return SCHEDULES[str(value)][0].lower()
    if value is None:
        return "all"  # of the frames
    return f"{value:,}" if isinstance(value, int) else f"{value:g}" if isinstance(value, float) else f"{value}"


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
BEST = replace(FAST, name="best", epochs=8, learning_rate=0.003, beta_2=0.99, augmentation=1.2, augmentation_decay=0.8)
NOTEBOOK = Recipe("notebook", frames=None, epochs=12)
RECIPES: dict[str, Recipe] = {recipe.name: recipe for recipe in (QUICK, FAST, BEST, NOTEBOOK)}

# For fine-tuning; not available on the command line. Chosen on synthetic handwriting, made from stroke fonts, as the
# strongest one that costs no accuracy on the MNIST frames that model 1 held out; benchmarks/teaching.py measures it.
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
