"""The landed log: what is remembered, replaced, kept, swept; and what it says of a file."""

from __future__ import annotations

import gzip
import json
import shutil
from dataclasses import replace
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from tests.support.golden import golden
from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.digests import sealed, unsealed
from warehouse.files import make_folder
from warehouse.landing import LandingReport, SkippedFile
from warehouse.landing.file_snapshot import file_sha256
from warehouse.landing.manifest import file_id, read_log, write_manifest
from warehouse.landing.reland import reland
from warehouse.landing.schemas import LINEAGE, VIOLATION, landed_schema
from warehouse.settings import Settings
from warehouse.work_database import read_manifests

GOLDEN = golden("landing")

ROW = "P1,2021-03-05,telephone,2,no"
CSV = f"{FOLLOWUPS}\n{ROW}\n"
LATER = "site_a/2021-04-05"


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of the log by its path; manifests without the time of landing."""
    return {
        path.relative_to(folder).as_posix(): _content(path)
        for path in folder.rglob("*")
        if path.is_file()
    }


def _content(path: Path) -> bytes:
    if path.suffix != ".json":
        return path.read_bytes()
    return json.dumps(json.loads(path.read_text()) | {"landed_at": None, "sha256": None}).encode()


def sha256_of(document: Path) -> str:
    """The digest of a sealed document, of all that stands before it."""
    text, _, _ = document.read_bytes().rpartition(b',\n"sha256": ')
    return sha256(text).hexdigest()


def outcome(report: LandingReport) -> list[tuple[str, str]]:
    return [(file.source_file, file.status) for file in report.files]


def test_manifest_says_what_was_read_and_how(registry: Registry) -> None:
    registry.put("mode: full\nnote: first\n", "delivery.yaml")
    path = registry.put(f"{CSV}broken\n".replace("lost_to", "x,lost_to").replace(",no", ",,no"))
    [manifest] = registry.land().files
    [stored] = (registry.settings.landed_dir / "files").rglob("*.json")
    raw_sha256 = file_sha256(path)
    identity = file_id(f"{DAY}/followups.csv", raw_sha256)
    assert stored.relative_to(registry.settings.landed_dir).as_posix() == (
        f"files/site=site_a/delivered_on=2021-03-05/{identity}.json"
    )
    assert json.loads(stored.read_text()) == {
        "file_id": identity,
        "site": "site_a",
        "delivered_on": "2021-03-05",
        "extract": "followups",
        "source_file": f"{DAY}/followups.csv",
        "file_sha256": raw_sha256,
        "size_bytes": path.stat().st_size,
        "mode": "full",
        "status": "landed",
        "contract_sha256": manifest.contract_sha256,
        "secret_fingerprint": manifest.secret_fingerprint,
        "landed_at": manifest.landed_at,
        "file_format": "csv",
        "encoding": "utf-8",
        "delimiter": ",",
        "reason": None,
        "duplicate_of": None,
        "limits": {},
        "rows_in_file": 2,
        "rows_landed": 1,
        "rows_unreadable": 1,
        "rows_no_record": 0,
        "rows_left_out": 0,
        "rows_unread": 0,
        "has_unread_records": False,
        "unknown_columns": ["x"],
        "missing_columns": ["time_point", "death_date", "rater_blinded"],
        "part": None,
        "compared_with": None,
        "content_sha256": raw_sha256,
        "mapping_sha256": manifest.mapping_sha256,
        "dictionary_sha256": manifest.dictionary_sha256,
        "is_ascii": True,
        "columns": ["patient_id", "assessed_on", "mode", "mrs", "x", "lost_to_followup"],
        "sources": {
            name: name for name in ("patient_id", "assessed_on", "mode", "mrs", "lost_to_followup")
        },
        "cells": {name: [1, 0] for name in ("assessed_on", "mode", "mrs", "lost_to_followup")},
        "conversions": {},
        "rules_at_work": [],
        "digests": {
            folder: file_sha256(next((registry.settings.landed_dir / place).rglob("*.parquet")))
            for folder, place in (("violations", "violations"), ("rows", "followups"))
        },
        "sha256": sha256_of(stored),
    }


def test_rows_and_violations_stand_beside_it_in_the_agreed_columns(registry: Registry) -> None:
    registry.put(CSV.replace("2021-03-05", "2021-02-30"))
    [manifest] = registry.land().files
    place = f"site=site_a/delivered_on=2021-03-05/{manifest.file_id}.parquet"
    rows = pq.ParquetFile(registry.settings.landed_dir / "followups" / place).read()
    violations = pq.ParquetFile(registry.settings.landed_dir / "violations" / place).read()
    [row] = rows.to_pylist()
    assert row["patient_alike"] not in (None, row["patient_key"])
    assert rows.schema == landed_schema(dictionary().extracts["followups"])
    assert row == {
        "row_id": f"{manifest.file_id}:2",
        "site": "site_a",
        "delivered_on": date(2021, 3, 5),
        "source_file": f"{DAY}/followups.csv",
        "file_id": manifest.file_id,
        "source_row": 2,
        "record_key": row["patient_key"],
        "patient_alike": row["patient_alike"],
        "patient_key": row["patient_key"],
        "admission_key": None,
        "time_point": None,
        "assessed_on": None,
        "mode": "telephone",
        "mrs": 2,
        "death_date": None,
        "lost_to_followup": False,
        "rater_blinded": None,
        "unparsed_fields": ["assessed_on"],
    }
    assert violations.schema == VIOLATION
    assert violations.to_pylist() == [
        {
            "rule": "followups.assessed_on.type",
            "extract": "followups",
            "site": "site_a",
            "delivered_on": date(2021, 3, 5),
            "source_file": f"{DAY}/followups.csv",
            "file_id": manifest.file_id,
            "source_row": 2,
            "row_id": f"{manifest.file_id}:2",
            "record_key": row["patient_key"],
            "field": "assessed_on",
            "severity": "reject",
            "found": "2021-02-30",
            "expected": GOLDEN("date_such_as"),
            "action": GOLDEN("correct_date_of_assessment_at_the"),
        }
    ]


def test_second_run_lands_nothing_and_changes_nothing(registry: Registry) -> None:
    registry.put(CSV)
    registry.put("nothing", "followups_2.csv")
    registry.land()
    before = contents(registry.settings.landed_dir)
    report = registry.land()
    assert (report.files, report.skipped, report.files_remembered) == ((), (), 2)
    assert contents(registry.settings.landed_dir) == before


def test_same_input_gives_the_same_bytes(registry: Registry) -> None:
    registry.put(CSV)
    registry.put(f"{CSV}P2,2021-02-30,nobody,2,maybe\n", day=LATER)
    registry.land()
    before = contents(registry.settings.landed_dir)
    shutil.rmtree(registry.settings.landed_dir)
    registry.land()
    assert contents(registry.settings.landed_dir) == before


def test_a_content_is_the_same_packed_or_not(registry: Registry) -> None:
    """By whatever program it was packed; a damaged packing is a content of its own."""
    packed = gzip.compress(CSV.encode(), mtime=1)
    registry.put(CSV)
    registry.put(packed, "followups.csv.gz", LATER)
    registry.put(gzip.compress(CSV.encode(), mtime=2), "followups_2.csv", LATER)
    registry.put(packed[:-9], "followups_3.csv.gz", LATER)
    first, *later = registry.land().files
    assert [(file.status, file.duplicate_of) for file in later] == [
        ("duplicate", first.source_file),
        ("duplicate", first.source_file),
        ("rejected", None),
    ]
    assert registry.land().files == ()


def test_a_log_without_digests_of_contents_is_landed_again_once(registry: Registry) -> None:
    """As earlier versions wrote it: then a packed copy is known as what it is."""
    path = registry.put(CSV)
    registry.put(gzip.compress(CSV.encode()), "followups.csv.gz", LATER)
    registry.land()
    for entry in read_log(registry.settings.landed_dir).values():
        write_manifest(registry.settings.landed_dir, replace(entry, content_sha256=None))
    assert outcome(registry.land()) == [
        (f"{DAY}/followups.csv", "landed"),
        (f"{LATER}/followups.csv.gz", "duplicate"),
    ]
    path.unlink()
    assert outcome(registry.land()) == [(f"{LATER}/followups.csv.gz", "landed")]
    assert {row["source_file"] for row in registry.rows()} == {
        f"{DAY}/followups.csv", f"{LATER}/followups.csv.gz",
    }  # fmt: skip


def test_a_log_with_the_former_status_of_rejected_files_is_read(registry: Registry) -> None:
    registry.put("no table", "followups.csv")
    [rejected] = registry.land().files
    former = replace(rejected, status="set_aside")  # type: ignore[arg-type]
    write_manifest(registry.settings.landed_dir, former)
    assert read_log(registry.settings.landed_dir) == {rejected.file_id: rejected}


def test_resent_content_is_a_duplicate_of_the_first_delivered(registry: Registry) -> None:
    registry.put(CSV, "followups_b.csv")
    registry.put(CSV, "followups_a.csv")
    registry.put(CSV, day=LATER)
    registry.put(CSV, day="site_b/2021-03-05")
    report = registry.land()
    assert outcome(report) == [
        (f"{DAY}/followups_a.csv", "landed"),
        (f"{DAY}/followups_b.csv", "duplicate"),
        ("site_b/2021-03-05/followups.csv", "landed"),
        (f"{LATER}/followups.csv", "duplicate"),
    ]
    assert report.files[3].duplicate_of == f"{DAY}/followups_a.csv"
    assert [row["site"] for row in registry.rows()] == ["site_a", "site_b"]


def test_order_of_landing_does_not_matter(registry: Registry) -> None:
    """An older delivery of the same content that is found later becomes the original."""
    registry.put(CSV, day=LATER)
    registry.land()
    registry.put(CSV)
    assert outcome(registry.land()) == [
        (f"{DAY}/followups.csv", "landed"),
        (f"{LATER}/followups.csv", "duplicate"),
    ]
    registry.land()
    late = contents(registry.settings.landed_dir)
    shutil.rmtree(registry.settings.landed_dir)
    registry.land()
    assert contents(registry.settings.landed_dir) == late
    assert [row["delivered_on"] for row in registry.rows()] == [date(2021, 3, 5)]


def test_deliveries_after_the_day_asked_for_wait(registry: Registry) -> None:
    registry.put(CSV)
    registry.put(CSV.replace("P1", "P2"), day=LATER)
    assert outcome(registry.land(as_of=date(2021, 4, 4))) == [(f"{DAY}/followups.csv", "landed")]
    assert outcome(registry.land()) == [(f"{LATER}/followups.csv", "landed")]


def test_what_was_landed_stays_when_its_raw_file_goes(registry: Registry) -> None:
    path = registry.put(CSV)
    registry.land()
    path.unlink()
    registry.put(CSV.replace("P1", "P2"), day=LATER)
    assert outcome(registry.land()) == [(f"{LATER}/followups.csv", "landed")]
    kept = [f"{DAY}/followups.csv", f"{LATER}/followups.csv"]
    assert [row["source_file"] for row in registry.rows()] == kept


def test_a_file_that_was_moved_counts_where_it_is(registry: Registry) -> None:
    """To a later day, to an earlier one, and on to where a copy lies already."""
    path = registry.put(CSV, day=LATER)
    registry.land()
    for place in ("site_a/2021-05-05", DAY):
        path.unlink()
        path = registry.put(CSV, day=place)
        assert outcome(registry.land()) == [(f"{place}/followups.csv", "landed")]
        assert [row["source_file"] for row in registry.rows()] == [f"{place}/followups.csv"]
        assert registry.land().files == ()
    registry.put(CSV, day=LATER)
    assert outcome(registry.land()) == [(f"{LATER}/followups.csv", "duplicate")]
    path.unlink()
    assert outcome(registry.land()) == [(f"{LATER}/followups.csv", "landed")]
    assert [row["delivered_on"] for row in registry.rows()] == [date(2021, 4, 5)]


def test_a_copy_that_was_moved_or_taken_away_counts_no_more_where_it_was(
    registry: Registry,
) -> None:
    """The first file of the content stays; the copy moves to another day and is then taken away."""
    registry.put(CSV)
    path = registry.put(CSV, day=LATER)
    registry.land()
    path.unlink()
    path = registry.put(CSV, day="site_a/2021-05-05")
    registry.land()
    places = [f"{DAY}/followups.csv", "site_a/2021-05-05/followups.csv"]
    assert logged(registry) == places
    path.unlink()
    registry.land()
    assert logged(registry) == places[:1]


def logged(registry: Registry) -> list[str]:
    """The places of the files that the log knows."""
    return sorted(entry.source_file for entry in read_log(registry.settings.landed_dir).values())


def test_an_overwritten_file_counts_as_it_is_now(registry: Registry) -> None:
    registry.put(CSV)
    registry.land()
    registry.put(CSV.replace(",2,", ",3,"))
    registry.land()
    assert [row["mrs"] for row in registry.rows()] == [3]
    assert len(contents(registry.settings.landed_dir)) == 3


def test_an_overwritten_file_that_cannot_be_read_keeps_the_rows_before(registry: Registry) -> None:
    registry.put(CSV)
    registry.land()
    for content in ("", "nothing"):
        registry.put(content)
        assert outcome(registry.land()) == [(f"{DAY}/followups.csv", "rejected")]
        assert [row["mrs"] for row in registry.rows()] == [2]
    assert len(list((registry.settings.landed_dir / "files").rglob("*.json"))) == 2


@pytest.mark.parametrize(
    "change",
    [
        ("sites", "site: site_a\nrecode: {followups: {mode: {telephone: record}}}\n"),
        ("delivery", "mode: full\n"),
    ],
)
def test_a_changed_contract_lands_the_file_again(
    registry: Registry, tmp_path: Path, change: tuple[str, str]
) -> None:
    where, text = change
    registry.put(CSV)
    sites_dir = tmp_path / "sites"
    sites_dir.mkdir()
    registry.land(sites_dir=sites_dir)
    if where == "sites":
        (sites_dir / "site_a.yaml").write_text(text)
    else:
        registry.put(text, "delivery.yaml")
    again = registry.land(sites_dir=sites_dir)
    assert outcome(again) == [(f"{DAY}/followups.csv", "landed")]
    assert (again.files_landed, again.files_new, again.rows_new) == (1, 0, 0)
    assert [row["mode"] for row in registry.rows()] == [
        "record" if where == "sites" else "telephone"
    ]
    assert registry.land(sites_dir=sites_dir).files_remembered == 1


def test_a_raised_limit_lands_what_was_too_large(registry: Registry) -> None:
    registry.put(gzip.compress((CSV + "\n" * (2 << 20)).encode()), "followups.csv.gz")
    small = registry.settings.model_copy(update={"landing_max_file_mb": 1})
    assert outcome(Registry(small).land()) == [(f"{DAY}/followups.csv.gz", "rejected")]
    assert Registry(small).land().files_remembered == 1
    [manifest] = (registry.settings.landed_dir / "files").rglob("*.json")
    former = unsealed(manifest.read_bytes()) | {"limit_mb": 1}  # as version 0.1.0 wrote it
    del former["limits"]
    manifest.write_bytes(sealed(json.dumps(former, indent=1)))
    assert Registry(small).land().files_remembered == 1
    landed = registry.land()
    assert outcome(landed) == [(f"{DAY}/followups.csv.gz", "landed")]
    assert (landed.files_new, landed.rows_new) == (1, 1)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("encoding: klingon", "Python knows no encoding 'klingon'; try gb18030"),
        ("encoding: hex", "Python knows no encoding 'hex'; try gb18030"),
        ("date_formats: ['%d.%m']", "date_formats: date format '%d.%m' is not supported"),
        ("units: {admissions: {aspects: mg/dL}}", "units.admissions.aspects: no unit mg/dL; the"),
        ("units: {admissions: {glucose_mmol_per_l: mg}}", "no unit mg; there are mmol/L, mg/dL"),
        ("formats: {admissions: {sex: ['%Y']}}", "formats.admissions.sex: the field is no date"),
        ("missing: {admissions: {sexx: [U]}}", "missing.admissions: the extract has no field sexx"),
        ("recode: {admissions: {sex: {no: male}}}", "YAML reads this as false; put what you mean"),
        ("files: {wide: [{extract: scans}]}", "files.wide.0.extract: there is no such extract"),
        (
            "files: {wide: [{extract: imaging}, {extract: imaging}]}",
            "files: wide: give each of the parts ['imaging'] a `part:` of its own",
        ),
        (
            "columns: {admissions: {onset_at: {join: [d], first: [t]}}}",
            "columns.admissions.onset_at: say one of join, first, checked and constant",
        ),
        ("headers: {scans: {x: sex}}", "site_a.yaml: headers.scans: there is no such extract"),
        ("headers: {imaging: {x: sex}}", "headers.imaging: the extract has no field sex"),
        ("missing_values: [9999-99-99]", "line 2, column 18: no text, number or day that exists"),
        ("recode: {imaging: {sex: {x: male}}}", "recode.imaging: the extract has no field sex"),
        ("recode: {admissions: {sex: {x: man}}}", "recode.admissions.sex: no code man"),
        ('recode: {admissions: {smoking: {"": false}}}', "smoking: an empty cell has no value, so"),
        ('recode: {admissions: {smoking: {" ": false}}}', "an empty cell has no value, so it can"),
        (
            'recode: {admissions: {smoking: {1: true, "01": false}}}',
            "recode.admissions.smoking: '1' and '01' are the same cell, and mean two codes",
        ),
        (
            "missing: {admissions: {sex: [9]}}\nrecode: {admissions: {sex: {9.0: male}}}",
            "recode.admissions.sex: '9.0' is recoded here and missing below missing",
        ),
        ("recode: {admissions: {sex: {1: male, 1: female}}}", "line 2: a key is there twice"),
        ("ignored_columns: ['*']", "ignored_columns: '*': there are no patterns; name each"),
        ("ignored_sheets: ['*']", "ignored_sheets: '*': there are no patterns; name each sheet"),
        ("ignored_sheets: ['']", "ignored_sheets: '' is no name"),
        ("ignored_columns: [' ']", "ignored_columns: ' ' is no name"),
        ("headers: {admissions: {'': smoking}}", "headers.admissions: '' is no name"),
        (
            "columns: {admissions: {onset_at: {join: [Tag, '-']}}}",
            "columns.admissions.onset_at: '-' is no name",
        ),
        ("headers: {admissions: {'.*': sex}}", "headers.admissions: '.*': there are no patterns"),
        ("files: {'reg*': [{extract: imaging}]}", "files.reg*: there are no patterns; write how"),
        (
            "ignored_columns: [g]\nheaders: {admissions: {G: sex}}",
            "ignored_columns: 'g' is read below headers or columns; keep one of them",
        ),
        (
            "headers: {admissions: {S E: sex, s_e: etiology}}",
            "headers.admissions: 'S E' and 's_e' are the same header, and name two fields",
        ),
        (
            "headers: {admissions: {x: sex}}\ncolumns: {admissions: {sex: {first: [a, b]}}}",
            "headers.admissions: sex is made below columns as well as read from 'x'",
        ),
        (
            "columns: {admissions: {sex: {first: [a, b], separator: '-'}}}",
            "columns.admissions.sex: separator goes with join",
        ),
        (
            "columns: {admissions: {sex: {join: [a], suffix: '-{day}'}}}",
            "columns.admissions.sex: suffix may hold {part}",
        ),
    ],
)
def test_a_wrong_site_mapping_leaves_that_site_alone(
    registry: Registry, tmp_path: Path, line: str, reason: str
) -> None:
    registry.put(CSV)
    registry.put(CSV, day="site_b/2021-03-05")
    (tmp_path / "site_a.yaml").write_text(f"site: site_a\n{line}\n")
    report = registry.land(sites_dir=tmp_path)
    [left] = report.skipped
    assert left.source_file == "site_a"
    assert left.reason.startswith("config/sites/site_a.yaml")
    assert reason in left.reason
    assert outcome(report) == [("site_b/2021-03-05/followups.csv", "landed")]


def test_a_site_mapping_names_headers_encoding_and_delimiter(
    registry: Registry, tmp_path: Path
) -> None:
    (tmp_path / "site_a.yaml").write_text(
        "site: site_a\nencoding: latin-1\ndelimiter: '|'\ndefault_mode: full\n"
        "headers: {followups: {Verstorben/Verloren: lost_to_followup}}\n"
    )
    header = FOLLOWUPS.replace("lost_to_followup", "Verstorben/Verloren")
    registry.put(
        f"{header}\nP1,2021-03-05,t\xe9l\xe9phone,2,no\n".replace(",", "|").encode("latin-1")
    )
    [manifest] = registry.land(sites_dir=tmp_path).files
    assert (manifest.encoding, manifest.delimiter, manifest.mode) == ("latin-1", "|", "full")
    assert registry.shown() == [(2, date(2021, 3, 5), "AAAAAAAAA", 2, False, [])]


def test_a_file_that_changes_while_others_are_read_waits(data_settings: Settings) -> None:
    registry = Registry(data_settings)
    registry.put(CSV, "followups_1.csv")
    other = registry.put(CSV.replace("P1", "P2"), "followups_2.csv")

    class Copying(list[str]):
        def append(self, message: str) -> None:
            if message.startswith("landed"):
                other.write_text(CSV.replace("P1", "P3"))

    registry.messages = Copying()
    report = registry.land()
    assert outcome(report) == [(f"{DAY}/followups_1.csv", "landed")]
    assert report.skipped == (
        SkippedFile(
            f"{DAY}/followups_2.csv",
            GOLDEN("the_file_changed_while_it_was"),
            needs_correction=False,
        ),
    )
    assert outcome(registry.land()) == [(f"{DAY}/followups_2.csv", "landed")]


def test_leftovers_of_a_crash_are_swept_and_nothing_else(registry: Registry) -> None:
    """Half-written files, and a file that was being taken out of the log."""
    registry.put(CSV)
    registry.land()
    landed_dir = registry.settings.landed_dir
    before = contents(landed_dir)
    for folder in ("followups", "violations"):
        [path] = (landed_dir / folder).rglob("*.parquet")
        path.with_name("0123456789abcdef.parquet").write_bytes(path.read_bytes())
        path.with_name(path.name + ".partial").write_bytes(b"half")
    [manifest] = (landed_dir / "files").rglob("*.json")
    manifest.with_name("0123456789abcdef.forgotten").write_bytes(manifest.read_bytes())
    manifest.with_name("0123.json.77.partial").write_bytes(b"{")
    registry.land()
    assert contents(landed_dir) == before


def test_rows_whose_manifest_is_lost_are_kept_named_and_used_again(registry: Registry) -> None:
    raw = registry.put(CSV)
    registry.land()
    raw.unlink()
    landed_dir = registry.settings.landed_dir
    before = contents(landed_dir)
    [manifest] = (landed_dir / "files").rglob("*.json")
    content = manifest.read_bytes()
    manifest.unlink()
    place = f"landed/followups/site=site_a/delivered_on=2021-03-05/{manifest.stem}.parquet"
    for landing in (registry.land, partial(reland, registry.settings)):
        assert landing().skipped_lines == [
            GOLDEN("its_manifest_is_gone_and_it", place=place, manifest=manifest.name)
        ]
    assert read_manifests(landed_dir, date(2022, 1, 1)) == []
    make_folder(manifest.parent)
    manifest.write_bytes(content)
    assert registry.land().skipped == ()
    assert contents(landed_dir) == before


def test_rows_whose_manifest_is_lost_are_landed_again(registry: Registry) -> None:
    registry.put(CSV)
    registry.land()
    before = contents(registry.settings.landed_dir)
    [manifest] = (registry.settings.landed_dir / "files").rglob("*.json")
    manifest.unlink()
    assert outcome(registry.land()) == [(f"{DAY}/followups.csv", "landed")]
    assert contents(registry.settings.landed_dir) == before


def test_rows_whose_manifest_is_damaged_are_landed_again(registry: Registry) -> None:
    registry.put(CSV)
    registry.land()
    before = contents(registry.settings.landed_dir)
    [manifest] = (registry.settings.landed_dir / "files").rglob("*.json")
    manifest.write_bytes(manifest.read_bytes()[:40])
    assert outcome(registry.land()) == [(f"{DAY}/followups.csv", "landed")]
    assert contents(registry.settings.landed_dir) == before


def test_a_damaged_manifest_whose_raw_file_is_gone_is_reported(registry: Registry) -> None:
    path = registry.put(CSV)
    registry.land()
    path.unlink()
    [manifest] = (registry.settings.landed_dir / "files").rglob("*.json")
    manifest.write_bytes(manifest.read_bytes()[:40])
    report = registry.land()
    assert report.skipped_lines == [
        GOLDEN("landed_files_site_site_delivered_on", manifest=manifest.name)
    ]
    assert read_manifests(registry.settings.landed_dir, date(2022, 1, 1)) == []


def test_without_deliveries_nothing_is_landed(registry: Registry) -> None:
    assert registry.land() == LandingReport((), (), 0)


@pytest.mark.parametrize("extract", EXTRACTS)
def test_every_extract_lands_with_its_own_names_alone(registry: Registry, extract: str) -> None:
    """A header of the dictionary's names, and a row that has nothing but its keys."""
    fields = dictionary().extracts[extract].fields
    cells = ["K1" if field.identifier == "key" else "" for field in fields]
    header = ",".join(field.name for field in fields)
    registry.put(f"{header}\n{','.join(cells)}\n", f"{extract}.csv")
    [manifest] = registry.land().files
    [row] = registry.rows(extract)
    filled = {name for name, value in row.items() if value not in (None, [])}
    keys = {str(field.landed_name) for field in fields if field.identifier == "key"}
    assert (manifest.unknown_columns, manifest.missing_columns) == ((), ())
    assert filled == {column.name for column in LINEAGE} | keys
