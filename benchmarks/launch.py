"""Claims about launching, each against a peer, with both sides in new processes that alternate.

(a) Until the window is painted once: at most 1.1 times a bare PySide6 window with one pyqtgraph plot.
(b) Until the cards show the first predictions of all three models: 5 times faster than a script that imports
    TensorFlow, loads three `.keras` files (without optimizer, the fastest kind) and predicts once with each.
(c) Resident memory after these predictions: at most half of that script's.

Time runs from just before the process is started until its message arrives. The window restores a drawing, as after any
earlier session, and predicts it with the shipped runs.

    python benchmarks/launch.py [--repeats 7] [--runs DIR] [--display]
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median

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

from mnist_gui.models.architectures import ARCHITECTURES, build
from mnist_gui.models.keras_backend import load_keras

Launch = dict[str, Milestone]


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--repeats", type=int, default=7, metavar="N", help="repeats of each side, after a warm-up")
    add_runs(options)
    add_display(options)
    arguments = options.parse_args()
    use_platform(arguments.display)

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = _keras_files(folder)
        _keep_drawing(folder / "settings")

        def window() -> Launch:
            return run_child("launch_window", folder / "runs", shipped_folder(arguments.runs), folder / "settings")

        def bare() -> Launch:
            return run_child("launch_bare")

        def script() -> Launch:
            return run_child("launch_keras", *files)

        window(), bare(), script()  # warm up disk cache, compiled modules and fonts
        shown = list(alternate(arguments.repeats, window, bare))
        answered = list(alternate(arguments.repeats, window, script))
    _report(shown, answered)


def _keras_files(folder: Path) -> list[Path]:
    """Write the three networks, with new weights, as files."""
    load_keras()
    files = [folder / f"model_{number}.keras" for number in ARCHITECTURES]
    for number, file in zip(ARCHITECTURES, files, strict=True):
        build(ARCHITECTURES[number]).save(file)
    return files


def _keep_drawing(folder: Path) -> None:
    from mnist_gui.gui.canvas_file import CanvasFile
    from mnist_gui.screenshots import SHAKY_FOUR

    CanvasFile(folder).write(SHAKY_FOUR)


def _report(shown: list[tuple[Launch, Launch]], answered: list[tuple[Launch, Launch]]) -> None:
    print(environment())
    first = {launch["answered"].values[0] for launch, _ in answered}
    if first != {str(len(ARCHITECTURES))}:
        print(f"Warning: {', '.join(sorted(first))} models predicted, not {len(ARCHITECTURES)}: runs are missing.")
    ours, theirs = ([side["shown"].seconds for side in sides] for sides in zip(*shown, strict=True))
    print_claim(
        "(a) Launch to the window shown",
        _seconds(ours),
        f"{_seconds(theirs)}: a bare window with one plot",
        f"{median(ours) / median(theirs):.2f}",
        "at most 1.1",
    )
    ours, theirs = ([side["answered"].seconds for side in sides] for sides in zip(*answered, strict=True))
    print_claim(
        "(b) Launch to the first answer of all three models",
        _seconds(ours),
        f"{_seconds(theirs)}: TensorFlow, three .keras files, one predict each",
        f"{median(theirs) / median(ours):.1f} times faster",
        "at least 5 times faster",
    )
    ours, theirs = ([int(side["memory"].values[0]) / 2**20 for side in sides] for sides in zip(*answered, strict=True))
    kind = "resident then" if answered[0][0]["memory"].values[1] == "now" else "peak until then"
    print_claim(
        f"(c) Memory after the first answer ({kind})",
        f"{median(ours):.0f} MiB (median of {len(ours)}; {min(ours):.0f} to {max(ours):.0f})",
        f"{median(theirs):.0f} MiB ({min(theirs):.0f} to {max(theirs):.0f})",
        f"{median(ours) / median(theirs):.2f}",
        "at most 0.5",
    )


def _seconds(values: list[float]) -> str:
    return f"{median(values):.2f} s (median of {len(values)}; {min(values):.2f} to {max(values):.2f})"


if __name__ == "__main__":
    main()
