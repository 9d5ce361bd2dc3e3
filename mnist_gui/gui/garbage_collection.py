"""Python's cyclic garbage, collected in the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 500
# As CPython's own rule: a full collection once the survivors of younger ones are a quarter of all older objects.
FULL_SHARE = 0.25


class GarbageCollector(QObject):
    """Takes the place of Python's automatic collection while it lives.

    The automatic one runs wherever an allocation passes its threshold: in a worker thread, where a widget that it
    destroys crashes the program, or inside a Qt call that holds a lock, where it never returns (seen in
    ``QObject::disconnect`` of PySide6 6.11). The novelWriter and pyqtgraph projects do the same for the same reason.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # what the program imported lives as long as it does
        self._old, self._survivors = 0, 0
        timer = QTimer(self, interval=INTERVAL_MS)
        timer.timeout.connect(self.collect)
        timer.start()

    def collect(self) -> None:
        """Collect the generations whose thresholds have been passed."""
        young, middle, _ = gc.get_count()
        thresholds = gc.get_threshold()
        if middle > thresholds[1]:
            candidates = len(gc.get_objects(generation=0)) + len(gc.get_objects(generation=1))
            self._survivors += candidates - gc.collect(1)
            if self._survivors > FULL_SHARE * self._old:
                gc.collect()
                self._old, self._survivors = len(gc.get_objects(generation=2)), 0
        elif young > thresholds[0]:
            gc.collect(0)

    def stop(self) -> None:
        """Give the work back to Python."""
        for timer in self.findChildren(QTimer):
            timer.stop()
        gc.unfreeze()
        gc.enable()
