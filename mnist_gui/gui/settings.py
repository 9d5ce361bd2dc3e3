"""Settings that the window keeps between sessions."""

from __future__ import annotations

import contextlib
import math
from pathlib import Path
from typing import NamedTuple, cast, get_args

from PySide6.QtCore import QByteArray, QSettings

from mnist_gui.gui.theme import TEXT_SCALES, ThemeChoice

TAB_COUNT = 3
MIN_SHARE, MAX_SHARE = 0.1, 0.9


class HistoryPlace(NamedTuple):
    """Where the run history of the Train tab is.

    Attributes
    ----------
    is_open
        None until the user has opened or closed it.
    beside, below
        Its share of the room, 0 to 1, where it stands beside the curves and where it stands below them. None until the
        user has moved the divider.
    """

    is_open: bool | None = None
    beside: float | None = None
    below: float | None = None


class Settings:
    """Theme, text scale, window geometry, current tab, suggestions, panel, place of the run history, machine's speed.

    A missing or damaged value is replaced by its default; errors while writing are ignored.

    Parameters
    ----------
    folder
        Created when something is first written.

    Attributes
    ----------
    folder
        Folder of the settings.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        path = folder / "settings.ini"
        if path.exists() and not path.is_file():
            # Qt would wait for ever for the content of a pipe.
            with contextlib.suppress(OSError):
                path.replace(path.with_name("settings.ini.not-a-file"))
        self._values = QSettings(str(path), QSettings.Format.IniFormat)

    def flush(self) -> None:
        """Write changed values to the disk."""
        self._values.sync()

    @property
    def theme(self) -> ThemeChoice:
        """The chosen theme."""
        value = self._values.value("theme")
        return cast(ThemeChoice, value) if isinstance(value, str) and value in get_args(ThemeChoice) else "system"

    @theme.setter
    def theme(self, choice: ThemeChoice) -> None:
        self._values.setValue("theme", choice)

    @property
    def text_scale(self) -> float:
        """One of `TEXT_SCALES`."""
        value = _finite(self._values.value("text_scale"), 1.0)
        return min(TEXT_SCALES, key=lambda scale: abs(scale - value))

    @text_scale.setter
    def text_scale(self, scale: float) -> None:
        self._values.setValue("text_scale", scale)

    @property
    def tab(self) -> int:
        """Index of the current tab."""
        value = _finite(self._values.value("tab"), 0)
        return int(value) if 0 <= value < TAB_COUNT else 0

    @tab.setter
    def tab(self, index: int) -> None:
        self._values.setValue("tab", index)

    @property
    def panel_is_open(self) -> bool:
        """Whether a panel of the Draw tab is open; at first one is."""
        return str(self._values.value("panel_is_open")).lower() != "false"

    @panel_is_open.setter
    def panel_is_open(self, is_open: bool) -> None:
        self._values.setValue("panel_is_open", is_open)

    @property
    def geometry(self) -> QByteArray | None:
        """Geometry of the window as saved by Qt, or None."""
        value = self._values.value("geometry")
        return value if isinstance(value, QByteArray) else None

    @geometry.setter
    def geometry(self, value: QByteArray) -> None:
        self._values.setValue("geometry", value)

    @property
    def shows_suggestions(self) -> bool:
        """Whether a blank canvas shows suggestions."""
        return str(self._values.value("suggestions")).lower() != "false"

    @shows_suggestions.setter
    def shows_suggestions(self, shows: bool) -> None:
        self._values.setValue("suggestions", shows)

    @property
    def history_place(self) -> HistoryPlace:
        """The place of the run history."""
        is_open = {"true": True, "false": False}.get(str(self._values.value("history_open")).lower())
        shares = (_finite(self._values.value(f"history_{name}"), 0.0) for name in ("beside", "below"))
        # As stored, but that of a damaged or missing value.
        beside, below = (min(max(share, MIN_SHARE), MAX_SHARE) if share else None for share in shares)
        return HistoryPlace(is_open, beside, below)

    @history_place.setter
    def history_place(self, place: HistoryPlace) -> None:
        for name, value in place._asdict().items():
            if value is not None:
                self._values.setValue(f"history_{name.removeprefix('is_')}", value)

    @property
    def own_layers(self) -> str:
        """Layers of the user's own model, as `mnist_gui.models.layer_chain` writes them; empty at first."""
        value = self._values.value("own_layers")
        return value if isinstance(value, str) else ""

    @own_layers.setter
    def own_layers(self, layers: str) -> None:
        self._values.setValue("own_layers", layers)

    @property
    def speed_factor(self) -> float | None:
        """Speed factor of this machine, see `mnist_gui.models.training.time_estimate`; None before any training."""
        value = _finite(self._values.value("pace"), 0.0)
        return value if value > 0 else None

    @speed_factor.setter
    def speed_factor(self, value: float) -> None:
        self._values.setValue("pace", value)


def _finite(value: object, default: float) -> float:
    """Return a value as a finite number, or the default."""
    try:
        number = float(cast(str, value))
    except (TypeError, ValueError):
        return default
    return number if math.isfinite(number) else default
