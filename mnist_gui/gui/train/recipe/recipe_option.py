"""One of the recipes to choose from."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QRadioButton, QVBoxLayout, QWidget

from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, indent, muted
from mnist_gui.models.recipes import FAST, NOTEBOOK, OPTIMIZERS, QUICK, SCHEDULES, Recipe
from mnist_gui.models.training.time_estimate import MNIST_TRAIN

# Title, and what the recipe promises as long as nothing of it is changed.
RECIPE_WORDS = {
    QUICK.name: ("Quick look", "a taste, not the notebook"),
    FAST.name: ("Fast", "the notebook’s accuracy for a third of the work"),
    NOTEBOOK.name: ("Notebook", "as the notebook"),
}


class RecipeOption(QWidget):
    """A recipe's button and sentence, and what the person has changed of it.

    Parameters
    ----------
    recipe
        As it is.

    Signals
    -------
    reset_pressed()
    """

    reset_pressed = Signal()

    def __init__(self, recipe: Recipe, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title, self._promise = RECIPE_WORDS[recipe.name]
        self.button = QRadioButton(title)
        self.button.setObjectName(recipe.name)
        self.button.setMinimumHeight(TARGET_HEIGHT)
        self._sentence = muted(name=f"{recipe.name}_sentence")
        self._sentence.setContentsMargins(indent(self.button), 0, 0, 4)
        self._reset = QPushButton("Reset")
        self._reset.setObjectName(f"reset_{recipe.name}")
        self._reset.setAccessibleName(f"Reset {title}")
        self._reset.setToolTip(f"Take {title} as it is")
        self._reset.setProperty("flat", True)
        self._reset.clicked.connect(self._ask_to_reset)
        # Beside the title and in place of the promise, so that what is changed further down stays where it is.
        row = QHBoxLayout()
        row.addWidget(self.button, 1)
        row.addWidget(self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self._sentence)
        self.show_recipe(recipe)

    def show_recipe(self, recipe: Recipe, seed: int = 0) -> None:
        """Say what this recipe is by now; a changed one is promised nothing. A seed changes nothing of the recipe."""
        altered = "altered " if recipe.augmentation else ""
        epochs = "epoch" if recipe.epochs == 1 else "epochs"
        facts = f"{recipe.frames or MNIST_TRAIN - recipe.held_out:,} {altered}frames, {recipe.epochs} {epochs}"
        changes = said_changes(recipe)
        sentence = f"{facts}. Changed: {changes}" if changes else f"{facts}: {self._promise}"
        self._sentence.setText(f"{sentence}. Seed {seed}" if seed else sentence)
        self._reset.setVisible(bool(changes or seed))
        self.button.setAccessibleDescription(self._sentence.text())

    def _ask_to_reset(self) -> None:
        # Else the focus would go from the button, which then hides, to some other one, and the column scroll to it.
        self.button.setFocus()
        self.reset_pressed.emit()


def said_changes(recipe: Recipe) -> str:
    """Return what differs from the recipe of that name: "epochs 3, learning rate 0.5"; nothing where nothing does."""
    return ", ".join(f"{name.replace('_', ' ')} {_said(name, value)}" for name, value in recipe.changes.items())


def _said(name: str, value: object) -> str:
    if name == "optimizer":
        return OPTIMIZERS[str(value)].title
    if name == "schedule":
        return SCHEDULES[str(value)][0].lower()
    return f"{value:g}" if isinstance(value, float) else f"{value}"
