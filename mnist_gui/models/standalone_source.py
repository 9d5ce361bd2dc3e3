"""Takes functions out of this program into a script that needs none of it: the source of each is the program's own."""

from __future__ import annotations

import ast
import inspect
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from itertools import pairwise

_PACKAGE = "mnist_gui"


@dataclass
class _Module:
    """A module's definitions and imports by the names that they bind.

    Attributes
    ----------
    definitions
        Functions, classes and constants.
    own
        Modules of this program that names are imported from.
    others
        Module, or "" for the module itself, and name of what is imported from elsewhere.
    """

    name: str
    lines: list[str]
    definitions: dict[str, ast.stmt] = field(default_factory=dict)
    own: dict[str, str] = field(default_factory=dict)
    others: dict[str, tuple[str, str]] = field(default_factory=dict)


def standalone_source(*entries: Callable[..., object]) -> str:
    """Return Python code that defines these functions and classes and all that they need of this program.

    Comments and docstrings stay. The code begins with the imports of other libraries.

    Raises
    ------
    ValueError
        Two modules define the same public name, so that they do not fit into one file.
    """
    needed = _needed((entry.__module__, entry.__name__) for entry in entries)
    modules = _in_order(dict.fromkeys(module for module, _ in needed))
    new_names = _new_names(sorted(needed, key=lambda key: modules.index(key[0])))
    parts = [_import_lines({entry for key in needed for entry in _imports(*key)})]
    for module in modules:
        parsed = _parsed(module)
        wanted = [statement for name, statement in parsed.definitions.items() if (module, name) in needed]
        renamed = {name: new for (origin, name), new in new_names.items() if origin == module}
        parts += [_renamed(_text(parsed, statement), renamed) for statement in dict.fromkeys(wanted)]
    # Constants stand together, as in the modules.
    gaps = ["\n" if _is_constant(before) and _is_constant(after) else "\n\n\n" for before, after in pairwise(parts)]
    return "".join(part + gap for part, gap in zip(parts, [*gaps, "\n"], strict=True))


def _new_names(needed: Sequence[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return new names for private definitions whose name another module has taken, by module and name."""
    taken: set[str] = set()
    found = {}
    for module, name in needed:
        if name in taken:
            if not name.startswith("_"):
                raise ValueError(f"{name} is defined in {module}, too; rename one of them.")
            suffix = module.rpartition(".")[2]
            found[module, name] = f"{name}_{suffix.upper() if name.isupper() else suffix}"
        taken.add(name)
    return found


def _is_constant(text: str) -> bool:
    return text.splitlines()[-1][:1] not in (" ", ")") and not text.startswith(("import", "from"))


def _renamed(text: str, names: Mapping[str, str]) -> str:
    pattern = re.compile(r"(?<![\w.])(" + "|".join(map(re.escape, names)) + r")(?!\w)")
    return pattern.sub(lambda match: names[match[1]], text) if names else text


@cache
def _parsed(name: str) -> _Module:
    source = inspect.getsource(import_module(name))
    module = _Module(name, source.splitlines())
    for statement in ast.parse(source).body:
        match statement:
            case ast.Import():
                module.others |= {alias.asname or alias.name: ("", _alias(alias)) for alias in statement.names}
            case ast.ImportFrom(module=origin) if origin and origin.split(".")[0] == _PACKAGE:
                module.own |= {alias.asname or alias.name: origin for alias in statement.names}
            case ast.ImportFrom(module=str(origin)) if origin != "__future__":
                module.others |= {alias.asname or alias.name: (origin, _alias(alias)) for alias in statement.names}
            case ast.FunctionDef() | ast.ClassDef():
                module.definitions[statement.name] = statement
            case ast.Assign() | ast.AnnAssign():
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                names = [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
                module.definitions |= dict.fromkeys(names, statement)
    return module


def _alias(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _needed(entries: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the definitions, by module and name, that entries need, directly or not."""
    found: dict[tuple[str, str], None] = {}
    waiting = list(entries)
    while waiting:
        key = waiting.pop()
        if key in found:
            continue
        found[key] = None
        module = _parsed(key[0])
        for name in _names(module.definitions[key[1]]):
            if name in module.definitions:
                waiting.append((key[0], name))
            elif name in module.own:
                waiting.append((module.own[name], name))
    return list(found)


def _names(statement: ast.stmt) -> Iterator[str]:
    return (node.id for node in ast.walk(statement) if isinstance(node, ast.Name))


def _imports(module: str, name: str) -> set[tuple[str, str]]:
    parsed = _parsed(module)
    return {parsed.others[used] for used in _names(parsed.definitions[name]) if used in parsed.others}


def _import_lines(entries: Iterable[tuple[str, str]]) -> str:
    """Return import statements, one for each module, those of the standard library first."""
    names: dict[str, list[str]] = {}
    for origin, name in sorted(entries):
        names.setdefault(origin, []).append(name)
    lines = [f"import {name}" for name in names.pop("", [])]
    lines += [f"from {origin} import {', '.join(found)}" for origin, found in names.items()]
    standard = [line for line in lines if line.split()[1].partition(".")[0] in sys.stdlib_module_names]
    return "\n".join([*standard, "", *(line for line in lines if line not in standard)])


def _in_order(modules: Iterable[str]) -> list[str]:
    """Return modules so that each follows those that it imports."""
    ordered: dict[str, None] = {}
    wanted = list(modules)

    def visit(name: str) -> None:
        for other in dict.fromkeys(_parsed(name).own.values()):
            if other in wanted and other not in ordered:
                visit(other)
        ordered.setdefault(name)

    for name in wanted:
        visit(name)
    return list(ordered)


def _text(module: _Module, statement: ast.stmt) -> str:
    """Return the lines of a definition with its decorators and the comment above it."""
    decorators = getattr(statement, "decorator_list", [])
    first = min([statement.lineno, *(decorator.lineno for decorator in decorators)]) - 1
    while first and module.lines[first - 1].startswith("#"):
        first -= 1
    return "\n".join(module.lines[first : statement.end_lineno])
