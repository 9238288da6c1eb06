"""Alerts on a real mail server and a real web listener: the right person, once, without values."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import duckdb
import pytest

from tests.support.golden import golden
from tests.support.mail_server import (
    REFUSED,
    Mailbox,
    free_port,
    mail_server,
    own_certificate,
    web_listener,
)
from warehouse.alerts.message import Message, compose
from warehouse.alerts.models import Alert, Audience
from warehouse.alerts.notify import alerting, notify_missed, notify_status, put_test, send_again
from warehouse.alerts.outbox import put, queued_messages, unsendable_dir
from warehouse.alerts.sent_log import notified_queries_path
from warehouse.digests import DIFFERS, file_digest
from warehouse.errors import WarehouseError
from warehouse.history import RefreshRecord, utc_now, write_record
from warehouse.lock import AlreadyRunningError
from warehouse.publish import point_published_at
from warehouse.refresh.errors import GateFailedError
from warehouse.settings import Settings, SettingsError, settings

GOLDEN = golden("alerts")

OPERATOR, DATA_MANAGER = "operator@hospital.example", "data@hospital.example"
VALUE = "Zhang San 1955-04-02"
TABLES = """
create schema quality;
create table quality.violations (
    problem_id varchar, rule varchar, title varchar, severity varchar, source_file varchar,
    found varchar, status varchar
);
create table quality.deliveries (source_file varchar, status varchar, reason varchar);
create table quality.delivery_findings (
    rule varchar, title varchar, extract varchar, site varchar, delivered_on date,
    consequence varchar
);
create table quality.expected_deliveries (
    site varchar, extract varchar, status varchar, last_delivered_on date, usual_days integer,
    expected_on date
);
"""
FILE = "north/2024-06-03/admissions.csv"
NIHSS, SEX = ("admissions.baseline_nihss.range", "NIHSS"), ("admissions.sex.codes", "Sex")


class Landing:
    """What landing left alone, and what it repaired."""

    def __init__(self, skipped_lines: list[str]) -> None:
        self.skipped_lines = skipped_lines
        self.repaired: tuple[str, ...] = ()


class Night:
    """A refresh that published a release with given problems."""

    def __init__(
        self, settings: Settings, number: int, problems: dict[str, tuple[str, str]]
    ) -> None:
        self.settings = settings
        self.landing = Landing([])
        identity = f"2024060{number}T020000Z"
        self.record = RefreshRecord(
            refresh_id=identity,
            started_at=datetime(2024, 6, number, 2),
            finished_at=datetime(2024, 6, number, 2, 1),
            as_of=date(2024, 6, number),
            status="published",
            release=f"{identity}.duckdb",
        )
        settings.releases_dir.mkdir(parents=True, exist_ok=True)
        write_record(settings.history_dir, self.record)
        with duckdb.connect(settings.releases_dir / self.record.release) as connection:
            connection.execute(TABLES)
            for problem, (rule, title) in problems.items():
                connection.execute(
                    "insert into quality.violations values (?, ?, ?, 'reject', ?, ?, 'open')",
                    [problem, rule, title, FILE, VALUE],
                )
        release = settings.releases_dir / self.record.release
        point_published_at(release, settings.published_path)

    def add(self, table: str, *values: object) -> Night:
        """Add a row to a quality table of the release."""
        with duckdb.connect(self.settings.releases_dir / str(self.record.release)) as connection:
            marks = ", ".join("?" * len(values))
            connection.execute(f"insert into quality.{table} values ({marks})", list(values))
        return self

    def ends(self) -> None:
        """Let the alerts of the night be sent."""
        with alerting(self.settings) as alerts:
            alerts.refresh = self


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    with mail_server() as (box, port):
        yield box, port


@pytest.fixture
def reported(mailbox: tuple[Mailbox, int], tmp_path: Path) -> tuple[Settings, Mailbox]:
    """An installation that tells two people by mail, and their mail server."""
    box, port = mailbox
    return _settings(tmp_path, port), box


def _settings(tmp_path: Path, port: int, **changes: object) -> Settings:
    (tmp_path / "data" / "raw" / "north").mkdir(parents=True, exist_ok=True)
    given = {
        "data": tmp_path / "data",
        "mail_host": "127.0.0.1",
        "mail_port": port,
        "mail_security": "none",
        "mail_sender": "warehouse@hospital.example",
        "alert_operator_mail": OPERATOR,
        "alert_data_manager_mail": DATA_MANAGER,
    }
    return Settings(**(given | changes))


def _text(box: Mailbox, number: int = -1) -> str:
    return str(box.mails[number].get_content())


def test_new_violations_are_reported_to_the_data_manager_by_rule_and_file(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    night = Night(settings, 3, {"a": NIHSS, "b": NIHSS, "c": SEX})
    night.record.change_note = "Two new patients; cohort 127 -> 128."
    night.ends()
    (mail,) = box.mails
    assert box.recipients == [[DATA_MANAGER]]
    assert mail["Subject"] == (GOLDEN("thrombectomy_warehouse_north_new_things_to"))
    assert _text(box).splitlines()[:6] == [
        GOLDEN("release_deliveries_up_to_is_published"),
        GOLDEN("two_new_patients_cohort"),
        "",
        GOLDEN("queries_rejected_nihss", nihss=NIHSS[0], file=FILE),
        GOLDEN("query_rejected_sex", sex=SEX[0], file=FILE),
        "",
    ]
    assert VALUE not in _text(box)


def test_what_was_sent_is_not_sent_again_and_what_comes_back_is(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    Night(settings, 3, {"a": NIHSS, "b": NIHSS}).ends()
    Night(settings, 4, {"a": NIHSS, "b": NIHSS}).ends()
    assert len(box.mails) == 1
    Night(settings, 5, {"b": NIHSS, "c": NIHSS}).ends()
    assert GOLDEN("query_rejected_nihss", nihss=NIHSS[0], file=FILE) in _text(box)
    Night(settings, 6, {"a": NIHSS, "b": NIHSS, "c": NIHSS}).ends()
    assert len(box.mails) == 3
    assert GOLDEN("query_rejected_nihss", nihss=NIHSS[0], file=FILE) in _text(box)


@pytest.mark.parametrize("content", [b"", b"PAR1 and half of it"])
def test_a_damaged_note_of_what_was_sent_sends_again(
    content: bytes, reported: tuple[Settings, Mailbox]
) -> None:
    settings, box = reported
    Night(settings, 3, {"a": NIHSS}).ends()
    notified_queries_path(settings).write_bytes(content)
    Night(settings, 4, {"a": NIHSS}).ends()
    assert len(box.mails) == 2
    Night(settings, 5, {"a": NIHSS}).ends()
    assert len(box.mails) == 2


def test_alerts_of_held_rejected_and_skipped_deliveries_are_sent_once(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    for number in (3, 4):
        night = Night(settings, number, {})
        night.add("deliveries", "north/2024-06-03/imaging.csv", "rejected", "it is empty")
        night.add(
            "delivery_findings",
            *("procedures.delivery.volume", "Volume", "procedures", "north"),
            *(date(2024, 6, 3), "hold_delivery"),
        )
        night.landing.skipped_lines.append("north/letters: not a day")
        night.ends()
    assert len(box.mails) == 1
    assert _text(box).splitlines()[2:5] == [
        GOLDEN("rejected_file_north_imaging_csv_it"),
        GOLDEN("procedures_of_north_is_held_none"),
        GOLDEN("not_read_north_letters_not_day"),
    ]


def test_an_extract_that_did_not_come_is_reported_once_for_each_lapse(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    first, second = date(2024, 5, 27), date(2024, 6, 3)
    lapses = [(first, "overdue"), (first, "overdue"), (second, "in time"), (second, "overdue")]
    mails = []
    for number, (last, status) in enumerate(lapses, start=3):
        night = Night(settings, number, {})
        expected = last + timedelta(days=3)
        night.add("expected_deliveries", "north", "imaging", status, last, 3, expected).ends()
        mails.append(len(box.mails))
    assert mails == [1, 1, 1, 2]
    reported_of = (
        "- not delivered: imaging of north: overdue since 2024-05-30 (last on 2024-05-27, "
    )
    assert _text(box, 0).splitlines()[2].startswith(f"{reported_of}usually every 3 days)")


def test_what_was_corrected_and_comes_back_is_reported_again(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    mails = []
    for number, is_empty in ((3, True), (4, True), (5, False), (6, True)):
        night = Night(settings, number, {})
        if is_empty:
            night.add("deliveries", "north/2024-06-03/imaging.csv", "rejected", "it is empty")
        night.ends()
        mails.append(len(box.mails))
    assert mails == [1, 1, 1, 2]


def test_a_quiet_night_notifies_nobody(reported: tuple[Settings, Mailbox]) -> None:
    settings, box = reported
    Night(settings, 3, {}).ends()
    assert box.mails == []


def test_a_release_of_a_past_day_is_no_news(reported: tuple[Settings, Mailbox]) -> None:
    settings, box = reported
    Night(settings, 5, {"a": NIHSS}).ends()
    past = Night(settings, 6, {"z": SEX})
    past.record.as_of = date(2022, 1, 1)
    past.ends()
    Night(settings, 7, {"a": NIHSS}).ends()
    assert len(box.mails) == 1


def _fails(settings: Settings, error: BaseException) -> None:
    with pytest.raises(type(error)), alerting(settings):
        raise error


def test_a_failed_refresh_is_reported_to_the_operator_once_and_its_end_too(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    Night(settings, 3, {}).ends()
    _fails(settings, WarehouseError("The disk is full: 12 MB are free. Make room."))
    _fails(settings, WarehouseError("The disk is full: 11 MB are free. Make room."))
    assert box.recipients == [[OPERATOR]]
    assert box.mails[0]["Subject"] == GOLDEN("thrombectomy_warehouse_north_the_refresh_failed")
    assert _text(box).splitlines()[:3] == [
        "- The refresh failed.",
        GOLDEN("the_disk_is_full_mb_are"),
        GOLDEN("the_release_of_utc_stays_and"),
    ]
    _fails(settings, WarehouseError("The folder cannot be written to."))
    assert GOLDEN("the_folder_cannot_be_written_to") in _text(box)
    Night(settings, 4, {}).ends()
    Night(settings, 5, {}).ends()
    assert len(box.mails) == 3
    assert box.mails[2]["Subject"] == GOLDEN("thrombectomy_warehouse_north_the_refresh_works")


def test_a_gate_that_holds_alerts_the_data_manager(reported: tuple[Settings, Mailbox]) -> None:
    settings, box = reported
    _fails(settings, GateFailedError("The cohort has two rows of a patient."))
    assert box.recipients == [[DATA_MANAGER]]


def test_no_error_carries_a_patients_value(reported: tuple[Settings, Mailbox]) -> None:
    settings, box = reported
    _fails(settings, duckdb.ConversionException(f"cannot convert {VALUE}"))
    assert len(box.mails) == 1
    assert "ConversionException" in _text(box)
    assert VALUE not in _text(box) + box.mails[0]["Subject"]


def test_whoever_is_refused_by_the_lock_is_not_reported(reported: tuple[Settings, Mailbox]) -> None:
    settings, box = reported
    _fails(settings, AlreadyRunningError("A refresh is already running."))
    assert box.mails == []


def test_reports_that_are_missing_and_an_interrupted_night_are_reported(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    killed = Night(settings, 3, {}).record
    killed.status, killed.release = "interrupted", None
    killed.reason = "the process ended before the refresh did"
    write_record(settings.history_dir, killed)
    night = Night(settings, 4, {})
    night.record.reason = "quality page: no room"
    night.ends()
    assert _text(box).splitlines()[:5] == [
        GOLDEN("the_refresh_that_began_at_utc"),
        GOLDEN("release_was_published_and_its_reports"),
        "  quality page: no room",
        "",
        GOLDEN("on_the_warehouse_machine_warehouse_status"),
    ]


def test_damage_that_was_repaired_is_reported_to_the_operator(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    for number in (3, 4):
        night = Night(settings, number, {})
        night.landing.repaired = ("landed/followups/x.parquet: damaged; made again",)
        night.ends()
    Night(settings, 5, {}).ends()
    assert box.recipients == [[OPERATOR], [OPERATOR]]
    assert GOLDEN("landed_files_were_damaged_and_were") in _text(box)
    assert "landed/followups/x.parquet: damaged; made again" in _text(box)


def test_a_release_that_is_not_as_it_was_published_is_reported_once(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    night = Night(settings, 3, {})
    release = settings.releases_dir / str(night.record.release)
    night.record.digests["release"] = file_digest(release)
    write_record(settings.history_dir, night.record)
    notify_status(settings)
    assert "damage" not in "".join(map(_text_of, box.mails))
    with duckdb.connect(release) as connection:
        connection.execute("delete from quality.deliveries")
        connection.execute("create table quality.edited as select 1 as edited")
    for _ in range(2):
        notify_status(settings)
    mails = [text for text in map(_text_of, box.mails) if "which people read" in text]
    assert len(mails) == 1
    assert mails[0].startswith(
        GOLDEN("release_which_people_read", refresh_id=night.record.refresh_id, differs=DIFFERS)
    )


def _text_of(mail: EmailMessage) -> str:
    return str(mail.get_content())


def test_reports_that_fail_night_after_night_are_reported_once(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    for number in (3, 4):
        night = Night(settings, number, {})
        night.record.reason = (
            f"Release {night.record.release} can be used, but not all of its reports were "
            f"written:\n  - quality page: no room\nA refresh needs about 60 MB; {number} are free."
        )
        night.ends()
    assert len(box.mails) == 1


def test_missed_nights_are_reported_once_together(reported: tuple[Settings, Mailbox]) -> None:
    settings, box = reported
    nights = [datetime(2024, 6, day, 18, tzinfo=UTC) for day in (3, 4, 5)]
    notify_missed(settings, nights)
    notify_missed(settings, nights)
    notify_missed(settings, [])
    assert len(box.mails) == 1
    assert GOLDEN("hours_between_and_utc") in _text(box)


def test_a_release_that_is_too_old_is_reported_once_until_there_is_a_newer_one(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    Night(settings, 3, {}).ends()
    notify_status(settings)
    notify_status(settings)
    assert len(box.mails) == 1
    assert GOLDEN("the_last_good_release_is") in _text(box)
    assert GOLDEN("more_than_the_allowed") in _text(box)


def test_an_alert_waits_while_the_mail_server_is_down(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    port = free_port()
    settings = _settings(tmp_path, port)
    with caplog.at_level(logging.INFO, "warehouse"):
        Night(settings, 3, {"a": NIHSS}).ends()
    (waiting,) = queued_messages(settings)
    assert (waiting.channel, waiting.attempts) == ("mail", 1)
    assert "Connection refused" in waiting.last_error
    assert GOLDEN("it_waits_and_is_tried_again") in caplog.text

    with mail_server(port) as (box, _):
        Night(settings, 4, {"a": NIHSS}).ends()
        assert len(box.mails) == 1
        assert "20240603T020000Z" in _text(box)
    assert queued_messages(settings) == []


def test_an_alert_that_cannot_be_built_is_put_aside_and_the_next_are_sent(
    reported: tuple[Settings, Mailbox],
) -> None:
    """What an earlier version queued of a folder with a line break in its name, and half a file."""
    settings, box = reported
    outbox = settings.alerts_dir / "outbox"
    for name, subject, text in (
        ("2024-01-01", "two\nlines", "text"),
        ("2024-01-02", "subject", "half of a character: \ud800"),
        ("2024-01-04", "the next", "text"),
    ):
        message = Message(name, f"{name}T02:00:00+00:00", Audience.OPERATOR, subject, text)
        put(settings, message)
    (outbox / "2024-01-03.json").write_text('{"message": {')
    assert send_again(settings) == 0
    assert [mail["Subject"] for mail in box.mails] == ["the next"]
    aside = sorted(path.name[:10] for path in unsendable_dir(settings).iterdir())
    assert aside == ["2024-01-01", "2024-01-02", "2024-01-03"]


def test_whatever_lies_among_the_alerts_is_put_aside_and_not_waited_for(
    reported: tuple[Settings, Mailbox], caplog: pytest.LogCaptureFixture
) -> None:
    """A pipe, a link to what never ends, a terabyte, a folder twice, and a list for a message."""
    settings, box = reported
    outbox = settings.alerts_dir / "outbox"
    put(settings, Message("next", "2024-01-09T02:00:00+00:00", Audience.OPERATOR, "next", "text"))
    os.mkfifo(outbox / "1_pipe.json")
    (outbox / "2_link.json").symlink_to("/dev/zero")
    with (outbox / "3_huge.json").open("wb") as handle:
        handle.truncate(1 << 40)
    (outbox / "5_list.json").write_text("[]")
    for name in ("told.json", "told.lock"):
        os.mkfifo(settings.alerts_dir / name)
    for _ in range(2):
        (outbox / "4_folder.json").mkdir()
        ((outbox / "4_folder.json") / "kept").touch()
        assert send_again(settings) == 0
    assert [mail["Subject"] for mail in box.mails] == ["next"]
    aside = {path.name for path in unsendable_dir(settings).iterdir()}
    folders = {"4_folder.json", "4_folder.json_"}
    assert aside == folders | {"1_pipe.json", "2_link.json", "3_huge.json", "5_list.json"}
    assert len(caplog.messages) == len(aside), caplog.text


def test_a_copy_of_an_alert_is_not_sent_again(reported: tuple[Settings, Mailbox]) -> None:
    """Beside its original, and after that was sent."""
    settings, box = reported
    put(settings, Message("one", "2024-01-09T02:00:00+00:00", Audience.OPERATOR, "one", "text"))
    [original] = (settings.alerts_dir / "outbox").iterdir()
    copies = [original.with_name(f"{original.stem} ({number}).json") for number in (1, 2)]
    content = original.read_bytes()
    copies[0].write_bytes(content)
    assert send_again(settings) == 0
    copies[1].write_bytes(content)
    assert send_again(settings) == 0
    assert [mail["Subject"] for mail in box.mails] == ["one"]
    assert {path.name for path in unsendable_dir(settings).iterdir()} == {
        copy.name for copy in copies
    }


def test_half_of_a_character_keeps_no_alert_back(reported: tuple[Settings, Mailbox]) -> None:
    settings, _ = reported
    message = compose(settings, [Alert("key", Audience.OPERATOR, "half \ud800\nof it")], "")
    assert message.subject == GOLDEN("thrombectomy_warehouse_north_half")
    assert GOLDEN("half_of_it") in message.text


def test_a_folder_with_a_strange_name_keeps_no_alert_back(
    reported: tuple[Settings, Mailbox],
) -> None:
    settings, box = reported
    for name in ("two\nlines", "c" * 255, os.fsdecode(b"half\xff")):
        (settings.raw_dir / name).mkdir()
    Night(settings, 3, {"a": NIHSS}).ends()
    assert [queued_messages(settings), len(box.mails)] == [[], 1]
    assert box.mails[0]["Subject"].startswith("[Thrombectomy warehouse: north]")


def test_only_the_recipient_who_was_refused_is_tried_again(
    mailbox: tuple[Mailbox, int], tmp_path: Path
) -> None:
    box, port = mailbox
    settings = _settings(tmp_path, port, alert_operator_mail=f"{OPERATOR}, {REFUSED}")
    _fails(settings, WarehouseError("It failed."))
    assert box.recipients == [[OPERATOR]]
    assert [waiting.recipients for waiting in queued_messages(settings)] == [(REFUSED,)]
    assert send_again(settings) == 1
    assert box.recipients == [[OPERATOR]]


def test_mail_is_encrypted_and_the_password_is_nowhere_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    certificate = own_certificate(tmp_path)
    secret = tmp_path / "password"
    secret.write_text("right\n", encoding="utf-8")
    with mail_server(certificate=certificate) as (box, port):
        plain = _settings(tmp_path, port, mail_security="starttls", mail_user="warehouse")
        given = {"mail_password_file": secret, "alert_ca_file": certificate}
        _fails(plain, WarehouseError("It failed."))
        assert "CERTIFICATE_VERIFY_FAILED" in queued_messages(plain)[0].last_error
        missing = tmp_path / "missing.pem"
        assert send_again(plain.model_copy(update={"alert_ca_file": missing})) == 1
        assert (
            GOLDEN("no_such_file_or_directory", missing=missing)
            in queued_messages(plain)[0].last_error
        )

        with caplog.at_level(logging.DEBUG):
            known = plain.model_copy(update=given)
            assert send_again(known) == 0
        assert box.logins == [("warehouse", "right")]
        assert box.recipients == [[OPERATOR]]
        assert "right" not in caplog.text

        secret.write_text("wrong", encoding="utf-8")
        put_test(known)
        assert send_again(known) == 2
        assert "535" in queued_messages(known)[0].last_error


def test_a_channel_that_is_down_is_asked_once_in_a_round(tmp_path: Path) -> None:
    """Each message would wait for it as long, and the refresh with it."""
    settings = _settings(tmp_path, free_port())
    put_test(settings)
    assert send_again(settings) == 2
    assert [waiting.attempts for waiting in queued_messages(settings)] == [1, 0]


def test_a_webhook_gets_json_and_one_that_refuses_gets_it_again(tmp_path: Path) -> None:
    no_mail = {"alert_operator_mail": "", "alert_data_manager_mail": "", "mail_host": None}
    with web_listener(503) as (refused, url):
        down = _settings(tmp_path, 25, alert_operator_webhook=url, **no_mail)
        _fails(down, WarehouseError("It failed."))
        assert len(refused) == 1
        assert url not in queued_messages(down)[0].last_error
    with web_listener() as (elsewhere, target), web_listener(302, target) as (_, url):
        assert send_again(_settings(tmp_path, 25, alert_operator_webhook=url, **no_mail)) == 1
        assert elsewhere == []
    with web_listener() as (taken, url):
        up = _settings(tmp_path, 25, alert_operator_webhook=url, **no_mail)
        assert send_again(up) == 0
        (alert,) = taken
        assert alert["audience"] == "operator"
        assert alert["subject"] == GOLDEN("thrombectomy_warehouse_north_the_refresh_failed")
        assert "It failed." in alert["text"]
        # Nobody else is set, so the operator gets the data manager's news as well.
        Night(up, 3, {"a": NIHSS}).ends()
        assert [alert["audience"] for alert in taken] == ["operator", "operator", "data_manager"]


def test_nothing_is_noted_as_sent_while_nobody_can_be_notified(tmp_path: Path) -> None:
    silent = Settings(data=tmp_path / "data")
    Night(silent, 3, {"a": NIHSS}).ends()
    _fails(silent, WarehouseError("It failed."))
    assert queued_messages(silent) == []
    with mail_server() as (box, port):
        Night(_settings(tmp_path, port), 4, {"a": NIHSS}).ends()
        assert len(box.mails) == 1


def test_a_damaged_memory_or_a_lost_release_never_fails_the_refresh(
    reported: tuple[Settings, Mailbox], caplog: pytest.LogCaptureFixture
) -> None:
    settings, box = reported
    settings.alerts_dir.mkdir(parents=True)
    (settings.alerts_dir / "told.json").write_text("{", encoding="utf-8")
    night = Night(settings, 3, {"a": NIHSS})
    shutil.rmtree(settings.releases_dir)
    with caplog.at_level(logging.INFO, "warehouse"):
        night.ends()
    assert GOLDEN("alerts_could_not_be_made") in caplog.text
    assert box.mails == []


def test_alerts_that_could_never_be_sent_are_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WAREHOUSE_ALERT_OPERATOR_MAIL", "a@hospital.example, b@hospital.example")
    with pytest.raises(SettingsError, match="mail_host and mail_sender"):
        settings.__wrapped__()
    monkeypatch.setenv("WAREHOUSE_MAIL_HOST", "mail.hospital.example")
    monkeypatch.setenv("WAREHOUSE_MAIL_SENDER", "warehouse@hospital.example")
    read = settings.__wrapped__()
    assert read.alert_operator_mail == ("a@hospital.example", "b@hospital.example")
    assert read.mail_server_port == 587
    monkeypatch.setenv("WAREHOUSE_MAIL_SECURITY", "none")
    monkeypatch.setenv("WAREHOUSE_MAIL_USER", "warehouse")
    with pytest.raises(SettingsError, match="no password in clear"):
        settings.__wrapped__()


def test_status_of_a_night_long_past(reported: tuple[Settings, Mailbox]) -> None:
    """The age counts from the end of the refresh."""
    settings, _ = reported
    night = Night(settings, 3, {}).record
    night.finished_at = utc_now() - timedelta(hours=29)
    write_record(settings.history_dir, night)
    notify_status(settings)
    assert queued_messages(settings) == []


def test_a_test_that_nobody_would_get_says_so(data_settings: Settings) -> None:
    with pytest.raises(SettingsError, match="no recipient is set"):
        put_test(data_settings)
