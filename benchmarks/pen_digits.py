"""Figure to report: accuracy on real pen digits, scaled down to 28x28 compared with framed as in MNIST.

Framed digits go through `mnist-gui predict PATH --json`. Unframed digits go through the same Predictor as a program
without framing would show them, with the whole canvas scaled down to 28x28, in two ways:

as written      strokes at their position in the file. For the pen digits of UCI, whose tablet has 500 units per side,
                the canvas is 500 wide; most digits are small, about a third of it.
drawn large     each drawing centred, with its longest side a given share of the canvas: a careful user of a drawing
                demo, and about the best case for a program without framing.

The pen is a sixteenth of the canvas, a usual width.

    python benchmarks/pen_digits.py DRAWINGS.jsonl [--limit N] [--canvas 500] [--pen 31.25] [--fill 0.6] [--runs DIR]
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
from common import add_runs, environment, parser, shipped_folder

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import downscale_canvas
from mnist_gui.digits.input_files import read_input
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.inference.predictor import Predictor, load_predictor
from mnist_gui.runs.store import RunStore

TOGETHER = "all three together"


def main() -> None:
    options = parser(__doc__)
    options.add_argument("path", type=Path, metavar="DRAWINGS.jsonl", help="one labelled drawing per line")
    options.add_argument("--limit", type=int, default=None, metavar="N", help="use the first N drawings")
    options.add_argument(
        "--canvas", type=float, default=500.0, metavar="UNITS", help="side of the canvas, in the unit of the drawings"
    )
    options.add_argument(
        "--pen", type=float, default=None, metavar="UNITS", help="width of the pen; default: a sixteenth of the canvas"
    )
    options.add_argument("--fill", type=float, default=0.6, metavar="SHARE", help="share of the canvas, drawn large")
    add_runs(options)
    arguments = options.parse_args()
    pen = arguments.pen or arguments.canvas / 16

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = _first(arguments.path, arguments.limit, folder)
        store = _own_store(arguments.runs, folder / "runs")
        drawings = _labelled(path)
        framed = _framed(path, store.folder, drawings)
        large = {index: _enlarged(drawing, arguments.canvas, arguments.fill) for index, drawing in drawings.items()}
        predictor = load_predictor(store)
        written, enlarged = (_unframed(which, predictor, arguments.canvas, pen) for which in (drawings, large))

    count = len(drawings)
    print(environment())
    print(f"\nCorrect predictions for {count} labelled drawings; unframed: canvas {arguments.canvas:g}, pen {pen:g}")
    print(f"{'':<20}{'unframed, as written':>24}{f'unframed, {arguments.fill:.0%} large':>24}{'framed':>24}")
    for title in [architecture.title for architecture in ARCHITECTURES.values()] + [TOGETHER]:
        cells = "".join(f"{right[title]:>15} {right[title] / count:>8.2%}" for right in (written, enlarged, framed))
        print(f"{title:<20}{cells}")
    print("\ntarget: none; the figures are to be reported side by side")


def _first(path: Path, limit: int | None, folder: Path) -> Path:
    """Return a file with the first lines only, if requested."""
    if limit is None:
        return path
    some = folder / "drawings.jsonl"
    with path.open("rb") as whole, some.open("wb") as file:
        file.writelines(islice((line for line in whole if line.strip()), limit))
    return some


def _own_store(runs: Path | None, folder: Path) -> RunStore:
    """Return a store in which the shipped runs, or those in `runs`, are active."""
    store = RunStore(folder, shipped_folder(None))
    for run in RunStore(shipped_folder(runs), folder).runs() if runs else ():
        if run.has_model:
            shutil.copytree(run.folder, folder / run.name)
            store.activate(run.name)
    return store


def _labelled(path: Path) -> dict[int, Drawing]:
    """Return the labelled drawings by the index that `predict` prints."""
    contents = {item.index: item.content for item in read_input(str(path))}
    return {
        index: content
        for index, content in contents.items()
        if isinstance(content, Drawing) and content.label is not None
    }


def _framed(path: Path, own_runs: Path, drawings: dict[int, Drawing]) -> Counter[str]:
    """Count the correct predictions of the command."""
    command = [sys.executable, "-m", "mnist_gui", "predict", str(path), "--json", "--runs", str(own_runs)]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, encoding="utf-8")
    if done.returncode not in (0, 2):  # 2: some lines could not be used
        sys.exit(f"predict ended with status {done.returncode}")
    right: Counter[str] = Counter()
    for line in done.stdout.splitlines():
        record = json.loads(line)
        if record["index"] not in drawings or record["ensemble"] is None:
            continue
        label = drawings[record["index"]].label
        right[TOGETHER] += record["ensemble"]["digit"] == label
        for prediction in record["predictions"]:
            right[ARCHITECTURES[prediction["model"]].title] += prediction["digit"] == label
    return right


def _enlarged(drawing: Drawing, canvas: float, fill: float) -> Drawing:
    """Return a drawing centred on the canvas, its longest side a given share of it."""
    if drawing.is_blank:
        return drawing
    left, top, right, bottom = drawing.bounds()
    scale = fill * canvas / max(right - left, bottom - top, 1e-3)
    middle = np.array([(left + right) / 2, (top + bottom) / 2])
    return Drawing(tuple((stroke - middle) * scale + canvas / 2 for stroke in drawing.strokes), drawing.label)


def _unframed(drawings: dict[int, Drawing], predictor: Predictor, canvas: float, pen: float) -> Counter[str]:
    """Count the correct predictions for canvases that are scaled down."""
    frames = np.stack([downscale_canvas(drawing, canvas, pen) for drawing in drawings.values()])
    right: Counter[str] = Counter()
    for drawing, answer in zip(drawings.values(), predictor.predict(frames), strict=True):
        right[TOGETHER] += answer.ensemble.digit == drawing.label
        for prediction in answer.predictions:
            right[ARCHITECTURES[prediction.model].title] += prediction.digit == drawing.label
    return right


if __name__ == "__main__":
    main()
