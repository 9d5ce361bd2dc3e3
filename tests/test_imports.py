"""Slow libraries are imported in functions only; the direction of imports is import-linter's (pyproject.toml)."""

import ast
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

import mnist_gui

PACKAGE = Path(mnist_gui.__file__).parent
SLOW = ("tensorflow", "keras", "scipy", "rich", "jinja2")
WINDOW = ("PySide6", "mnist_gui.gui", "mnist_gui.app")  # the commands work without Qt's system libraries


def early_imports(node: ast.AST) -> Iterator[str]:
    """Yield the names that are imported as soon as the module is."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (alias.name for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            yield from (f"{child.module}.{alias.name}" for alias in child.names)
        elif isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
            continue
        elif not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield from early_imports(child)


def forbidden(source: str, path: Path) -> list[str]:
    """Return the early imports that a file of the package must not have."""
    names = (*SLOW, *WINDOW) if path.parts[0] == "cli" else SLOW
    prefixes = tuple(f"{name}." for name in names)
    return [name for name in early_imports(ast.parse(source)) if f"{name}.".startswith(prefixes)]


def test_slow_libraries_are_imported_in_functions_only():
    for path in PACKAGE.rglob("*.py"):
        assert forbidden(path.read_text(encoding="utf-8"), path.relative_to(PACKAGE)) == [], path


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("models/export.py", "import tensorflow as tf"),
        ("models/export.py", "class Exporter:\n    from keras import ops"),
        ("metrics.py", "try:\n    import scipy.special\nexcept ImportError:\n    pass"),
        ("cli/main.py", "from mnist_gui import app"),
        ("cli/main.py", "from PySide6.QtCore import QPointF"),
    ],
)
def test_an_early_import_is_found(path, source):
    assert len(forbidden(source, Path(path))) == 1
    assert forbidden("def run():\n" + textwrap.indent(source, "    "), Path(path)) == []
