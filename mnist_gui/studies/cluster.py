"""Hands the runs of a study to the workers of a Dask scheduler; the study's folder is the truth, not the scheduler."""

from __future__ import annotations

import asyncio
import ipaddress
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mnist_gui import __version__
from mnist_gui.digits.dataset import MNIST_CHECKSUM, Dataset
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.training.training_events import EpochEnded, Event, TrainingEnded
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.studies.cluster_worker import WorkerFacts, train_package, worker_facts
from mnist_gui.studies.plan import PlannedRun
from mnist_gui.studies.run_package import RunPackage, pack, unpack
from mnist_gui.studies.runner import begun_runs, create_planned
from mnist_gui.studies.study import ENDED, Study, StudyError

if TYPE_CHECKING:
    from distributed import Client, Future, Security

CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 30.0  # as long as Dask waits for a machine that is gone
LOOK_SECONDS = 1.0  # interval of asking the scheduler for its workers
POLL_SECONDS = 0.1
NO_WORKER_SECONDS = 60.0  # without any worker, after which the study is paused
MAX_LOSSES = 3  # of workers, by one run in one epoch


@dataclass(frozen=True)
class ClusterAddress:
    """Where the scheduler is, and how it is reached.

    Attributes
    ----------
    address
        tcp://HOST:PORT or tls://HOST:PORT.
    tls
        Paths of certificates, as arguments of `distributed.Security`; those that are missing are in Dask's own
        configuration.
    """

    address: str
    tls: dict[str, str] = field(default_factory=dict)


