"""What a check of files says of fields that nobody has delivered (invented files)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from tests.support.golden import golden
from warehouse.definitions.dictionary import dictionary
from warehouse.landing.manifest import Manifest
from warehouse.landing.missing_fields import missing_fields
from warehouse.preflight.lacking import lacking_lines

GOLDEN = golden("preflight")


def _file(extract: str, lacking: set[str] = frozenset(), empty: tuple[str, ...] = ()) -> Manifest:
    """A landed file with a value of each field, without some, and with empty columns."""
    names = [field.name for field in dictionary().extracts[extract].fields]
    blank = Manifest(
        file_id=extract, site="a", delivered_on=date(2024, 6, 1), extract=extract,
        source_file=f"a/2024-06-01/{extract}.csv", file_sha256="", size_bytes=1, mode="delta",
        status="landed", contract_sha256="", secret_fingerprint="", landed_at="",
    )  # fmt: skip
    cells = {name: (2, 2 if name in empty else 0) for name in names if name not in lacking}
    return replace(blank, cells=cells)


ADMISSIONS = _file("admissions", {"aspects", "age_years", "study_arm"})
IMAGING = _file("imaging", empty=("nihss_at_imaging",))


def _missing(*files: Manifest) -> set[str]:
    return {
        f"{row['site']} {row['extract']}.{row['field']}"
        for row in missing_fields(files, dictionary())
        if row["extract"] in {file.extract for file in files}
    }


def test_a_field_is_missing_where_no_landed_file_has_a_value_of_it() -> None:
    """A column of unreadable cells has none; for an age stands the date of birth."""
    assert _missing(ADMISSIONS) == {"a admissions.aspects", "a admissions.study_arm"}
    assert _missing(ADMISSIONS, IMAGING, replace(ADMISSIONS, site="b")) == {
        "a admissions.aspects", "a admissions.study_arm", "a imaging.nihss_at_imaging",
        "b admissions.aspects", "b admissions.study_arm",
        *(f"b imaging.{name}" for name in IMAGING.cells if not name.endswith("_id")),
    }  # fmt: skip
    assert _missing(ADMISSIONS, _file("admissions")) == set()
    rejected = replace(_file("admissions"), status="rejected", cells={})
    fields = dictionary().extracts["admissions"].fields
    assert len(_missing(rejected)) == sum(not field.identifier for field in fields)


def test_a_file_of_an_early_version_says_what_it_lacks_alone() -> None:
    early = replace(ADMISSIONS, cells={}, missing_columns=("aspects",))
    assert _missing(early) == {"a admissions.aspects"}


def test_the_check_of_files_names_what_is_needed_alone() -> None:
    (line,) = lacking_lines([ADMISSIONS], every=False)
    assert line == GOLDEN("one_needed_field_lacks")
    lines = lacking_lines([ADMISSIONS, IMAGING], every=True)
    assert "\n".join(lines) == GOLDEN("two_needed_fields_lack")
    assert list(lacking_lines([_file("admissions")], every=False)) == []
