"""Checks whether a window can be opened, because Qt aborts with a message of its own if not."""

from __future__ import annotations

import ctypes
import os
import socket
import sys

# System libraries that the wheels of PySide6 load, and their Debian packages.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
X_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}


# Platforms of Qt that need neither X nor Wayland.
NO_DISPLAY_PLATFORMS = {"offscreen", "minimal", "vnc", "linuxfb", "eglfs"}


def missing_display() -> str:
    """Return why no window can be opened, or an empty string if one can."""
    if not sys.platform.startswith("linux"):
        return ""
    missing = missing_libraries()
    platform = os.environ.get("QT_QPA_PLATFORM", "").split(";")[0].split(":")[0]
    if missing or platform in NO_DISPLAY_PLATFORMS:
        return missing
    if _wayland_answers() and platform != "xcb":
        return ""
    display = os.environ.get("DISPLAY")
    if not display:
        return "There is no display: neither DISPLAY nor WAYLAND_DISPLAY names one. Start it in a desktop session."
    return missing_libraries(X_LIBRARIES) or _unreachable(display)


def _wayland_answers() -> bool:
    name, folder = os.environ.get("WAYLAND_DISPLAY"), os.environ.get("XDG_RUNTIME_DIR", "")
    if not name:
        return False
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        try:
            connection.connect(os.path.join(folder, name))  # noqa: PTH118 - a string is what it takes
        except OSError:
            return False
    return True


def missing_libraries(libraries: dict[str, str] = QT_LIBRARIES) -> str:
    """Return a sentence that names the missing system libraries, or an empty string."""
    if not sys.platform.startswith("linux"):
        return ""
    missing = {name: package for name, package in libraries.items() if not _loads(name)}
    if not missing:
        return ""
    return (
        f"The window needs system libraries that are missing: {', '.join(missing)}. "
        f"On Debian or Ubuntu: apt-get install {' '.join(missing.values())}."
    )


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def _unreachable(display: str) -> str:
    """Return a sentence if an X display does not answer, or an empty string."""
    try:
        xcb = ctypes.CDLL("libxcb.so.1")
    except OSError:
        return ""
    xcb.xcb_connect.restype = ctypes.c_void_p
    xcb.xcb_connection_has_error.argtypes = xcb.xcb_disconnect.argtypes = [ctypes.c_void_p]
    connection = xcb.xcb_connect(None, None)
    failed = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return f"The display {display} does not answer. Start it in a desktop session." if failed else ""
