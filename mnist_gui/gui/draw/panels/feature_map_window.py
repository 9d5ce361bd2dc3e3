"""Window with the feature maps of one model, updated while the user draws."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeySequence, QPainter, QPaintEvent, QPen, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QTabBar, QVBoxLayout, QWidget

from mnist_gui.analysis.feature_maps import FeatureLayer, FeatureMaps
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.draw.panels.feature_map_grid import TILE, FeatureMapGrid, levels_of
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.form_controls import heading, muted
from mnist_gui.gui.widgets.gray_image import gray_image
from mnist_gui.gui.widgets.heat_map import cividis_image
from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.gui.widgets.scroll_column import Column
from mnist_gui.runs.store import MODELS
from mnist_gui.wording import plain_text

LAYERS = 3
NOTHING_YET = "Draw a digit: what the model's layers make of it appears here."
HINT = "Each layer is scaled by its own maximum. × marks a map that is silent for this drawing."
INVITATION = "Point at a map, or choose one with the arrow keys, to see it large."
SIZE, MIN_SIZE = QSize(1000, 720), QSize(480, 320)
WINDOW_FRAME = QSize(8, 40)  # typical size of borders and title bar
_DETAIL_SIDE = 224
_MARGIN = 16


class FeatureDetail(QWidget):
    """One feature map enlarged with its maximum marked, the receptive field of that maximum, and a description."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._map = _MarkedImage("Feature map")
        self._frame = _MarkedImage("What its strongest place sees")
        self._title, self._text = heading(), PlainLabel()
        self._text.setWordWrap(True)
        self._text.setObjectName("feature_words")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for widget in (self._map, self._frame, self._title, self._text):
            widget.setFixedWidth(_DETAIL_SIDE)
            layout.addWidget(widget)
        layout.addStretch(1)

    @property
    def description(self) -> str:
        """Title and description of the map."""
        return " ".join(filter(None, (self._title.text(), self._text.text())))

    def clear(self) -> None:
        """Show no map but an invitation to choose one."""
        self._set_text("", INVITATION)
        for image in (self._map, self._frame):
            image.set_image(QImage(), 1, None)

    def show_map(self, layer: FeatureLayer, index: int, frame: NDArray[np.float32]) -> None:
        """Show one map of a layer and the (28, 28) frame it belongs to."""
        values = layer.maps[:, :, index]
        row, column = divmod(int(values.argmax()), values.shape[1])
        peak = float(values[row, column])
        # Scaled by the layer's maximum, as its tile is.
        levels = np.ascontiguousarray(levels_of(values, float(layer.maps.max())))
        maximum, field = None, None
        text = "Silent: nothing in this drawing excites it."
        if peak > 0:
            top, left, last = layer.stride * row, layer.stride * column, layer.receptive_field - 1
            maximum, field = QRect(column, row, 1, 1), QRect(left, top, layer.receptive_field, layer.receptive_field)
            text = (
                f"Maximum {peak:.2f} at row {row}, column {column}, which sees rows {top} to {top + last} and "
                f"columns {left} to {left + last} of the frame."
            )
        self._set_text(f"{layer.title}, map {index + 1} of {layer.maps.shape[2]}.", text)
        self._map.set_image(cividis_image(levels), values.shape[0], maximum)
        self._frame.set_image(gray_image(frame), FRAME_SIDE, field)

    def _set_text(self, title: str, text: str) -> None:
        for label, value in ((self._title, title), (self._text, text)):
            label.setText(value)
            # A scroll area ignores heightForWidth.
            label.setMinimumHeight(max(label.heightForWidth(_DETAIL_SIDE), 0))


