"""Compute all that the Compare tab needs from the cache, and print the time of each part; run by compare_speed.py.

python compare_cached.py RUNS_FOLDER
"""

import sys
import time
from itertools import pairwise
from pathlib import Path

from mnist_gui.analysis import misclassifications
from mnist_gui.analysis.comparison import compare_runs
from mnist_gui.analysis.evaluation_data import load_mnist_evaluation_set
from mnist_gui.analysis.reliability import coverage, reliability
from mnist_gui.analysis.robustness import robustness
from mnist_gui.analysis.seed_comparison import compare_seeds, seed_groups, seeds_sentence
from mnist_gui.analysis.significance import headline, pairwise_tests
from mnist_gui.analysis.summary_table import summary_table
from mnist_gui.paths import cache_folder
from mnist_gui.runs.store import RunStore

folder = Path(sys.argv[1])
marks = [("start", time.perf_counter())]


def mark(name: str) -> None:
    marks.append((name, time.perf_counter()))


store = RunStore(folder / "none", folder)
runs = store.answering()
mark("runs")
data = load_mnist_evaluation_set()
mark("test-set")
found = compare_runs(runs, data, cache_folder())
assert found is not None
mark("answers")
summary_table(found, cache_folder())
mark("table")
outcome = pairwise_tests(found.compared_runs)
headline(found.compared_runs, outcome)
groups = seed_groups(found.runs)
compare_seeds(groups)
seeds_sentence(groups)
mark("verdicts")
for compared in found.compared_runs:
    _ = compared.confusion_matrix
    misclassifications.sort_indices(misclassifications.misread_by(compared), [compared], "loss")
misclassifications.sort_indices(misclassifications.misread_by_all(found.runs), found.runs, "loss")
misclassifications.least_confident_right(found.runs)
mark("mistakes")
for compared in found.compared_runs:
    reliability(compared)
    misclassifications.class_scores(compared)
    coverage(compared)
mark("reliability")
steps = list(robustness(runs, data, cache_folder(), progress=lambda part: False))
mark("robustness")
for (_, before), (name, after) in pairwise(marks):
    print(name, after - before)
print("everything", marks[-1][1] - marks[0][1])
print("corruptions", len(steps))
