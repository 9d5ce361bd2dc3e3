"""Claims about pages: of the digits of 20 pages of one to five lines, 97 % are right; one takes 50 ms beside decoding.

Pages are made by a seed: labelled drawings in lines of two to eight digits, drawn with pens of 5 to 9 pixels on paper
with grain and stains; in turn nothing more, in a table with lines, and with the edge of a shadow. A digit is found if a
box has its centre in the digit's own. The peer answers the drawings one by one. A page of five lines, as a JPEG of 12
megapixels, is timed from the file to the answers of its digits; the peer decodes the file.

    python benchmarks/pages.py DRAWINGS.jsonl [--pages 20] [--runs DIR]
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from common import add_runs, environment, parser, print_claim, shipped_folder
from numpy.typing import NDArray
from pictures import Levels, decoding_and, saved
from PIL import Image, ImageDraw

from mnist_gui.digits.drawing import Drawing, parse_drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import read_picture
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.models.inference.page_reader import read_page
from mnist_gui.models.inference.predictor import Predictor, load_predictor
from mnist_gui.runs.store import RunStore

WIDTH, MARGIN = 1800, 60
KINDS = ("plain", "table", "shadow")


@dataclass(frozen=True)
class Digit:
    """A digit of a page: its drawing, its strokes on the page, and its line."""

    drawing: Drawing
    strokes: list[NDArray[np.float64]]
    line: int


def main() -> None:
    options = parser(__doc__)
    options.add_argument("path", type=Path, metavar="DRAWINGS.jsonl", help="labelled drawings, one per line")
    options.add_argument("--pages", type=int, default=20, metavar="N")
    add_runs(options)
    arguments = options.parse_args()
    print(environment())
    with tempfile.TemporaryDirectory() as folder:
        predictor = load_predictor(RunStore(Path(folder), shipped_folder(arguments.runs)))
    rng = np.random.default_rng(0)
    drawings = [parse_drawing(line) for line in arguments.path.read_text(encoding="utf-8").splitlines()]
    total, single = np.zeros(3, int), 0
    print(f"\n{'page':18}{'digits':>8}{'found':>8}{'right':>8}{'boxes':>8}")
    for index in range(arguments.pages):
        kind, lines = KINDS[index % len(KINDS)], 1 + index % 5
        digits = placed(drawings, lines, rng)
        found, right, boxes = judged(digits, photographed(digits, kind, lines, rng), predictor)
        single += sum(
            predictor.predict_one(frame_of(digit.drawing)).ensemble.digit == digit.drawing.label for digit in digits
        )
        total += len(digits), found, right
        print(f"{f'{kind}, {lines} lines':18}{len(digits):>8}{found:>8}{right:>8}{boxes:>8}", flush=True)
    count, found, right = total
    print(f"{'all':18}{count:>8}{found:>8}{right:>8}\n")
    print_claim(
        f"Digits of {arguments.pages} pages found and right",
        f"{right / count:.1%}",
        f"{single / count:.1%}: the drawings one by one, right",
        f"{right / single:.3f}",
        "97 %",
    )
    digits = placed(drawings, 5, rng)
    large = Image.open(BytesIO(photographed(digits, "shadow", 5, rng))).resize((4800, 2500))
    content = saved(np.asarray(large), "JPEG")
    boxes = judged(digits, content, predictor)[2]
    decoding, answering = decoding_and(lambda: judged(digits, content, predictor), content)
    print_claim(
        f"A page of 12 megapixels with {boxes} digits, from file to answers",
        f"{answering:.2f} s, {1000 * (answering - decoding) / max(boxes, 1):.0f} ms per digit",
        f"{decoding:.2f} s: Pillow decodes the file, nothing else",
        f"{answering / decoding:.1f}",
        "50 ms per digit beside decoding",
    )


def placed(drawings: list[Drawing], lines: int, rng: np.random.Generator) -> list[Digit]:
    """Return random drawings in lines, as digits of a page."""
    digits = []
    for line in range(lines):
        x = MARGIN + rng.uniform(0, 60)
        for _ in range(rng.integers(2, 9)):
            drawing = drawings[rng.integers(len(drawings))]
            left, top, right, bottom = drawing.bounds()
            scale = rng.uniform(90, 115) / max(bottom - top, 0.7 * (right - left))
            start = np.array([x, line_top(line) + rng.uniform(-6, 6)])
            digits.append(Digit(drawing, [(stroke - (left, top)) * scale + start for stroke in drawing.strokes], line))
            x += (right - left) * scale + rng.uniform(30, 80)
    return digits


def line_top(line: int) -> int:
    return 70 + 165 * line


def photographed(digits: list[Digit], kind: str, lines: int, rng: np.random.Generator) -> bytes:
    """Return a JPEG of a page."""
    size = line_top(lines) + 20, WIDTH
    stains = Image.fromarray(rng.normal(0, 3, (6, 8)).astype(np.float32)).resize(size[::-1], Image.Resampling.BICUBIC)
    levels: Levels = 220 + np.asarray(stains) + rng.normal(0, 3, size)
    if kind == "table":
        image = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8))
        draw, ends = ImageDraw.Draw(image), (line_top(0) - 30, line_top(lines) - 30)
        for y in range(ends[0], ends[1] + 1, line_top(1) - line_top(0)):
            draw.line((20, y, WIDTH - 20, y), fill=90, width=3)
        for x in (20, WIDTH - 20):
            draw.line((x, ends[0], x, ends[1]), fill=90, width=3)
        levels = np.asarray(image, dtype=np.float64)
    ink = render_strokes([stroke for digit in digits for stroke in digit.strokes], rng.uniform(5, 9), size)
    levels = levels * (1 - ink) + 60 * ink
    if kind == "shadow":
        y, x = np.mgrid[: size[0], :WIDTH]
        distance = (x + rng.uniform(-1, 1) * y - rng.uniform(500, 1300)) / rng.uniform(5, 40)
        levels = levels * (1 - 0.4 / (1 + np.exp(np.clip(-distance, -50, 50))))
    return saved(levels, "JPEG")


def judged(digits: list[Digit], content: bytes, predictor: Predictor) -> tuple[int, int, int]:
    """Return how many digits are found, how many of them are right, and the number of boxes."""
    picture = read_picture(content)
    page = read_page(picture, predictor.predict_one(frame_of(picture)), predictor.predict)
    parts = list(page.parts) if page is not None and not page.turned else []
    boxes, found, right = len(parts), 0, 0
    for digit in digits:
        points = np.concatenate(digit.strokes)
        low, high = points.min(axis=0) - 4, points.max(axis=0) + 4
        centres = (np.array([part.box[:2], part.box[2:]]).mean(axis=0) for part in parts)
        own = next(
            (
                part
                for part, centre in zip(parts, centres, strict=False)
                if (low <= centre).all() and (centre <= high).all()
            ),
            None,
        )
        if own is not None:
            parts.remove(own)
            found += 1
            right += own.prediction.ensemble.digit == digit.drawing.label
    return found, right, boxes


if __name__ == "__main__":
    main()
