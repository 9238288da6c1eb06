"""A clock that was ahead for a night stops no later one; one that was set back does."""

from __future__ import annotations

from datetime import date, timedelta

import httpx
import pytest

from tests.support.golden import golden
from warehouse.flows.server_errors import (
    PublishedUnseenError,
    ServerLostError,
    server_loss_explained,
)
from warehouse.history import RefreshRecord, utc_now, write_record
from warehouse.landing.manifest import Manifest, write_manifest
from warehouse.refresh.preconditions import ClockError, require_clock
from warehouse.settings import Settings

GOLDEN = golden("refresh")

TODAY = date.today()


@pytest.fixture
def night_ahead(data_settings: Settings) -> Settings:
    """An installation whose last refresh began three days from now."""
    _refreshed(data_settings, 1, timedelta(days=3))
    _landed(data_settings, TODAY)
    return data_settings


def test_after_a_night_with_the_clock_ahead_refreshes_go_on(
    night_ahead: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    require_clock(night_ahead)
    assert GOLDEN("it_was_wrong_then_if_it") in caplog.text


def test_a_clock_that_was_set_back_is_reported_by_the_deliveries_that_would_drop_out(
    night_ahead: Settings,
) -> None:
    """Until a person says that it is right now, by a refresh of today."""
    for days in (2, 3):
        _landed(night_ahead, TODAY + timedelta(days=days))
    with pytest.raises(ClockError) as refused:
        require_clock(night_ahead)
    later = f"{TODAY + timedelta(days=2)} to {TODAY + timedelta(days=3)} (2 files)"
    assert GOLDEN("the_deliveries_of_would_drop_out", later=later) in str(refused.value)
    assert f"warehouse refresh --as-of {TODAY}" in str(refused.value)
    _refreshed(night_ahead, 2, timedelta(0))
    require_clock(night_ahead)


def test_a_clock_that_was_put_right_by_minutes_is_accepted(
    data_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    _refreshed(data_settings, 1, timedelta(minutes=20))
    _landed(data_settings, TODAY + timedelta(days=1))
    require_clock(data_settings)
    assert caplog.text == ""


def _refreshed(
    settings: Settings, number: int, ahead: timedelta, release: str | None = None
) -> None:
    started_at = utc_now() + ahead
    refresh_id = f"{started_at:%Y%m%dT%H%M%SZ}"
    record = RefreshRecord(refresh_id, started_at, TODAY, number, release=release)
    write_record(settings.history_dir, record)


def _landed(settings: Settings, day: date) -> None:
    manifest = Manifest(
        file_id=f"{day:%Y%m%d}" * 2,
        site="a",
        delivered_on=day,
        extract="imaging",
        source_file=f"a/{day}/imaging.csv",
        file_sha256="",
        size_bytes=0,
        mode="delta",
        status="landed",
        contract_sha256="",
        secret_fingerprint="",
        landed_at="",
    )
    write_manifest(settings.landed_dir, manifest)


def test_a_release_of_a_moment_to_come_is_not_that_of_the_refresh_that_lost_its_server(
    data_settings: Settings,
) -> None:
    _refreshed(data_settings, 1, timedelta(days=3), release="20300101T020000Z.duckdb")
    with pytest.raises(ServerLostError), server_loss_explained(data_settings):
        raise httpx.ConnectError("refused")
    with pytest.raises(PublishedUnseenError), server_loss_explained(data_settings):
        _refreshed(data_settings, 2, timedelta(0), release="20220101T020000Z.duckdb")
        raise httpx.ConnectError("refused")
