"""The left column of the Train tab: the recipe, the models, and below them the button that starts their training."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.train.recipe.advanced_panel import AdvancedPanel
from mnist_gui.gui.train.recipe.data_choice import DataChoice
from mnist_gui.gui.train.recipe.layer_editor import LayerEditor
from mnist_gui.gui.train.recipe.layer_table import LayerTable
from mnist_gui.gui.train.recipe.recipe_controls import StartButton, field_box, number_box
from mnist_gui.gui.train.recipe.recipe_option import RecipeOption
from mnist_gui.gui.widgets.collapsible_section import CollapsibleSection
from mnist_gui.gui.widgets.fitted_label import FittedLabel
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, check_box, heading, muted
from mnist_gui.gui.widgets.model_marker import ModelMarker
from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip
from mnist_gui.gui.widgets.scroll_column import ContentArea
from mnist_gui.models.architectures import ARCHITECTURES, OWN, Architecture
from mnist_gui.models.recipes import QUICK, RECIPES, SEEDS_FIELD, Recipe, RecipeError
from mnist_gui.models.training.data_split import hold_out
from mnist_gui.models.training.time_estimate import MNIST_TRAIN, Workload, estimate_seconds
from mnist_gui.wording import rough_duration

COLUMN_WIDTH = 300  # pixels, at least
_LINES, _WIDEST_SHARE = 17.6, 0.2  # width in lines of text, for which it takes this share of the window at most
LEFT, RIGHT = 4, 12  # margins in the column
NOT_MEASURED = "The time is that of a usual two-core computer, until the first batches are measured on this one."
USUAL_SEEDS = 5  # of a study
SEEDS_HINT = (
    "How often each model is trained, each time from another seed: with other first weights, in another order of the "
    "digits. Several show what is chance; Compare, Studies sums them up."
)
CODE_NEEDS_MNIST = "The code trains on MNIST; copy the command to train on your own digits."
NO_MODEL = "Tick at least one model."


class RecipePanel(QWidget):
    """Inputs for recipe, models, epochs, data and advanced settings, and the start button, which shows the duration.

    The inputs scroll; the start button below them is always seen.

    Parameters
    ----------
    speed_factor
        Speed factor of this machine, see `mnist_gui.models.training.time_estimate`; None if not measured.

    Attributes
    ----------
    start_button
        Starts the training.
    layer_editor
        Layers of the user's own model, number `OWN`.

    Signals
    -------
    start_requested(recipe: Recipe, models: tuple[int, ...], seed: int)
        Start the training now, or after the current one.
    study_requested(recipe: Recipe, models: tuple[int, ...], seeds: tuple[int, ...])
        Train each model with each of these seeds, as a study.
    command_requested(recipe: Recipe, models: tuple[int, ...], seed: int)
    code_requested(recipe: Recipe, models: tuple[int, ...], seed: int)
        Copy the training as a command, or as Keras code.
    digits_requested()
        The advanced settings were opened for the first time and wait for `set_digits`.
    """

    start_requested = Signal(object, tuple, int)
    study_requested = Signal(object, tuple, tuple)
    command_requested = Signal(object, tuple, int)
    code_requested = Signal(object, tuple, int)
    digits_requested = Signal()

    def __init__(self, speed_factor: float | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._speed_factor = speed_factor
        self._window_width = 0
        self._training = False
        self._base = QUICK
        self._recipe = QUICK
        self._error = self._data_reason = ""
        self._own_counts: tuple[int, int] | None = None
        self._group = QButtonGroup(self)
        self._options = {name: RecipeOption(recipe) for name, recipe in RECIPES.items()}
        self._models: dict[int, QCheckBox] = {}
        self._epochs = number_box("epochs")
        self._seeds = field_box(SEEDS_FIELD)
        self._seeds.setValue(1)
        self._seeds.setAccessibleDescription(SEEDS_HINT)
        self._area = ContentArea()
        self.start_button = StartButton()
        self._reason = muted()
        self._no_model = FittedLabel(1)  # beside a heading, since what comes and goes elsewhere would move the inputs
        self._no_model.setProperty("muted", True)
        self._advanced = AdvancedPanel()
        self.layer_editor = LayerEditor(self._epoch_text)
        self.data_choice = DataChoice()
        self._layers = LayerTable()
        self._copy_command = _copy_button("Copy as command", "The same training from a terminal")
        self._copy_code = _copy_button("Copy as Keras code", "The same training as a script, without this program")
        self._column = QWidget()
        self._lay_out()
        self._connect()
        self._options[QUICK.name].button.setChecked(True)

    def set_window_width(self, width: int) -> None:
        """Adapt to the width of the window in pixels: large text has a wider column where there is room."""
        if width != self._window_width:
            self._window_width = width
            self.updateGeometry()

    @property
    def recipe(self) -> Recipe:
        """The selected recipe with the user's changes."""
        return self._recipe

    @property
    def models(self) -> tuple[int, ...]:
        """Numbers of the checked models."""
        return tuple(number for number, check in self._models.items() if check.isChecked())

    @property
    def seeds(self) -> int:
        """Number of seeds that each model is trained with."""
        return int(self._seeds.value())

    def set_data(self, counts: tuple[int, int] | None, reason: str = "") -> None:
        """Set what is trained on.

        Parameters
        ----------
        counts
            Numbers of the user's own digits, and of those to hold out; None for MNIST.
        reason
            Why nothing can be started now; empty if it can.
        """
        self._own_counts, self._data_reason = counts, reason
        self._update()

    def start(self) -> None:
        """Request the training, if the start button is enabled."""
        if not self.start_button.isEnabled():
            return
        if self.seeds == 1:
            self.start_requested.emit(self._recipe, self.models, self._advanced.seed)
            return
        first = self._advanced.seed or 1  # as on the command line, where a study begins with seed 1
        self.study_requested.emit(self._recipe, self.models, tuple(range(first, first + self.seeds)))

    def set_seed(self, seed: int) -> None:
        """Set the seed, from 0 to 2**32 - 1."""
        self._advanced.set_seed(seed)

    def set_up_study(self) -> None:
        """Choose several seeds and, where fewer than two models are ticked, the three; focus the number of seeds."""
        if self.seeds == 1:
            self._seeds.setValue(USUAL_SEEDS)
        if len(self.models) < 2:
            for number in ARCHITECTURES:
                self._models[number].setChecked(True)
        self._seeds.setFocus()
        self._area.ensureWidgetVisible(self._seeds)

    def set_training(self, training: bool) -> None:
        """Set whether a training runs; the start button then adds to the queue."""
        self._training = training
        self._update()

    def set_speed_factor(self, speed_factor: float) -> None:
        """Set the speed factor, which changes the duration."""
        self._speed_factor = speed_factor
        self.layer_editor.update_facts()
        self._update()

    def set_digits(self, frames: NDArray[np.float32], labels: NDArray[np.integer]) -> None:
        """Set the digits of the preview; see `AugmentationPreview.set_digits`."""
        self._advanced.preview.set_digits(frames, labels)

    # -- the column

    def _lay_out(self) -> None:
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        layout = QVBoxLayout(self._column)
        layout.setContentsMargins(LEFT, 4, RIGHT, 12)
        layout.setSpacing(0)
        layout.addWidget(heading("Recipe"))
        for option in self._options.values():
            self._group.addButton(option.button)
            layout.addWidget(option)
        layout.addSpacing(4)
        models = QHBoxLayout()
        models.setSpacing(8)
        models.addWidget(heading("Models"))
        models.addWidget(self._no_model, 1)
        layout.addLayout(models)
        for number in ARCHITECTURES:
            self._add_model(layout, number)
        self._add_own_model(layout)
        layout.addSpacing(4)
        layout.addLayout(_row({"Epochs": self._epochs, "Seeds": self._seeds}))
        layout.addSpacing(4)
        layout.addWidget(self.data_choice)
        layout.addSpacing(4)
        self._advanced_section = self._section("Advanced", self._advanced)
        layout.addWidget(self._advanced_section)
        layout.addSpacing(8)
        layout.addWidget(self._section("Layers", self._layers))
        layout.addSpacing(8)
        layout.addWidget(self._copy_command)
        layout.addSpacing(6)
        layout.addWidget(self._copy_code)
        layout.addStretch(1)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._column)
        self._area.viewport().setAutoFillBackground(False)
        footer = QVBoxLayout()
        footer.setContentsMargins(LEFT, 0, RIGHT + self._scroll_bar_width, 0)
        footer.setSpacing(4)
        footer.addWidget(self._reason)
        footer.addWidget(self.start_button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        whole.addWidget(self._area, 1)
        whole.addLayout(footer)

    def _add_model(self, layout: QVBoxLayout, number: int) -> None:
        architecture = ARCHITECTURES[number]
        # In the line of the title, and shorter than on a card: all inputs fit above the start button.
        side = architecture.receptive_field
        summary = muted(f"Looks at {side}×{side} pixels")
        summary.setToolTip(tool_tip(architecture.explanation))
        self._add_check(layout, number, architecture.title, architecture.summary, summary).setChecked(number == 1)

    def _add_own_model(self, layout: QVBoxLayout) -> None:
        self._add_check(layout, OWN, "Your own", "Layers of your choice", muted("Layers of your choice"))
        layout.addWidget(self.layer_editor)

    def _add_check(
        self, layout: QVBoxLayout, number: int, title: str, description: str, summary: PlainLabel
    ) -> QCheckBox:
        check = check_box(title, f"model_{number}")
        check.setAccessibleDescription(description)
        self._models[number] = check
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(check)
        row.addWidget(ModelMarker(number))
        row.addWidget(summary, 1)
        layout.addLayout(row)
        return check

    def _section(self, title: str, content: QWidget) -> CollapsibleSection:
        section = CollapsibleSection(title, content)
        section.button.setObjectName(f"open_{title.lower()}")
        return section

    def _connect(self) -> None:
        for name, option in self._options.items():
            option.button.toggled.connect(lambda on, name=name: self._use_recipe(RECIPES[name]) if on else None)
            option.reset_requested.connect(self._reset)
        self._epochs.valueChanged.connect(self._on_values_changed)
        self._seeds.valueChanged.connect(self._on_values_changed)
        self._advanced.changed.connect(self._on_values_changed)
        for check in self._models.values():
            check.toggled.connect(self._update)
        self.layer_editor.changed.connect(self._update)
        self.start_button.clicked.connect(self.start)
        for button, signal in (
            (self._copy_command, self.command_requested),
            (self._copy_code, self.code_requested),
        ):
            button.clicked.connect(
                lambda _checked, signal=signal: signal.emit(self._recipe, self.models, self._advanced.seed)
            )
        self._advanced_section.toggled.connect(self._update)
        once = Qt.ConnectionType.SingleShotConnection
        self._advanced_section.button.toggled.connect(lambda: self.digits_requested.emit(), once)

    # -- the selected recipe

    def _reset(self) -> None:
        self._advanced.set_seed(0)
        self._use_recipe(self._base)

    def _use_recipe(self, recipe: Recipe) -> None:
        self._base = recipe
        self._advanced.set_recipe(recipe)
        with QSignalBlocker(self._epochs):
            self._epochs.setValue(recipe.epochs)
        self._on_values_changed()

    def _on_values_changed(self) -> None:
        self._error = self._epochs.error or self._seeds.error or self._advanced.error
        try:
            values = self._advanced.values
            frames = values.pop("frames")  # None stands for all
            self._recipe = replace(self._base.with_changes(epochs=self._epochs.value(), **values), frames=frames)
        except RecipeError as error:  # only if a recipe forbids what the inputs allow
            self._error = self._error or str(error)
        self._update()

    def _update(self) -> None:
        models = self.models
        self.layer_editor.setVisible(OWN in models)
        self._layers.show_models(models, self.layer_editor.architecture)
        for name, option in self._options.items():
            chosen = name == self._base.name
            recipe = self._recipe if chosen else RECIPES[name]
            seed = self._advanced.seed if chosen else 0
            option.show_recipe(recipe, self._duration(recipe), seed, self._own_frames(recipe))
        own_error = self.layer_editor.error if OWN in models else ""
        reason = self._error or self._data_reason or own_error or ("" if models else NO_MODEL)
        self._update_start_button(models, reason)
        self._no_model.setText("" if models else NO_MODEL)
        # Once only: an open section has the sentence beside the input, which must not move while one types.
        is_beside = self._advanced_section.button.isChecked() and reason == self._advanced.error
        is_beside = is_beside or (bool(own_error) and reason == own_error) or reason == NO_MODEL
        self._reason.setText("" if is_beside else reason)
        self._reason.setVisible(bool(self._reason.text()))
        no_code = CODE_NEEDS_MNIST if self.data_choice.path else ""
        for button, obstacle in ((self._copy_command, reason), (self._copy_code, reason or no_code)):
            button.setEnabled(not obstacle)
            button.setToolTip(tool_tip(obstacle or button.accessibleDescription()))

    def _duration(self, recipe: Recipe) -> str:
        """Return about how long a recipe takes for the checked models; empty without one."""
        own = self.layer_editor.architecture
        frames = MNIST_TRAIN
        if self._own_counts is not None:
            frames, held_out = self._own_counts
            recipe = hold_out(recipe, held_out)
        workloads = [
            Workload.of(model, recipe, frames, multiply_adds=own.multiply_adds if own and model == OWN else 0)
            for model in self.models
        ] * self.seeds
        speed_factor = 1.0 if self._speed_factor is None else self._speed_factor
        return rough_duration(estimate_seconds(workloads, speed_factor)) if workloads else ""

    def _own_frames(self, recipe: Recipe) -> int:
        """Return on how many of the user's own digits a recipe trains; 0 for MNIST."""
        if self._own_counts is None:
            return 0
        available = max(self._own_counts[0] - hold_out(recipe, self._own_counts[1]).held_out, 0)
        return min(recipe.frames or available, available)

    def _epoch_text(self, architecture: Architecture) -> str:
        """Return about how long an epoch of the user's own network takes here."""
        work = Workload(OWN, 1, MNIST_TRAIN, 0, multiply_adds=architecture.multiply_adds)
        return rough_duration(work.seconds * (1.0 if self._speed_factor is None else self._speed_factor))

    def _update_start_button(self, models: tuple[int, ...], reason: str) -> None:
        duration = self._duration(self._recipe)
        self.start_button.set_texts("Add to queue" if self._training else "Start", *([duration] if duration else []))
        what = "Train this after what is in the queue" if self._training else "Start this training"
        if self.seeds > 1:
            what += f" as a study: {self.seeds} runs of each model, which Compare, Studies sums up"
        self.start_button.setEnabled(not reason)
        basis = "" if self._speed_factor is not None else f". {NOT_MEASURED}"
        self.start_button.setToolTip(tool_tip(reason or f"{what} (Ctrl+Enter){basis}"))

    @property
    def _scroll_bar_width(self) -> int:
        return self._area.verticalScrollBar().sizeHint().width()

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        # Wide enough that no text is cut at any text size; the inputs scroll.
        needed = self._column.minimumSizeHint().width() + self._scroll_bar_width
        usual = min(_LINES * self.fontMetrics().lineSpacing(), _WIDEST_SHARE * self._window_width)
        return QSize(max(COLUMN_WIDTH, round(usual), needed), super().minimumSizeHint().height())

    def sizeHint(self) -> QSize:
        return QSize(self.minimumSizeHint().width(), super().sizeHint().height())


def _row(boxes: Mapping[str, QWidget]) -> QHBoxLayout:
    """Return inputs with their names, all beside each other."""
    row = QHBoxLayout()
    row.setSpacing(8)
    for name, box in boxes.items():
        label = PlainLabel(name)
        label.setBuddy(box)
        row.addWidget(label)
        row.addWidget(box, 1)
    return row


def _copy_button(title: str, description: str) -> QPushButton:
    button = QPushButton(title)
    button.setObjectName(title.lower().replace(" ", "_"))
    button.setAccessibleDescription(description)
    button.setMinimumHeight(TARGET_HEIGHT)
    return button
