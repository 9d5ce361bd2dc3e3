"""Kill a training at random moments, again and again, and check after each time that nothing was lost.

One run is trained by `mnist-gui train`, killed (`kill -9`; on Windows TerminateProcess), looked at, resumed, killed
again: while it starts, while it trains, while it writes (aimed at the moments when files appear in its folder), and
while it is being paused, when the model is exported. After each kill the run must open and read as interrupted, every
file that its record names must verify, the history must hold exactly the record's epochs, every epoch that was told as
ended must be among them, and the next life must go on from there. At the end the run is trained to its end, must
answer, and is compared with a run of the same seed that nobody killed. Exit status 1 says that anything was wrong.

To save the seconds of importing TensorFlow, each training process is forked from a server that has imported it and
the program and done nothing else; on Windows each begins afresh. What is killed is the whole process, every time.

    python tools/kill_training.py [--times 100] [--seed N] [--threads 1] [--runs DIR]
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import numpy as np

from mnist_gui.digits.dataset import load_mnist
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.runs.record import WEIGHTS_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

# Short epochs, much of their time spent on writing; everything in them that depends on chance.
RECIPE = Recipe(
    "killed",
    frames=96,
    epochs=100_000,  # never reached; see `finish`
    batch_size=32,
    optimizer="adam",
    learning_rate=1e-4,
    augmentation=1,
    held_out=64,
    patience=100_000,  # so that the best epoch is kept beside the last one
)
AIMS = {"starting": 1, "training": 4, "saving": 4, "pausing": 2}  # how often each is aimed at
PATIENCE = 180  # seconds until a training that does nothing is a problem
LOOK_EVERY = 0.0005  # seconds


class KillError(Exception):
    """The training did something else than train until it was killed."""


# -- one life of the training


def be_the_program(arguments: Sequence[str], log: Path) -> None:
    """Be `mnist-gui` with these arguments, in a process group of its own.

    Its words go to a file: what is written there no kill takes back.
    """
    if hasattr(os, "setsid"):
        os.setsid()
    threading.Thread(target=end_with_parent, daemon=True).start()
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    sys.argv = ["mnist-gui", *arguments]
    from mnist_gui.cli import main

    sys.exit(main.main())


def end_with_parent() -> None:
    """Let no training go on for ever whose killer was killed."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def start_program(arguments: Sequence[str], log: Path) -> BaseProcess:
    """Return `mnist-gui` as a process that has begun; see the head of this file."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["tensorflow", "keras", "mnist_gui.cli.main"])
    process: BaseProcess = context.Process(target=be_the_program, args=(arguments, log), daemon=True)
    process.start()
    return process


class Life:
    """One training process and what it told.

    Parameters
    ----------
    run
        Which it goes on with.
    log
        A new file for its words.
    """

    def __init__(self, run: Run, log: Path) -> None:
        self._folder = run.folder
        self._log = log
        self._appeared = 0
        self._writing: set[str] = set()
        arguments = ("train", "--runs", str(run.folder.parent), "--resume", run.name, "--json")
        self._process = start_program(arguments, log)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Return what it told, as far as the lines are whole."""
        lines = self._log.read_text(encoding="utf-8").splitlines(keepends=True) if self._log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    @property
    def words(self) -> str:
        """Return the end of everything that it printed."""
        return self._log.read_text(encoding="utf-8")[-500:] if self._log.exists() else ""

    def wait_until(self, what: str, has_come: Callable[[], bool]) -> bool:
        """Wait; return whether it came before the process ended by itself."""
        end = time.monotonic() + PATIENCE
        while not has_come():
            if not self._process.is_alive():
                return False
            if time.monotonic() > end:
                raise KillError(f"waited {PATIENCE} s for {what}; it told: {self.words}")
            time.sleep(LOOK_EVERY)
        return True

    def wait_for_batches(self, times: int) -> bool:
        """Wait until so many batches have ended."""
        return self.wait_until("batches", lambda: self._log_bytes().count(b'"batch_ended"') >= times)

    def wait_for_writing(self, times: int) -> bool:
        """Wait until files have begun to be written so many times from now on."""
        self._appeared = 0
        return self.wait_until("files to be written", lambda: self._count_writing() >= times)

    def pause(self) -> None:
        """Ask as Ctrl-C does."""
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, signal.SIGINT)

    def kill(self) -> bool:
        """Kill it; return whether it was still there to be killed."""
        self._process.kill()
        return self.end()

    def end(self, seconds: float = PATIENCE) -> bool:
        """Wait until it has ended; return whether by a kill."""
        self._process.join(seconds)
        status = self._process.exitcode
        if status is None:
            self._process.kill()
            raise KillError(f"did not end within {seconds} s; it told: {self.words}")
        self._process.close()
        return status < 0

    @property
    def phase(self) -> str:
        """Return what it was doing when it last said something: "starting", "training" or "saving"."""
        kinds = [event["event"] for event in self.events]
        if "training_started" not in kinds:
            return "starting"
        last = self.events[-1]
        validated = last["event"] == "validation_progressed" and last["part"] == 1
        return "saving" if validated or last.get("what") == "Saving the model." else "training"

    def _log_bytes(self) -> bytes:
        return self._log.read_bytes() if self._log.exists() else b""

    def _count_writing(self) -> int:
        now = {name for name in os.listdir(self._folder) if name.startswith(".writing-")}  # noqa: PTH208 - fast
        self._appeared += len(now - self._writing)
        self._writing = now
        return self._appeared


