"""Functions for all benchmarks: timed child processes, alternating pairs, and the output of claims."""

from __future__ import annotations

import argparse
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mnist_gui.paths import resources_folder

HERE = Path(__file__).resolve().parent
T = TypeVar("T")


def parser(text: str | None) -> argparse.ArgumentParser:
    """Return a parser whose help is the script's own docstring."""
    return argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)


def add_display(options: argparse.ArgumentParser) -> None:
    options.add_argument("--display", action="store_true", help="use the real display, not Qt's offscreen platform")


def add_runs(options: argparse.ArgumentParser) -> None:
    options.add_argument(
        "--runs", type=Path, default=None, metavar="DIR", help="folder of runs, instead of the shipped ones"
    )


def use_platform(display: bool) -> None:
    """Choose Qt's platform for this process and its children; before any QApplication."""
    if not display:
        os.environ["QT_QPA_PLATFORM"] = "offscreen"


def shipped_folder(runs: Path | None) -> Path:
    """Return the folder of the runs."""
    return (runs or resources_folder() / "runs").absolute()


def percentile(values: Sequence[float], part: float) -> float:
    """Return the smallest value that at least a fraction (0 to 1) of all values do not exceed."""
    return sorted(values)[max(math.ceil(part * len(values)), 1) - 1]


def alternate(repeats: int, *sides: Callable[[], T]) -> Iterator[list[T]]:
    """Yield the results of the sides in each repeat; the order alternates, so that drift affects both equally."""
    count = len(sides)
    for repeat in range(repeats):
        given = {index % count: sides[index % count]() for index in range(repeat, repeat + count)}
        yield [given[index] for index in range(count)]


@dataclass(frozen=True)
class Milestone:
    """A line that a child process printed.

    Attributes
    ----------
    seconds
        From just before the child was started until the line arrived.
    values
        The line after its first word.
    """

    seconds: float
    values: tuple[str, ...]


def run_child(name: str, *arguments: object) -> dict[str, Milestone]:
    """Run ``children/NAME.py``; return its milestones by the first word of each line."""
    paths = [str(HERE), str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), "TF_CPP_MIN_LOG_LEVEL": "3"}
    # So that modules are compiled, both the program's and the peer's.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, str(HERE / "children" / f"{name}.py"), *map(str, arguments)]
    found: dict[str, Milestone] = {}
    with tempfile.TemporaryFile("w+", encoding="utf-8") as complaints:
        began = time.perf_counter()
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=complaints, text=True, encoding="utf-8"
        ) as child:
            assert child.stdout is not None
            for line in child.stdout:
                seconds = time.perf_counter() - began
                word, *values = line.split() or [""]
                found.setdefault(word, Milestone(seconds, tuple(values)))
        if child.returncode:
            complaints.seek(0)
            sys.exit(f"{name}.py ended with status {child.returncode}:\n{complaints.read()}")
    return found


def print_claim(claim: str, ours: str, theirs: str, ratio: str, target: str) -> None:
    """Print both sides of a claim, their ratio, and the target."""
    print(f"\n{claim}")
    for title, text in (("this program", ours), ("the peer", theirs), ("ratio", ratio), ("target", target)):
        print(f"  {title:<13} {text}")


def environment() -> str:
    """Return machine and versions that the figures depend on."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
