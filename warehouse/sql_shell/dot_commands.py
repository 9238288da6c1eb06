"""Dot commands: the shell's commands that are not SQL."""

from __future__ import annotations

import shutil
import textwrap
from pathlib import Path
from typing import Protocol

from warehouse.settings import Settings
from warehouse.sql_shell.catalog import Catalog
from warehouse.sql_shell.session import (
    Column,
    QueryError,
    Session,
    identity,
    release_ids,
    release_path,
)
from warehouse.sql_shell.text import table_lines

DOT_COMMANDS: dict[str, tuple[str, str]] = {
    ".tables": ("", "the tables of the release"),
    ".describe": ("TABLE", "the columns of a table and what they mean"),
    ".releases": ("", "the releases on disk"),
    ".open": ("RELEASE", "open an earlier release; without an id, the current one"),
    ".help": ("", "this list, and the keys"),
    ".quit": ("", "leave (also Ctrl-D)"),
}
"""Argument and meaning by command."""

KEYS = """\
A statement ends with ';' and may have several lines. Tab completes, Up recalls, Ctrl-R searches
the history. Ctrl-C cancels a running statement, or the one that is being typed.
The shell cannot change the release. docs/sql.md has twenty questions with their answers."""


class Shell(Protocol):
    """Part of the shell that the commands need."""

    settings: Settings
    session: Session
    catalog: Catalog

    def open(self, path: Path) -> None:
        """Open another release."""


def run_dot_command(shell: Shell, line: str) -> str:
    """Run a dot command and return its output. Raises QueryError."""
    command, _, argument = line.strip().rstrip(";").partition(" ")
    argument = argument.strip()
    answers = {
        ".tables": lambda: _tables(shell),
        ".describe": lambda: _describe(shell, argument),
        ".releases": lambda: _releases(shell),
        ".open": lambda: _open(shell, argument),
        ".help": _help,
    }
    if command not in answers:
        raise QueryError(f"There is no command {command}. .help lists them.")
    return answers[command]()


def _tables(shell: Shell) -> str:
    rows = [
        (table.name, "view" if table.rows is None else table.rows, table.comment)
        for table in shell.catalog.tables.values()
    ]
    return _table(("table", "rows", "meaning"), rows)


def _describe(shell: Shell, name: str) -> str:
    table = shell.catalog.find(name)
    if table is None:
        raise QueryError(f"There is no table {name!r}. .tables lists them.")
    rows = [(column.name, column.type, column.comment) for column in table.columns]
    about = textwrap.fill(table.comment, shutil.get_terminal_size().columns)
    size = "a view" if table.rows is None else f"{table.rows:,} rows"
    return f"{table.name}: {size}\n{about}\n\n" + _table(("column", "type", "meaning"), rows)


def _releases(shell: Shell) -> str:
    current = identity(shell.settings.published_path)
    rows = []
    for release in release_ids(shell.settings):
        path = release_path(shell.settings, release)
        marks = [(current, "current"), (shell.session.opened, "open")]
        state = ", ".join(mark for file, mark in marks if identity(path) == file)
        rows.append((release, f"{path.stat().st_size / 1e6:.1f} MB", state))
    return _table(("release", "size", ""), rows)


def _open(shell: Shell, release: str) -> str:
    shell.open(release_path(shell.settings, release or None))
    return f"Open: {release or 'the current release'}."


def _help() -> str:
    rows = [(f"{name} {argument}", meaning) for name, (argument, meaning) in DOT_COMMANDS.items()]
    return _table(("command", "meaning"), rows) + "\n\n" + KEYS


def _table(heads: tuple[str, ...], rows: list[tuple[object, ...]]) -> str:
    """Return a table whose last column is wrapped."""
    cells = [[str(cell) for cell in row] for row in rows]
    fixed = sum(
        max(len(row[i]) for row in [list(heads), *cells]) + 2 for i in range(len(heads) - 1)
    )
    width = max(30, shutil.get_terminal_size().columns - fixed)
    wrapped: list[list[str]] = []
    for *row, last in cells:
        parts = textwrap.wrap(last, width) or [""]
        wrapped.append([*row, parts[0]])
        wrapped += [[*([""] * len(row)), part] for part in parts[1:]]
    columns = [Column(head, "") for head in heads]
    return "\n".join(table_lines(columns, wrapped, width=None))
