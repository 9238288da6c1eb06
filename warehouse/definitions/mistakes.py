"""What is wrong in a YAML file that a person wrote: which key, which value, and what is right."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

VALUE_SHOWN = 24
KEYS = "it must hold keys with their values, one a line (docs/landing.md)"
# By the kind of mistake, as pydantic names it.
WHAT_IT_MUST_BE = {
    "bool_parsing": "it must be true or false",
    "bool_type": "it must be true or false",
    "dict_type": KEYS,
    "missing": "it must be there (docs/landing.md)",
    "model_type": KEYS,
    "string_type": "it must be a text; put it in quotes",
    "tuple_type": "it must be a list, as [one] or [one, another]",
}


def mistakes(error: ValidationError, keys: Iterable[str]) -> str:
    """Each wrong entry with its key; ``keys`` are those that a mistyped one may be meant for."""
    return "; ".join(
        f"{_where(problem['loc'])}: {_said(problem, keys)}" for problem in error.errors()
    )


def no_yaml(error: yaml.YAMLError | ValueError) -> str:
    """Where a text stops being YAML; its lines are not quoted, for they may name a cell's value."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark:
        return f" in line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    if isinstance(error, yaml.YAMLError | UnicodeDecodeError):
        return ": it holds a character that is no text, or is not UTF-8"
    return ": it holds a day or time that does not exist; put it in quotes"


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"


def _said(problem: ErrorDetails, keys: Iterable[str]) -> str:
    """What is wrong with an entry, and what would be right."""
    kind = problem["type"]
    if kind == "extra_forbidden":
        meant = get_close_matches(str(problem["loc"][-1]), keys, n=1)
        hint = f"; is {meant[0]} meant?" if meant else ""
        return f"there is no such key{hint} (docs/landing.md)"
    if kind == "literal_error":
        return f"{_value(problem['input'])} is not allowed; use {problem['ctx']['expected']}"
    return WHAT_IT_MUST_BE.get(kind, problem["msg"].removeprefix("Value error, "))


def _value(value: object) -> str:
    """A value as it is written; of a list or a mapping not what is in it."""
    if isinstance(value, str):
        return repr(value if len(value) <= VALUE_SHOWN else f"{value[:VALUE_SHOWN]}...")
    return str(value).lower() if isinstance(value, bool | int | float) else "what it says"
