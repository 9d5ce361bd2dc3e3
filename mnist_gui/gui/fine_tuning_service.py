"""Fine-tuning on the user's digits: requested in the Draw tab, trained in the Train tab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.digits.user_digit import UserDigit, split_held_out
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.answerers import answerers
from mnist_gui.gui.fine_tuning_progress import FineTuningProgress, Stage, stage_seconds
from mnist_gui.models.recipes import FINE_TUNING, Recipe
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import plural, rough_duration

if TYPE_CHECKING:  # imported at the first use: launching does not wait for it
    from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect
    from mnist_gui.models.training.fine_tuning import Digit
    from mnist_gui.models.training.time_estimate import Workload

USE, UNDO = "Use it", "Undo teaching"
WAITING, STOPPING = "waits for its turn", "is being stopped"


@dataclass(frozen=True)
class FineTunableModel:
    """A run that answers, as a candidate for fine-tuning.

    Attributes
    ----------
    place, title
        Place and title of the run that answers.
    run
        Name of the run to start from; empty where there is none.
    obstacle
        Why it cannot be fine-tuned, in a sentence; empty where it can.
    """

    place: int
    title: str
    run: str
    obstacle: str = ""


@dataclass(frozen=True)
class FineTuningOutcome:
    """Progress and outcome of one fine-tuning run.

    Attributes
    ----------
    place, title
        Place and title of the run that answered when teaching began.
    run
        Name of the fine-tuned run.
    text
        Progress or outcome, to follow "Model 1: ".
    is_completed
        Whether the run can answer.
    is_over
        Whether its training has ended, completed or not.
    is_done
        Whether nothing more will be known of it.
    previous_run
        Run that this one replaces.
    effect
        What fine-tuning changed; None until that is known.
    """

    place: int
    title: str
    run: str
    text: str
    is_completed: bool = False
    is_over: bool = False
    is_done: bool = False
    previous_run: str = ""
    effect: FineTuningEffect | None = None


class FineTuningService(QObject):
    """Creates fine-tuning runs, has them trained and keeps their outcomes. One instance serves both tabs.

    Parameters
    ----------
    store
        The runs.
    digits
        The user's digits.
    speed_factor
        Returns the speed factor of this machine, see `mnist_gui.models.training.time_estimate`.

    Attributes
    ----------
    outcomes
        By place, of the latest fine-tuning.
    progress
        Of the latest fine-tuning; None before the first.

    Signals
    -------
    training_requested(run: str)
        A run was created and waits for its training.
    use_requested(run: str, instead_of: str)
        Let a run answer instead of another one.
    stop_requested(runs: tuple[str, ...])
        These runs are not to be trained any more.
    changed()
        An outcome or the offered action changed.
    progressed()
        Only the progress changed.
    """

    training_requested = Signal(str)
    use_requested = Signal(str, str)
    stop_requested = Signal(tuple)
    changed = Signal()
    progressed = Signal()

    def __init__(
        self,
        store: RunStore,
        digits: UserDigitStore,
        speed_factor: Callable[[], float] = lambda: 1.0,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._store = store
        self._digits = digits
        self._speed_factor = speed_factor
        self.outcomes: dict[int, FineTuningOutcome] = {}
        self.progress: FineTuningProgress | None = None

    @property
    def action(self) -> str:
        """`USE` or, where all completed runs are active, `UNDO`; empty while one trains or where none is completed."""
        completed = self._completed
        if not completed or not all(outcome.is_over for outcome in self.outcomes.values()):
            return ""
        return UNDO if all(self._is_active(outcome) for outcome in completed) else USE

    @property
    def is_busy(self) -> bool:
        """Whether a run waits, is trained or is evaluated."""
        return any(not outcome.is_done for outcome in self.outcomes.values())

    @property
    def can_stop(self) -> bool:
        """Whether a run waits or is trained."""
        return any(not (outcome.is_over or outcome.text == STOPPING) for outcome in self.outcomes.values())

    @property
    def _completed(self) -> list[FineTuningOutcome]:
        return [outcome for outcome in self.outcomes.values() if outcome.is_completed]

    def _is_active(self, outcome: FineTuningOutcome) -> bool:
        return any(run.name == outcome.run for run in self._store.answering())

    def candidates(self) -> list[FineTunableModel]:
        """Return each run that answers and whether it can be fine-tuned; runs with the same origin count once."""
        from mnist_gui.models.training.fine_tuning import fine_tuning_obstacle

        found: list[FineTunableModel] = []
        origins: set[Path] = set()
        for answerer, place in zip(answerers(self._store), self._store.places(), strict=False):
            run = self._origin(place.run)
            if run is None or run.folder not in origins:
                obstacle = f"{answerer.title} has no run yet." if run is None else fine_tuning_obstacle(run)
                found.append(FineTunableModel(answerer.place, answerer.title, run.name if run else "", obstacle))
            if run is not None:
                origins.add(run.folder)
        return found

    def _origin(self, run: Run | None) -> Run | None:
        """Return the run to start from: one that answers or, where that is fine-tuned itself, the one it came from.

        All digits are learned again, old and new: fine-tuning a fine-tuned run would forget more of MNIST each time.
        """
        while run is not None and run.record.trainable == "dense" and run.record.parent is not None:
            try:
                run = self._store.get(run.record.parent)
            except RunError:
                break  # the parent was deleted: the fine-tuned run is the only one left
        return run

    def summary(self) -> str:
        """Describe the digits that would be learned, in a sentence or two."""
        training, held_out = split_held_out(self._digits.digits)
        counts = Counter(digit.label for digit in training)
        missing = [str(label) for label in range(CLASSES) if not counts[label]]
        judged = f"; {len(held_out)} more {'is' if len(held_out) == 1 else 'are'} kept for judging" if held_out else ""
        sentence = f"{plural(len(training), 'digit')} will be taught{judged}."
        if missing:
            sentence += f" There is no {', '.join(missing)} among them: of those the models keep what they know."
        return sentence

    def misread_task(self) -> Callable[[object], str]:
        """Return a function, to be called in a thread, that says how many of the digits each model misreads."""
        digits = self._digits.digits
        found = [(one.title, self._store.get(one.run)) for one in self.candidates() if one.run]

        def count(_progress: object) -> str:
            from mnist_gui.analysis.fine_tuning_effect import count_misread, misread_sentence
            from mnist_gui.models.training.fine_tuning import digits_to_split

            split, counts = digits_to_split(_frames(digits)), {}
            for title, run in found:
                with suppress(RunError):  # it is said when the model is to be taught
                    counts[title] = count_misread(run, split)
            return misread_sentence(counts, len(split))

        return count

    def duration_text(self, places: Sequence[int]) -> str:
        """Return how long fine-tuning the runs in these places takes: "about a minute"."""
        from mnist_gui.models.training.time_estimate import Workload

        models = {answerer.place: answerer.model for answerer in answerers(self._store)}
        workloads = [Workload.of(models[place], FINE_TUNING) for place in places]
        return rough_duration(sum(map(sum, self._stage_seconds(workloads))))

    def _stage_seconds(self, workloads: Iterable[Workload]) -> list[tuple[float, float, float]]:
        speed_factor = self._speed_factor()
        return [stage_seconds(workload, speed_factor, is_first=not index) for index, workload in enumerate(workloads)]

    def start(self, places: Sequence[int]) -> str:
        """Create a run for each of these places and request its training; return what failed, in a sentence."""
        from mnist_gui.models.training.fine_tuning import create_fine_tuning_run

        training, held_out = (_frames(digits) for digits in split_held_out(self._digits.digits))
        outcomes, workloads, problem = {}, {}, ""
        answering = {answerer.place: answerer.run for answerer in answerers(self._store)}
        for candidate in (one for one in self.candidates() if one.place in places):
            try:
                if candidate.obstacle:
                    raise RunError(candidate.obstacle)
                parent = self._store.get(candidate.run)
                run = create_fine_tuning_run(self._store, parent, training, held_out=held_out)
            except RunError as error:
                problem = f"{candidate.title} is not taught: {error}"
                break
            place = candidate.place
            outcomes[place] = FineTuningOutcome(
                place, candidate.title, run.name, WAITING, previous_run=answering[place]
            )
            workloads[run.name] = _workload(run, len(training), len(held_out))
        if outcomes:
            self.outcomes = outcomes
            seconds = self._stage_seconds(workloads.values())
            self.progress = FineTuningProgress(dict(zip(workloads, seconds, strict=True)))
            self.changed.emit()
            for outcome in outcomes.values():
                self.training_requested.emit(outcome.run)
        return problem

    def stop(self) -> None:
        """Stop those runs that are not trained yet; what was taught already stays."""
        running = [outcome for outcome in self.outcomes.values() if not outcome.is_over]
        for outcome in running:
            self.outcomes[outcome.place] = replace(outcome, text=STOPPING)
        self.changed.emit()
        self.stop_requested.emit(tuple(outcome.run for outcome in running))

    def use_or_undo(self) -> None:
        """Make the completed runs active; where they are, make those active that were before."""
        undo = self.action == UNDO
        for outcome in self._completed:
            if undo:
                self.use_requested.emit(outcome.previous_run, outcome.run)
            elif not self._is_active(outcome):
                outcome = self.outcomes[outcome.place] = replace(outcome, previous_run=self._run_to_replace(outcome))
                self.use_requested.emit(outcome.run, outcome.previous_run)
        self.changed.emit()

    def _run_to_replace(self, outcome: FineTuningOutcome) -> str:
        """Return the run that was in its place when teaching began or, if that no longer answers, the one there now."""
        places = {answerer.place: answerer.run for answerer in answerers(self._store)}
        return outcome.previous_run if outcome.previous_run in places.values() else places.get(outcome.place, "")

    # -- reports from the training

    def report_progress(self, run: str, text: str, stage: Stage, fraction: float) -> None:
        """Record that a fraction, 0 to 1, of a stage of a run is done."""
        outcome = self._find(run)
        if outcome is None or self.progress is None:
            return
        self.progress.update(run, stage, fraction)
        if outcome.text in (text, STOPPING):
            self.progressed.emit()
        else:
            self._update(run, text=text)

    def report_completed(self, run: str) -> None:
        """Record that a run was trained to its end and can answer."""
        self._update(run, is_completed=True, is_over=True)

    def report_effect(self, run: str, effect: FineTuningEffect) -> None:
        """Record what fine-tuning changed."""
        from mnist_gui.analysis.fine_tuning_effect import effect_sentence

        self._update(run, text=effect_sentence(effect), effect=effect, is_done=True)

    def report_failure(self, run: str, sentence: str) -> None:
        """Record that a run was not trained to its end, or could not be evaluated."""
        self._update(run, text=sentence, is_over=True, is_done=True)

    def _find(self, run: str) -> FineTuningOutcome | None:
        return next((outcome for outcome in self.outcomes.values() if outcome.run == run), None)

    def _update(self, run: str, **changes: object) -> None:
        outcome = self._find(run)
        if outcome is None:
            return
        outcome = self.outcomes[outcome.place] = replace(outcome, **changes)  # type: ignore[arg-type]
        if outcome.is_done and self.progress is not None:
            self.progress.update(run, Stage.DONE)
        self.changed.emit()


def _frames(digits: Sequence[UserDigit]) -> list[Digit]:
    return [(digit.frame, digit.label) for digit in digits]


def _workload(run: Run, trained: int, held_out: int) -> Workload:
    from mnist_gui.models.training.time_estimate import Workload

    recipe = Recipe.from_json(run.record.recipe)
    frames = (recipe.frames or 0) + recipe.copies * trained
    return Workload(run.model, recipe.epochs, frames, recipe.held_out + held_out, dense=True)
