"""Kill studies at random times, repeatedly, and check each time that nothing was lost.

A study of two networks and three seeds is trained by `mnist-gui study`, killed (`kill -9`; on Windows
TerminateProcess), checked, continued, and killed again until it is complete: while it starts, while it creates a run,
while it trains, and while it writes. Then the next study is, until there were enough kills. After each kill the study
must open, no run may be there twice, and every epoch that was reported must be on the disk; in the end all runs must be
completed, no epoch reported twice and nothing left behind. Each run is compared with one of the same seed that was
trained on its own and never killed. The exit status is 1 if there was any problem.

With `--workers N` the runs are trained by N workers of a Dask scheduler on this machine. Then the study is also killed
while a run comes back, and so are workers; another one takes the place of each.

Interrupted (Ctrl-C, SIGTERM, SIGHUP), it ends all its processes; the same command with `--studies DIR` goes on from the
kills so far, which are in DIR/kills.json. Where it is killed itself, its scheduler ends after 10 idle minutes, and the
workers a minute later.

    python tools/kill_study.py [--times 100] [--seed N] [--studies DIR] [--workers N]
"""

from __future__ import annotations

import argparse
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from kill_training import (
    RECIPE,
    TrainingProcess,
    differences,
    end_by_signals,
    leftovers,
    unbroken,
    use_threads,
)

from mnist_gui.files import write_text
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import DamagedRun
from mnist_gui.runs.store import RunStore
from mnist_gui.studies.plan import StudyPlan
from mnist_gui.studies.study import Study, StudyError, StudyStore

PLAN = StudyPlan("killed", (1, 2), RECIPE.with_changes(epochs=3), {}, (1, 2, 3))
AIMS = {"starting": 1, "creating": 3, "training": 4, "saving": 4, "ending": 2}  # weights
CLUSTER_AIMS = {"starting": 1, "creating": 1, "epoch": 3, "saving": 4, "ending": 2, "worker": 4}
MAX_PROCESSES = 60  # for one study
STATE_FILE = "kills.json"
IDLE = "10 minutes"  # after which a scheduler ends whose tool was killed


class Cluster:
    """A scheduler of Dask and its workers, of one thread each, on this machine.

    Parameters
    ----------
    folder
        For their logs and what they train.
    workers
        Number of workers.
    """

    def __init__(self, folder: Path, workers: int) -> None:
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{port}"
        self._workers: list[subprocess.Popen[bytes]] = []
        self._scheduler = self._start("scheduler", "--port", str(port))
        try:
            for _ in range(workers):
                self._workers.append(self._start_worker())
            while not self._answers(port):
                time.sleep(0.1)
        except BaseException:  # an interruption too
            self.close()
            raise

    @staticmethod
    def _answers(port: int) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    def kill_worker(self, rng: random.Random) -> None:
        """Kill a worker, and start another one in its place."""
        index = rng.randrange(len(self._workers))
        self._end(self._workers[index])
        self._workers[index] = self._start_worker()

    def close(self) -> None:
        """End all processes."""
        for process in (*self._workers, self._scheduler):
            self._end(process)

    def _start_worker(self) -> subprocess.Popen[bytes]:
        return self._start("worker", self.address, "--nthreads", "1", "--no-nanny", "--death-timeout", "60")

    def _start(self, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
        variables = {
            "DASK_DISTRIBUTED__SCHEDULER__IDLE_TIMEOUT": IDLE, "DASK_TEMPORARY_DIRECTORY": str(self._folder),
        }  # fmt: skip
        with (self._folder / "dask.log").open("ab") as log:
            return subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder, env={**os.environ, **variables})

    @staticmethod
    def _end(process: subprocess.Popen[bytes]) -> None:
        process.kill()
        process.wait()


class StudyProcess(TrainingProcess):
    """A process that continues a study, on a cluster if there is one."""

    def __init__(self, study: Study, log: Path, cluster: Cluster | None = None) -> None:
        arguments = ["study", study.plan.name, "--studies", str(study.folder.parent), "--json"]
        if cluster is not None:
            arguments += ["--scheduler", cluster.address]
        self._runs_before = count_runs(study)
        self._remaining = len(study.remaining(study.found_runs()))
        super().__init__(arguments, study.store.folder, log)

    def wait_until(self, what: str, is_reached: Callable[[], bool]) -> bool:
        """Wait for a condition or the end of the last run; return whether it was before the process ended."""
        return super().wait_until(what, lambda: is_reached() or self.counts("training_ended") >= self._remaining)

    def wait_for_a_run(self) -> bool:
        """Wait until the folder of another run appears."""
        return self.wait_until("a run", lambda: len(list(self._folder.glob("*"))) > self._runs_before)


