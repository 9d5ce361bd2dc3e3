"""Labels that fit their text to their size: one that comes, goes or grows moves nothing."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip
from mnist_gui.wording import plain_lines

ELLIPSIS = "…"


def fitted_text(text: str, metrics: QFontMetrics, size: QSize) -> str:
    """Return a text that is wrapped between its words, or as much of its beginning as fits into a size in pixels."""
    if fits(text, metrics, size):
        return text
    # The first length that is too much; a length of 0 is just the ellipsis.
    too_long = bisect_left(
        range(1, len(text)), True, key=lambda length: not fits(text[:length].rstrip() + ELLIPSIS, metrics, size)
    )
    return text[:too_long].rstrip() + ELLIPSIS


def fits(text: str, metrics: QFontMetrics, size: QSize) -> bool:
    """Return whether a text that is wrapped between its words fits into a size in pixels."""
    needed = metrics.boundingRect(QRect(0, 0, size.width(), 1), Qt.TextFlag.TextWordWrap, text)
    return needed.width() <= size.width() and needed.height() <= size.height()


def scaled_font(font: QFont, scale: float) -> QFont:
    """Return a font of another size."""
    scaled = QFont(font)
    scaled.setPointSizeF(font.pointSizeF() * scale)
    return scaled


class FittingLabel(PlainLabel):
    """A label that fits what it shows to its size and font, in the method `_fit` of its subclass."""

    def _fit(self) -> None:
        raise NotImplementedError

    # -- Qt

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._fit()


class FittedLabel(FittingLabel):
    """Wraps its text in a fixed number of lines; of a longer text it shows the beginning, and all of it as tooltip.

    Parameters
    ----------
    lines
        Number of lines.
    """

    def __init__(self, lines: int, parent: QWidget | None = None) -> None:
        self._lines = lines
        self._text = self._details = ""
        super().__init__("", parent)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def set_lines(self, lines: int) -> None:
        """Change the number of lines."""
        self._lines = lines
        self.updateGeometry()
        self._fit()

    def set_details(self, details: str) -> None:
        """Set the tooltip, in place of the whole text of which only the beginning is shown; "" for that."""
        self._details = details
        self._fit()

    def _fit(self) -> None:
        shown = fitted_text(self._text, self.fontMetrics(), self.contentsRect().size()) if self._text else ""
        if shown != super().text():
            super().setText(shown)
        self.setToolTip(tool_tip(self._details or ("" if shown == self._text else self._text)))

    # -- Qt

    def text(self) -> str:
        """Return the whole text."""
        return self._text

    def setText(self, text: str) -> None:
        self._text = plain_lines(text)
        self._fit()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size for the whole text in one line, and the height of all lines."""
        metrics = self.fontMetrics()
        # A ✓ comes from another font, which is taller, and may reach beyond its bounds.
        needed = max(metrics.boundingRect(self._text).width(), metrics.horizontalAdvance(self._text))
        width = needed + 2 if self._text else 0
        return QSize(width, self._lines * metrics.lineSpacing() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(0, self.sizeHint().height())

    def hasHeightForWidth(self) -> bool:
        return False
