"""Claim: an epoch in the Train tab, with live curves and predictions, takes at most 1.03 times that of the plain code.

Both sides train in new processes that alternate: the real window, with the Train tab visible and a drawing on its
canvas, started through the controls of the tab; and the notebook's `model.fit` with its progress bar discarded. The
second epoch is measured, from the end of the first: training, validation on the 10,000 test frames and, in the window,
checkpoint and commit. The figure is the median of the ratios of the pairs.

`model.fit` on arrays is slowed at random, by up to half: it waits for TensorFlow's data tuner, which sleeps at the end
of an epoch. A second peer is therefore the same code without that tuner, and the claim holds against it too. The
processor time is printed beside each time: if it varies less than the time, the side slept, or another process was
running.

    python benchmarks/epoch_time.py [--model 1] [--limit 12800] [--pairs 5] [--runs DIR] [--display]
"""

from __future__ import annotations

import tempfile
from functools import partial
from statistics import median
from typing import NamedTuple

from common import (
    Milestone,
    add_display,
    add_runs,
    alternate,
    environment,
    parser,
    print_claim,
    run_child,
    shipped_folder,
    use_platform,
)


class Epoch(NamedTuple):
    """Duration of the second epoch."""

    seconds: float
    processor: float

    @classmethod
    def of(cls, child: dict[str, Milestone]) -> Epoch:
        """Return the epoch that a child process reported."""
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

    def plain(tuner: str) -> Epoch:
        return Epoch.of(run_child("train_plain", arguments.model, arguments.limit, tuner))

    print(environment())
    rows: list[list[Epoch]] = []
    for row in alternate(arguments.pairs, window, partial(plain, "as-is"), partial(plain, "sleepless")):
        rows.append(row)
        ours, as_is, sleepless = row
        print(f"pair {len(rows)}: window {ours}, plain {as_is}, plain without the tuner {sleepless}", flush=True)
    for index, peer in ((1, "the notebook's code"), (2, "the notebook's code, TensorFlow's data tuner off")):
        ratios = [row[0].seconds / row[index].seconds for row in rows]
        print_claim(
            f"An epoch of {arguments.limit} frames, model {arguments.model}",
            f"{median(row[0].seconds for row in rows):.2f} s (median of {len(rows)})",
            f"{median(row[index].seconds for row in rows):.2f} s: {peer}",
            f"{median(ratios):.3f} (median of the pairs': {', '.join(f'{ratio:.3f}' for ratio in ratios)})",
            "at most 1.03",
        )


if __name__ == "__main__":
    main()
