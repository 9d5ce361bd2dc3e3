"""What to train, and how: the left column of the Train tab."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.train.recipe.advanced_panel import AdvancedPanel
from mnist_gui.gui.train.recipe.layer_table import LayerTable
from mnist_gui.gui.train.recipe.recipe_option import RecipeOption
from mnist_gui.gui.widgets.collapsible_section import CollapsibleSection
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, StartButton, heading, indent, muted, number_box
from mnist_gui.gui.widgets.model_marker import ModelMarker
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.recipes import QUICK, RECIPES, Recipe, RecipeError
from mnist_gui.models.training.time_estimate import Workload, estimate_seconds
from mnist_gui.wording import rough_duration

COLUMN_WIDTH = 300
LEFT, RIGHT = 4, 12  # margins in the column
NO_MODEL = "Tick at least one model."


class RecipePanel(QScrollArea):
    """Chooses recipe, models, epochs and the rest; its button says how long that will take.

    Parameters
    ----------
    speed_factor
        Of this machine, see `mnist_gui.models.training.time_estimate`.

    Signals
    -------
    start_pressed(recipe: Recipe, models: tuple[int, ...], seed: int)
        Now, or after what is training.
    command_requested(recipe: Recipe, models: tuple[int, ...], seed: int)
    code_requested(recipe: Recipe, models: tuple[int, ...], seed: int)
        The person wants this training as a command, or as Keras code, on the clipboard.
    digits_requested()
        Advanced was opened for the first time: `set_digits` would fill its preview.
    """

    start_pressed = Signal(object, tuple, int)
    command_requested = Signal(object, tuple, int)
    code_requested = Signal(object, tuple, int)
    digits_requested = Signal()

    def __init__(self, speed_factor: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slowness = speed_factor
        self._training = False
        self._base = QUICK
        self._recipe = QUICK
        self._fault = ""
        self._group = QButtonGroup(self)
        self._recipes = {name: RecipeOption(recipe) for name, recipe in RECIPES.items()}
        self._models: dict[int, QCheckBox] = {}
        self._epochs = number_box("Epochs", 1, 500)
        self._start = StartButton(COLUMN_WIDTH - LEFT - RIGHT - self._bar_width())
        self._reason = muted()
        self._advanced = AdvancedPanel()
        self._layers = LayerTable()
        self._copy_command = _copy_button("Copy as command", "The same training from a terminal")
        self._copy_code = _copy_button("Copy as Keras code", "The same training as a script, without this program")
        self._column = QWidget()
        self._lay_out()
        self._connect()
        self._recipes[QUICK.name].button.setChecked(True)

    @property
    def recipe(self) -> Recipe:
        """Return the chosen recipe with the person's changes."""
        return self._recipe

    @property
    def models(self) -> tuple[int, ...]:
        """Return the numbers of the ticked models."""
        return tuple(number for number, check in self._models.items() if check.isChecked())

    def start(self) -> None:
        """Ask for the training, if the button is enabled."""
        if self._start.isEnabled():
            self.start_pressed.emit(self._recipe, self.models, self._advanced.seed)

    def take_focus(self) -> None:
        """Have the keys go to the button that starts."""
        self._start.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_training(self, training: bool) -> None:
        """Say whether a training runs: what is started then comes after it."""
        self._training = training
        self._refresh()

    def set_speed_factor(self, speed_factor: float) -> None:
        """Take what was learnt about this machine's speed."""
        self._slowness = speed_factor
        self._refresh()

    def set_digits(self, frames: NDArray[np.float32], labels: NDArray[np.integer]) -> None:
        """Preview the augmentation on the first sixteen of these.

        Parameters
        ----------
        frames
            (N, 28, 28) training frames in [0, 1], ink high.
        labels
            (N,) digits 0 to 9.

        Raises
        ------
        ValueError
            The shapes are not those.
        """
        self._advanced.digits.set_digits(frames, labels)

    # -- the column

    def _lay_out(self) -> None:
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self._column)
        layout.setContentsMargins(LEFT, 4, RIGHT, 12)
        layout.setSpacing(0)
        layout.addWidget(heading("Recipe"))
        for choice in self._recipes.values():
            self._group.addButton(choice.button)
            layout.addWidget(choice)
        layout.addSpacing(10)
        layout.addWidget(heading("Models"))
        for number in ARCHITECTURES:
            self._add_model(layout, number)
        layout.addSpacing(8)
        layout.addLayout(self._epochs_row())
        layout.addSpacing(12)
        layout.addWidget(self._start)
        layout.addWidget(self._reason)
        layout.addSpacing(8)
        self._open_advanced = self._section("Advanced", self._advanced)
        layout.addWidget(self._open_advanced)
        layout.addWidget(self._section("Layers", self._layers))
        layout.addSpacing(8)
        layout.addWidget(self._copy_command)
        layout.addSpacing(6)
        layout.addWidget(self._copy_code)
        layout.addStretch(1)
        self.setWidget(self._column)
        # The area is transparent by the style sheet; its content would not be.
        self._column.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)

    def _add_model(self, layout: QVBoxLayout, number: int) -> None:
        architecture = ARCHITECTURES[number]
        check = QCheckBox(architecture.title)
        check.setObjectName(f"model_{number}")
        check.setAccessibleDescription(architecture.summary)
        check.setMinimumHeight(TARGET_HEIGHT)
        check.setChecked(number == 1)
        self._models[number] = check
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(check)
        row.addWidget(ModelMarker(number))
        row.addStretch(1)
        layout.addLayout(row)
        summary = muted(architecture.summary)
        summary.setContentsMargins(indent(check), 0, 0, 2)
        layout.addWidget(summary)

    def _epochs_row(self) -> QHBoxLayout:
        label = QLabel("Epochs")
        label.setBuddy(self._epochs)
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label, 1)
        row.addWidget(self._epochs, 1)
        return row

    def _section(self, title: str, content: QWidget) -> CollapsibleSection:
        section = CollapsibleSection(title, content)
        section.button.setObjectName(f"open_{title.lower()}")
        section.toggled.connect(self.updateGeometry)
        return section

    def _connect(self) -> None:
        for name, choice in self._recipes.items():
            choice.button.toggled.connect(lambda on, name=name: self._use_recipe(RECIPES[name]) if on else None)
            choice.reset_pressed.connect(self._reset)
        self._epochs.valueChanged.connect(self._take_values)
        self._advanced.changed.connect(self._take_values)
        for check in self._models.values():
            check.toggled.connect(self._refresh)
        self._start.clicked.connect(self.start)
        self._copy_command.clicked.connect(
            lambda: self.command_requested.emit(self._recipe, self.models, self._advanced.seed)
        )
        self._copy_code.clicked.connect(
            lambda: self.code_requested.emit(self._recipe, self.models, self._advanced.seed)
        )
        once = Qt.ConnectionType.SingleShotConnection
        self._open_advanced.button.toggled.connect(lambda: self.digits_requested.emit(), once)

    # -- following the choice

    def _reset(self) -> None:
        self._advanced.reset_seed()
        self._use_recipe(self._base)

    def _use_recipe(self, recipe: Recipe) -> None:
        self._recipes[self._base.name].show_recipe(self._base)
        self._base = recipe
        self._advanced.set_recipe(recipe)
        with QSignalBlocker(self._epochs):
            self._epochs.setValue(recipe.epochs)
        self._take_values()

    def _take_values(self) -> None:
        try:
            self._recipe = self._base.with_changes(epochs=self._epochs.value(), **self._advanced.values)
            self._fault = ""
        except RecipeError as error:
            # The boxes allow only what a recipe may have; should it forbid more one day, it is said.
            self._fault = str(error)
        self._recipes[self._base.name].show_recipe(self._recipe, self._advanced.seed)
        self._refresh()

    def _refresh(self) -> None:
        models = self.models
        self._layers.show_models(models)
        reason = self._fault or ("" if models else NO_MODEL)
        self._show_start(models, reason)
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))
        for button in (self._copy_command, self._copy_code):
            button.setEnabled(not reason)
            button.setToolTip(reason or button.accessibleDescription())

    def _show_start(self, models: tuple[int, ...], reason: str) -> None:
        """Say on the button what it does and how long that will take."""
        workloads = [Workload.of(model, self._recipe) for model in models]
        how_long = [rough_duration(estimate_seconds(workloads, self._slowness))] if models else []
        self._start.say("Add to queue" if self._training else "Start", *how_long)
        what = "Train this after what is in the queue" if self._training else "Start this training"
        self._start.setEnabled(not reason)
        self._start.setToolTip(reason or f"{what} (Ctrl+Enter)")

    def _bar_width(self) -> int:
        return self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        """Be as wide as the words need, so that none is cut at any text size; the height scrolls."""
        needed = self._column.minimumSizeHint().width() + self._bar_width()
        return QSize(max(COLUMN_WIDTH, needed), 4 * TARGET_HEIGHT)

    def sizeHint(self) -> QSize:
        """Return the column's width."""
        return QSize(self.minimumSizeHint().width(), self._column.sizeHint().height())


def _copy_button(title: str, what: str) -> QPushButton:
    button = QPushButton(title)
    button.setObjectName(title.lower().replace(" ", "_"))
    button.setAccessibleDescription(what)
    button.setMinimumHeight(TARGET_HEIGHT)
    return button
