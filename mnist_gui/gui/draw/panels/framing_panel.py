"""Panel that shows the steps of framing, and what the models would predict without it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import INK_SIDE, MIDDLE, STROKE_WIDTH, Framing
from mnist_gui.digits.picture import Picture
from mnist_gui.gui.draw.canvas.canvas_content import UNITS, description
from mnist_gui.gui.draw.panels.framing_step import MIN_SIDE, PEN_WIDTH, FrameStep, FramingStep, InkStep, PredictedStep
from mnist_gui.gui.widgets.form_controls import muted

NOTHING_YET = "Draw a digit to see how its ink becomes what the models see."
MNIST_FRAME = "Already a frame as MNIST has them: shown to the models as it is."
DRAWINGS_ONLY = "What it would be without framing is shown for drawings only."

_WHY_STROKES = "The ink as it is on the canvas: anywhere, of any size, with any pen."
_WHY_BOX = "The smallest box around all the ink: where it lies and how large it is will not matter any more."
_WHY_SCALED = (
    "The box is scaled until its longest side is 20 pixels, its proportions kept and its edges softened: so MNIST was "
    "made, and the models know digits of no other size."
)
_WHY_CENTRED = (
    "The ink's centre of mass goes to row 14, column 14, the middle, as in every digit that the models learned from. "
    "This is what they see."
)
_WHY_UNFRAMED = (
    "The canvas merely shrunk to 28×28 pixels: the digit keeps its place and its size, and the models learned from "
    "nothing like it."
)
_GAP = 4
_MAX_SIDE = 200


class FramingPanel(QWidget):
    """The four steps from ink to frame and, set apart, the canvas merely shrunk with the models' predictions for it.

    Attributes
    ----------
    strokes, box, scaled, centred, unframed
        The steps.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("framing_panel")
        self._content: Content = Drawing()
        self._is_frame = False  # of MNIST, which is not framed again
        self._has_unframed = False
        self.strokes = InkStep("Strokes", _WHY_STROKES)
        self.box = InkStep("Box", _WHY_BOX)
        self.scaled = FrameStep(f"{INK_SIDE}×{INK_SIDE}", _WHY_SCALED)
        self.centred = FrameStep(f"{FRAME_SIDE}×{FRAME_SIDE}", _WHY_CENTRED)
        self.unframed = PredictedStep("Without framing", _WHY_UNFRAMED)
        self._arrows = [muted("→") for _ in range(3)]
        self._rule = QFrame(frameShape=QFrame.Shape.VLine, frameShadow=QFrame.Shadow.Sunken)
        self._rule.setFixedWidth(2 * _GAP)
        self._note = muted("")
        self._sentence = muted(NOTHING_YET)
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._pages = _Pages(self)
        # By default the layout would keep a window from becoming smaller than the current pictures.
        self._pages.setSizeConstraint(QStackedLayout.SizeConstraint.SetNoConstraint)
        self._pages.addWidget(self._sentence)
        self._pages.addWidget(self._row_of_steps())
        self._arrange()

    @property
    def sentence(self) -> str:
        """Text instead of the steps, or beside them; may be empty."""
        return (self._note if self._pages.currentIndex() else self._sentence).text()

    def set_empty(self, sentence: str = NOTHING_YET) -> None:
        """Show a sentence instead of the steps."""
        self._sentence.setText(sentence)
        self._pages.setCurrentIndex(0)

    def set_steps(self, content: Content, framing: Framing, canvas_side: float = UNITS) -> None:
        """Show how content was framed.

        Parameters
        ----------
        content
            The framed content; not blank.
        framing
            Its framing, as returned by `mnist_gui.digits.framing.framing_of`.
        canvas_side
            Side of the canvas in the drawing's units.
        """
        self._content = content
        self._is_frame = isinstance(content, Picture) and np.array_equal(content.ink, framing.frame)
        left, top, right, bottom = framing.box
        box = QRectF(left, top, right - left, bottom - top)
        pen = STROKE_WIDTH if isinstance(content, Drawing) else 0.0  # added to the box of the points
        size = f"ink {box.width() * framing.scale + pen:.0f}×{box.height() * framing.scale + pen:.0f}"
        if isinstance(content, Drawing):
            box.adjust(-PEN_WIDTH / 2, -PEN_WIDTH / 2, PEN_WIDTH / 2, PEN_WIDTH / 2)
            measure = f"{box.width() / canvas_side * 100:.0f}×{box.height() / canvas_side * 100:.0f}\u00a0%"
        else:
            measure = f"{box.width():.0f}×{box.height():.0f}"
        self.strokes.show_ink(
            content, canvas_side, "Strokes" if isinstance(content, Drawing) else "Picture", description(content)
        )
        self.box.show_ink(content, canvas_side, "Box", measure, box)
        # The 20x20 box on the frame; indices are centres of pixels.
        corner = MIDDLE + 0.5 - INK_SIDE / 2
        moved = QRectF(corner + framing.shift[0], corner + framing.shift[1], INK_SIDE, INK_SIDE)
        self.scaled.show_frame(framing.frame, size, window=moved, box=moved)
        self.centred.show_frame(framing.frame, "centred", box=None if self._is_frame else moved, marks_middle=True)
        self._pages.setCurrentIndex(1)
        self._arrange()

    def set_unframed(
        self,
        frame: NDArray[np.float32] | None,
        predictions: Mapping[int, tuple[int, float]],
        framed: Mapping[int, int],
    ) -> None:
        """Show the canvas merely shrunk, with the models' predictions for it.

        Parameters
        ----------
        frame
            (28, 28) in [0, 1], as returned by `mnist_gui.digits.framing.downscale_canvas`; None for pictures.
        predictions
            Digit and confidence by model.
        framed
            Digit predicted for the framed content, by model.
        """
        self._has_unframed = frame is not None
        if frame is not None:
            self.unframed.show_frame(frame, "")
            self.unframed.show_predictions(predictions, framed)
        self._arrange()

    def _row_of_steps(self) -> QWidget:
        row = self._row = QHBoxLayout()
        row.setSpacing(_GAP)
        steps = (self.strokes, self._arrows[0], self.box, self._arrows[1], self.scaled, self._arrows[2], self.centred)
        for widget in (*steps, self._rule, self.unframed):
            row.addWidget(widget)
        row.addWidget(self._note, 1)
        row.addStretch(0)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row)
        column.addStretch(1)
        return page

    @property
    def _steps(self) -> list[FramingStep]:
        """The visible steps."""
        if self._is_frame:
            return [self.strokes, self.centred]
        steps = [self.strokes, self.box, self.scaled, self.centred]
        return [*steps, self.unframed] if self._has_unframed else steps

    def _arrange(self) -> None:
        """Show the steps of the content, as large as they fit."""
        for widget in (self.box, self.scaled, *self._arrows[:2]):
            widget.setHidden(self._is_frame)
        self.unframed.setVisible(self.unframed in self._steps)
        is_picture = isinstance(self._content, Picture)
        self._note.setText(MNIST_FRAME if self._is_frame else DRAWINGS_ONLY if is_picture else "")
        self._note.setMinimumWidth(self.fontMetrics().horizontalAdvance(DRAWINGS_ONLY) // 3)  # three lines or four
        self._note.setVisible(is_picture)
        self._rule.setVisible(is_picture or self._has_unframed)
        for side in range(_MAX_SIDE, MIN_SIDE - 1, -2):
            if self.strokes.height_at(side) <= self.height() and self._width_at(side) <= self.width():
                break
        for step in (self.strokes, self.box, self.scaled, self.centred, self.unframed):
            step.set_side(side)

    def _width_at(self, side: int) -> int:
        """Return the width in pixels of all visible widgets for pictures of that side."""
        arrows = self._arrows[len(self._arrows) - 1 if self._is_frame else 0 :]
        others = [arrow.sizeHint().width() for arrow in arrows]
        if not self._rule.isHidden():
            others.append(self._rule.width())
        if not self._note.isHidden():
            others.append(self._note.minimumWidth())
        widths = [step.width_at(side) for step in self._steps] + others
        return sum(widths) + _GAP * len(widths)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width_at(MIN_SIDE), self.strokes.height_at(MIN_SIDE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._arrange()


class _Pages(QStackedLayout):
    """Pages whose height does not depend on the width: a scroll area would give the steps more height than needed."""

    # -- Qt

    def hasHeightForWidth(self) -> bool:
        return False
