"""Locks on disk: a lock that is gone or was edited is named, and nothing takes its place."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from warehouse.definitions.study import LockLine
from warehouse.definitions.study_files import load_study
from warehouse.digests import file_digest, sealed
from warehouse.exports.choices import Content, ExportError, Format
from warehouse.exports.export import ExportRequest
from warehouse.exports.locked import locked_export
from warehouse.files import make_folder
from warehouse.history import RefreshRecord, read_records, write_record
from warehouse.locks.changes import line_fault
from warehouse.locks.facts import fact_changes
from warehouse.locks.lock import CANDIDATE_PREFIX, Lock, LockError, read_locks
from warehouse.locks.make import finish, recover
from warehouse.settings import Settings
from warehouse.status import Level, read_status
from warehouse.verification.kept import locked_files

DAY = date(2026, 2, 15)
TABLE = "exports/jama/table1.csv"


def written(folder: Path) -> str:
    """The files of a lock; returns the digest of its manifest."""
    for name, content in ((TABLE, b"February"), ("facts.json", b"{}")):
        make_folder((folder / name).parent)
        (folder / name).write_bytes(content)
    files = {name: file_digest(folder / name) for name in (TABLE, "facts.json")}
    manifest = {"study": "s", "on": str(DAY), "because": "data lock", "files": files}
    (folder / "manifest.json").write_bytes(sealed(json.dumps(manifest)))
    return file_digest(folder / "manifest.json")


def recorded(settings: Settings, refresh_id: str, **more: object) -> RefreshRecord:
    """The record of a published refresh."""
    record = RefreshRecord(refresh_id, datetime(2026, 2, 15), DAY, status="published", **more)
    write_record(settings.history_dir, record)
    return record


@pytest.fixture
def locked(data_settings: Settings) -> Settings:
    """A warehouse whose study s is locked."""
    digest = written(data_settings.locks_dir / "s" / str(DAY))
    recorded(data_settings, "20260215T020000Z", locks={f"s/{DAY}": digest})
    return data_settings


def the_lock(settings: Settings) -> Lock:
    (lock,) = read_locks(settings, read_records(settings.history_dir))
    return lock


def export(settings: Settings, **more: object) -> bytes:
    """The locked Table 1 as CSV."""
    request = {"content": Content.table1, "form": Format.csv, "style": "jama", "study": "s"}
    return locked_export(settings, ExportRequest(**request | more))


def test_a_whole_lock_gives_its_bytes(locked: Settings) -> None:
    assert (the_lock(locked).name, the_lock(locked).fault) == ("s/2026-02-15", None)
    assert export(locked) == b"February"
    assert [file.state for file in locked_files(locked)] == ["intact"] * 2


@pytest.mark.parametrize("damage", ["edited", "a file gone", "manifest edited", "folder gone"])
def test_a_damaged_lock_is_refused_and_critical(locked: Settings, damage: str) -> None:
    folder = the_lock(locked).folder
    match damage:
        case "edited":
            (folder / TABLE).write_bytes(b"May")
        case "a file gone":
            (folder / TABLE).unlink()
        case "manifest edited":
            written(folder)
            text = (folder / "manifest.json").read_text()
            (folder / "manifest.json").write_text(text.replace("data lock", "other"))
        case "folder gone":
            for path in sorted(folder.rglob("*"), reverse=True):
                path.rmdir() if path.is_dir() else path.unlink()
            folder.rmdir()
    lock = the_lock(locked)
    assert lock.fault is not None
    assert lock.line in read_status(locked).lost
    assert read_status(locked).level is Level.CRITICAL
    assert [file.line for file in locked_files(locked) if file.state == "damaged"] != []
    with pytest.raises(LockError):
        export(locked)


def test_a_lock_without_history_counts_as_it_lies_there(data_settings: Settings) -> None:
    written(data_settings.locks_dir / "s" / str(DAY))
    assert the_lock(data_settings).fault is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"study": None},
        {"study": "t"},
        {"overall": True, "form": Format.docx},
        {"form": Format.docx},
    ],
)
def test_what_a_lock_does_not_have_is_refused(locked: Settings, wrong: dict[str, object]) -> None:
    with pytest.raises(ExportError):
        export(locked, **wrong)


@pytest.mark.parametrize(("status", "is_kept"), [("published", True), ("interrupted", False)])
def test_a_killed_refresh_leaves_a_lock_only_if_it_published(
    data_settings: Settings, status: str, is_kept: bool
) -> None:
    record = recorded(data_settings, "20260215T020000Z")
    record.status = status
    candidate = data_settings.locks_dir / "s" / f"{CANDIDATE_PREFIX}{record.refresh_id}"
    written(candidate)
    recover(data_settings, {record.refresh_id: record})
    assert not candidate.exists()
    assert (data_settings.locks_dir / "s" / str(DAY) / TABLE).exists() == is_kept


def test_a_lock_is_finished_once(data_settings: Settings) -> None:
    written(data_settings.locks_dir / "s" / f"{CANDIDATE_PREFIX}1")
    finish(data_settings, "1", DAY)
    finish(data_settings, "1", DAY)
    folder = data_settings.locks_dir / "s" / str(DAY)
    assert [path.name for path in (data_settings.locks_dir / "s").iterdir()] == [str(DAY)]
    assert folder.stat().st_mode & 0o222 == 0


def test_changed_facts_have_both_texts() -> None:
    before = {
        "definition": {"flow.age.keep": "age >= 18", "title": "T"},
        "setting": {"sites/north.yaml": "site: north\nmissing: [unk]\n"},
        "rule": {"admissions.age": "Age"},
    }
    after = {
        "definition": {"flow.age.keep": "age >= 40", "title": "T"},
        "setting": {"sites/north.yaml": "site: north\nmissing: [unk, na]\n", "outcomes.yaml": "a"},
        "rule": {"admissions.age": "Age"},
        "version": {"duckdb": "1.5"},
    }
    assert [tuple(change) for change in fact_changes(before, after)] == [
        ("definition", "flow.age.keep", "age >= 18", "age >= 40"),
        ("setting", "outcomes.yaml", None, "a"),
        ("setting", "sites/north.yaml", "missing: [unk]", "missing: [unk, na]"),
        ("version", "duckdb", None, "1.5"),
    ]


@pytest.mark.parametrize(
    ("line", "is_named"),
    [
        (None, True),
        ({"on": "2026-03-01", "because": "b"}, True),
        ({"on": DAY, "because": "b"}, False),
    ],
)
def test_a_lock_whose_line_is_gone_or_another_says_which_to_put_back(
    locked: Settings, line: dict[str, object] | None, is_named: bool
) -> None:
    study = load_study("guo_2023").model_copy(update={"lock": line and LockLine(**line)})
    fault = line_fault(the_lock(locked), study)
    assert (fault is not None and f"{DAY}" in fault) == is_named
    assert line_fault(the_lock(locked), None) is not None