def check_address(address: str, *, insecure: bool) -> None:
    """Raise `StudyError` if an address is none, or leads to another machine without encryption unless `insecure`."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if host is None or port is None or parts.scheme not in ("tcp", "tls"):
        raise StudyError(f"{address!r:.80} is no address of a scheduler; give tls://HOST:PORT or tcp://HOST:PORT.")
    if parts.scheme == "tcp" and not insecure and not _is_this_machine(host):
        raise StudyError(
            f"{address} leads to another machine without encryption: whoever is on that network could run programs "
            "here. Use tls:// with certificates, or add --insecure if you trust everyone on it."
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def connect(where: ClusterAddress) -> Iterator[Client]:
    """Yield a client of a scheduler; raise `StudyError` if Dask is not installed or the scheduler is not reached."""
    try:
        from distributed import Client, Security
    except ImportError as error:
        raise StudyError(
            "Several machines need Dask, which is not installed here: pip install 'mnist-gui[cluster]'."
        ) from error
    for file in where.tls.values():
        _check_readable(file)
    try:
        is_tls = where.address.startswith("tls:")
        security = Security(require_encryption=True, **where.tls) if is_tls else Security()
        asyncio.run(_check_answers(where.address, security))
        client = Client(where.address, security=security, timeout=CONNECT_SECONDS, set_as_default=False)
    except Exception as error:  # Dask raises different types
        if "ssl_context" in str(error):
            reason, mend = "it needs certificates", "give --tls-ca-file, --tls-cert and --tls-key"
        else:
            reason, mend = _reason(error), "start it, or correct the address"
        raise StudyError(f"The scheduler {where.address} is not reached ({reason}); {mend}.") from error
    try:
        yield client
    finally:
        with suppress(Exception):  # it may be gone
            client.close(timeout=CONNECT_SECONDS)


def _check_readable(file: str) -> None:
    """Raise `StudyError` if a certificate or key cannot be read; Dask would not name it."""
    try:
        with Path(file).open("rb"):
            pass
    except OSError as error:
        raise StudyError(f"{file} cannot be read ({error.strerror}); give the file of a certificate or key.") from error


async def _check_answers(address: str, security: Security) -> None:
    """Raise an error if what listens at an address is silent; a client of Dask would wait for its answer forever."""
    from distributed.comm import connect

    try:
        arguments = security.get_connection_args("client")
        comm = await asyncio.wait_for(connect(address, CONNECT_SECONDS, **arguments), CONNECT_SECONDS + 1)
    except TimeoutError as error:
        raise OSError("what listens there does not answer as a scheduler") from error
    comm.abort()


def _reason(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).rstrip(".")[:200]


@dataclass
class _Attempt:
    """A run at a worker."""

    planned: PlannedRun
    run: Run
    package: Future[RunPackage]  # would be deleted at the worker without this reference
    future: Future[RunPackage | str]
    lock: ExitStack


class ClusterRunner:
    """Trains the runs of a study on the workers of a scheduler, each worker one at a time.

    Parameters
    ----------
    study
        Its folder changes; it must be locked.
    dataset
        The data of all runs.
    client
        Connection to the scheduler.
    report
        Called with the epochs and the ends of the runs.
    begin
        Called with each run that is handed to a worker, and those that wait.
    say
        Called with sentences about workers.
    control
        `interrupt` pauses the study.
    """

    def __init__(
        self,
        study: Study,
        dataset: Dataset,
        client: Client,
        *,
        report: Callable[[Event], None],
        begin: Callable[[PlannedRun, list[PlannedRun]], None],
        say: Callable[[str], None],
        control: TrainingControl,
    ) -> None:
        from distributed import Queue

        self._study = study
        self._dataset = dataset
        self._client = client
        self._report = report
        self._begin = begin
        self._say = say
        self._control = control
        self._name = f"mnist-gui-{uuid.uuid4().hex}"
        self._queue = Queue(self._name, client=client)
        self._data: dict[str, Future[Dataset]] = {}  # by address of the worker
        self._runs = begun_runs(study, dataset)
        self._waiting = deque(study.remaining(self._runs))
        self._attempts: dict[str, _Attempt] = {}  # by address of the worker
        self._asked: dict[str, Future[WorkerFacts]] = {}
        self._usable: set[str] = set()
        self._refused: set[str] = set()
        self._losses: Counter[tuple[str, int]] = Counter()
        self._looked = 0.0
        self._last_worker = time.monotonic()

    def __call__(self) -> str:
        """Train what remains; return "completed", "paused" or "failed"."""
        try:
            while self._waiting or self._attempts:
                if self._control.is_interrupted:
                    return "paused"
                self._look_for_workers()
                self._hand_out()
                self._receive()
                self._take_ended()
                time.sleep(POLL_SECONDS)
                if self._refused and not (self._usable or self._asked or self._attempts):
                    self._say("No worker is left that can train this study.")
                    return "failed"
            return "completed"
        finally:
            self._pause()

    # -- workers

    def _look_for_workers(self) -> None:
        """Ask new workers for their facts, and give up those that are gone."""
        if time.monotonic() - self._looked < LOOK_SECONDS:
            self._use_answers()
            return
        self._looked = time.monotonic()
        present = set(self._client.nthreads(callback_timeout=ANSWER_SECONDS))
        for address in present - self._usable - set(self._asked) - self._refused:
            self._asked[address] = self._submit(address, worker_facts)
        for address in (self._usable | set(self._asked) | set(self._attempts)) - present:
            self._lose(address)
        self._use_answers()
        if present:
            self._last_worker = time.monotonic()
        elif time.monotonic() - self._last_worker > NO_WORKER_SECONDS:
            raise StudyError(f"The scheduler {self._address} has no worker; start one: dask worker {self._address}")

    def _use_answers(self) -> None:
        for address, future in list(self._asked.items()):
            if not future.done():
                continue
            del self._asked[address]
            try:
                problem = _difference(future.result())
            except ImportError:
                problem = "does not have this program; install it there"
            except Exception as error:  # whatever a stranger's worker raises
                problem = f"does not answer ({_reason(error)})"
            if problem:
                self._refuse(address, problem)
            else:
                self._usable.add(address)

    def _refuse(self, address: str, problem: str) -> None:
        self._usable.discard(address)
        self._refused.add(address)
        self._say(f"Worker {address} {problem}. It gets no runs.")

    def _lose(self, address: str) -> None:
        """Give up a worker that is gone; its run goes on from the last epoch that came back."""
        self._forget(address)
        attempt = self._attempts.get(address)
        if attempt is not None:
            self._give_up(address)
            self._count_loss(address, attempt.run)

    def _forget(self, address: str) -> None:
        self._usable.discard(address)
        self._asked.pop(address, None)
        self._data.pop(address, None)

    def _count_loss(self, address: str, run: Run) -> None:
        """Say that a run goes on elsewhere; raise `StudyError` if it lost its worker too often."""
        self._say(f"Worker {address} is gone. Run {run.name} goes on from epoch {run.record.epochs} at another one.")
        self._losses[run.name, run.record.epochs] += 1
        if self._losses[run.name, run.record.epochs] >= MAX_LOSSES:
            raise StudyError(
                f"Run {run.name} lost its worker {MAX_LOSSES} times in one epoch; look at the memory of the workers."
            )

    # -- runs

    def _hand_out(self) -> None:
        for address in sorted(self._usable - set(self._attempts)):
            if self._waiting:
                self._hand_next_to(address)

    def _hand_next_to(self, address: str) -> None:
        """Send the next run to a worker; if that went away since it was seen, the run stays the next."""
        planned = self._waiting.popleft()
        self._begin(planned, list(self._waiting))
        run = self._runs.get(planned) or create_planned(self._study, planned, self._dataset)
        self._runs[planned] = run
        with ExitStack() as lock:
            lock.enter_context(run.locked())
            run.record = Run.open(run.folder).record
            package = pack(run)
            try:
                sent = self._send(package, address)
                future = self._submit(address, train_package, sent, self._data_at(address), self._name)
            except Exception:  # Dask raises different types
                if self._client.status != "running":
                    raise
                self._waiting.appendleft(planned)
                self._forget(address)
                self._count_loss(address, run)
            else:
                self._attempts[address] = _Attempt(planned, run, sent, future, lock.pop_all())

    def _data_at(self, address: str) -> Future[Dataset] | None:
        """Return the user's own data, sent to a worker once; None for MNIST, which each has."""
        if self._dataset.checksum == MNIST_CHECKSUM:
            return None
        if address not in self._data:
            self._data[address] = self._send(self._dataset, address)
        return self._data[address]

    def _send(self, value: Any, address: str) -> Any:  # noqa: ANN401
        return self._client.scatter(value, workers=[address], hash=False)

    def _submit(self, address: str, function: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
        key = f"{function.__name__}-{uuid.uuid4().hex}"
        return self._client.submit(function, *arguments, key=key, pure=False, workers=[address], retries=0)

    def _receive(self) -> None:
        """Save the runs that came back after an epoch."""
        for message in self._queue.get(batch=True, callback_timeout=ANSWER_SECONDS):
            attempts = self._attempts.values()
            run = next((each.run for each in attempts if each.future.key == message["task"]), None)
            if run is not None:
                # What is damaged, or older than the folder, is made up for by what comes next.
                self._save(run, RunPackage(message["name"], message["record"], message["files"]))

    def _save(self, run: Run, package: RunPackage) -> str:
        """Save a run that came back; return why it cannot be used, or an empty string."""
        before = run.record.epochs
        try:
            unpack(run, package)
        except RunError as error:
            return str(error)
        except OSError as error:
            raise StudyError(f"Run {run.name} cannot be saved in {run.folder} ({error.strerror}).") from error
        for metrics in run.history():
            if metrics.epoch > before:
                self._report(EpochEnded.from_metrics(run.name, metrics, int(run.record.recipe["epochs"])))
        return ""

    def _take_ended(self) -> None:
        """Save the runs that have ended; one that failed goes to another worker."""
        for address, attempt in list(self._attempts.items()):
            if attempt.future.status in ("cancelled", "lost"):  # with its worker, or with the scheduler
                self._lose(address)
            elif attempt.future.done():
                problem = self._problem_of(attempt)
                if problem:
                    self._give_up(address)
                    self._refuse(address, f"could not train run {attempt.run.name}: {problem.rstrip('.')}")
                else:
                    del self._attempts[address]
                    self._end(attempt)

    def _problem_of(self, attempt: _Attempt) -> str:
        """Return why the task of a run did not end as it should, or an empty string."""
        try:
            result = attempt.future.result()
        except Exception as error:  # whatever ended the task
            return _reason(error)
        if isinstance(result, str):
            return result
        problem = self._save(attempt.run, result)
        record = attempt.run.record
        return problem or ("" if record.status in ENDED else record.message or f"it is {record.status}")

    def _end(self, attempt: _Attempt) -> None:
        attempt.lock.close()
        run, record = attempt.run, attempt.run.record
        self._report(TrainingEnded(run.name, run.model, record.status, record.epochs, record.message, run.has_model))

    def _give_up(self, address: str) -> None:
        """Take a run back from a worker, to be trained next."""
        attempt = self._attempts.pop(address)
        with suppress(Exception):  # the scheduler may be gone
            attempt.future.cancel()
        with suppress(OSError, RunError):
            if attempt.run.record.status == "running":
                attempt.run.commit(status="paused", message="")
        attempt.lock.close()
        self._waiting.appendleft(attempt.planned)

    def _pause(self) -> None:
        for address in list(self._attempts):
            self._give_up(address)
        with suppress(Exception):
            self._queue.close()

    @property
    def _address(self) -> str:
        return str(self._client.scheduler.address)


def _difference(facts: WorkerFacts) -> str:
    """Return in what a worker differs from this machine so that it cannot train; empty if in nothing."""
    if facts.version != __version__:
        return f"has version {facts.version} of this program, this machine {__version__}; install the same"
    if facts.mnist != MNIST_CHECKSUM:
        return "has another MNIST, whose checksum differs; install the program again there"
    return ""


def train_on_cluster(
    study: Study,
    dataset: Dataset,
    where: ClusterAddress,
    *,
    report: Callable[[Event], None],
    begin: Callable[[PlannedRun, list[PlannedRun]], None],
    say: Callable[[str], None],
    control: TrainingControl,
) -> str:
    """Train the runs of a study that have not ended on the workers of a scheduler; return how that ended.

    Parameters
    ----------
    where
        Address of the scheduler, see `check_address`.
    report, begin, say, control
        As for `ClusterRunner`.

    Raises
    ------
    StudyError
        Another program trains the study, its runs were trained on other data, the scheduler is not there or goes away,
        or no worker can train. What came back stays.
    RunError
        A run cannot be created.
    """
    with study.locked(), connect(where) as client:
        try:
            runner = ClusterRunner(study, dataset, client, report=report, begin=begin, say=say, control=control)
            return runner()
        except (StudyError, RunError):
            raise
        except Exception as error:
            if client.status == "running" and not isinstance(error, OSError):
                raise
            raise StudyError(
                f"The scheduler {where.address} went away ({_reason(error)}). What came back is kept; start the "
                "scheduler, then continue the study with the same command."
            ) from error
