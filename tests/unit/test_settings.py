"""What a person is told of a setting that cannot be used."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.golden import golden
from warehouse.settings import PROJECT_DIR, Settings, SettingsError, settings

GOLDEN = golden("settings")


@pytest.fixture(autouse=True)
def settings_read_again() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "warehouse.toml"
    monkeypatch.setitem(Settings.model_config, "toml_file", path)
    return path


@pytest.mark.parametrize(
    ("name", "value", "stated"),
    [
        (
            "WAREHOUSE_SCHEDULE_TIMEZONE",
            "Mars/City",
            "WAREHOUSE_SCHEDULE_TIMEZONE: there is no time zone 'Mars/City'; one is Asia/Shanghai",
        ),
        (
            "WAREHOUSE_SERVER_PORT",
            "99999",
            "WAREHOUSE_SERVER_PORT: it must be less than or equal to 65535",
        ),
        ("WAREHOUSE_RELEASES_KEPT", "many", "WAREHOUSE_RELEASES_KEPT: it must be a valid integer"),
        (
            "WAREHOUSE_SCHEDULE_CRN",
            "0 3 * * *",
            "WAREHOUSE_SCHEDULE_CRN: there is no such setting; WAREHOUSE_SCHEDULE_CRON may be "
            "meant",
        ),
        (
            "WAREHOUSE_ALERT_OPERATOR_MAIL",
            "it@hospital.example",
            "alerts by mail need mail_host and mail_sender as well",
        ),
        (
            "WAREHOUSE_ALERT_OPERATOR_MAIL",
            "the operator",
            "WAREHOUSE_ALERT_OPERATOR_MAIL: 'the operator' is no mail address",
        ),
        (
            "WAREHOUSE_ALERT_OPERATOR_WEBHOOK",
            "file:///secret",
            "WAREHOUSE_ALERT_OPERATOR_WEBHOOK: the address of a webhook begins with https:// or "
            "http://",
        ),
    ],
)
def test_a_wrong_setting_is_named(
    name: str, value: str, stated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError) as refused:
        settings()
    assert str(refused.value) == (GOLDEN("setting_cannot_be_used_so_nothing", stated=stated))


@pytest.mark.parametrize(
    ("content", "stated"),
    [
        (b'schedule_cron = "0 3 * * *\n', "{file} cannot be read: Illegal character"),
        (b"\xff = 3", "{file} cannot be read: 'utf-8' codec can't decode byte"),
        (b'schedule_crn = "0 3 * * *"', "schedule_crn in warehouse.toml: there is no such setting"),
    ],
)
def test_a_wrong_settings_file_is_explained(content: bytes, stated: str, file: Path) -> None:
    file.write_bytes(content)
    with pytest.raises(SettingsError) as refused:
        settings()
    assert stated.format(file=file) in str(refused.value)


def test_a_settings_file_counts(file: Path) -> None:
    file.write_text('schedule_timezone = "Asia/Shanghai"\nalert_operator_mail = []\n')
    assert settings().schedule_timezone == "Asia/Shanghai"


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty WAREHOUSE_DATA would else mean whatever folder the command was started in."""
    for name in ("WAREHOUSE_DATA", "WAREHOUSE_MAIL_PORT", "WAREHOUSE_ALERT_OPERATOR_WEBHOOK"):
        monkeypatch.setenv(name, "")
    read = settings()
    assert (read.data, read.mail_port, read.alert_operator_webhook) == (
        PROJECT_DIR / "data",
        None,
        None,
    )


def test_variables_of_others_are_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PORT_4200_TCP", "tcp://10.0.0.1:4200")
    assert settings().server_port == 4200


def test_the_file_of_a_warehouse_wins_over_that_of_the_installation(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.write_text(f'data = "{tmp_path}/data"\nserver_port = 4300\nreleases_kept = 3\n')
    own = tmp_path / "data" / "config" / "warehouse.toml"
    own.parent.mkdir(parents=True)
    own.write_text("server_port = 4301\nlogs_max_mb = 7\n")
    monkeypatch.delenv("WAREHOUSE_DATA")
    monkeypatch.setenv("WAREHOUSE_LOGS_MAX_MB", "8")
    read = settings()
    assert (read.data, read.server_port, read.releases_kept, read.logs_max_mb) == (
        tmp_path / "data",
        4301,
        3,
        8,
    )
    own.write_text('data = "/elsewhere"\n')
    settings.cache_clear()
    with pytest.raises(SettingsError, match=GOLDEN("data_says_where_this_file_is")):
        settings()
