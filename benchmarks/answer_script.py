"""Compares the exported script, in a process that sees NumPy, Pillow and ONNX Runtime alone, with the program.

    python benchmarks/answer_script.py DRAWINGS.jsonl [--run model-1-fast] [--count 1000]

Prints how many answers name the same digit, and the largest difference of a probability.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from mnist_gui.cli.main import main as run_program
from mnist_gui.models.answer_script import SCRIPT_NAME

ALONE = Path(__file__).parent / "children" / "alone.py"


def main() -> None:
    """Export, ask both, and print how they agree."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("drawings", type=Path)
    parser.add_argument("--run", default="model-1-fast")
    parser.add_argument("--count", type=int, default=1000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder, drawings = Path(name), Path(name) / "drawings.jsonl"
        lines = arguments.drawings.read_text(encoding="utf-8").splitlines()[: arguments.count]
        drawings.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if run_program(["export", arguments.run, "--format", "script", "--output", str(folder / "script")]):
            sys.exit(1)
        script = [sys.executable, "-I", str(ALONE), str(folder / "script" / SCRIPT_NAME), str(drawings)]
        program = [sys.executable, "-m", "mnist_gui", "predict", "--run", arguments.run, "--json", str(drawings)]
        ours = [line["predictions"][0] for line in _answers(program)]
        theirs = _answers(script)
    same = sum(mine["digit"] == other["digit"] for mine, other in zip(ours, theirs, strict=True))
    rows = [np.array([answer["probabilities"] for answer in answers]) for answers in (ours, theirs)]
    print(f"{same:,} of {len(ours):,} answers name the same digit")
    print(f"probabilities differ by {_largest(*rows):.1g} at most")


def _answers(command: list[str]) -> list[dict]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def _largest(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.abs(first - second).max())


if __name__ == "__main__":
    main()
