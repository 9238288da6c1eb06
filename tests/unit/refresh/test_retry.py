"""Only what a file system out of reach caused is tried again."""

from __future__ import annotations

import errno
import os
from dataclasses import replace

import pytest

from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from warehouse.dbt.build import BuildError
from warehouse.landing import LandingReport, SkippedFile
from warehouse.refresh.measure import measured
from warehouse.refresh.retry import UnreachableError, may_pass, require_reached
from warehouse.settings import Settings

GOLDEN = golden("refresh")

MEBIBYTE = 1 << 20


def caused_by(number: int) -> Exception:
    """An error of a library, raised from one of the system."""
    error = RuntimeError("could not write")
    error.__cause__ = OSError(number, os.strerror(number))
    return error


def test_what_may_pass_and_what_stays() -> None:
    passing = (errno.EIO, errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTUNREACH)
    assert [may_pass(caused_by(number)) for number in passing] == [True] * 4
    staying = (errno.ENOSPC, errno.EACCES, errno.EROFS, errno.ENOENT)
    assert [may_pass(caused_by(number)) for number in staying] == [False] * 4
    assert not may_pass(BuildError("int_patients: Runtime Error"))


def test_files_out_of_reach_are_worth_another_try() -> None:
    stale = f"the file cannot be opened: {os.strerror(errno.ESTALE)}"
    report = LandingReport(
        (), (SkippedFile("a/2022-06-07/x.csv", stale), SkippedFile("a/b", "a link")), 0
    )
    with pytest.raises(UnreachableError) as refused:
        require_reached(report)
    assert may_pass(refused.value)
    assert str(refused.value) == (GOLDEN("deliveries_could_not_be_read_and", stale=stale))
    require_reached(replace(report, skipped=report.skipped[1:]))


def test_two_tries_are_reported_as_one(data_settings: Settings) -> None:
    registry = Registry(data_settings)
    registry.put(f"{FOLLOWUPS}\np-1,2021-06-01,telephone,1,false\n")
    first = registry.land()
    registry.put(f"{FOLLOWUPS}\np-2,2021-06-01,telephone,1,false\n", day="site_a/2021-04-05")

    both = first.and_then(registry.land())

    assert (both.files_landed, both.rows_landed, both.files_remembered) == (2, 2, 0)


def test_a_step_is_measured_however_it_ends() -> None:
    with pytest.raises(ValueError, match="broken"), measured() as taken:
        held = bytearray(os.urandom(1)) * (200 * MEBIBYTE)
        raise ValueError("broken")
    with measured() as small:
        small.rows = 3
    assert len(held) == 200 * MEBIBYTE
    assert taken.peak_memory_mb > 200
    assert 0 <= small.seconds < taken.seconds + 1
    assert small.rows == 3
