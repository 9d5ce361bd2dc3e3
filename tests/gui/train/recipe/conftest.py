"""The panel in which recipe and models are chosen."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QEvent

from mnist_gui.gui import theme
from mnist_gui.gui.train.recipe.recipe_panel import RecipePanel


@pytest.fixture
def panel(qtbot, qapp):
    theme.apply(qapp, "light")
    panel = RecipePanel()
    panel.resize(panel.sizeHint().width(), 620)
    panel.show()
    qtbot.waitExposed(panel)
    yield panel
    panel.close()
    panel.deleteLater()
    # At once: each panel still there makes the next change of theme slower.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    theme.apply(qapp, "light")
