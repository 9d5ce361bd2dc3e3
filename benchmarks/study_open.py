"""Claim: a study of 100 runs opens in Compare, Studies within 0.5 s, once its result is cached.

The page is created, reads a study of 2 models, 5 batch sizes and 10 seeds, shows what it says, and is painted. No
network trained its runs: what they predict is made up and cached, as after a first opening. The peer is the same
opening without the cached result, which computes all intervals and tests from the cached predictions.

    python benchmarks/study_open.py [--seeds 10] [--display]
"""

from __future__ import annotations

import functools
import shutil
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from common import add_display, environment, parser, print_claim, use_platform
from PySide6.QtWidgets import QApplication

from mnist_gui.analysis.evaluation_data import EvaluationSet, load_mnist_evaluation_set
from mnist_gui.analysis.prediction_cache import predictions_file, save_predictions
from mnist_gui.gui import theme
from mnist_gui.gui.compare.studies.studies_controller import StudiesController
from mnist_gui.models.recipes import FAST
from mnist_gui.runs.record import EpochMetrics
from mnist_gui.studies.plan import PlannedRun, StudyPlan
from mnist_gui.studies.result_cache import FOLDER
from mnist_gui.studies.study import Study, StudyStore

REPEATS = 5


def main() -> None:
    options = parser(__doc__)
    options.add_argument("--seeds", type=int, default=10, metavar="N", help="seeds of each of the ten groups")
    add_display(options)
    arguments = options.parse_args()
    use_platform(arguments.display)
    app = QApplication([])
    theme.apply(app, "light")
    data = load_mnist_evaluation_set()
    print(environment())
    with tempfile.TemporaryDirectory() as folder:
        studies, cache = StudyStore(Path(folder) / "studies"), Path(folder) / "cache"
        plan = StudyPlan(
            "hundred", (1, 2), FAST, {"batch_size": (64, 128, 256, 512, 1024)}, tuple(range(1, arguments.seeds + 1))
        )
        study = studies.create(plan)
        for planned in plan.runs():
            add_run(study, planned, data, cache)
        first = open_page(app, studies, data, cache)  # imports SciPy and pyqtgraph
        again = [open_page(app, studies, data, cache) for _ in range(REPEATS)]
        computed = []
        for _ in range(REPEATS):
            shutil.rmtree(cache / FOLDER)
            computed.append(open_page(app, studies, data, cache))
    print_claim(
        f"A study of {plan.size} runs, shown and painted",
        f"{median(again):.2f} s (median of {REPEATS})",
        f"{median(computed):.2f} s: its result not cached; the very first opening {first:.2f} s",
        f"{median(again) / median(computed):.2f}",
        "under 0.5 s",
    )


def add_run(study: Study, planned: PlannedRun, data: EvaluationSet, cache: Path) -> None:
    """Add a completed run with made-up predictions."""
    group = planned.group
    about = {"name": "MNIST", "checksum": data.checksum}
    run = study.store.create(group.model, group.recipe.to_json(), planned.seed, about)
    content = f"{group.title} {planned.seed}".encode()
    files = {"model.onnx": run.write_file("model.onnx", lambda path: path.write_bytes(content))}
    for epoch in (1, 2):
        files["history.csv"] = run.append_history(EpochMetrics(epoch, 0.1, 0.98, 0.1, 0.98 + 0.005 * epoch, 60.0))
        run.commit(epochs=epoch, files=files)
    run.commit(status="completed", exported=2)
    wrong = np.random.default_rng(list(content)).random(len(data)) < 0.005 + 0.001 * group.model
    rows = np.full((len(data), 10), 0.01, np.float32)
    rows[np.arange(len(data)), (data.labels + wrong) % 10] = 0.91
    save_predictions(predictions_file(run, data, cache), rows)


def open_page(app: QApplication, studies: StudyStore, data: EvaluationSet, cache: Path) -> float:
    """Return the seconds until the page shows what the study says and is painted."""
    began = time.perf_counter()
    controller = StudiesController(studies, functools.partial(_identity, data), cache, lambda: 1.0)
    results: list[object] = []
    controller._reader.result_read.connect(results.append)
    controller.page.resize(1200, 800)
    controller.page.show()
    controller.refresh()
    while not results:
        app.processEvents()
        time.sleep(0.001)  # the thread needs the interpreter too
    controller.page.grab()
    seconds = time.perf_counter() - began
    controller.shut_down()
    controller.page.deleteLater()
    app.processEvents()
    return seconds


def _identity(data: EvaluationSet) -> EvaluationSet:
    return data


if __name__ == "__main__":
    main()
