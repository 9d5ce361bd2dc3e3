"""The menu of the runs that can answer for one model."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore


def open_run_menu(store: RunStore, model: int, button: QWidget, use_run: Callable[[int, str | None], None]) -> None:
    """Let the person choose which run answers for a model.

    Parameters
    ----------
    store
        Where the runs are.
    button
        The menu opens below it.
    use_run
        Called with the model and the chosen run's name; None stands for the shipped one.
    """
    menu = QMenu(button)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    active, default = store.active(model), store.shipped_default(model)
    runs = [run for run in store.runs() if run.model == model and run.has_model]
    choices = QActionGroup(menu)
    for run in runs:
        action = choices.addAction(menu.addAction(_described(run)))
        action.setCheckable(True)
        action.setChecked(active is not None and run.folder == active.folder)
        action.triggered.connect(lambda _checked, name=run.name: use_run(model, name))
    if not runs:
        menu.addAction(f"Model {model} has no run yet: train one in the Train tab").setEnabled(False)
    if active is not None and not active.shipped and default is not None:
        menu.addSeparator()
        menu.addAction("Back to shipped").triggered.connect(lambda: use_run(model, None))
    menu.popup(button.mapToGlobal(QPoint(0, button.height())))


def _described(run: Run) -> str:
    epochs = f"{run.record.epochs} epoch{'' if run.record.epochs == 1 else 's'}"
    return f"{run.name} · {'shipped' if run.shipped else run.record.created[:10]} · {epochs}"
