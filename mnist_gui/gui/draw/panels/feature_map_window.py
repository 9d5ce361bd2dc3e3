"""A window of its own for what a model's convolutions and its pooling make of the drawing, as it is drawn."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QImage,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from mnist_gui.analysis.feature_maps import FeatureLayer, FeatureMaps
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.draw.panels.feature_map_grid import GAP, TILE, FeatureMapGrid, levels_of
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.heat_map import cividis_image

MODELS = (1, 2, 3)
LAYERS = 3
NOTHING_YET = "Draw a digit: what the model's layers make of it appears here."
HINT = "Each layer is scaled by its own maximum. × marks a map that is silent for this drawing."
INVITATION = "Point at a map, or choose one with the arrow keys, to see it large."
_DETAIL = 224
_MARGIN = 16


class FeatureDetail(QWidget):
    """One map large with its strongest place marked, the part of the frame that this place sees, and both in words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._map = _Picture("Feature map")
        self._frame = _Picture("What its strongest place sees")
        self._title, self._words = QLabel(), QLabel()
        self._title.setProperty("heading", True)
        self._words.setObjectName("feature_words")
        for label in (self._title, self._words):
            label.setWordWrap(True)
            # As wide as the pictures: figures that change widen nothing.
            label.setFixedWidth(_DETAIL)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        for part in (self._map, self._frame, self._title, self._words):
            layout.addWidget(part)
        layout.addStretch(1)

    @property
    def description(self) -> str:
        """What is said of the map."""
        return " ".join(part for part in (self._title.text(), self._words.text()) if part)

    def show_nothing(self) -> None:
        """Invite to choose a map."""
        self._say("", INVITATION)
        for picture in (self._map, self._frame):
            picture.show_image(QImage(), 1, None)

    def show_map(self, layer: FeatureLayer, index: int, frame: NDArray[np.float32]) -> None:
        """Show one map of a layer, and where in the (28, 28) frame it is strongest."""
        values = layer.maps[:, :, index]
        row, column = divmod(int(values.argmax()), values.shape[1])
        peak = float(values[row, column])
        # On the scale of the whole layer, as its tile.
        levels = np.ascontiguousarray(levels_of(values, float(layer.maps.max())))
        grey = np.rint(np.clip(frame, 0, 1) * 255).astype(np.uint8)
        picture = QImage(grey.tobytes(), FRAME_SIDE, FRAME_SIDE, FRAME_SIDE, QImage.Format.Format_Grayscale8).copy()
        strongest, seen = None, None
        words = "Silent: nothing in this drawing excites it."
        if peak > 0:
            top, left, last = layer.step * row, layer.step * column, layer.field - 1
            strongest, seen = QRect(column, row, 1, 1), QRect(left, top, layer.field, layer.field)
            words = (
                f"Maximum {peak:.2f} at row {row}, column {column}, which sees rows {top} to {top + last} and "
                f"columns {left} to {left + last} of the frame."
            )
        self._say(f"{layer.title}, map {index + 1} of {layer.maps.shape[2]}.", words)
        self._map.show_image(cividis_image(levels), values.shape[0], strongest)
        self._frame.show_image(picture, FRAME_SIDE, seen)

    def _say(self, title: str, words: str) -> None:
        for label, text in ((self._title, title), (self._words, words)):
            label.setText(text)
            # A scroll area does not ask how high wrapped words are.
            label.setMinimumHeight(max(label.heightForWidth(_DETAIL), 0))


class _Picture(QWidget):
    """A square picture of few pixels, with some of them framed."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._image = QImage()
        self._side = 1
        self._marked: QRect | None = None
        self.setAccessibleName(name)
        self.setFixedSize(_DETAIL, _DETAIL)

    def show_image(self, image: QImage, side: int, marked: QRect | None) -> None:
        """Show an image of side x side pixels with a frame around some of them."""
        self._image, self._side, self._marked = image, side, marked
        self.update()

    # -- Qt

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it."""
        colors, place = colors_of(self), QRectF(self.rect())
        with QPainter(self) as painter:
            if self._image.isNull():
                painter.fillRect(place, QColor(colors.grid))
                return
            painter.drawImage(place, self._image)
            if self._marked is not None:
                scale = place.width() / self._side
                mark = QRectF(self._marked)
                mark = QRectF(mark.x() * scale, mark.y() * scale, mark.width() * scale, mark.height() * scale)
                for color, width in (("#000000", 4), ("#ffffff", 2)):
                    painter.setPen(QPen(QColor(color), width))
                    painter.drawRect(mark.adjusted(1, 1, -1, -1))


