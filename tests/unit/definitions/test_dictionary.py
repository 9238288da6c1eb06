"""The dictionary holds together, and says what is wrong when it does not."""

from __future__ import annotations

import ast
import os
import re
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.golden import golden
from warehouse.definitions.config import mapped_sites, shown_path
from warehouse.definitions.dictionary import (
    CODES_DIR,
    DICTIONARY_DIR,
    EXTRACTS,
    DictionaryError,
    DictionaryField,
    contract_sha256,
    dictionary,
    load_dictionary,
)
from warehouse.definitions.rule_text import action, expected
from warehouse.definitions.site import SiteMapping, load_site, site_sha256
from warehouse.expectations.fields import field_rules
from warehouse.landing.cell_parser import UNREADABLE, CellReader, Rules, clean, spelling
from warehouse.landing.headers import HeaderReader, header_key
from warehouse.settings import PROJECT_DIR

GOLDEN = golden("definitions")

FIELDS = [
    pytest.param(name, field, id=f"{name}.{field.name}")
    for name, extract in dictionary().extracts.items()
    for field in extract.fields
]
SITE = SiteMapping(site="site_a")
CONSTRAINTS = ("required", "type", "codes", "range", "usual", "pattern", "unique", "reference")


def test_all_extracts_are_there_in_order() -> None:
    assert tuple(dictionary().extracts) == EXTRACTS
    assert all(name == extract.name for name, extract in dictionary().extracts.items())


@pytest.mark.parametrize("extract", EXTRACTS)
def test_no_two_fields_share_a_header(extract: str) -> None:
    fields = dictionary().extracts[extract].fields
    keys = [header_key(name) for field in fields for name in (field.name, *field.aliases)]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("name", dictionary().code_lists)
def test_no_spelling_means_two_codes(name: str) -> None:
    codes = dictionary().code_lists[name].codes
    meanings = [
        (spelling(clean(text)), code.code)
        for code in codes
        for text in {code.code, *code.spellings}
    ]
    keys = [key for key, _ in set(meanings)]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("name", dictionary().code_lists)
def test_every_code_has_label_rank_description_and_source(name: str) -> None:
    codes = dictionary().code_lists[name].codes
    assert all(code.code and code.label and code.description and code.source for code in codes)
    assert len({code.rank for code in codes}) == len(codes)


@pytest.mark.parametrize(("extract", "field"), FIELDS)
def test_codes_of_a_field_are_values_of_its_type(extract: str, field: DictionaryField) -> None:
    """So are the targets of its recodings, and its bounds."""
    reader = CellReader(field, Rules(dictionary(), SITE, extract))
    codes = dictionary().codes(field)
    values = codes.values if codes else ()
    assert not codes or set(field.recode.values()) <= set(values)
    assert {None, UNREADABLE}.isdisjoint([reader[code] for code in (*values, *field.recode)])
    for bound in (field.constraints.minimum, field.constraints.maximum):
        if field.type in ("date", "datetime") and bound is not None:
            parse = date.fromisoformat if field.type == "date" else datetime.fromisoformat
            assert parse(str(bound))
    if field.constraints.pattern:
        assert re.compile(field.constraints.pattern)


@pytest.mark.parametrize(("extract", "field"), FIELDS)
def test_every_rule_of_a_field_has_words(extract: str, field: DictionaryField) -> None:
    limits = field.constraints
    applies = {
        "required": True,
        "type": True,
        "unique": True,
        "reference": True,
        "codes": field.codes is not None,
        "range": limits.minimum is not None or limits.maximum is not None,
        "usual": field.usual is not None,
        "pattern": limits.pattern is not None,
    }
    for constraint in filter(applies.get, CONSTRAINTS):
        assert expected(field, constraint, dictionary()) not in ("", "None")
        assert action(field, constraint, dictionary()).endswith(".")
    assert extract in EXTRACTS


def test_of_dates_that_a_field_does_not_allow_the_year_is_quoted() -> None:
    """They may be dates of birth in another field."""
    shown = {
        (field.name, *rule.shown)
        for extract in dictionary().extracts.values()
        for field in extract.fields
        if field.type in ("date", "datetime")
        for rule in field_rules(extract, dictionary())
        if rule.name == f"{field.name}.range"
    }
    names = ("birth_date", "onset_at", "arrived_at", "puncture_at", "ended_at", "imaged_at")
    later = ("last_seen_well_at", "referring_arrived_at", "referring_left_at", "ivt_at")
    last = ("selection_imaged_at", "first_pass_at", "reperfusion_at", "discharged_on")
    assert shown == {(name, name) for name in (*names, *later, *last, "assessed_on", "death_date")}


