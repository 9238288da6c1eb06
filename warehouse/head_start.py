"""What is slow and can begin before it is needed, while a run waits for Prefect's server.

Great Expectations and dbt take 7 seconds to import, and the dbt project 4 seconds to parse.
"""

from __future__ import annotations

import importlib
import threading
from concurrent.futures import Future
from typing import Any

from warehouse.build import DbtFolders, parse_project


class HeadStart:
    """The parsed dbt project of a refresh that is about to run, taken once by its build."""

    def __init__(self) -> None:
        self._projects: dict[DbtFolders, Future[Any]] = {}

    def begin(self, folders: DbtFolders) -> None:
        """Import and parse in a thread of their own."""
        project = self._projects[folders] = Future()
        threading.Thread(target=_work, args=(folders, project), daemon=True).start()

    def take_project(self, folders: DbtFolders) -> Any:
        """The parsed project, waited for if need be; None if nobody began.

        Raises what parsing raised.
        """
        project = self._projects.pop(folders, None)
        return project.result() if project else None


head_start = HeadStart()


def _work(folders: DbtFolders, project: Future[Any]) -> None:
    try:
        for module in ("great_expectations", "scipy.stats"):
            importlib.import_module(module)
        project.set_result(parse_project(folders))
    except BaseException as error:  # the build raises it where somebody sees it
        project.set_exception(error)
