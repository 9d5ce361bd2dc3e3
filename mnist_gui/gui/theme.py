"""Colours, palettes and the style sheet of the light and the dark theme.

Widgets look up their colours with `colors_of` when they paint, and need no notification when the theme changes. The
palettes are explicit because ``QStyleHints.setColorScheme`` has no effect on some platforms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication, QWidget

from mnist_gui.paths import resources_folder

ThemeChoice = Literal["system", "light", "dark"]
MARKERS = ("o", "s", "t1")  # circle, square, triangle: models 1, 2, 3 in plots
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
    models
        Models 1, 2 and 3, distinguishable with colour blindness; for marks and lines, not for small text.
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
    models: tuple[str, str, str]
    paper: str
    ink: str

    def model(self, number: int) -> QColor:
        """Return the colour of model 1, 2 or 3; 0 is the ensemble, which has the colour of text."""
        return QColor(self.models[number - 1] if number else self.text)


LIGHT = Colors(
    window="#f4f5f7",
    surface="#ffffff",
    raised="#ffffff",
    border="#d5d9e0",
    grid="#e7eaef",
    text="#1b1f27",
    muted="#5a6270",
    accent="#2f5fd0",
    on_accent="#ffffff",
    good="#1a7f4b",
    warn="#b3261e",
    models=("#0072B2", "#D55E00", "#B35A86"),
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
    accent="#7da2ff",
    on_accent="#10131a",
    good="#5fce94",
    warn="#ff8a80",
    models=("#56B4E9", "#D55E00", "#CC79A7"),
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
    base = app.property("desktop_point_size")
    if base is None:  # the first time only: replacing the style again can crash
        app.setStyle("Fusion")
        base = max(app.font().pointSizeF(), 10.0)
        app.setProperty("desktop_point_size", base)
    font = QFont(app.font())
    font.setPointSizeF(base * text_scale)
    app.setFont(font)
    app.setPalette(_palette(colors))
    app.setStyleSheet(_style_sheet(colors))


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
    """Return the rules for standard widgets and for the properties primary, card, muted and heading."""
    icons, kind = (resources_folder() / "icons").as_posix(), "dark" if colors is DARK else "light"
    # The step buttons of spin boxes have no width: they are too small to hit, and with NoButtons, Qt makes the editor
    # one pixel wide.
    return f"""
    QToolTip {{ background: {colors.raised}; color: {colors.text}; border: 1px solid {colors.border}; padding: 4px; }}
    QPushButton, QToolButton {{
        min-height: 30px; padding: 0 12px; border: 1px solid {colors.border}; border-radius: 6px;
        background: {colors.raised}; color: {colors.text};
    }}
    QToolButton {{ padding: 0 9px; }}
    QFileDialog QToolButton {{ padding: 2px; min-height: 20px; }}
    QPushButton, QToolButton, QCheckBox, QRadioButton {{ outline: none; }}
    QPushButton:hover, QToolButton:hover {{ border-color: {colors.accent}; }}
    QPushButton:pressed, QToolButton:pressed {{ background: {colors.grid}; }}
    QPushButton:checked, QToolButton:checked {{
        background: {colors.grid}; border-color: {colors.accent}; font-weight: 600;
    }}
    QPushButton:focus, QToolButton:focus, QComboBox:focus, QSpinBox:focus, QDoubleSpinBox:focus {{
        border: 2px solid {colors.accent};
    }}
    QPushButton:disabled, QToolButton:disabled {{ color: {colors.muted}; background: {colors.window}; }}
    QPushButton[primary="true"] {{
        background: {colors.accent}; color: {colors.on_accent}; border-color: {colors.accent}; font-weight: 600;
    }}
    QPushButton[primary="true"]:disabled {{
        background: {colors.grid}; color: {colors.muted}; border-color: {colors.border};
    }}
    QPushButton[primary="true"]:focus {{ border: 2px solid {colors.text}; }}
    QPushButton[flat="true"], QToolButton[flat="true"] {{ border-color: transparent; background: transparent; }}
    QPushButton[flat="true"]:hover, QToolButton[flat="true"]:hover {{ border-color: {colors.border}; }}
    QPushButton[flat="true"]:focus, QToolButton[flat="true"]:focus {{ border: 2px solid {colors.accent}; }}
    QComboBox, QSpinBox, QDoubleSpinBox {{
        min-height: 30px; padding: 0 8px; border: 1px solid {colors.border}; border-radius: 6px;
        background: {colors.raised}; color: {colors.text};
    }}
    QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0; border: none; }}
    QComboBox::drop-down {{ width: 28px; border: none; }}
    QComboBox::down-arrow {{ width: 16px; height: 16px; image: url("{icons}/chevron-{kind}.svg"); }}
    QComboBox QAbstractItemView {{ background: {colors.surface}; color: {colors.text}; }}
    QFrame[card="true"] {{
        background: {colors.surface}; border: 1px solid {colors.border}; border-radius: 10px;
    }}
    QLabel[muted="true"] {{ color: {colors.muted}; }}
    QLabel[heading="true"] {{ font-weight: 600; }}
    QTabWidget::pane {{ border: none; border-top: 1px solid {colors.border}; }}
    QTabBar::tab {{
        min-height: 34px; padding: 0 18px; color: {colors.muted}; border: none; border-bottom: 3px solid transparent;
    }}
    QTabBar::tab:selected {{ color: {colors.text}; border-bottom-color: {colors.accent}; font-weight: 600; }}
    QTabBar::tab:hover {{ color: {colors.text}; }}
    QTabBar {{ border: none; qproperty-drawBase: 0; }}
    QTabBar:focus {{ outline: none; }}
    QTabBar::tab:focus {{ border-bottom-color: {colors.text}; }}
    QProgressBar {{
        border: none; border-radius: 3px; background: {colors.grid}; min-height: 6px; max-height: 6px;
    }}
    QProgressBar::chunk {{ background: {colors.accent}; border-radius: 3px; }}
    QCheckBox::indicator, QRadioButton::indicator {{
        width: 16px; height: 16px; border: 1px solid {colors.muted}; background: {colors.surface};
    }}
    QCheckBox::indicator {{ border-radius: 4px; }}
    QRadioButton::indicator {{ border-radius: 9px; }}
    QCheckBox::indicator:checked {{
        background: {colors.accent}; border-color: {colors.accent}; image: url("{icons}/check-{kind}.svg");
    }}
    QRadioButton::indicator:checked {{ width: 8px; height: 8px; border: 5px solid {colors.accent}; }}
    QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {{ border-color: {colors.border}; }}
    QCheckBox::indicator:checked:disabled {{ background: {colors.muted}; }}
    QRadioButton::indicator:checked:disabled {{ border-color: {colors.muted}; }}
    QCheckBox:focus, QRadioButton:focus {{ text-decoration: underline; }}
    QCheckBox::indicator:focus, QRadioButton::indicator:focus {{ border-color: {colors.accent}; }}
    QSlider::groove:horizontal {{ height: 4px; border-radius: 2px; background: {colors.border}; }}
    QSlider::sub-page:horizontal {{ border-radius: 2px; background: {colors.accent}; }}
    QSlider::handle:horizontal {{
        width: 16px; height: 16px; margin: -8px 0; border-radius: 10px;
        background: {colors.accent}; border: 2px solid {colors.window};
    }}
    QSlider::handle:horizontal:focus {{ border-color: {colors.text}; }}
    QScrollBar {{ background: transparent; border: none; }}
    QScrollBar:vertical {{ width: 12px; }}
    QScrollBar:horizontal {{ height: 12px; }}
    QScrollBar::handle {{ background: {colors.border}; border-radius: 4px; margin: 2px; }}
    QScrollBar::handle:vertical {{ min-height: 32px; }}
    QScrollBar::handle:horizontal {{ min-width: 32px; }}
    QScrollBar::handle:hover {{ background: {colors.muted}; }}
    QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
    QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
    QMenu {{ background: {colors.raised}; color: {colors.text}; border: 1px solid {colors.border}; padding: 4px; }}
    QMenu::item {{ padding: 7px 24px; border-radius: 4px; }}
    QMenu::item:selected {{ background: {colors.grid}; }}
    QMenu::item:disabled {{ color: {colors.muted}; }}
    QMenu::separator {{ height: 1px; background: {colors.border}; margin: 4px 8px; }}
    QMenuBar {{ background: {colors.window}; color: {colors.text}; border: none; }}
    QMenuBar::item {{ padding: 5px 10px; border-radius: 4px; }}
    QMenuBar::item:selected {{ background: {colors.grid}; }}
    QTableView {{
        background: {colors.surface}; border: 1px solid {colors.border};
        gridline-color: {colors.grid}; selection-background-color: {colors.grid}; selection-color: {colors.text};
    }}
    QHeaderView::section {{
        background: {colors.surface}; color: {colors.muted}; border: none;
        border-bottom: 1px solid {colors.border}; padding: 6px 12px 6px 12px; font-weight: 600;
    }}
    QStatusBar {{ color: {colors.muted}; }}
    QScrollArea {{ border: none; background: transparent; }}
    """
