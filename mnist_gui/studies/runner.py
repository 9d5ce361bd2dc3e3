"""Trains the runs of a study one after another; what is done stays done, whenever it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from mnist_gui.digits.dataset import MNIST_CHECKSUM, Dataset
from mnist_gui.models.training.data_split import describe_data
from mnist_gui.models.training.new_run import create_run
from mnist_gui.models.training.training_control import TrainingControl
from mnist_gui.models.training.training_events import Event
from mnist_gui.runs.run import Run
from mnist_gui.studies.plan import PlannedRun
from mnist_gui.studies.study import ENDED, Study, StudyError


class TrainRun(Protocol):
    """`mnist_gui.models.training.trainer.train`, or a stand-in."""

    def __call__(self, run: Run, dataset: Dataset, *, report: Callable[[Event], None], control: TrainingControl) -> Run:
        """Train or resume a run by its recipe, and return it."""
        ...


def train_study(
    study: Study,
    dataset: Dataset,
    *,
    train: TrainRun,
    report: Callable[[Event], None],
    begin: Callable[[PlannedRun, list[PlannedRun]], None],
    control: TrainingControl,
) -> str:
    """Train the runs of a study that have not ended, and return "completed", "paused" or "failed".

    A run that was begun is resumed from its last epoch. A run that diverges is a result, and the next one follows; one
    that fails ends the study, since the next would fail for the same reason. The next call tries it again.

    Parameters
    ----------
    study
        Its folder changes.
    dataset
        The data of all runs.
    train
        Trains one run.
    report
        Called with each event of each run, in this thread.
    begin
        Called before each run with it, and with those that follow.
    control
        `interrupt` pauses the study.

    Raises
    ------
    StudyError
        Another program trains the study, or its runs were trained on other data.
    RunError
        A run cannot be created or resumed.
    """
    with study.locked():
        found = begun_runs(study, dataset)
        remaining = study.remaining(found)
        for index, planned in enumerate(remaining):
            if control.is_interrupted:
                return "paused"
            begin(planned, remaining[index + 1 :])
            study.check_exists()
            run = found.get(planned) or create_planned(study, planned, dataset)
            ended = train(run, dataset, report=report, control=control)
            if ended.status not in ENDED:
                return "failed" if ended.status == "failed" else "paused"
    return "completed"


def begun_runs(study: Study, dataset: Dataset) -> dict[PlannedRun, Run]:
    """Return `Study.found_runs`. The study must be locked.

    Raises
    ------
    StudyError
        The study was begun on other data.
    """
    plan = study.plan
    if plan.data_checksum not in (MNIST_CHECKSUM, dataset.checksum):
        raise StudyError(
            f"Study {plan.name} is trained on {plan.data_name}, which is continued by the command "
            f"mnist-gui study {plan.name!r}."
        )
    found = study.found_runs()
    for run in found.values():
        if run.record.data["checksum"] != dataset.checksum:
            raise StudyError(
                f"Study {plan.name} was begun on other data ({run.record.data['name']}); give a new study a name of "
                "its own."
            )
    return found


def create_planned(study: Study, planned: PlannedRun, dataset: Dataset) -> Run:
    """Create the run of a plan; raise `RunError` if it cannot be written."""
    group = planned.group
    data = describe_data(group.recipe, dataset)
    return create_run(study.store, group.architecture, group.recipe, planned.seed, data)
