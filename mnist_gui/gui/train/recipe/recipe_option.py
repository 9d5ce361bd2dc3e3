"""A recipe as one of several to choose from."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QRadioButton, QVBoxLayout, QWidget

from mnist_gui.gui.train.recipe.recipe_controls import LONGEST_DURATION, text_indent
from mnist_gui.gui.train.training_wording import RECIPE_TITLES
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted, reserve_height
from mnist_gui.models.recipes import BEST, FAST, NOTEBOOK, QUICK, Recipe
from mnist_gui.models.training.time_estimate import MNIST_TRAIN
from mnist_gui.wording import plural

# Claims about the accuracy; a changed recipe shows none.
CLAIMS = {
    QUICK.name: "a taste, not the notebook",
    FAST.name: "the notebook’s accuracy for a third of the work",
    BEST.name: "reads other people’s hands best",
    NOTEBOOK.name: "as the notebook",
}


class RecipeOption(QWidget):
    """Radio button of a recipe, with a sentence about it and the user's changes.

    Signals
    -------
    reset_requested()
        Discard the changes.
    """

    reset_requested = Signal()

    def __init__(self, recipe: Recipe) -> None:
        super().__init__()
        title = RECIPE_TITLES[recipe.name]
        self.button = QRadioButton(title)
        self.button.setObjectName(recipe.name)
        self.button.setMinimumHeight(TARGET_HEIGHT)
        self._sentence = muted(name=f"{recipe.name}_sentence")
        self._sentence.set_margins(text_indent(self.button), 0, 0, 0)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._longest = ""  # sentence with the longest duration
        self._reset = QPushButton("Reset")
        self._reset.setObjectName(f"reset_{recipe.name}")
        self._reset.setAccessibleName(f"Reset {title}")
        self._reset.setToolTip(f"Take {title} as it is")
        self._reset.setProperty("flat", True)
        self._reset.clicked.connect(self._on_reset_clicked)
        # Beside the title, so that the inputs below do not move.
        row = QHBoxLayout()
        row.addWidget(self.button, 1)
        row.addWidget(self._reset)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(row)
        layout.addWidget(self._sentence)

    def show_recipe(self, recipe: Recipe, duration: str, seed: int = 0, own_frames: int = 0) -> None:
        """Describe the recipe and how long it takes, if known.

        A modified recipe, or one on the user's own frames, shows no accuracy claim.
        """
        altered = "altered " if recipe.augmentation else ""
        frames = own_frames or recipe.frames or MNIST_TRAIN - recipe.held_out
        facts = f"{frames:,} {altered}frames, {plural(recipe.epochs, 'epoch')}"
        changes = recipe.changes_text
        claim = "" if own_frames else f": {CLAIMS[recipe.name]}"
        rest = (f". Changed: {changes}" if changes else claim) + (f". Seed {seed}" if seed else "")
        self._sentence.setText(facts + (f", {duration}" if duration else "") + rest)
        self._longest = f"{facts}, {LONGEST_DURATION}{rest}"
        self._reserve_lines()
        self._reset.setVisible(bool(changes or seed))
        self.button.setAccessibleDescription(self._sentence.text())

    def _reserve_lines(self) -> None:
        """Keep the lines that the longest duration takes: another choice of models moves nothing."""
        reserve_height(self._sentence, self._longest, self.width() - self._sentence.contentsMargins().left())

    def _on_reset_clicked(self) -> None:
        # Otherwise the focus would leave the button that is hidden, and the column would scroll.
        self.button.setFocus()
        self.reset_requested.emit()

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._reserve_lines()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._reserve_lines()
