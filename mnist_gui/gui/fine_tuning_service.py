"""Fine-tuning on the user's digits: requested in the Draw tab, trained in the Train tab."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from mnist_gui.digits.dataset import CLASSES
from mnist_gui.digits.user_digit import UserDigit, split_held_out
from mnist_gui.digits.user_digit_store import UserDigitStore
from mnist_gui.models.recipes import FINE_TUNING
from mnist_gui.models.training.time_estimate import Workload, estimate_seconds
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MODELS, RunStore
from mnist_gui.wording import plural, rough_duration

if TYPE_CHECKING:  # imported at the first use: launching does not wait for it
    from mnist_gui.analysis.fine_tuning_effect import FineTuningEffect
    from mnist_gui.models.training.fine_tuning import Digit

USE, REVERT = "Let them answer", "Back to the runs before"


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
    previous_run
        Run that was active before this one; None for the shipped default.
    """

    model: int
    run: str
    text: str
    is_completed: bool = False
    is_over: bool = False
    previous_run: str | None = None


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

    Signals
    -------
    training_requested(run: str)
        A run was created and waits for its training.
    use_requested(model: int, run: str | None)
        Make a run the active one of its model; None for the shipped default.
    changed()
        An outcome or the offered action changed.
    """

    training_requested = Signal(str)
    use_requested = Signal(int, object)
    changed = Signal()

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
        self._in_use = False
        self.outcomes: dict[int, FineTuningOutcome] = {}

    @property
    def action(self) -> str:
        """`USE` or `REVERT`; empty until every run is over, and where none was completed."""
        outcomes = self.outcomes.values()
        if not (any(outcome.is_completed for outcome in outcomes) and all(outcome.is_over for outcome in outcomes)):
            return ""
        return REVERT if self._in_use else USE

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
        run = self._store.active(model)
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
        judged = f"; {len(held_out)} more are kept for judging" if held_out else ""
        sentence = f"{plural(len(training), 'digit')} will be taught{judged}."
        if missing:
            sentence += f" There is no {', '.join(missing)} among them: of those the models keep what they know."
        return sentence

    def duration_text(self, models: Sequence[int]) -> str:
        """Return how long fine-tuning these models takes: "about a minute"."""
        return rough_duration(
            estimate_seconds([Workload.of(model, FINE_TUNING) for model in models], self._speed_factor())
        )

    def start(self, models: Sequence[int]) -> str:
        """Create a run for each of these models and request its training; return what failed, in a sentence."""
        from mnist_gui.models.training.fine_tuning import create_fine_tuning_run

        training, held_out = (_frames(digits) for digits in split_held_out(self._digits.digits))
        outcomes, problem = {}, ""
        for model in models:
            parent = self._parent(model)
            try:
                if parent is None:
                    raise RunError(f"Model {model} has no run that could be taught.")
                run = create_fine_tuning_run(self._store, parent, training, held_out=held_out)
            except RunError as error:
                problem = f"Model {model} is not taught: {error}"
                break
            outcomes[model] = FineTuningOutcome(model, run.name, "waits for its turn")
        if outcomes:
            self.outcomes, self._in_use = outcomes, False
            for outcome in outcomes.values():
                self.training_requested.emit(outcome.run)
            self.changed.emit()
        return problem

    def use_or_revert(self) -> None:
        """Make the completed runs active; where they are, make those active that were before."""
        completed = [outcome for outcome in self.outcomes.values() if outcome.is_completed]
        if not self._in_use:
            for outcome in completed:
                active, default = self._store.active(outcome.model), self._store.shipped_default(outcome.model)
                was_chosen = active is not None and (default is None or active.folder != default.folder)
                previous = active.name if active and was_chosen else None
                self.outcomes[outcome.model] = replace(outcome, previous_run=previous)
                self.use_requested.emit(outcome.model, outcome.run)
        else:
            for outcome in completed:
                self.use_requested.emit(outcome.model, outcome.previous_run)
        self._in_use = not self._in_use
        self.changed.emit()

    # -- reports from the training

    def report_progress(self, run: str, text: str) -> None:
        """Record the progress of a run."""
        self._update(run, text=text)

    def report_completed(self, run: str) -> None:
        """Record that a run was trained to its end and can answer."""
        self._update(run, is_completed=True, is_over=True)

    def report_effect(self, run: str, effect: FineTuningEffect) -> None:
        """Record what fine-tuning changed."""
        from mnist_gui.analysis.fine_tuning_effect import effect_sentence

        self._update(run, text=effect_sentence(effect))

    def report_failure(self, run: str, sentence: str) -> None:
        """Record that a run was not trained to its end, or could not be evaluated."""
        self._update(run, text=sentence, is_over=True)

    def _update(self, run: str, **changes: str | bool) -> None:
        for model, outcome in self.outcomes.items():
            if outcome.run == run:
                self.outcomes[model] = replace(outcome, **changes)  # type: ignore[arg-type]
                self.changed.emit()
                return


def _frames(digits: Sequence[UserDigit]) -> list[Digit]:
    return [(digit.frame, digit.label) for digit in digits]
