"""Zip archives: each member is a file of its own. All rows are invented."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from tests.support.format_files import xlsx, zipped
from tests.support.golden import golden
from tests.support.landing_tools import DAY, FOLLOWUPS, Registry
from tests.support.mappings import land
from warehouse.landing.raw_names import raw_names
from warehouse.settings import Settings

GOLDEN = golden("landing")
SCANS = "imaging_id,patient_id,imaged_at,modality,hemorrhage_type"


def followups(*patients: str) -> bytes:
    rows = "".join(f"{patient},2021-03-05,telephone,2,no\n" for patient in patients)
    return f"{FOLLOWUPS}\n{rows}".encode()


def scans(*patients: str) -> bytes:
    rows = "".join(f"I-{patient},{patient},2021-03-05 14:05,CT,none\n" for patient in patients)
    return f"{SCANS}\n{rows}".encode()


@pytest.fixture
def registry(data_settings: Settings) -> Registry:
    return Registry(data_settings)


def test_members_are_files_of_their_own(registry: Registry) -> None:
    """In folders, too; what a Mac adds, folders, and files that are ignored do not count."""
    content = zipped(
        ("export/followups.csv", followups("P1", "P2")), ("imaging.xlsx", xlsx(*_table())),
        ("__MACOSX/._followups.csv", b"x"), ("export/", b""), ("README.txt", b"x"),
    )  # fmt: skip
    registry.put(content, "export.zip")
    report = registry.land()
    assert report.skipped == ()
    assert [(file.source_file, file.file_format, file.rows_landed) for file in report.files] == [
        (f"{DAY}/export.zip/followups.csv", "csv", 2),
        (f"{DAY}/export.zip/imaging.xlsx", "xlsx", 1),
    ]
    assert [row["source_file"] for row in registry.rows()] == [
        f"{DAY}/export.zip/followups.csv"
    ] * 2
    assert [row["source_row"] for row in registry.rows()] == [2, 3]
    assert registry.land().files == ()


def _table() -> tuple[list[str], list[list[str]]]:
    return SCANS.split(","), [["I1", "P1", "2021-03-05 14:05", "CT", "none"]]


def test_a_member_that_is_there_as_a_file_is_its_copy(registry: Registry) -> None:
    registry.put(followups("P1"), "followups.csv")
    registry.put(zipped(("followups.csv", followups("P1"))), "later.zip", "site_a/2021-04-01")
    first, copy = registry.land().files
    assert (copy.status, copy.duplicate_of) == ("duplicate", first.source_file)


def test_an_archive_that_lost_a_member_lost_its_rows(registry: Registry) -> None:
    """As a file that is overwritten in place counts as it is now."""
    both = zipped(("followups.csv", followups("P1")), ("imaging.csv", scans("P1")))
    registry.put(both, "export.zip")
    registry.land()
    registry.put(zipped(("followups.csv", followups("P1", "P2"))), "export.zip")
    registry.land()
    assert (len(registry.rows()), len(registry.rows("imaging"))) == (2, 0)
    (registry.settings.raw_dir / DAY / "export.zip").unlink()
    registry.land()
    assert len(registry.rows()) == 2


def test_the_name_of_the_archive_says_what_its_only_file_is(registry: Registry) -> None:
    registry.put(zipped(("query-42.csv", followups("P1"))), "followups.zip")
    registry.put(zipped(("a.csv", scans("P1")), ("b.csv", scans("P2"))), "imaging.zip")
    report = registry.land()
    assert [file.rows_landed for file in report.files if file.status == "landed"] == [1]
    assert len(report.skipped) == 2


def test_names_in_an_archive_are_hidden_as_those_of_files(registry: Registry) -> None:
    content = zipped(("followups_王伟.csv", followups("P1", "-")), ("imaging.csv", scans("P1")))
    registry.put(content, "Wang Wei.zip")
    files = registry.land().files
    assert [Path(file.source_file).name for file in files][1:] == ["imaging.csv"]
    assert b"Wang" not in registry.output()
    assert "王".encode() not in registry.output()
    assert all(file.raw_file.count("/") == 2 for file in files)
    archive = registry.settings.raw_dir / DAY / "Wang Wei.zip"
    assert registry.name_of(archive) == files[0].raw_file
    assert dict(raw_names(registry.settings).hidden()) == {
        files[0].raw_file: archive, files[0].source_file: archive / "followups_王伟.csv",
    }  # fmt: skip


def test_a_wide_file_in_an_archive_has_its_parts(registry: Registry, tmp_path: Path) -> None:
    registry.put(zipped(("all.csv", followups("P1"))), "export.zip")
    files = {"all": [{"extract": "followups"}]}
    [manifest] = land(registry, tmp_path, files=files).files
    assert manifest.source_file == f"{DAY}/export.zip/all.csv#followups"
    assert (manifest.raw_file, manifest.rows_landed) == (f"{DAY}/export.zip", 1)
    assert land(registry, tmp_path, files=files).files == ()


def encrypted() -> bytes:
    """An archive whose member says that it has a password."""
    content = bytearray(zipped(("followups.csv", followups("P1"))))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1
    return bytes(content)


def many_entries() -> bytes:
    """An archive of 40,000 empty files, whose names are long."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for number in range(40_000):
            archive.writestr(f"followups_{number}.csv", b"")
    return content.getvalue()


NAMED = ("followups.csv", followups("P1"))
BAD = {
    "cut off": (zipped(NAMED)[:-30], "zip_is_damaged"),
    "noise": (b"PK\x03\x04" + bytes(range(256)) * 20, "zip_is_damaged"),
    "empty": (zipped(), "zip_is_empty"),
    "password": (encrypted(), "zip_has_a_password"),
    "traversal": (zipped(("../../followups.csv", followups("P1"))), "leads_out"),
    "absolute": (zipped(("/etc/followups.csv", followups("P1"))), "leads_out"),
    "windows": (zipped(("C:/followups.csv", followups("P1"))), "leads_out"),
    "twice": (zipped(NAMED, ("a/followups.csv", followups("P2"))), "two_files_have_one_name"),
    "many": (zipped(*((f"followups_{n}.csv", b"") for n in range(101))), "several_archives"),
    "entries": (many_entries, "several_archives"),
    "workbook": (xlsx(*_table()), "let_its_name_end_with"),
}


@pytest.mark.parametrize("case", BAD)
def test_an_archive_that_is_not_read_is_refused_as_a_whole(registry: Registry, case: str) -> None:
    content, reason = BAD[case]
    registry.put(content() if callable(content) else content, "followups.zip")
    registry.put(followups("GOOD"), "followups.csv")
    files = {file.source_file: file for file in registry.land().files}
    assert files[f"{DAY}/followups.csv"].rows_landed == 1
    bad = files[f"{DAY}/followups.zip"]
    assert (bad.status, bad.rows_in_file) == ("rejected", None)
    assert GOLDEN(reason) in str(bad.reason)
    assert registry.land().files == ()


def test_a_bad_member_costs_itself_alone(registry: Registry) -> None:
    """Nested archives, packed members, a bomb and a member whose sum is wrong."""
    damaged = followups("LONGNAME")
    content = zipped(
        ("followups_1.csv", followups("P1")), ("followups_2.csv", zipped(NAMED)),
        ("followups_3.csv", b"\x1f\x8b" + bytes(50)), ("followups_4.csv", bytes(80 << 20)),
    )  # fmt: skip
    stored = io.BytesIO(content)
    with zipfile.ZipFile(stored, "a", zipfile.ZIP_STORED) as archive:
        archive.writestr("followups_5.csv", damaged)
    changed = stored.getvalue().replace(b"LONGNAME", b"LONGMANE")
    registry.put(changed, "export.zip")
    report = registry.land()
    found = [(file.status, file.rows_landed) for file in report.files]
    assert found == [("landed", 1), *[("rejected", 0)] * 4]
    assert report.skipped == ()
    assert registry.land().files == ()


def test_a_directory_that_lies_about_its_size_is_refused(registry: Registry) -> None:
    content = bytearray(zipped(NAMED))
    end = content.rindex(b"PK\x05\x06")
    struct.pack_into("<I", content, end + 12, 0xFFFF_FFF0)
    registry.put(bytes(content), "followups.zip")
    [manifest] = registry.land().files
    assert manifest.status == "rejected"
