"""Imported once by the process that all refreshes of these tests are forked from.

Importing the frameworks and parsing the dbt project takes ten seconds and nothing is tested by
that. It opens no database and starts no thread, so that a fork is as good as a new process.
"""

from __future__ import annotations

import gc
import os
import pickle
import tempfile
from pathlib import Path

import dbt.adapters.duckdb.connections
import dbt.cli.main  # noqa: F401

import warehouse.data_docs.pages
import warehouse.refresh.steps  # noqa: F401
from warehouse.checks.gx_results import great_expectations
from warehouse.dbt.build import DbtFolders, manifests, parsed
from warehouse.definitions.dictionary import dictionary
from warehouse.settings import Settings


def parse_in_a_child() -> None:
    """Parse the dbt project in a process that ends, because dbt opens a database for that."""
    reading, writing = os.pipe()
    if os.fork() == 0:
        with tempfile.TemporaryDirectory() as folder, os.fdopen(writing, "wb") as out:
            parsed(DbtFolders.of(Settings(data=Path(folder))))
            out.write(pickle.dumps(manifests))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as found:
        manifests.update(pickle.load(found))
    os.wait()


great_expectations()
dictionary()
parse_in_a_child()
gc.freeze()  # so that collecting garbage in a fork copies nothing
LOADED_BY = os.getpid()