class FeatureMapWindow(QWidget):
    """The feature maps of one model at a time; the chosen map stays chosen while the drawing changes.

    Signals
    -------
    model_changed(model: int)
        Show another model's maps: the person asked for them.
    closed()
    """

    model_changed = Signal(int)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("feature_window")
        self._maps: FeatureMaps | None = None
        self._chosen: tuple[int, int] | None = None  # layer, map
        self._titles = [QLabel() for _ in range(LAYERS)]
        self._grids = [FeatureMapGrid() for _ in range(LAYERS)]
        self._layers = QWidget()
        self._detail = FeatureDetail()
        self._choice = QTabBar()
        self._empty = QLabel(NOTHING_YET)
        self._lay_out()
        self._choice.currentChanged.connect(lambda tab: self.model_changed.emit(MODELS[tab]))
        for layer, grid in enumerate(self._grids):
            grid.chosen.connect(lambda index, layer=layer: self._choose(layer, index))
        self.set_maps("", 1, None)

    @property
    def model(self) -> int:
        """Return the model that is chosen."""
        return MODELS[self._choice.currentIndex()]

    def set_maps(self, run_name: str, model: int, maps: FeatureMaps | None) -> None:
        """Show what a run of a model makes of the drawing; None where there is nothing to show."""
        title = " · ".join(part for part in ("Feature maps", f"Model {model}", run_name) if part)
        if title != self.windowTitle():
            self.setWindowTitle(title)
        with QSignalBlocker(self._choice):  # nobody asked for it here
            self._choice.setCurrentIndex(MODELS.index(model))
        self._maps = maps
        self._empty.setVisible(maps is None)
        self._scroll.setVisible(maps is not None)
        self._detail_scroll.setVisible(maps is not None)
        if maps is None:
            return
        for label, grid, layer in zip(self._titles, self._grids, maps.layers, strict=True):
            side, _, count = layer.maps.shape
            words = f"{layer.title} · {count} maps of {side}×{side}"
            if label.text() != words:
                label.setText(words)
                grid.setAccessibleName(words)
            grid.set_layer(layer)
        self._show_chosen()

    def _choose(self, layer: int, index: int) -> None:
        self._chosen = layer, index
        for number, grid in enumerate(self._grids):
            grid.set_current(index if number == layer else -1)
        self._show_chosen()
        grid = self._grids[layer]
        if grid.hasFocus():
            middle = grid.mapTo(self._layers, grid.tile(index).center())
            self._scroll.ensureVisible(middle.x(), middle.y(), TILE, TILE)

    def _show_chosen(self) -> None:
        if self._maps is None or self._chosen is None:
            self._detail.show_nothing()
            return
        layer, index = self._chosen
        self._detail.show_map(self._maps.layers[layer], index, self._maps.frame)
        self._grids[layer].setAccessibleDescription(self._detail.description)

    def _lay_out(self) -> None:
        self._choice.setObjectName("feature_models")
        self._choice.setAccessibleName("Model")
        for model in MODELS:
            self._choice.addTab(f"Model {model}")
        hint = QLabel(HINT)
        hint.setProperty("muted", True)
        hint.setWordWrap(True)
        head = QHBoxLayout()
        head.setSpacing(_MARGIN)
        head.addWidget(self._choice)
        head.addWidget(hint, 1)

        column = QVBoxLayout(self._layers)
        column.setContentsMargins(2, 2, 12, 2)
        column.setSpacing(8)
        for number, (title, grid) in enumerate(zip(self._titles, self._grids, strict=True)):
            title.setProperty("heading", True)
            grid.setObjectName(f"feature_grid_{number}")
            column.addWidget(title)
            column.addWidget(grid)
            column.addSpacing(12)
        column.addStretch(1)
        self._scroll = _scrolling(self._layers)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its grids take the keys
        self._detail_scroll = _scrolling(self._detail)
        self._detail_scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._detail_scroll.setFixedWidth(_DETAIL + 2 * _MARGIN)
        self._empty.setProperty("muted", True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._empty.setWordWrap(True)

        parts = QHBoxLayout()
        parts.setSpacing(_MARGIN)
        parts.addWidget(self._scroll, 1)
        parts.addWidget(self._empty, 1)
        parts.addWidget(self._detail_scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addLayout(parts, 1)

    # -- Qt

    def sizeHint(self) -> QSize:
        """Return a size at which sixteen maps stand beside each other."""
        return QSize(17 * (TILE + GAP) + _DETAIL + 6 * _MARGIN, 700)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Tell that nothing more is to be shown."""
        super().closeEvent(event)
        self.closed.emit()


def _scrolling(content: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(content)
    area.setWidgetResizable(True)
    # The area's own background, or the content would be as light as a card.
    area.viewport().setAutoFillBackground(False)
    content.setAutoFillBackground(False)
    return area
