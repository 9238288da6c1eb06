"""A query of DuckDB that a signal meets."""

from __future__ import annotations

import os
import signal
import threading

import duckdb

SECONDS_BEFORE = 0.2


def query_met_by(number: signal.Signals) -> None:
    """Run a query that does not end, until this process gets the signal."""
    threading.Timer(SECONDS_BEFORE, os.kill, (os.getpid(), number)).start()
    # Further threads would go on with their part of the query.
    with duckdb.connect(config={"threads": 1}) as connection:
        connection.execute("select sum(a.range + b.range) from range(1000000) a, range(1000000) b")
