"""Kill a training at random times, repeatedly, and check each time that nothing was lost.

A run is trained by `mnist-gui train`, killed (`kill -9`; on Windows TerminateProcess), checked, resumed, and killed
again: while it starts, while it trains, while it writes (when files appear in its folder), and while it is being
paused, when the model is exported. After each kill the run must be readable and interrupted, the checksums of its files
must match, the history must contain exactly the epochs of the record, including every epoch reported as ended, and the
next process must resume from there. Finally the run is completed, must predict, and is compared with a run of the same
seed that was never killed. The exit status is 1 if there was any problem.

To save the import of TensorFlow, each training process is forked from a server that has imported TensorFlow and the
program; on Windows each process starts from scratch. The whole process is killed each time.

    python tools/kill_training.py [--times 100] [--seed N] [--threads 1] [--runs DIR]
"""

from __future__ import annotations

import argparse
import glob
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
from mnist_gui.models.architectures import ARCHITECTURES
from mnist_gui.models.inference.predictor import LoadedModel
from mnist_gui.models.recipes import Recipe
from mnist_gui.models.training import new_run
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.weights import read_weights
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

# Short epochs that mostly write, with everything that is random.
RECIPE = Recipe(
    "killed",
    frames=96,
    epochs=10_000,  # never reached; see `finish`
    batch_size=32,
    optimizer="adam",
    learning_rate=1e-4,
    augmentation=1,
    held_out=64,
    patience=10_000,  # keeps the best epoch besides the last one
)
AIMS = {"starting": 1, "training": 4, "saving": 4, "pausing": 2}  # weights
TIMEOUT = 600.0  # seconds; a process on a machine that does other work may need minutes to begin
POLL_INTERVAL = 0.0005  # seconds


class KillError(Exception):
    """The training did not train until it was killed."""


# -- one training process


