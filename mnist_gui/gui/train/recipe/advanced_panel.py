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
from mnist_gui.models.training.time_estimate import MNIST_TRAIN

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
FRAMES_HINT = "How many training frames are learned from, from the first on; {:,} are all that are not held out."
HELD_OUT_HINT = (
    "How many training frames, the last ones, are kept back to judge each epoch by. 0 judges by the test frames, as "
    "the notebook does; then they say less about new digits."
)
RHO_HINT = "How slowly Adadelta forgets its earlier steps, from 0 to 1: 0.95 is the notebook’s."
BETA_2_HINT = "How slowly Adam forgets the size of its earlier steps, from 0 to 1: 0.999 is usual."
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
        self._frames = number_box("frames")
        self._held_out = number_box("held_out")
        self._takes_all = True  # of the frames that are not held out
        # Of one optimizer each, and shown with it.
        self._optimizer_options = {"rho": number_box("rho"), "beta_2": number_box("beta_2")}
        self._numbers = (
            self._learning_rate,
            *self._optimizer_options.values(),
            self._frames,
            self._held_out,
            self._patience,
            self._batch_size,
            self._seed,
        )
        self._seed.setValue(0)
        self._hints: dict[QWidget, QLabel] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(14)
        # With labels beside them, the combo boxes would be too wide for the column if the text is large.
        layout.addLayout(self._option(self._optimizer))
        layout.addLayout(self._option(self._learning_rate, self._learning_rate))
        self._option_rows: dict[str, QWidget] = {}
        for name, box in self._optimizer_options.items():
            row = self._option_rows[name] = QWidget()
            option = self._option(box, box)
            option.setContentsMargins(0, 0, 0, 0)
            row.setLayout(option)
            layout.addWidget(row)
        layout.addLayout(self._option(self._schedule))
        strength = self._option(self._strength, self._strength_value)
        strength.addSpacing(6)
        strength.addWidget(self.preview)
        layout.addLayout(strength)
        for number in (self._frames, self._held_out, self._patience, self._batch_size, self._seed):
            layout.addLayout(self._option(number, number))
        self._optimizer.currentIndexChanged.connect(self._set_default_learning_rate)
        self._strength.valueChanged.connect(self._show_strength)
        self._frames.valueChanged.connect(self._on_frames_changed)
        self._held_out.valueChanged.connect(self._on_held_out_changed)
        for choice in (self._optimizer, self._schedule):
            choice.currentIndexChanged.connect(self._on_value_changed)
        for number in self._numbers:
            number.valueChanged.connect(self._on_value_changed)
        self._strength.valueChanged.connect(self._on_value_changed)
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
            "frames": None if self._takes_all else self._frames.value(),
            "held_out": self._held_out.value(),
            "patience": self._patience.value() if self._held_out.value() else 0,
            "batch_size": self._batch_size.value(),
            **{name: box.value() for name, box in self._optimizer_options.items()},
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
            for name, box in self._optimizer_options.items():
                box.setValue(getattr(recipe, name))
            self._held_out.setValue(recipe.held_out)
            self._takes_all = recipe.frames is None
            self._frames.setValue(self._available if recipe.frames is None else recipe.frames)
            self._patience.setValue(recipe.patience)
            self._batch_size.setValue(recipe.batch_size)
            self._show_hints()

    def set_seed(self, seed: int) -> None:
        """Set the seed, from 0 to 2**32 - 1."""
        self._seed.setValue(seed)

    @property
    def _available(self) -> int:
        """Number of training frames that are not held out, at least one."""
        return max(MNIST_TRAIN - int(self._held_out.value()), 1)

    def _on_frames_changed(self) -> None:
        self._takes_all = self._frames.value() >= self._available

    def _on_held_out_changed(self) -> None:
        """Keep learning from all other frames, where the user has not limited them."""
        if self._takes_all or self._frames.value() >= self._available:
            self._frames.setValue(self._available)
            self._takes_all = True

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
        """Explain the selected optimizer and schedule, and show its own options."""
        used = OPTIMIZERS[self._optimizer.currentData()].recipe_options
        for name, row in self._option_rows.items():
            row.setVisible(name in used)
        self._patience.setEnabled(self._held_out.value() > 0)
        hints: dict[QWidget, str] = {
            self._optimizer: OPTIMIZERS[self._optimizer.currentData()].hint,
            self._learning_rate: LEARNING_RATE_HINT,
            self._schedule: SCHEDULES[self._schedule.currentData()][1],
            self._strength: AUGMENTATION_HINT + (DECAY_HINT.format(self._decay) if self._decay else ""),
            self._frames: FRAMES_HINT.format(self._available),
            self._held_out: HELD_OUT_HINT,
            self._optimizer_options["rho"]: RHO_HINT,
            self._optimizer_options["beta_2"]: BETA_2_HINT,
            self._patience: PATIENCE_HINT if self._held_out.value() else NO_PATIENCE_HINT,
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
