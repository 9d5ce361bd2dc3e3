"""How far a study is, and how long the rest of it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from mnist_gui.models.training.time_estimate import Workload
from mnist_gui.runs.run import Run
from mnist_gui.studies.plan import Group, PlannedRun
from mnist_gui.studies.study import Study


@dataclass(frozen=True)
class StudyProgress:
    """Progress of a study by what is on the disk.

    Attributes
    ----------
    planned, ended
        Numbers of runs.
    fraction
        0 to 1, of the work.
    remaining
        The work that is left, run by run in the order of their training.
    """

    planned: int
    ended: int
    fraction: float
    remaining: tuple[Workload, ...]

    @property
    def is_complete(self) -> bool:
        """Whether every run has ended."""
        return self.ended == self.planned

    @property
    def seconds_left(self) -> float:
        """Seconds of the work that is left, at speed factor 1."""
        return total_seconds(self.remaining)


def study_progress(study: Study, found: Mapping[PlannedRun, Run]) -> StudyProgress:
    """Return the progress of a study, given `Study.found_runs`."""
    remaining = study.remaining(found)
    left = []
    for planned in remaining:
        work = planned.group.workload()
        done = found[planned].record.epochs if planned in found else 0
        left.append(replace(work, epochs=max(work.epochs - done, 0)))
    whole = len(study.plan.seeds) * seconds_of_a_seed(study.plan.groups())
    fraction = 1 - total_seconds(left) / whole if whole else 1.0
    return StudyProgress(study.plan.size, study.plan.size - len(remaining), fraction, tuple(left))


def seconds_of_a_seed(groups: Iterable[Group]) -> float:
    """Return the seconds of one more seed of these groups, at speed factor 1."""
    return total_seconds(group.workload() for group in groups)


def total_seconds(workloads: Iterable[Workload]) -> float:
    """Return the seconds of trainings one after another, at speed factor 1."""
    return sum(workload.seconds for workload in workloads)
