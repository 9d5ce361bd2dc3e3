"""The dialog that adds a model from a file: progress, what was found, and what it is to expect instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, NamedTuple

from PySide6.QtCore import QDeadlineTimer, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QFormLayout, QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from mnist_gui.digits.dataset import FRAME_SIDE
from mnist_gui.gui.background import FOREVER, LatestTask
from mnist_gui.gui.model_adder import ModelAdder
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, heading, muted, push_button
from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.models.importing.conventions import ANSWERS, VALUES, Convention
from mnist_gui.models.importing.model_import import describe_import
from mnist_gui.runs.run import Run
from mnist_gui.wording import plain_text

_STEPS = 1000  # of the progress bar
_WIDTH = 460  # pixels
INK, TURNS = ("light on dark", "dark on light"), ("as they are", "exchanged")


State = Literal["trying", "measuring", "done"]


class Progress(NamedTuple):
    """What is being done, and the fraction that is done."""

    text: str
    fraction: float


class AddModelDialog(QDialog):
    """Adds the model in a file as a run, says what it expects, and offers to let it answer. Call `start` once.

    The window stays usable meanwhile. Closing the dialog stops what is not done; a run that was added stays.

    Parameters
    ----------
    path
        The file.
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

    def __init__(self, path: Path, adder: ModelAdder, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._path, self._adder = path, adder
        self._run: Run | None = None
        self._state: State = "done"
        self.setObjectName("add_model")
        self.setWindowTitle("Add a model")
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
        self._choices = _Choices()
        self._choices.changed.connect(self._update_buttons)
        self._try = push_button("Try this", "try_convention")
        self._try.setToolTip("Let it get its digits so, and count how many it reads right then")
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
        """Read the file, try the model and measure it."""
        adder, path = self._adder, self._path
        self._work(lambda progress: adder.add(path, lambda done: progress(Progress("Reading and trying it…", done))))

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Stop and wait for the thread; return whether it ended in time."""
        return self._task.shut_down(deadline)

    # -- work

    def _change(self) -> None:
        """Let the run expect what is chosen."""
        adder, path, run, convention = self._adder, self._path, self._run, self._choices.convention
        assert run is not None
        self._work(
            lambda progress: adder.change(run, path, convention, lambda done: progress(Progress("Trying it so…", done)))
        )

    def _work(self, make_run: Callable[[Callable[[Any], bool]], Run | None]) -> None:
        """Get a run and measure it, in the thread."""
        adder = self._adder

        def work(progress: Callable[[Any], bool]) -> tuple[Run, float] | None:
            run = make_run(progress)
            if run is None or not progress(run):
                return None
            accuracy = adder.measure(run, lambda done: progress(Progress("Reading MNIST's test digits…", done)))
            return None if accuracy is None else (run, accuracy)

        self._task.start(work)
        self._show("Reading and trying it…" if self._run is None else "Trying it so…", "trying")

    def _on_progressed(self, value: Run | Progress) -> None:
        if isinstance(value, Progress):
            if self._state == "trying":
                self._status.setText(value.text)
            self._bar.setValue(round(value.fraction * _STEPS))
        else:
            self._run = value
            self._choices.set_run(value)
            self._show(f"{self._subject(value)} {describe_import(value)}.", "measuring")
            self.runs_changed.emit()

    def _on_finished(self, result: tuple[Run, float] | None) -> None:
        if result is not None:
            run, accuracy = result
            self._show(f"{self._subject(run)} {describe_import(run, accuracy)}.")

    def _on_failed(self, sentence: str) -> None:
        self._show(sentence)
        if self._run is not None:
            self._choices.set_run(self._run)

    @staticmethod
    def _subject(run: Run) -> str:
        return f"{plain_text(run.name)} is added: it"

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
        self._use.setVisible(run is not None)
        self._use.setEnabled(not is_trying)
        self._close.setText("Cancel" if is_trying and run is None else "Close")
        QTimer.singleShot(0, self, self._grow)

    def _grow(self) -> None:
        """Become as high as the texts need at this width."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        self.resize(self.width(), max(self.height(), layout.totalHeightForWidth(self.width())))

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
        layout.addWidget(heading(plain_text(self._path.name)))
        layout.addWidget(self._status)
        layout.addWidget(self._bar)
        layout.addWidget(self._choices)
        layout.addStretch(1)
        layout.addLayout(buttons)
        self.setMinimumWidth(_WIDTH)

    # -- Qt

    def reject(self) -> None:
        self._task.cancel()
        super().reject()


class _Choices(QWidget):
    """What a network expects of a frame, and what its answers are.

    Signals
    -------
    changed()
        The user chose something.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._known = Convention()
        self._values = self._box("values", "Values of a pixel", VALUES)
        self._ink = self._box("ink", "Ink", INK)
        self._turned = self._box("turned", "Rows and columns", TURNS)
        self._placing = self._box("placing", "Another size", ())
        self._answers = self._box("answers", "Its answers are", ANSWERS)
        self._form = QFormLayout(self)
        self._form.setContentsMargins(0, 0, 0, 0)
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow(muted("What it expects, as was found by trying. Change it where you know better:"))
        for box in (self._values, self._ink, self._turned, self._placing, self._answers):
            self._form.addRow(box.accessibleName(), box)

    @property
    def convention(self) -> Convention:
        """The choice."""
        return replace(
            self._known,
            values=self._values.currentText(),
            is_dark_on_light=bool(self._ink.currentIndex()),
            is_transposed=bool(self._turned.currentIndex()),
            placing=self._placing.currentText() or self._known.placing,
            answers=self._answers.currentText(),
        )

    @property
    def is_changed(self) -> bool:
        """Whether it differs from what the run expects."""
        return self.convention != self._known

    def set_run(self, run: Run) -> None:
        """Show what a run expects."""
        imported = run.record.imported
        assert imported is not None
        known, side = Convention.from_json(imported["convention"]), int(imported["side"])
        self._known = known
        placings = () if side == FRAME_SIDE else ("padded" if side > FRAME_SIDE else "cropped", "resized")
        self._placing.clear()
        self._placing.addItems(list(placings))
        self._form.setRowVisible(self._placing, bool(placings))
        self._values.setCurrentText(known.values)
        self._ink.setCurrentIndex(int(known.is_dark_on_light))
        self._turned.setCurrentIndex(int(known.is_transposed))
        self._placing.setCurrentText(known.placing)
        self._answers.setCurrentText(known.answers)

    def _box(self, name: str, title: str, entries: Any) -> QComboBox:  # noqa: ANN401 - any texts
        box = QComboBox()
        box.setObjectName(f"convention_{name}")
        box.setAccessibleName(title)
        box.setMinimumHeight(TARGET_HEIGHT)
        box.addItems(list(entries))
        box.activated.connect(lambda _index: self.changed.emit())
        return box
