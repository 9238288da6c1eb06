"""The command line: ``warehouse <command>``. Heavy libraries are imported by the commands."""

from __future__ import annotations

import os
import threading
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from warehouse.environment import prepare_environment
from warehouse.errors import WarehouseError
from warehouse.lock import lock_path, refresh_lock
from warehouse.process_end import QuietEnd
from warehouse.settings import settings

app = typer.Typer(
    help="From raw thrombectomy extracts to a study's tables, every night.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(highlight=False, soft_wrap=True)
error_console = Console(stderr=True, highlight=False, soft_wrap=True)

DAY = "%Y-%m-%d"


def main() -> None:
    """Run a command; errors that are meant for people are shown as text, with an exit code."""
    end = QuietEnd()
    try:
        prepare_environment(settings())
        app()
    except SystemExit as done:
        end.exit_code = int(done.code or 0)
    except WarehouseError as error:
        error_console.print(f"[bold red]{error.opening}[/] {_escaped(str(error))}")
        end.exit_code = error.exit_code


@app.command()
def refresh(
    as_of: Annotated[
        datetime | None,
        typer.Option(formats=[DAY], help="Build from the deliveries up to this day only."),
    ] = None,
) -> None:
    """Land what is new, check it, build, audit and publish a release."""
    # Somebody else at work is told of now, and not after the frameworks have started.
    with refresh_lock(lock_path(settings())):
        pass
    console.print("Refreshing the warehouse (the frameworks take half a minute to start) ...")
    _import_in_background("dbt.cli.main", "great_expectations")
    _use_own_server()
    from flows.refresh import refresh_warehouse

    summary = refresh_warehouse(as_of.date() if as_of else None)
    console.print(_escaped(summary.text))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="Files that are to be delivered.")],
    site: Annotated[str | None, typer.Option(help="Whose files they are.")] = None,
    extract: Annotated[
        str | None, typer.Option(help="What they hold, where their names do not say it.")
    ] = None,
) -> None:
    """Judge files before they are delivered; nothing is written. Exit code 3: rows to mend."""
    from warehouse.preflight.run import Question, preflight

    verdict = preflight(Question(files, site, extract), settings(), _say)
    raise typer.Exit(verdict.exit_code)


@app.command()
def generate(
    seed: Annotated[int, typer.Option(min=0, help="Another seed, other synthetic patients.")] = 1,
) -> None:
    """Write the synthetic deliveries (no real patients) below the data folder's raw/."""
    from synthetic.deliveries import write_deliveries

    written = write_deliveries(settings().raw_dir, seed)
    console.print(f"{len(written)} synthetic files (seed {seed}) in {settings().raw_dir}")


@app.command()
def prepare() -> None:
    """Set up Prefect's database and parse the dbt project, so that the first refresh need not."""
    from flows.server import migrate_database
    from warehouse.build import parse_project
    from warehouse.refresh import dbt_folders

    with migrate_database():
        parse_project(dbt_folders(settings()))


@app.command()
def server() -> None:
    """Run the project's Prefect server on this machine's loopback address (Ctrl-C stops it)."""
    from flows.server import run_server

    console.print(f"Prefect: http://127.0.0.1:{settings().server_port} (this machine only)")
    raise typer.Exit(run_server(settings()))


def _say(line: str) -> None:
    console.print(_escaped(line))


def _escaped(text: str) -> str:
    """Text in which Rich sees no markup."""
    return text.replace("[", r"\[")


def _use_own_server() -> None:
    """Point Prefect at the project's server when that is up; else it starts one for the run."""
    from flows.server import running_server_url

    if url := running_server_url(settings()):
        os.environ["PREFECT_API_URL"] = url


def _import_in_background(*modules: str) -> None:
    """Import slow libraries while the run waits for the server."""

    def import_all() -> None:
        for module in modules:
            __import__(module)

    threading.Thread(target=import_all, daemon=True).start()
