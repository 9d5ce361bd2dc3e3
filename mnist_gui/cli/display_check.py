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


# Qt's platforms that need nothing. Those of neither this nor the next group are tried in a child process.
IN_MEMORY = {"offscreen", "minimal"}
DESKTOP = ("wayland", "xcb")
TRY_SECONDS = 20
# No core is left behind where Qt aborts.
TRY_CODE = """
import resource
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from PySide6.QtGui import QGuiApplication
QGuiApplication([])
"""


def missing_display() -> str:
    """Return why no window can be opened, or an empty string if one can."""
    if not sys.platform.startswith("linux"):
        return ""
    missing = missing_libraries()
    if missing:
        return missing
    # Qt takes the first of these that works.
    named = [name.split(":")[0] for name in os.environ.get("QT_QPA_PLATFORM", "").split(";") if name]
    problem = ""
    for platform in named or DESKTOP:
        problem = _problem_of(platform)
        if not problem:
            return ""
    return problem


def _problem_of(platform: str) -> str:
    """Return why a platform of Qt cannot be used, or an empty string if it can."""
    if platform in IN_MEMORY:
        return ""
    if platform.startswith("wayland"):
        if _wayland_answers():
            return ""
        return "No Wayland display answers, and QT_QPA_PLATFORM names no other platform. Unset it, or add “;xcb” to it."
    if platform == "xcb":
        display = os.environ.get("DISPLAY")
        if not display:
            return "There is no display: neither DISPLAY nor WAYLAND_DISPLAY names one. Start it in a desktop session."
        return missing_libraries(X_LIBRARIES) or _unreachable(display)
    if _starts(platform):
        return ""
    return f"Qt has no platform “{platform}” that works here; QT_QPA_PLATFORM asks for it. Unset it."


def _starts(platform: str) -> bool:
    """Return whether Qt starts on a platform; it aborts where it does not."""
    environment = {**os.environ, "QT_QPA_PLATFORM": platform}
    import subprocess  # launching does not wait for it

    try:
        tried = subprocess.run(
            [sys.executable, "-c", TRY_CODE], env=environment, capture_output=True, timeout=TRY_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return tried.returncode == 0


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
