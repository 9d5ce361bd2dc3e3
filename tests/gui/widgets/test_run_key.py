from PySide6.QtCore import Qt

from mnist_gui.gui.widgets.run_key import TOGETHER, RunKey, RunLegend


def test_runs_of_one_model_are_told_apart_by_their_lines():
    first, second = RunKey("fast", 1), RunKey("notebook", 1, 1)
    assert first.symbol == second.symbol
    assert first.line == Qt.PenStyle.SolidLine != second.line


def test_every_model_has_its_mark_and_so_have_several_together():
    assert len({RunKey("", model).symbol for model in (TOGETHER, 1, 2, 3)}) == 4


def test_the_legend_wraps_and_is_named(qtbot):
    legend = RunLegend()
    qtbot.addWidget(legend)
    legend.set_keys([RunKey(f"Model {model} · a run with a long name", model) for model in (1, 2, 3)])
    assert legend.accessibleName().startswith("Key: Model 1 · a run with a long name, Model 2")
    assert legend.heightForWidth(200) > legend.heightForWidth(2000) > 0
    legend.resize(200, legend.heightForWidth(200))
    assert not legend.grab().isNull()
