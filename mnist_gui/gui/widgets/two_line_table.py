"""Tables whose rows have two lines: a figure, and a smaller second line below it."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontMetrics

SMALL = 0.88  # of the text's size
PADDING = 12  # px, the header's


def small(font: QFont) -> QFont:
    """Return the font of second lines."""
    smaller = QFont(font)
    smaller.setPointSizeF(font.pointSizeF() * SMALL)
    return smaller


def line_height(font: QFont) -> int:
    """Return the height of a run's line in pixels."""
    return QFontMetrics(font).height() + QFontMetrics(small(font)).height() + 14
