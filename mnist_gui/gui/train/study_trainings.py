"""Trainings of whole studies in the Train tab."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.dataset import Dataset
from mnist_gui.gui.train.notices import ERROR, INFO, SUCCESS, NoticeStack
from mnist_gui.gui.train.queue.study_job import Job, StudyJob
from mnist_gui.gui.train.queue.training_queue import TrainingQueue
from mnist_gui.gui.train.training_wording import study_ended_sentence
from mnist_gui.models.recipes import Recipe
from mnist_gui.studies.plan import PlanError
from mnist_gui.studies.study import Study, StudyError, StudyStore, study_of


class StudyTrainings(QObject):
    """Puts studies into the queue and shows notices about them.

    Parameters
    ----------
    studies
        All studies.
    queue
        Trains them.
    notices
        Where notices are shown.
    start
        Starts jobs, or appends them to the queue while something trains.

    Signals
    -------
    study_shown(name: str)
        The user wants to see what a study says.
    """

    study_shown = Signal(str)

    def __init__(
        self,
        studies: StudyStore,
        queue: TrainingQueue,
        notices: NoticeStack,
        start: Callable[[Sequence[Job]], None],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._studies, self._queue, self._notices, self._start = studies, queue, notices, start
        queue.study_ended.connect(self._on_study_ended)

    @property
    def current(self) -> str:
        """Name of the study that trains; empty for none."""
        job = self._queue.current_job
        return job.name if isinstance(job, StudyJob) else ""

    def train(self, name: str) -> None:
        """Train what is left of a study now, or after the current and the waiting jobs."""
        self._train(lambda: self._studies.get(name))

    def train_seeds(
        self,
        recipe: Recipe,
        models: tuple[int, ...],
        seeds: tuple[int, ...],
        own_data: Dataset | None = None,
        layers: str = "",
    ) -> None:
        """Train models, and the user's own layers, with these seeds: a new study or more seeds of one that exists."""
        self._train(lambda: study_of(self._studies, recipe, models, seeds, own_data, layers))

    def _train(self, find: Callable[[], Study]) -> None:
        try:
            study = find()
        except (StudyError, PlanError) as error:
            self._notices.show_notice(str(error), ERROR)
            return
        name = study.plan.name
        if name == self.current:
            self._notices.show_notice(f"Study {name} trains already.", INFO)
            return
        job = StudyJob.from_study(study)
        if not job.work:
            self._on_study_ended(study, "completed")
            return
        for index, waiting in reversed(list(enumerate(self._queue.waiting_jobs))):
            if isinstance(waiting, StudyJob) and waiting.name == name:
                self._queue.remove(index)
        self._start([job])

    def _on_study_ended(self, study: Study, status: str) -> None:
        mark = {"completed": SUCCESS, "paused": INFO}.get(status, ERROR)
        notice = self._notices.show_notice(study_ended_sentence(study, status), mark, action="Show it")
        notice.accepted.connect(lambda: self.study_shown.emit(study.plan.name))
