"""Adds models from files: what the dialog does in its thread, and the menu, the drops and the dialogs of the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QEvent, QMimeData, QObject, Qt, Signal
from PySide6.QtGui import QAction, QDragMoveEvent, QDropEvent
from PySide6.QtWidgets import QFileDialog, QWidget

from mnist_gui.gui.background import FOREVER, shut_down_all
from mnist_gui.runs.run import Run
from mnist_gui.runs.store import RunStore

if TYPE_CHECKING:  # imported at the first use: launching does not wait for it
    from mnist_gui.analysis.evaluation_data import EvaluationSet
    from mnist_gui.gui.add_model_dialog import AddModelDialog
    from mnist_gui.models.importing.conventions import Convention

SUFFIXES = (".keras", ".h5", ".hdf5", ".onnx")
FILE_FILTERS = f"Models ({' '.join(f'*{suffix}' for suffix in SUFFIXES)});;All files (*)"

Wanted = Callable[[float], bool]  # is told the fraction that is done; False stops


class ModelAdder:
    """Adds models as runs. Its methods take seconds: call them in a thread.

    Parameters
    ----------
    store
        Gets the runs.
    load_test_set
        Returns MNIST's test set.
    cache
        Folder of predictions.
    """

    def __init__(self, store: RunStore, load_test_set: Callable[[], EvaluationSet], cache: Path) -> None:
        self._store = store
        self._load_test_set = load_test_set
        self._cache = cache

    def add(self, path: Path, progress: Wanted) -> Run | None:
        """Return the new run of the model in a file; None if stopped. Raise `RunError` if there is no such model."""
        from mnist_gui.models.importing.model_import import add_model

        return add_model(self._store, path, progress=lambda fraction: not progress(fraction))

    def describe_earlier(self, run: Run) -> str:
        """Return a sentence on the other runs of the same file; empty for none."""
        from mnist_gui.models.importing.model_import import describe_earlier

        return describe_earlier(self._store, run)

    def change(self, run: Run, convention: Convention, progress: Wanted) -> Run | None:
        """Let a run expect something else; None if stopped. Raise `RunError` if it cannot."""
        from mnist_gui.models.importing.model_import import change_convention

        return change_convention(self._store, run, convention, progress=lambda fraction: not progress(fraction))

    def measure(self, run: Run, progress: Wanted) -> float | None:
        """Return the share of MNIST's test digits that a run recognizes; None if stopped."""
        from mnist_gui.analysis.prediction_cache import predictions

        data = self._load_test_set()
        rows = predictions(run, data, self._cache, progress=progress)
        return None if rows is None else float((rows.argmax(axis=1) == data.labels).mean())


class ModelAdding(QObject):
    """Opens a dialog for each file that the user chooses or drops, and for runs that were added before.

    Parameters
    ----------
    window
        Model files may be dropped on it, and on all widgets that `watch` is called with.
    adder
        Adds the models.

    Attributes
    ----------
    action
        Asks for a file.

    Signals
    -------
    use_requested(run: str)
        The user wants a new run to answer.
    runs_changed()
        A run was added or changed.
    """

    use_requested = Signal(str)
    runs_changed = Signal()

    def __init__(self, window: QWidget, adder: ModelAdder) -> None:
        super().__init__(window)
        self._window = window
        self._adder = adder
        self._dialogs: list[AddModelDialog] = []
        self.action = QAction("Add a &model…", self)
        self.action.triggered.connect(lambda: self.ask_for_file())
        window.setAcceptDrops(True)
        self.watch(window)

    def watch(self, widget: QWidget) -> None:
        """Take model files that are dropped on a widget; what else is dropped is left to it."""
        widget.installEventFilter(self)

    def ask_for_file(self) -> None:
        """Let the user choose a file."""
        dialog = QFileDialog(self._window, "Add a model", "", FILE_FILTERS)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda path: self.add(Path(path)))
        dialog.open()

    def add(self, path: Path) -> None:
        """Add the model in a file."""
        self._open(path)

    def show_expectation(self, run: Run) -> None:
        """Show what the model of a run that was added expects, and let it be changed."""
        self._open(run)

    def _open(self, source: Path | Run) -> None:
        from mnist_gui.gui.add_model_dialog import AddModelDialog

        dialog = AddModelDialog(source, self._adder, self._window)
        dialog.use_requested.connect(self.use_requested)
        dialog.runs_changed.connect(self.runs_changed)
        dialog.finished.connect(lambda: self._forget(dialog))
        self._dialogs.append(dialog)
        dialog.show()
        dialog.start()

    def shut_down(self, deadline: QDeadlineTimer = FOREVER) -> bool:
        """Stop what is being added and wait for the threads; return whether they ended in time."""
        return shut_down_all(tuple(self._dialogs), deadline)

    def _forget(self, dialog: AddModelDialog) -> None:
        dialog.shut_down()
        self._dialogs.remove(dialog)
        dialog.deleteLater()

    # -- Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take model files."""
        # A drop event is one of moving too; the first move is the entry.
        if isinstance(event, QDropEvent) and (path := _model_file(event.mimeData())) is not None:
            event.acceptProposedAction()
            if not isinstance(event, QDragMoveEvent):
                self.add(path)
            return True
        return super().eventFilter(watched, event)


def _model_file(data: QMimeData) -> Path | None:
    """Return the first file of dropped data if it is a model, by its suffix."""
    paths = [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]
    return paths[0] if paths and paths[0].suffix.lower() in SUFFIXES else None
