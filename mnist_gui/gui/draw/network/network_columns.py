"""The layers of a network beside each other, from the frame to the answer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from mnist_gui.analysis.network_sum import Place, patch_of
from mnist_gui.gui.draw.network.bar_list import AnswerBars, UnitList
from mnist_gui.gui.draw.network.map_grid import MapGrid
from mnist_gui.gui.draw.network.network_thread import NetworkState
from mnist_gui.gui.draw.network.network_words import HINT, LayerWords, frame_words, has_pictures, layer_words
from mnist_gui.gui.draw.network.patch_frame import PatchFrame
from mnist_gui.gui.widgets.form_controls import heading, muted
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.models.inspection.network_layers import NetworkLayer

_SPACING = 10
# Of the columns, where there is room: two filters with their maps, three maps, a few digits.
_PICTURES_WIDTH, _MAPS_WIDTH, _UNITS_WIDTH, _ANSWER_WIDTH = 208, 180, 96, 118
_FRAME_WIDTH = 148


class NetworkColumns(QWidget):
    """A column for each layer.

    Attributes
    ----------
    areas
        The values of each layer.
    words
        The words for each layer.

    Signals
    -------
    pointed(place: Place)
        The user chose a value.
    toggled(layer: int, index: int)
        The user switches a filter, a unit or an answer.
    """

    pointed = Signal(object)
    toggled = Signal(int, int)

    def __init__(self) -> None:
        super().__init__()
        self.areas: list[MapGrid | UnitList | AnswerBars] = []
        self.words: list[LayerWords] = []
        self._state: NetworkState | None = None
        self._is_compact = False
        self._columns: list[_Column] = []
        self._frame = PatchFrame()
        self._frame_column = _FrameColumn(self._frame)
        self._frame_column.set_words(frame_words())
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(_SPACING)
        self._frame_column.width_changed.connect(self._align)
        self._align_timer = QTimer(self, singleShot=True, interval=0)
        self._align_timer.timeout.connect(self._align)
        self._layout.addWidget(self._frame_column, _FRAME_WIDTH)

    def set_state(self, state: NetworkState, mark: int) -> None:
        """Show a network at work; its answer has the colour of a mark."""
        is_new = self._state is None or self._state.network is not state.network
        self._state = state
        layers, whole, current = state.network.layers, state.whole, state.current
        if is_new:
            self._set_layers(layers)
        self._frame.set_frame(whole.frame)
        for layer, area in zip(layers, self.areas, strict=True):
            off = state.off.of(layer)
            if isinstance(area, MapGrid):
                area.set_maps(whole.values(layer), current.values(layer), off, signed=layer.is_signed)
            elif isinstance(area, UnitList):
                area.set_units(whole.values(layer), current.values(layer), off)
            else:
                before = state.network.calibrated(whole)
                now = before if current is whole else state.network.calibrated(current)
                area.set_probabilities(before, now, mark)

    def set_place(self, place: Place) -> None:
        """Mark a value, and outline what it sees of the frame."""
        assert self._state is not None
        for area in self.areas:
            area.set_place(place)
        self._frame.set_patch(patch_of(self._state.network.layers[place.layer], place))

    def strongest(self) -> Place:
        """Return the strongest value of the first layer."""
        first = self.areas[0]
        return first.place_of(first.order[0])

    def set_compact(self, compact: bool) -> None:
        """Show the captions as tooltips only."""
        if compact != self._is_compact:
            self._is_compact = compact
            for column in (self._frame_column, *self._columns):
                column.set_compact(compact)
            self._align()

    def describe(self, layer: int, text: str) -> None:
        """Describe the current value of a layer to screen readers."""
        self.areas[layer].setAccessibleDescription(text)

    def _set_layers(self, layers: Sequence[NetworkLayer]) -> None:
        """Make the columns of another network."""
        for column in self._columns:
            self._layout.removeWidget(column)
            column.hide()
            column.deleteLater()
        self.areas, self.words = [_area(layer, index) for index, layer in enumerate(layers)], layer_words(layers)
        self._columns = [_Column(area) for area in self.areas]
        for layer, area, column, words in zip(layers, self.areas, self._columns, self.words, strict=True):
            self._layout.addWidget(column, _width(layer))
            column.set_compact(self._is_compact)
            column.set_words(words)
            column.width_changed.connect(self._align)
            area.pointed.connect(self.pointed)
            area.toggled.connect(lambda index, number=area.layer: self.toggled.emit(number, index))

    def _align(self) -> None:
        """Give all titles and captions the height of the tallest, so that all layers begin at one height."""
        columns = [self._frame_column, *self._columns]
        titles, captions = zip(*(column.label_heights for column in columns), strict=True)
        for column in columns:
            column.set_label_heights(max(titles), max(captions))
        layout = self._frame_column.layout()
        assert layout is not None
        layout.activate()
        self._frame_column.arrange()

    # -- Qt

    def changeEvent(self, event: QEvent) -> None:
        """Align once the labels have taken over the new font, which reaches them later."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._align_timer.start()


def _area(layer: NetworkLayer, index: int) -> MapGrid | UnitList | AnswerBars:
    if layer.kind == "answer":
        return AnswerBars(index)
    if not layer.has_maps:
        return UnitList(index)
    grid = MapGrid(index)
    if has_pictures(layer) and layer.weights is not None:
        grid.set_filters(layer.weights.sum(axis=2))  # a frame in colour has its grey in every channel
    return grid


def _width(layer: NetworkLayer) -> int:
    if layer.kind == "answer":
        return _ANSWER_WIDTH
    if not layer.has_maps:
        return _UNITS_WIDTH
    return _PICTURES_WIDTH if has_pictures(layer) else _MAPS_WIDTH


class _Column(QWidget):
    """Title and caption above the widget of a layer.

    Signals
    -------
    width_changed()
    """

    width_changed = Signal()

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

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.width_changed.emit()

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
