"""Makes runs that are to be taught the person's digits, and remembers what came of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.digits.user_digit import UserDigit, counted, split_held_out
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.draw.fine_tuning.model_choice_panel import FineTunableModel
from mnist_gui.models.recipes import TEACH
from mnist_gui.models.training.time_estimate import Work, estimate_seconds, spoken
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore

if TYPE_CHECKING:  # else imported when somebody teaches: launching does not wait for it
    from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect
    from mnist_gui.models.training.fine_tuning import Digit

USE, BACK = "Let them answer", "Back to the runs before"


@dataclass(frozen=True)
class FineTuningOutcome:
    """What is known of a run that is taught.

    Attributes
    ----------
    model, run
        Whose.
    words
        How it stands, after "Model 1: ".
    is_taught
        Whether it can answer.
    is_over
        Whether it will not be trained any more.
    before
        The run that answered when it was first used: None for the shipped one.
    """

    model: int
    run: str
    words: str
    is_taught: bool = False
    is_over: bool = False
    before: str | None = None


class FineTuningController(QObject):
    """Teaches the runs that answer now.

    Parameters
    ----------
    store
        Where the runs are.
    digits
        Of the person.
    speed_factor
        Returns how slow this machine is, see `mnist_gui.models.training.time_estimate`.

    Attributes
    ----------
    lessons
        By model, the latest.

    Signals
    -------
    training_requested(runs: tuple[str, ...])
        These runs were created and are to be trained.
    use_requested(model: int, run: str | None)
        Let a run answer for its model; None for the shipped one.
    changed()
        There is something new of a lesson.
    """

    training_requested = Signal(tuple)
    use_requested = Signal(int, object)
    changed = Signal()

    def __init__(
        self, store: RunStore, digits: UserDigitStore, speed_factor: Callable[[], float], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._digits = digits
        self._slowness = speed_factor
        self._in_use = False
        self.lessons: dict[int, FineTuningOutcome] = {}

    @property
    def action(self) -> str:
        """What can be done with what was taught, in words; empty for nothing, or while some is still to come."""
        lessons = self.lessons.values()
        if not (any(lesson.is_taught for lesson in lessons) and all(lesson.is_over for lesson in lessons)):
            return ""
        return BACK if self._in_use else USE

    def teachable(self) -> list[FineTunableModel]:
        """Return each model's run that answers now, and whether it can be taught."""
        from mnist_gui.models.training.fine_tuning import fine_tuning_obstacle

        found = []
        for model in MODELS:
            run = self._parent(model)
            problem = fine_tuning_obstacle(run) if run else f"Model {model} has no run yet."
            found.append(FineTunableModel(model, run.name if run else "", problem))
        return found

    def _parent(self, model: int) -> Run | None:
        """Return the run to teach: the one that answers; where that was taught itself, the one it was before.

        All digits are taught again, old and new: teaching on top of teaching would forget more of MNIST each time.
        """
        run = self._store.active(model)
        while run is not None and run.record.trainable == "dense" and run.record.parent is not None:
            try:
                run = self._store.get(run.record.parent)
            except RunError:
                break  # it has gone; what was taught is what there is
        return run

    def what(self) -> str:
        """Return what would be taught, in a sentence."""
        taught, held_out = split_held_out(self._digits.digits)
        there = Counter(digit.label for digit in taught)
        missing = [str(label) for label in range(CLASSES) if not there[label]]
        judged = f"; {len(held_out)} more are kept for judging" if held_out else ""
        sentence = f"{counted(len(taught))} will be taught{judged}."
        if missing:
            sentence += f" There is no {', '.join(missing)} among them: of those the models keep what they know."
        return sentence

    def spoken_seconds(self, models: Sequence[int]) -> str:
        """Return how long teaching these models takes: "about a minute"."""
        return spoken(estimate_seconds([Work.of(model, TEACH) for model in models], self._slowness()))

    def teach(self, models: Sequence[int]) -> str:
        """Create runs that teach these models, and ask for their training; return a sentence where that failed."""
        from mnist_gui.models.training.fine_tuning import create_fine_tuning_run

        taught, held_out = (_frames(digits) for digits in split_held_out(self._digits.digits))
        lessons, problem = {}, ""
        for model in models:
            parent = self._parent(model)
            try:
                if parent is None:
                    raise RunError(f"Model {model} has no run that could be taught.")
                run = create_fine_tuning_run(self._store, parent, taught, held_out=held_out)
            except RunError as error:
                problem = f"Model {model} is not taught: {error}"
                break
            lessons[model] = FineTuningOutcome(model, run.name, "waits for its turn")
        if lessons:
            self.lessons, self._in_use = lessons, False
            self.training_requested.emit(tuple(lesson.run for lesson in lessons.values()))
            self.changed.emit()
        return problem

    def use_or_go_back(self) -> None:
        """Let what was taught answer; or, where it does, what answered before."""
        taught = [lesson for lesson in self.lessons.values() if lesson.is_taught]
        if not self._in_use:
            for lesson in taught:
                active, default = self._store.active(lesson.model), self._store.shipped_default(lesson.model)
                own_choice = active is not None and (default is None or active.folder != default.folder)
                self.lessons[lesson.model] = replace(lesson, before=active.name if active and own_choice else None)
                self.use_requested.emit(lesson.model, lesson.run)
        else:
            for lesson in taught:
                self.use_requested.emit(lesson.model, lesson.before)
        self._in_use = not self._in_use
        self.changed.emit()

    # -- what the training says

    def take_progress(self, run: str, words: str) -> None:
        """Hear how it stands with a run."""
        self._take(run, words=words)

    def take_taught(self, run: str) -> None:
        """Hear that a run was taught and can answer."""
        self._take(run, is_taught=True, is_over=True)

    def take_effect(self, run: str, effect: FineTuningEffect) -> None:
        """Hear what teaching changed."""
        from mnist_gui.analysis.fine_tuning_effect import effect_sentence

        self._take(run, words=effect_sentence(effect))

    def take_failure(self, run: str, sentence: str) -> None:
        """Hear that a run was not taught, or could not be judged."""
        self._take(run, words=sentence, is_over=True)

    def _take(self, run: str, **news: str | bool) -> None:
        for model, lesson in self.lessons.items():
            if lesson.run == run:
                self.lessons[model] = replace(lesson, **news)  # type: ignore[arg-type]  # each of its own kind
                self.changed.emit()
                return


def _frames(digits: Sequence[UserDigit]) -> list[Digit]:
    return [(digit.frame, digit.label) for digit in digits]
