"""Preview of the augmentation on sixteen digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRect, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QHideEvent, QImage, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from mnist_gui.digits.augmentation import augment
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.form_controls import muted
from mnist_gui.gui.widgets.gray_image import gray_image

SIDE = 4  # digits in a row, and rows
COUNT = SIDE * SIDE
GAP = 4  # pixels between digits
MIN_SCALE = 2  # screen pixels for one pixel of a frame
INTERVAL = 1000  # milliseconds
WAITING = "Sixteen training digits appear here once the data is loaded."
UNALTERED = "Frames stay as they are."
ALTERED = "Sixteen training frames as a model meets them: altered again each time."

Frames = NDArray[np.float32]


class AugmentationPreview(QWidget):
    """Sixteen digits, augmented again every second while they are visible and the window is active."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames: Frames | None = None
        self._labels: NDArray[np.integer] = np.zeros(0, np.uint8)
        self._strength = 0.0
        self._round = 0
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._on_timeout)
        self._mosaic = _Mosaic()
        self._caption = muted(name="altered_caption")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._mosaic)
        layout.addWidget(self._caption)
        self._show_digits()

    @property
    def frames(self) -> Frames | None:
        """The (N, 28, 28) frames that are shown; None before `set_digits`."""
        return self._mosaic.frames

    def set_digits(self, frames: Frames, labels: NDArray[np.integer]) -> None:
        """Set the digits; the first sixteen are shown.

        Parameters
        ----------
        frames
            (N, 28, 28) in [0, 1], ink high.
        labels
            (N,) digits 0 to 9.

        Raises
        ------
        ValueError
            The shapes are different.
        """
        if frames.shape[1:] != (FRAME_SIDE, FRAME_SIDE) or labels.shape != frames.shape[:1] or not len(frames):
            raise ValueError(
                f"the frames have shape {frames.shape} and the labels {labels.shape}; "
                f"give frames of shape (N, {FRAME_SIDE}, {FRAME_SIDE}) and labels of shape (N,), N at least 1."
            )
        self._frames, self._labels = frames[:COUNT].astype(np.float32), labels[:COUNT].copy()
        self._show_digits()

    def set_strength(self, strength: float) -> None:
        """Set the strength of the augmentation, from 0 (none) to 2; 1 is usual."""
        self._strength = strength
        # In the same round, so that each digit changes by the strength alone.
        self._show_digits()

    def _show_digits(self) -> None:
        if self._frames is None:
            caption = WAITING
        else:
            caption = ALTERED if self._strength > 0 else UNALTERED
            digits = ", ".join(str(label) for label in self._labels)
            self._mosaic.setAccessibleDescription(f"{digits}; strength {self._strength:g}. {caption}")
            self._render(self._frames)
        self._caption.setText(caption)
        self._update_timer()

    def _render(self, frames: Frames) -> None:
        rng = np.random.default_rng(self._round)
        self._mosaic.set_frames(augment(frames, self._labels, self._strength, rng))

    def _on_timeout(self) -> None:
        if self._frames is not None:
            self._round += 1
            self._render(self._frames)

    def _update_timer(self) -> None:
        runs = self.isVisible() and self.isActiveWindow() and self._frames is not None and self._strength > 0
        if not runs:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    # -- Qt

    def event(self, event: QEvent) -> bool:
        handled = super().event(event)
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate):
            self._update_timer()
        return handled

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._update_timer()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()  # a minimized window is hidden too, but still visible to `isVisible`


class _Mosaic(QWidget):
    """Four rows of four frames, white on black in every theme, as large as the width allows."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: Frames | None = None
        self._images: list[QImage] = []
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setObjectName("altered_digits")
        self.setAccessibleName("Altered digits")
        self.setAccessibleDescription("nothing yet")

    def set_frames(self, frames: Frames) -> None:
        """Show (N, 28, 28) frames in [0, 1], at most sixteen."""
        self.frames = frames
        self._images = [gray_image(frame) for frame in frames]
        self.update()

    def _tile(self, index: int) -> QRect:
        side = (self.width() - (SIDE - 1) * GAP) // SIDE
        row, column = divmod(index, SIDE)
        return QRect(column * (side + GAP), row * (side + GAP), side, side)

    # -- Qt

    def sizeHint(self) -> QSize:
        side = SIDE * FRAME_SIDE * MIN_SCALE + (SIDE - 1) * GAP
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def heightForWidth(self, width: int) -> int:
        return width

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = colors_of(self)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setPen(QPen(QColor(colors.border), 1))
            for index in range(COUNT):
                tile = self._tile(index)
                painter.fillRect(tile, Qt.GlobalColor.black if self._images else QColor(colors.grid))
                if index < len(self._images):
                    painter.drawImage(tile, self._images[index])
                painter.drawRect(tile.adjusted(0, 0, -1, -1))
