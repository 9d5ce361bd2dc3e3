"""Colours, palettes and the style sheet of the light and the dark theme.

Widgets look up their colours with `colors_of` when they paint, and need no notification when the theme changes. The
palettes are explicit because ``QStyleHints.setColorScheme`` has no effect on some platforms.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from string import Template
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from mnist_gui.gui.widgets.text_growth import DESKTOP_SIZE, apply_text_size
from mnist_gui.paths import resources_folder

ThemeChoice = Literal["system", "light", "dark"]
# Of marks 1 to 6 in plots: circle, square, triangle, star, plus, triangle that points down.
MARKERS = ("o", "s", "t1", "star", "+", "t")
MUTED_OPACITY = 0.35  # of what is shown until its successor is computed
TEXT_SCALES = (0.8, 0.9, 1.0, 1.15, 1.3, 1.5)


@dataclass(frozen=True)
class Colors:
    """The colours of one theme, as "#rrggbb".

    Attributes
    ----------
    window, surface, raised
        Backgrounds of the window, of cards and plots, and of buttons and menus.
    border, grid
        Lines around widgets and inside plots.
    text, muted
        Text, and secondary text; both are readable on `surface`.
    accent, on_accent
        Primary buttons, focus and selection; text on them.
    good, warn
        Favourable and unfavourable marks, always accompanied by a sign or a word.
    marks
        Of the places 1 to 6 of the runs that answer, distinguishable with colour blindness; for marks and lines, not
        for small text. The first three are also those of models 1, 2 and 3.
    paper, ink
        Background and strokes of the canvas.
    """

    window: str
    surface: str
    raised: str
    border: str
    grid: str
    text: str
    muted: str
    accent: str
    on_accent: str
    good: str
    warn: str
    marks: tuple[str, str, str, str, str, str]
    paper: str
    ink: str

    def mark(self, number: int) -> QColor:
        """Return the colour of mark 1 to 6; 0 is that of the ensemble, which has the colour of text."""
        return QColor(self.marks[number - 1] if number else self.text)


LIGHT = Colors(
    window="#f4f5f7",
    surface="#ffffff",
    raised="#ffffff",
    border="#d5d9e0",
    grid="#e7eaef",
    text="#1b1f27",
    muted="#5a6270",
    accent="#37414f",
    on_accent="#ffffff",
    good="#1a7f4b",
    warn="#b3261e",
    marks=("#0072B2", "#D55E00", "#B35A86", "#503C00", "#647850", "#0000A0"),
    paper="#ffffff",
    ink="#14171d",
)
DARK = Colors(
    window="#16181d",
    surface="#1f2228",
    raised="#292d35",
    border="#3a3f4a",
    grid="#2c3038",
    text="#eceef2",
    muted="#a3abb8",
    accent="#d3d9e2",
    on_accent="#10131a",
    good="#5fce94",
    warn="#ff8a80",
    marks=("#56B4E9", "#D55E00", "#CC79A7", "#C8B478", "#3C7850", "#7850DC"),
    paper="#101216",
    ink="#f3f5f8",
)


def colors_of(widget: QWidget) -> Colors:
    """Return the colours of the theme that the widget's palette belongs to."""
    return DARK if widget.palette().color(QPalette.ColorRole.Window).lightness() < 128 else LIGHT


def apply(app: QApplication, choice: ThemeChoice, text_scale: float = 1.0) -> None:
    """Apply a theme and a text size to all widgets.

    Parameters
    ----------
    choice
        "system" follows the desktop.
    text_scale
        Factor of the desktop's text size.
    """
    system_is_dark = app.styleHints().colorScheme() == Qt.ColorScheme.Dark
    colors = DARK if choice == "dark" or (choice == "system" and system_is_dark) else LIGHT
    base = app.property(DESKTOP_SIZE)
    if base is None:  # the first time only: replacing the style again can crash
        app.setStyle("Fusion")
        base = max(app.font().pointSizeF(), 10.0)
        app.setProperty(DESKTOP_SIZE, base)
    font = QFont(app.font())
    font.setPointSizeF(base * text_scale)
    app.setFont(font)
    style_sheet = _style_sheet(colors)
    if style_sheet != app.styleSheet():
        app.setPalette(_palette(colors))
        app.setStyleSheet(style_sheet)
    apply_text_size()


def _palette(colors: Colors) -> QPalette:
    palette = QPalette()
    role = QPalette.ColorRole
    for target, value in (
        (role.Window, colors.window),
        (role.WindowText, colors.text),
        (role.Base, colors.surface),
        (role.AlternateBase, colors.window),
        (role.Text, colors.text),
        (role.Button, colors.raised),
        (role.ButtonText, colors.text),
        (role.BrightText, colors.warn),
        (role.Highlight, colors.accent),
        (role.HighlightedText, colors.on_accent),
        (role.ToolTipBase, colors.raised),
        (role.ToolTipText, colors.text),
        (role.PlaceholderText, colors.muted),
        (role.Link, colors.accent),
        (role.Mid, colors.border),
        (role.Light, colors.raised),
        (role.Dark, colors.border),
    ):
        palette.setColor(target, QColor(value))
    for target in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, target, QColor(colors.muted))
    return palette


def _style_sheet(colors: Colors) -> str:
    icons, kind = (resources_folder() / "icons").as_posix(), "dark" if colors is DARK else "light"
    template = Template(Path(__file__).with_suffix(".qss").read_text(encoding="utf-8"))
    return template.substitute(asdict(colors), icons=icons, kind=kind)
