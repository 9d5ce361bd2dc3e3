"""Which room may import which: the whole table, held for every file of the package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "mnist_gui"

# Leftmost first. A room may import itself, the rooms named beside it, and the package's __init__ (version).
BASE = {"files", "folders"}
LEFTMOST = BASE | {"metrics", "digits", "runs"}
TABLE: dict[str, set[str]] = {
    "__init__": set(),
    "files": set(),
    "folders": set(),
    "display": set(),
    "console": set(),
    "metrics": BASE,
    "digits": BASE,
    "runs": BASE,
    "models": LEFTMOST,
    "analysis": LEFTMOST | {"models"},
    "gui": LEFTMOST | {"models", "analysis"},
    "app": LEFTMOST | {"models", "analysis", "gui"},
    "training_lines": LEFTMOST | {"models", "console"},
    "commands": LEFTMOST | {"models", "analysis", "console", "training_lines"},
    "report_command": LEFTMOST | {"models", "analysis", "console"},
    "cli": LEFTMOST | {"models", "analysis", "gui", "app", "commands", "report_command", "console", "display"},
    "__main__": {"cli"},
}

# Libraries that only some rooms may know.
HOMES: dict[str, set[str]] = {
    "tensorflow": {"models"},
    "keras": {"models"},
    "ai_edge_litert": {"models"},
    "PySide6": {"gui", "app"},
    "shiboken6": {"gui", "app"},
    "pyqtgraph": {"gui", "app"},
    "rich": {"training_lines"},
    "scipy": {"metrics"},
}

# Up to ten seconds of importing, which nothing pays before it needs them.
ONLY_IN_FUNCTIONS = {"tensorflow", "keras", "rich", "scipy"}
# The commands work where Qt's system libraries are missing. app knows Qt at once, and so does gui.
ONLY_IN_FUNCTIONS_OF: dict[str, set[str]] = {"cli": {"app", "gui"}}

Import = tuple[int, str, bool]  # line, absolute dotted name, is it put off until a function runs?


def room_of(path: Path) -> str:
    """Return the room of a file given relative to the package's folder."""
    return path.parts[0] if len(path.parts) > 1 else path.stem