@dataclass
class Outcome:
    """Result of all kills.

    Attributes
    ----------
    kills
        Number of kills by aim.
    problems
        Sentences; empty if there were none.
    studies
        The completed studies.
    reported
        How often each epoch of each run was reported, for each study that is not complete.
    """

    kills: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    studies: list[Study] = field(default_factory=list)
    reported: dict[str, Counter[tuple[str, int]]] = field(default_factory=dict)

    @classmethod
    def read(cls, folder: Path) -> Outcome:
        """Return what `write` wrote into a folder; nothing of a missing one."""
        path = folder / STATE_FILE
        values = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        reported = {
            name: Counter({(run, epoch): times for run, epoch, times in counts})
            for name, counts in values.get("reported", {}).items()
        }
        studies = [Study.open(folder / name) for name in values.get("studies", [])]
        return cls(Counter(values.get("kills", {})), values.get("problems", []), studies, reported)

    def write(self, folder: Path) -> None:
        """Write all of it into a folder."""
        values = {
            "kills": self.kills,
            "problems": self.problems,
            "studies": [study.folder.name for study in self.studies],
            "reported": {name: [[*key, times] for key, times in c.items()] for name, c in self.reported.items()},
        }
        write_text(folder / STATE_FILE, json.dumps(values, indent=1) + "\n")


def count_runs(study: Study) -> int:
    """Return the number of folders of runs, also of those that are being created, which are hidden."""
    return len(list(study.store.folder.glob("*")))


def kill_repeatedly(
    folder: Path,
    times: int,
    seed: int,
    plan: StudyPlan = PLAN,
    log: Callable[[str], object] = print,
    cluster: Cluster | None = None,
) -> Outcome:
    """Kill studies until there were enough kills, and complete each; go on from what is in the folder."""
    outcome, studies = Outcome.read(folder), StudyStore(folder)
    rng = random.Random(seed + outcome.kills.total())
    while outcome.kills.total() < times or f"{plan.name}-{len(outcome.studies)}" in outcome.reported:
        name = f"{plan.name}-{len(outcome.studies)}"
        study = studies.get(name) if studies.exists(name) else studies.create(replace(plan, name=name))
        kill_until_complete(study, times, rng, outcome, log, cluster)
        outcome.studies.append(study)
        del outcome.reported[name]
        outcome.write(folder)
    return outcome


def kill_until_complete(
    study: Study,
    times: int,
    rng: random.Random,
    outcome: Outcome,
    log: Callable[[str], object],
    cluster: Cluster | None,
) -> None:
    """Kill one study until it is complete, or until there were enough kills in all, after which it is completed."""
    reported = outcome.reported.setdefault(study.plan.name, Counter())
    with tempfile.TemporaryDirectory() as logs:
        for number in range(MAX_PROCESSES):
            enough = outcome.kills.total() >= times
            aims = AIMS if cluster is None else CLUSTER_AIMS
            aim = "nothing" if enough else rng.choices(list(aims), list(aims.values()))[0]
            process = StudyProcess(study, Path(logs) / f"{number}.jsonl", cluster)
            try:
                aim_at(process, aim, study, rng, cluster)
            finally:
                killed = process.kill()
            outcome.kills.update([aim] if killed and not enough else [])
            reported.update(
                (event["run"], event["epoch"]) for event in process.events if event["event"] == "epoch_ended"
            )
            problems = list(check(study, reported))
            if not killed and process.exit_status:
                problems.append(f"it ended by itself: {process.output}")
            left = len(study.remaining(study.found_runs())) if not problems else "?"
            log(f"{outcome.kills.total():>4}  {study.plan.name}: aimed at {aim}; {left} runs left")
            for problem in problems:
                log(f"      PROBLEM: {problem}")
            outcome.problems += [f"{study.plan.name}, process {number}, {aim}: {problem}" for problem in problems]
            outcome.write(study.folder.parent)
            if not left:
                break
    outcome.problems += [f"{study.plan.name}, in the end: {problem}" for problem in check_complete(study)]


def aim_at(process: StudyProcess, aim: str, study: Study, rng: random.Random, cluster: Cluster | None) -> None:
    """Wait for a random time in a phase, or until all runs have ended."""

    def has_ended() -> bool:
        return not study.remaining(study.found_runs())

    if aim == "starting":
        time.sleep(rng.uniform(0, 3))
    elif aim == "creating":
        process.wait_for_a_run()
        time.sleep(rng.choice((0, 0, rng.uniform(0, 0.01))))
    elif aim == "nothing":
        while not has_ended() and process.is_alive:
            time.sleep(1)
    elif cluster is not None:
        count = rng.randint(1, 3)
        if aim == "saving":
            process.wait_for_writing(rng.randint(1, 8))
            time.sleep(rng.uniform(0, 0.02))
        elif aim == "ending":
            process.wait_until("a run to end", lambda: process.counts("training_ended") > 0)
        else:
            process.wait_until("epochs", lambda: process.counts("epoch_ended") >= count)
            time.sleep(rng.uniform(0, 1))
        if aim == "worker":
            cluster.kill_worker(rng)
            process.wait_until("epochs", lambda: process.counts("epoch_ended") > count + 1)
    elif process.wait_for_batches(rng.randint(1, 20)):
        if aim == "training":
            time.sleep(rng.uniform(0, 0.3))
        elif aim == "saving":
            process.wait_for_writing(rng.randint(1, 8))
            time.sleep(rng.uniform(0, 0.05))
        else:
            process.wait_until("a run to end", lambda: process.counts("training_ended") > 0)
            time.sleep(rng.uniform(0, 0.02))


