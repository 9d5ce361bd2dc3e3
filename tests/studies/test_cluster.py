"""Studies on a scheduler and workers of Dask, processes of this machine that train with a fake."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from mnist_gui.models.recipes import FAST
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.training.training_events import EpochEnded, TrainingEnded
from mnist_gui.studies import cluster
from mnist_gui.studies.cluster import ClusterAddress, check_address, connect, train_on_cluster
from mnist_gui.studies.plan import StudyPlan
from mnist_gui.studies.runner import train_study
from mnist_gui.studies.study import Study, StudyError, StudyStore
from tests.fakes import FakeTraining

ROOT = Path(__file__).parents[2]
RECIPE = replace(FAST, epochs=3, held_out=400)
EPOCHS_OF_TWO_RUNS = 6
SECONDS_TO_START = 60


class Processes:
    """A scheduler and workers as processes."""

    def __init__(self, folder):
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.stack = ExitStack()
        self.workers = []
        self.scheduler = self.start("scheduler", "--port", str(self.port))
        end = time.monotonic() + SECONDS_TO_START
        while not self.is_listening() and time.monotonic() < end:
            time.sleep(0.1)

    def is_listening(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def start(self, *arguments, **environment):
        log = self.stack.enter_context((self.folder / f"{len(self.workers)}.log").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", "dask", *arguments, "--host", "127.0.0.1", "--no-dashboard"],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment}, stdout=log, stderr=log, cwd=self.folder,
        )  # fmt: skip
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        return process

    def add_worker(self, **environment):
        preload = ROOT / "tests" / "studies" / "fake_worker.py"
        folder = self.folder / f"worker-{len(self.workers)}"
        options = ("--nthreads", "1", "--no-nanny", "--preload", str(preload), "--local-directory", str(folder))
        self.workers.append(self.start("worker", self.address, *options, **environment))
        return self.workers[-1]

    def kept_runs(self):
        """Return the folders of the workers in which a run lies; a worker may delete them meanwhile."""
        return [
            parent
            for folder in self.folder.glob("worker-*")
            for parent, _, names in os.walk(folder)  # which, unlike `glob`, takes it that a folder goes
            if "run.json" in names
        ]


@pytest.fixture
def processes(tmp_path):
    pytest.importorskip("distributed")
    processes = Processes(tmp_path)
    with processes.stack:
        yield processes


@pytest.fixture
def study(tmp_path):
    return StudyStore(tmp_path / "studies").create(StudyPlan("far", (1,), RECIPE, {}, (1, 2)))


class Recorder:
    """Trains a study on a cluster; records what it reports, and acts at the first run and at the first epoch."""

    def __init__(self, address, dataset, act=lambda: None, act_at_start=lambda: None):
        self.address = address
        self.dataset = dataset
        self.act = act
        self.act_at_start = act_at_start
        self.control = TrainingControl()
        self.epochs = []
        self.ended = []
        self.begun = []
        self.said = []

    def __call__(self, study):
        return train_on_cluster(
            study, self.dataset, ClusterAddress(self.address), report=self.report, say=self.said.append,
            begin=self.begin, control=self.control,
        )  # fmt: skip

    def begin(self, planned, following):
        self.begun.append(planned.seed)
        if len(self.begun) == 1:
            self.act_at_start()

    def report(self, event):
        if isinstance(event, EpochEnded):
            self.epochs.append((event.run, event.epoch))
            if len(self.epochs) == 1:
                self.act()
        elif isinstance(event, TrainingEnded):
            self.ended.append(event.status)


def check_whole(study, recorder):
    """Check that both runs are there once, whole, and that no epoch was saved twice."""
    runs = Study.open(study.folder).store.runs()
    assert [run.status for run in runs] == ["completed"] * 2
    assert all(len(run.history()) == RECIPE.epochs for run in runs)
    assert all(run.read_file(name) for run in runs for name in run.record.files)
    assert len(set(recorder.epochs)) == len(recorder.epochs) == EPOCHS_OF_TWO_RUNS
    assert not any(run.is_locked() for run in runs)


@pytest.mark.slow
def test_runs_are_trained_by_workers_and_come_back(processes, study, tiny_dataset, monkeypatch):
    monkeypatch.setattr(cluster, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(cluster, "POLL_SECONDS", 0.001)
    dask = pytest.importorskip("dask")
    for _ in range(2):
        processes.add_worker(FAKE_BATCH_SECONDS="0.02")
    recorder = Recorder(processes.address, tiny_dataset)
    # Dask asks for a summary without workers in between, which once made all workers seem gone.
    with dask.config.set({"distributed.client.scheduler-info-interval": "1ms"}):
        assert recorder(study) == "completed", recorder.said
    assert recorder.said == []
    check_whole(study, recorder)
    assert recorder.begun == [1, 2]
    assert recorder.ended == ["completed"] * 2
    assert not processes.kept_runs(), "workers keep nothing"


@pytest.mark.slow
def test_a_worker_that_dies_costs_its_epoch_and_not_its_run(processes, study, tiny_dataset):
    first = processes.add_worker(FAKE_BATCH_SECONDS="0.05")

    def kill():
        first.kill()
        processes.add_worker()

    recorder = Recorder(processes.address, tiny_dataset, kill)
    assert recorder(study) == "completed", recorder.said
    check_whole(study, recorder)
    assert any("is gone. Run" in said and "goes on from epoch 1" in said for said in recorder.said)


@pytest.mark.slow
def test_a_worker_that_dies_before_it_gets_its_run_costs_nothing(processes, study, tiny_dataset):
    """A worker may go between the moment in which it is seen and the one in which it is sent something."""
    from distributed import Client

    def replace_worker():
        with Client(processes.address, set_as_default=False) as client:
            (gone,) = client.nthreads()
            processes.workers[0].kill()
            end = time.monotonic() + SECONDS_TO_START
            while gone in client.nthreads() and time.monotonic() < end:
                time.sleep(0.05)
        processes.add_worker()

    processes.add_worker()
    recorder = Recorder(processes.address, tiny_dataset, act_at_start=replace_worker)
    assert recorder(study) == "completed"
    check_whole(study, recorder)
    assert [sentence for sentence in recorder.said if "goes on from epoch 0 at another one" in sentence]


@pytest.mark.slow
def test_workers_that_cannot_train_are_named_and_nothing_is_lost(processes, study, tiny_dataset):
    import distributed

    for fault in ("version", "mnist", "disk", "training"):
        processes.add_worker(FAKE_FAULT=fault)
    with distributed.Client(processes.address) as client:
        client.wait_for_workers(4, timeout=60)
    recorder = Recorder(processes.address, tiny_dataset)
    assert recorder(study) == "failed"
    said = " ".join(recorder.said)
    assert "has version 0.0.1 of this program" in said
    assert "has another MNIST" in said
    assert "its disk cannot be used (No space left on device); make room on it" in said
    assert "no memory. It gets no runs." in said, said
    rest = train_study(
        study, tiny_dataset, train=FakeTraining(), report=lambda event: None, begin=lambda *_: None,
        control=TrainingControl(),
    )  # fmt: skip
    assert rest == "completed"
    assert [run.status for run in study.store.runs()] == ["completed"] * 2


@pytest.mark.slow
@pytest.mark.parametrize(
    "signal_name",
    [
        "SIGKILL",
        pytest.param("SIGSTOP", marks=pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")),
    ],
)
def test_a_scheduler_that_goes_away_or_hangs_pauses_the_study(processes, study, tiny_dataset, monkeypatch, signal_name):
    monkeypatch.setattr(cluster, "ANSWER_SECONDS", 2.0)
    processes.add_worker(FAKE_BATCH_SECONDS="0.05")
    number = getattr(signal, signal_name, signal.SIGTERM)
    recorder = Recorder(processes.address, tiny_dataset, lambda: processes.scheduler.send_signal(number))
    with pytest.raises(StudyError, match=r"went away .* continue the study with the same command"):
        recorder(study)
    (run,) = study.store.runs()
    assert (run.status, run.record.epochs) == ("paused", 1)
    rest = train_study(
        study, tiny_dataset, train=FakeTraining(), report=lambda event: None, begin=lambda *_: None,
        control=TrainingControl(),
    )  # fmt: skip
    assert rest == "completed"


@pytest.mark.slow
def test_a_paused_study_ends_the_training_at_its_worker(processes, study, tiny_dataset):
    processes.add_worker(FAKE_BATCH_SECONDS="0.05")
    recorder = Recorder(processes.address, tiny_dataset)
    recorder.act = recorder.control.interrupt
    assert recorder(study) == "paused"
    (run,) = study.store.runs()
    assert (run.status, run.record.epochs) == ("paused", 1)
    end = time.monotonic() + 30
    while processes.kept_runs() and time.monotonic() < end:
        time.sleep(0.2)
    assert not processes.kept_runs()


@pytest.mark.parametrize(("listens", "reason"), [(False, ""), (True, r".*does not answer as a scheduler")])
def test_what_is_no_scheduler_is_named(study, tiny_dataset, monkeypatch, listens, reason):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        if listens:
            other.listen()
        address = f"tcp://127.0.0.1:{other.getsockname()[1]}"
        with pytest.raises(StudyError, match=f"The scheduler {address} is not reached{reason}"):
            Recorder(address, tiny_dataset)(study)
    assert not study.store.runs()


def test_a_certificate_that_cannot_be_read_is_named(study, tiny_dataset, tmp_path):
    pytest.importorskip("distributed")
    where = ClusterAddress("tls://127.0.0.1:1", {"tls_ca_file": str(tmp_path / "ca.pem")})
    with pytest.raises(StudyError, match=r"ca\.pem cannot be read .*; give the file of a certificate"), connect(where):
        pass


def test_an_encrypted_connection_asks_for_certificates(study, tiny_dataset, monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(cluster, "CONNECT_SECONDS", 0.5)
    with pytest.raises(StudyError, match="it needs certificates"):
        Recorder("tls://127.0.0.1:1", tiny_dataset)(study)


def test_without_dask_it_is_said_how_to_install_it(study, tiny_dataset, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(StudyError, match=r"pip install 'mnist-gui\[cluster\]'"):
        Recorder("tcp://127.0.0.1:1", tiny_dataset)(study)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tcp://localhost:1", "tcp://[::1]:8786", "tls://far:8786"])
def test_this_machine_and_encrypted_connections_are_allowed(address):
    check_address(address, insecure=False)


@pytest.mark.parametrize("address", ["tcp://192.168.1.7:8786", "tcp://teacher.local:8786", "tcp://0.0.0.0:1"])
def test_a_plain_connection_to_another_machine_must_be_wanted(address):
    with pytest.raises(StudyError, match="without encryption"):
        check_address(address, insecure=False)
    check_address(address, insecure=True)


@pytest.mark.parametrize("address", ["far", "http://far:1", "tls://far", "tls://:8786", "tcp://far:port", ""])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(StudyError, match=r"no address of a scheduler; give tls://HOST:PORT"):
        check_address(address, insecure=True)