def live_and_die(run: Run, log: Path, aim: str, rng: random.Random) -> tuple[Life, bool]:
    """Train until a random moment of the kind that is aimed at, and kill; return whether that came in time."""
    life = Life(run, log)
    if aim == "starting":
        time.sleep(rng.uniform(0, 3))
    elif life.wait_for_batches(rng.randint(1, 10)):
        if aim == "training":
            time.sleep(rng.uniform(0, 0.3))
        else:
            if aim == "pausing":
                life.pause()
            life.wait_for_writing(rng.randint(1, 6))
            time.sleep(rng.uniform(0, 0.05))
    return life, life.kill()


# -- what must hold


def check(folder: Path, before: Run, life: Life, *, asked_to_pause: bool) -> Iterator[str]:
    """Yield a sentence for each thing that is not as it must be after a kill."""
    try:
        run = Run.open(folder)
    except RunError as error:
        yield f"the run does not open: {error}"
        return
    started = [event for event in life.events if event["event"] == "training_started"]
    told = [event["epoch"] for event in life.events if event["event"] == "epoch_ended"]
    usual = {"interrupted"} | ({"paused"} if asked_to_pause else set()) | (set() if started else {before.status})
    if run.status not in usual:
        yield f"its status is {run.status}; expected {' or '.join(sorted(usual))}"
    for name in run.record.files:
        try:
            run.read_file(name)
        except RunError as error:
            yield str(error)
    try:
        epochs = [figures.epoch for figures in run.history()]
    except RunError as error:
        yield str(error)
    else:
        if epochs != list(range(1, run.record.epochs + 1)):
            yield f"its history holds the epochs {epochs}, its record says {run.record.epochs}"
    if started and started[0]["epoch"] != before.record.epochs:
        yield f"it went on from epoch {started[0]['epoch']}; {before.record.epochs} were done"
    if run.record.epochs < max([before.record.epochs, *told]):
        yield f"it had {max([before.record.epochs, *told])} whole epochs, and has {run.record.epochs}"
    if life.phase != "starting" and not told and not started:
        yield f"it ended by itself: {life.words}"


def differences(one: Run, other: Run) -> dict[str, float]:
    """Return the largest difference of two runs' history and weights; what the clock says is left out."""
    found = {}
    histories = one.history(), other.history()
    for column in ("loss", "accuracy", "val_loss", "val_accuracy"):
        values = [np.array([getattr(figures, column) for figures in history]) for history in histories]
        found[column] = float(np.abs(values[0] - values[1]).max())
    with np.load(one.folder / WEIGHTS_FILE) as first, np.load(other.folder / WEIGHTS_FILE) as second:
        found["weights"] = max(float(np.abs(first[name] - second[name]).max()) for name in first.files)
    return found


# -- all of it


@dataclass
class Outcome:
    """What came of many kills.

    Attributes
    ----------
    kills
        How many, by what the training was doing.
    late
        Lives that were paused before the kill reached them; no kills.
    cut
        Epochs that were under way when it was killed and had to be trained again.
    problems
        Sentences; empty if all is well.
    run
        The run, trained to its end; its history says how many epochs it got to.
    """

    kills: Counter[str]
    late: int
    cut: int
    problems: list[str]
    run: Run


def create_run(store: RunStore, seed: int, epochs: int) -> Run:
    """Return a new run of so many epochs of few MNIST frames."""
    recipe = RECIPE.with_changes(epochs=epochs)
    return store.create(1, recipe.to_json(), seed, describe_data(recipe, load_mnist()))


