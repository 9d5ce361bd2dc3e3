"""The Studies page: what a study says, its progress, and its curves."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from mnist_gui.gui.compare.interval_plot import IntervalPlot
from mnist_gui.gui.compare.result.error_rate_plot import ErrorRatePlot
from mnist_gui.gui.compare.studies.study_figures import (
    error_rate,
    group_markers,
    learning_line,
    logarithmic_axis,
    training_line,
)
from mnist_gui.gui.compare.studies.study_reader import StudyState
from mnist_gui.gui.widgets.collapsible_section import CollapsibleSection
from mnist_gui.gui.widgets.form_controls import heading, muted, paragraphs, push_button, rich_text
from mnist_gui.gui.widgets.plain_text import PlainLabel, html_text
from mnist_gui.gui.widgets.run_marker import RunLegend
from mnist_gui.studies.plan import StudyPlan
from mnist_gui.studies.results import PairResult, StudyResult
from mnist_gui.wording import listing, plain_text, plural, rough_duration

MIN_LINES = 12  # height of a plot in lines of text
MAX_TICKS = 12
MAX_PAIRS = 6  # sentences that are always shown
BAND_HELP = "Line: mean over the seeds. Band: from the lowest to the highest."
STEPS = 1000  # of the progress bar
NO_STUDY = (
    "A study trains the same models several times, each time from another seed: with other first weights, in another "
    "order of the digits. So it can say which differences between them are real, and which are chance.\n\n"
    "Begin one in the Train tab: tick models, set “Seeds” above Start to 5, and press Start. It appears here."
)

SHIPPED = (
    "This study came with the program and stays as it is. For more seeds, train one of your own: in the Train tab, set "
    "“Seeds” above Start."
)


class StudiesPage(QWidget):
    """Shows one study: sentences, the errors of its groups, and its curves.

    Attributes
    ----------
    result
        What the shown study says; None until it was read.

    Signals
    -------
    setup_requested()
        There is no study, and the user wants to begin one.
    """

    setup_requested = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state: StudyState | None = None
        self.result: StudyResult | None = None
        self._speed_factor = 1.0
        self.headline = rich_text("study_headline")
        self.summary = muted(name="study_summary")
        self.progress = QProgressBar()
        self.progress.setObjectName("study_progress")
        self.progress.setAccessibleName("Progress of the study")
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        self.error_heading = heading("Errors", "study_errors_heading")
        self.error_rates = ErrorRatePlot()
        self.differences_heading = heading("Differences", "study_differences_heading")
        self.differences = rich_text("study_differences")
        self.other_differences = rich_text("study_other_differences")
        self.other_section = CollapsibleSection("", self.other_differences)
        self.problems = muted(name="study_problems")
        self.legend = RunLegend()
        self.training = IntervalPlot(MIN_LINES, "Validation accuracy after each epoch", x_name="Epoch", decimals=2)
        self.learning = IntervalPlot(MIN_LINES, "Errors by the number of training frames", decimals=2)
        self.learning_text = rich_text("learning_curve")
        self._training_box = _box("Validation accuracy after each epoch, in percent", self.training, muted(BAND_HELP))
        self._learning_box = _box(
            "Errors by the number of training frames, in percent", self.learning, self.learning_text
        )
        self._empty = PlainLabel(NO_STUDY)
        self._empty.setObjectName("studies_empty")
        self._empty.setWordWrap(True)
        self._set_up = push_button("Choose models and seeds in Train", "study_set_up")
        self._set_up.setToolTip("Opens the Train tab with all three models ticked and five seeds")
        self._set_up.clicked.connect(self.setup_requested)
        self._lay_out()
        self.clear()

    def clear(self, message: str = NO_STUDY) -> None:
        """Show a message instead of a study."""
        self._state = self.result = None
        self._empty.setText(message)
        self._content.hide()
        self._empty.show()
        self._set_up.setVisible(message == NO_STUDY)

    def set_state(self, state: StudyState, speed_factor: float) -> None:
        """Show how far a study is; the result of another one disappears.

        Parameters
        ----------
        speed_factor
            Of this machine, see `mnist_gui.models.training.time_estimate`.
        """
        is_other = self._state is None or self._state.study.folder != state.study.folder
        self._state, self._speed_factor = state, speed_factor
        self._empty.hide()
        self._set_up.hide()
        self._content.show()
        self.summary.setText(_summary(state, speed_factor))
        self.progress.setVisible(not state.progress.is_complete)
        self.progress.setValue(round(STEPS * state.progress.fraction))
        if is_other:
            self._show_result(None)

    def set_result(self, result: StudyResult) -> None:
        """Show what the study says."""
        if self._state is not None and self._state.study.plan.name == result.name:
            self._show_result(result)

    # -- inside

    def _show_result(self, result: StudyResult | None) -> None:
        assert self._state is not None
        self.result = result
        text = "Reading what the runs say…" if result is None else result.headline
        self.headline.setText(f'<span style="font-size: large">{html_text(text)}</span>')
        self.headline.setAccessibleName(plain_text(text))
        groups = () if result is None else result.groups
        markers = group_markers(self._state.study.plan.groups())
        rates = [error_rate(markers[group.group.title], group) for group in groups]
        self.error_rates.set_rates(rates)
        self.error_heading.setText(
            f"{self.error_rates.accessibleName()}: mean ± spread over the seeds, and 95 % interval. A dot is one seed."
        )
        for shown in (self.error_heading, self.error_rates):
            shown.setVisible(bool(groups))
        self._show_differences(() if result is None else result.pairs)
        problems = () if result is None else result.problems
        self.problems.setText("\n".join(problems))
        self.problems.setVisible(bool(problems))
        self._show_curves(result)

    def _show_differences(self, pairs: tuple[PairResult, ...]) -> None:
        self.differences.setText(_sentences(pairs[:MAX_PAIRS]))
        for shown in (self.differences_heading, self.differences):
            shown.setVisible(bool(pairs))
        others = pairs[MAX_PAIRS:]
        self.other_differences.setText(_sentences(others))
        self.other_section.set_title(f"{plural(len(others), 'more difference')}")
        self.other_section.setVisible(bool(others))

    def _show_curves(self, result: StudyResult | None) -> None:
        assert self._state is not None
        trainings, curves = (result.trainings, result.curves) if result is not None else ((), ())
        markers = group_markers(self._state.study.plan.groups())
        self.legend.set_markers([markers[curve.title] for curve in trainings])
        self.legend.setVisible(bool(trainings))
        self._training_box.setVisible(bool(trainings))
        if trainings:
            last = max(curve.epochs[-1] for curve in trainings)
            step = -(-last // MAX_TICKS)
            ticks = {float(epoch): str(epoch) for epoch in range(step, last + 1, step)}
            self.training.set_axes((0.8, last + 0.2), ticks)
            self.training.set_lines([training_line(markers[curve.title], curve) for curve in trainings])
        self._learning_box.setVisible(bool(curves))
        if curves:
            self.learning.set_axes(*logarithmic_axis([frames for curve in curves for frames in curve.frames]))
            lines = [learning_line(markers[curve.title], curve) for curve in curves]
            self.learning.set_references([fit for _, fit in lines])
            self.learning.set_lines([line for line, _ in lines])
            self.learning_text.setText(paragraphs([curve.sentence for curve in curves]))

    def _lay_out(self) -> None:
        curves = QHBoxLayout()
        curves.setSpacing(24)
        curves.addWidget(self._training_box, 1)
        curves.addWidget(self._learning_box, 1)
        self._content = QWidget()
        column = QVBoxLayout(self._content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        above: tuple[QWidget, ...] = self.headline, self.summary, self.progress, self.problems
        below: tuple[QWidget, ...] = self.error_heading, self.error_rates, self.differences_heading, self.differences
        for widget in (*above, *below, self.other_section, self.legend):
            column.addWidget(widget)
        column.addLayout(curves)
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(12)
        layout.addWidget(self._content)
        layout.addWidget(self._empty)
        layout.addWidget(self._set_up)
        layout.addStretch(1)


def _box(title: str, plot: QWidget, below: QWidget) -> QWidget:
    box = QWidget()
    layout = QVBoxLayout(box)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(4)
    layout.addWidget(heading(title))
    layout.addWidget(plot, 1)
    layout.addWidget(below)
    return box


def _summary(state: StudyState, speed_factor: float) -> str:
    """Return what the study consists of, and how far it is."""
    plan, progress = state.study.plan, state.progress
    text = f"{_plan_text(plan)} · "
    if progress.is_complete:
        text += f"all {plural(progress.planned, 'run')} trained · judged on MNIST test"
        return f"{text}\n{SHIPPED}" if state.study.shipped else text
    left = rough_duration(speed_factor * progress.seconds_left)
    state_text = "is being trained" if state.is_training else "paused"
    return f"{text}{state_text}: {progress.ended} of {plural(progress.planned, 'run')} trained, {left} left"


def _plan_text(plan: StudyPlan) -> str:
    names = [str(model) for model in plan.models]
    models = f"Model{'s' if len(names) > 1 else ''} {listing(names)}" if names else ""
    own = plural(len(plan.layers), "model of your own", "models of your own") if plan.layers else ""
    models = " · ".join(filter(None, (models, own)))
    return (
        f"{models} · {plan.training_text} · {plural(len(plan.groups()), 'group')} of {plural(len(plan.seeds), 'seed')}"
    )


def _sentences(pairs: tuple[PairResult, ...]) -> str:
    """Return the sentences about pairs as HTML."""
    return paragraphs([f"{'✓' if pair.is_significant else '≈'} {pair.sentence}" for pair in pairs])
