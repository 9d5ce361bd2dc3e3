"""The dialog of a model from a file: it adds it, says what it expects, and lets that be changed, then or later."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, NamedTuple

from PySide6.QtCore import QDeadlineTimer, QEvent, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from mnist_gui.gui.background import FOREVER, LatestTask
from mnist_gui.gui.convention_choices import ConventionChoices
from mnist_gui.gui.model_adder import ModelAdder
from mnist_gui.gui.widgets.form_controls import heading, push_button
from mnist_gui.gui.widgets.plain_text import PlainLabel, tool_tip
from mnist_gui.models.importing.model_import import describe_import
from mnist_gui.runs.run import Run
from mnist_gui.wording import plain_text

_STEPS = 1000  # of the progress bar
_WIDTH = 460  # pixels

State = Literal["trying", "measuring", "done"]


class Progress(NamedTuple):
    """What is being done, and the fraction that is done."""

    text: str
    fraction: float


class Added(NamedTuple):
    """A run that was added, and a sentence on those that were added before from the same file."""

    run: Run
    earlier: str


class AddModelDialog(QDialog):
    """Adds the model in a file as a run, says what it expects, and offers to let it answer. Call `start` once.

    The window stays usable meanwhile. Closing the dialog stops what is not done; a run that was added stays. What
    the run expects can be changed, also when the dialog is opened again for the run.

    Parameters
    ----------
    source
        The file, or the run of a model that was added before.
    adder
        Does the work, in a thread.

    Signals
    -------
    use_requested(run: str)
        The user wants the run to answer.
    runs_changed()
        The run was added, or expects something else.
    """

    use_requested = Signal(str)
    runs_changed = Signal()

    def __init__(self, source: Path | Run, adder: ModelAdder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._source, self._adder = source, adder
        self._run: Run | None = None
        self._earlier = ""
        self._state: State = "done"
        self.setObjectName("add_model")
        self.setWindowTitle("Add a model" if isinstance(source, Path) else "What it expects")
        self._task = LatestTask(self)
        self._task.progressed.connect(self._on_progressed)
        self._task.finished_with.connect(self._on_finished)
        self._task.failed.connect(self._on_failed)
        self._status = PlainLabel()
        self._status.setObjectName("add_model_status")
        self._status.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setRange(0, _STEPS)
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Progress")
        self._choices = ConventionChoices()
        self._choices.changed.connect(self._update_buttons)
        self._try = push_button("Change to this", "try_convention")
        tip = (
            "Let it get its digits so, and count how many training digits it reads right then; choose what it had "
            "before to change it back"
        )
        self._try.setToolTip(tool_tip(tip))
        self._use = push_button("Let it answer", "use_added_model")
        self._use.setProperty("primary", True)
        self._use.setToolTip("Give it a card in Draw")
        self._close = push_button("Cancel", "close_add_model")
        self._try.clicked.connect(self._change)
        self._use.clicked.connect(self._request_use)
        self._close.clicked.connect(self.close)
        self._lay_out()
        self._update_buttons()

    @property
    def text(self) -> str:
        """The sentence that is shown."""
        return self._status.text()

    def start(self) -> None:
        """Read the file, try the model and measure it; of a run, show what it expects."""
        if isinstance(self._source, Path):
            self._add(self._source)
            return
        try:
            self._set_run(self._source)
        except (KeyError, TypeError, ValueError):
            self._show(
                f"The record of {plain_text(self._source.name)} does not say what it expects. Add its file again."
            )

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Stop and wait for the thread; return whether it ended in time."""
        return self._task.shut_down(deadline)

    # -- work

    def _add(self, path: Path) -> None:
        """Get a run and measure it, in the thread."""
        adder = self._adder

        def work(progress: Callable[[Any], bool]) -> tuple[Run, float] | None:
            run = adder.add(path, lambda done: progress(Progress("Reading and trying it…", done)))
            if run is None or not progress(Added(run, adder.describe_earlier(run))):
                return None
            accuracy = adder.measure(run, lambda done: progress(Progress("Reading MNIST's test digits…", done)))
            return None if accuracy is None else (run, accuracy)

        self._task.start(work)
        self._show("Reading and trying it…", "trying")

    def _change(self) -> None:
        """Let the run expect what is chosen, in the thread.

        How it reads the test digits then is not said: the choice is made by training digits.
        """
        adder, run, convention = self._adder, self._run, self._choices.convention
        assert run is not None

        def work(progress: Callable[[Any], bool]) -> None:
            changed = adder.change(run, convention, lambda done: progress(Progress("Trying it so…", done)))
            if changed is not None:
                progress(changed)

        self._task.start(work)
        self._show("Trying it so…", "trying")

    def _on_progressed(self, value: Run | Added | Progress) -> None:
        match value:
            case Progress():
                if self._state == "trying":
                    self._status.setText(value.text)
                self._bar.setValue(round(value.fraction * _STEPS))
            case Added():
                self._earlier = value.earlier
                self._set_run(value.run, "measuring")
                self.runs_changed.emit()
            case Run():
                self._set_run(value)
                self.runs_changed.emit()

    def _set_run(self, run: Run, state: State = "done") -> None:
        """Show what a run expects."""
        self._choices.set_run(run)
        sentence = self._sentence(run)
        self._run = run
        self._show(sentence, state)

    def _on_finished(self, result: tuple[Run, float] | None) -> None:
        if result is not None:
            self._show(self._sentence(*result))

    def _on_failed(self, sentence: str) -> None:
        self._show(sentence)
        if self._run is not None:
            self._choices.set_run(self._run)

    def _sentence(self, run: Run, accuracy: float | None = None) -> str:
        subject = f"{plain_text(run.name)} is added: it" if isinstance(self._source, Path) else "It"
        return f"{subject} {describe_import(run, accuracy)}. {self._earlier}".rstrip()

    def _request_use(self) -> None:
        assert self._run is not None
        self.use_requested.emit(self._run.name)
        self.close()

    # -- what is shown

    def _show(self, text: str, state: State = "done") -> None:
        self._status.setText(text)
        self._state = state
        self._update_buttons()

    def _update_buttons(self) -> None:
        run, is_trying = self._run, self._state == "trying"
        self._bar.setVisible(self._state != "done")
        self._choices.setVisible(run is not None)
        self._choices.setEnabled(not is_trying)
        self._try.setVisible(run is not None)
        self._try.setEnabled(run is not None and not is_trying and self._choices.is_changed)
        self._use.setVisible(run is not None and isinstance(self._source, Path))
        self._use.setEnabled(not is_trying)
        self._close.setText("Cancel" if is_trying and run is None else "Close")

    def _grow(self) -> None:
        """Become as wide as the buttons need, as high as the texts need at this width, and stay on the screen."""
        layout = self.layout()
        assert layout is not None
        self.setMinimumWidth(max(_WIDTH, layout.minimumSize().width()))
        width = max(self.width(), self.minimumWidth())
        self.resize(width, max(self.height(), layout.totalHeightForWidth(width)))
        overhang = self.frameGeometry().bottom() - self.screen().availableGeometry().bottom()
        if overhang > 0:
            self.move(self.x(), max(self.y() - overhang, 0))

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        buttons.addWidget(self._try)
        buttons.addStretch(1)
        buttons.addWidget(self._use)
        buttons.addWidget(self._close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 16, 12)
        layout.setSpacing(8)
        title = self._source.name if isinstance(self._source, Path) else self._source.title
        layout.addWidget(heading(plain_text(title)))
        layout.addWidget(self._status)
        layout.addWidget(self._bar)
        layout.addWidget(self._choices)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.setMinimumWidth(_WIDTH)

    # -- Qt

    def event(self, event: QEvent) -> bool:
        """Grow when a text, what is visible, or the text size changed."""
        handled = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest:
            self._grow()
        return handled

    def reject(self) -> None:
        self._task.cancel()
        super().reject()
