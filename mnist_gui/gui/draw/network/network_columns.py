"""The layers of a network beside each other, from the frame to the answer."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.analysis.network_sum import HIDDEN_LAYERS, Layer, Place, maps_of, patch_of
from mnist_gui.gui.draw.network.bar_list import AnswerBars, UnitList
from mnist_gui.gui.draw.network.map_grid import MapGrid
from mnist_gui.gui.draw.network.network_thread import NetworkState
from mnist_gui.gui.draw.network.network_words import HINT, LayerWords, frame_words, layer_words
from mnist_gui.gui.draw.network.patch_frame import PatchFrame
from mnist_gui.gui.draw.network.tile_area import TileArea
from mnist_gui.gui.widgets.form_controls import heading, muted
from mnist_gui.gui.widgets.plain_text import tool_tip

_SPACING = 10
# Of the columns, where there is room: two filters with their maps, three maps, a few digits.
_WIDTHS: dict[Layer, int] = {
    "first": 208,
    "second": 180,
    "pooling": 180,
    "hidden_1": 96,
    "hidden_2": 96,
    "answer": 118,
}
_FRAME_WIDTH = 148


class NetworkColumns(QWidget):
    """A column for each layer.

    Signals
    -------
    pointed(place: Place)
        The user chose a value.
    toggled(layer: Layer, index: int)
        The user switches a filter, a unit or an answer.
    """

    pointed = Signal(object)
    toggled = Signal(str, int)

    def __init__(self) -> None:
        super().__init__()
        self._state: NetworkState | None = None
        self._is_compact = False
        self._frame = PatchFrame()
        self._first, self._second, self._pooling = MapGrid("first"), MapGrid("second"), MapGrid("pooling")
        self._units = [UnitList(layer) for layer in HIDDEN_LAYERS]
        self._answer = AnswerBars()
        areas: list[TileArea] = [self._first, self._second, self._pooling, *self._units, self._answer]
        self.areas = {area.layer: area for area in areas}
        self._columns = {area.layer: _Column(area) for area in areas}
        self._frame_column = _FrameColumn(self._frame)
        self._frame_column.set_words(frame_words())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(_SPACING)
        layout.addWidget(self._frame_column, _FRAME_WIDTH)
        for layer, column in self._columns.items():
            layout.addWidget(column, _WIDTHS[layer])
        for area in areas:
            area.pointed.connect(self.pointed)
            area.toggled.connect(lambda index, layer=area.layer: self.toggled.emit(layer, index))

    def set_state(self, state: NetworkState, mark: int) -> None:
        """Show a network at work; its answer has the colour of a mark."""
        is_new = self._state is None or self._state.network is not state.network
        self._state = state
        if is_new:
            self._set_network(state)
        whole, current, off = state.whole, state.current, state.off
        self._frame.set_frame(whole.frame)
        self._first.set_maps(whole.first, current.first, off.first)
        self._second.set_maps(whole.second, current.second, off.second)
        self._pooling.set_maps(whole.pooled, current.pooled, off.second)
        for units, before, now in zip(self._units, whole.hidden, current.hidden, strict=False):
            units.set_units(before, now)
        before = state.network.calibrated(whole)
        now = before if current is whole else state.network.calibrated(current)
        self._answer.set_probabilities(before, now, mark)

    def set_place(self, place: Place) -> None:
        """Mark a value, and outline what it sees of the frame."""
        assert self._state is not None
        for area in self.areas.values():
            area.set_place(place)
        self._frame.set_patch(patch_of(self._state.network.kernels, place))

    def strongest(self) -> Place:
        """Return the strongest value of the first layer."""
        return self._first.place_of(self._first.order[0])

    def side_of(self, layer: Layer) -> int:
        """Return the side of the maps of a layer."""
        assert self._state is not None
        return len(maps_of(self._state.whole, layer))

    def set_compact(self, compact: bool) -> None:
        """Show the captions as tooltips only."""
        if compact != self._is_compact:
            self._is_compact = compact
            for column in (self._frame_column, *self._columns.values()):
                column.set_compact(compact)
            self._align()

    def describe(self, layer: Layer, text: str) -> None:
        """Describe the current value of a layer to screen readers."""
        self.areas[layer].setAccessibleDescription(text)

    def _set_network(self, state: NetworkState) -> None:
        network = state.network
        self._first.set_filters(network.convolutions[0].weights[:, :, 0])
        for number, layer in enumerate(HIDDEN_LAYERS):
            self._columns[layer].setVisible(number < len(state.whole.hidden))
        for layer, column in self._columns.items():
            if not column.isHidden():
                column.set_words(layer_words(network, layer))
        self._align()

    def _align(self) -> None:
        """Give all titles and captions the height of the tallest, so that all layers begin at one height."""
        columns = [self._frame_column, *(column for column in self._columns.values() if not column.isHidden())]
        titles, captions = zip(*(column.label_heights for column in columns), strict=True)
        for column in columns:
            column.set_label_heights(max(titles), max(captions))
        layout = self._frame_column.layout()
        assert layout is not None
        layout.activate()
        self._frame_column.arrange()

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._align()


class _Column(QWidget):
    """Title and caption above the widget of a layer."""

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self._content = content
        self._title, self._caption = heading(), muted()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        for label in (self._title, self._caption):
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
            layout.addWidget(label)
        layout.addWidget(content, 1)

    @property
    def label_heights(self) -> tuple[int, int]:
        """Heights that title and caption need at the column's width."""
        for label in (self._title, self._caption):
            label.setMinimumHeight(0)  # it would count
        width = max(self.width(), self.minimumSizeHint().width())
        return self._title.heightForWidth(width), self._caption.heightForWidth(width)

    @property
    def _words(self) -> list[str]:
        texts = [self._title.text()] + ([] if self._caption.isHidden() else [self._caption.text()])
        return " ".join(texts).split()

    def set_label_heights(self, title: int, caption: int) -> None:
        """Give title and caption these heights."""
        self._title.setFixedHeight(title)
        self._caption.setFixedHeight(caption)

    def set_compact(self, compact: bool) -> None:
        """Show the caption as a tooltip only."""
        self._caption.setHidden(compact)

    def set_words(self, words: LayerWords) -> None:
        """Show title and caption."""
        self._title.setText(words.title)
        self._caption.setText(words.caption)
        for label in (self._title, self._caption):
            label.setToolTip(tool_tip(f"{words.caption}\n{words.tool_tip}"))
        self._content.setAccessibleName(f"{words.title}: {words.caption}")

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        least = self._content.minimumSizeHint().expandedTo(self._content.minimumSize())
        metrics = self._title.fontMetrics()
        widest = max((metrics.horizontalAdvance(word) for word in self._words), default=0)
        labels = self._title.minimumHeight()
        if not self._caption.isHidden():
            labels += self._caption.minimumHeight()
        return QSize(max(least.width(), widest + 2), least.height() + labels)


class _FrameColumn(_Column):
    """The frame, as large as there is room for, and below it the hint, if it fits."""

    def __init__(self, frame: PatchFrame) -> None:
        super().__init__(frame)
        self._frame = frame
        self._hint = muted(HINT, "network_hint")
        self._hint.setParent(self)
        self._hint.setAlignment(Qt.AlignmentFlag.AlignTop)

    def arrange(self) -> None:
        """Place frame and hint."""
        room = self._frame.geometry()
        top = room.top() + self._frame.fit(room.width(), room.height()) + _SPACING
        needed = self._hint.heightForWidth(room.width())
        self._hint.setVisible(top + needed <= self.height())
        self._hint.setGeometry(room.left(), top, room.width(), needed)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.arrange()
