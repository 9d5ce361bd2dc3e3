"""Whether a window can be opened, with and without the system libraries of Qt."""

import sys

import pytest

from mnist_gui.cli import display_check

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="elsewhere Qt brings what it needs, and there is always a display"
)

NOBODY = ":4711"


@pytest.fixture(autouse=True)
def _bare_session(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def machine_without(monkeypatch):
    """Return a function that simulates a machine without some libraries."""

    def take_away(*names):
        monkeypatch.setattr(display_check, "_loads", lambda name: name not in names)

    take_away()
    return take_away


@pytest.mark.usefixtures("machine_without")
@pytest.mark.parametrize("platform", ["", "xcb", "wayland;xcb"])
def test_a_display_that_does_not_answer_is_named(monkeypatch, platform):
    monkeypatch.setenv("DISPLAY", NOBODY)
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    assert f"{NOBODY} does not answer" in display_check.missing_display()


@pytest.mark.usefixtures("machine_without")
def test_a_wayland_socket_that_has_gone_is_no_display(monkeypatch):
    monkeypatch.setenv("WAYLAND_DISPLAY", "gone")
    assert "no display" in display_check.missing_display()
    monkeypatch.setenv("DISPLAY", NOBODY)
    assert f"{NOBODY} does not answer" in display_check.missing_display()


@pytest.mark.usefixtures("machine_without")
@pytest.mark.parametrize("platform", ["offscreen", "minimal", "vnc", "linuxfb", "eglfs", "vnc:port=5901", "vnc;xcb"])
def test_a_platform_that_needs_no_display_is_missing_nothing(monkeypatch, platform):
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    monkeypatch.setattr(display_check, "_starts", lambda _platform: True)
    assert display_check.missing_display() == ""


def test_libraries_for_x_are_named_with_their_packages_before_x_is_asked(monkeypatch, machine_without):
    machine_without("libxcb-icccm.so.4", "libxcb-keysyms.so.1")
    assert "no display" in display_check.missing_display(), "without a display they are not what is in the way"
    monkeypatch.setenv("DISPLAY", NOBODY)
    sentence = display_check.missing_display()
    assert "libxcb-icccm.so.4, libxcb-keysyms.so.1" in sentence
    assert sentence.endswith("apt-get install libxcb-icccm4 libxcb-keysyms1.")
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert display_check.missing_display() == "", "a window in memory needs no X"


@pytest.mark.parametrize("variable", ["DISPLAY", "QT_QPA_PLATFORM"])
def test_libraries_for_qt_itself_are_named_first(monkeypatch, machine_without, variable):
    machine_without("libEGL.so.1", "libxcb-cursor.so.0")
    monkeypatch.setenv(variable, NOBODY if variable == "DISPLAY" else "offscreen")
    sentence = display_check.missing_display()
    assert "libEGL.so.1." in sentence
    assert sentence.endswith("apt-get install libegl1.")


def test_a_library_that_is_not_there_does_not_load():
    assert not display_check._loads("libthat-nobody-has.so.7")


@pytest.mark.usefixtures("machine_without")
@pytest.mark.parametrize(
    ("platform", "part"),
    [
        ("wayland", "No Wayland display answers"),
        ("wayland-egl", "No Wayland display answers"),
        ("xcb", "does not answer"),
        ("qqq", "no platform “qqq”"),
        ("wayland;qqq", "no platform “qqq”"),
    ],
)
def test_a_platform_that_cannot_be_had_is_a_sentence(monkeypatch, platform, part):
    monkeypatch.setenv("QT_QPA_PLATFORM", platform)
    monkeypatch.setenv("DISPLAY", NOBODY)
    monkeypatch.setattr(display_check, "_starts", lambda _platform: False)
    assert part in display_check.missing_display()


@pytest.mark.usefixtures("machine_without")
def test_the_next_platform_is_taken_where_the_first_cannot_be_had(monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "wayland;offscreen")
    assert display_check.missing_display() == ""


@pytest.mark.slow
@pytest.mark.parametrize(("platform", "starts"), [("minimal", True), ("qqq", False)])
def test_a_platform_is_tried_in_a_process_of_its_own(platform, starts):
    assert display_check._starts(platform) == starts
