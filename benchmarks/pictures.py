"""Targets for reading pictures: 147 of 150 test digits of each kind right and accepted, and 12 megapixels in 1 s.

Each kind of picture is made from test digits of MNIST, enlarged, by a seed: as they are, with a frame, the dark edge of
a scan, a title bar or a printed box, cut out tightly, as a small JPEG, photographed on plain, ruled and squared paper
and in a shadow, and in red on green of the same lightness. The peer answers MNIST's own frames of the same digits. With
a file of drawings, these are drawn with pens of 1 to 4 pixels in pictures of 600, on a screen and on paper; the peer
answers the drawings themselves. The picture of 12 megapixels is a JPEG; the time runs from the file to the answers of
the three models, loaded before.

    python benchmarks/pictures.py [DRAWINGS.jsonl] [--count 150] [--runs DIR]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from statistics import median

import numpy as np
from common import add_runs, environment, parser, print_claim, shipped_folder
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from mnist_gui.digits.dataset import load_mnist
from mnist_gui.digits.drawing import Drawing, parse_drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.picture import read_picture
from mnist_gui.digits.stroke_raster import render_strokes
from mnist_gui.models.inference.predictor import Predictor, load_predictor, verdict
from mnist_gui.runs.store import RunStore

SIDE = 600
Levels = NDArray[np.floating]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("path", nargs="?", type=Path, metavar="DRAWINGS.jsonl", help="labelled drawings, one per line")
    options.add_argument("--count", type=int, default=150, metavar="N", help="pictures of each kind")
    add_runs(options)
    arguments = options.parse_args()

    print(environment())
    with tempfile.TemporaryDirectory() as folder:
        predictor = load_predictor(RunStore(Path(folder), shipped_folder(arguments.runs)))
    rng = np.random.default_rng(0)
    test = load_mnist().test
    chosen = rng.choice(len(test), arguments.count, replace=False)
    digits, labels = test.images[chosen], test.labels[chosen].tolist()
    print(f"\n{'of ' + str(arguments.count):24}{'right':>6}  right and accepted")
    print_count("MNIST's frames", predictor, [digit / np.float32(255) for digit in digits], labels)
    for name, kind in KINDS.items():
        frames = [frame_of(read_picture(kind(digit, rng))) for digit in digits]
        print_count(name, predictor, frames, labels)
    if arguments.path:
        lines = arguments.path.read_text(encoding="utf-8").splitlines()
        drawings = [parse_drawing(lines[index]) for index in rng.choice(len(lines), arguments.count, replace=False)]
        of_drawings = [-1 if drawing.label is None else drawing.label for drawing in drawings]
        print_count("the drawings", predictor, [frame_of(drawing) for drawing in drawings], of_drawings)
        for pen in (1, 2, 3, 4):
            for place, paper in (("screen", False), ("paper", True)):
                frames = [frame_of(read_picture(drawn(drawing, pen, paper, rng))) for drawing in drawings]
                print_count(f"pen of {pen} px on {place}", predictor, frames, of_drawings)

    large = Image.open(BytesIO(photographed(digits[0], rng))).resize((4000, 3000))
    content = saved(np.asarray(large), "JPEG")
    decoding, answering = decoding_and(lambda: predictor.predict_one(frame_of(read_picture(content))), content)
    print()
    print_claim(
        "A picture of 12 megapixels, from file to answers",
        f"{answering:.2f} s",
        f"{decoding:.2f} s: Pillow decodes the file, nothing else",
        f"{answering / decoding:.1f}",
        "under 1 s",
    )


def decoding_and(answer: Callable[[], object], content: bytes) -> tuple[float, float]:
    """Return the seconds that Pillow takes to decode a picture, and those of its answer: medians of five, in turns."""
    seconds: tuple[list[float], list[float]] = [], []
    for _ in range(5):
        for times, call in zip(seconds, (Image.open(BytesIO(content)).load, answer), strict=True):
            began = time.perf_counter()
            call()
            times.append(time.perf_counter() - began)
    return median(seconds[0]), median(seconds[1])


def print_count(name: str, predictor: Predictor, frames: list[NDArray[np.float32]], labels: list[int]) -> None:
    predictions = predictor.predict(np.asarray(frames, dtype=np.float32))
    right = [prediction.ensemble.digit == label for prediction, label in zip(predictions, labels, strict=True)]
    accepted = [verdict(prediction) == "digit" for prediction in predictions]
    print(f"{name:24}{sum(right):>6}  {sum(map(all, zip(right, accepted, strict=True)))}", flush=True)


# -- kinds of pictures


def saved(levels: Levels, kind: str) -> bytes:
    file = BytesIO()
    Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)).save(file, kind, quality=85)
    return file.getvalue()


def lossless_or_not(levels: Levels, rng: np.random.Generator) -> bytes:
    return saved(levels, ("PNG", "JPEG")[rng.integers(2)])


def enlarged(digit: NDArray[np.uint8], side: int) -> Levels:
    """Return the ink of a digit, (side, side) in [0, 1]."""
    large = Image.fromarray(digit).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(large, dtype=np.float64) / 255


def on_screen(digit: NDArray[np.uint8]) -> Levels:
    return np.pad(255 * (1 - enlarged(digit, 280)), 20, constant_values=255)


def plain(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    return lossless_or_not(on_screen(digit), rng)


def framed(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    levels, width = on_screen(digit), int(rng.integers(1, 5))
    levels[:width] = levels[-width:] = 0
    levels[:, :width] = levels[:, -width:] = 0
    return lossless_or_not(levels, rng)


def with_scan_edge(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    levels, turns = on_screen(digit), int(rng.integers(4))
    np.rot90(levels, turns)[:25] = rng.integers(0, 70)
    return lossless_or_not(levels, rng)


def with_title_bar(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    levels = np.pad(on_screen(digit), ((int(rng.integers(18, 36)), 0), (0, 0)), constant_values=50)
    image = Image.fromarray(levels.astype(np.uint8))
    ImageDraw.Draw(image).text((8, 4), "Untitled", fill=230)
    return lossless_or_not(np.asarray(image), rng)


def in_a_box(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    image, margin = Image.fromarray(np.clip(on_screen(digit), 0, 255).astype(np.uint8)), int(rng.integers(4, 22))
    end = image.width - 1 - margin
    ImageDraw.Draw(image).rectangle((margin, margin, end, end), outline=0, width=int(rng.integers(1, 4)))
    return lossless_or_not(np.asarray(image), rng)


def cut_out_tightly(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    ink = enlarged(digit, 280)
    rows, columns = np.flatnonzero((ink > 0.2).any(axis=1)), np.flatnonzero((ink > 0.2).any(axis=0))
    return lossless_or_not(255 * (1 - ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]), rng)


def small_jpeg(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    return saved(digit if rng.random() < 0.5 else 255 - digit, "JPEG")


def paper(rng: np.random.Generator) -> Levels:
    """Return paper with a slope of light, soft stains and grain."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    stains = Image.fromarray(rng.normal(0, 3, (8, 8)).astype(np.float32)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    slope = 40 * (x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1))
    return 215 + slope + np.asarray(stains) + rng.normal(0, 3, (SIDE, SIDE))


