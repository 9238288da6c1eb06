"""The log for machines: JSON lines with refresh and step, bounded, without patients' values."""

from __future__ import annotations

import json
import logging
import signal
from typing import Any

import duckdb
import pytest

from tests.support.stopped import query_met_by
from warehouse.dbt.build import BuildError
from warehouse.history import read_records
from warehouse.logs import log_path
from warehouse.refresh.context import refreshing
from warehouse.refresh.errors import StepFailedError
from warehouse.settings import Settings

VALUE = "Zhang San"


def _lines(settings: Settings) -> list[dict[str, Any]]:
    text = log_path(settings).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def test_each_event_has_its_refresh_and_step(data_settings: Settings) -> None:
    log = logging.getLogger("warehouse.landing")
    with refreshing(data_settings) as refresh, refresh.step("land"):
        log.info("landed %s: %s rows", "north/2024-06-03/admissions.csv", 3)
    log.info("after the refresh")
    identity = refresh.record.refresh_id
    assert [
        (line["refresh_id"], line["step"], line["event"]) for line in _lines(data_settings)
    ] == [
        (identity, "start", "refresh begins"),
        (identity, "land", "land ..."),
        (identity, "land", "landed north/2024-06-03/admissions.csv: 3 rows"),
        (identity, "land", "refresh ends"),
    ]
    assert set(_lines(data_settings)[-1]["step_seconds"]) == {"land"}


def test_an_error_is_logged_without_its_words(data_settings: Settings) -> None:
    with (
        pytest.raises(StepFailedError),
        refreshing(data_settings) as refresh,
        refresh.step("check"),
    ):
        duckdb.sql(f"select '{VALUE}'::integer").fetchall()
    last = _lines(data_settings)[-1]
    assert (last["error"], last["step"]) == ("StepFailedError", "check")
    assert any(place.startswith("test_logs.py:") for place in last["where"])
    assert VALUE not in log_path(data_settings).read_text(encoding="utf-8")
    (record,) = read_records(data_settings.history_dir)
    assert record.status == "failed"
    assert VALUE not in str(record)


def test_who_is_stopped_did_not_fail(
    data_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(KeyboardInterrupt), refreshing(data_settings):
        raise KeyboardInterrupt
    reported = "It was stopped (KeyboardInterrupt). The last release stays as it is."
    assert caplog.messages[-1].strip() == reported
    (record,) = read_records(data_settings.history_dir)
    assert (record.status, record.reason) == (
        "interrupted",
        "It was stopped (KeyboardInterrupt).",
    )


def test_who_is_stopped_after_publication_is_shown_what_there_is(
    data_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(KeyboardInterrupt), refreshing(data_settings) as refresh:
        refresh.record.release, refresh.record.status = "20220601T020000Z.duckdb", "published"
        with refresh.step("report"):
            raise KeyboardInterrupt
    (record,) = read_records(data_settings.history_dir)
    reported = (
        "It was stopped (KeyboardInterrupt) after release 20220601T020000Z was published and "
        "before all of its pages were written; the release can be used, and the next refresh "
        "writes the pages."
    )
    assert (record.status, record.reason) == ("published", reported)
    assert reported in caplog.messages


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_signal_that_meets_a_query_is_no_failed_step(
    data_settings: Settings, wrapped: bool
) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        refreshing(data_settings) as refresh,
        refresh.step("build"),
    ):
        try:
            query_met_by(signal.SIGINT)
        except RuntimeError as error:
            raise BuildError("dbt build failed at: a model") if wrapped else error from None
    (record,) = read_records(data_settings.history_dir)
    assert (record.status, record.reason) == ("interrupted", "It was stopped (KeyboardInterrupt).")


def test_the_log_stays_within_its_bound(data_settings: Settings) -> None:
    settings = data_settings.model_copy(update={"logs_max_mb": 1})
    log = logging.getLogger("warehouse")
    with refreshing(settings):
        for number in range(8_000):
            log.info("line %s of many, %s", number, "x" * 100)
    sizes = [path.stat().st_size for path in settings.logs_dir.glob("refresh.jsonl*")]
    assert len(sizes) == 6
    assert sum(sizes) <= 1_000_000
    assert _lines(settings)[-1]["event"] == "refresh ends"
