"""Interactive SQL shell on a release."""

from __future__ import annotations

import os
import pydoc
import shutil
import sys
import time
from itertools import islice
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.application import get_app
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import ThreadedCompleter
from prompt_toolkit.filters import Condition
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.input import Input
from prompt_toolkit.lexers import PygmentsLexer
from prompt_toolkit.output import Output
from pygments.lexers.sql import SqlLexer

from warehouse.settings import Settings
from warehouse.sql_shell.catalog import Catalog
from warehouse.sql_shell.completion import SqlCompleter
from warehouse.sql_shell.dot_commands import run_dot_command
from warehouse.sql_shell.session import QueryError, Result, Session
from warehouse.sql_shell.text import table_lines

MOST_ROWS = 10_000
PROMPT = "warehouse> "
CONTINUATION = "      ...> "
OWNER_ONLY = 0o600
LEAVE = {".quit", ".exit", "quit", "exit"}


class Shell:
    """Shell that reads statements, runs them on the open release and shows their results."""

    def __init__(
        self,
        settings: Settings,
        path: Path,
        terminal_input: Input | None = None,
        terminal_output: Output | None = None,
    ) -> None:
        self.settings = settings
        self.session = Session(path)
        self.catalog = Catalog(self._rows)
        self._prompt: PromptSession[str] = PromptSession(
            history=_history(settings),
            completer=ThreadedCompleter(SqlCompleter(self.catalog)),
            complete_while_typing=True,
            auto_suggest=AutoSuggestFromHistory(),
            lexer=PygmentsLexer(SqlLexer),
            multiline=Condition(_is_unfinished),
            prompt_continuation=CONTINUATION,
            enable_history_search=True,
            input=terminal_input,
            output=terminal_output,
        )

    def run(self) -> None:
        """Read and run statements until the user quits."""
        print(f"{self.session.path.name}, read-only. .help for help, Ctrl-D to quit.")
        try:
            while True:
                try:
                    self._announce_newer_release()
                    line = self._prompt.prompt(PROMPT).strip()
                except KeyboardInterrupt:
                    continue
                except EOFError:
                    return
                if line.rstrip(";") in LEAVE:
                    return
                self.answer(line)
        finally:
            self.session.close()

    def answer(self, line: str) -> None:
        """Run a dot command or statements; print errors and continue."""
        try:
            if line.startswith("."):
                self._show(run_dot_command(self, line))
            elif line:
                self._run(line)
        except QueryError as error:
            print(f"error: {error}", file=sys.stderr)
        except KeyboardInterrupt:
            print("Canceled.", file=sys.stderr)

    def open(self, path: Path) -> None:
        """Open another release."""
        self.session.close()
        self.session = Session(path)
        self.catalog = Catalog(self._rows)
        self._prompt.completer = ThreadedCompleter(SqlCompleter(self.catalog))

    def _run(self, sql: str) -> None:
        started = time.perf_counter()
        for result in self.session.results(sql):
            self._show(_as_text(result, started))
            started = time.perf_counter()

    def _show(self, text: str) -> None:
        """Print a text, in the pager if it is longer than the screen."""
        if text.count("\n") + 2 < shutil.get_terminal_size().lines or not sys.stdout.isatty():
            print(text)
        else:
            os.environ.setdefault("LESS", "-FRSX")
            pydoc.pager(text)

    def _announce_newer_release(self) -> None:
        if self.session.is_outdated(self.settings.published_path):
            print("A newer release has been published; .open opens it.")

    def _rows(self, query: str) -> list[tuple[object, ...]]:
        """Return rows for the catalog on its own cursor, as completion runs beside a query."""
        with self.session.connection.cursor() as cursor:
            return cursor.execute(query).fetchall()


def _as_text(result: Result, started: float) -> str:
    rows = list(islice(result.rows, MOST_ROWS))
    is_cut = len(rows) == MOST_ROWS and next(result.rows, None) is not None
    seconds = time.perf_counter() - started
    lines = list(table_lines(result.columns, rows, shutil.get_terminal_size().columns))
    n_rows = f"{len(rows):,} row{'' if len(rows) == 1 else 's'}"
    first, more = ("first ", "; write all with --output, or use limit") if is_cut else ("", "")
    return "\n".join([*lines, f"({first}{n_rows}{more}, {seconds:.2f} s)"])


def _is_unfinished() -> bool:
    """Return whether Enter starts a new line, as the statement has no semicolon yet."""
    text = get_app().current_buffer.text.strip()
    return bool(text) and text not in LEAVE and not text.startswith(".") and not text.endswith(";")


def _history(settings: Settings) -> History:
    """Return the history, in a file only for its owner, as it may hold pseudonyms."""
    path = settings.state_dir / "sql_history"
    try:
        path.touch(mode=OWNER_ONLY)
        path.open("r+b").close()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        print(f"The history of statements is not saved: {path} cannot be written ({reason}).")
        return InMemoryHistory()
    return FileHistory(str(path))
