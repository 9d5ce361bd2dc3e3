"""Claim: while model 2 trains, the program takes at most 1.15 times the memory of the plain Keras script.

Both sides train in new processes, by default on all 60,000 frames: the real window, with the Train tab visible and a
drawing on its canvas, started through the controls of the tab; and the notebook's code. The figure is the peak resident
memory of each process (not on Windows): by default over an epoch with its validation and, in the window, its
checkpoint; with `--batches` until that many batches have ended. Also printed: the peak of the window after the export,
which the script does not have. The result is the median of the ratios of the pairs.

    python benchmarks/training_memory.py [--model 2] [--limit 60000] [--batches 0] [--pairs 3] [--runs DIR] [--display]
"""

from __future__ import annotations

import tempfile
from statistics import median

from common import (
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

MEGABYTE = 1e6


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--model", type=int, choices=(1, 2, 3), default=2)
    options.add_argument("--limit", type=int, default=60_000, metavar="N", help="train on the first N frames")
    options.add_argument("--batches", type=int, default=0, metavar="N", help="stop after N batches; 0: a whole epoch")
    options.add_argument("--pairs", type=int, default=3, metavar="N")
    add_runs(options)
    add_display(options)
    arguments = options.parse_args()
    use_platform(arguments.display)
    given = arguments.model, arguments.limit, arguments.batches
    exported: list[float] = []

    def window() -> float:
        with tempfile.TemporaryDirectory() as folder:
            child = run_child("memory_train_window", *given, shipped_folder(arguments.runs), folder)
        if not arguments.batches:
            exported.append(int(child["exported"].values[0]) / MEGABYTE)
        return int(child["peak"].values[0]) / MEGABYTE

    def plain() -> float:
        return int(run_child("memory_train_plain", *given)["peak"].values[0]) / MEGABYTE

    print(environment())
    rows: list[list[float]] = []
    for row in alternate(arguments.pairs, window, plain):
        rows.append(row)
        print(f"pair {len(rows)}: window {row[0]:.0f} MB, plain {row[1]:.0f} MB", flush=True)
    if exported:
        print(f"peak of the window including the export of its model: {median(exported):.0f} MB")
    part = f"{arguments.batches} batches" if arguments.batches else "an epoch"
    print_claim(
        f"Peak resident memory over {part} of model {arguments.model}, {arguments.limit} frames",
        f"{median(row[0] for row in rows):.0f} MB (median of {len(rows)})",
        f"{median(row[1] for row in rows):.0f} MB",
        f"{median(row[0] / row[1] for row in rows):.3f}",
        "at most 1.15",
    )


if __name__ == "__main__":
    main()
