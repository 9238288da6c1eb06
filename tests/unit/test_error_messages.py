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
    "dictionary.py:_called",
    "work_database.py:_require_whole",
    "writers.py:standard_output",
}


def people_errors() -> set[str]:
    """Return the names of WarehouseError and all classes below it."""
    import warehouse.cli
    import warehouse.flows.schedule  # noqa: F401
    from warehouse.errors import WarehouseError

    found, queue = set(), [WarehouseError]
    while queue:
        found.add((error := queue.pop()).__name__)
        queue += error.__subclasses__()
    return found


def messages() -> Iterator[tuple[str, str]]:
    """Yield the place (file and function) and the literal text of each such error."""
    names = people_errors()
    for path in (*PROJECT_DIR.glob("warehouse/**/*.py"), *PROJECT_DIR.glob("flows/*.py")):
        tree = ast.parse(path.read_text("utf-8"))
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
