"""Watches the user's runs for changes by other processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QFileSystemWatcher, QObject, QTimer, Signal

from mnist_gui.gui.background import FOREVER, LatestTask
from mnist_gui.runs.record import RECORD_FILE, RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

DEBOUNCE_MS = 300  # a run is written in several steps
POLL_MS, SLOW_POLL_MS = 1_000, 10_000

Stamp = tuple[int, int, int]


@dataclass(frozen=True)
class RunsSnapshot:
    """State of the user's runs on the disk.

    Attributes
    ----------
    stamps
        Time, size and inode of each run's record, by folder; None where it cannot be read.
    runs
        The runs, by folder, as read when the record had this stamp.
    statuses
        Status of each run, and the checksum of its model unless it is being written, by folder.
    active
        Folder and checksum of the model of each run that answers.
    """

    stamps: dict[Path, Stamp | None] = field(default_factory=dict)
    runs: dict[Path, Run] = field(default_factory=dict)
    statuses: dict[Path, tuple[str, str]] = field(default_factory=dict)
    active: list[tuple[Path, str]] = field(default_factory=list)

    @property
    def training_folders(self) -> frozenset[Path]:
        """Folders of the runs that a process is writing."""
        return frozenset(folder for folder, (status, _) in self.statuses.items() if status == "running")


def take_snapshot(store: RunStore, before: RunsSnapshot) -> RunsSnapshot:
    """Return the current state of the user's runs; records that have not changed are not read again."""
    snapshot = RunsSnapshot()
    try:
        folders = sorted(path for path in store.folder.iterdir() if not path.name.startswith(".") and path.is_dir())
    except OSError:
        folders = []
    for folder in folders:
        stamp = snapshot.stamps[folder] = _stamp(folder / RECORD_FILE)
        run = before.runs.get(folder)
        try:
            if run is None or stamp != before.stamps.get(folder):
                run = Run.open(folder)
        except RunError:
            snapshot.statuses[folder] = "damaged", ""
            continue
        snapshot.runs[folder] = run
        status = run.status  # the lock of a process that was killed is free, though its record is as before
        snapshot.statuses[folder] = status, "" if status == "running" else run.model_checksum
    snapshot.active.extend((run.folder, run.model_checksum) for run in store.answering())
    return snapshot


class RunsWatcher(QObject):
    """Watches the folder of the user's runs, and reads it in a thread.

    Folders of runs that are being trained are not watched but polled: testing their lock would be a change of its own,
    and a process that is killed changes no file.

    Parameters
    ----------
    store
        The runs.

    Signals
    -------
    changed()
        Something changed, such as the epochs of a run.
    statuses_changed()
        A run appeared, disappeared, ended or has another model.
    active_changed()
        Other runs answer, or one of them has another model.
    """

    changed = Signal()
    statuses_changed = Signal()
    active_changed = Signal()

    def __init__(self, store: RunStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._snapshot: RunsSnapshot | None = None
        self._is_stale = self._is_closed = False
        self._watcher = QFileSystemWatcher(self)
        self._reader = LatestTask(self)
        self._debounce = QTimer(self, singleShot=True, interval=DEBOUNCE_MS)
        self._poll = QTimer(self, interval=SLOW_POLL_MS)
        self._watcher.directoryChanged.connect(self._on_folder_changed)
        self._debounce.timeout.connect(self._read)
        self._poll.timeout.connect(self._read)
        self._reader.finished_with.connect(self._on_read)
        self._reader.ended.connect(self._on_reader_ended)

    def start(self) -> None:
        """Read the runs for the first time, and report what changes from then on."""
        self._poll.start()
        self._read()

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Stop watching and wait for the thread; return whether it ended in time."""
        self._is_closed = True
        self._poll.stop()
        self._debounce.stop()
        if watched := self._watcher.directories():
            self._watcher.removePaths(watched)
        return self._reader.shut_down(deadline)

    def _on_folder_changed(self, _path: str) -> None:
        if not self._debounce.isActive() and not self._is_closed:
            self._debounce.start()

    def _read(self) -> None:
        if self._is_closed:
            return
        self._is_stale = self._reader.is_running
        if not self._is_stale:
            before = self._snapshot
            self._reader.start(lambda _progress: self._take_snapshot(before))

    def _take_snapshot(self, before: RunsSnapshot | None) -> RunsSnapshot:
        """Read the runs, in the thread; at launch, first delete what killed programs left."""
        if before is None:
            self._store.remove_leftovers()
        return take_snapshot(self._store, before or RunsSnapshot())

    def _on_reader_ended(self) -> None:
        if self._is_stale:
            self._read()

    def _on_read(self, snapshot: RunsSnapshot) -> None:
        before, self._snapshot = self._snapshot, snapshot
        self._watch(snapshot)
        if before is None:
            return
        if snapshot.active != before.active:
            self.active_changed.emit()
        if snapshot.statuses != before.statuses or snapshot.active != before.active:
            self.statuses_changed.emit()
        if (snapshot.stamps, snapshot.statuses, snapshot.active) != (before.stamps, before.statuses, before.active):
            self.changed.emit()

    def _watch(self, snapshot: RunsSnapshot) -> None:
        """Watch the folders that exist now; poll often where that is impossible."""
        folder = self._store.folder
        # Where there is no run yet, the folder appears in its parent.
        top = folder if folder.is_dir() else folder.parent
        wanted = {str(path) for path in (top, *(snapshot.stamps.keys() - snapshot.training_folders))}
        watched = set(self._watcher.directories())
        if outdated := sorted(watched - wanted):
            self._watcher.removePaths(outdated)
        missing = sorted(wanted - watched)
        failed = self._watcher.addPaths(missing) if missing else []
        if len(missing) > len(failed):
            self._on_folder_changed("")  # what changed after it was read and before it was watched
        self._poll.setInterval(POLL_MS if failed or snapshot.training_folders else SLOW_POLL_MS)


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino
