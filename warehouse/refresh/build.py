"""Running dbt in this process: from the work database to the candidate of a release."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from warehouse.errors import WarehouseError
from warehouse.files import make_folder
from warehouse.publish import candidate_path
from warehouse.settings import PROJECT_DIR, Settings

DBT_PROJECT_DIR = PROJECT_DIR / "dbt_project"


class BuildError(WarehouseError):
    """dbt could not build a model or one of its tests failed; the message lists which and why."""

    quotes_values = True

    def __init__(self, message: str, nodes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.nodes = nodes

    @property
    def without_values(self) -> str:
        """Which models and tests failed, without the database's words."""
        failed = f"dbt failed at: {', '.join(self.nodes)}. " if self.nodes else ""
        return failed + super().without_values


@dataclass(frozen=True)
class DbtFolders:
    """Where dbt reads and writes: databases, its target folder and its logs."""

    work_path: Path
    release_path: Path
    target_dir: Path
    log_dir: Path

    @classmethod
    def of(cls, settings: Settings) -> DbtFolders:
        """Where dbt works in an installation."""
        return cls(
            work_path=settings.work_path,
            release_path=candidate_path(settings.releases_dir),
            target_dir=settings.state_dir / "dbt",
            log_dir=settings.state_dir / "logs" / "dbt",
        )


def build_release(folders: DbtFolders) -> int:
    """Build and test all models into an empty release file; returns the number of nodes.

    Raises BuildError that lists what could not be built and why.
    """
    make_folder(folders.release_path.parent)
    folders.release_path.unlink(missing_ok=True)
    return len(run_dbt(folders, "build", "--exclude", "test_type:unit"))


def run_dbt(folders: DbtFolders, *command: str) -> list[Any]:
    """Run a dbt command on the databases and return its node results.

    Raises BuildError with one line per failed node. The databases are free again afterwards.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    os.environ["WAREHOUSE_WORK_PATH"] = str(folders.work_path)
    os.environ["WAREHOUSE_RELEASE_PATH"] = str(folders.release_path)
    output = StringIO()
    try:
        with redirect_stdout(output):
            outcome = dbtRunner().invoke([*command, *_options(folders)])
    finally:
        DuckDBConnectionManager.close_all_connections()
    if outcome.exception and not isinstance(outcome.exception, Exception):
        raise outcome.exception  # Ctrl-C or the like stopped it: no failure of dbt
    if outcome.exception is not None:
        raise BuildError(
            f"dbt {command[0]} could not run: {outcome.exception}"
        ) from outcome.exception
    results = list(getattr(outcome.result, "results", None) or [])
    if not outcome.success:
        raise BuildError("\n".join(_failures(results)) or output.getvalue().strip())
    return results


def _options(folders: DbtFolders) -> list[str]:
    return [
        *("--project-dir", str(DBT_PROJECT_DIR)),
        *("--profiles-dir", str(DBT_PROJECT_DIR)),
        *("--target-path", str(folders.target_dir)),
        *("--log-path", str(folders.log_dir)),
        # dbt's log and JSON files cost a quarter of a build; a failure is told by its results.
        *("--log-level", "none"),
        *("--log-level-file", "none"),
        "--no-write-json",
        "--quiet",
    ]


def _failures(results: Iterable[Any]) -> dict[str, str]:
    """The nodes that failed: name and dbt's message on one line."""
    return {
        result.node.name: " ".join(str(result.message).split())
        for result in results
        if str(result.status) in {"error", "fail", "runtime error"}
    }
