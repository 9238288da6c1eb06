"""Headers as stroke registries have them: whose field each is, by its words alone."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import pytest
import yaml

from tests.support.adoption import HEADERS
from warehouse.adopt.derived import numbered
from warehouse.adopt.evidence import Witness
from warehouse.adopt.header_parts import explain
from warehouse.adopt.header_words import header_words
from warehouse.adopt.matching import Matcher
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.definitions.site import SiteMapping
from warehouse.landing.survey import Column

MATCHER = Matcher(dictionary(), Witness(dictionary(), SiteMapping(site="")), EXTRACTS)
FIELDS = [field for extract in dictionary().extracts.values() for field in extract.fields]


def placed(header: str) -> set[str]:
    """The fields that a header alone is placed as."""
    headers = MATCHER.match([Column(header)]).headers
    return {name for targets in headers.values() for _, name in targets}


def test_usual_headers_are_placed_and_those_of_other_quantities_are_not() -> None:
    known = yaml.safe_load(HEADERS.read_text("utf-8"))
    truth = {header: {field} for field, headers in known["fields"].items() for header in headers}
    assert {header: placed(header) for header in truth} == truth
    assert {header for header in chain(*known["others"]) if placed(header)} == set()


def test_no_name_of_a_field_means_another_field() -> None:
    names = [(field.name, name) for field in FIELDS for name in (field.name, *field.aliases)]
    names += [(field.name, field.title) for field in FIELDS]
    assert [(field, name) for field, name in names if not placed(name) <= {field}] == []


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("NIHSSonadmission", "baseline_nihss"), ("NIHSSscoreat24h", "nihss_24h"),
        ("mRSscoreat90days", "mrs"), ("PrestrokemRS", "prestroke_mrs"),
        ("m_rs_pre_stroke", "prestroke_mrs"),
        ("ARRVL_DT_TM", "arrived_at"), ("ENCNTR_ID", "admission_id"),
        ("systolischer Blutdruck", "systolic_bp_mmhg"), ("Aetiologie", "etiology"),
        ("NIHSS nach 24 h", "nihss_24h"), ("ModeSortie", "discharge_destination"),
        ("Mode de sortie", "discharge_destination"), ("Fecha de egreso", "discharged_on"),
        ("dosage", None), ("percentage", None), ("triage", None), ("thrombosis", None),
        ("hypotension", None), ("dosage_24h", None), ("lactation", None), ("SKIN_PUNCT_FLAG", None),
    ],
)  # fmt: skip
def test_words_that_are_glued_inflected_or_without_vowels(header: str, field: str | None) -> None:
    assert placed(header) == ({field} if field else set())


@pytest.mark.parametrize(
    ("header", "cells", "fields"),
    [
        ("Disposition", ("home", "rehab"), {"discharge_destination"}),
        ("thrombolytic", ("alteplase", "tenecteplase"), {"ivt_drug"}),
        ("thrombolytic", ("yes", "no"), {"ivt"}),
        ("Arrival", ("ambulance", "own transport"), {"arrival_mode"}),
        ("Disposition", ("ward", "icu"), set()),
        ("Occlusion", ("M1", "ICA"), set()),
        ("Stent", ("yes", "no"), set()),
    ],
)
def test_cells_that_are_codes_complete_a_header_that_says_less(
    header: str, cells: tuple[str, str], fields: set[str]
) -> None:
    matches = MATCHER.match([Column(header, Counter(dict.fromkeys(cells, 9)))])
    assert {name for targets in matches.headers.values() for _, name in targets} == fields


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("年齢" * 5000, {"age"}),
        ("fecha " * 3000, {"date"}),
        ("ab1" * 5000, {"ab", "1"}),
        ("nihss" * 4000, {"nihss" * 4000}),
    ],
    ids=["chinese", "words", "pieces", "glued"],
)
def test_a_header_may_be_long(header: str, words: set[str]) -> None:
    assert header_words().of(header).words == words


@pytest.mark.parametrize("header", ["t(" + "d" * 200 + "!)", "1a" * 5000, " - " * 5000 + "x"])
def test_a_long_header_is_compared_and_says_nothing(header: str) -> None:
    column = Column(header, Counter("1"))
    explain([column])
    assert (numbered([column]), placed(header)) == ({}, set())


def test_words_of_the_same_length_are_cut_in_one_order() -> None:
    """首次开通 and 开通等级 are words of one header: it must not change with Python's hashes."""
    assert header_words().of("首次开通等级").words == header_words().of("首次 开通等级").words
