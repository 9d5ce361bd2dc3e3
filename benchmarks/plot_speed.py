"""Claim: 100 runs of 5,000 epochs, and a training that grows among them, are plotted at 30 frames a second or faster.

The plot of the Train tab shows the runs, and another one gets ten batches and an epoch before each frame, which is
painted at once. The peer is pyqtgraph's PlotWidget, two of them, with the same curves in full: the default way to plot
them. Blocks of both alternate, in one process.

    python benchmarks/plot_speed.py [--runs 100] [--epochs 5000] [--frames 60] [--peer-frames 2] [--display]
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from statistics import median

import numpy as np
import pyqtgraph as pg
from common import add_display, alternate, environment, parser, percentile, print_claim, use_platform
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.train.curves.loss_plot import LossPlot
from mnist_gui.runs.record import EpochMetrics

SIZE = 900, 560
BATCHES = 10  # per epoch
BLOCKS = 3
LIVE = "live"


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--runs", type=int, default=100, metavar="N", help="number of earlier runs")
    options.add_argument("--epochs", type=int, default=5_000, metavar="N", help="epochs of each run")
    options.add_argument("--frames", type=int, default=60, metavar="N", help="frames of this program per block")
    options.add_argument("--peer-frames", type=int, default=2, metavar="N", help="frames of the peer per block")
    add_display(options)
    arguments = options.parse_args()
    use_platform(arguments.display)
    app = QApplication([])
    theme.apply(app, "light")

    histories = [history(run, arguments.epochs) for run in range(arguments.runs + 1)]
    began = time.perf_counter()
    ours = Ours(histories)
    ours.frame()
    shown = time.perf_counter() - began
    peer = Peer(histories)
    peer.frame()
    blocks = alternate(
        BLOCKS, lambda: times(ours.frame, arguments.frames), lambda: times(peer.frame, arguments.peer_frames)
    )
    frames, peer_frames = ([second for block in side for second in block] for side in zip(*blocks, strict=True))
    print(environment())
    print_claim(
        f"A training grows among {arguments.runs} runs of {arguments.epochs} epochs",
        text_of(frames),
        f"{text_of(peer_frames)}: two PlotWidgets with all points",
        f"{median(peer_frames) / median(frames):.0f} times faster (medians)",
        "at least 30 frames a second",
    )
    print(f"\nLoading the runs into the plot and painting them for the first time takes {shown:.1f} s")


def history(run: int, epochs: int) -> list[EpochMetrics]:
    """Return a synthetic run with noise."""
    noise = np.random.default_rng(run).normal(0, 0.003, (epochs, 2))
    figures = []
    for epoch in range(1, epochs + 1):
        fall = math.exp(-6 * epoch / epochs)
        loss = 0.03 + run / 5_000 + 0.3 * fall + abs(noise[epoch - 1, 0])
        judged = 0.03 + 0.1 * fall + 0.02 * epoch / epochs + abs(noise[epoch - 1, 1])
        figures.append(EpochMetrics(epoch, loss, 1 - loss / 3, judged, 1 - judged / 3, 10.0))
    return figures


class Ours:
    """The plot of the Train tab."""

    def __init__(self, histories: Sequence[Sequence[EpochMetrics]]) -> None:
        self.plot = LossPlot()
        self.plot.resize(*SIZE)
        self.plot.show()
        *past, self.live = histories
        for number, figures in enumerate(past):
            self.plot.show_history(f"run {number}", 1 + number % 3, figures, "held out")
        self.plot.begin(LIVE, 1, len(self.live), "held out", BATCHES)
        self.epoch = 0

    def frame(self) -> None:
        """Add to the live run, and paint."""
        figures = self.live[self.epoch % len(self.live)]
        self.epoch += 1
        for batch in range(1, BATCHES + 1):
            self.plot.add_batch(LIVE, self.epoch, batch, figures.loss)
        self.plot.add_epoch(LIVE, figures)
        self.plot.redraw()
        self.plot.grab()


class Peer:
    """Loss and accuracy in two plots, one item per curve with all points."""

    def __init__(self, histories: Sequence[Sequence[EpochMetrics]]) -> None:
        self.window = QWidget()
        layout = QVBoxLayout(self.window)
        plots = [pg.PlotWidget(), pg.PlotWidget()]
        for plot in plots:
            layout.addWidget(plot)
        for figures in histories:
            epochs = np.array([epoch.epoch for epoch in figures], float)
            for plot, names in zip(plots, (("loss", "val_loss"), ("accuracy", "val_accuracy")), strict=True):
                curves = [
                    plot.plot(epochs, np.array([getattr(metrics, name) for metrics in figures])) for name in names
                ]
                self.live = curves[0]  # the last one grows
        self.x, self.y = self.live.getData()
        self.epoch = 0
        self.window.resize(*SIZE)
        self.window.show()

    def frame(self) -> None:
        """Add to the live curve, and paint."""
        self.epoch += 1
        self.live.setData(self.x[: self.epoch], self.y[: self.epoch])
        self.window.grab()


def times(frame: Callable[[], None], count: int) -> list[float]:
    """Return the seconds of each frame."""
    seconds = []
    for _ in range(count):
        began = time.perf_counter()
        frame()
        seconds.append(time.perf_counter() - began)
    return seconds


def text_of(seconds: Sequence[float]) -> str:
    return (
        f"{1 / median(seconds):.1f} frames a second (median {1000 * median(seconds):.1f} ms, "
        f"95 of 100 within {1000 * percentile(seconds, 0.95):.1f} ms)"
    )


if __name__ == "__main__":
    main()
