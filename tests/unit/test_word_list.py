"""The word list: user-facing text uses the words of the field and the trade, in American spelling.

``INSTEAD_OF`` is the list; no file is exempt.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from warehouse.cli import app
from warehouse.expectations.suites import all_rules
from warehouse.settings import PROJECT_DIR

# Pattern of a word or phrase -> what to write instead.
INSTEAD_OF = {
    r"told": "notified, printed, reported, shown",
    r"said": "stated, text, wording",
    r"judged?|judges|judging": "check (rules), parse (cells)",
    r"mend(s|ed|ing)?": "fix, correct",
    r"anew|afresh": "again",
    r"kept out": "rejected",
    r"set aside": "rejected (file)",
    r"left (alone|for later)": "skipped, postponed",
    r"troubles?": "error",
    r"no (matter|trouble) of|matters? to": "alert, item",
    r"(make|no) room|how much room": "disk space",
    r"moments? (of|in|at)": "datetime, time",
    r"of what was": "a plain noun",
    r"(?-i:Not (?:done|run|explained|exported)\.)": "error: ...",
    r"analys(e|es|ed|ing)": "analyze",
    r"(?<!synthetic_)(?<!synthetic )cent(re|res|red)": "center",
    r"colou?red by|colours?|coloured": "color",
    r"(standard|pseudonym|recogn|organ|summar|normal)is(e|es|ed|ing|ation)": "-ize",
    r"behaviours?|neighbours?|labelled|cancelled|grey": "American spelling",
}
FORBIDDEN = re.compile("|".join(rf"\b(?:{pattern})(?!\w)" for pattern in INSTEAD_OF), re.IGNORECASE)
CODE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL)
MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{(?:[^\"]|\"[^\"]*\")*?\}\}", re.DOTALL)


def words_in(text: str) -> list[str]:
    """The forbidden words of a text, without its code."""
    return [found[0] for found in FORBIDDEN.finditer(CODE.sub(" ", text))]


def described(node: Any) -> Iterator[str]:
    """All descriptions in a YAML document of dbt."""
    if isinstance(node, dict):
        if isinstance(node.get("description"), str):
            yield node["description"]
        for value in node.values():
            yield from described(value)
    elif isinstance(node, list):
        for value in node:
            yield from described(value)


def literals(path: Path) -> Iterator[str]:
    """The texts of a Python file that are sentences: literals with a space, no docstrings."""
    tree = ast.parse(path.read_text("utf-8"))
    documented = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and " " in node.value.strip() and id(node) not in documented:
            yield node.value


def texts(path: Path) -> Iterator[str]:
    """What a reader sees of a file."""
    if path.suffix == ".py":
        yield from literals(path)
    elif path.suffix in {".yml", ".yaml"}:
        yield from described(yaml.safe_load(path.read_text("utf-8")))
    else:
        yield MARKUP.sub(" ", path.read_text("utf-8"))


def user_facing() -> list[Path]:
    """The files with user-facing text."""
    return sorted(
        path
        for pattern in (
            *("README.md", "SECURITY.md", "CONTRIBUTING.md", "docs/**/*.md"),
            *("warehouse/**/*.j2", "dbt_project/models/**/*.yml"),
            *("warehouse/**/*.py", "flows/**/*.py", "expectations/**/*.py"),
        )
        for path in PROJECT_DIR.glob(pattern)
    )


def test_user_facing_files_use_the_word_list() -> None:
    found = {
        path.relative_to(PROJECT_DIR).as_posix(): words
        for path in user_facing()
        if (words := [word for text in texts(path) for word in words_in(text)])
    }
    assert found == {}


def test_help_uses_the_word_list() -> None:
    group = typer.main.get_command(app)
    found = {}
    for name, command in group.commands.items():
        helps = [command.help, *(getattr(each, "help", None) for each in command.params)]
        if words := [word for text in filter(None, helps) for word in words_in(text)]:
            found[name] = words
    assert found == {}


@pytest.mark.parametrize("part", ["title", "expected", "why", "action"])
def test_rules_use_the_word_list(part: str) -> None:
    found = {rule.id: words for rule in all_rules() if (words := words_in(getattr(rule, part)))}
    assert found == {}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The alert was told twice, in the centre of synthetic_centre", ["told", "centre"]),
        ("What is mended closes; `told` is code", ["mended"]),
        ("All judgement and centimeters aside, untold recommendations", []),
    ],
)
def test_the_word_list_finds_words_alone(text: str, found: list[str]) -> None:
    assert words_in(text) == found
