"""Imported once by the process that all refreshes of these tests are forked from.

The frameworks take ten seconds to import and nothing is tested by that. It opens no database and
starts no thread, so that a fork is as good as a new process.
"""

from __future__ import annotations

import gc
import os

import dbt.adapters.duckdb.connections
import dbt.cli.main  # noqa: F401

import warehouse.data_docs.pages
import warehouse.refresh.steps  # noqa: F401
from warehouse.checks.gx_results import great_expectations
from warehouse.definitions.dictionary import dictionary

great_expectations()
dictionary()
gc.freeze()  # so that collecting garbage in a fork copies nothing
LOADED_BY = os.getpid()
