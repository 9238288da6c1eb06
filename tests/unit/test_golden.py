"""No assertion compares prose: texts of five words and more are in golden files."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import yaml

from tests.support.golden import GOLDEN_DIR

TESTS_DIR = Path(__file__).parents[1]
WORDS = 5
# Files whose asserted texts are the test's own, not the warehouse's: how many.
OWN_TEXTS = {"unit/synthetic/test_published.py": 4}
SQL = re.compile(r"\s*(select|with|from|insert|update|create|delete|describe|copy)\b", re.I)


def asserted(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield what asserts compare, and what ``pytest.raises`` matches."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield node.test
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "raises":
            yield from (each.value for each in node.keywords if each.arg == "match")


def prose(path: Path) -> list[str]:
    """Return the asserted texts of a test file that are prose, SQL apart."""
    texts = (
        node.value
        for compared in asserted(ast.parse(path.read_text("utf-8")))
        for node in ast.walk(compared)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    return [text for text in texts if len(text.split()) >= WORDS and not SQL.match(text)]


def test_no_assertion_compares_prose() -> None:
    found = Counter(
        {
            path.relative_to(TESTS_DIR).as_posix(): len(texts)
            for path in TESTS_DIR.rglob("test_*.py")
            if (texts := prose(path))
        }
    )
    assert found == OWN_TEXTS


def test_every_golden_text_is_used() -> None:
    used = "".join(path.read_text("utf-8") for path in TESTS_DIR.rglob("test_*.py"))
    for path in GOLDEN_DIR.glob("*.yaml"):
        keys = yaml.safe_load(path.read_text("utf-8"))
        assert [key for key in keys if f'"{key}"' not in used] == [], path.name
