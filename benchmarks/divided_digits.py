"""Figure to report: how many single digits are divided into several, and how many pairs of digits are.

MNIST's training frames, as pictures, and the drawings of a file are single digits: none should be divided. Pairs are
two of MNIST's training digits side by side, of random sizes and distances, by a fixed seed. "Offered" digits are read
as one digit, and as several at the press of a button.

    python benchmarks/divided_digits.py DRAWINGS.jsonl [--frames 60000] [--pairs 4000] [--runs DIR]
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from common import add_runs, environment, parser, shipped_folder
from numpy.typing import NDArray
from PIL import Image

from mnist_gui.digits.content import Content
from mnist_gui.digits.dataset import load_mnist
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.input_files import read_input
from mnist_gui.digits.picture import Picture
from mnist_gui.models.inference.page_reader import is_one_digit, read_page
from mnist_gui.models.inference.predictor import Predictor, load_predictor
from mnist_gui.runs.store import RunStore

SEED = 5


def main() -> None:
    options = parser(__doc__)
    options.add_argument("drawings", type=Path)
    options.add_argument("--frames", type=int, default=60_000)
    options.add_argument("--pairs", type=int, default=4_000)
    add_runs(options)
    arguments = options.parse_args()
    print(environment())
    train = load_mnist().train
    frames = train.images.astype(np.float32) / 255
    drawings = (item.content for item in read_input(str(arguments.drawings)) if item.content is not None)
    with tempfile.TemporaryDirectory() as folder:
        predictor = load_predictor(RunStore(Path(folder), shipped_folder(arguments.runs)))
        for name, contents in (
            ("frames", (Picture(frame) for frame in frames[: arguments.frames])),
            ("drawings", drawings),
            ("pairs", pairs(frames, arguments.pairs)),
        ):
            print(f"{name:10}", ", ".join(f"{what} {count}" for what, count in counts(predictor, contents).items()))


def counts(predictor: Predictor, contents: Iterable[Content]) -> Counter[str]:
    """Return how many contents are confidently one digit, and how many of these are divided or offered as several."""
    count: Counter[str] = Counter({"all": 0, "confidently one digit": 0, "divided": 0, "offered": 0})
    for content in contents:
        count["all"] += 1
        whole = predictor.predict_one(frame_of(content))
        if is_one_digit(content, whole):
            count["confidently one digit"] += 1
            page = read_page(content, whole, predictor.predict, with_alternatives=True)
            if page is not None:
                count["offered" if page.is_one_digit else "divided"] += 1
    return count


def pairs(frames: NDArray[np.float32], count: int) -> Iterator[Picture]:
    """Yield pictures of two digits, 0.6 to 1.4 times as large as each other and 0.15 to 1.5 heights apart."""
    rng = np.random.default_rng(SEED)
    for _ in range(count):
        left, right = (scaled(frames[index], rng.uniform(1.2, 2.8)) for index in rng.integers(0, len(frames), 2))
        tallest = max(len(left), len(right))
        gap = round(rng.uniform(0.15, 1.5) * tallest)
        ink = np.zeros((tallest, left.shape[1] + gap + right.shape[1]), np.float32)
        for digit, column in ((left, 0), (right, left.shape[1] + gap)):
            row = int(rng.integers(0, tallest - len(digit) + 1))
            ink[row : row + len(digit), column : column + digit.shape[1]] = digit
        yield Picture(np.pad(ink, 10))


def scaled(frame: NDArray[np.float32], factor: float) -> NDArray[np.float32]:
    """Return the ink of a frame, cropped to its box and scaled."""
    rows, columns = np.flatnonzero(frame.any(axis=1)), np.flatnonzero(frame.any(axis=0))
    ink = Image.fromarray(frame[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    size = max(1, round(ink.width * factor)), max(1, round(ink.height * factor))
    return np.asarray(ink.resize(size, Image.Resampling.BICUBIC)).clip(0, 1)


if __name__ == "__main__":
    main()
