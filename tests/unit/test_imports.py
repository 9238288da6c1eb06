"""The modules of the slow tests can be imported: what they use still exists."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

from warehouse.settings import PROJECT_DIR

OURS = ("warehouse", "flows", "expectations", "tests.support")


def test_each_name_that_the_slow_tests_import_exists() -> None:
    """``make test`` does not collect these folders; a name that moved would be seen in CI only."""
    paths = [
        path
        for folder in ("faults", "clients")
        for path in PROJECT_DIR.glob(f"tests/{folder}/**/*.py")
    ]
    assert len(paths) > 15
    missing = [
        f"{path.name}: {module}.{name}"
        for path in paths
        for module, name in _imported_names(path)
        if not _exists(module, name)
    ]
    assert missing == []


def _imported_names(path: Path) -> Iterator[tuple[str, str]]:
    """Pairs (module, name) of every ``from module import name`` of our own packages."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(OURS):
            yield from ((str(node.module), alias.name) for alias in node.names)


def _exists(module: str, name: str) -> bool:
    """Whether a module has the name, or is a package with a module of that name."""
    if hasattr(importlib.import_module(module), name):
        return True
    try:
        importlib.import_module(f"{module}.{name}")
    except ModuleNotFoundError:
        return False
    return True
