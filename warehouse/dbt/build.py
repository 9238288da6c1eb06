"""Running dbt in this process: from the work database to the candidate of a release."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from contextlib import redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

from warehouse.dbt.failures import failures_of, unreadable_project
from warehouse.dbt.state import forget_other_project, project_digest
from warehouse.errors import WarehouseError
from warehouse.files import make_folder
from warehouse.publish import candidate_path
from warehouse.settings import PARTS_DIR, Settings

DBT_PROJECT_DIR = PARTS_DIR / "dbt_project"
# The manifests of this process, by the project's digest and the work database's name.
manifests: dict[tuple[str, str], Any] = {}
NO_RESULTS = "dbt failed and named no model. Read its log in data/state/logs."


class BuildError(WarehouseError):
    """dbt could not build a model or one of its tests failed; the message lists where and why.

    It quotes no value of the data.
    """


@dataclass(frozen=True)
class DbtFolders:
    """Paths of dbt: databases, its target folder, its logs and its project."""

    work_path: Path
    release_path: Path
    target_dir: Path
    log_dir: Path
    project_dir: Path = DBT_PROJECT_DIR

    @classmethod
    def of(cls, settings: Settings) -> DbtFolders:
        """Return the paths of dbt in an installation."""
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


def build_night(folders: DbtFolders, release: Path, tables: Iterable[str]) -> int:
    """Build and test what is made of these tables of ``raw``, into a copy of the release before.

    The work database must be that of the release. Raises BuildError as ``build_release``.
    """
    make_folder(folders.release_path.parent)
    shutil.copyfile(release, folders.release_path)  # without its mode: a release is read-only
    models = [f"source:raw.{table}+" for table in tables]
    return len(run_dbt(folders, "build", "--exclude", "test_type:unit", "--select", *models))


def run_dbt(folders: DbtFolders, *command: str) -> list[Any]:
    """Run a dbt command on the databases and return its node results.

    Raises BuildError with a line for each failed node. The databases are free again afterwards.
    """
    # dbt's JSON files cost a quarter of a build; a failure is known by its results.
    result = _invoke(folders, [*command, "--no-write-json"], parsed(folders))
    return list(getattr(result, "results", None) or [])


def generate_docs(folders: DbtFolders) -> Path:
    """Let dbt write its documentation of the project as one page; returns the page.

    Raises BuildError when dbt cannot read the project. No database is opened.
    """
    manifest = _invoke(folders, ["parse"])
    command = ["docs", "generate", "--static", "--no-compile", "--empty-catalog"]
    _invoke(folders, command, manifest)
    return folders.target_dir / "static_index.html"


def parsed(folders: DbtFolders) -> Any:
    """Return the manifest of the project, which a process parses once.

    Parsing costs as much as a build, and depends on nothing but the project and the name of the
    work database. A command changes the manifest that it gets, so each gets a copy.
    """
    key = (project_digest(folders.project_dir), folders.work_path.stem)
    if key not in manifests:
        manifests[key] = _invoke(folders, ["parse", "--no-write-json"])
    return manifests[key].deepcopy()


def _invoke(folders: DbtFolders, command: list[str], manifest: Any = None) -> Any:
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager
    from dbt.cli.main import dbtRunner

    forget_other_project(folders.target_dir, folders.project_dir)
    os.environ["WAREHOUSE_WORK_PATH"] = str(folders.work_path)
    os.environ["WAREHOUSE_RELEASE_PATH"] = str(folders.release_path)
    # Of a Python model, dbt imports a copy in a folder for temporary files.
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with redirect_stdout(StringIO()):
            outcome = dbtRunner(manifest).invoke([*command, *_options(folders)])
    finally:
        sys.dont_write_bytecode = writes_bytecode
        DuckDBConnectionManager.close_all_connections()
    if outcome.exception and not isinstance(outcome.exception, Exception):
        raise outcome.exception  # Ctrl-C or the like stopped it: no failure of dbt
    if outcome.exception is not None:
        raise BuildError(
            f"dbt {command[0]} could not run: {unreadable_project(outcome.exception)}\n"
            "Correct what it names, and run it again."
        ) from outcome.exception
    if not outcome.success:
        failures = failures_of(list(getattr(outcome.result, "results", None) or []))
        failed = "".join(f"\n  - {failure.text}" for failure in failures)
        raise BuildError(f"dbt {command[0]} failed at:{failed}" if failed else NO_RESULTS)
    return outcome.result


def _options(folders: DbtFolders) -> list[str]:
    return [
        *("--project-dir", str(folders.project_dir)),
        *("--profiles-dir", str(folders.project_dir)),
        *("--target-path", str(folders.target_dir)),
        *("--log-path", str(folders.log_dir)),
        *("--log-level", "none"),
        *("--log-level-file", "none"),
        "--quiet",
    ]
