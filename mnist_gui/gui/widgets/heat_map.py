"""Where in a frame the evidence for a digit lies, in the colours of cividis."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.theme import MUTED_OPACITY, colors_of
from mnist_gui.paths import resources_folder

# Evidence against is hatched: any muted colour of its own would be taken for one of cividis', whose middle is grey.
HATCH = (176, 182, 192)
_HATCH_PERIOD = 16  # image pixels
_MIN_PEAK = 1.0  # nats: a map that is weaker all over stays pale, rather than have its noise made loud
_FINE = 8  # image pixels to a side of a frame's pixel, for smooth colours and a smooth outline
_MIN_SIDE = 2 * FRAME_SIDE
_PLACES = (
    ("top left", "top", "top right"),
    ("left side", "middle", "right side"),
    ("bottom left", "bottom", "bottom right"),
)
_BOUNDS = (0, 11, 17, FRAME_SIDE)  # of those: digits fill the middle 20 pixels


@cache
def cividis() -> NDArray[np.uint8]:
    """Return (256, 3) red, green and blue of the colour map: Nuñez, Anderton and Renslow, PLOS ONE 13(7), 2018."""
    # A file, since pyqtgraph, which has the colours too, takes longer to import than the window to open.
    return np.loadtxt(resources_folder() / "cividis.csv", np.uint8, delimiter=",")


def cividis_image(levels: NDArray[np.uint8]) -> QImage:
    """Return (height, width) levels as an image: 1 to 255 in the colours of cividis, 0 the caller's to choose."""
    height, width = levels.shape
    # Copied, since an image does not keep the memory that it is made of.
    image = QImage(levels.tobytes(), width, height, width, QImage.Format.Format_Indexed8).copy()
    image.setColorTable(_color_table())
    return image


@cache
def _color_table() -> list[int]:
    return [0, *(QColor(*color).rgb() for color in cividis()[1:].tolist())]


def region_of(evidence: NDArray[np.float32]) -> str:
    """Return the ninth of a (28, 28) map that holds most of the positive evidence: "top right".

    Empty if there is hardly any positive evidence, absolutely or compared with the negative evidence.
    """
    positive = np.maximum(evidence, 0)
    if positive.max() <= 0.1 * max(float(np.abs(evidence).max()), _MIN_PEAK):
        return ""
    parts = np.add.reduceat(np.add.reduceat(positive, _BOUNDS[:3], axis=0), _BOUNDS[:3], axis=1)
    row, column = divmod(int(parts.argmax()), 3)
    return _PLACES[row][column]


class HeatMap(QWidget):
    """The outline of the ink, over colours that say how much each place speaks for a digit.

    Bright: speaks for it. Dark blue: neither. Hatched: against. Each map has a scale of its own, up to its strongest
    evidence.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._image = QImage()
        self._muted = False
        self.setObjectName("heat_map")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setSizePolicy(policy)
        self.clear()

    @property
    def is_muted(self) -> bool:
        """Whether what is shown is of an earlier drawing."""
        return self._muted

    @property
    def is_empty(self) -> bool:
        """Whether there is no map."""
        return self._image.isNull()

    def set_map(self, evidence: NDArray[np.float32], frame: NDArray[np.float32], digit: int) -> None:
        """Show a (28, 28) map, positive where the frame, (28, 28) in [0, 1], speaks for the digit."""
        region = region_of(evidence)
        self.set_image(
            _picture_of(evidence, frame),
            f"most of the evidence for {digit}: {region}" if region else f"nothing in the drawing speaks for {digit}",
        )

    def set_image(self, image: QImage, description: str) -> None:
        """Show another square picture of a frame, and describe it to screen readers."""
        self._image = image
        self.setAccessibleDescription(description)
        self.update()

    def clear(self) -> None:
        """Show an empty place."""
        self._image = QImage()
        self.setAccessibleDescription("nothing yet")
        self.update()

    def set_muted(self, muted: bool) -> None:
        """Show that the map is of an earlier drawing."""
        if muted != self._muted:
            self._muted = muted
            self.update()

    # -- Qt

    def sizeHint(self) -> QSize:
        """Return a comfortable size."""
        return QSize(2 * _MIN_SIDE, 2 * _MIN_SIDE)

    def minimumSizeHint(self) -> QSize:
        """Return the least at which a digit is recognized."""
        return QSize(_MIN_SIDE, _MIN_SIDE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the map in the largest square there is room for."""
        side = min(self.width(), self.height()) - 1
        square = QRectF((self.width() - 1 - side) / 2 + 0.5, (self.height() - 1 - side) / 2 + 0.5, side, side)
        colors = colors_of(self)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            if self._image.isNull():
                painter.fillRect(square, QColor(colors.grid))
            else:
                painter.setOpacity(MUTED_OPACITY if self._muted else 1.0)
                painter.drawImage(square, self._image)
                painter.setOpacity(1.0)
            painter.setPen(QPen(QColor(colors.border), 1))
            painter.drawRect(square)