def check(study: Study, reported: Counter[tuple[str, int]]) -> Iterator[str]:
    """Yield a sentence for each problem after a kill.

    Parameters
    ----------
    study
        The study.
    reported
        How often each epoch of each run was reported by all processes.
    """
    try:
        opened = Study.open(study.folder)
        runs = {run.name: run for run in opened.store.runs()}
    except (StudyError, RunError) as error:
        yield f"the study does not open: {error}"
        return
    planned = [(run.model, run.record.seed) for run in runs.values()]
    yield from (
        f"a run of model {run[0]}, seed {run[1]} is there twice" for run, times in Counter(planned).items() if times > 1
    )
    for (name, epoch), times in reported.items():
        if times > 1:
            yield f"epoch {epoch} of {name} was trained {times} times"
        if name not in runs:
            yield f"run {name} is gone"
        elif runs[name].record.epochs < epoch:
            yield f"epoch {epoch} of {name} was reported and is lost"
    for run in runs.values():
        for file in run.record.files:
            try:
                run.read_file(file)
            except RunError as error:
                yield str(error)
        with suppress(RunError):
            epochs = [metrics.epoch for metrics in run.history()]
            if epochs != list(range(1, run.record.epochs + 1)):
                yield f"{run.name} has the epochs {epochs} in its history, {run.record.epochs} in its record"


def check_complete(study: Study) -> Iterator[str]:
    """Yield a sentence for each problem of a study that must be complete."""
    found = study.found_runs()
    yield from (f"{planned.group.title}, seed {planned.seed} is not there" for planned in study.remaining(found))
    yield from (f"{run.name} is {run.status}" for run in found.values() if run.status != "completed")
    if (count := len(study.store.entries())) != study.plan.size:
        yield f"there are {count} folders of runs; expected {study.plan.size}"
    yield from (f"{entry.name}: {entry.reason}" for entry in study.store.entries() if isinstance(entry, DamagedRun))
    yield from (f"{run.name} has the leftovers {leftovers(run)}" for run in found.values() if leftovers(run))


def compare(outcome: Outcome, folder: Path) -> Iterator[str]:
    """Yield a sentence for each run that differs from one that was trained on its own and never killed."""
    store = RunStore(folder, folder / "no shipped runs")
    alone = {(run.model, run.record.seed): run for run in store.runs() if run.status == "completed"}
    for study in outcome.studies:
        for planned, run in study.found_runs().items():
            key = planned.group.model, planned.seed
            if key not in alone:
                alone[key] = unbroken(store, planned.seed, planned.group.recipe.epochs, planned.group.model)
            if any(differences(alone[key], run).values()):
                yield f"{study.plan.name}, {run.name} differs: {differences(alone[key], run)}"


def main() -> int:
    """Kill, check, compare, and print the result."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=100, metavar="N", help="number of kills; default: 100")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the times")
    options.add_argument("--studies", type=Path, metavar="DIR", help="keep the studies there")
    options.add_argument("--workers", type=int, default=0, metavar="N", help="train on N workers; default: 0, here")
    arguments = options.parse_args()
    use_threads(1)
    end_by_signals()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        cluster = Cluster(Path(temporary), arguments.workers) if arguments.workers else None
        studies = arguments.studies or Path(temporary) / "studies"
        try:
            outcome = kill_repeatedly(studies, arguments.times, arguments.seed, cluster=cluster)
        finally:
            if cluster is not None:
                cluster.close()
        kills = ", ".join(f"{count} while {aim}" for aim, count in sorted(outcome.kills.items()))
        print(f"\n{outcome.kills.total()} kills of {len(outcome.studies)} studies: {kills}.")
        outcome.problems += compare(outcome, (arguments.studies or Path(temporary)) / "alone")
    runs = sum(study.plan.size for study in outcome.studies)
    print(
        f"{runs} runs: {'problems' if outcome.problems else 'all there, none trained twice, each equal bit for bit'}."
    )
    for problem in outcome.problems:
        print(f"  {problem}")
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("Interrupted; all processes have ended. With --studies, the same command goes on.")