def run_program(arguments: Sequence[str], log: Path) -> None:
    """Run `mnist-gui` with these arguments in its own process group, with its output in a file."""
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
    """Exit when the parent process ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def start_program(arguments: Sequence[str], log: Path) -> BaseProcess:
    """Start `mnist-gui` as a process; see the docstring of this file."""
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context: Any = multiprocessing.get_context(method)
    if method == "forkserver":
        context.set_forkserver_preload(["tensorflow", "keras", "mnist_gui.cli.main"])
    process: BaseProcess = context.Process(target=run_program, args=(arguments, log), daemon=True)
    process.start()
    return process


class TrainingProcess:
    """A process of `mnist-gui` that trains.

    Parameters
    ----------
    arguments
        Those of `mnist-gui`.
    folder
        Folder of runs, which is watched.
    log
        New file for its output.
    """

    def __init__(self, arguments: Sequence[str], folder: Path, log: Path) -> None:
        self._folder = folder
        self._log = log
        self._appeared = 0
        self._writing: set[str] = set()
        self.exit_status: int | None = None
        self._process = start_program(arguments, log)

    @classmethod
    def resuming(cls, run: Run, log: Path) -> TrainingProcess:
        """Start a process that resumes a run."""
        folder = run.folder.parent
        return cls(("train", "--runs", str(folder), "--resume", run.name, "--json"), folder, log)

    @property
    def events(self) -> list[dict[str, Any]]:
        """Reported events, in complete lines."""
        lines = self._log.read_text(encoding="utf-8").splitlines(keepends=True) if self._log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("\n")]

    @property
    def output(self) -> str:
        """End of the output."""
        return self._log.read_text(encoding="utf-8")[-500:] if self._log.exists() else ""

    def wait_until(self, what: str, is_reached: Callable[[], bool]) -> bool:
        """Wait for a condition; return whether it was reached before the process ended."""
        end = time.monotonic() + TIMEOUT
        while not is_reached():
            if not self._process.is_alive():
                return False
            if time.monotonic() > end:
                raise KillError(f"waited {TIMEOUT} s for {what}; output: {self.output}")
            time.sleep(POLL_INTERVAL)
        return True

    def wait_for_batches(self, times: int) -> bool:
        """Wait for a number of batches."""
        return self.wait_until("batches", lambda: self.counts("batch_ended") >= times)

    def counts(self, event: str) -> int:
        """Return how often an event was reported."""
        return self._log_bytes().count(f'"{event}"'.encode())

    @property
    def is_alive(self) -> bool:
        """Whether the process runs."""
        return self._process.is_alive()

    def wait_for_writing(self, times: int) -> bool:
        """Wait until a number of temporary files have appeared."""
        self._appeared = 0
        return self.wait_until("files to be written", lambda: self._count_writing() >= times)

    def pause(self) -> None:
        """Pause the training as Ctrl-C does."""
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, signal.SIGINT)

    def kill(self) -> bool:
        """Kill the process; return whether it was still running."""
        self._process.kill()
        return self.end()

    def end(self, seconds: float = TIMEOUT) -> bool:
        """Wait for the end; return whether the process was killed."""
        self._process.join(seconds)
        status = self._process.exitcode
        if status is None:
            self._process.kill()
            raise KillError(f"did not end within {seconds} s; output: {self.output}")
        self.exit_status = status
        self._process.close()
        return status < 0

    @property
    def phase(self) -> str:
        """Phase at the last event: "starting", "training" or "saving"."""
        kinds = [event["event"] for event in self.events]
        if "training_started" not in kinds:
            return "starting"
        last = self.events[-1]
        validated = last["event"] == "validation_progressed" and last["part"] == 1
        return "saving" if validated or last.get("what") == "Saving the model." else "training"

    def _log_bytes(self) -> bytes:
        return self._log.read_bytes() if self._log.exists() else b""

    def _count_writing(self) -> int:
        now = set(glob.glob(f"{self._folder}/*/.writing-*"))  # noqa: PTH207 - fast
        self._appeared += len(now - self._writing)
        self._writing = now
        return self._appeared


def train_and_kill(run: Run, log: Path, aim: str, rng: random.Random) -> tuple[TrainingProcess, bool]:
    """Train until a random time in a phase, then kill; return the process and whether it was still running."""
    process = TrainingProcess.resuming(run, log)
    if aim == "starting":
        time.sleep(rng.uniform(0, 3))
    elif process.wait_for_batches(rng.randint(1, 10)):
        if aim == "training":
            time.sleep(rng.uniform(0, 0.3))
        else:
            if aim == "pausing":
                process.pause()
            process.wait_for_writing(rng.randint(1, 6))
            time.sleep(rng.uniform(0, 0.05))
    return process, process.kill()


# -- checks


def check(folder: Path, before: Run, process: TrainingProcess, *, asked_to_pause: bool) -> Iterator[str]:
    """Yield a sentence for each problem after a kill."""
    try:
        run = Run.open(folder)
    except RunError as error:
        yield f"the run does not open: {error}"
        return
    started = [event for event in process.events if event["event"] == "training_started"]
    reported = [event["epoch"] for event in process.events if event["event"] == "epoch_ended"]
    usual = {"interrupted"} | ({"paused"} if asked_to_pause else set()) | (set() if started else {before.status})
    if run.status not in usual:
        yield f"its status is {run.status}; expected {' or '.join(sorted(usual))}"
    for name in run.record.files:
        try:
            run.read_file(name)
        except RunError as error:
            yield str(error)
    try:
        epochs = [metrics.epoch for metrics in run.history()]
    except RunError as error:
        yield str(error)
    else:
        if epochs != list(range(1, run.record.epochs + 1)):
            yield f"its history contains the epochs {epochs}, its record {run.record.epochs}"
    if started and started[0]["epoch"] != before.record.epochs:
        yield f"it resumed from epoch {started[0]['epoch']}; {before.record.epochs} were done"
    if run.record.epochs < max([before.record.epochs, *reported]):
        yield f"it had {max([before.record.epochs, *reported])} epochs, and has {run.record.epochs}"
    if process.phase != "starting" and not reported and not started:
        yield f"it ended by itself: {process.output}"


def differences(first_run: Run, second_run: Run) -> dict[str, float]:
    """Return the largest differences of the history, without times, and the weights of two runs."""
    found = {}
    histories = first_run.history(), second_run.history()
    for column in ("loss", "accuracy", "val_loss", "val_accuracy"):
        values = [np.array([getattr(metrics, column) for metrics in history]) for history in histories]
        found[column] = float(np.abs(values[0] - values[1]).max())
    pairs = zip(read_weights(first_run), read_weights(second_run), strict=True)
    found["weights"] = max(float(np.abs(first - second).max()) for first, second in pairs)
    return found


# -- all kills


@dataclass
class Outcome:
    """Result of all kills.

    Attributes
    ----------
    kills
        Number of kills by phase.
    late
        Number of processes that were paused before the kill.
    cut
        Number of epochs that were interrupted and trained again.
    problems
        Sentences; empty if there were none.
    run
        The completed run.
    """

    kills: Counter[str]
    late: int
    cut: int
    problems: list[str]
    run: Run


def create_run(store: RunStore, seed: int, epochs: int, model: int = 1) -> Run:
    """Create a run on a few MNIST frames."""
    recipe = RECIPE.with_changes(epochs=epochs)
    return new_run.create_run(store, ARCHITECTURES[model], recipe, seed, describe_data(recipe, load_mnist()))


def kill_repeatedly(store: RunStore, times: int, seed: int, log: Callable[[str], object] = print) -> Outcome:
    """Kill a run repeatedly, then complete it."""
    rng = random.Random(seed)
    run = create_run(store, seed, RECIPE.epochs)
    outcome = Outcome(Counter(), 0, 0, [], run)
    aims = [aim for aim in AIMS if aim != "pausing" or os.name == "posix"]
    with tempfile.TemporaryDirectory() as logs:
        processes = 0
        while outcome.kills.total() < times and processes < 2 * times + 10:
            processes += 1
            aim = rng.choices(aims, [AIMS[aim] for aim in aims])[0]
            before = Run.open(run.folder)
            process, killed = train_and_kill(run, Path(logs) / f"{processes}.jsonl", aim, rng)
            problems = list(check(run.folder, before, process, asked_to_pause=aim == "pausing"))
            if not killed and aim != "pausing":
                problems.append(f"it ended by itself: {process.output}")
            outcome.kills.update([process.phase] if killed else [])
            outcome.late += not killed
            epochs = Run.open(run.folder).record.epochs
            outcome.cut += killed and process.phase == "training"
            phase = process.phase
            outcome.problems += [f"Process {processes}, killed while {phase}: {problem}" for problem in problems]
            log(f"{processes:>4}  aimed at {aim}, {'killed' if killed else 'ended'} while {phase}; epoch {epochs}")
            for problem in problems:
                log(f"      PROBLEM: {problem}")
        outcome.problems += finish(run, Path(logs) / "last.jsonl")
    outcome.run = Run.open(run.folder)
    return outcome


def finish(run: Run, log: Path) -> list[str]:
    """Train the run for one more epoch and complete it; return the problems."""
    with run.locked():
        run.record = Run.open(run.folder).record
        run.commit(recipe={**run.record.recipe, "epochs": run.record.epochs + 1})
    process = TrainingProcess.resuming(run, log)
    process.end()
    ended = Run.open(run.folder)
    if ended.status != "completed" or not ended.has_model:
        return [f"In the end the run is {ended.status} and not completed: {process.output}"]
    probabilities = LoadedModel(ended).probabilities(load_mnist().test.frames()[:10])
    is_valid = np.allclose(probabilities.sum(axis=1), 1, atol=1e-3)
    problems = [] if is_valid else ["In the end the predictions are invalid."]
    problems += [f"In the end {name} is a leftover." for name in leftovers(ended)]
    return problems


def leftovers(run: Run) -> list[str]:
    """Return the files in the folder of a run that its record does not name."""
    named = {*run.record.files, "run.json", ".lock"}
    return sorted(path.name for path in run.folder.iterdir() if path.name not in named)


def unbroken(store: RunStore, seed: int, epochs: int, model: int = 1) -> Run:
    """Return a run of the same model and seed that was not killed."""
    run = create_run(store, seed, epochs, model)
    with tempfile.TemporaryDirectory() as logs:
        process = TrainingProcess.resuming(run, Path(logs) / "unbroken.jsonl")
        process.end(TIMEOUT + 20 * epochs)
        if Run.open(run.folder).status != "completed":
            raise KillError(f"the unbroken run is not completed: {process.output}")
    return Run.open(run.folder)


def main() -> int:
    """Kill, check, compare, and print the result."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--times", type=int, default=100, metavar="N", help="number of kills; default: 100")
    options.add_argument("--seed", type=int, default=0, metavar="N", help="seed of the times and of the run")
    options.add_argument("--threads", type=int, default=1, metavar="N", help="processor threads of TensorFlow; 0: all")
    options.add_argument("--runs", type=Path, metavar="DIR", help="keep the runs there")
    arguments = options.parse_args()
    use_threads(arguments.threads)
    with tempfile.TemporaryDirectory() as temporary:
        store = RunStore(arguments.runs or Path(temporary) / "runs", Path(temporary) / "none")
        outcome = kill_repeatedly(store, arguments.times, arguments.seed)
        report(outcome)
        if not outcome.problems:
            found = differences(outcome.run, unbroken(store, arguments.seed, outcome.run.record.epochs))
            same = "equal, bit for bit" if not any(found.values()) else f"largest differences {found}"
            print(f"Against an unbroken run of the same seed, {arguments.threads or 'all'} thread(s): {same}.")
    return 1 if outcome.problems else 0


def report(outcome: Outcome) -> None:
    """Print the result of all kills."""
    kills = ", ".join(f"{count} while {phase}" for phase, count in sorted(outcome.kills.items()))
    print(f"\n{outcome.kills.total()} kills: {kills}. {outcome.late} processes were paused before the kill.")
    print(f"Epochs done: {outcome.run.record.epochs}. Interrupted epochs: {outcome.cut}.")
    print(f"Problems: {len(outcome.problems) or 'none; no complete epoch was lost'}.")
    for problem in outcome.problems:
        print(f"  {problem}")


def use_threads(threads: int) -> None:
    """Set the number of threads of TensorFlow in new processes; 0 for all."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    if threads:
        os.environ.update(TF_NUM_INTRAOP_THREADS=str(threads), TF_NUM_INTEROP_THREADS=str(threads))


def end_by_signals() -> None:
    """Let the signals that end this program raise KeyboardInterrupt, so that it ends the processes that it started."""
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):  # Windows lacks one
            signal.signal(getattr(signal, name), signal.default_int_handler)


if __name__ == "__main__":
    sys.exit(main())
