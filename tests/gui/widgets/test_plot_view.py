"""Plots of any tab."""

from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from mnist_gui.gui import theme
from mnist_gui.gui.widgets.plot_view import PlotView


def test_the_background_of_a_plot_follows_the_theme(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    QVBoxLayout(window).addWidget(PlotView(5))
    window.resize(400, 300)
    application = QApplication.instance()
    try:
        for choice in ("light", "dark", "light"):
            theme.apply(application, choice)
            window.show()
            QApplication.processEvents()
            shown = window.grab().toImage().pixelColor(200, 100)
            assert shown == window.palette().color(QPalette.ColorRole.Window)
    finally:
        theme.apply(application, "light")
