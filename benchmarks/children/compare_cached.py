"""Make all that the Compare tab needs from what is kept, and print what each part took. Run by compare_speed.py.

python compare_cached.py RUNS_FOLDER
"""

import sys
import time
from itertools import pairwise
from pathlib import Path

from mnist_gui.analysis import mistakes
from mnist_gui.analysis.contenders import contest
from mnist_gui.analysis.judged import judge_on_mnist_test
from mnist_gui.analysis.reliability import class_accuracies, coverage, reliability
from mnist_gui.analysis.robustness import robustness
from mnist_gui.analysis.seeds import compare_seeds, seed_groups, seeds_sentence
from mnist_gui.analysis.table import table
from mnist_gui.analysis.verdicts import headline, verdicts
from mnist_gui.folders import cache_folder
from mnist_gui.runs.store import MODELS, RunStore

folder = Path(sys.argv[1])
marks = [("start", time.perf_counter())]


def mark(name: str) -> None:
    marks.append((name, time.perf_counter()))


store = RunStore(folder / "none", folder)
runs = [run for run in map(store.active, MODELS) if run is not None]
mark("runs")
data = judge_on_mnist_test()
mark("test-set")
found = contest(runs, data, cache_folder())
assert found is not None
mark("answers")
table(found, cache_folder())
mark("table")
outcome = verdicts(found.contenders)
headline(found.contenders, outcome)
groups = seed_groups(found.runs)
compare_seeds(groups)
seeds_sentence(groups)
mark("verdicts")
for each in found.contenders:
    mistakes.matrix(each)
    mistakes.ordered(mistakes.wrong(each), [each], "loss")
mistakes.ordered(mistakes.wrong_by_all(found.runs), found.runs, "loss")
mistakes.unsure_but_right(found.runs)
mark("mistakes")
for each in found.contenders:
    reliability(each)
    class_accuracies(each)
    coverage(each)
mark("reliability")
steps = list(robustness(runs, data, cache_folder(), progress=lambda part: False))
mark("robustness")
for (_, before), (name, after) in pairwise(marks):
    print(name, after - before)
print("everything", marks[-1][1] - marks[0][1])
print("corruptions", len(steps))
