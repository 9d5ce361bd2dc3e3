"""A value of the network spelled out: inputs times weights, their sum, the bias, and what follows."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.analysis.network_sum import ValueSum
from mnist_gui.gui.draw.network.map_grid import levels_of, signed_levels_of
from mnist_gui.gui.draw.network.network_words import (
    LONGEST_PLACE,
    LONGEST_SUM,
    LayerWords,
    number,
    place_words,
    sum_words,
)
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.form_controls import heading, muted, reserve_height
from mnist_gui.gui.widgets.gray_image import gray_image
from mnist_gui.gui.widgets.heat_map import cividis_image
from mnist_gui.gui.widgets.plain_text import tool_tip
from mnist_gui.models.inspection.network_layers import Array, NetworkLayer

_LEAST_TEXT = 0.6  # of the usual text size; smaller numbers are left out
_CENTER = Qt.AlignmentFlag.AlignCenter


class SumPanel(QWidget):
    """Title, the grids of inputs, weights and products, and the sum in words."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("network_sum")
        self._title = heading(name="network_sum_title")
        self._picture = SumPicture()
        self._words = muted(name="network_sum_words")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for widget in (self._title, self._picture, self._words):
            layout.addWidget(widget)
        layout.addStretch(1)

    @property
    def text(self) -> str:
        """The whole text."""
        return "\n".join(filter(None, (self._title.text(), self._words.text())))

    def set_picture_height(self, height: int) -> None:
        """Give the grids this height in pixels."""
        self._picture.setFixedHeight(height)

    def show_sum(self, layer: NetworkLayer, words: LayerWords, found: ValueSum, *, is_off: bool) -> None:
        """Show the arithmetic of a value of a layer, whose filter may be off."""
        self._title.setText(place_words(words, layer, found.place))
        self._words.setText(sum_words(layer, found, is_off=is_off))
        self._picture.set_sum(found, is_of_frame=layer.reads_frame)

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        reserve_height(self._title, LONGEST_PLACE, self.width())
        reserve_height(self._words, LONGEST_SUM, self.width())


class SumPicture(QWidget):
    """Grids of inputs, weights and products, with numbers where they fit."""

    def __init__(self) -> None:
        super().__init__()
        self._sum: ValueSum | None = None
        self._is_of_frame = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setToolTip(
            tool_tip("Inputs × weights = products. Of the weights and products, the middle colour is zero.")
        )

    def set_sum(self, found: ValueSum, *, is_of_frame: bool) -> None:
        """Show another value's arithmetic; inputs of the frame are grey, as the frame is."""
        self._sum, self._is_of_frame = found, is_of_frame
        self.update()

    def _grids(self) -> list[tuple[str, Array, QImage]]:
        """Return the sign before each grid, its numbers and its colours."""
        found = self._sum
        if found is None or found.inputs is None:
            return []
        inputs = np.ascontiguousarray(found.inputs)
        if self._is_of_frame:
            low = min(float(inputs.min()), 0.0)
            picture = gray_image((inputs - low) / max(found.peak - low, 1e-9))
        elif inputs.min() < 0:
            picture = cividis_image(signed_levels_of(inputs, float(np.abs(inputs).max())))
        else:
            picture = cividis_image(levels_of(inputs, float(inputs.max())))
        grids = [("", inputs, picture)]
        if found.weights is not None:
            for sign, values in (("×", np.ascontiguousarray(found.weights)), ("=", inputs * found.weights)):
                peak = max(float(np.abs(values).max()), 1e-9)
                grids.append((sign, values, cividis_image(signed_levels_of(values, peak))))
        return grids

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * self.fontMetrics().height(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        grids = self._grids()
        sign_width = 1.6 * self.fontMetrics().height()
        side = min(self.height() - 1.0, (self.width() - 2 * sign_width) / 3 - 1)
        left = 0.0
        with QPainter(self) as painter:
            for sign, values, picture in grids:
                if sign:
                    painter.setPen(QColor(colors_of(self).text))
                    painter.drawText(QRectF(left, 0, sign_width, side), _CENTER, sign)
                    left += sign_width
                area = QRectF(left, 0, side, side)
                # Qt takes ten times longer to enlarge gray levels and colour tables than colours.
                painter.drawImage(area, picture.convertToFormat(QImage.Format.Format_RGB32))
                painter.setPen(QColor(colors_of(self).border))
                painter.drawRect(area)
                self._paint_numbers(painter, area, values, picture)
                left += side

    def _paint_numbers(self, painter: QPainter, area: QRectF, values: Array, picture: QImage) -> None:
        rows, columns = values.shape
        width, height = area.width() / columns, area.height() / rows
        scale = min(width / self.fontMetrics().horizontalAdvance("−0.000"), 1.0)
        if scale < _LEAST_TEXT:
            return
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * scale)
        painter.setFont(font)
        for row, column in np.ndindex(values.shape):
            is_light = picture.pixelColor(column, row).lightness() > 110
            painter.setPen(Qt.GlobalColor.black if is_light else Qt.GlobalColor.white)
            place = QRectF(area.left() + column * width, area.top() + row * height, width, height)
            painter.drawText(place, _CENTER, number(float(values[row, column])))
        painter.setFont(self.font())
