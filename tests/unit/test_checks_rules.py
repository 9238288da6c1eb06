"""Every rule, with a row that breaks it and nothing else."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from checked_rows import checked, query, valid

from expectations.rule import Rule
from expectations.suites import suite
from warehouse.dictionary import EXTRACTS, dictionary

Changes = dict[str, dict[str, Any]]
RULES = {rule.id: rule for extract in EXTRACTS for rule in suite(extract)}
# The extracts that a row of an extract is judged with.
NEEDS = {
    "admissions": ("admissions",),
    "procedures": ("admissions", "procedures"),
    "imaging": ("admissions", "procedures", "imaging"),
    "followups": ("admissions", "procedures", "followups"),
}
NOT_A_CODE = "zz9"
EARLY = datetime(2009, 12, 31, 12, 0)
NO_TIMES = {"onset_at": None, "arrived_at": None, "unparsed_fields": ["onset_at", "arrived_at"]}
NO_PUNCTURE = {"puncture_at": None, "unparsed_fields": ["puncture_at"]}
DEAD = {"mrs": 6, "death_date": date(2021, 3, 9), "assessed_on": date(2021, 3, 9), "mode": "record"}

# What breaks a rule where changing its one field would break another rule too.
FIELD_CASES: dict[str, Changes] = {
    "admissions.birth_date.range": {
        "admissions": {
            "birth_date": date(1899, 12, 31),
            "onset_at": datetime(2010, 1, 1, 8, 0),
            "arrived_at": datetime(2010, 1, 1, 9, 0),
        }
    },
    "admissions.arrived_at.range": {
        "admissions": {"onset_at": None, "arrived_at": EARLY, "unparsed_fields": ["onset_at"]}
    },
    "procedures.puncture_at.range": {
        "admissions": NO_TIMES,
        "procedures": {"puncture_at": EARLY, "ended_at": None, "unparsed_fields": ["ended_at"]},
    },
    "procedures.ended_at.range": {"procedures": NO_PUNCTURE | {"ended_at": EARLY}},
    "procedures.mtici_after_mt.required": {
        "procedures": {"mtici_after_mt": None, "rescue_stent": "not_indicated"}
    },
    "procedures.mtici_after_mt.codes": {
        "procedures": {"mtici_after_mt": NOT_A_CODE, "rescue_stent": "not_indicated"}
    },
    "imaging.imaged_at.range": {"procedures": NO_PUNCTURE, "imaging": {"imaged_at": EARLY}},
    "imaging.hemorrhage_type.codes": {
        "procedures": {"artery_perforation": False},
        "imaging": {"hemorrhage_type": NOT_A_CODE},
    },
    "imaging.patient_id.reference": {"imaging": {"patient_key": "unknown"}},
    "procedures.patient_id.reference": {"procedures": {"patient_key": "unknown"}},
    "followups.patient_id.reference": {"followups": {"patient_key": "unknown"}},
    "followups.assessed_on.range": {
        "procedures": NO_PUNCTURE,
        "followups": {"assessed_on": EARLY.date()},
    },
    "followups.death_date.range": {
        "procedures": NO_PUNCTURE,
        "followups": DEAD | {"death_date": EARLY.date()},
    },
}

CLINICAL_CASES: dict[str, Changes] = {
    "admissions.onset_before_arrival": {
        "admissions": {"onset_at": datetime(2021, 3, 1, 9, 31)},
    },
    "admissions.birth_before_onset": {"admissions": {"birth_date": date(2021, 3, 2)}},
    "admissions.age_plausible": {"admissions": {"birth_date": date(2003, 3, 2)}},
    "admissions.arrival_before_delivery": {
        "admissions": {"arrived_at": datetime(2022, 6, 2, 0, 0)},
    },
    "procedures.puncture_after_onset": {
        "procedures": {"puncture_at": datetime(2021, 3, 1, 7, 59)},
    },
    "procedures.puncture_after_arrival": {
        "procedures": {"puncture_at": datetime(2021, 3, 1, 9, 29)},
    },
    "procedures.puncture_before_end": {
        "procedures": {"ended_at": datetime(2021, 3, 1, 10, 30)},
    },
    "procedures.end_before_delivery": {
        "admissions": NO_TIMES,
        "procedures": {
            "puncture_at": datetime(2022, 6, 1, 23, 0),
            "ended_at": datetime(2022, 6, 2, 0, 0),
        },
    },
    "procedures.duration_plausible": {
        "procedures": {"ended_at": datetime(2021, 3, 1, 15, 31)},
    },
    "procedures.onset_to_puncture_plausible": {
        "procedures": {
            "puncture_at": datetime(2021, 3, 2, 8, 1),
            "ended_at": datetime(2021, 3, 2, 9, 0),
        },
    },
    "procedures.ivt_in_time_window": {
        "admissions": {"onset_at": datetime(2021, 3, 1, 4, 59)},
    },
    "procedures.stent_after_failed_thrombectomy": {"procedures": {"mtici_after_mt": "2b"}},
    "procedures.stent_with_tirofiban": {"procedures": {"tirofiban": False}},
    "procedures.final_reperfusion_not_worse": {
        "procedures": {"mtici_after_mt": "2a", "mtici_final": "1"},
    },
    "imaging.scan_after_puncture": {"imaging": {"imaged_at": datetime(2021, 3, 1, 10, 29)}},
    "imaging.scan_before_delivery": {"imaging": {"imaged_at": datetime(2022, 6, 2, 0, 0)}},
    "imaging.hemorrhage_with_nihss": {"imaging": {"nihss_at_imaging": None}},
    "imaging.perforation_with_hemorrhage": {
        "imaging": {"hemorrhage_type": "none", "imaged_at": datetime(2021, 3, 3, 10, 30)},
    },
    "imaging.patency_only_with_stent": {"procedures": {"rescue_stent": "not_indicated"}},
    "followups.mrs_or_lost": {"followups": {"mrs": None}},
    "followups.lost_without_mrs": {"followups": {"lost_to_followup": True}},
    "followups.mrs_with_assessment_date": {"followups": {"assessed_on": None}},
    "followups.mrs_6_with_death_date": {"followups": DEAD | {"death_date": None}},
    "followups.death_before_assessment": {
        "followups": DEAD | {"death_date": date(2021, 3, 10)},
    },
    "followups.dead_with_mrs_6": {"followups": {"death_date": date(2021, 5, 30)}},
    "followups.no_visit_after_death": {
        "followups": DEAD | {"assessed_on": date(2021, 3, 10), "mode": "outpatient_visit"},
    },
    "followups.death_after_puncture": {
        "followups": DEAD | {"death_date": date(2021, 2, 28)},
    },
    "followups.assessment_after_puncture": {"followups": {"assessed_on": date(2021, 2, 28)}},
    "followups.assessment_before_delivery": {
        "procedures": NO_PUNCTURE,
        "followups": {"assessed_on": date(2022, 6, 2)},
    },
    "followups.death_before_delivery": {"followups": {"death_date": date(2022, 6, 2)}},
    "followups.assessed_in_time": {"followups": {"assessed_on": date(2021, 4, 29)}},
}


def _breaking(rule: Rule) -> Changes:
    """Changes to the valid rows that break a rule on a field."""
    field = dictionary().extracts[rule.extract].field(rule.fields[0])
    if rule.constraint == "required":
        value: Any = None
    elif rule.constraint == "codes":
        value = NOT_A_CODE if field.type == "string" else 99
    elif rule.constraint == "range":
        value = _outside(field.type, field.constraints.minimum, field.constraints.maximum)
    else:
        return {}
    return {rule.extract: {str(field.landed_name): value}}


def _outside(kind: str, low: Any, high: Any) -> Any:
    if kind == "datetime":
        return datetime.fromisoformat(low) - timedelta(minutes=1)
    return high + 1


def _case(rule: Rule) -> Changes:
    cases = FIELD_CASES | CLINICAL_CASES
    return cases.get(rule.id) or _breaking(rule)


def _rows(name: str, extract: str, changes: Changes) -> Changes:
    """The valid rows of one patient with changes, as far as a row of this extract needs them."""
    keys = {"procedures": "procedure_key", "imaging": "imaging_key"}
    own_key = {other: {key: name} for other, key in keys.items()}
    return {
        needed: valid(
            needed,
            **{"patient_key": name, "row_id": f"{name}@{needed}"}
            | own_key.get(needed, {})
            | changes.get(needed, {}),
        )
        for needed in NEEDS[extract]
    }


@pytest.fixture(scope="module")
def fired(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[str, str]]]:
    """Failures (row, rule) by the name of the case, all cases judged together."""
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for extract in EXTRACTS:
        for needed, row in _rows(f"valid {extract}", extract, {}).items():
            rows[needed].append(row)
    for rule in RULES.values():
        for needed, row in _rows(rule.id, rule.extract, _case(rule)).items():
            rows[needed].append(row)
            if rule.constraint == "unique" and needed == rule.extract:
                rows[needed].append(_contradiction(rule, row))
    path = checked(tmp_path_factory.mktemp("rules"), rows)
    found = defaultdict(list)
    for row_id, rule_id in query(path, "select row_id, rule from raw.check_failures order by all"):
        found[row_id.partition("@")[0]].append((row_id, rule_id))
    return found


def _contradiction(rule: Rule, row: dict[str, Any]) -> dict[str, Any]:
    """A row of the same file and key that says something else."""
    other = {
        "admissions": {"baseline_nihss": 3},
        "procedures": {"passes": 1},
        "imaging": {"nihss_at_imaging": 3},
        "followups": {"mrs": 1},
    }
    return row | {"row_id": f"{rule.id}@{rule.extract} again"} | other[rule.extract]


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_row_that_breaks_one_rule_fails_that_rule_alone(
    rule: str, fired: dict[str, list[tuple[str, str]]]
) -> None:
    row = f"{rule}@{RULES[rule].extract}"
    rows = [row, f"{row} again"] if RULES[rule].constraint == "unique" else [row]
    assert fired[rule] == [(row_id, rule) for row_id in rows]


@pytest.mark.parametrize("extract", EXTRACTS)
def test_valid_rows_break_no_rule(extract: str, fired: dict[str, list[tuple[str, str]]]) -> None:
    assert fired[f"valid {extract}"] == []


def test_cases_name_rules_that_exist() -> None:
    assert sorted({*FIELD_CASES, *CLINICAL_CASES} - set(RULES)) == []


def test_each_rule_has_one_id() -> None:
    ids = [rule.id for extract in EXTRACTS for rule in suite(extract)]
    assert sorted(ids) == sorted(set(ids))


def test_no_message_quotes_a_key_or_what_is_never_published() -> None:
    hidden = {
        str(field.landed_name)
        for extract in dictionary().extracts.values()
        for field in extract.landed_fields
        if field.identifier or not field.published
    }
    assert {name for rule in RULES.values() for name in rule.shown} & hidden == set()


def test_the_table_of_rules_describes_each_rule(tmp_path: Path) -> None:
    path = checked(tmp_path, {})
    with duckdb.connect(path, read_only=True) as connection:
        described = connection.execute(
            """
            select field, "constraint", severity, kahn_category, kahn_context, expected, source
            from raw.rules where rule = 'procedures.duration_plausible'
            """
        ).fetchall()
        missing = connection.execute(
            """
            select rule from raw.rules
            where title = '' or expected = '' or why = '' or source = '' or action = ''
            """
        ).fetchall()
    assert described == [
        (
            "puncture_at, ended_at",
            "clinical",
            "warn",
            "plausibility",
            "validation",
            "a procedure of 5 to 300 minutes",
            "Registry",
        )
    ]
    assert missing == []
