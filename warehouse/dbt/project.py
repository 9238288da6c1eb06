"""Declarations of the dbt project on a published table: keys, source columns, SQL."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from warehouse.definitions.study import load_study, load_study_groups
from warehouse.settings import PARTS_DIR, PROJECT_DIR

DBT_DIR = PARTS_DIR / "dbt_project"
GENERATED_PATH = DBT_DIR / "models" / "staging" / "_generated.yml"


@dataclass(frozen=True)
class Model:
    """A file that takes part: path in the project, its code, and its opening comment."""

    path: str
    sql: str
    comment: str


@dataclass(frozen=True)
class Mart:
    """Published table: its keys (the grain first), and the meta of model and columns."""

    keys: tuple[tuple[str, ...], ...]
    meta: dict[str, Any]
    column_meta: dict[str, dict[str, Any]]


@cache
def mart(schema: str, name: str) -> Mart:
    """Return the declarations of a published table; the only key of a code list is its code."""
    own = DBT_DIR / "models" / "marts" / schema / f"{name}.yml"
    models = _models(own if own.exists() else GENERATED_PATH)
    declared = next((model for model in models if model["name"] == name), None)
    if declared is None:
        return Mart((("code",),), {}, {})
    meta = declared.get("config", {}).get("meta", {})
    return Mart(
        keys=tuple(tuple(key) for key in [meta["grain"], *meta.get("other_keys", [])]),
        meta=meta,
        column_meta={
            column["name"]: column.get("config", {}).get("meta", {})
            for column in declared["columns"]
        },
    )


@cache
def _models(path: Path) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8")
    return list(yaml.load(text, Loader=yaml.CSafeLoader)["models"])


@cache
def prefixes() -> dict[str, str]:
    """Return the default study's groups by the prefix of their columns."""
    return {group.prefix: group.study_group for group in load_study_groups()}


@dataclass(frozen=True)
class TableLine:
    """Summary and decimals of a column of study.cohort in the study's tables."""

    summary: str
    decimals: int


@cache
def table_lines() -> dict[str, TableLine]:
    """Return the columns of study.cohort that are lines of the study's tables.

    Raises DictionaryError naming the study's file and the key.
    """
    return {
        str(row["variable"]): TableLine(str(row["summary"]), int(str(row["decimals"])))
        for row in load_study().line_rows()
    }


@cache
def _files() -> dict[str, Path]:
    models = sorted((DBT_DIR / "models").rglob("*"))
    return {path.stem: path for path in models if path.suffix in {".sql", ".py"}}


@cache
def model(name: str) -> Model | None:
    """Return a model by name; None if it has no file of its own, such as a code list."""
    path = _files().get(name)
    if path is None:
        return None
    return _of_file(path)


@cache
def module(name: str) -> Model:
    """Return a Python module of the warehouse by its dotted name."""
    return _of_file(PROJECT_DIR.joinpath(*name.split(".")).with_suffix(".py"))


def _of_file(path: Path) -> Model:
    code = path.read_text(encoding="utf-8")
    comment = _docstring(code) if path.suffix == ".py" else _opening_comment(code)
    return Model(path.relative_to(PROJECT_DIR).as_posix(), code, comment)


def models(*names: str) -> tuple[Model, ...]:
    """Return models by name, each once, without names that the project does not have."""
    found = (model(name) for name in dict.fromkeys(names))
    return tuple(each for each in found if each is not None)


@cache
def derived_in(column: str, tables: tuple[str, ...]) -> tuple[str, ...]:
    """Return the clinical models that derive a column, or else those of these tables."""
    named = re.compile(rf"\bas {re.escape(column)}\b")
    deriving = [
        name
        for name, path in _files().items()
        if path.parent.name == "clinical" and named.search(path.read_text(encoding="utf-8"))
    ]
    return tuple(deriving or [f"int_{table}" for table in tables])


def _docstring(code: str) -> str:
    return " ".join((ast.get_docstring(ast.parse(code)) or "").split())


def _opening_comment(sql: str) -> str:
    """Return the comment at the top of a model as one text."""
    lines = [line.strip() for line in sql.splitlines()]
    start = next((i for i, line in enumerate(lines) if line.startswith("--")), None)
    before = lines[:start] if start is not None else lines
    if start is None or any(line and not line.startswith("{{") for line in before):
        return ""
    comment = []
    for line in lines[start:]:
        if not line.startswith("--"):
            break
        comment.append(line.removeprefix("--").strip())
    return " ".join(part for part in comment if part)