class _MarkedImage(QWidget):
    """A small square image, enlarged, with a rectangle marked."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._image = QImage()
        self._side = 1
        self._marked: QRect | None = None
        self.setAccessibleName(name)
        self.setFixedHeight(_DETAIL_SIDE)

    def set_image(self, image: QImage, side: int, marked: QRect | None) -> None:
        """Show an image of side x side pixels, and mark a rectangle of them."""
        self._image, self._side, self._marked = image, side, marked
        self.update()

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        colors, area = colors_of(self), QRectF(self.rect())
        with QPainter(self) as painter:
            if self._image.isNull():
                painter.fillRect(area, QColor(colors.grid))
                return
            painter.drawImage(area, self._image)
            if self._marked is not None:
                scale, mark = area.width() / self._side, QRectF(self._marked)
                mark = QRectF(mark.topLeft() * scale, mark.size() * scale)
                for color, width in (("#000000", 4), ("#ffffff", 2)):
                    painter.setPen(QPen(QColor(color), width))
                    painter.drawRect(mark.adjusted(1, 1, -1, -1))


class FeatureMapWindow(QWidget):
    """The feature maps of one model; the selected map stays selected while the drawing changes.

    Signals
    -------
    model_changed(model: int)
        The user chose another model, whose maps are to be set.
    """

    model_changed = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("feature_window")
        self._maps: FeatureMaps | None = None
        self._selected: tuple[int, int] | None = None  # layer, map
        self._titles = [heading() for _ in range(LAYERS)]
        self._grids = [FeatureMapGrid() for _ in range(LAYERS)]
        self._layers = QWidget()
        self._detail = FeatureDetail()
        self._model_bar = QTabBar()
        self._empty = muted(NOTHING_YET)
        self._add_widgets()
        self._model_bar.currentChanged.connect(lambda tab: self.model_changed.emit(MODELS[tab]))
        for layer, grid in enumerate(self._grids):
            grid.selected.connect(lambda index, layer=layer: self._select(layer, index))
        self.set_maps("", 1, None)
        # Explicit: Qt would open it no taller than the invitation to draw.
        self.resize(SIZE.boundedTo(self.screen().availableGeometry().size() - WINDOW_FRAME))
        self.setMinimumSize(MIN_SIZE)
        for keys in ("Esc", "Ctrl+W"):
            QShortcut(QKeySequence(keys), self, self.close)

    @property
    def model(self) -> int:
        """The chosen model."""
        return MODELS[self._model_bar.currentIndex()]

    def set_maps(self, run_name: str, model: int, maps: FeatureMaps | None) -> None:
        """Show the feature maps of a model's run; None shows an invitation to draw."""
        title = " · ".join(filter(None, ("Feature maps", f"Model {model}", plain_text(run_name))))
        if title != self.windowTitle():
            self.setWindowTitle(title)
        with QSignalBlocker(self._model_bar):  # model_changed is for the user's choice
            self._model_bar.setCurrentIndex(MODELS.index(model))
        self._maps = maps
        self._empty.setVisible(maps is None)
        self._scroll.setVisible(maps is not None)
        self._detail_scroll.setVisible(maps is not None)
        if maps is None:
            return
        for label, grid, layer in zip(self._titles, self._grids, maps.layers, strict=True):
            side, _, count = layer.maps.shape
            text = f"{layer.title} · {count} maps of {side}×{side}"
            if label.text() != text:
                label.setText(text)
                grid.setAccessibleName(text)
            grid.set_layer(layer)
        self._show_selected()

    def _select(self, layer: int, index: int) -> None:
        self._selected = layer, index
        for number, grid in enumerate(self._grids):
            grid.set_current(index if number == layer else -1)
        self._show_selected()
        grid = self._grids[layer]
        if grid.hasFocus():
            center = grid.mapTo(self._layers, grid.tile(index).center())
            self._scroll.ensureVisible(center.x(), center.y(), TILE, TILE)

    def _show_selected(self) -> None:
        if self._maps is None or self._selected is None:
            self._detail.clear()
            return
        layer, index = self._selected
        self._detail.show_map(self._maps.layers[layer], index, self._maps.frame)
        self._grids[layer].setAccessibleDescription(self._detail.description)

    def _add_widgets(self) -> None:
        self._model_bar.setObjectName("feature_models")
        self._model_bar.setAccessibleName("Model")
        for model in MODELS:
            self._model_bar.addTab(f"Model {model}")
        top = QHBoxLayout()
        top.setSpacing(_MARGIN)
        top.addWidget(self._model_bar)
        top.addWidget(muted(HINT), 1)

        column = Column(self._layers)
        column.setContentsMargins(2, 2, 12, 2)
        column.setSpacing(8)
        for number, (title, grid) in enumerate(zip(self._titles, self._grids, strict=True)):
            title.setWordWrap(False)
            grid.setObjectName(f"feature_grid_{number}")
            column.addWidget(title)
            column.addWidget(grid)
            column.addSpacing(12)
        column.addStretch(1)
        self._scroll = _scroll_area(self._layers)
        self._scroll.setObjectName("feature_layers")
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the grids handle the arrow keys
        self._detail_scroll = _scroll_area(self._detail)
        self._detail_scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._detail_scroll.setFixedWidth(_DETAIL_SIDE + 2 * _MARGIN)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)

        bottom = QHBoxLayout()
        bottom.setSpacing(_MARGIN)
        bottom.addWidget(self._scroll, 1)
        bottom.addWidget(self._empty, 1)
        bottom.addWidget(self._detail_scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        layout.setSpacing(12)
        layout.addLayout(top)
        layout.addLayout(bottom, 1)


def _scroll_area(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    # Transparent: setWidget makes the content as light as a card.
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    return area
