"""Messages on faults of a YAML file: which key, which value, and what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from yaml.constructor import ConstructorError

from warehouse.text import meant

VALUE_SHOWN = 24
# Python refuses to write out much longer ones.
LARGEST_SHOWN = 10**VALUE_SHOWN
# Kinds of mistakes in which the key itself is what should not be there.
FOREIGN_KEYS = {"extra_forbidden", "invalid_key"}
A_DAY = "it must be a day such as 2026-02-15"
KEYS = "it must hold keys with their values, one a line"
# Kinds of mistakes for which a reader needs the page that describes the keys.
NEED_THE_PAGE = {"dict_type", "extra_forbidden", "missing", "model_type"}
# By the kind of mistake, as pydantic names it.
WHAT_IT_MUST_BE = {
    "bool_parsing": "it must be true or false",
    "bool_type": "it must be true or false",
    "dict_type": KEYS,
    "float_parsing": "it must be a number such as 0.2",
    "float_type": "it must be a number such as 0.2",
    "int_parsing": "it must be a whole number",
    "int_type": "it must be a whole number",
    "missing": "it must be there",
    "model_type": KEYS,
    "date_from_datetime_parsing": A_DAY,
    "date_parsing": A_DAY,
    "date_type": A_DAY,
    "string_pattern_mismatch": "it must have small letters, digits and _, and begin with a letter",
    "string_unicode": "it holds a character that is no text",
    "string_too_short": "it must not be empty",
    "string_type": "it must be a text; put it in quotes",
    "too_short": "it must not be empty",
    "tuple_type": "it must be a list, as [one] or [one, another]",
}

# Of a number beyond its ends: where pydantic has the end, and why it is one, by the key.
_ENDS = {"greater_than_equal": ("ge", "or more"), "less_than_equal": ("le", "or less")}
BEYOND = {"line": ": line 1 is the header", "max_failed_share": ": a share, 0.2 is 20%"}


# Keys that name an entry of a list.
NAMES = ("patient", "step", "subgroup", "group", "table", "variable")


class PlacedError(ValueError):
    """Fault of an entry below the one that is checked; ``place`` leads there, from 0 on."""

    def __init__(self, text: str, *place: str | int) -> None:
        """Say what is wrong, and where."""
        super().__init__(text)
        self.place = place


def shortened(text: str) -> str:
    """A text as it stands, or its beginning."""
    return text if len(text) <= VALUE_SHOWN else f"{text[:VALUE_SHOWN]}..."


def fault_messages(  # noqa: PLR0913 - each says how faults are shown
    error: ValidationError,
    keys: Iterable[str],
    page: str,
    shown: Callable[[str], str] = shortened,
    *,
    content: Any = None,
    with_line: Callable[[str], str] = str,
) -> str:
    """Describe each wrong entry with its key, and with the page that describes the keys.

    ``keys`` are those that a mistyped one may be meant for, ``shown`` says how a key or value is
    shown that should not be there. With the ``content`` of the file, an entry of a list is named
    by what it is called there, or by its place, from 1 on; ``with_line`` adds a place's line.
    """
    problems = error.errors()
    return "; ".join(
        f"{with_line(_where(problem, shown, content))}: {_fault_text(problem, keys, shown)}"
        + (f" ({page})" if problem["type"] in NEED_THE_PAGE else "")
        for problem in problems
        if not _follows(problem, problems)
    )


def _follows(problem: ErrorDetails, problems: Iterable[ErrorDetails]) -> bool:
    """Whether a list is only called empty because its entries have faults of their own."""
    place = problem["loc"]
    within = (each["loc"][: len(place)] for each in problems if len(each["loc"]) > len(place))
    return problem["type"] == "too_short" and place in within


def no_yaml(error: yaml.YAMLError) -> str:
    """Return the place where a text stops being YAML, without quoting it: it may hold a value."""
    if not isinstance(error, yaml.MarkedYAMLError) or not error.problem_mark:
        return ": it holds a character that is no text, or is not UTF-8"
    place = f" in line {error.problem_mark.line + 1}, column {error.problem_mark.column + 1}"
    if isinstance(error, ConstructorError):
        return f"{place}: no text, number or day that exists; correct it or put it in quotes"
    return place


def _where(problem: ErrorDetails, shown: Callable[[str], str], content: Any) -> str:
    below = getattr(problem.get("ctx", {}).get("error"), "place", ())
    *above, last = _named((*problem["loc"], *below), content) or ["the file"]
    is_foreign = problem["type"] in FOREIGN_KEYS
    return ".".join([*above, shown(last) if is_foreign else last])


def _named(place: Iterable[int | str], content: Any) -> list[str]:
    """Return a place in a file as people read it: by names, and where one is not the only one by
    number.
    """
    found: list[str] = []
    for part in place:
        is_alone = isinstance(part, int) and isinstance(content, str | dict)
        if part == "[key]" or (is_alone and part not in [*content]):
            continue  # pydantic's word for a key, or the only entry of a list that is written alone
        is_there = isinstance(content, list) and isinstance(part, int) and part < len(content)
        entry = content[part] if is_there else None
        before = [_called(each) for each in content[:part]] if is_there else []
        content = content.get(part) if isinstance(content, dict) else entry
        name = None if _called(entry) in before else _called(entry)
        number = str(part + 1) if is_there and isinstance(part, int) else str(part)
        found.append(name or number)
    return found


def _called(entry: Any) -> str | None:
    """Return the name of an entry of a list; None where it has none."""
    names = [entry[key] for key in NAMES if key in entry] if isinstance(entry, dict) else []
    return names[0] if names and isinstance(names[0], str) and names[0].isidentifier() else None


def _fault_text(problem: ErrorDetails, keys: Iterable[str], shown: Callable[[str], str]) -> str:
    """Describe the fault of an entry, and what would be right."""
    kind = problem["type"]
    if kind == "string_type" and problem["input"] is None:
        return "it has no value; write a text"
    if kind == "extra_forbidden":
        return f"there is no such key{meant(str(problem['loc'][-1]), keys)}"
    if kind == "literal_error":
        found = _value(problem["input"], shown)
        return f"{found} is not allowed; use {problem['ctx']['expected']}"
    if kind in _ENDS:
        name, words = _ENDS[kind]
        why = BEYOND.get(str(problem["loc"][-1]), "")
        return f"it must be {problem['ctx'][name]:g} {words}{why}"
    return WHAT_IT_MUST_BE.get(kind, problem["msg"].removeprefix("Value error, "))


def _value(value: object, shown: Callable[[str], str]) -> str:
    """A value as it is written; of a list or a mapping not what is in it."""
    if isinstance(value, str):
        return repr(shown(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) or (isinstance(value, int) and abs(value) < LARGEST_SHOWN):
        return shown(str(value))
    return "what it says"
