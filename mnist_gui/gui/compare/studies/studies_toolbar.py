"""The toolbar of the Studies page: which study is shown, and what is done with it."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from mnist_gui.gui.compare.studies.study_reader import StudyList, StudyState
from mnist_gui.gui.compare.value_combo_box import ValueComboBox
from mnist_gui.gui.widgets.form_controls import TARGET_HEIGHT, push_button
from mnist_gui.gui.widgets.plain_text import PlainLabel
from mnist_gui.studies.progress import seconds_of_a_seed
from mnist_gui.wording import rough_duration

MORE_SEEDS = 3


class StudiesToolbar(QWidget):
    """Chooses a study, and requests that it is trained, paused or extended.

    Signals
    -------
    study_chosen(name: str)
    continue_requested()
    more_requested()
        Extend the study by `MORE_SEEDS` seeds and train them.
    pause_requested()
    report_requested()
        Write a report with what the study says.
    """

    study_chosen = Signal(str)
    continue_requested = Signal()
    more_requested = Signal()
    pause_requested = Signal()
    report_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chosen = ValueComboBox("Study")
        self.chosen.value_changed.connect(lambda name: self.study_chosen.emit(name))
        self._label = PlainLabel("Study")
        self._label.setBuddy(self.chosen)
        self.go_on = push_button("Continue", "study_continue")
        self.go_on.setToolTip("Train the runs that are left, in the Train tab")
        self.go_on.clicked.connect(self.continue_requested)
        self.more = push_button("Three more seeds", "study_more")
        self.more.clicked.connect(self.more_requested)
        self.pause = push_button("Pause", "study_pause")
        self.pause.setToolTip("Pause the study; whole epochs are kept, and Continue goes on from there")
        self.pause.clicked.connect(self._on_pause_clicked)
        self.report = push_button("Report…", "study_report")
        self.report.setToolTip("Save the comparison of runs and this study as one file that any browser opens")
        self.report.clicked.connect(self.report_requested)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self._label)
        layout.addWidget(self.chosen)
        layout.addStretch(1)
        for button in (self.go_on, self.pause, self.more, self.report):
            layout.addWidget(button)
            button.hide()
        self.setMinimumHeight(TARGET_HEIGHT + 4)  # as that of the other pages
        self.set_studies(StudyList({}, ""))

    def set_studies(self, studies: StudyList) -> None:
        """List all studies."""
        self.chosen.set_choices(studies.titles, studies.shown)
        for widget in (self._label, self.chosen):
            widget.setVisible(bool(studies.titles))

    def set_state(self, state: StudyState | None, speed_factor: float, *, is_here: bool) -> None:
        """Offer what can be done with a study; nothing without one.

        Parameters
        ----------
        is_here
            Whether this window trains it, or has it in its queue.
        """
        can_train = state is not None and not (state.is_training or is_here or state.study.shipped)
        self.go_on.setVisible(state is not None and can_train and not state.progress.is_complete)
        self.more.setVisible(can_train)
        self.pause.setVisible(is_here)
        self.report.setVisible(state is not None)
        if not is_here:
            self.pause.setText("Pause")
            self.pause.setEnabled(True)
        if state is not None:
            seconds = MORE_SEEDS * seconds_of_a_seed(state.study.plan)
            self.more.setText(f"Three more seeds · {rough_duration(speed_factor * seconds)}")
            self.more.setToolTip("Train every group of this study with three more seeds, in the Train tab")

    def _on_pause_clicked(self) -> None:
        self.pause.setText("Pausing…")  # until the epochs so far are saved
        self.pause.setEnabled(False)
        self.pause_requested.emit()
