"""The menu from which the user chooses the active run of a model."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from mnist_gui.gui.widgets.plain_text import menu_text
from mnist_gui.runs.run import Run
from mnist_gui.runs.run_names import run_title
from mnist_gui.runs.store import RunStore
from mnist_gui.wording import plural


def open_run_menu(
    store: RunStore, model: int, button: QWidget, use_run: Callable[[str | None, str | None], None]
) -> None:
    """Open a menu of the runs that can be made active for a model.

    Parameters
    ----------
    store
        Provides the runs.
    button
        Button below which the menu opens.
    use_run
        Called with the name of the chosen run, None for the shipped one, and that of the run which answers now.
    """
    menu = QMenu(button)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    active = next((run for run in store.answering() if run.model == model), None)
    default, answering = store.shipped_default(model), active.name if active is not None else None
    runs = [run for run in store.runs() if run.model == model and run.has_model]
    group = QActionGroup(menu)
    for run in runs:
        action = group.addAction(menu.addAction(menu_text(_label(run))))
        action.setCheckable(True)
        action.setChecked(active is not None and run.folder == active.folder)
        action.triggered.connect(lambda _checked, name=run.name: use_run(name, answering))
    if not runs:
        menu.addAction(f"Model {model} has no run yet: train one in the Train tab").setEnabled(False)
    if active is not None and not active.shipped and default is not None:
        menu.addSeparator()
        menu.addAction("Back to the one that came with the program").triggered.connect(lambda: use_run(None, answering))
    menu.popup(button.mapToGlobal(QPoint(0, button.height())))


def training_text(run: Run) -> str:
    """Return how a run was trained, in plain words: "Trained 2 rounds on 55,000 digits"."""
    rounds, digits = run.record.exported or run.record.epochs, run.record.data.get("frames", 0)
    return f"Trained {plural(rounds, 'round')} on {plural(digits, 'digit')}"


def _label(run: Run) -> str:
    title = run_title(run.name)
    if title != run.name:
        return title
    if run.shipped:
        return f"{training_text(run)} · {title}, came with the program"
    return f"{title} · {run.record.created[:10]} · {plural(run.record.epochs, 'epoch')}"