def kill_again_and_again(store: RunStore, times: int, seed: int, tell: Callable[[str], object] = print) -> Outcome:
    """Kill one run so many times, then train it to its end."""
    rng = random.Random(seed)
    run = create_run(store, seed, RECIPE.epochs)
    outcome = Outcome(Counter(), 0, 0, [], run)
    aims = [aim for aim in AIMS if aim != "pausing" or os.name == "posix"]
    with tempfile.TemporaryDirectory() as logs:
        lives = 0
        while outcome.kills.total() < times and lives < 2 * times + 10:
            lives += 1
            aim = rng.choices(aims, [AIMS[aim] for aim in aims])[0]
            before = Run.open(run.folder)
            life, killed = live_and_die(run, Path(logs) / f"{lives}.jsonl", aim, rng)
            problems = list(check(run.folder, before, life, asked_to_pause=aim == "pausing"))
            if not killed and aim != "pausing":
                problems.append(f"it ended by itself: {life.words}")
            outcome.kills.update([life.phase] if killed else [])
            outcome.late += not killed
            epochs = Run.open(run.folder).record.epochs
            outcome.cut += killed and life.phase == "training"
            outcome.problems += [f"Life {lives}, killed while {life.phase}: {problem}" for problem in problems]
            tell(f"{lives:>4}  aimed at {aim}, {'killed' if killed else 'ended'} while {life.phase}; epoch {epochs}")
            for problem in problems:
                tell(f"      PROBLEM: {problem}")
        outcome.problems += finish(run, Path(logs) / "last.jsonl")
    outcome.run = Run.open(run.folder)
    return outcome


def finish(run: Run, log: Path) -> list[str]:
    """Train the run for one more epoch and let it complete; return what is wrong with it then."""
    with run.locked():
        run.record = Run.open(run.folder).record
        run.commit(recipe={**run.record.recipe, "epochs": run.record.epochs + 1})
    life = Life(run, log)
    life.end()
    ended = Run.open(run.folder)
    if ended.status != "completed" or not ended.answers:
        return [f"In the end the run is {ended.status} and not completed: {life.words}"]
    answers = LoadedModel(ended).probabilities(load_mnist().test.frames()[:10])
    problems = [] if np.allclose(answers.sum(axis=1), 1, atol=1e-3) else ["In the end the run answers nonsense."]
    problems += [f"In the end {name} is left over." for name in leftovers(ended)]
    return problems


def leftovers(run: Run) -> list[str]:
    """Return the files of a run's folder that it does not name."""
    named = {*run.record.files, "run.json", ".lock"}
    return sorted(path.name for path in run.folder.iterdir() if path.name not in named)


def unbroken(store: RunStore, seed: int, epochs: int) -> Run:
    """Return a run of that seed that nobody killed."""
    run = create_run(store, seed, epochs)
    with tempfile.TemporaryDirectory() as logs:
        life = Life(run, Path(logs) / "unbroken.jsonl")
        life.end(PATIENCE + 20 * epochs)
        if Run.open(run.folder).status != "completed":
            raise KillError(f"the unbroken run is not completed: {life.words}")
    return Run.open(run.folder)


def main() -> int:
    """Kill, check, compare, and say what came of it."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=100, metavar="N", help="how many kills; default: 100")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="of the moments and of the run")
    options.add_argument("--threads", type=int, default=1, metavar="N", help="processor threads of TensorFlow; 0: all")
    options.add_argument("--runs", type=Path, metavar="DIR", help="keep the runs there")
    arguments = options.parse_args()
    use_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as temporary:
        store = RunStore(arguments.runs or Path(temporary) / "runs", Path(temporary) / "none")
        outcome = kill_again_and_again(store, arguments.times, arguments.seed)
        report(outcome)
        if not outcome.problems:
            found = differences(outcome.run, unbroken(store, arguments.seed, outcome.run.record.epochs))
            same = "equal, bit for bit" if not any(found.values()) else f"largest differences {found}"
            print(f"Against an unbroken run of the same seed, {arguments.threads or 'all'} thread(s): {same}.")
    return 1 if outcome.problems else 0


def report(outcome: Outcome) -> None:
    """Print what came of all kills."""
    kills = ", ".join(f"{count} while {phase}" for phase, count in sorted(outcome.kills.items()))
    print(f"\n{outcome.kills.total()} kills: {kills}. {outcome.late} lives were paused before a kill reached them.")
    print(f"Epochs done: {outcome.run.record.epochs}. Epochs under way that a kill cut: {outcome.cut}.")
    print(f"Problems: {len(outcome.problems) or 'none; no whole epoch was lost'}.")
    for problem in outcome.problems:
        print(f"  {problem}")


def use_threads(threads: int) -> None:
    """Let TensorFlow, in processes begun from now on, use so many processor threads; 0 for all."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if threads:
        os.environ.update(TF_NUM_INTRAOP_THREADS=str(threads), TF_NUM_INTEROP_THREADS=str(threads))


if __name__ == "__main__":
    sys.exit(main())
