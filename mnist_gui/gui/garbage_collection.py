"""Collects Python's cyclic garbage in the window's thread only."""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

INTERVAL_MS = 500
# CPython's rule: a full collection once this fraction of the oldest generation has been added to it.
FULL_COLLECTION_FRACTION = 0.25


class GarbageCollector(QObject):
    """Replaces Python's automatic collection by a timer.

    The automatic collection runs wherever an allocation passes the threshold: in a worker thread, where destroying a
    widget crashes the program, or inside a Qt call that holds a lock, where it deadlocks (seen in
    ``QObject::disconnect`` of PySide6 6.11). novelWriter and pyqtgraph collect by a timer for the same reason.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()  # imported modules need no collection
        self._old, self._survivors = 0, 0
        timer = QTimer(self, interval=INTERVAL_MS)
        timer.timeout.connect(self.collect)
        timer.start()

    def collect(self) -> None:
        """Collect the generations that have passed their thresholds."""
        young, middle, _ = gc.get_count()
        thresholds = gc.get_threshold()
        if middle > thresholds[1]:
            candidates = len(gc.get_objects(generation=0)) + len(gc.get_objects(generation=1))
            self._survivors += candidates - gc.collect(1)
            if self._survivors > FULL_COLLECTION_FRACTION * self._old:
                gc.collect()
                self._old, self._survivors = len(gc.get_objects(generation=2)), 0
        elif young > thresholds[0]:
            gc.collect(0)

    def stop(self) -> None:
        """Return to the automatic collection."""
        for timer in self.findChildren(QTimer):
            timer.stop()
        gc.unfreeze()
        gc.enable()