class EvidenceScale(QWidget):
    """Legend of the colours: "against", a bar, "for"."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("evidence_scale")
        self.setAccessibleName("Colours: what is hatched speaks against the digit, dark blue neither, yellow for it")
        self.setToolTip("How much the odds of the digit fall when the ink at this place is wiped away.")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    # -- Qt

    def sizeHint(self) -> QSize:
        """Return the size of its words and of the bar between them."""
        metrics = self.fontMetrics()
        words = metrics.horizontalAdvance("against") + metrics.horizontalAdvance("for")
        return QSize(words + 8 * metrics.averageCharWidth() + 55, metrics.height() + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the words and the bar."""
        metrics, colors = self.fontMetrics(), colors_of(self)
        gap, area = metrics.averageCharWidth(), QRectF(self.rect())
        left = metrics.horizontalAdvance("against") + gap
        bar = area.adjusted(left, 0, -metrics.horizontalAdvance("for") - gap, 0)
        bar = QRectF(bar.left(), bar.center().y() - 5, bar.width(), 10)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        for step in range(9):
            gradient.setColorAt(0.35 + 0.65 * step / 8, QColor(*cividis()[round(255 * step / 8)].tolist()))
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QColor(colors.muted))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignLeft, "against")
            painter.drawText(area, middle | Qt.AlignmentFlag.AlignRight, "for")
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(gradient)
            painter.drawRoundedRect(bar, 3, 3)
            painter.setPen(QPen(QColor(*HATCH), 1.5))
            lines = [QLineF(x + bar.height(), bar.top(), x, bar.bottom()) for x in np.linspace(*_hatched(bar), 4)]
            painter.drawLines(lines)


def _hatched(bar: QRectF) -> tuple[float, float]:
    """Return from where to where the lines of the scale's hatching begin."""
    return bar.left(), bar.left() + 0.35 * bar.width() - bar.height()


def _picture_of(evidence: NDArray[np.float32], frame: NDArray[np.float32]) -> QImage:
    """Return the map's colours with the ink's outline upon them, some times finer than the frame."""
    level = finer(evidence / max(float(evidence.max()), float(-evidence.min()), _MIN_PEAK))
    table = cividis().astype(np.float32)
    colours = table[np.rint(np.clip(level, 0, 1) * 255).astype(np.intp)]
    against = np.clip(-level, 0, 1)[..., None] * hatching()[..., None]
    colours = colours * (1 - against) + np.array(HATCH, np.float32) * against
    # White with a dark rim: seen on dark blue and on yellow.
    ink = finer(frame / max(float(frame.max()), 1e-6))
    edge = _distance_to_edge(ink)[..., None]
    colours = colours * np.clip(edge - 1.0, 0.25, 1)
    colours = colours + (255 - colours) * np.clip(2.0 - edge, 0, 1)
    return colour_image(colours)


def colour_image(colours: NDArray[np.float32]) -> QImage:
    """Return (height, width, 3) red, green and blue, 0 to 255, as an image."""
    height, width, _ = colours.shape
    # Copied, since an image does not keep the memory that it is made of.
    return QImage(colours.astype(np.uint8).tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()


@cache
def hatching() -> NDArray[np.bool_]:
    """Return (224, 224): where the lines are."""
    places = np.arange(FRAME_SIDE * _FINE)
    return (places[:, None] + places[None, :]) % _HATCH_PERIOD < _HATCH_PERIOD * 0.4


def _distance_to_edge(ink: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return about how many of its pixels each pixel of an ink in [0, 1] is away from where the ink is a half."""
    down, across = np.gradient(ink)
    return np.asarray(np.abs(ink - 0.5) / np.maximum(np.hypot(down, across), 0.02), np.float32)


def finer(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (28, 28) values as (224, 224), linear between the centres of the pixels."""
    weights = _finer_weights()
    return np.asarray(weights @ values @ weights.T, np.float32)


@cache
def _finer_weights() -> NDArray[np.float32]:
    places = (np.arange(FRAME_SIDE * _FINE) + 0.5) / _FINE - 0.5
    rows = [np.interp(places, np.arange(FRAME_SIDE), row) for row in np.eye(FRAME_SIDE)]
    return np.asarray(rows, np.float32).T
