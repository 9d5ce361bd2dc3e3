"""Measure how often the verdict is wrong: for test digits, and for letters, scribbles and pictures.

    python tools/digit_detector/evaluate.py [--count 1000] [--drawings DRAWINGS.jsonl]

Letters come from fonts that were not trained on, and some pictures are of kinds that were not. Test frames were not
used to choose anything. Also prints how many of the drawings would be split into several digits. Needs Hershey-Fonts.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import shapes
from numpy.typing import NDArray

from mnist_gui.digits.dataset import load_mnist
from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.input_files import read_input
from mnist_gui.digits.segmentation import segment_digits
from mnist_gui.models.inference.predictor import load_predictor, verdict
from mnist_gui.paths import resources_folder
from mnist_gui.runs.store import RunStore


def main() -> None:
    """Print the rates."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=1_000, help="shapes of each kind")
    parser.add_argument("--drawings", type=Path, help="real digits as drawings, too")
    arguments = parser.parse_args()

    data, rng, count = load_mnist(), np.random.default_rng(2026), arguments.count
    glyphs = shapes.Glyphs(shapes.JUDGE_FONTS)

    def drawn(families: tuple[shapes.Family, ...]) -> NDArray[np.float32]:
        strokes = [families[rng.integers(len(families))](rng) for _ in range(count)]
        return np.array([shapes.frame_of_strokes(shapes.bent(name, rng)) for name in strokes])

    kinds = {
        "MNIST test digits": data.test.frames(),
        "letters and signs": np.array(
            [shapes.frame_of_strokes(shapes.bent(glyphs.draw(rng), rng)) for _ in range(count)]
        ),
        "scribbles": drawn(shapes.SCRIBBLES),
        "pictures": drawn(shapes.PICTURES),
        "pictures of new kinds": drawn(shapes.NEW_PICTURES),
        "two test digits": np.array([shapes.two_digits(data.test.images, rng) for _ in range(count)]),
    }
    contents: list[Drawing] = []
    if arguments.drawings:
        contents = [item.content for item in read_input(str(arguments.drawings)) if isinstance(item.content, Drawing)]
        kinds[arguments.drawings.name] = np.array([frame_of(content) for content in contents])

    predictor = load_predictor(RunStore(Path("no-runs"), resources_folder() / "runs"))
    print(f"{'':<28}{'digit':>10}{'uncertain':>12}{'not a digit':>14}")
    for name, frames in kinds.items():
        verdicts = Counter(verdict(answer) for answer in predictor.predict(frames))
        cells = [verdicts[name] / len(frames) for name in ("digit", "uncertain", "not_a_digit")]
        print(f"{name:<28}{cells[0]:>10.2%}{cells[1]:>12.2%}{cells[2]:>14.2%}")
    if contents:
        split = np.mean([len(segment_digits(content)) > 1 for content in contents])
        print(f"\n{arguments.drawings.name}: {split:.2%} of the drawings would be split into several digits")


if __name__ == "__main__":
    main()
