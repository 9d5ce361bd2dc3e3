"""A bare PySide6 window with one pyqtgraph plot, the peer of a launch."""

from __future__ import annotations

import sys

import pyqtgraph as pg
from painted import FirstPaint
from PySide6.QtWidgets import QApplication, QMainWindow

app = QApplication(sys.argv[:1])
window = QMainWindow()
plot = pg.PlotWidget()
plot.plot([0.0, 1.0, 4.0, 9.0])
window.setCentralWidget(plot)
window.resize(1180, 760)
FirstPaint(plot.viewport(), then=window.close)
window.show()
sys.exit(app.exec())
