from PySide6.QtCore import Qt

from mnist_gui.gui.compare.run_marker import TOGETHER, RunLegend, RunMarker


def test_runs_of_one_model_are_distinguished_by_their_lines():
    first, second = RunMarker("fast", 1), RunMarker("notebook", 1, 1)
    assert first.symbol == second.symbol
    assert first.line == Qt.PenStyle.SolidLine != second.line


def test_every_model_has_its_mark_and_so_have_several_together():
    assert len({RunMarker("", model).symbol for model in (TOGETHER, 1, 2, 3)}) == 4


def test_the_legend_wraps_and_is_named(qtbot):
    legend = RunLegend()
    qtbot.addWidget(legend)
    legend.set_markers([RunMarker(f"Model {model} · a run with a long name", model) for model in (1, 2, 3)])
    assert legend.accessibleName().startswith("Key: Model 1 · a run with a long name, Model 2")
    assert legend.heightForWidth(200) > legend.heightForWidth(2000) > 0
    legend.resize(200, legend.heightForWidth(200))
    assert not legend.grab().isNull()
