"""What the use of a run in the Draw tab would replace, and the question before a useless one is used."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from mnist_gui.gui.widgets.plain_text import show_plain
from mnist_gui.metrics import wilson_interval
from mnist_gui.runs.record import RunError
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import percent_number

GUESSING = 0.1135  # accuracy of always answering 1, the most frequent digit of MNIST's test set


class UseQuestion(QMessageBox):
    """Asks whether a run that is no better than guessing is to answer in the Draw tab. Show it with `open`.

    Parameters
    ----------
    reason, replacement
        Sentences of `guessing_sentence` and `replacement_sentence`.

    Signals
    -------
    use_chosen()
    """

    use_chosen = Signal()

    def __init__(self, reason: str, replacement: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("use_question")
        self.setIcon(QMessageBox.Icon.Warning)
        self.setWindowTitle("Use this run in Draw?")
        self.setText(reason)
        self.setInformativeText(replacement or "Draw would show its answers.")
        show_plain(self)
        use = self.addButton("Use it anyway", QMessageBox.ButtonRole.DestructiveRole)
        cancel = self.addButton("Cancel", QMessageBox.ButtonRole.RejectRole)
        self.setDefaultButton(cancel)
        self.setEscapeButton(cancel)
        use.clicked.connect(self.use_chosen)


def replacement_sentence(store: RunStore, name: str) -> str:
    """Return which run would no longer answer in the Draw tab, as `RunStore.activate` chooses it; "" for none."""
    answering = store.answering()
    try:
        model = store.get(name).model
    except RunError:  # the Draw tab reports it
        model = 0
    replaced = next((run for run in answering if model and run.model == model), None)
    if replaced is None or any(run.name == name for run in answering):
        return ""
    return f"In Draw it would replace {replaced.title}."


def guessing_sentence(run: Run) -> str:
    """Return that a run is no better than guessing, by a 95 % interval of its validation accuracy; "" if it is better.

    A fine-tuned run is validated on few digits, and is judged in another way.
    """
    try:
        history = [] if run.record.parent else run.history()
    except RunError:
        return ""
    if not history:
        return ""
    kept = next((metrics for metrics in history if metrics.epoch == run.record.exported), history[-1])
    frames = run.record.data.get("validation", {}).get("frames", 0)
    accuracy = kept.val_accuracy
    low = wilson_interval(round(accuracy * frames), frames).low if frames else accuracy
    if low > GUESSING:
        return ""
    return (
        f"{run.title} is no better than guessing: it reads {percent_number(accuracy, 1, certain=False)} % of "
        f"its validation digits right, and always answering 1 would be right for {percent_number(GUESSING)} %."
    )
