"""How far a study is, and how long the rest of it takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from time import monotonic

from mnist_gui.models.training.time_estimate import Workload
from mnist_gui.runs.run import Run
from mnist_gui.studies.plan import PlannedRun, StudyPlan
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
        work = planned.group.workload(study.plan.data_frames)
        done = found[planned].record.epochs if planned in found else 0
        left.append(replace(work, epochs=max(work.epochs - done, 0)))
    whole = len(study.plan.seeds) * seconds_of_a_seed(study.plan)
    fraction = 1 - total_seconds(left) / whole if whole else 1.0
    return StudyProgress(study.plan.size, study.plan.size - len(remaining), fraction, tuple(left))


class StudyClock:
    """Estimates how long the rest of a study takes, by what was done since the clock was made, on whatever machines."""

    def __init__(self, study: Study) -> None:
        self._study = study
        self._begin = monotonic()
        self._done = self._fraction()

    def seconds_left(self) -> float | None:
        """Return the seconds until all runs have ended; None as long as no epoch was saved."""
        fraction = self._fraction()
        if fraction <= self._done:
            return None
        return (monotonic() - self._begin) * (1 - fraction) / (fraction - self._done)

    def _fraction(self) -> float:
        return study_progress(self._study, self._study.found_runs()).fraction


def seconds_of_a_seed(plan: StudyPlan) -> float:
    """Return the seconds of one more seed of all groups, at speed factor 1."""
    return total_seconds(group.workload(plan.data_frames) for group in plan.groups())


def total_seconds(workloads: Iterable[Workload]) -> float:
    """Return the seconds of trainings one after another, at speed factor 1."""
    return sum(workload.seconds for workload in workloads)
