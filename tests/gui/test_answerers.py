"""Titles of the runs that answer: as short as tells each from the others."""

from types import SimpleNamespace

import pytest

from mnist_gui.gui.answerers import answerers
from mnist_gui.runs.store import Place


@pytest.mark.parametrize(
    ("places", "titles"),
    [
        ([(1, ""), (2, "model-2-fast-20261128-210455")], ["Model 1", "Model 2"]),
        ([(None, "own-fast-20261128-220855"), (None, "lenet")], ["Own fast", "lenet"]),
        ([(1, "model-1-fast-20261128-210455"), (1, "model-1-best")], ["Model 1 fast", "Model 1 best"]),
        (
            [
                (None, "own-fast-20261128-220855"),
                (None, "own-fast-20261127-091200"),
                (None, "own-best-20261127-091200"),
            ],
            ["Own fast 22:08", "Own fast 09:12", "Own best"],
        ),
        (
            [(1, "model-1-fast-20261128-210455"), (1, "model-1-fast-20261127-210400")],
            ["Model 1 fast 2026-11-28 21:04", "Model 1 fast 2026-11-27 21:04"],
        ),
        (
            [(None, "own-fast-20261128-220801"), (None, "own-fast-20261128-220802")],
            [
                "Own fast 2026-11-28 22:08 (own-fast-20261128-220801)",
                "Own fast 2026-11-28 22:08 (own-fast-20261128-220802)",
            ],
        ),
        ([(None, "own-net"), (1, "model-1-fast-20269999-210455")], ["own-net", "Model 1"]),
    ],
)
def test_a_title_is_as_short_as_tells_the_runs_apart(places, titles):
    store = SimpleNamespace(places=lambda: [Place(model, None, name) for model, name in places])
    found = answerers(store)
    assert [answerer.title for answerer in found] == titles
    assert [answerer.run_title for answerer in found] == [name for _, name in places]