@pytest.mark.parametrize(
    ("extract", "field", "constraint", "words"),
    [
        ("admissions", "baseline_nihss", "range", "between 0 and 42"),
        ("admissions", "birth_date", "range", "on or after 1900-01-01"),
        ("admissions", "onset_at", "range", "on or after 2010-01-01"),
        ("admissions", "glucose_mmol_per_l", "range", "between 1 and 60 mmol/L"),
        ("admissions", "glucose_mmol_per_l", "usual", "usually between 2.77 and 22.2 mmol/L"),
        ("admissions", "platelets_giga_per_l", "usual", "usually at most 800 10^9/L"),
        ("admissions", "glucose_mmol_per_l", "type", "a number such as 7.5, in mmol/L"),
        ("admissions", "birth_date", "type", "a date such as 2021-03-05"),
        ("admissions", "onset_at", "type", "a date and time such as 2021-03-05 14:30"),
        ("admissions", "consent_given", "type", "yes or no, written true or false"),
        ("procedures", "mtici_final", "codes", "one of 0, 1, 2a, 2b, 2c, 3"),
        ("procedures", "mtici_final", "required",
         "a value in every row: one of 0, 1, 2a, 2b, 2c, 3"),
        ("procedures", "procedure_id", "unique", "a value that no other row of the delivery has"),
        ("procedures", "patient_id", "reference", "a patient number that is among the admissions"),
    ],
)  # fmt: skip
def test_words_are_plain(extract: str, field: str, constraint: str, words: str) -> None:
    found = dictionary().extracts[extract].field(field)
    assert expected(found, constraint, dictionary()) == words


@pytest.mark.parametrize("constraint", ["range", "usual"])
def test_a_query_on_a_converted_value_names_its_unit(constraint: str) -> None:
    """A 6.1 mg/dL is found as 0.34, which nobody finds in the file."""
    words = dictionary()
    glucose = words.extracts["admissions"].field("glucose_mmol_per_l")
    text = action(glucose, constraint, words)
    assert [unit for unit in ("mmol/L", "mg/dL", "g/L") if unit not in text] == []


@pytest.mark.parametrize(("extract", "field"), FIELDS)
def test_a_usual_range_lies_within_the_possible_one(extract: str, field: DictionaryField) -> None:
    if field.usual is None:
        return
    low, high = field.constraints.minimum, field.constraints.maximum
    usual = [end for end in (field.usual.minimum, field.usual.maximum) if end is not None]
    assert usual, f"{extract}.{field.name} has a usual range without an end"
    assert all(low < end < high for end in usual)


def test_an_impossible_value_costs_the_cell_of_an_optional_field_and_else_the_row() -> None:
    severities = {
        f"{extract}.{field.name}": dictionary().severity(field, "range")
        for extract, field in (each.values for each in FIELDS)
        if field.constraints.minimum is not None and field.type in ("integer", "number")
    }
    assert severities == {
        "admissions.age_years": "warn",
        "admissions.prestroke_mrs": "reject",
        "admissions.platelets_giga_per_l": "warn",
        "admissions.glucose_mmol_per_l": "warn",
        "admissions.systolic_bp_mmhg": "warn",
        "admissions.baseline_nihss": "reject",
        "admissions.aspects": "warn",
        "admissions.core_ml": "warn",
        "admissions.hypoperfusion_ml": "warn",
        "admissions.diastolic_bp_mmhg": "warn",
        "admissions.nihss_24h": "warn",
        "admissions.nihss_discharge": "warn",
        "procedures.passes": "reject",
        "procedures.residual_stenosis_pct": "reject",
        "imaging.nihss_at_imaging": "warn",
        "followups.mrs": "warn",
    }
    dates = {
        (field.sparse and field.name not in ("assessed_on", "death_date"),
         dictionary().severity(field, "range"))
        for _, field in (each.values for each in FIELDS)
        if field.constraints.minimum is not None and field.type in ("date", "datetime")
    }  # fmt: skip
    assert dates == {(False, "reject"), (True, "warn")}


def test_what_rejects_a_row_when_impossible_does_so_when_unreadable() -> None:
    """A death that is written but cannot be read must not leave the patient alive."""
    unreadable = {
        f"{extract}.{field.name}": dictionary().severity(field, "type")
        for extract, field in (each.values for each in FIELDS)
        if field.constraints.minimum is not None
        and dictionary().severity(field, "range") == "reject"
    }
    assert {"followups.death_date", "followups.assessed_on"} < set(unreadable)
    assert "procedures.residual_stenosis_pct" in unreadable
    assert [name for name, severity in unreadable.items() if severity != "reject"] == []


