"""Claim: an epoch in the Train tab, curves and strip live, takes at most 1.03 times the plain notebook code's.

Both sides train in fresh processes that alternate: the real window, its Train tab visible and a drawing on its
canvas, started through the tab's own controls; and the notebook's `model.fit` with its progress bar going
nowhere. Measured is the second epoch, from the first one's end to its own: training, validation on the 10,000 test
frames and, in the window, checkpoint and commit. The figure is the median of the pairs' ratios.
Beside each time stands the processor time: where that agrees and the times do not, something else was running.

    python benchmarks/epoch_time.py [--model 1] [--limit 12800] [--pairs 5] [--runs DIR] [--display]
"""

from __future__ import annotations

import tempfile
from statistics import median
from typing import NamedTuple

from common import (
    Milestone,
    add_display,
    add_runs,
    alternate,
    environment,
    parser,
    run_child,
    shipped_folder,
    tell,
    use_platform,
)


class Epoch(NamedTuple):
    """What the second epoch took."""

    seconds: float
    processor: float

    @classmethod
    def of(cls, child: dict[str, Milestone]) -> Epoch:
        """Return what a child told."""
        return cls(*map(float, child["epoch"].values))

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s ({self.processor:.1f} s of processor)"


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--model", type=int, choices=(1, 2, 3), default=1)
    options.add_argument("--limit", type=int, default=12_800, metavar="N", help="train on the first N frames")
    options.add_argument("--pairs", type=int, default=5, metavar="N")
    add_runs(options)
    add_display(options)
    arguments = options.parse_args()
    use_platform(arguments.display)

    def window() -> Epoch:
        with tempfile.TemporaryDirectory() as folder:
            runs = shipped_folder(arguments.runs)
            return Epoch.of(run_child("train_window", arguments.model, arguments.limit, runs, folder))

    def plain() -> Epoch:
        return Epoch.of(run_child("train_plain", arguments.model, arguments.limit))

    print(environment())
    ratios, wall = [], []
    for ours, theirs in alternate(arguments.pairs, window, plain):
        ratios.append(ours.seconds / theirs.seconds)
        wall.append((ours.seconds, theirs.seconds))
        print(f"pair {len(ratios)}: window {ours}, plain {theirs}, ratio {ratios[-1]:.3f}", flush=True)
    tell(
        f"An epoch of {arguments.limit} frames, model {arguments.model}",
        f"{median(ours for ours, _ in wall):.2f} s (median of {len(wall)})",
        f"{median(theirs for _, theirs in wall):.2f} s: the notebook's code",
        f"{median(ratios):.3f} (median of the pairs')",
        "at most 1.03",
    )


if __name__ == "__main__":
    main()