def imports_of(tree: ast.Module, path: Path) -> Iterator[Import]:
    """Yield every import of a file, those inside functions, classes and conditions too."""
    folder = [PACKAGE, *path.parts[:-1]]
    waiting: list[tuple[ast.AST, bool]] = [(tree, False)]
    while waiting:
        node, late = waiting.pop()
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, late) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from mnist_gui import runs` imports a room, `from keras import ops` nothing beyond keras.
            yield from ((node.lineno, f"{module}.{alias.name}", late) for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in (
            "import_module",
            "__import__",
        ):
            first = node.args[0] if node.args else None
            written_out = isinstance(first, ast.Constant) and isinstance(first.value, str)
            name = first.value if written_out and not first.value.startswith(".") else "?"
            yield node.lineno, name, late
        if isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING"):
            # Never run, so as harmless to start-up as an import in a function; the table holds all the same.
            waiting += [(child, True) for child in node.body] + [(child, late) for child in node.orelse]
            continue
        inside = late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        waiting += [(child, inside) for child in ast.iter_child_nodes(node)]


def violations(source: str, path: Path) -> list[str]:
    """Return one sentence for every import in `source` that the table forbids to the file `path`."""
    room = room_of(path)
    if room not in TABLE:
        return [f"{path}: the room {room!r} has no place in the table of tests/test_layers.py"]
    found = []
    for line, name, late in sorted(imports_of(ast.parse(source), path)):
        where = f"{path}:{line}: {room} imports {name}"
        top, _, rest = name.partition(".")
        target = rest.partition(".")[0]
        if name == "?":
            found.append(f"{where}: only names written out can be checked")
        elif top == PACKAGE and target not in ("", "__init__", "__version__", room):
            if target not in TABLE:
                found.append(f"{where}: no such room")
            elif target not in TABLE[room]:
                found.append(f"{where}: not to its left")
            elif target in ONLY_IN_FUNCTIONS_OF.get(room, set()) and not late:
                found.append(f"{where}: inside functions only")
        elif top in HOMES and room not in HOMES[top]:
            found.append(f"{where}: only {' and '.join(sorted(HOMES[top]))} may know {top}")
        elif top in ONLY_IN_FUNCTIONS and not late:
            found.append(f"{where}: inside functions only")
    return found


def test_every_file_of_the_package_keeps_to_the_table():
    package = ROOT / PACKAGE
    files = sorted(path.relative_to(package) for path in package.rglob("*.py"))
    assert Path("__init__.py") in files
    found = [one for path in files for one in violations((package / path).read_text(encoding="utf-8"), path)]
    assert not found, "\n" + "\n".join(found)


def test_the_table_has_one_direction():
    """Each room may import only rooms written before it, so no circle is possible."""
    rooms = list(TABLE)
    for place, room in enumerate(rooms):
        assert TABLE[room] <= set(rooms[:place]), room
    for room in ("metrics", "digits", "runs"):
        assert TABLE[room] == BASE
    assert set().union(*HOMES.values()) <= set(rooms)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("metrics.py", "from mnist_gui.digits.frame import frame"),
        ("digits/frame.py", "import mnist_gui.runs.store"),
        ("digits/frame.py", "from ..models import recipes"),
        ("digits/frame.py", "from PySide6.QtCore import QPointF"),
        ("runs/run.py", "def save():\n    import keras"),
        ("runs/store.py", "from mnist_gui import digits"),
        ("folders.py", "from . import metrics"),
        ("models/training.py", "import tensorflow as tf"),
        ("models/training.py", "class Trainer:\n    from keras import ops"),
        ("models/training.py", "try:\n    import keras\nexcept ImportError:\n    keras = None"),
        ("models/predictor.py", "def show():\n    from mnist_gui.gui import theme"),
        ("models/predictor.py", "import importlib\nimportlib.import_module('PySide6')"),
        ("models/predictor.py", "import importlib\nname = 'x'\nimportlib.import_module(name)"),
        (
            "models/predictor.py",
            "import typing\nif typing.TYPE_CHECKING:\n    from ..gui import theme",
        ),
        ("analysis/report.py", "import pyqtgraph"),
        ("analysis/report.py", "from ai_edge_litert.interpreter import Interpreter"),
        ("gui/workers.py", "def start():\n    import tensorflow"),
        ("gui/widgets/canvas.py", "from ... import app"),
        ("app.py", "import mnist_gui.cli"),
        ("cli.py", "from mnist_gui import app"),
        ("cli.py", "from mnist_gui.gui.theme import LIGHT"),
        ("cli.py", "def main():\n    from PySide6 import QtWidgets"),
        ("helpers.py", ""),
        ("tools/export.py", "import numpy"),
        ("gui/draw_tab.py", "import mnist_gui.utils"),
        ("__init__.py", "from mnist_gui.folders import resources_folder"),
    ],
)
def test_a_forbidden_import_is_found(path, source):
    assert len(violations(source, Path(path))) == 1


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "digits/dataset.py",
            "import numpy\nfrom mnist_gui.folders import cache_folder\nfrom . import frame",
        ),
        ("runs/run.py", "import mnist_gui\nfrom mnist_gui import __version__\nfrom .. import folders"),
        (
            "models/training.py",
            "from ..digits import dataset\ndef train():\n    import keras\n    return keras",
        ),
        ("models/predictor.py", "from ai_edge_litert.interpreter import Interpreter"),
        ("models/export.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import keras"),
        (
            "analysis/comparison.py",
            "from mnist_gui import metrics, runs\nimport mnist_gui.models.predictor",
        ),
        (
            "gui/widgets/canvas.py",
            "from PySide6 import QtGui\nfrom ...digits.drawing import Drawing",
        ),
        ("gui/widgets/plot.py", "import pyqtgraph as pg\nfrom ..theme import LIGHT\nfrom . import canvas"),
        (
            "app.py",
            "from PySide6 import QtWidgets\nfrom mnist_gui.gui.main_window import MainWindow",
        ),
        (
            "cli.py",
            "from .models import predictor\ndef main():\n    from . import app\n    app.run()",
        ),
    ],
)
def test_an_allowed_import_is_let_through(path, source):
    assert violations(source, Path(path)) == []