def test_a_rule_without_words_is_refused() -> None:
    field = dictionary().extracts["admissions"].field("sex")
    with pytest.raises(ValueError, match=GOLDEN("no_words_for_the_constraint_colour")):
        expected(field, "colour", dictionary())


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        ("imaging.yaml", "type: datetime", "type: moment", r"imaging\.yaml.*\n.*fields\.3\.type"),
        ("imaging.yaml", "codes: modality", "codes: mode", "imaging.modality: no code list 'mode'"),
        ("imaging.yaml", "[imaging_id]", "[scan_id]", r"\['scan_id'\]"),
        ("imaging.yaml", "time: imaged_at", "time: scanned_at", r"\['scanned_at'\]"),
        ("imaging.yaml", "position: 3\n", "", "position"),
        ("imaging.yaml", "name: modality", "name: imaged_at", "fields named twice"),
        ("imaging.yaml", "title: Modality", "titel: Modality", "titel: Extra inputs"),
        ("defaults.yaml", "required: reject", "required: ignore", "severity.required"),
        ("defaults.yaml", "severity:", "severity: [", "not valid YAML"),
    ],
)
def test_a_wrong_dictionary_says_where(
    tmp_path: Path, file: str, old: str, new: str, message: str
) -> None:
    shutil.copytree(DICTIONARY_DIR, tmp_path / "dictionary")
    path = tmp_path / "dictionary" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(DictionaryError, match=message):
        load_dictionary(tmp_path / "dictionary", CODES_DIR)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda text: text.encode("utf-16"), r"sex\.csv: it is not UTF-8"),
        (lambda text: bytes(len(text)), "it holds bytes of zero"),
        (lambda text: text[:0].encode(), "it has no column code, label, rank"),
        (lambda text: text.replace("rank", "rang", 1).encode(), "it has no column rank"),
        (lambda text: text.replace(",1,", ",first,", 1).encode(), "rank: Input should be a valid"),
        (lambda text: text.encode() + b"x,y\n", "line [0-9]+ has not as many fields"),
        (lambda text: text.encode() + b'"x\n', "line [0-9]+ has a quote that is never closed"),
        (lambda text: text.encode() + b"\n" * (2 << 20), "larger than 1024 KB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_code_list_says_where(
    tmp_path: Path, change: Callable[[str], bytes], message: str
) -> None:
    shutil.copytree(CODES_DIR, tmp_path / "codes")
    path = tmp_path / "codes" / "sex.csv"
    path.write_bytes(change(path.read_text()))
    with pytest.raises(DictionaryError, match=message):
        load_dictionary(DICTIONARY_DIR, tmp_path / "codes")


def test_a_code_list_may_come_with_the_mark_of_a_spreadsheet(tmp_path: Path) -> None:
    """Excel writes UTF-8 with three bytes before the first column's name; a pipe is no list."""
    shutil.copytree(CODES_DIR, tmp_path / "codes")
    path = tmp_path / "codes" / "sex.csv"
    path.write_text(path.read_text(), encoding="utf-8-sig")
    assert load_dictionary(DICTIONARY_DIR, tmp_path / "codes") == load_dictionary()
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DictionaryError, match="not a regular file"):
        load_dictionary(DICTIONARY_DIR, tmp_path / "codes")


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("dictionary/imaging.yaml", "title: Follow-up imaging", "title: Scans", {"imaging"}),
        (
            "dictionary/defaults.yaml",
            "missingValues: [",
            "missingValues: [none at all, ",
            {*EXTRACTS},
        ),
        ("codes/sex.csv", "female,", "feminine,", {"admissions"}),
        ("codes/time_point.csv", "at discharge|", "", {"followups"}),
        ("codes/yes_no.csv", "true,Yes", "true,Oui", {*EXTRACTS}),
    ],
)
def test_a_change_is_one_of_the_extracts_that_it_is_about(
    tmp_path: Path, file: str, old: str, new: str, changed: set[str]
) -> None:
    shutil.copytree(DICTIONARY_DIR, tmp_path / "dictionary")
    shutil.copytree(CODES_DIR, tmp_path / "codes")
    text = (tmp_path / file).read_text()
    assert old in text
    (tmp_path / file).write_text(f"{text.replace(old, new, 1)}")
    other = load_dictionary(tmp_path / "dictionary", tmp_path / "codes")
    assert changed == {
        name
        for name in EXTRACTS
        if contract_sha256(other, name) != contract_sha256(dictionary(), name)
    }


def test_a_missing_dictionary_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=GOLDEN("admissions_yaml_is_missing_restore_it")):
        load_dictionary(tmp_path, CODES_DIR)


@pytest.mark.parametrize("site", mapped_sites())
def test_every_site_mapping_fits_the_dictionary(site: str) -> None:
    mapping = load_site(site)
    for name, extract in dictionary().extracts.items():
        assert HeaderReader(extract, mapping).known_columns([extract.fields[0].name]) == 1
        for field, recode in mapping.recode.get(name, {}).items():
            codes = dictionary().codes(extract.field(field))
            assert codes is not None
            assert set(recode.values()) <= set(codes.values)


