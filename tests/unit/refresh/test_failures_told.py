"""What fails a refresh is named: a definition, a damaged landed file (invented rows)."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from tests.support.golden import golden
from tests.support.landing_tools import FOLLOWUPS, Registry
from tests.support.mail_server import free_port
from warehouse.alerts.models import Audience
from warehouse.alerts.outbox import queued_messages
from warehouse.definitions.dictionary import DictionaryError, dictionary
from warehouse.definitions.study_files import load_study
from warehouse.disk import TooManyOpenError
from warehouse.flows.server import server_for_this_process
from warehouse.history import read_records
from warehouse.refresh.context import failing_to_begin
from warehouse.settings import PROJECT_DIR, Settings, settings
from warehouse.status import Level, read_status
from warehouse.work_database import DamagedLogError, load_landed

GOLDEN = golden("refresh")


def test_a_study_that_cannot_be_read_is_a_refresh_that_failed(
    data_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the history, in what `warehouse status` says, and in an alert for the operator."""
    monkeypatch.setenv("WAREHOUSE_DATA", str(tmp_path / "data"))
    settings.cache_clear()
    study = settings().config_dir / "studies" / "ours" / "study.yaml"
    study.parent.mkdir(parents=True)
    study.write_text("title: [\n")
    words = "study.yaml is not valid YAML"
    with pytest.raises(DictionaryError, match=words), failing_to_begin(_with_mail(data_settings)):
        load_study("ours")
    settings.cache_clear()
    (record,) = read_records(data_settings.history_dir)
    assert record.status == "failed"
    assert words in str(record.reason)
    status = read_status(data_settings)
    assert status.level is not Level.OK
    assert words in status.line
    (waiting,) = queued_messages(data_settings)
    assert waiting.message.audience is Audience.OPERATOR
    text = " ".join(waiting.message.text.split())
    assert text.startswith(" ".join(f"- The refresh failed. {record.reason}".split()))


def test_too_many_open_files_are_no_port_that_is_taken(
    data_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr("socket.create_server", refuse)
    with (
        pytest.raises(TooManyOpenError, match=GOLDEN("raise_the_limit_to_or_more")),
        failing_to_begin(data_settings),
    ):
        server_for_this_process(data_settings)
    (record,) = read_records(data_settings.history_dir)
    assert (record.status, "open no more files" in str(record.reason)) == ("failed", True)


def _with_mail(settings: Settings) -> Settings:
    """With an operator to be told, and no mail server there."""
    mail = {
        "alert_operator_mail": ("operator@hospital.org",),
        "mail_host": "127.0.0.1",
        "mail_port": free_port(),
        "mail_sender": "warehouse@hospital.org",
        "mail_security": "none",
    }
    return settings.model_copy(update=mail)


def test_a_damaged_landed_file_is_named_with_what_to_do(data_settings: Settings) -> None:
    registry = Registry(data_settings)
    registry.put(f"{FOLLOWUPS}\nP1,2021-03-05,telephone,2,no\n")
    registry.put(f"{FOLLOWUPS}\nP2,2021-03-06,telephone,3,no\n", day="site_a/2021-03-06")
    registry.land()
    whole, damaged = sorted((data_settings.landed_dir / "followups").rglob("*.parquet"))
    column = pq.read_metadata(damaged).row_group(0).column(0)
    content = bytearray(damaged.read_bytes())
    start = column.data_page_offset
    content[start : start + column.total_compressed_size] = bytes(column.total_compressed_size)
    damaged.write_bytes(content)
    with duckdb.connect() as connection:
        connection.execute("create schema raw")
        with pytest.raises(DamagedLogError) as error:
            load_landed(connection, data_settings.landed_dir, dictionary(), date(2021, 4, 1))
    assert str(damaged) in str(error.value)
    assert str(whole) not in str(error.value)
    assert "made from site_a/2021-03-06/followups.csv" in str(error.value)
    assert GOLDEN("restore_them_from_backup_or_put") in str(error.value)
    registry.land()
    assert len(registry.rows()) == 2


def test_what_records_a_failure_is_there_before_the_dictionary_is_read() -> None:
    """The rules are made when they are imported: of a study that cannot be read, none are."""
    code = (
        "import warehouse.definitions.dictionary as dictionary\n"
        "def read(*_): raise SystemExit('read at import')\n"
        "dictionary.read_yaml = read\n"
        "import flows.server_errors, warehouse.refresh.places, warehouse.refresh.context\n"
    )
    outcome = subprocess.run(
        [sys.executable, "-c", code], cwd=PROJECT_DIR, capture_output=True, text=True, check=False
    )
    assert (outcome.returncode, outcome.stderr) == (0, "")
