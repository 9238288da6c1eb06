"""Every error for people gives advice: its text has a verb of ``ADVICE``, in the form of
``warehouse.errors``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from warehouse.settings import PROJECT_DIR

ADVICE = re.compile(
    r"\b(add|cast|check|choose|correct|edit|end|find|free|give|list|lists|look|make|move|must|name|"
    r"point|put|raise|refresh|report|restore|run|set|start|use|write)\b",
    re.IGNORECASE,
)
# Functions whose errors are completed elsewhere: by a remedy, or by the system's message.
COMPLETED_ELSEWHERE = {
    "address.py:parse_address",
    "build.py:_invoke",
    "dictionary.py:_called",
    "work_database.py:require_whole",
    "writers.py:standard_output",
}


def people_errors(trees: list[ast.Module]) -> set[str]:
    """Return the names of WarehouseError and all classes below it."""
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    names, more = set(), {"WarehouseError"}
    while more:
        names |= more
        more = {name for name, above in bases.items() if above & names} - names
    return names


def messages() -> Iterator[tuple[str, str]]:
    """Yield the place (file and function) and the literal text of each such error."""
    paths = [*PROJECT_DIR.glob("warehouse/**/*.py"), *PROJECT_DIR.glob("flows/*.py")]
    trees = [ast.parse(path.read_text("utf-8")) for path in paths]
    names = people_errors(trees)
    for path, tree in zip(paths, trees, strict=True):
        for function in ast.walk(tree):
            if not isinstance(function, ast.FunctionDef):
                continue
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and getattr(call.func, "id", None) in names:
                    parts = [
                        node.value
                        for node in ast.walk(call)
                        if isinstance(node, ast.Constant) and isinstance(node.value, str)
                    ]
                    yield f"{path.name}:{function.name}", "".join(parts)


def test_every_error_says_what_to_do() -> None:
    found = list(messages())
    assert len(found) > 60
    silent = {place for place, text in found if len(text.split()) > 2 and not ADVICE.search(text)}
    assert silent - COMPLETED_ELSEWHERE == set()
    assert COMPLETED_ELSEWHERE - silent == set(), "these need no exception any more"
