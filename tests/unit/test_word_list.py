"""The word list: user-facing text uses the words of the field and the trade, in American spelling.

``INSTEAD_OF`` is the list; no file is exempt.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from io import StringIO
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
    r"behaviours?|neighbours?|labelled|cancelled|grey|catalogues?|spelt": "American spelling",
}
FORBIDDEN = re.compile("|".join(rf"\b(?:{pattern})(?!\w)" for pattern in INSTEAD_OF), re.IGNORECASE)
CODE = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|<(style|script)\b.*?</\1>|<[^>]*>", re.DOTALL)
MARKUP = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{(?:[^\"]|\"[^\"]*\")*?\}\}", re.DOTALL)


# A docstring starts with a verb or a noun ("Whether" where it is a question).
NO_START = re.compile(r"(What|That|Where|How|Which|Nothing|Who|Those|Why|When|Of)\b")
# Names of Prefect and of the standard library.
NAMES_OF_OTHERS = {"Cancelled", "cancelled"}


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


def python_texts(path: Path) -> Iterator[str]:
    """Yield sentences (messages, SQL, docstrings), comments and names of a Python file."""
    text = path.read_text("utf-8")
    for node in ast.walk(ast.parse(text)):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and " " in node.value.strip():
            yield node.value
    for token in tokenize.generate_tokens(StringIO(text).readline):
        if token.type == tokenize.NAME and token.string not in NAMES_OF_OTHERS:
            yield token.string.replace("_", " ")
        elif token.type == tokenize.COMMENT:
            yield token.string


def texts(path: Path) -> Iterator[str]:
    """Yield what readers of a file see."""
    if path.suffix == ".py":
        yield from python_texts(path)
    elif path.suffix == ".yml":
        yield from described(yaml.safe_load(path.read_text("utf-8")))
    else:
        text = path.read_text("utf-8")
        if path.name == "CHANGELOG.md":  # what earlier versions wrote stays
            text = text.partition("\n## 0.1.0\n")[0]
        if path.name == "header_words.yaml":  # words of others, in many languages
            text = "\n".join(line for line in text.splitlines() if line.startswith("#"))
        yield MARKUP.sub(" ", text)


def user_facing() -> list[Path]:
    """Return the files that users or developers read."""
    return sorted(
        path
        for pattern in (
            *(
                "README.md",
                "SECURITY.md",
                "CONTRIBUTING.md",
                "CHANGELOG.md",
                "Makefile",
                "docs/**/*.md",
            ),
            *("warehouse/**/*.j2", "dbt_project/models/**/*.yml"),
            *("warehouse/**/*.py", "flows/**/*.py", "expectations/**/*.py"),
            *("dictionary/**/*.yaml", "deploy/**/*.*", "CODE_OF_CONDUCT.md"),
            *("synthetic/**/*.py", "docs/**/*.py", "benchmarks/**/*.py", "dbt_project/**/*.sql"),
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


def test_docstrings_start_with_a_verb_or_a_noun() -> None:
    found = [
        f"{path.relative_to(PROJECT_DIR)}: {node.name}"
        for path in user_facing()
        if path.suffix == ".py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and NO_START.match(ast.get_docstring(node) or "")
    ]
    assert found == []


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
