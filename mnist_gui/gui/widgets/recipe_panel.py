"""What to train, and how: the left column of the Train tab."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QButtonGroup,
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.pace import Work, estimate, spoken
from mnist_gui.gui.widgets.layer_table import LayerTable
from mnist_gui.gui.widgets.model_mark import ModelMark
from mnist_gui.gui.widgets.section import Section
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.recipes import NOTEBOOK, QUICK, RECIPES, Recipe

COLUMN_WIDTH = 300
TARGET_HEIGHT = 32
RECIPE_WORDS = {
    QUICK.name: ("Quick look", "6,000 frames, 3 epochs: a taste, not the notebook"),
    NOTEBOOK.name: ("Notebook", "60,000 frames, 12 epochs, as the notebook"),
}
LEARNING_RATE_HINT = "About 1 is usual for Adadelta; Keras’ own default of 0.001 hardly learns."


class RecipePanel(QScrollArea):
    """Chooses recipe, models, epochs and the rest; its button says how long that will take.

    Parameters
    ----------
    slowness
        Of this machine, see `mnist_gui.gui.pace`.

    Signals
    -------
    start_pressed(recipe: Recipe, models: tuple[int, ...], seed: int)
    """

    start_pressed = Signal(object, tuple, int)

    def __init__(self, slowness: float = 1.0, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._slowness = slowness
        self._training = False
        self._base = QUICK
        self._recipes = QButtonGroup(self)
        self._models: dict[int, QCheckBox] = {}
        self._epochs = _spin_box("Epochs", 1, 500)
        self._batch_size = _spin_box("Batch size", 1, 4096)
        self._learning_rate = _decimal_box("Learning rate")
        self._seed = _spin_box("Seed", 0, 999_999)
        self._start = QPushButton()
        self._reason = _muted("")
        self._layers = LayerTable()
        self._column = QWidget()
        self._lay_out()
        self._use_recipe(QUICK)
        self._recipes.buttonClicked.connect(lambda button: self._use_recipe(RECIPES[button.objectName()]))
        self._start.clicked.connect(self.start)
        for box in (self._epochs, self._batch_size, self._learning_rate, self._seed):
            box.installEventFilter(self)
            box.valueChanged.connect(self._refresh)
        for check in self._models.values():
            check.toggled.connect(self._refresh)
        self._refresh()

    @property
    def recipe(self) -> Recipe:
        """Return the chosen recipe with the person's changes."""
        return self._base.changed(
            epochs=self._epochs.value(),
            batch_size=self._batch_size.value(),
            learning_rate=self._learning_rate.value(),
        )

    @property
    def models(self) -> tuple[int, ...]:
        """Return the numbers of the ticked models."""
        return tuple(number for number, check in self._models.items() if check.isChecked())

    def start(self) -> None:
        """Ask for the training, if the button is enabled."""
        if self._start.isEnabled():
            self.start_pressed.emit(self.recipe, self.models, self._seed.value())

    def set_training(self, training: bool) -> None:
        """Say whether a training runs: another one cannot be started then."""
        self._training = training
        self._refresh()

    def set_slowness(self, slowness: float) -> None:
        """Take what was learnt about this machine's speed."""
        self._slowness = slowness
        self._refresh()

    # -- the column

    def _lay_out(self) -> None:
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.setFrameShape(QFrame.Shape.NoFrame)
        layout = QVBoxLayout(self._column)
        layout.setContentsMargins(4, 4, 12, 12)
        layout.setSpacing(0)
        layout.addWidget(_heading("Recipe"))
        for recipe in RECIPES.values():
            self._add_recipe(layout, recipe)
        layout.addSpacing(10)
        layout.addWidget(_heading("Models"))
        for number in ARCHITECTURES:
            self._add_model(layout, number)
        layout.addSpacing(8)
        layout.addLayout(self._form(("Epochs", self._epochs)))
        layout.addSpacing(12)
        self._start.setProperty("primary", True)
        self._start.setObjectName("start")
        self._start.setMinimumHeight(40)
        self.setFocusProxy(self._start)
        layout.addWidget(self._start)
        layout.addWidget(self._reason)
        layout.addSpacing(8)
        layout.addWidget(self._section("Advanced", self._advanced()))
        layout.addWidget(self._section("Layers", self._layers))
        layout.addStretch(1)
        self.setWidget(self._column)
        # The area is transparent by the style sheet; its content would not be.
        self._column.setAutoFillBackground(False)
        self.viewport().setAutoFillBackground(False)

    def _add_recipe(self, layout: QVBoxLayout, recipe: Recipe) -> None:
        title, what = RECIPE_WORDS[recipe.name]
        button = QRadioButton(title)
        button.setObjectName(recipe.name)
        button.setAccessibleDescription(what)
        button.setMinimumHeight(TARGET_HEIGHT)
        self._recipes.addButton(button)
        layout.addWidget(button)
        layout.addWidget(_indented(_muted(what)))

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
        row.addWidget(ModelMark(number))
        row.addStretch(1)
        layout.addLayout(row)
        layout.addWidget(_indented(_muted(architecture.summary)))

    def _advanced(self) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.addLayout(
            self._form(("Batch size", self._batch_size), ("Learning rate", self._learning_rate), ("Seed", self._seed))
        )
        layout.addWidget(_muted(LEARNING_RATE_HINT))
        return content

    def _form(self, *rows: tuple[str, QAbstractSpinBox]) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.setHorizontalSpacing(12)
        for title, box in rows:
            label = QLabel(title)
            label.setMinimumHeight(TARGET_HEIGHT)
            label.setBuddy(box)
            form.addRow(label, box)
        return form

    def _section(self, title: str, content: QWidget) -> Section:
        section = Section(title, content)
        section.button.setObjectName(f"open_{title.lower()}")
        section.toggled.connect(self.updateGeometry)
        return section

    # -- following the choice

    def _use_recipe(self, recipe: Recipe) -> None:
        self._base = recipe
        for button in self._recipes.buttons():
            button.setChecked(button.objectName() == recipe.name)
        self._epochs.setValue(recipe.epochs)
        self._batch_size.setValue(recipe.batch_size)
        self._learning_rate.setValue(recipe.learning_rate)
        self._refresh()

    def _refresh(self) -> None:
        models = self.models
        self._layers.show_models(models)
        works = [Work.of(model, self.recipe) for model in models]
        reason = ""
        if self._training:
            reason = "A training is running: stop it, or let it end first."
        elif not models:
            reason = "Tick at least one model."
        self._start.setEnabled(not reason)
        self._start.setText(f"Start · {spoken(estimate(works, self._slowness))}" if models else "Start")
        self._start.setAccessibleName(self._start.text())
        self._start.setToolTip(reason or "Start this training (Ctrl+Enter)")
        self._reason.setText(reason)
        self._reason.setVisible(bool(reason))

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the wheel scroll the column, not change the number that it happens to pass over."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return super().eventFilter(watched, event)

    def minimumSizeHint(self) -> QSize:
        """Be as wide as the words need, so that none is cut at any text size; the height scrolls."""
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        return QSize(max(COLUMN_WIDTH, self._column.minimumSizeHint().width() + bar), 4 * TARGET_HEIGHT)

    def sizeHint(self) -> QSize:
        """Return the column's width."""
        return QSize(self.minimumSizeHint().width(), self._column.sizeHint().height())


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("heading", True)
    return label


