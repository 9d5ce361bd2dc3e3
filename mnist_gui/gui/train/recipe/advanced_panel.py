"""Advanced settings of a recipe, each with an explanation."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from mnist_gui.gui.train.recipe.augmentation_preview import AugmentationPreview
from mnist_gui.gui.train.recipe.recipe_controls import choice_box, number_box, slider
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted
from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.models.recipes import OPTIMIZERS, SCHEDULES, Recipe

STRENGTH_STEPS = 10  # of the slider, up to a strength of 1
MAX_STRENGTH = 2
LEARNING_RATE_HINT = "How far each step goes, at most: too small hardly learns, too large diverges."
AUGMENTATION_HINT = (
    "How strongly training frames are turned, shifted, warped and thickened, so that a model meets more hands than "
    "MNIST’s: 0 not at all, 1 is usual."
)
DECAY_HINT = " This recipe lowers it by {:.0%} from the first step to the last."
PATIENCE_HINT = "Ends the training after this number of epochs without a lower loss on the held-out frames; 0 never."
NO_PATIENCE_HINT = "Not here: this recipe is judged on the test frames, and they must not choose when to end."
BATCH_SIZE_HINT = "Frames in a step; 128 is the notebook’s. Fewer make more and noisier steps, and take longer."
SEED_HINT = "The same seed starts from the same weights and order of frames; another one shows how much is chance."


class AdvancedPanel(QWidget):
    """Inputs for the fields of a recipe and for the seed.

    Attributes
    ----------
    preview
        Preview of the augmentation.

    Signals
    -------
    changed()
        The user changed a value; not emitted by `set_recipe`.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._optimizer = choice_box("Optimizer", {key: optimizer.title for key, optimizer in OPTIMIZERS.items()})
        self._learning_rate = number_box("learning_rate")
        self._schedule = choice_box("Schedule", {key: title for key, (title, _) in SCHEDULES.items()})
        self._strength = slider("Augmentation", MAX_STRENGTH * STRENGTH_STEPS)
        self._decay = 0.0  # of the augmentation; has no input here
        self._strength_value = PlainLabel()
        self._strength_value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.preview = AugmentationPreview()
        self._patience = number_box("patience")
        self._batch_size = number_box("batch_size")
        self._seed = number_box("seed")
        self._numbers = (self._learning_rate, self._patience, self._batch_size, self._seed)
        self._seed.setValue(0)
        self._hints: dict[QWidget, QLabel] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(14)
        # With labels beside them, the combo boxes would be too wide for the column if the text is large.
        layout.addLayout(self._option(self._optimizer))
        layout.addLayout(self._option(self._learning_rate, self._learning_rate))
        layout.addLayout(self._option(self._schedule))
        strength = self._option(self._strength, self._strength_value)
        strength.addSpacing(6)
        strength.addWidget(self.preview)
        layout.addLayout(strength)
        for number in (self._patience, self._batch_size, self._seed):
            layout.addLayout(self._option(number, number))
        self._optimizer.currentIndexChanged.connect(self._set_default_learning_rate)
        self._strength.valueChanged.connect(self._show_strength)
        for choice in (self._optimizer, self._schedule):
            choice.currentIndexChanged.connect(self._on_value_changed)
        for value in (*self._numbers, self._strength):
            value.valueChanged.connect(self._on_value_changed)
        self._show_strength()
        self._show_hints()

    @property
    def values(self) -> dict[str, Any]:
        """The fields of the recipe that have inputs here."""
        return {
            "optimizer": self._optimizer.currentData(),
            "learning_rate": self._learning_rate.value(),
            "schedule": self._schedule.currentData(),
            "augmentation": self._strength.value() / STRENGTH_STEPS,
            "patience": self._patience.value(),
            "batch_size": self._batch_size.value(),
        }

    @property
    def error(self) -> str:
        """Why an input is no number within its limits; empty if all are."""
        return next((box.error for box in self._numbers if box.error), "")

    @property
    def seed(self) -> int:
        """Seed, which is not a field of the recipe."""
        return int(self._seed.value())

    def set_recipe(self, recipe: Recipe) -> None:
        """Show the values of a recipe; the seed stays."""
        with QSignalBlocker(self):
            _select(self._optimizer, recipe.optimizer)
            self._learning_rate.setValue(recipe.learning_rate)  # after the optimizer, which sets its default
            _select(self._schedule, recipe.schedule)
            self._strength.setValue(round(recipe.augmentation * STRENGTH_STEPS))
            self._decay = recipe.augmentation_decay
            self._patience.setValue(recipe.patience)
            self._patience.setEnabled(recipe.held_out > 0)
            self._batch_size.setValue(recipe.batch_size)
            self._show_hints()

    def set_seed(self, seed: int) -> None:
        """Set the seed, from 0 to 2**32 - 1."""
        self._seed.setValue(seed)

    def _set_default_learning_rate(self) -> None:
        self._learning_rate.setValue(OPTIMIZERS[self._optimizer.currentData()].learning_rate)

    def _on_value_changed(self) -> None:
        self._show_hints()
        self.changed.emit()

    def _show_strength(self) -> None:
        strength = self._strength.value() / STRENGTH_STEPS
        self._strength_value.setText(f"{strength:g}")
        self.preview.set_strength(strength)

    def _show_hints(self) -> None:
        """Explain the selected optimizer and schedule."""
        hints: dict[QWidget, str] = {
            self._optimizer: OPTIMIZERS[self._optimizer.currentData()].hint,
            self._learning_rate: LEARNING_RATE_HINT,
            self._schedule: SCHEDULES[self._schedule.currentData()][1],
            self._strength: AUGMENTATION_HINT + (DECAY_HINT.format(self._decay) if self._decay else ""),
            self._patience: PATIENCE_HINT if self._patience.isEnabled() else NO_PATIENCE_HINT,
            self._batch_size: BATCH_SIZE_HINT,
            self._seed: SEED_HINT,
        }
        for number in self._numbers:
            hints[number] = number.error or hints[number]
        for box, hint in hints.items():
            self._hints[box].setText(hint)
            box.setAccessibleDescription(hint)
        self._strength.setAccessibleDescription(f"strength {self._strength_value.text()}. {hints[self._strength]}")

    def _option(self, box: QWidget, beside: QWidget | None = None) -> QVBoxLayout:
        """Return the name of an input, the widget beside it, the input if not beside, and the place of its hint."""
        title = PlainLabel(box.accessibleName())
        title.setMinimumHeight(TARGET_HEIGHT)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(title, 1)
        if beside is not None:
            row.addWidget(beside, 1)
        layout = QVBoxLayout()
        layout.setSpacing(4)
        layout.addLayout(row)
        if beside is not box:
            layout.addWidget(box)
        self._hints[box] = muted("")
        layout.addWidget(self._hints[box])
        return layout


def _select(box: QComboBox, key: str) -> None:
    box.setCurrentIndex(box.findData(key))
