"""The file that keeps the waiting jobs of the training queue."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from mnist_gui.files import open_regular, set_aside, write_text
from mnist_gui.gui.train.queue.study_job import StudyJob
from mnist_gui.gui.train.queue.training_job import TrainingJob

QUEUE_FILE = "queue.json"  # in the settings folder
MAX_BYTES = 10_000_000


class QueueFile:
    """A file that one window at a time owns: another would train the same jobs again, or drop them.

    Parameters
    ----------
    path
        The file; its operating-system lock lies beside it.

    Attributes
    ----------
    is_owned_elsewhere
        Whether another window owned the file when it was last opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_owned_elsewhere = False
        self._lock = FileLock(path.with_suffix(".lock"))

    @property
    def is_owned(self) -> bool:
        """Whether this window owns the file."""
        return self._lock.is_locked

    def open(self) -> tuple[tuple[TrainingJob | StudyJob, ...], str]:
        """Take ownership of the file; return its jobs, and a sentence where some are missing.

        Without ownership there are no jobs: another window owns the file, or the folder cannot be written.
        """
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self.is_owned_elsewhere = False
        except Timeout:
            self.is_owned_elsewhere = True
            return (), (
                "Another window of this program has the queue. This one takes it over when that one is closed; until "
                "then, what waits here is not kept."
            )
        except (OSError, NotImplementedError):  # the latter on disks without locks
            return (), ""
        return self._read()

    def write(self, jobs: Iterable[TrainingJob | StudyJob]) -> None:
        """Replace the stored jobs at once: the program may be killed."""
        if self.is_owned:
            with contextlib.suppress(OSError):  # a full disk: the queue still works in this window
                write_text(self._path, json.dumps([job.to_json() for job in jobs]))

    def close(self) -> None:
        """Release the ownership."""
        self._lock.release()

    def _read(self) -> tuple[tuple[TrainingJob | StudyJob, ...], str]:
        try:
            with open_regular(self._path) as file:
                stored = json.loads(file.read(MAX_BYTES))
            if not isinstance(stored, list):
                raise ValueError(f"it holds no list but {stored!r:.40}")
        except FileNotFoundError:
            return (), ""
        except OSError as error:
            return (), f"The queue could not be read and begins empty ({error})."
        except (ValueError, RecursionError) as error:
            kept = set_aside(self._path)
            where = f"; its file is kept as {kept.name}" if kept else ""
            return (), f"The queue could not be read and begins empty ({error}){where}."
        jobs = [job for job in map(_job, stored) if job is not None]
        lost = len(stored) - len(jobs)
        if not lost:
            return tuple(jobs), ""
        return tuple(jobs), (
            f"{lost} of the {len(stored)} trainings that waited could not be read and {'are' if lost > 1 else 'is'} "
            "left out of the queue; start what is missing again."
        )


def _job(values: Any) -> TrainingJob | StudyJob | None:  # noqa: ANN401 - whatever the file holds
    try:
        if "study" in values:
            return StudyJob.from_json(values)
        return TrainingJob.from_json(values)
    except (ValueError, TypeError):
        return None
