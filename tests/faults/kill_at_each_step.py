"""Does something to the runs in a folder as often as it has steps on the disk; each time, it is killed at the next one.

    python -m tests.faults.kill_at_each_step ACTION FOLDER

copies FOLDER/start to FOLDER/step-1, step-2 ... for each time; the last one is not killed.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from mnist_gui.models.importing import model_import
from mnist_gui.models.importing.conventions import Convention
from mnist_gui.models.importing.model_import import ReadModel, change_convention
from mnist_gui.models.weights import convert_run
from mnist_gui.runs.record import MODEL_FILE, PARENT_WEIGHTS_FILE
from mnist_gui.runs.store import RunStore
from mnist_gui.studies.run_package import pack, unpack

KILLED = 9
_STEPS = ("os.rename", "os.remove", "os.rmdir", "os.mkdir", "open")
OTHER = Convention(values="0 to 255")


def store_in(folder: Path) -> RunStore:
    return RunStore(folder / "runs", folder / "shipped")


def change(store: RunStore) -> None:
    read = ReadModel("onnx", None, OTHER, 28, 0.25, 1000, b"the new model")
    model_import._ask_child = lambda *arguments: read  # type: ignore[assignment]
    change_convention(store, store.get("lenet"), OTHER)


def export_again(store: RunStore) -> None:
    """Do what a training does at its end, and what the next one would do at its beginning."""
    run = store.get("lenet")
    for content in (b"the new model", b"the newest model"):
        with run.locked():
            entry = run.write_bytes(MODEL_FILE, content)
            run.commit(note=content.decode(), files={**run.record.files, MODEL_FILE: entry})
            run.remove_leftovers()


def receive(store: RunStore) -> None:
    """Receive what another machine made of a run."""
    run, other = store.get("lenet"), RunStore(store.shipped, store.shipped / "none").get("lenet")
    with run.locked():
        unpack(run, pack(other))


def create(store: RunStore) -> None:
    """Create a run as teaching and adding a model do."""
    imported = store.get("lenet").record.imported or {}
    store.create_imported("added", imported, None, {MODEL_FILE: b"m", PARENT_WEIGHTS_FILE: b"w"})


def rename(store: RunStore) -> None:
    store.rename("lenet", "letter")


def set_title(store: RunStore) -> None:
    store.set_title("lenet", "My LeNet")


def delete(store: RunStore) -> None:
    store.move_to_trash("lenet")


def convert(store: RunStore) -> None:
    convert_run(store.get("old"))


def main(action: str, folder: Path) -> None:
    do = globals()[action]
    killed, number = True, 0
    while killed:
        number += 1
        copy = folder / f"step-{number}"
        shutil.copytree(folder / "start", copy)
        child = os.fork()
        if not child:
            sys.addaudithook(_killer(copy, number))
            do(store_in(copy))
            os._exit(0)
        killed = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def _killer(folder: Path, step: int) -> Callable[[str, tuple[object, ...]], None]:
    """Return a hook that ends the process, as a kill does, at one of its steps in a folder."""
    done = 0

    def count(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal done
        if event in _STEPS and str(arguments[0]).startswith(str(folder)):
            done += 1
            if done == step:
                os._exit(KILLED)

    return count


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
