"""Declarations of the dbt project on a published table: keys, source columns, SQL."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.definitions.config import shown_path
from warehouse.definitions.dictionary import DictionaryError, read_yaml
from warehouse.definitions.study import OF_EVERYBODY, OF_SUBGROUPS, VIEWS
from warehouse.settings import PARTS_DIR, PROJECT_DIR

DBT_DIR = PARTS_DIR / "dbt_project"
GENERATED_PATH = DBT_DIR / "models" / "staging" / "_generated.yml"


SCHEMAS = {"registry", "studies", "quality", "ops", "codes"}
"""Schemas of dbt's marts and code lists; each other one has the views of a study."""
LINES = (("line", "level"), ("variable", "level"), ("line",), ("variable",))
MORE_KEYS = {
    "cohort": (("patient_key",),),
    "sich_events": (("patient_key",),),
    "patient_flow": (("step",),),
}
"""Keys of views by which people name a row, beside those of the long table."""


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
    """Return the declarations of a published table; the only key of a code list is its code.

    A view of a study has those of its long table; a table in wide form has lines and levels.
    """
    if schema not in SCHEMAS:
        return _view(name)
    own = DBT_DIR / "models" / "marts" / schema / f"{name}.yml"
    models = declared_models(own if own.exists() else GENERATED_PATH)
    declared = next((model for model in models if model["name"] == name), None)
    if declared is None:  # a code list, or a table that is written after the build
        return Mart((("code",),) if schema == "codes" else (), {}, {})
    meta = declared.get("config", {}).get("meta", {})
    return Mart(
        keys=tuple(tuple(key) for key in [meta["grain"], *meta.get("other_keys", [])]),
        meta=meta,
        column_meta={
            column["name"]: column.get("config", {}).get("meta", {})
            for column in declared["columns"]
        },
    )


def _view(name: str) -> Mart:
    if name not in VIEWS:
        of_subgroups = tuple(("subgroup", *key) for key in LINES)
        return Mart(of_subgroups if name.endswith(OF_SUBGROUPS) else LINES, {}, {})
    of_all = mart("studies", VIEWS[name])
    without = ("study", "subgroup") if name in OF_EVERYBODY else ("study",)
    keys = [tuple(part for part in key if part not in without) or key for key in of_all.keys]
    return Mart((*keys, *MORE_KEYS.get(name, ())), of_all.meta, of_all.column_meta)


@cache
def declared_models(path: Path) -> list[dict[str, Any]]:
    """Return the declarations of models in a file. Raises DictionaryError that names the file."""
    content = read_yaml(path)
    if not isinstance(content, dict) or not content.get("models"):
        raise DictionaryError(f"{shown_path(path)}: it must list its models below the key models")
    return list(content["models"])


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
