"""What a run was trained with, as one list for the window, the tables and the difference of two runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from mnist_gui.models.layer_chain import own_chain
from mnist_gui.models.recipes import OPTIMIZERS, SCHEDULES, Recipe, RecipeError
from mnist_gui.runs.run import Run

UNKNOWN = "–"  # shown where a setting is unknown or there is none
CHECKSUM_LETTERS = 12


@dataclass(frozen=True)
class RunSetting:
    """One setting of a run.

    Attributes
    ----------
    title, help
        Its name, and a sentence that explains it.
    value
        Returns it from a run: a text, a number, or None where it is unknown or the run has none.
    """

    title: str
    help: str
    value: Callable[[Run], str | float | None]

    def text(self, run: Run) -> str:
        """Return the value as text."""
        return setting_text(self.value(run))


def setting_text(value: str | float | None) -> str:
    """Return a value as text: numbers with separators, and `UNKNOWN` for None."""
    if value is None or value == "":
        return UNKNOWN
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _recipe(name: str) -> Callable[[Run], Any]:
    """Return the value of a field of the recipe: its default where an earlier version did not store it."""

    def value(run: Run) -> Any:  # noqa: ANN401 - of a record that may be of any version
        stored = run.record.recipe
        if not stored or name in stored:
            return stored.get(name)
        try:
            return getattr(Recipe.from_json(stored), name)
        except RecipeError:
            return None

    return value


def _network(run: Run) -> str | None:
    if run.model:
        return f"Model {run.model}"
    return f"Own ({layers})" if (layers := own_chain(run)) else None


def _optimizer(run: Run) -> str | None:
    optimizer = OPTIMIZERS.get(str(_recipe("optimizer")(run)))
    return optimizer.title if optimizer else None


def _optimizer_option(name: str) -> Callable[[Run], Any]:
    """Return the value of a field that one optimizer has only."""

    def value(run: Run) -> Any:  # noqa: ANN401 - of a record that may be of any version
        optimizer = OPTIMIZERS.get(str(_recipe("optimizer")(run)))
        return _recipe(name)(run) if optimizer is not None and name in optimizer.recipe_options else None

    return value


def _schedule(run: Run) -> str | None:
    schedule = SCHEDULES.get(str(_recipe("schedule")(run)))
    return schedule[0] if schedule else None


def _validation(run: Run) -> Any:  # noqa: ANN401 - a number, of an unchecked record
    validation = run.record.data.get("validation") or {}
    return validation.get("frames") if validation.get("source") == "held out" else 0 if validation else None


def _versions(run: Run) -> str | None:
    known = run.record.environment
    names = [name for name in ("keras", "tensorflow", "python") if known.get(name)]
    return ", ".join(f"{name.capitalize()} {known[name]}" for name in names) or None


SETTINGS: tuple[RunSetting, ...] = (
    RunSetting("Network", "Which model it is, or its own layers; none for other networks.", _network),
    RunSetting("Recipe", "The recipe that it began from.", _recipe("name")),
    RunSetting("Seed", "The number from which all chance in the training began.", lambda run: run.record.seed),
    RunSetting("Trained on", "What the training frames are of.", lambda run: run.record.data.get("name")),
    RunSetting("Data checksum", "The first letters of the checksum of these data.",
               lambda run: str(run.record.data.get("checksum", ""))[:CHECKSUM_LETTERS] or None),
    RunSetting("Training frames", "How many frames it learned from.", lambda run: run.record.data.get("frames")),
    RunSetting("Held-out frames", "How many were kept back to judge each epoch by; 0 where the test frames were taken.",
               _validation),
    RunSetting("Planned epochs", "How many epochs the recipe has.", _recipe("epochs")),
    RunSetting("Batch size", "Frames of one step.", _recipe("batch_size")),
    RunSetting("Optimizer", "How the weights were changed.", _optimizer),
    RunSetting("Learning rate", "How far each step went, at most.", _recipe("learning_rate")),
    RunSetting("Rho", "Of Adadelta.", _optimizer_option("rho")),
    RunSetting("Beta 2", "Of Adam.", _optimizer_option("beta_2")),
    RunSetting("Schedule", "How the learning rate changed from the first step to the last.", _schedule),
    RunSetting("Augmentation", "How strongly the frames were altered; 0 is not at all.", _recipe("augmentation")),
    RunSetting("Augmentation decay", "The share of that strength lost by the last step.",
               _recipe("augmentation_decay")),
    RunSetting("Patience", "Epochs without a better one after which it ended; 0 is never.", _recipe("patience")),
    RunSetting("Trained layers", "All of them, or the dense ones, as in teaching.",
               lambda run: run.record.trainable if run.record.recipe else None),
    RunSetting("Copies of a digit", "Altered copies of each of your digits, in teaching; 0 otherwise.",
               _recipe("copies")),
    RunSetting("Fine-tuned from", "The run whose weights it began from.", lambda run: run.record.parent),
    RunSetting("Machine", "What trained it.", lambda run: run.machine or None),
    RunSetting("Versions", "Of the libraries that trained it.", _versions),
)  # fmt: skip


def setting_values(run: Run) -> tuple[str | float | None, ...]:
    """Return the values in the order of `SETTINGS`."""
    return tuple(setting.value(run) for setting in SETTINGS)


def differing_settings(runs: Sequence[Run]) -> list[RunSetting]:
    """Return the settings that are not the same for all of these runs."""
    return [setting for setting in SETTINGS if len({setting.text(run) for run in runs}) > 1]
