"""Processes of their own for files of any origin: how they are started, and how they limit themselves."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

import mnist_gui

RESERVED_BYTES = 2**30  # of addresses, twice what the libraries reserve


def child_command(module: str) -> list[str]:
    """Return the command that runs a module of this program in a process of its own.

    A frozen program has no interpreter beside it: it runs the module itself, see `mnist_gui.__main__`.
    """
    if getattr(sys, "frozen", False):
        return [sys.executable, "-m", module]
    # -P: a file in the current folder must not take the place of a module.
    return [sys.executable, "-P", "-m", module]


def child_environment(**more: str) -> dict[str, str]:
    """Return the environment of such a process: that of this one, in which it finds the program, and more."""
    paths = [str(Path(mnist_gui.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, paths)),
        "OPENBLAS_NUM_THREADS": "1",
        **more,
    }


def limit_resources(memory_bytes: int, seconds: float) -> None:
    """Limit the memory and the processor time of this process, and let it write no file, where the system can.

    Linux holds all of it. macOS accepts limits of memory and does not enforce them, and Windows has no such limits:
    there, memory is bounded by the sizes that are checked before something is read, and time by a watchdog.

    Parameters
    ----------
    memory_bytes
        Memory that the process can write to. Libraries reserve further addresses, which stay empty.
    seconds
        Processor time.
    """
    try:
        import resource
    except ImportError:  # Windows
        return
    limits = {
        "RLIMIT_DATA": memory_bytes,
        "RLIMIT_AS": memory_bytes + RESERVED_BYTES,
        "RLIMIT_CPU": int(seconds),
        "RLIMIT_CORE": 0,
        "RLIMIT_FSIZE": 0,
    }
    for name, value in limits.items():
        with contextlib.suppress(AttributeError, OSError, ValueError):  # not every system has every limit
            resource.setrlimit(getattr(resource, name), (value, value))
