"""Claim: a drawing gets the same prediction anywhere on the canvas, at 10 % to 100 % of its size, with any pen.

This holds for at least 99.5 % of 1,000 drawings, spread over the file. Each is drawn on the canvas of the window at
five sizes, at a random position and with a random pen width, by real events: of a tablet, with fractions of a pixel,
and of a mouse, with whole pixels. The content of the canvas is predicted and compared with the prediction for the
drawing in the file: the digit of the ensemble, and the verdict. There is no peer: the claim is absolute.

    python benchmarks/any_place.py DRAWINGS.jsonl [--count 1000] [--side 400] [--seed 1] [--runs DIR]
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from common import add_runs, environment, parser, shipped_folder, use_platform
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QInputDevice, QMouseEvent, QPointingDevice, QTabletEvent
from PySide6.QtWidgets import QApplication

from mnist_gui.digits.drawing import Drawing
from mnist_gui.digits.framing import frame_of
from mnist_gui.digits.input_files import read_input
from mnist_gui.gui.draw.canvas.canvas import Canvas
from mnist_gui.models.inference.predictor import EnsemblePrediction, Predictor, load_predictor, verdict
from mnist_gui.runs.store import RunStore

Device = Literal["tablet", "mouse"]
DEVICES: tuple[Device, ...] = ("tablet", "mouse")
SIZES = (0.1, 0.2, 0.35, 0.6, 1.0)  # of the canvas
PENS = (15.0, 110.0)  # narrowest and widest, in thousandths of the canvas


class Hand:
    """Draws on a canvas of `side` pixels with real events."""

    def __init__(self, side: int, rng: np.random.Generator) -> None:
        self._rng = rng
        self._canvas = Canvas()
        self._canvas.resize(side, side)
        self._canvas.show()
        self._side = side
        capability, stylus = QInputDevice.Capability.All, QInputDevice.DeviceType.Stylus
        self._pen = QPointingDevice("pen", 1, stylus, QPointingDevice.PointerType.Pen, capability, 1, 1)

    def draw(self, drawing: Drawing, size: float, device: Device) -> Drawing:
        """Draw at a random position, with a longest side relative to the canvas; return the content of the canvas."""
        self._canvas.clear()
        self._canvas.pen_width = self._rng.uniform(*PENS)
        left, top, right, bottom = drawing.bounds()
        room = self._side - 1.0
        scale = size * room / max(right - left, bottom - top, 1e-3)
        free = room - np.array([right - left, bottom - top]) * scale
        corner = self._rng.uniform(0, 1, 2) * free
        for stroke in drawing.strokes:
            # Rounding must not move the first point of a stroke off the canvas, where no stroke begins.
            self._stroke(np.clip((stroke - [left, top]) * scale + corner, 0, room), device)
        content = self._canvas.content
        assert isinstance(content, Drawing)
        return content

    def _stroke(self, places: NDArray[np.float64], device: Device) -> None:
        kinds = QEvent.Type
        if device == "mouse":
            places = np.floor(places)  # the pixel that the pointer is in
        for index, (x, y) in enumerate(places.tolist()):
            self._send(kinds.MouseMove if index else kinds.MouseButtonPress, QPointF(x, y), device)
        self._send(kinds.MouseButtonRelease, QPointF(*places[-1].tolist()), device)

    def _send(self, kind: QEvent.Type, at: QPointF, device: Device) -> None:
        kinds, left, none = QEvent.Type, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        button = Qt.MouseButton.NoButton if kind == kinds.MouseMove else left
        held = Qt.MouseButton.NoButton if kind == kinds.MouseButtonRelease else left
        event: QMouseEvent | QTabletEvent
        if device == "mouse":
            event = QMouseEvent(kind, at, at, button, held, none)
        else:
            kind = {
                kinds.MouseButtonPress: kinds.TabletPress,
                kinds.MouseMove: kinds.TabletMove,
                kinds.MouseButtonRelease: kinds.TabletRelease,
            }[kind]
            event = QTabletEvent(kind, self._pen, at, at, 0.5, 0, 0, 0.0, 0.0, 0.0, none, button, held)
        QApplication.sendEvent(self._canvas, event)


def main() -> None:
    options = parser(__doc__)
    options.add_argument("path", type=Path, metavar="DRAWINGS.jsonl", help="one drawing per line")
    options.add_argument("--count", type=int, default=1_000, metavar="N", help="drawings, spread over the file")
    options.add_argument("--side", type=int, default=400, metavar="PIXELS", help="side of the canvas")
    options.add_argument("--seed", type=int, default=1, metavar="N", help="seed of position and pen")
    add_runs(options)
    arguments = options.parse_args()
    use_platform(display=False)
    _app = QApplication([])
    every = [item.content for item in read_input(str(arguments.path)) if isinstance(item.content, Drawing)]
    chosen = np.linspace(0, len(every) - 1, min(arguments.count, len(every))).astype(int)
    drawings = [every[index] for index in chosen if not every[index].is_blank]
    with tempfile.TemporaryDirectory() as folder:
        predictor = load_predictor(RunStore(Path(folder), shipped_folder(arguments.runs)))
    hand = Hand(arguments.side, np.random.default_rng(arguments.seed))
    before = _answers(drawings, predictor)
    print(environment())
    print(f"\n{len(drawings)} drawings on a canvas of {arguments.side} pixels: predicted as in the file")
    print(f"{'':<10}{'size':>8}{'same digit':>14}{'and verdict':>14}")
    for device in DEVICES:
        digits, verdicts = [], []
        for size in SIZES:
            after = _answers([hand.draw(drawing, size, device) for drawing in drawings], predictor)
            digits.append(
                [first.ensemble.digit == second.ensemble.digit for first, second in zip(before, after, strict=True)]
            )
            verdicts.append([_verdict(first) == _verdict(second) for first, second in zip(before, after, strict=True)])
            print(f"{device:<10}{size:>8.0%}{np.mean(digits[-1]):>14.2%}{np.mean(verdicts[-1]):>14.2%}")
        print(f"{device:<10}{'all five':>8}{np.mean(digits):>14.2%}{np.mean(verdicts):>14.2%}")
    print("\ntarget: the same digit in at least 99.5 %")


def _answers(drawings: Sequence[Drawing], predictor: Predictor) -> list[EnsemblePrediction]:
    frames = np.stack([frame_of(drawing) for drawing in drawings])
    return predictor.predict(frames)


def _verdict(answer: EnsemblePrediction) -> tuple[str, int]:
    return verdict(answer), answer.ensemble.digit


if __name__ == "__main__":
    main()
