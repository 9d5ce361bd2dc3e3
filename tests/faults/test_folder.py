"""The folder of a run becomes read-only, disappears, or is locked by another program."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack

import pytest

from mnist_gui.cli.main import main
from mnist_gui.models.training import training_events
from mnist_gui.models.training.trainer import train
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.runs.record import RunBusyError, RunError
from tests.faults.faulty import MARKS, Log, check_whole, contents, create, go_on

pytestmark = MARKS

HOLD = """
import sys
from pathlib import Path
from mnist_gui.runs.run import Run
with Run.open(Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(os.name != "posix", reason="permissions of folders are POSIX")
def test_a_folder_that_becomes_read_only_costs_no_whole_epoch(store, tiny_dataset, unprivileged):
    run = create(store, tiny_dataset)
    with ExitStack() as without_permission:

        def take_permission(event):
            run.folder.chmod(0o555)
            without_permission.enter_context(unprivileged())

        log = Log(training_events.EpochEnded, take_permission)
        train(run, tiny_dataset, report=log, control=TrainingControl())
        assert (log.end.status, log.end.epoch) == ("failed", 1)
        assert "The run could not be written: Permission denied" in log.end.message
        again = store.get(run.name)
        assert again.status == "interrupted", "what it became cannot be written"
        check_whole(again)
        with pytest.raises(RunError, match="cannot be written"):
            train(again, tiny_dataset, report=Log(), control=TrainingControl())
    run.folder.chmod(0o755)
    go_on(store, run, tiny_dataset)


@pytest.mark.skipif(os.name != "posix", reason="Windows deletes no folder in which a file is open")
@pytest.mark.parametrize("when", [training_events.BatchEnded, training_events.EpochEnded])
def test_a_folder_that_is_deleted_while_it_trains_stays_away(store, tiny_dataset, when):
    run = create(store, tiny_dataset)
    log = Log(when, lambda event: shutil.rmtree(run.folder, ignore_errors=True))
    train(run, tiny_dataset, report=log, control=TrainingControl())
    assert log.end.status == "failed"
    assert "was moved or deleted" in log.end.message
    assert not log.end.answers, "nothing is left to answer"
    assert not run.folder.exists()
    assert len(store.entries()) == 1
    with pytest.raises(RunError, match="no longer exists"):
        train(run, tiny_dataset, report=Log(), control=TrainingControl())


def test_a_second_program_learns_that_the_run_is_being_written(store, tiny_dataset, capsys):
    run = create(store, tiny_dataset)
    before = contents(run)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(run.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(RunBusyError, match="is being written by another program; wait until it ends"):
            train(run, tiny_dataset, report=Log(), control=TrainingControl())
        with pytest.raises(RunBusyError):
            store.delete(run.name)
        assert main(["train", "--runs", str(store.folder), "--resume", run.name]) == 2
        assert "is being written by another program" in capsys.readouterr().err
        other.stdin.close()
    assert other.returncode == 0
    assert {name: content for name, content in contents(run).items() if name in before} == before
    go_on(store, run, tiny_dataset)


def test_a_program_that_is_killed_holds_a_run_no_longer(store, tiny_dataset):
    run = create(store, tiny_dataset)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(run.folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        assert run.is_locked()
        other.kill()
        other.wait()
    assert not run.is_locked()
