"""Failures of dbt models: name, file, line and the database's message, without values.

DuckDB quotes the value that it could not convert. What it says of SQL (a column that is not there)
quotes only code. So a message about SQL is kept whole, one about values without
what it quotes, and of any other only the kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

FAILED = {"error", "fail", "runtime error"}
# dbt's own kinds, and DuckDB's, that speak of SQL and files.
OF_CODE = {
    *("Binder", "Parser", "Catalog", "Compilation", "Parsing", "Not implemented", "Dependency"),
    *("IO", "Permission", "Invalid Configuration", "Dbt Runtime"),
}
OF_VALUES = {"Conversion", "Constraint", "Out of Range"}
# Of a syntax error there, dbt names no file.
READ_FIRST = "dbt_project/dbt_project.yml or profiles.yml"
NOT_SHOWN = "what it says may quote a patient's value and is not shown"
_HEADER = re.compile(r"(?P<kind>[A-Z][\w ]*?) Error in [^\n]*\n?")
_KIND = re.compile(r"\s*(?P<kind>[A-Z][\w ]*?) Error: (?P<words>.*)", re.DOTALL)
_EXCERPT = re.compile(r"\n\s*LINE \d+: (?P<line>[^\n]*)(\n\s*\^+)?", re.DOTALL)
_QUOTED = re.compile(r"""['"].*['"]""", re.DOTALL)
# The traceback of a Python model: its own line, and what was raised last.
_IN_MODEL = re.compile(r'^ +File "[^"\n]*", line (\d+), in model$', re.MULTILINE)
_RAISED = re.compile(
    r"^ *(?:\w+\.)*(?P<kind>\w*(?:Error|Exception))(?:: (?P<words>.*))?\Z",
    re.MULTILINE | re.DOTALL,
)
_NUMBER = re.compile(r"(?<![A-Za-z_0-9])[0-9]+")
# Of a value that could not be converted, its column; of SQL, what it names.
_SOURCE = re.compile(r"source column (\w+)")
_NAME = re.compile(r'"(\w+)"')


@dataclass(frozen=True)
class Failure:
    """A node of the dbt project that failed; ``line`` of its file, where it is known."""

    node: str
    kind: str
    path: str
    line: int | None
    reason: str

    @property
    def text(self) -> str:
        """Message for people: what failed, where, and why."""
        at = f", line {self.line}" if self.line else ""
        return f"{self.kind} {self.node} (dbt_project/{self.path}{at}): {self.reason}"


def failures_of(results: Iterable[Any]) -> list[Failure]:
    """Return the failures among dbt's node results."""
    return [
        Failure(
            result.node.name,
            str(result.node.resource_type),
            result.node.original_file_path,
            _line(getattr(result.node, "raw_code", "") or "", str(result.message)),
            reason_of(str(result.message)),
        )
        for result in results
        if str(result.status) in FAILED
    ]


def unreadable_project(error: Exception) -> str:
    """Return why dbt could not run: of a project that it could not read, its own words on one line.

    They quote files of the project, with file and line; no data was read by then.
    """
    from dbt.exceptions import CompilationError, DbtConfigError, ParsingError
    from dbt_common.exceptions import DbtValidationError

    of_project = (CompilationError, ParsingError, DbtConfigError, DbtValidationError, UnicodeError)
    if not isinstance(error, of_project):
        return reason_of(str(error))
    text = " ".join(str(error).split())
    return text if ".yml" in text or "<unicode string>" not in text else f"{READ_FIRST}: {text}"


def reason_of(message: str) -> str:
    """The words of dbt or the database on one line, without what may be a patient's value."""
    if _IN_MODEL.search(message):
        return _reason_of_python(message)
    header = _HEADER.match(message)
    body = message[header.end() :] if header else message
    found = _KIND.match(body)
    if found is None:
        kind = header["kind"] if header else None
        known = kind in OF_CODE or message.startswith("Got ")  # a test counts its failing rows
        return " ".join(body.split()) if known or _is_contract(body) else NOT_SHOWN
    kind, words = found["kind"], found["words"]
    if kind in OF_CODE:
        return f"{kind} Error: {' '.join(_EXCERPT.sub('', words).split())}"
    if kind in OF_VALUES:
        shown = _NUMBER.sub("#", _QUOTED.sub("'...'", _before_excerpt(words))).split("\n")[0]
        return f"{kind} Error: {shown.strip()}"
    return f"{kind} Error; {NOT_SHOWN}"


def _reason_of_python(message: str) -> str:
    """The kind of error that a Python model raised; of the database's, its words as of SQL."""
    raised = _RAISED.search(message.rstrip())
    if raised and _KIND.match(words := raised["words"] or ""):
        return reason_of(words)
    return f"{raised['kind']}; {NOT_SHOWN}" if raised else NOT_SHOWN


def _is_contract(body: str) -> bool:
    return "enforced contract that failed" in body


def _before_excerpt(words: str) -> str:
    """Return the text before the line of SQL that DuckDB points at; a value may look like one."""
    excerpts = list(_EXCERPT.finditer(words))
    return words[: excerpts[-1].start()] if excerpts else words


def _line(code: str, message: str) -> int | None:
    """The line of the file that the database means: it counts those of the compiled statement.

    That is the one that holds what DuckDB points at, or else the first that has the column or table
    which it names.
    """
    if in_model := _IN_MODEL.findall(message):
        return int(in_model[-1])
    lines = code.splitlines()
    excerpts = list(_EXCERPT.finditer(message))
    if excerpts and (pointed := excerpts[-1]["line"].strip(". ")):
        return next((n for n, line in enumerate(lines, 1) if pointed in line), None)
    for name in _SOURCE.findall(message)[-1:] or _NAME.findall(message):
        word = re.compile(rf"\b{re.escape(name)}\b")
        if at := [number for number, line in enumerate(lines, 1) if word.search(line)]:
            return at[0]
    return None
