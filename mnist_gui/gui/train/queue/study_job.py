"""A job of the training queue that is a whole study, as a plain value."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnist_gui.gui.train.queue.training_job import TrainingJob
from mnist_gui.models.training.time_estimate import MNIST_TEST, MNIST_TRAIN, Workload
from mnist_gui.runs.run import Run
from mnist_gui.studies.progress import study_progress
from mnist_gui.studies.study import Study


@dataclass(frozen=True)
class StudyJob:
    """What is left of a study: its runs are trained one after another.

    Attributes
    ----------
    name
        Name of the study.
    folder
        Its folder.
    work
        What was left of it when it was added to the queue, run by run.
    """

    name: str
    folder: str
    work: tuple[Workload, ...]

    @classmethod
    def from_study(cls, study: Study) -> StudyJob:
        """Return the job that trains what is left of a study."""
        return cls(study.plan.name, str(study.folder), study_progress(study, study.found_runs()).remaining)

    @property
    def run(self) -> str:
        """Name of a run to resume among the user's: none, as a study has its runs in its own folder."""
        return ""

    def open(self) -> Study:
        """Open the study; raise `StudyError` if its folder is gone or its plan is damaged."""
        return Study.open(Path(self.folder))

    def workloads(self, _train: int = MNIST_TRAIN, _test: int = MNIST_TEST) -> tuple[Workload, ...]:
        """Return the work that is left."""
        return self.work

    def to_json(self) -> dict[str, Any]:
        """Return the job as plain values."""
        return {"study": self.name, "folder": self.folder, "work": [asdict(workload) for workload in self.work]}

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> StudyJob:
        """Return the job that `to_json` wrote.

        Raises
        ------
        ValueError
            An entry is missing or has no valid value.
        """
        try:
            work = tuple(Workload(**workload) for workload in values["work"])
            job = cls(values["study"], values["folder"], work)
        except (TypeError, KeyError) as error:
            raise ValueError(f"a study has other entries than expected: {error}") from error
        numbers = [number for workload in work for number in asdict(workload).values()]
        if not all(isinstance(text, str) for text in (job.name, job.folder)):
            raise ValueError(f"name and folder of a study are texts: {values!r:.200}")
        if not all(isinstance(number, int) and number >= 0 for number in numbers):
            raise ValueError(f"the work of a study consists of whole numbers: {values!r:.200}")
        return job


@dataclass(frozen=True)
class StudyStep:
    """A run of a study that begins.

    Attributes
    ----------
    study
        Name of the study.
    run
        The run.
    number, count
        1-based number of the run, and number of all runs of the study.
    following
        Work of the runs of the study that follow.
    """

    study: str
    run: Run
    number: int
    count: int
    following: tuple[Workload, ...]


Job = TrainingJob | StudyJob
