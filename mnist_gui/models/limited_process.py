"""Processes of their own for files of any origin: how they are started, and how they limit themselves."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import mnist_gui

# A usual file takes 240 MiB. With the libraries' code, less than 1 GB is in use.
MEMORY_LIMIT_BYTES = 900 * 2**20
RESIDENT_LIMIT_BYTES = 10**9
TOO_MUCH_MEMORY = "needs more memory than a network for digits should"  # continues a sentence about the file
READING_SECONDS = 60.0  # a usual file takes one or two on an idle machine
_WATCH_SECONDS = 0.05
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


@contextlib.contextmanager
def memory_watched(child: subprocess.Popen[bytes], limit_bytes: int | None = None) -> Iterator[threading.Event]:
    """Kill a process that has more than a limit in memory, on every system; yield an event that is set before.

    Parameters
    ----------
    child
        A process that is not waited for meanwhile by others.
    limit_bytes
        The limit; None for `RESIDENT_LIMIT_BYTES`.
    """
    import psutil

    limit = RESIDENT_LIMIT_BYTES if limit_bytes is None else limit_bytes
    exceeded, ended = threading.Event(), threading.Event()

    def watch() -> None:
        with contextlib.suppress(psutil.Error):  # it has ended
            process = psutil.Process(child.pid)
            while not ended.wait(_WATCH_SECONDS):
                used = process.memory_info()
                # Windows moves what is resident to the disk, and calls all of it private.
                if max(used.rss, getattr(used, "private", 0)) > limit:
                    exceeded.set()
                    child.kill()
                    return

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield exceeded
    finally:
        ended.set()
        watcher.join()


def limit_resources(memory_bytes: int, seconds: float) -> None:
    """Limit the memory and the processor time of this process, and let it write no file, where the system can.

    Linux holds all of it. macOS accepts limits of memory and does not enforce them, and Windows has no such limits:
    there, memory is bounded by `memory_watched`, and time by a watchdog.

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
