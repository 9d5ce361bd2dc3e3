"""What the Train tab offers to do with a run that has ended or was cut off."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal

from mnist_gui.gui.train.notice_bar import NOTE, NoticeBar
from mnist_gui.gui.train.train_layout import TrainLayout
from mnist_gui.gui.train.training_wording import waiting_sentence
from mnist_gui.models.training.training_events import TrainingEnded
from mnist_gui.runs.run import Run


class RunNotices(QObject):
    """Notices with a button, which stay true while their runs get other names, go, or are taken up elsewhere.

    Parameters
    ----------
    view
        Where the notices are shown.

    Signals
    -------
    use_requested(model: int, run: str)
        The run that has ended is to answer in the Draw tab.
    resume_requested(run: str)
        The run that was cut off is to go on.
    """

    use_requested = Signal(int, str)
    resume_requested = Signal(str)

    def __init__(self, view: TrainLayout) -> None:
        super().__init__(view)
        self._view = view
        self._declined: set[str] = set()  # runs that need not be offered again
        self._resuming: NoticeBar | None = None  # shown or gone; the one that offers to go on
        self._more = 0  # runs that were cut off too

    def offer_use(self, sentence: str, mark: str, ended: TrainingEnded) -> None:
        """Tell how a run ended; if it can answer, offer it to the Draw tab."""
        action = "Use it in Draw" if ended.answers else ""
        notice = self._view.tell(sentence, mark, action=action, run=ended.run)
        notice.accepted.connect(lambda: self.use_requested.emit(ended.model, notice.run))

    def offer_to_resume(self, cut_off: Sequence[Run]) -> None:
        """Offer the first of these runs, the newest one, and say how many more there are."""
        waiting = [run for run in cut_off if run.name not in self._declined]
        if not waiting:
            return
        run, self._more = waiting[0], len(waiting) - 1
        notice = self._view.tell(waiting_sentence(run, self._more), NOTE, action="Go on", run=run.name)
        notice.accepted.connect(lambda: self.resume_requested.emit(notice.run))
        notice.dismissed.connect(lambda: self._declined.add(notice.run))
        self._resuming = notice

    def rename(self, name: str, run: Run) -> None:
        """Let what is offered of a run mean it under its new name."""
        for notice in self._view.notices.of_run(name):
            notice.run = run.name
            if notice is self._resuming:
                notice.set_sentence(waiting_sentence(run, self._more))
        if name in self._declined:
            self._declined = self._declined - {name} | {run.name}

    def forget(self, name: str) -> None:
        """Offer nothing of a run that has gone."""
        for notice in self._view.notices.of_run(name):
            notice.dismissed.emit()

    def take_up(self, name: str) -> None:
        """Offer no more to go on with a run: it trains or waits."""
        for notice in self._view.notices.of_run(name):
            if notice is self._resuming:
                notice.dismissed.emit()