def _muted(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("muted", True)
    label.setWordWrap(True)
    return label


def _indented(label: QLabel) -> QLabel:
    """Put a line under the words of the button above it, not under its box."""
    style = label.style()
    box = style.pixelMetric(QStyle.PixelMetric.PM_IndicatorWidth)
    gap = style.pixelMetric(QStyle.PixelMetric.PM_CheckBoxLabelSpacing)
    label.setContentsMargins(box + gap, 0, 0, 2)
    return label


def _spin_box(name: str, least: int, most: int) -> QSpinBox:
    box = QSpinBox()
    box.setRange(least, most)
    _name(box, name)
    return box


def _decimal_box(name: str) -> QDoubleSpinBox:
    box = _TrimmedSpinBox()
    box.setRange(0.0001, 100.0)
    box.setDecimals(4)
    box.setStepType(QAbstractSpinBox.StepType.AdaptiveDecimalStepType)
    _name(box, name)
    return box


class _TrimmedSpinBox(QDoubleSpinBox):
    """Says 1 where 1.0000 is meant."""

    # -- Qt

    def textFromValue(self, value: float) -> str:
        """Leave out zeros at the end."""
        return self.locale().toString(value, "g", 6)


def _name(box: QAbstractSpinBox, name: str) -> None:
    # The usual step buttons are half a target high each; typing and the arrow keys do. (With NoButtons and a
    # style sheet, Qt gives the number itself a width of one pixel.)
    box.setStyleSheet("QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }")
    box.lineEdit().setTextMargins(8, 0, 8, 0)
    box.setAccessibleName(name)
    box.setToolTip("Type a number, or use the arrow keys")
    box.setObjectName(name.lower().replace(" ", "_"))
    box.setMinimumHeight(TARGET_HEIGHT)
    box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
