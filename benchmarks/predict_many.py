"""Claim: `mnist-gui predict` on 10,000 drawings is not slower than one `model.predict` of their frames per model.

Our side is the whole command in its own process: start, reading JSON lines, framing, three models and the digit
detector, writing JSON lines. The peer is the prediction only: existing frames, the same three networks with the same
weights in this process, loaded and called before, `model.predict` once with each. Also printed: the time per drawing,
and the agreement of the predictions. The drawings of the file are repeated as needed.

    python benchmarks/predict_many.py DRAWINGS.jsonl [--count 10000] [--repeats 1] [--batch-size 32]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from common import alternate, environment, parser, print_claim, shipped_folder
from numpy.typing import NDArray

from mnist_gui.digits.drawing import parse_drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.models.architectures import ARCHITECTURES, architecture_of, build
from mnist_gui.models.inference.calibration import calibrate
from mnist_gui.models.keras_backend import load_keras
from mnist_gui.models.weights import load_weights
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

Columns = list[NDArray[np.float32]]  # (N, 10) probabilities of each model


def main() -> None:
    options = parser(__doc__)
    options.add_argument("path", type=Path, metavar="DRAWINGS.jsonl", help="one drawing per line")
    options.add_argument("--count", type=int, default=10_000, metavar="N", help="number of drawings")
    options.add_argument("--repeats", type=int, default=1, metavar="N", help="repeats of both sides, alternating")
    options.add_argument("--batch-size", type=int, default=32, metavar="N", help="of model.predict; 32 is its default")
    arguments = options.parse_args()

    lines = [line for line in arguments.path.read_text(encoding="utf-8").splitlines() if line.strip()]
    lines = list(islice(cycle(lines), arguments.count))
    frames = np.stack([frame_of(parse_drawing(line)) for line in lines])[..., None]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        many, single = folder / "many.jsonl", folder / "one.jsonl"
        many.write_text("\n".join(lines) + "\n", encoding="utf-8")
        single.write_text(lines[0] + "\n", encoding="utf-8")
        runs, models = _models(RunStore(folder / "runs", shipped_folder(None)))

        def ours() -> tuple[float, Columns]:
            seconds, text = _command(many, folder / "runs")
            return seconds, _columns(text)

        def theirs() -> tuple[float, Columns]:
            began = time.perf_counter()
            columns = [model.predict(frames, batch_size=arguments.batch_size, verbose=0) for model in models]
            return time.perf_counter() - began, columns

        _command(single, folder / "runs")  # warm up the disk cache
        for model in models:
            model.predict(frames[: 2 * arguments.batch_size], batch_size=arguments.batch_size, verbose=0)
        sides = list(alternate(arguments.repeats, ours, theirs))
        launch = _command(single, folder / "runs")[0]
    mine, peer = ([side[index][0] for side in sides] for index in (0, 1))
    print(environment())
    each = 1000 * (median(mine) - launch) / (arguments.count - 1)
    theirs_each = 1000 * median(peer) / arguments.count
    print_claim(
        f"{arguments.count} drawings, three models",
        f"{median(mine):.1f} s: the whole command; {launch:.2f} s for the first drawing, {each:.2f} ms for each other",
        f"{median(peer):.1f} s: model.predict of the frames, three times; {theirs_each:.2f} ms for each",
        f"{median(mine) / median(peer):.2f}",
        "at most 1",
    )
    print(f"\n{_agreement(runs, sides[-1][0][1], sides[-1][1][1])}")


def _models(store: RunStore) -> tuple[list[Run], list[Any]]:
    """Return the active runs and their networks in Keras."""
    load_keras()
    runs = store.answering()
    models = [build(architecture_of(run)) for run in runs]
    for run, model in zip(runs, models, strict=True):
        load_weights(model, run)
    return runs, models


def _command(path: Path, runs: Path) -> tuple[float, str]:
    """Return the seconds of the command and its output."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "mnist_gui", "predict", str(path), "--json", "--runs", str(runs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8", check=True)
    return time.perf_counter() - began, done.stdout


def _columns(text: str) -> Columns:
    answers = [json.loads(line)["predictions"] for line in text.splitlines()]
    return [
        np.array([answer[index]["probabilities"] for answer in answers], np.float32)
        for index in range(len(ARCHITECTURES))
    ]


def _agreement(runs: Sequence[Run], ours: Columns, theirs: Columns) -> str:
    theirs = [calibrate(column, run.record.temperature) for run, column in zip(runs, theirs, strict=True)]
    other = sum(
        int((first.argmax(axis=1) != second.argmax(axis=1)).sum()) for first, second in zip(ours, theirs, strict=True)
    )
    most = max(float(np.abs(first - second).max()) for first, second in zip(ours, theirs, strict=True))
    return f"Of {sum(map(len, ours))} answers {other} name another digit; probabilities differ by at most {most:.1e}"


if __name__ == "__main__":
    main()
