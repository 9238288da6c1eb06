"""The two lock files: what runs a warehouse, and what development needs besides."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

from warehouse.settings import PROJECT_DIR

PROJECT = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text("utf-8"))["project"]
RUNS_AT_A_SITE = ("warehouse", "flows", "expectations", "synthetic", "benchmarks", "dbt_project")


def locked(name: str) -> set[str]:
    """The packages of a lock file."""
    text = (PROJECT_DIR / name).read_text("utf-8")
    return {package.lower() for package in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}


def named(requirements: list[str]) -> set[str]:
    """The packages of a list in pyproject.toml."""
    return {requirement.partition("==")[0].lower() for requirement in requirements}


PRODUCTION, DEVELOPMENT = locked("requirements.lock"), locked("requirements-dev.lock")


def imported(path: Path) -> set[str]:
    """The top-level modules that a file imports."""
    nodes = list(ast.walk(ast.parse(path.read_text("utf-8"))))
    names = {each.name for node in nodes if isinstance(node, ast.Import) for each in node.names}
    names |= {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    return {name.partition(".")[0] for name in names}


def test_each_package_is_in_the_lock_of_its_list_and_in_no_other() -> None:
    assert named(PROJECT["dependencies"]) <= PRODUCTION
    assert named(PROJECT["optional-dependencies"]["dev"]) <= DEVELOPMENT
    assert PRODUCTION.isdisjoint(DEVELOPMENT)


def test_nothing_that_runs_at_a_site_imports_a_development_tool() -> None:
    distributions = packages_distributions()
    paths = [path for root in RUNS_AT_A_SITE for path in (PROJECT_DIR / root).rglob("*.py")]
    used = {
        (path.name, distribution.lower())
        for path in paths
        for module in imported(path)
        for distribution in distributions.get(module, ())
    }
    assert {name for _, name in used} >= {"duckdb", "prefect", "scipy"}
    assert {(path, name) for path, name in used if name in DEVELOPMENT} == set()


def test_no_lock_names_an_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock", "tests/oldest_client.lock"):
        assert "://" not in (PROJECT_DIR / name).read_text("utf-8")
