"""Parts of closing the window: the question while a model trains, the wait for its batch, and system signals.

`MainWindow.closeEvent` decides which of them is needed.
"""

from __future__ import annotations

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QMessageBox, QPushButton, QVBoxLayout, QWidget

from mnist_gui.gui.widgets.plain_text import PlainLabel, show_plain

# Ctrl-C, `kill`, a closed terminal, and on Windows a closed console.
END_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK") if hasattr(signal, name)
)
APPEAR_MS = 500  # most batches end before


def pause_question(parent: QWidget, *, is_paused: bool, waiting_count: int, stores_queue: bool) -> QMessageBox:
    """Return a box, not shown yet, that asks whether to pause the training and close; "accepted" means to do so.

    Parameters
    ----------
    is_paused
        Whether the user has paused the training.
    waiting_count
        Number of trainings that wait in the queue.
    stores_queue
        Whether the queue is restored in the next window.
    """
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setObjectName("pause_question")
    box.setIcon(QMessageBox.Icon.Question)
    box.setText("A training is paused." if is_paused else "A model is training.")
    box.setWindowTitle("Close while training?")
    sentence = (
        "Finished epochs are kept. The one under way is not: it begins again when you press “Go on” in the Train tab."
    )
    if waiting_count:
        waiting = f"{waiting_count} {'trainings wait' if waiting_count > 1 else 'training waits'} in it."
        sentence += f" The queue is {'kept too' if stores_queue else 'not kept'}: {waiting}"
    box.setInformativeText(sentence)
    show_plain(box)
    box.addButton("Pause and close", QMessageBox.ButtonRole.AcceptRole)
    stay = box.addButton("Stay" if is_paused else "Keep training", QMessageBox.ButtonRole.RejectRole)
    box.setDefaultButton(stay)
    box.setEscapeButton(stay)
    return box


class FinishingWindow(QWidget):
    """Small window that replaces the main window while a training finishes its batch before it is paused.

    Signals
    -------
    end_requested()
        The user does not want to wait.
    """

    end_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("MNIST GUI")
        label = PlainLabel(
            "Finishing this batch…\n\nThen the training is paused and this window closes. Finished epochs are kept."
        )
        button = QPushButton("End now")
        button.setObjectName("end_now")
        button.setAccessibleDescription("The training is interrupted instead of paused; it can be resumed as well.")
        button.clicked.connect(self.end_requested)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addWidget(label)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignRight)
        self._timer = QTimer(self, singleShot=True, interval=APPEAR_MS)
        self._timer.timeout.connect(self.show)
        self._timer.start()

    def dismiss(self) -> None:
        """Hide the window for good."""
        self._timer.stop()
        self.hide()
        self.deleteLater()

    # -- Qt

    def closeEvent(self, event: QCloseEvent) -> None:
        event.ignore()  # it closes by itself; only its button ends the training at once


class SignalWatcher(QObject):
    """Turns signals of the system into a Qt signal.

    Python's handlers run only once the interpreter does, which an idle event loop prevents; but each signal is written
    to a socket at once, and that wakes the event loop. A signal that was ignored when the program started (by `nohup`)
    stays ignored.

    Signals
    -------
    end_requested()
        The process is asked to end.
    """

    end_requested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reader, self._writer = socket.socketpair()
        for end in (self._reader, self._writer):
            end.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._numbers = [number for number in END_SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
        for number in self._numbers:
            signal.signal(number, lambda _number, _frame: None)
        self._notifier = QSocketNotifier(self._reader.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_activated)

    def stop(self) -> None:
        """Ignore these signals from now on: the program ends, and one more must not make it look killed."""
        self._notifier.setEnabled(False)
        for number in self._numbers:
            signal.signal(number, signal.SIG_IGN)
        signal.set_wakeup_fd(-1)
        self._reader.close()
        self._writer.close()

    def _on_activated(self) -> None:
        if any(number in self._numbers for number in self._reader.recv(4096)):
            self.end_requested.emit()
