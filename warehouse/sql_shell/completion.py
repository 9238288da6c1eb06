"""Completion at the cursor, with the meaning of each candidate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from warehouse.sql_shell.catalog import Catalog, ColumnMeaning, TableMeaning
from warehouse.sql_shell.dot_commands import DOT_COMMANDS

MEANING_LENGTH = 60
_TOKEN = re.compile(r"[\w.]*$")
_ALIASES = re.compile(r"\b(?:from|join)\s+([\w.]+)(?:\s+(?:as\s+)?(\w+))?", re.IGNORECASE)
_AFTER_TABLE_WORD = re.compile(r"\b(?:from|join|describe|summarize|table)\s+[\w.]*$", re.IGNORECASE)


class SqlCompleter(Completer):
    """Completer of schemas, tables, columns of the statement's tables, keywords, functions."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog

    def get_completions(
        self, document: Document, complete_event: CompleteEvent
    ) -> Iterator[Completion]:
        """Yield completions for the word before the cursor; at the start also dot commands."""
        before = document.text_before_cursor
        if before.startswith("."):
            yield from self._dot_commands(before)
            return
        token = _TOKEN.search(before)
        word = token.group() if token else ""
        if not word and not complete_event.completion_requested:
            return
        qualifier, dot, start = word.rpartition(".")
        offered = (
            self._qualified(qualifier, document.text)
            if dot
            else self._unqualified(before, document.text)
        )
        for text, meaning in offered:
            if text.lower().startswith(start.lower()):
                yield Completion(text, -len(start), display_meta=meaning[:MEANING_LENGTH])

    def _qualified(self, qualifier: str, statement: str) -> Iterator[tuple[str, str]]:
        """Yield the tables after ``schema.``, the columns after a table or an alias."""
        if qualifier in self.catalog.schemas:
            for table in self.catalog.tables.values():
                if table.schema == qualifier:
                    yield table.name.partition(".")[2], table.comment
            return
        named = self._named(statement).get(qualifier) or self.catalog.find(qualifier)
        if named:
            yield from _columns(named.columns)

    def _unqualified(self, before: str, statement: str) -> Iterator[tuple[str, str]]:
        if _AFTER_TABLE_WORD.search(before):
            yield from ((schema, "schema") for schema in self.catalog.schemas)
            yield from ((table.name, table.comment) for table in self.catalog.tables.values())
            return
        for table in {id(each): each for each in self._named(statement).values()}.values():
            yield from _columns(table.columns)
        yield from ((schema, "schema") for schema in self.catalog.schemas)
        yield from ((keyword, "") for keyword in self.catalog.keywords)
        yield from ((function, "function") for function in self.catalog.functions)

    def _named(self, statement: str) -> dict[str, TableMeaning]:
        """Return the tables that a statement names, by name and alias."""
        named: dict[str, TableMeaning] = {}
        for name, alias in _ALIASES.findall(statement):
            if table := self.catalog.find(name):
                named |= {name: table, name.rpartition(".")[2]: table}
                if alias:
                    named[alias] = table
        return named

    def _dot_commands(self, before: str) -> Iterable[Completion]:
        command, space, argument = before.partition(" ")
        if not space:
            for name, (_, meaning) in DOT_COMMANDS.items():
                if name.startswith(command):
                    yield Completion(name, -len(command), display_meta=meaning)
        elif command == ".describe":
            for name, table in self.catalog.tables.items():
                if argument in name:
                    meaning = table.comment[:MEANING_LENGTH]
                    yield Completion(name, -len(argument), display_meta=meaning)


def _columns(columns: Iterable[ColumnMeaning]) -> Iterator[tuple[str, str]]:
    return ((column.name, column.comment) for column in columns)
