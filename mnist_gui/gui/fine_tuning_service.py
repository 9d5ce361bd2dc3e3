"""Fine-tuning on the user's digits: requested in the Draw tab, trained in the Train tab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.digits.user_digit import UserDigit, split_held_out
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.gui.fine_tuning_progress import FineTuningProgress, Stage, stage_seconds
from mnist_gui.models.recipes import FINE_TUNING, Recipe
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore
from mnist_gui.wording import plural, rough_duration

if TYPE_CHECKING:  # imported at the first use: launching does not wait for it
    from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect
    from mnist_gui.models.training.fine_tuning import Digit
    from mnist_gui.models.training.time_estimate import Workload

USE, UNDO = "Use it", "Undo teaching"
WAITING, STOPPING = "waits for its turn", "is being stopped"


@dataclass(frozen=True)
class FineTunableModel:
    """The active run of a model, as a candidate for fine-tuning.

    Attributes
    ----------
    model
        1, 2 or 3.
    run
        Name of the run; empty where the model has none.
    obstacle
        Why it cannot be fine-tuned, in a sentence; empty where it can.
    """

    model: int
    run: str
    obstacle: str = ""


@dataclass(frozen=True)
class FineTuningOutcome:
    """Progress and outcome of one fine-tuning run.

    Attributes
    ----------
    model, run
        Number of the model and name of the run.
    text
        Progress or outcome, to follow "Model 1: ".
    is_completed
        Whether the run can answer.
    is_over
        Whether its training has ended, completed or not.
    is_done
        Whether nothing more will be known of it.
    previous_run
        Run that was active before this one; None for the shipped default.
    effect
        What fine-tuning changed; None until that is known.
    """

    model: int
    run: str
    text: str
    is_completed: bool = False
    is_over: bool = False
    is_done: bool = False
    previous_run: str | None = None
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
        By model, of the latest fine-tuning.
    progress
        Of the latest fine-tuning; None before the first.

    Signals
    -------
    training_requested(run: str)
        A run was created and waits for its training.
    use_requested(run: str | None, instead_of: str | None)
        Let a run answer instead of another one; None for the shipped default of its model.
    stop_requested(runs: tuple[str, ...])
        These runs are not to be trained any more.
    changed()
        An outcome or the offered action changed.
    progressed()
        Only the progress changed.
    """

    training_requested = Signal(str)
    use_requested = Signal(object, object)
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

    def _answering(self, model: int) -> Run | None:
        """Return the first run of a model that answers."""
        return next((run for run in self._store.answering() if run.model == model), None)

    def candidates(self) -> list[FineTunableModel]:
        """Return each model's active run and whether it can be fine-tuned."""
        from mnist_gui.models.training.fine_tuning import fine_tuning_obstacle

        found = []
        for model in MODELS:
            run = self._parent(model)
            obstacle = fine_tuning_obstacle(run) if run else f"Model {model} has no run yet."
            found.append(FineTunableModel(model, run.name if run else "", obstacle))
        return found

    def _parent(self, model: int) -> Run | None:
        """Return the run to start from: the active one or, where that is fine-tuned itself, the one it came from.

        All digits are learned again, old and new: fine-tuning a fine-tuned run would forget more of MNIST each time.
        """
        run = self._answering(model)
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
        runs = [run for model in MODELS if (run := self._parent(model)) is not None]

        def count(_progress: object) -> str:
            from mnist_gui.analysis.fine_tuning_effect import count_misread, misread_sentence
            from mnist_gui.models.training.fine_tuning import digits_to_split

            split, counts = digits_to_split(_frames(digits)), {}
            for run in runs:
                with suppress(RunError):  # it is said when the model is to be taught
                    counts[run.model] = count_misread(run, split)
            return misread_sentence(counts, len(split))

        return count

    def duration_text(self, models: Sequence[int]) -> str:
        """Return how long fine-tuning these models takes: "about a minute"."""
        from mnist_gui.models.training.time_estimate import Workload

        workloads = [Workload.of(model, FINE_TUNING) for model in models]
        return rough_duration(sum(map(sum, self._stage_seconds(workloads))))

    def _stage_seconds(self, workloads: Iterable[Workload]) -> list[tuple[float, float, float]]:
        speed_factor = self._speed_factor()
        return [stage_seconds(workload, speed_factor, is_first=not index) for index, workload in enumerate(workloads)]

    def start(self, models: Sequence[int]) -> str:
        """Create a run for each of these models and request its training; return what failed, in a sentence."""
        from mnist_gui.models.training.fine_tuning import create_fine_tuning_run

        training, held_out = (_frames(digits) for digits in split_held_out(self._digits.digits))
        outcomes, workloads, problem = {}, {}, ""
        for model in models:
            parent = self._parent(model)
            try:
                if parent is None:
                    raise RunError(f"Model {model} has no run that could be taught.")
                run = create_fine_tuning_run(self._store, parent, training, held_out=held_out)
            except RunError as error:
                problem = f"Model {model} is not taught: {error}"
                break
            outcomes[model] = FineTuningOutcome(model, run.name, WAITING, previous_run=self._chosen_run(model))
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
            self.outcomes[outcome.model] = replace(outcome, text=STOPPING)
        self.changed.emit()
        self.stop_requested.emit(tuple(outcome.run for outcome in running))

    def use_or_undo(self) -> None:
        """Make the completed runs active; where they are, make those active that were before."""
        undo = self.action == UNDO
        for outcome in self._completed:
            if undo:
                self.use_requested.emit(outcome.previous_run, outcome.run)
            elif not self._is_active(outcome):
                self.outcomes[outcome.model] = replace(outcome, previous_run=self._chosen_run(outcome.model))
                self.use_requested.emit(outcome.run, outcome.previous_run)
        self.changed.emit()

    def _chosen_run(self, model: int) -> str | None:
        """Return the active run of a model; None where that is the shipped default."""
        active, default = self._answering(model), self._store.shipped_default(model)
        return None if active is None or (default is not None and active.folder == default.folder) else active.name

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
        outcome = self.outcomes[outcome.model] = replace(outcome, **changes)  # type: ignore[arg-type]
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