def placed(digit: NDArray[np.uint8], rng: np.random.Generator) -> Levels:
    side = int(rng.integers(200, 420))
    top, left = rng.integers(20, SIDE - side - 20, 2)
    ink = np.zeros((SIDE, SIDE))
    ink[top : top + side, left : left + side] = np.clip(enlarged(digit, side), 0, 1)
    return ink


def photographed(
    digit: NDArray[np.uint8], rng: np.random.Generator, *, ruled: bool = False, squared: bool = False
) -> bytes:
    levels = paper(rng)
    if ruled or squared:
        pitch, slope, shade = int(rng.integers(24, 60)), rng.uniform(-18, 18), rng.uniform(120, 180)
        image, width = Image.fromarray(np.clip(levels, 0, 255).astype(np.uint8)), int(rng.integers(1, 3))
        draw = ImageDraw.Draw(image)
        for position in range(-pitch, SIDE + pitch, pitch):
            draw.line((0, position, SIDE, position + slope), fill=int(shade), width=width)
            if squared:
                draw.line((position, 0, position - slope, SIDE), fill=int(shade), width=width)
        levels = np.asarray(image.filter(ImageFilter.GaussianBlur(0.7)), dtype=np.float64)
    ink = placed(digit, rng)
    return saved(levels * (1 - ink) + 65 * ink, "JPEG")


def on_ruled_paper(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    return photographed(digit, rng, ruled=True)


def on_squared_paper(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    return photographed(digit, rng, squared=True)


def in_a_shadow(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    y, x = np.mgrid[:SIDE, :SIDE] - SIDE / 2
    angle, softness = rng.uniform(0, 2 * np.pi), rng.uniform(3, 40)
    distance = x * np.cos(angle) + y * np.sin(angle) - rng.uniform(-150, 150)
    shade = 1 - 0.45 / (1 + np.exp(np.clip(-distance / softness, -50, 50)))
    ink = placed(digit, rng)
    return saved((paper(rng) * (1 - ink) + 65 * ink) * shade, "JPEG")


def red_on_green(digit: NDArray[np.uint8], rng: np.random.Generator) -> bytes:
    ink = placed(digit, rng)[..., None]
    return lossless_or_not(np.array([30, 112, 30]) * (1 - ink) + np.array([200, 20, 20]) * ink, rng)


def drawn(drawing: Drawing, pen: float, is_paper: bool, rng: np.random.Generator) -> bytes:
    left, top, right, bottom = drawing.bounds()
    scale = rng.uniform(150, 420) / max(right - left, bottom - top)
    room = SIDE - 80 - scale * np.array([right - left, bottom - top])
    start = 40 + rng.uniform(0, 1, 2) * room
    strokes = [(stroke - (left, top)) * scale + start for stroke in drawing.strokes]
    ink = render_strokes(strokes, pen, (SIDE, SIDE))
    return saved(paper(rng) * (1 - ink) + 70 * ink, "JPEG") if is_paper else saved(255 * (1 - ink), "PNG")


KINDS: dict[str, Callable[[NDArray[np.uint8], np.random.Generator], bytes]] = {
    "plain": plain,
    "frame": framed,
    "scan edge": with_scan_edge,
    "title bar": with_title_bar,
    "printed box": in_a_box,
    "tight crop": cut_out_tightly,
    "28x28 JPEG": small_jpeg,
    "photo": photographed,
    "ruled paper": on_ruled_paper,
    "squared paper": on_squared_paper,
    "shadow": in_a_shadow,
    "red on green": red_on_green,
}


if __name__ == "__main__":
    main()
