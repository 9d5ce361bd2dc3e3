"""What augmentation does to digits, seen before it is used."""

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

SIDE = 4  # digits in a row, and rows
COUNT = SIDE * SIDE
GAP = 4  # pixels between digits
LEAST_SCALE = 2  # pixels to a side of a frame's pixel; the column gives a little more
INTERVAL = 1000  # milliseconds
WAITING = "Sixteen training digits appear here once the data is loaded."
UNALTERED = "Frames stay as they are."
ALTERED = "Sixteen training frames as a model meets them: altered anew each time."

Frames = NDArray[np.float32]


class AugmentationPreview(QWidget):
    """Sixteen digits, altered anew every second while they can be seen and the window is in use."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frames: Frames | None = None
        self._labels: NDArray[np.integer] = np.zeros(0, np.uint8)
        self._strength = 0.0
        self._draw = 0
        self._timer = QTimer(self)
        self._timer.setInterval(INTERVAL)
        self._timer.timeout.connect(self._draw_anew)
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
        """Return the (N, 28, 28) frames as they are shown now, or None where there are none yet."""
        return self._mosaic.frames

    def set_digits(self, frames: Frames, labels: NDArray[np.integer]) -> None:
        """Alter these from now on, the first sixteen of them.

        Parameters
        ----------
        frames
            (N, 28, 28) in [0, 1], ink high.
        labels
            (N,) digits 0 to 9.

        Raises
        ------
        ValueError
            The shapes are not those.
        """
        if frames.shape[1:] != (FRAME_SIDE, FRAME_SIDE) or labels.shape != frames.shape[:1] or not len(frames):
            raise ValueError(
                f"the frames have shape {frames.shape} and the labels {labels.shape}; "
                f"give frames of shape (N, {FRAME_SIDE}, {FRAME_SIDE}) and labels of shape (N,), N at least 1."
            )
        self._frames, self._labels = frames[:COUNT].astype(np.float32), labels[:COUNT].copy()
        self._show_digits()

    def set_strength(self, strength: float) -> None:
        """Alter by so much, from 0 (not at all) to 2; 1 is usual."""
        self._strength = strength
        # The same draw as before: each digit is seen to change more or less of the same way.
        self._show_digits()

    def _show_digits(self) -> None:
        if self._frames is None:
            said = WAITING
        else:
            said = ALTERED if self._strength > 0 else UNALTERED
            digits = ", ".join(str(label) for label in self._labels)
            self._mosaic.setAccessibleDescription(f"{digits}; strength {self._strength:g}. {said}")
            self._render(self._frames)
        self._caption.setText(said)
        self._run_or_rest()

    def _render(self, frames: Frames) -> None:
        rng = np.random.default_rng(self._draw)
        self._mosaic.set_frames(augment(frames, self._labels, self._strength, rng))

    def _draw_anew(self) -> None:
        if self._frames is not None:
            self._draw += 1
            self._render(self._frames)

    def _run_or_rest(self) -> None:
        wanted = self.isVisible() and self.isActiveWindow() and self._frames is not None and self._strength > 0
        if not wanted:
            self._timer.stop()
        elif not self._timer.isActive():
            self._timer.start()

    # -- Qt

    def event(self, event: QEvent) -> bool:
        """Rest while another window is in use."""
        handled = super().event(event)
        if event.type() in (QEvent.Type.WindowActivate, QEvent.Type.WindowDeactivate):
            self._run_or_rest()
        return handled

    def showEvent(self, event: QShowEvent) -> None:
        """Go on."""
        super().showEvent(event)
        self._run_or_rest()

    def hideEvent(self, event: QHideEvent) -> None:
        """Rest: also in a minimized window, which still calls itself visible."""
        super().hideEvent(event)
        self._timer.stop()


class _Mosaic(QWidget):
    """Four rows of four frames, white on black whatever the theme, as large as the width allows."""

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
        """Show these (N, 28, 28) frames in [0, 1], N at most sixteen."""
        self.frames = frames
        grey = np.rint(np.clip(frames, 0, 1) * 255).astype(np.uint8)
        # Copied, since an image does not keep the memory that it is made of.
        side, kind = FRAME_SIDE, QImage.Format.Format_Grayscale8
        self._images = [QImage(each.tobytes(), side, side, side, kind).copy() for each in grey]
        self.update()

    def _place(self, index: int) -> QRect:
        """Return where a digit is painted."""
        side = (self.width() - (SIDE - 1) * GAP) // SIDE
        row, column = divmod(index, SIDE)
        return QRect(column * (side + GAP), row * (side + GAP), side, side)

    # -- Qt

    def sizeHint(self) -> QSize:
        """Return the least size at which digits are readable."""
        side = SIDE * FRAME_SIDE * LEAST_SCALE + (SIDE - 1) * GAP
        return QSize(side, side)

    def minimumSizeHint(self) -> QSize:
        """Return the same."""
        return self.sizeHint()

    def heightForWidth(self, width: int) -> int:
        """Stay square."""
        return width

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the digits, or their empty places."""
        colors = colors_of(self)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.setPen(QPen(QColor(colors.border), 1))
            for index in range(COUNT):
                place = self._place(index)
                painter.fillRect(place, Qt.GlobalColor.black if self._images else QColor(colors.grid))
                if index < len(self._images):
                    painter.drawImage(place, self._images[index])
                painter.drawRect(place.adjusted(0, 0, -1, -1))
