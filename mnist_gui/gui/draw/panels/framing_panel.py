"""Panel that shows the steps of framing, and what the models would predict without it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QStackedLayout, QVBoxLayout, QWidget

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import INK_SIDE, MIDDLE, STROKE_WIDTH, Framing, StrokeChange
from mnist_gui.digits.picture import Picture
from mnist_gui.digits.reading_steps import StepName
from mnist_gui.gui.draw.canvas.canvas_content import UNITS, description
from mnist_gui.gui.draw.panels.framing_step import (
    MIN_SIDE,
    PEN_WIDTH,
    FrameStep,
    FramingStep,
    ImageStep,
    InkStep,
    PredictedStep,
)
from mnist_gui.gui.widgets.form_controls import muted

NOTHING_YET = "Draw a digit to see how its ink becomes what the models see."
MNIST_FRAME = "Already a frame as MNIST has them: shown to the models as it is."
DRAWINGS_ONLY = "What it would be without framing is shown for drawings only."
INK_FOUND = "found"

_WHY_STROKES = "The ink as it is on the canvas: anywhere, of any size, with any pen."
# Caption, what was done, and why, of each step of reading a picture.
_READING: dict[StepName, tuple[str, str, str]] = {
    "picture": ("File", "as it is", "The picture as it is in the file, turned upright."),
    "edges": ("Edges", "cut off", "A frame, the dark edge of a scan or a bar along a side is no ink: it is cut off."),
    "colour": ("Colour", "in grey", "The ink is as light as the paper: it is found by its colour."),
    "light": ("Light", "made even", "Paper under a lamp or in a shadow is made equally light: only ink stays dark."),
    "boxes": ("Boxes", "removed", "A box that is printed around the digit is no ink: it is removed."),
    "rulings": ("Rulings", "removed", "Lines that run through the page are no ink: they are removed, strokes stay."),
    "holes": ("Holes", "removed", "A hole punched into the paper is no ink: it is rounder and wider than any stroke."),
}
_WHY_INK = "Ink is what differs from the paper, whose shade is the most frequent one. Its colour no longer matters."
_WHY_WIDTH = (
    "Strokes that are thinner or wider than nearly all of MNIST's would fade or clog when they are scaled: they are "
    "brought to a width that the models know. Widths are in pixels of the frame."
)
_WHY_PEAK = "The strongest ink is brought to full strength, as in every digit that the models learned from."
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
_FULL_PEAK = 0.99  # the strongest ink that needs no normalising


class FramingPanel(QWidget):
    """The steps from ink to frame and, set apart, the canvas merely shrunk with the models' predictions for it.

    Attributes
    ----------
    reading
        Steps from a picture file to its ink, by their names. Only those that changed something are shown.
    strokes, box, width_step, peak, scaled, centred, unframed
        The other steps; `width_step` and `peak` are shown only if they changed something.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("framing_panel")
        self._content: Content = Drawing()
        self._strokes: StrokeChange | None = None
        self._is_frame = False  # of MNIST, which is not framed again
        self._has_unframed = False
        self.reading = {name: ImageStep(caption, reason) for name, (caption, _, reason) in _READING.items()}
        self.strokes = InkStep("Strokes", _WHY_STROKES)
        self.box = InkStep("Box", _WHY_BOX)
        self.width_step = InkStep("Stroke width", _WHY_WIDTH)
        self.peak = InkStep("Strength", _WHY_PEAK)
        self.scaled = FrameStep(f"{INK_SIDE}×{INK_SIDE}", _WHY_SCALED)
        self.centred = FrameStep(f"{FRAME_SIDE}×{FRAME_SIDE}", _WHY_CENTRED)
        self.unframed = PredictedStep("Without framing, read as", _WHY_UNFRAMED)
        self._framing = (self.strokes, self.box, self.width_step, self.peak, self.scaled, self.centred)
        self._arrows = {step: muted("→") for step in (*self.reading.values(), *self._framing)}
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
        self._content, self._strokes = content, framing.strokes
        self._is_frame = isinstance(content, Picture) and np.array_equal(content.ink, framing.frame)
        left, top, right, bottom = framing.box
        box = QRectF(left, top, right - left, bottom - top)
        pen = STROKE_WIDTH if isinstance(content, Drawing) else 0.0  # added to the box of the points
        width, height = box.width(), box.height()
        if framing.strokes is not None:
            height, width = framing.strokes.ink.shape
        size = f"ink {width * framing.scale + pen:.0f}×{height * framing.scale + pen:.0f}"
        if isinstance(content, Drawing):
            box.adjust(-PEN_WIDTH / 2, -PEN_WIDTH / 2, PEN_WIDTH / 2, PEN_WIDTH / 2)
            measure = f"{box.width() / canvas_side * 100:.0f}×{box.height() / canvas_side * 100:.0f}\u00a0%"
        else:
            measure = f"{box.width():.0f}×{box.height():.0f}"
        caption = "Strokes" if isinstance(content, Drawing) else "Ink" if self._reading_steps else "Picture"
        self.strokes.set_reason(_WHY_INK if self._reading_steps else _WHY_STROKES)
        found = INK_FOUND if self._reading_steps else description(content)
        self.strokes.show_ink(content, canvas_side, caption, found)
        if isinstance(content, Picture):
            for step in content.steps:
                self.reading[step.name].show_image(step.image, _READING[step.name][1])
        if framing.strokes is not None:
            self._show_strokes(framing.strokes)
        self.box.show_ink(content, canvas_side, "Box", measure, box)
        # The 20x20 box on the frame; indices are centres of pixels.
        corner = MIDDLE + 0.5 - INK_SIDE / 2
        moved = QRectF(corner + framing.shift[0], corner + framing.shift[1], INK_SIDE, INK_SIDE)
        self.scaled.show_frame(framing.frame, size, window=moved, box=moved)
        self.centred.show_frame(framing.frame, "centred", box=None if self._is_frame else moved, marks_middle=True)
        self._pages.setCurrentIndex(1)
        self._arrange()

    def set_names(self, names: Mapping[int, str]) -> None:
        """Set the titles of the runs by place."""
        self.unframed.set_names(names)

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
            Digit and confidence by place.
        framed
            Digit predicted for the framed content, by place.
        """
        self._has_unframed = frame is not None
        if frame is not None:
            self.unframed.show_frame(frame, "")
            self.unframed.show_predictions(predictions, framed)
        self._arrange()

    def _row_of_steps(self) -> QWidget:
        row = self._row = QHBoxLayout()
        row.setSpacing(_GAP)
        for step, arrow in self._arrows.items():
            row.addWidget(arrow)
            row.addWidget(step)
        row.addWidget(self._rule)
        row.addStretch(0)
        self._second_row = QHBoxLayout()
        self._second_row.setSpacing(_GAP)
        self._second_row.addWidget(self.unframed)
        self._second_row.addWidget(self._note, 1)
        self._second_row.addStretch(0)
        self._rows = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._rows.setSpacing(_GAP)
        self._rows.addLayout(row)
        self._rows.addLayout(self._second_row, 1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self._rows)
        column.addStretch(1)
        return page

    def _show_strokes(self, strokes: StrokeChange) -> None:
        ink = Picture(np.pad(strokes.ink, max(1, max(strokes.ink.shape) // 8)))
        widths = f"{strokes.before:.1f} → {strokes.after:.1f}\u00a0px"
        self.width_step.show_ink(ink, UNITS, self.width_step.caption, widths)
        self.peak.show_ink(ink, UNITS, self.peak.caption, f"{strokes.peak:.2f} → 1")

    @property
    def _reading_steps(self) -> list[FramingStep]:
        """The steps of reading that changed something, after the picture itself."""
        steps = self._content.steps if isinstance(self._content, Picture) and not self._is_frame else ()
        return [self.reading[step.name] for step in steps]

    @property
    def _steps(self) -> list[FramingStep]:
        """The visible steps."""
        if self._is_frame:
            return [self.strokes, self.centred]
        steps = [*self._reading_steps, self.strokes, self.box]
        if self._strokes is not None:
            steps.append(self.width_step)
            if self._strokes.peak < _FULL_PEAK:
                steps.append(self.peak)
        steps += [self.scaled, self.centred]
        return [*steps, self.unframed] if self._has_unframed else steps

    def _arrange(self) -> None:
        """Show the steps of the content, as large as they fit."""
        steps = self._steps
        for step, arrow in self._arrows.items():
            step.setVisible(step in steps)
            arrow.setVisible(step in steps[1:])
        self.unframed.setVisible(self.unframed in steps)
        is_picture = isinstance(self._content, Picture)
        has_note = is_picture and not self._reading_steps
        self._note.setText(MNIST_FRAME if self._is_frame else DRAWINGS_ONLY if has_note else "")
        self._note.setMinimumWidth(self.fontMetrics().horizontalAdvance(DRAWINGS_ONLY) // 3)  # three lines or four
        self._note.setVisible(has_note)
        has_second = has_note or self._has_unframed
        for is_brief in (False, True):
            self.unframed.set_brief(is_brief)
            is_wrapped = has_second and self._one_row_width(MIN_SIDE) > self.width()
            if not is_wrapped:
                break
        self.unframed.set_brief(is_brief and not is_wrapped)  # a row of its own has room for words
        self._rule.setVisible(has_second and not is_wrapped)
        directions = QBoxLayout.Direction
        self._rows.setDirection(directions.TopToBottom if is_wrapped else directions.LeftToRight)
        width_at = self._two_rows_width if is_wrapped else self._one_row_width
        for side in range(_MAX_SIDE, MIN_SIDE - 1, -2):
            if self._height_at(side) <= self.height() and width_at(side) <= self.width():
                break
        for step in (*self._arrows, self.unframed):
            step.set_side(side)
        self.updateGeometry()  # the height follows from the rows

    def _height_at(self, side: int) -> int:
        """Return the height in pixels for pictures of that side."""
        height = self.strokes.height_at(side)
        is_wrapped = self._rows.direction() == QBoxLayout.Direction.TopToBottom
        return 2 * height + _GAP if is_wrapped else height

    def _one_row_width(self, side: int) -> int:
        """Return the width in pixels of all visible widgets in one row, for pictures of that side."""
        steps, others = self._row_widths(side)
        return steps + (self._rule.width() + _GAP + others if others else 0)

    def _two_rows_width(self, side: int) -> int:
        """Return the width in pixels of the wider row, for pictures of that side."""
        return max(self._row_widths(side))

    def _row_widths(self, side: int) -> tuple[int, int]:
        """Return the widths in pixels of the steps, and of what is set apart from them, for pictures of that side."""
        steps = [step.width_at(side) for step in self._steps if step is not self.unframed]
        steps += [arrow.sizeHint().width() for arrow in self._arrows.values() if not arrow.isHidden()]
        others = [self.unframed.width_at(side)] if self._has_unframed else []
        others += [] if self._note.isHidden() else [self._note.minimumWidth()]
        return sum(steps) + _GAP * len(steps), sum(others) + _GAP * len(others)

    # -- Qt

    def minimumSizeHint(self) -> QSize:
        return QSize(self._two_rows_width(MIN_SIDE), self._height_at(MIN_SIDE))

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
