"""Texts that a condition compares: each must be one that the other side can be.

The codes of a column are followed through what an expression makes of them, such as
``lower(circulation)`` and ``coalesce(circulation, 'unknown')``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from difflib import get_close_matches
from itertools import product
from math import prod
from typing import Any

from warehouse.cohorts.conditions import ConditionError, nodes, parsed, written

Texts = frozenset[str] | None
"""Texts that an expression may be: ``ANY``, or one of these; None where it may be no text."""
ANY: frozenset[str] = frozenset()
MOST_TEXTS, SHOWN_TEXTS = 10_000, 20
IN_A_LIST = {"COMPARE_IN", "COMPARE_NOT_IN"}
WITH_UNKNOWN = {"COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM"}
ONE_OF_ITS_PARTS = {"greatest", "least"}
CHANGED: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "upper": str.upper,
    "trim": lambda text: text.strip(" "),
}
JOINED = {"concat", "||"}


def _is_like(text: str, pattern: str) -> bool:
    signs = {"%": ".*", "_": "."}
    return (
        re.fullmatch("".join(signs.get(sign, re.escape(sign)) for sign in pattern), text, re.S)
        is not None
    )


FOUND: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "starts_with": str.startswith,
    "~~": _is_like,
    "!~~": _is_like,
}


def require_possible(expression: str, of_column: Callable[[str], Texts]) -> None:
    """Raises ConditionError for a comparison with a text that can never be there, or with null.

    ``of_column`` gives the texts that a column may have. A number is no text either.
    """
    for node in nodes(parsed(expression)):
        for left, right in _compared(node):
            if node["type"] not in WITH_UNKNOWN and (_is_null(left) or _is_null(right)):
                raise ConditionError("a comparison with null is always unknown; write `is null`")
            for one, other in ((left, right), (right, left)):
                _require_text(one, other, of_column)
            _require_common(left, right, of_column)
        name, arguments = _name(node), _arguments(node)
        if name in FOUND and len(arguments) > 1 and (part := _text(arguments[1])) is not None:
            texts = _texts(arguments[0], of_column)
            if texts and not any(FOUND[name](text, part) for text in texts):
                what = "is like" if "~~" in name else "has"
                raise ConditionError(
                    f"{_shown(arguments[0])} never {what} {part!r}; {_one_of(texts)}"
                )


def never(what: str, text: str, texts: Collection[str]) -> str:
    """Return the message on a text that an expression is never, with what may be meant."""
    near = get_close_matches(text, texts, n=1) or [
        each for each in texts if each.casefold() == text.strip().casefold()
    ]
    hint = f"is {near[0]!r} meant?" if near else _one_of(texts)
    return f"{what} is never {text!r}; {hint}"


def _require_text(
    value: dict[str, Any], other: dict[str, Any], of_column: Callable[[str], Texts]
) -> None:
    """Raises ConditionError for a value that is a number where the other side is a text."""
    is_value = value["class"] == "CONSTANT" and value["literal"]["kind"] != "NULL_LITERAL"
    if is_value and _text(value) is None and _texts(other, of_column) is not None:
        shown = value["literal"]["text"]
        raise ConditionError(
            f"{_shown(other)} is a text and {shown} is none; write it in quotes: '{shown}'"
        )


def _require_common(
    left: dict[str, Any], right: dict[str, Any], of_column: Callable[[str], Texts]
) -> None:
    """Raises ConditionError where no text can be on both sides."""
    ours, theirs = _texts(left, of_column), _texts(right, of_column)
    if not ours or not theirs or ours & theirs or _text(left) is not None is not _text(right):
        return
    for value, what, texts in ((right, left, ours), (left, right, theirs)):
        if (text := _text(value)) is not None:
            raise ConditionError(never(_shown(what), text, sorted(texts)))
    raise ConditionError(
        f"{_shown(left)} and {_shown(right)} are never the same text: {_one_of(ours)}, and the "
        f"other {_one_of(theirs)}"
    )


def _texts(node: dict[str, Any], of_column: Callable[[str], Texts]) -> Texts:
    name, arguments = _name(node), _arguments(node)
    if node["class"] == "COLUMN_REF":
        return of_column(node["column_names"][-1].lower())
    if (text := _text(node)) is not None:
        return frozenset({text})
    if node["type"] == "OPERATOR_COALESCE" or name in ONE_OF_ITS_PARTS:
        return _either(node.get("children", arguments), of_column)
    if node["class"] == "CASE":
        parts = [each["then_expr"] for each in node["case_checks"]]
        return _either([*parts, node["else_expr"]], of_column)
    if name == "nullif":
        texts, without = _texts(arguments[0], of_column), _text(arguments[1])
        return texts - {without} if texts and without is not None else texts
    return _changed(node, of_column)


def _changed(node: dict[str, Any], of_column: Callable[[str], Texts]) -> Texts:
    """Return the texts of a cast, or of a function that changes or joins texts."""
    name, arguments = _name(node), _arguments(node)
    if node["class"] == "CAST":
        is_text = node["type_expr"]["type_name"].lower() == "varchar"
        return (_texts(node["child"], of_column) or ANY) if is_text else None
    if name in CHANGED:
        texts = _texts(arguments[0], of_column) if len(arguments) == 1 else ANY
        return frozenset(map(CHANGED[name], texts or ANY))
    return _joined(name, arguments, of_column) if name in JOINED else None


def _either(parts: Iterable[dict[str, Any]], of_column: Callable[[str], Texts]) -> Texts:
    """Return the texts of an expression that is one of its parts."""
    each = [_texts(part, of_column) for part in parts if not _is_null(part)]
    known = [texts for texts in each if texts is not None]
    if len(known) < len(each) or not known:
        return None
    return frozenset().union(*known) if all(known) else ANY


def _joined(
    name: str, parts: list[dict[str, Any]], of_column: Callable[[str], Texts]
) -> frozenset[str]:
    """Return the texts of parts one after the other; ``concat`` leaves out what is unknown."""
    each = [_texts(part, of_column) or ANY for part in parts]
    if not all(each) or prod(len(texts) + 1 for texts in each) > MOST_TEXTS:
        return ANY
    if name == "concat":
        each = [
            texts if _text(part) is not None else texts | {""}
            for part, texts in zip(parts, each, strict=True)
        ]
    return frozenset(map("".join, product(*each)))


def _compared(node: dict[str, Any]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Yield the two sides of each comparison of a node."""
    name, arguments = _name(node), _arguments(node)
    if node["class"] == "COMPARISON":
        yield node["left"], node["right"]
    elif node["class"] == "BETWEEN":
        yield node["input"], node["lower"]
        yield node["input"], node["upper"]
    elif node["type"] in IN_A_LIST:
        yield from ((node["children"][0], each) for each in node["children"][1:])
    elif name == "nullif":
        yield arguments[0], arguments[1]
    elif name in ("contains", "list_contains") and _name(arguments[0]) == "list_value":
        yield from ((arguments[1], each) for each in _arguments(arguments[0]))


def _name(node: dict[str, Any]) -> str:
    return str(node.get("function_name", "")).lower()


def _arguments(node: dict[str, Any]) -> list[dict[str, Any]]:
    return [each["expression"] for each in node.get("arguments", ())]


def _text(node: dict[str, Any]) -> str | None:
    """Return what is written as a text in a condition; None of anything else."""
    is_text = node["class"] == "CONSTANT" and node["literal"]["kind"] == "STRING"
    return str(node["literal"]["text"]) if is_text else None


def _is_null(node: dict[str, Any]) -> bool:
    if node["class"] == "CAST":
        return _is_null(node["child"])
    return node["class"] == "CONSTANT" and node["literal"]["kind"] == "NULL_LITERAL"


def _shown(node: dict[str, Any]) -> str:
    """Return a node as SQL; DuckDB writes some names of functions in quotes."""
    return re.sub(r'"(\w+)"\(', r"\1(", written(node))


def _one_of(texts: Collection[str]) -> str:
    shown = sorted(texts)[:SHOWN_TEXTS]
    more = ", ..." if len(texts) > len(shown) else ""
    return f"it is one of {', '.join(shown)}{more}"
