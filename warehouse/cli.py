"""The command line: ``warehouse <command>``."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from typing import Annotated

import typer

from warehouse.commands import study
from warehouse.commands.adopt import adopt
from warehouse.commands.check import check
from warehouse.commands.config import config
from warehouse.commands.console import error_console, escaped
from warehouse.commands.explain import explain
from warehouse.commands.export import export
from warehouse.commands.fetch import fetch
from warehouse.commands.generate import generate
from warehouse.commands.init import init
from warehouse.commands.names import names
from warehouse.commands.prefect import prefect
from warehouse.commands.refresh import refresh
from warehouse.commands.releases import diff, releases, rollback
from warehouse.commands.schedule import schedule
from warehouse.commands.server import prepare, server
from warehouse.commands.sql import sql
from warehouse.commands.status import alerts, status
from warehouse.commands.verify import verify
from warehouse.commands.worker import worker
from warehouse.disk import disk_errors_explained
from warehouse.environment import prepare_environment
from warehouse.errors import OPENING, WarehouseError
from warehouse.quiet_exit import QuietEnd
from warehouse.settings import settings

app = typer.Typer(
    help="Turn raw thrombectomy extracts into a checked registry and a study's tables.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
# By group, in the order in which ``warehouse --help`` lists them.
COMMANDS = {
    "Deliveries": (refresh, check, fetch, names),
    "Numbers": (sql, explain, export),
    "Releases": (releases, diff, rollback, verify),
    "Operation": (status, alerts, schedule, server, worker),
    "Set-up": (init, adopt, config, prepare, generate),
}
app.add_typer(study.app, name="study", rich_help_panel="Numbers")
for group, commands in COMMANDS.items():
    for command in commands:
        app.command(rich_help_panel=group)(command)
# Its arguments and --help are Prefect's.
app.command(
    rich_help_panel="Operation",
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)(prefect)


def _print_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"warehouse {version('thrombectomy-warehouse')}")
        raise typer.Exit


@app.callback()
def _main(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    pass


@contextmanager
def _prepared() -> Iterator[None]:
    prepare_environment(settings())
    with disk_errors_explained(settings()):
        yield


def main() -> None:
    """Run a command; errors that are meant for people are shown as text, with an exit code."""
    end = QuietEnd()
    logging.raiseExceptions = False  # whoever reads the lines may have closed the pipe
    try:
        # The status reports wrong settings to monitoring by its exit code, and writes nothing.
        with nullcontext() if sys.argv[1:2] == ["status"] else _prepared():
            app()
    except SystemExit as done:
        end.exit_code = int(done.code or 0)
    except WarehouseError as error:
        error_console.print(f"[bold red]{OPENING}[/] {escaped(str(error))}")
        end.exit_code = error.exit_code
