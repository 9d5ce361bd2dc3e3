"""The menus from which the user chooses who answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, Qt, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QMenu, QWidget

from mnist_gui.gui.answerers import answerers, training_text
from mnist_gui.gui.theme import colors_of
from mnist_gui.gui.widgets.model_marker import marker_icon
from mnist_gui.gui.widgets.plain_text import menu_text
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import MAX_ANSWERING, MODELS, Place, RunStore
from mnist_gui.wording import plural

BACK = "Back to the one that came with the program"
ALL_SHIPPED = "The three that came with the program"
NOTHING_ELSE = "No other run can answer yet"
EXPECTATION = "What it expects…"


class AnsweringMenu(QObject):
    """Opens menus of the runs that answer, and of those that could.

    Parameters
    ----------
    store
        The runs.

    Signals
    -------
    changed(change: Callable[[], None])
        The user chose something; the function changes the store, and may raise `RunError`.
    file_requested()
        The user wants to add a model from a file.
    expectation_requested(run: Run)
        The user wants to see, or to change, what a model from a file expects.
    """

    changed = Signal(object)
    file_requested = Signal()
    expectation_requested = Signal(object)

    def __init__(self, store: RunStore, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store

    def open_place(self, place: int, button: QWidget) -> None:
        """Open the menu of a place below a button: other runs for it, and what else can be done with it."""
        menu = _menu(button)
        places = self._store.places()
        if place <= len(places):
            self._fill_place(menu, places, place - 1)
            menu.addSeparator()
        self._fill_common(menu, places)
        _open(menu, button)

    def open_all(self, button: QWidget) -> None:
        """Open the menu of all places below a button."""
        menu = _menu(button)
        places = self._store.places()
        for answerer in answerers(self._store):
            entry = menu.addMenu(menu_text(answerer.title))
            size = menu.fontMetrics().ascent()
            entry.setIcon(marker_icon(answerer.place, size, colors_of(button.window())))
            self._fill_place(entry, places, answerer.place - 1)
        menu.addSeparator()
        self._fill_common(menu, places)
        _open(menu, button)

    # -- entries

    def _fill_place(self, menu: QMenu, places: Sequence[Place], index: int) -> None:
        """Add the runs of the same model, those of other networks, and the commands for a place."""
        place, runs = places[index], self._usable_runs()
        answering = _name(place)
        same = [run for run in runs if place.model is not None and run.model == place.model]
        group = QActionGroup(menu)
        for run in same:
            action = group.addAction(menu.addAction(menu_text(_label(run))))
            action.setCheckable(True)
            action.setChecked(place.run is not None and run.folder == place.run.folder)
            action.triggered.connect(partial(self._activate, run.name, answering))
        if place.model is not None and not same:
            menu.addAction(f"Model {place.model} has no run yet: train one in the Train tab").setEnabled(False)
        default = self._store.shipped_default(place.model) if place.model is not None else None
        folders = [other.run.folder for other in places if other.run is not None]
        if place.run is not None and not place.run.shipped and default is not None and default.folder not in folders:
            menu.addSeparator()
            menu.addAction(BACK).triggered.connect(
                lambda: self.changed.emit(partial(self._store.back_to_shipped, answering))
            )
        menu.addSeparator()
        if place.run is not None and place.run.record.imported is not None:
            action = menu.addAction(EXPECTATION)
            action.triggered.connect(lambda _checked=False, run=place.run: self.expectation_requested.emit(run))
        others = menu.addMenu("Another run here")
        self._fill_runs(others, [run for run in runs if run not in same], lambda name: self._activate(name, answering))
        if len(places) > 1:
            self._fill_moves(menu, places, index)

    def _fill_moves(self, menu: QMenu, places: Sequence[Place], index: int) -> None:
        """Add the commands that move a place or take it away."""
        names = [_name(place) for place in places if place.run is not None]
        if places[index].run is None:
            menu.addAction("Take away").triggered.connect(lambda: self._set(names))
            return
        position = names.index(_name(places[index]))
        for text, other in (("Move left", position - 1), ("Move right", position + 1)):
            moved = list(names)
            if 0 <= other < len(names):
                moved[position], moved[other] = moved[other], moved[position]
            action = menu.addAction(text)
            action.setEnabled(0 <= other < len(names))
            action.triggered.connect(partial(self._set, moved))
        left = [name for name in names if name != names[position]]
        menu.addAction("Take away").triggered.connect(partial(self._set, left))

    def _fill_common(self, menu: QMenu, places: Sequence[Place]) -> None:
        """Add the commands for all places."""
        answering = [place.run for place in places if place.run is not None]
        folders = {run.folder for run in answering}
        names = [run.name for run in answering]
        more = menu.addMenu("One more")
        more.setEnabled(len(places) < MAX_ANSWERING)
        if len(places) >= MAX_ANSWERING:
            more.setTitle(f"One more: {MAX_ANSWERING} answer, as many as can")
        free = [run for run in self._usable_runs() if run.folder not in folders]
        self._fill_runs(more, free, lambda name: self._set([*names, name]))
        menu.addAction("A model from a file…").triggered.connect(self.file_requested)
        defaults = [default for model in MODELS if (default := self._store.shipped_default(model)) is not None]
        back = menu.addAction(ALL_SHIPPED)
        back.setEnabled([run.folder for run in answering] != [run.folder for run in defaults])
        back.triggered.connect(lambda: self.changed.emit(self._store.answer_by_default))

    def _fill_runs(self, menu: QMenu, runs: Sequence[Run], choose: Callable[[str], None]) -> None:
        """Add an entry for each run."""
        for run in runs:
            action = menu.addAction(menu_text(_full_label(run)))
            action.triggered.connect(lambda _checked=False, name=run.name: choose(name))
        if not runs:
            menu.addAction(NOTHING_ELSE).setEnabled(False)

    def _usable_runs(self) -> list[Run]:
        return [run for run in self._store.runs() if run.has_model]

    # -- changes

    def _activate(self, name: str, instead_of: str, _checked: bool = False) -> None:
        self.changed.emit(partial(self._store.activate, name, instead_of))

    def _set(self, names: Sequence[str], _checked: bool = False) -> None:
        self.changed.emit(partial(self._store.set_answering, names))


def _menu(button: QWidget) -> QMenu:
    menu = QMenu(button)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    return menu


def _open(menu: QMenu, button: QWidget) -> None:
    menu.popup(button.mapToGlobal(QPoint(0, button.height())))


def _name(place: Place) -> str:
    return place.name if place.run is None else place.run.name


def _label(run: Run) -> str:
    title = run.title
    if title != run.name:
        return title
    if run.shipped:
        return f"{training_text(run)} · {title}, came with the program"
    if run.record.imported is not None:
        return f"{title} · {run.record.created[:10]} · from {run.record.imported.get('file', 'a file')}"
    return f"{title} · {run.record.created[:10]} · {plural(run.record.epochs, 'epoch')}"


def _full_label(run: Run) -> str:
    """Return the label of a run beside those of other models."""
    label = _label(run)
    return f"Model {run.model} · {label}" if run.model else label
