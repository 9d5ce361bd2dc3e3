"""Connects the Studies page and its toolbar to the studies on the disk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QDeadlineTimer, QObject, QTimer, Signal

from mnist_gui.analysis.evaluation_data import EvaluationSet
from mnist_gui.gui.background import FOREVER
from mnist_gui.gui.compare.studies.studies_page import NO_STUDY, StudiesPage
from mnist_gui.gui.compare.studies.studies_toolbar import MORE_SEEDS, StudiesToolbar
from mnist_gui.gui.compare.studies.study_reader import StudyList, StudyReader, StudyState
from mnist_gui.studies.plan import PlanError
from mnist_gui.studies.results import StudyResult
from mnist_gui.studies.study import Study, StudyError, StudyStore

REFRESH_MS = 10_000  # interval of reading a study again that some process trains


class StudiesController(QObject):
    """Shows one study at a time.

    Parameters
    ----------
    studies, load_test_set, cache
        See `StudyReader`.
    speed_factor
        Returns that of this machine, see `mnist_gui.models.training.time_estimate`.

    Attributes
    ----------
    toolbar, page
        The widgets.

    Signals
    -------
    message_shown(message: str)
        Progress, or what could not be done.
    training_requested(name: str)
        Train what is left of a study.
    pause_requested()
        Pause the study that this window trains.
    setup_requested()
        Let the user choose models and seeds of a study.
    report_requested(result: StudyResult)
        Write a report with what the study says.
    """

    message_shown = Signal(str)
    training_requested = Signal(str)
    pause_requested = Signal()
    setup_requested = Signal()
    report_requested = Signal(object)

    def __init__(
        self,
        studies: StudyStore,
        load_test_set: Callable[[], EvaluationSet],
        cache: Path,
        speed_factor: Callable[[], float],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._speed_factor = speed_factor
        self._name = ""  # of the study that is shown
        self._is_chosen = False  # by the user
        self._state: StudyState | None = None
        self._trained = ""  # the study that this window trains
        self._reader = StudyReader(studies, load_test_set, cache, self)
        self._timer = QTimer(self, singleShot=True, interval=REFRESH_MS)
        self._timer.timeout.connect(self.refresh)
        self.toolbar, self.page = StudiesToolbar(), StudiesPage()
        self.toolbar.study_chosen.connect(self.show_study)
        self.toolbar.continue_requested.connect(lambda: self.training_requested.emit(self._name))
        self.toolbar.more_requested.connect(self._add_seeds)
        self.toolbar.pause_requested.connect(self.pause_requested)
        self.toolbar.report_requested.connect(self._request_report)
        self.page.setup_requested.connect(self.setup_requested)
        self._reader.listed.connect(self._on_listed)
        self._reader.opened.connect(self._on_opened)
        self._reader.progressed.connect(self.message_shown)
        self._reader.result_read.connect(self._on_result_read)
        self._reader.failed.connect(self._on_failed)

    def show_study(self, name: str) -> None:
        """Show another study; the first one for no name."""
        self._name, self._is_chosen = name, bool(name)
        self.refresh()

    def refresh(self) -> None:
        """Read the studies again; later, if the page is not visible."""
        self._timer.stop()
        if self.page.isVisible():
            self._reader.read(self._name)

    def set_trained(self, name: str) -> None:
        """Set which study this window trains or has in its queue, and show it unless the user chose another.

        The name is empty for none.
        """
        self._trained = name
        if name and not self._is_chosen:
            self._name = name
        self._show_state()
        self.refresh()

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Wait for the thread; return whether it ended in time."""
        self._timer.stop()
        return self._reader.shut_down(deadline)

    def _add_seeds(self) -> None:
        """Extend the study by seeds after its highest, and train them."""
        assert self._state is not None
        try:
            study = Study.open(self._state.study.folder)  # it may have been extended meanwhile
            highest = max(study.plan.seeds)
            more = tuple(range(highest + 1, highest + 1 + MORE_SEEDS))
            study.extend(replace(study.plan, seeds=(*study.plan.seeds, *more)))
        except (StudyError, PlanError) as error:
            self.message_shown.emit(str(error))
            return
        self.training_requested.emit(study.plan.name)

    def _request_report(self) -> None:
        if self.page.result is None:
            self.message_shown.emit("What the runs say is still being read; wait until it is shown.")
        else:
            self.report_requested.emit(self.page.result)

    def _show_state(self) -> None:
        is_here = self._state is not None and self._state.study.plan.name == self._trained
        self.toolbar.set_state(self._state, self._speed_factor(), is_here=is_here)

    def _on_listed(self, studies: StudyList) -> None:
        self._name = studies.shown
        self.toolbar.set_studies(studies)
        if not studies.shown:
            self._clear(NO_STUDY)

    def _on_opened(self, state: StudyState) -> None:
        self._state = state
        self.page.set_state(state, self._speed_factor())
        self._show_state()
        if state.is_training:
            self._timer.start()

    def _on_result_read(self, result: StudyResult) -> None:
        self.message_shown.emit("")
        self.page.set_result(result)

    def _on_failed(self, sentence: str) -> None:
        self._clear(sentence)

    def _clear(self, message: str) -> None:
        self._state = None
        self.page.clear(message)
        self._show_state()
