"""Finds widgets that are cut, covered or out of reach."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QLabel,
    QProgressBar,
    QScrollArea,
    QScrollBar,
    QSizePolicy,
    QWidget,
)

from mnist_gui.gui.widgets.fitted_label import FittedLabel

SLACK = 1  # pixels, of rounding


def faults(root: QWidget) -> list[str]:
    """Return a line for each visible widget below `root` that is cut, covered by a sibling or cannot be scrolled to."""
    widgets = [each for each in root.findChildren(QWidget) if each.isVisibleTo(root) and not _is_part_of_area(each)]
    found = [f"{name_of(each)}: {fault}" for each in widgets for fault in _faults_of(each, root)]
    for one, other in combinations(widgets, 2):
        if one.parentWidget() is other.parentWidget() and one.geometry().intersects(other.geometry()):
            found.append(f"{name_of(one)} and {name_of(other)} overlap: {one.geometry()} {other.geometry()}")
    return found


def cut_buttons(root: QWidget) -> list[str]:
    """Return a line for each button below `root` of which an edge shows only a part, though one can scroll to it.

    At usual sizes of window and text this is a fault: one does not scroll in a panel of a few lines.
    """
    buttons = (each for each in root.findChildren(QAbstractButton) if each.isVisibleTo(root))
    found = []
    for button in buttons:
        seen = button.visibleRegion().boundingRect()
        if not seen.isEmpty() and seen != button.rect():
            found.append(f"{name_of(button)}: of {button.rect()} only {seen} is seen")
    return found


def _faults_of(widget: QWidget, root: QWidget) -> Iterator[str]:
    if isinstance(widget, QLabel) and widget.text():
        yield from _label_faults(widget)
    elif isinstance(widget, QAbstractButton) and widget.text():
        needed = widget.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, widget.text())
        if needed.width() > widget.width() or needed.height() > widget.height():
            yield f"the text {widget.text()!r} needs {needed}, has {widget.size()}"
    # The style sheet gives those other sizes; an area scrolls.
    elif not isinstance(widget, QLabel | QAbstractButton | QProgressBar | QScrollArea):
        least = widget.minimumSizeHint()
        ignored = widget.sizePolicy().horizontalPolicy() == QSizePolicy.Policy.Ignored
        if (widget.width() < least.width() - SLACK and not ignored) or widget.height() < least.height() - SLACK:
            yield f"has {widget.size()}, needs at least {least}"
    yield from _unreachable(widget, root)


def _label_faults(label: QLabel) -> Iterator[str]:
    if isinstance(label, FittedLabel):
        if not label.toolTip() and label.sizeHint().width() > label.width() * 2:
            yield f"{label.text()!r} is left out"
    elif label.textFormat() == Qt.TextFormat.PlainText:
        flags = Qt.TextFlag.TextWordWrap if label.wordWrap() else Qt.TextFlag.TextExpandTabs
        area = label.contentsRect()
        needed = label.fontMetrics().boundingRect(QRect(0, 0, area.width(), 1), flags, label.text())
        if needed.width() > area.width() + SLACK or needed.height() > area.height() + SLACK:
            yield f"the text {label.text()!r} needs {needed.size()}, has {area.size()}"


def _unreachable(widget: QWidget, root: QWidget) -> Iterator[str]:
    """Yield where the widget leaves an ancestor that does not scroll to it."""
    below = widget
    while below is not root:
        parent = below.parentWidget()
        area = parent.parentWidget()
        if isinstance(area, QAbstractScrollArea) and parent is area.viewport():
            # The rest was checked by Qt: a bar reaches all of the content if it may appear.
            overflow = below.width() - parent.width(), below.height() - parent.height()
            bars = area.horizontalScrollBar(), area.verticalScrollBar()
            policies = area.horizontalScrollBarPolicy(), area.verticalScrollBarPolicy()
            for excess, bar, policy in zip(overflow, bars, policies, strict=True):
                reach = 0 if policy == Qt.ScrollBarPolicy.ScrollBarAlwaysOff else bar.maximum()
                if below is widget and excess > SLACK and reach < excess:
                    yield f"is {excess} pixels larger than its area, which does not scroll to them"
            return
        place = QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())
        if not parent.rect().adjusted(-SLACK, -SLACK, SLACK, SLACK).contains(place):
            yield f"at {place}, out of {name_of(parent)}: {parent.rect()}"
            return
        below = parent


def _is_part_of_area(widget: QWidget) -> bool:
    """Return whether Qt places the widget: a scroll bar, its container, a viewport or a corner."""
    parent = widget.parentWidget()
    return isinstance(widget, QScrollBar) or isinstance(parent, QAbstractScrollArea) or "qt_" in widget.objectName()


def name_of(widget: QWidget) -> str:
    """Return the names of a widget and its parent."""
    names = [each.objectName() or type(each).__name__ for each in (widget, widget.parentWidget()) if each is not None]
    return " in ".join(names)
