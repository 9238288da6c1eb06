"""Imports run down: a part of the code knows what lies below it, and nothing beside or above it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from warehouse.settings import PROJECT_DIR

# From the top down. A part is a package or module of ``warehouse``, or another package of the
# project; docs/architecture.md has the picture.
LAYERS = (
    {"cli"},
    {"commands"},
    {"flows", "verification"},
    {"refresh"},
    {"alerts", "exports", "report"},
    {
        "adopt",
        "check_history",
        "new_site",
        "new_study",
        "study_rerun",
        "preflight",
        "redcap_export",
        "status",
        "tables",
    },
    {"locks"},
    {"data_docs", "explain", "reference", "releases", "work_database"},
    {"cohorts"},
    {"cohorts"},
    {
        "checks",
        "copies",
        "dbt",
        "interrupted",
        "lock",
        "logs",
        "lost_state",
        "old_quotes",
        "raw_columns",
    },
    {"expectations", "expected", "history", "landing", "publish"},
    {"definitions"},
    {"digests"},
    {"disk", "environment", "sql_shell"},
    {"figures", "settings"},
    {"alert_settings", "control_limits", "errors", "files", "lifeline", "published_tables"}
    | {"queries", "quiet_exit", "spreadsheet_escaping", "sql_types", "statistics"}
    | {"stop_signals", "text"},
)
LAYER_OF = {part: number for number, parts in enumerate(LAYERS) for part in parts}


def module_of(path: Path) -> str:
    """The module of a file: ``warehouse.landing.log``, ``warehouse.flows.refresh``."""
    parts = path.relative_to(PROJECT_DIR).with_suffix("").parts
    parts = parts if parts[0] == "warehouse" else ("warehouse", *parts)
    return ".".join(parts).removesuffix(".__init__")


MODULES = {
    module_of(path): path
    for root in ("warehouse", "flows", "expectations")
    for path in (PROJECT_DIR / root).rglob("*.py")
}


def part_of(module: str) -> str:
    """The part that a module belongs to."""
    return module.removeprefix("warehouse").removeprefix(".").partition(".")[0]


def imported(module: str) -> Iterator[str]:
    """The project's modules that a module imports, also where a function does."""
    for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            for name in node.names:
                full = f"{node.module}.{name.name}"
                yield full if full in MODULES else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


IMPORTS = {module: {name for name in imported(module) if name in MODULES} for module in MODULES}


def test_imports_run_down() -> None:
    parts = {part_of(module) for module in MODULES} - {""}
    assert parts == set(LAYER_OF)
    upward = {
        (module, name)
        for module, names in IMPORTS.items()
        for name in names
        if part_of(module) != part_of(name) and LAYER_OF[part_of(module)] >= LAYER_OF[part_of(name)]
    }
    assert upward == set()


def test_no_modules_import_each_other_in_a_circle() -> None:
    TopologicalSorter(IMPORTS).prepare()  # raises CycleError and names the circle
