"""Prefect tries again what a network share may have caused, and nothing else."""

from __future__ import annotations

import errno
import os

import pytest
from prefect import flow
from prefect.runtime import task_run

from warehouse.dbt.build import BuildError
from warehouse.disk import DiskFullError
from warehouse.flows.refresh import is_last_try, on_a_share
from warehouse.settings import Settings


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (OSError(errno.ESTALE, os.strerror(errno.ESTALE)), [False, False, True]),
        (DiskFullError("The disk is full."), [False]),
        (BuildError("int_patients: Runtime Error"), [False]),
    ],
)
def test_only_a_share_out_of_reach_is_worth_another_try(
    prefect_server: Settings, error: Exception, tries: list[bool]
) -> None:
    """The last try is known as such, because it lands what can be read."""
    del prefect_server
    tried = []

    @on_a_share
    def read() -> None:
        tried.append(is_last_try(task_run.run_count))
        raise error

    @flow
    def night() -> None:
        read.with_options(retry_delay_seconds=0)()

    with pytest.raises(type(error)):
        night()
    assert tried == tries
