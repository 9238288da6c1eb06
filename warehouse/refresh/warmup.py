"""Early start of slow work, so that both processors are busy.

The dbt project is parsed (4 s) in a process of its own while this one imports Prefect; Great
Expectations and dbt are imported (7 s) while this one waits for Prefect's server.
"""

from __future__ import annotations

import gc
import importlib
import subprocess
import sys
import threading

from warehouse.dbt.build import DbtFolders, run_dbt
from warehouse.dbt.state import is_of_project
from warehouse.environment import prepare_environment
from warehouse.lifeline import end_with_starter
from warehouse.settings import settings

SLOW_MODULES = ("great_expectations", "dbt.cli.main", "scipy.stats")


class Parsing:
    """The dbt project being parsed by another process, which leaves the result to the build."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def begin(self) -> None:
        """Start the process, unless the last refresh has parsed this very project."""
        folders = DbtFolders.of(settings())
        if is_of_project(folders.target_dir, folders.project_dir):
            return
        command = [sys.executable, "-m", "warehouse.refresh.warmup"]
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=quiet, stderr=quiet)

    def wait(self) -> None:
        """Wait for its end, if it was begun.

        Its result is not needed: dbt parses again what was not parsed, and reports errors.
        """
        if self._process is not None:
            self._process.wait()


parsing = Parsing()


def import_in_background() -> None:
    """Import the slow libraries in a thread of their own."""

    def import_all() -> None:
        for module in SLOW_MODULES:
            importlib.import_module(module)
        gc.freeze()  # a million objects that stay: garbage is not looked for among them

    threading.Thread(target=import_all, daemon=True).start()


if __name__ == "__main__":
    end_with_starter()
    prepare_environment(settings())
    run_dbt(DbtFolders.of(settings()), "parse")