def test_a_site_without_a_file_has_the_defaults(tmp_path: Path) -> None:
    assert load_site("somewhere", tmp_path) == SiteMapping(site="somewhere")


OWN = "site: here\nthresholds:\n  x.y: {max_failed_share:"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("site: other\n", "config/sites/here.yaml names another site; it must say site: here"),
        ("site: here\ncolour: red\n", "colour: there is no such key"),
        ("site: here\nheader: {}\n", "header: there is no such key; is headers meant"),
        ("site: here\ndelimiter: x\n", "delimiter: 'x' is not allowed; use ','"),
        ("site: here\nmissing_values: 999\n", "missing_values: it must be a list, as [one]"),
        ("site: here\nheaders: sex\n", "headers: it must hold keys with their values"),
        ("site: here\nsynthetic: perhaps\n", "synthetic: it must be true or false"),
        ("site: here\nencoding: gbk9\n", "encoding: Python knows no encoding 'gbk9'"),
        (f"{OWN} 20%, then: flag}}\n", "max_failed_share: it must be a number such as 0.2"),
        (f"{OWN} 20, then: flag}}\n", "max_failed_share: it must be 1 or less: a share"),
        (f"{OWN} 0.2, then: hold}}\n", "x.y.then: 'hold' is not allowed; use 'flag'"),
        (f"{OWN} 0.2, min_row: 3, then: flag}}\n", "min_row: there is no such key; is min_rows"),
        ("title: Here\n", "site: it must be there"),
        ("site: [\n", "here.yaml is not valid YAML in line 2, column 1"),
        ("site: \x07\n", "is not valid YAML: it holds a character that is no text"),
    ],
)
def test_a_wrong_site_mapping_says_where(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "here.yaml").write_text(text)
    with pytest.raises(DictionaryError, match=re.escape(message)):
        load_site("here", tmp_path)


def test_what_a_broken_mapping_says_is_not_quoted(tmp_path: Path) -> None:
    (tmp_path / "here.yaml").write_text("site: here\nmissing_values: [Wang Wei, 13912345678\n")
    with pytest.raises(DictionaryError) as caught:
        load_site("here", tmp_path)
    assert str(caught.value) == (GOLDEN("config_sites_here_yaml_is_not"))


def test_a_mapping_that_may_not_be_opened_is_named(tmp_path: Path) -> None:
    (tmp_path / "here.yaml").mkdir()
    with pytest.raises(DictionaryError) as caught:
        load_site("here", tmp_path)
    assert str(caught.value).startswith(GOLDEN("config_sites_here_yaml_it_is"))


def test_a_file_of_the_dictionary_is_named_by_its_place_in_the_project(tmp_path: Path) -> None:
    assert shown_path(DICTIONARY_DIR / "study.yaml") == "dictionary/study.yaml"
    assert shown_path(tmp_path / "study.yaml") == f"{tmp_path}/study.yaml"


def test_the_digest_of_a_mapping_follows_what_it_says(tmp_path: Path) -> None:
    path = tmp_path / "here.yaml"
    path.write_text("site: here\ndecimal: ','\n")
    first = site_sha256(load_site("here", tmp_path))
    path.write_text("# a remark\ndecimal: ','\nsite: here\n")
    assert site_sha256(load_site("here", tmp_path)) == first
    path.write_text("site: here\n")
    assert site_sha256(load_site("here", tmp_path)) != first


def lists_of_extracts(code: str) -> list[int]:
    """Return the lines of Python code with a literal that names every extract, or its table."""
    names = [{name, extract.registry_table} for name, extract in dictionary().extracts.items()]
    return [
        node.lineno
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Tuple | ast.List | ast.Set | ast.Dict)
        and all(named & constants_of(node) for named in names)
    ]


def constants_of(node: ast.expr) -> set[Any]:
    """Return the constants of a literal, and those of the tuples in it."""
    parts = node.keys if isinstance(node, ast.Dict) else getattr(node, "elts", [])
    inner = [each for part in parts if isinstance(part, ast.Tuple) for each in part.elts]
    return {each.value for each in [*parts, *inner] if isinstance(each, ast.Constant)}


def test_only_the_dictionary_lists_the_extracts() -> None:
    found = {
        path.relative_to(PROJECT_DIR).as_posix(): lines
        for folder in ("warehouse", "flows", "expectations")
        for path in (PROJECT_DIR / folder).rglob("*.py")
        if (lines := lists_of_extracts(path.read_text("utf-8")))
    }
    assert found == {}


def test_a_list_of_the_extracts_is_found() -> None:
    table = '{"patients": 1, "procedures": 2, "imaging": 3, "followups": 4}'
    code = f'A = ("admissions", "imaging")\nB = {table}'
    assert lists_of_extracts(code) == [2]
