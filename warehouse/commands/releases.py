"""``warehouse releases``, ``warehouse rollback`` and ``warehouse diff``."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.commands.console import console, say
from warehouse.settings import settings

if TYPE_CHECKING:
    from warehouse.releases.rollback import Rollback


class Format(StrEnum):
    """Format of a printed difference."""

    TEXT = "text"
    JSON = "json"


def releases() -> None:
    """List the releases on disk, newest first: which is current, which are damaged.

    \b
    Examples:
      warehouse releases
    """
    from warehouse.refresh.places import stray_lines
    from warehouse.releases.on_disk import releases_on_disk
    from warehouse.releases.report import releases_table
    from warehouse.sql_shell.session import misplaced

    found = releases_on_disk(settings())
    table = releases_table(found) if found else ["No release yet: warehouse refresh"]
    damaged = [f"{one.path}: {why}" for one in found if (why := one.damage)]
    misplacing = [what] if (what := misplaced(settings())) else []
    for line in [*table, *misplacing, *damaged, *stray_lines(settings())]:
        say(line)


def rollback(
    release: Annotated[
        str | None, typer.Argument(help="Id of the release (default: the one before the current).")
    ] = None,
) -> None:
    """Make an earlier release the current one, at once, with its pages.

    \b
    Examples:
      warehouse rollback
      warehouse rollback 20220607T020000Z
    """
    from warehouse.releases.report import rollback_report
    from warehouse.releases.rollback import roll_back

    done = roll_back(settings(), release)
    for line in rollback_report(done):
        say(line)
    _write_reports(done)


def diff(
    before: Annotated[
        str | None, typer.Argument(help="An id, current, previous or a path.")
    ] = None,
    after: Annotated[str | None, typer.Argument(help="The same (default: current).")] = None,
    format_: Annotated[
        Format, typer.Option("--format", help="For people or programs.")
    ] = Format.TEXT,
) -> None:
    """Show how two releases differ, and which delivery changed what (default: the two newest).

    \b
    Examples:
      warehouse diff
      warehouse diff 20220601T020000Z current --format json
    """
    import json
    from dataclasses import asdict

    from warehouse.releases.diff import diff_releases
    from warehouse.releases.on_disk import (
        CURRENT,
        find_release,
        newest_two,
        releases_on_disk,
    )
    from warehouse.releases.report import diff_report

    if before is None:
        paths = newest_two(releases_on_disk(settings()))
    else:
        paths = find_release(settings(), before), find_release(settings(), after or CURRENT)
    found = diff_releases(*paths)
    if format_ is Format.JSON:
        console.print_json(json.dumps(asdict(found), default=str))
        return
    for line in diff_report(found):
        say(line)


def _write_reports(done: Rollback) -> None:
    """Write the pages of the release that is current now, so that they say what it says."""
    from warehouse.refresh.errors import ReportsError
    from warehouse.refresh.reports import REPORTS, failed_reports, say_not_shown

    if errors := failed_reports(done, REPORTS):
        reasons = {name: _why(error) for name, error in errors.items()}
        say_not_shown(done.settings, done.now.refresh_id, reasons)
        problems = "\n".join(f"  - {name}: {reason}" for name, reason in reasons.items())
        raise ReportsError(
            f"The release is current, but these pages could not be written, and say so:\n"
            f"{problems}\nRefresh again to write them."
        )


def _why(error: Exception) -> str:
    """Explain why pages could not be written; of a table without a column, where it comes from."""
    import duckdb

    if not isinstance(error, duckdb.BinderException | duckdb.CatalogException):
        return str(error)
    return (
        "the release was made by another version of the project, and its tables lack what this "
        f"page shows ({str(error).splitlines()[0]}). They can be queried; its pages are written by "
        "that version (git_commit in ops.refreshes) with the same command."
    )
