"""Editor of a network of the user's own: a chain of layers, with what it costs and sees."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QListWidgetItem,
    QMenu,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.train.movable_list import MovableList, RowButtons
from mnist_gui.gui.train.recipe.number_box import NumberBox
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, muted
from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip
from mnist_gui.models.architectures import ARCHITECTURES, Architecture
from mnist_gui.models.layer_chain import (
    ITEM_KINDS,
    MAX_ITEMS,
    Chain,
    ChainError,
    Item,
    Number,
    chain_architecture,
    chain_of,
    chain_text,
    parse_chain,
)
from mnist_gui.models.recipes import NumberField
from mnist_gui.wording import plural

TITLES = {
    "conv": "Convolution",
    "pool": "Pooling",
    "dropout": "Dropout",
    "norm": "Batch normalization",
    "dense": "Dense layer",
}
# Names of the numbers of each kind, in the order of `ITEM_KINDS`.
NUMBER_TITLES = {
    "conv": ("Side in pixels", "Filters"),
    "pool": ("Side in pixels",),
    "dropout": ("Share left out",),
    "dense": ("Units",),
}
START = "conv 3 32, pool 2, conv 3 64, pool 2, dropout 0.5, dense 128"


class LayerEditor(QWidget):
    """Edits a chain of layers; the flattening and the ten answers at the end are implied.

    The selected row is moved with the buttons, with Alt and an arrow key, or by dragging it; Del removes it.

    Parameters
    ----------
    epoch_text
        Returns about how long an epoch of a network takes here: "about 2 minutes".

    Attributes
    ----------
    architecture
        The network; None while the layers do not fit.
    error
        Why they do not; empty if they fit.

    Signals
    -------
    changed()
        Another layer, order or number.
    """

    changed = Signal()

    def __init__(self, epoch_text: Callable[[Architecture], str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("own_layers")
        self.setAccessibleName("Layers of your own model")
        self._epoch_text = epoch_text
        self._chain: Chain = ()
        self.architecture: Architecture | None = None
        self.error = ""
        self._wrong: int | None = None  # row of the error
        self._rows = _LayerList()
        self._rows.moved.connect(self._move)
        self._rows.currentRowChanged.connect(lambda _row: self._show_numbers())
        self._buttons = RowButtons(self._rows, self._remove, "the model", self)
        self._start = self._menu_button("Start from", "start_from")
        self._add = self._menu_button("Add", "add_layer")
        self._numbers = QWidget()
        self._boxes: list[NumberBox] = []
        self._facts = muted(name="own_facts")
        end = self._end = muted("then the ten answers", name="own_end")
        end.setContentsMargins(8, 0, 0, 4)
        self._error = PlainLabel()
        self._error.setObjectName("own_error")
        self._error.setWordWrap(True)
        self._fill_menus()
        self._lay_out()
        self.set_layers(START)

    @property
    def layers(self) -> str:
        """The chain as text, see `mnist_gui.models.layer_chain`; empty while the layers do not fit."""
        return chain_text(self._chain) if self.architecture else ""

    def set_layers(self, text: str) -> None:
        """Show the chain of a text; one that cannot be read is ignored."""
        try:
            chain = parse_chain(text)
        except ChainError:
            return
        self._change(chain, 0)

    def update_facts(self) -> None:
        """Show what the network costs and sees; called again where the time of an epoch changed."""
        architecture = self.architecture
        self._error.setText(self.error)
        self._error.setVisible(bool(self.error))
        self._facts.setVisible(architecture is not None)
        if architecture is not None:
            time = self._epoch_text(architecture)
            facts = (
                plural(architecture.parameters, "weight"),
                f"{_millions(architecture.multiply_adds)} multiplications a digit",
                architecture.summary,
                f"{time[0].upper()}{time[1:]} an epoch of 60,000 digits",
            )
            self._facts.setText("\n".join(facts))

    # -- the widgets

    def _menu_button(self, title: str, name: str) -> QPushButton:
        button = QPushButton(title)
        button.setObjectName(name)
        button.setMinimumHeight(TARGET_HEIGHT)
        button.setMenu(QMenu(button))
        return button

    def _fill_menus(self) -> None:
        for number, architecture in ARCHITECTURES.items():
            chain = chain_of(architecture.network) or ()
            action = self._start.menu().addAction(architecture.title)
            action.setToolTip(chain_text(chain))
            action.triggered.connect(partial(self._change, chain, 0))
            action.setObjectName(f"start_from_{number}")
        small = self._start.menu().addAction("A small one")
        small.setObjectName("start_from_0")
        small.triggered.connect(partial(self.set_layers, START))
        for word, title in TITLES.items():
            action = self._add.menu().addAction(title)
            action.setObjectName(f"add_{word}")
            action.triggered.connect(partial(self._insert, word))

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(6)
        tools.addWidget(self._add)
        tools.addStretch(1)
        for button in self._buttons.buttons:
            tools.addWidget(button)
        self._grid = QGridLayout(self._numbers)
        self._grid.setContentsMargins(8, 0, 0, 0)
        self._grid.setHorizontalSpacing(12)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 4)
        layout.setSpacing(6)
        layout.addWidget(self._start)
        layout.addWidget(self._rows)
        layout.addWidget(self._end)
        layout.addWidget(self._numbers)
        layout.addLayout(tools)
        layout.addWidget(self._error)
        layout.addWidget(self._facts)

    # -- the chain

    def _change(self, chain: Chain, selected: int, _checked: bool = False) -> None:
        self._chain = chain
        self.architecture, self.error, self._wrong = None, "", None
        try:
            self.architecture = chain_architecture(parse_chain(chain_text(chain)) if chain else ())
        except ChainError as error:
            self.error, self._wrong = str(error), error.index
        with QSignalBlocker(self._rows):
            self._rows.set_texts([_row_text(item) for item in chain], self._wrong)
            self._rows.setCurrentRow(min(selected, len(chain) - 1))
        self._buttons.update()
        self._add.setEnabled(len(chain) < MAX_ITEMS)
        self._show_numbers()
        self.update_facts()
        self.changed.emit()

    def _move(self, index: int, to: int) -> None:
        chain = list(self._chain)
        chain.insert(to, chain.pop(index))
        self._change(tuple(chain), to)

    def _remove(self, index: int) -> None:
        self._change((*self._chain[:index], *self._chain[index + 1 :]), index)

    def _insert(self, word: str, _checked: bool = False) -> None:
        """Insert a layer below the selected one."""
        index = self._rows.currentRow() + 1
        self._change((*self._chain[:index], Item.usual(word), *self._chain[index:]), index)
        self._rows.setFocus()

    def _show_numbers(self) -> None:
        """Show inputs for the numbers of the selected layer."""
        row = self._rows.currentRow()
        item = self._chain[row] if 0 <= row < len(self._chain) else None
        kind = item.word if item else ""
        if self._numbers.property("word") != kind:
            self._make_boxes(kind)
        for box, value in zip(self._boxes, item.numbers if item else (), strict=True):
            with QSignalBlocker(box):
                if box.value() != value or not box.lineEdit().hasFocus():
                    box.setValue(value)
        self._buttons.update()

    def _make_boxes(self, word: str) -> None:
        while (entry := self._grid.takeAt(0)) is not None:
            if (widget := entry.widget()) is not None:
                widget.setParent(None)  # so that it is not found by its name meanwhile
                widget.deleteLater()
        self._boxes = []
        for index, title in enumerate(NUMBER_TITLES.get(word, ())):
            box = NumberBox(_field(ITEM_KINDS[word].numbers[index], title))
            box.setObjectName(f"own_{word}_{index}")
            box.setAccessibleName(f"{title} of the {TITLES[word].lower()}")
            box.setMinimumHeight(TARGET_HEIGHT)
            box.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            box.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
            box.lineEdit().setTextMargins(8, 0, 8, 0)
            box.valueChanged.connect(self._on_number_changed)
            label = muted(title)
            label.setBuddy(box)
            self._grid.addWidget(label, 0, index)
            self._grid.addWidget(box, 1, index)
            self._boxes.append(box)
        self._numbers.setProperty("word", word)
        self._numbers.setVisible(bool(self._boxes))

    def _on_number_changed(self) -> None:
        row = self._rows.currentRow()
        if any(box.error for box in self._boxes):
            self.architecture, self._wrong = None, row
            self.error = next(box.error for box in self._boxes if box.error)
            self._rows.set_texts([_row_text(item) for item in self._chain], row)
            self.update_facts()
            self.changed.emit()
            return
        item = Item(self._chain[row].word, tuple(box.value() for box in self._boxes))
        self._change((*self._chain[:row], item, *self._chain[row + 1 :]), row)


class _LayerList(MovableList):
    """A line for each layer; the one that does not fit is marked."""

    def __init__(self) -> None:
        super().__init__()
        self._texts: list[str] = []
        self._wrong: int | None = None
        self.setObjectName("own_layer_list")
        self.setAccessibleName("Layers of your own model, the first one at the top")

    def set_texts(self, texts: list[str], wrong: int | None) -> None:
        """Replace the rows; the selection stays at its position."""
        self._texts, self._wrong = texts, wrong
        for _ in range(len(texts), self.count()):
            self.takeItem(self.count() - 1)
        colors = colors_of(self)
        for index, text in enumerate(texts):
            item = self.item(index) or QListWidgetItem(self)
            item.setText(f"✗ {text}" if index == wrong else text)
            item.setForeground(QColor(colors.warn if index == wrong else colors.text))
            item.setToolTip(tool_tip("This layer does not fit" if index == wrong else "Drag to move"))
        self.fit_height()

    def show_rows(self) -> None:
        """Show the rows with the colours and the text size of now."""
        self.set_texts(self._texts, self._wrong)


def _row_text(item: Item) -> str:
    """Return a layer as a line: "Convolution 3×3, 64 filters"."""
    title = TITLES[item.word]
    match item.word:
        case "conv":
            side, filters = item.numbers
            return f"{title} {side:g}×{side:g}, {plural(int(filters), 'filter')}"
        case "pool":
            return f"{title} {item.numbers[0]:g}×{item.numbers[0]:g}"
        case "dense":
            return f"{title}, {plural(int(item.numbers[0]), 'unit')}"
        case "dropout":
            return f"{title} {item.numbers[0]:g}"
    return title


def _millions(count: int) -> str:
    millions = count / 1e6
    return f"{millions:,.0f} million" if millions >= 10 else f"{millions:,.1f} million"


def _field(number: Number, title: str) -> NumberField:
    if number.is_whole:
        return NumberField(title.lower(), int(number.low), int(number.high))
    return NumberField(title.lower(), 0, 1, is_integer=False, is_open=True, note="0.5 is usual")
