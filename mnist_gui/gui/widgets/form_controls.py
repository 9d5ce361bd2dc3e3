"""Labels, buttons and check boxes with object names, large enough to be clicked."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QSizePolicy, QWidget

from mnist_gui.gui.widgets.plain_text import PlainLabel, html_text, tool_tip

TARGET_HEIGHT = 32  # pixels, the minimum of anything that is clicked


def heading(text: str = "", name: str = "") -> PlainLabel:
    """Return a heading with this object name."""
    return _label(text, name, "heading")


def muted(text: str = "", name: str = "") -> PlainLabel:
    """Return a less important text with this object name."""
    return _label(text, name, "muted")


def rich_text(name: str) -> QLabel:
    """Return a label for selectable HTML with this object name."""
    label = QLabel()
    label.setObjectName(name)
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.RichText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return label


def paragraphs(sentences: Sequence[str]) -> str:
    """Return plain sentences as HTML, one below the other."""
    return "".join(f'<p style="margin: 0 0 4px 0">{html_text(sentence)}</p>' for sentence in sentences)


def reserve_height(label: QLabel, longest: str, width: int) -> None:
    """Make a wrapping label as tall as its longest text at this width: nothing below moves when the text changes."""
    room = QRect(0, 0, max(width, 1), 10_000)
    label.setMinimumHeight(label.fontMetrics().boundingRect(room, Qt.TextFlag.TextWordWrap, longest).height())


def set_own_style(widget: QWidget, declarations: str) -> None:
    """Give a widget declarations of a style sheet, which its tooltip and its children do not inherit; "" takes them."""
    style_sheet = f'[own_style="true"] {{ {declarations} }}' if declarations else ""
    if style_sheet != widget.styleSheet():
        widget.setProperty("own_style", True)
        widget.setStyleSheet(style_sheet)


def keep_size_when_hidden(*widgets: QWidget) -> None:
    """Keep the room of widgets that come and go."""
    for widget in widgets:
        policy = widget.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        widget.setSizePolicy(policy)


def push_button(text: str, name: str) -> QPushButton:
    """Return a button with this object name, as wide as its text."""
    button = QPushButton(text)
    button.setObjectName(name)
    button.setMinimumHeight(TARGET_HEIGHT)
    button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return button


def check_box(text: str, name: str, tip: str = "") -> QCheckBox:
    """Return a check box with this object name and tooltip, high enough to be hit."""
    box = QCheckBox(text)
    box.setObjectName(name)
    box.setMinimumHeight(TARGET_HEIGHT)
    box.setToolTip(tool_tip(tip))
    return box


def _label(text: str, name: str, kind: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setObjectName(name)
    label.setProperty(kind, True)
    label.setWordWrap(True)
    return label
