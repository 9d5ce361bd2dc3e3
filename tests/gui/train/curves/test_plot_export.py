"""The plot of the losses, saved as a file."""

import re
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QPushButton

from tests.gui.train.curves.loss_plot_data import fall, history

pytestmark = pytest.mark.slow


def test_the_plot_is_saved_as_pixels_and_as_lines(plot, qtbot, tmp_path):
    plot.set_notebook({1: history(12)})
    plot.show_history("my run", 1, history(3), "held out")
    plot.redraw()
    button = plot.findChild(QPushButton, "save_plot")
    with qtbot.waitSignal(plot.save_requested):
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    plot.save(tmp_path / "plot.png")
    image = QImage(str(tmp_path / "plot.png"))
    assert image.width() > 1_000 and image.height() > 500
    plot.save(tmp_path / "plot.SVG")
    root = ElementTree.parse(tmp_path / "plot.SVG").getroot()
    words = " ".join(root.itertext())
    assert "Loss" in words and "Accuracy in percent" in words and "my run" in words and "notebook" in words
    lines = [element for element in root.iter() if element.tag.endswith("polyline")]
    assert len(lines) >= 8


def test_saved_lines_end_at_the_edges_of_their_plot(plot, tmp_path):
    plot.set_notebook({1: history(12)})
    fall(plot, "a", 2)
    plot.save(tmp_path / "plot.svg")
    root = ElementTree.parse(tmp_path / "plot.svg").getroot()
    parents = {child: parent for parent in root.iter() for child in parent}
    lines = [element for element in root.iter() if element.tag.endswith("polyline")]
    outside = [line for line in lines if any(float(y) < 0 for y in re.findall(r",(\S+)", line.get("points", "")))]
    assert outside, "the first batches lose more than is shown"
    for line in lines:
        assert parents[parents[line]].get("clip-path")


@pytest.mark.parametrize("name", ["plot.jpg", "plot"])
def test_another_kind_of_file_is_refused_in_a_sentence(plot, tmp_path, name):
    with pytest.raises(ValueError, match=r"saved as \.png or \.svg, not as"):
        plot.save(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_named(plot, tmp_path):
    with pytest.raises(OSError, match=r"could not be written to .*missing.*Choose another place"):
        plot.save(tmp_path / "missing" / "plot.png")
