"""Labels of a fixed number of lines."""

import pytest
from PySide6.QtCore import QSize

from mnist_gui.gui.widgets.fitted_label import FittedLabel, fits


@pytest.mark.parametrize("text", ["MNIST test digit 3059 · labelled 7 ✓", "labelled 7 ✗", "Saved as 7 in My digits"])
def test_a_text_has_one_line_where_the_label_is_as_wide_as_it_wants(qtbot, text):
    label = FittedLabel(2)
    qtbot.addWidget(label)
    label.setText(text)
    metrics = label.fontMetrics()
    assert fits(text, metrics, QSize(label.sizeHint().width(), metrics.lineSpacing() + 2))
