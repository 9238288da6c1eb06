"""Prefect tries again what a network share may have caused, and nothing else."""

from __future__ import annotations

import errno
import os

import pytest
from prefect import flow

from flows.refresh import on_a_share
from warehouse.disk import NoRoomError
from warehouse.refresh.build import BuildError
from warehouse.settings import Settings


@pytest.mark.parametrize(
    ("error", "tries"),
    [
        (OSError(errno.ESTALE, os.strerror(errno.ESTALE)), 3),
        (NoRoomError("The disk is full."), 1),
        (BuildError("int_patients: Runtime Error"), 1),
    ],
)
def test_only_a_share_out_of_reach_is_worth_another_try(
    prefect_server: Settings, error: Exception, tries: int
) -> None:
    del prefect_server
    tried = []

    @on_a_share
    def read() -> None:
        tried.append("again")
        raise error

    @flow
    def night() -> None:
        read.with_options(retry_delay_seconds=0)()

    with pytest.raises(type(error)):
        night()
    assert len(tried) == tries
