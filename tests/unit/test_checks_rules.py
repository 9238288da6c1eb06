"""Every rule, with a row that breaks it and nothing else."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from checked_rows import VALID, checked, query, valid

from expectations.rule import Rule
from expectations.suites import suite
from warehouse.definitions.dictionary import EXTRACTS, dictionary
from warehouse.reference.rule_pages import EXAMPLES_PATH

Changes = dict[str, dict[str, Any]]
RULES = {rule.id: rule for extract in EXTRACTS for rule in suite(extract).rows}
# The extracts that a row of an extract is judged with.
NEEDS = {
    "admissions": ("admissions",),
    "procedures": ("admissions", "procedures"),
    "imaging": ("admissions", "procedures", "imaging"),
    "followups": ("admissions", "procedures", "imaging", "followups"),
}
NOT_A_CODE = "zz9"
TIMES = ("puncture_at", "imaged_at")
EARLY = datetime(2009, 12, 31, 12, 0)
NO_TIMES = {"onset_at": None, "arrived_at": None, "unparsed_fields": ["onset_at", "arrived_at"]}
NO_PUNCTURE = {"puncture_at": None, "unparsed_fields": ["puncture_at"]}
NOT_STENTED = {"rescue_stent": "not_indicated", "artery_perforation": False}
LOST = {"lost_to_followup": True, "mrs": None, "mode": None}
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
    "admissions.onset_at.range": {
        "admissions": {
            "onset_at": datetime(2009, 12, 31, 23, 59),
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
    "procedures.mtici_after_mt.required": {"procedures": NOT_STENTED | {"mtici_after_mt": None}},
    "procedures.mtici_after_mt.codes": {"procedures": NOT_STENTED | {"mtici_after_mt": NOT_A_CODE}},
    "procedures.rescue_stent.codes": {
        "procedures": {"rescue_stent": NOT_A_CODE, "artery_perforation": False},
        "imaging": {"stent_patency": None},
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
    "admissions.onset_to_arrival_plausible": {
        "admissions": {"onset_at": datetime(2021, 2, 28, 8, 29)},
    },
    "admissions.nihss_of_treated": {"admissions": {"baseline_nihss": 1}},
    "admissions.aspects_of_treated": {"admissions": {"aspects": 2}},
    "admissions.glucose_with_diabetes": {
        "admissions": {"glucose_mmol_per_l": 20.1, "diabetes": False},
    },
    "admissions.platelets_of_treated": {"admissions": {"platelets_giga_per_l": 39}},
    "admissions.atherosclerosis_at_age": {"admissions": {"birth_date": date(1996, 3, 2)}},
    "procedures.number_keeps_its_patient": {},
    "imaging.number_keeps_its_patient": {},
    "admissions.same_patient_once": {},
    "admissions.treated_with_consent": {"admissions": {"consent_given": False}},
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
    "procedures.door_to_puncture_plausible": {
        "procedures": {
            "puncture_at": datetime(2021, 3, 1, 21, 31),
            "ended_at": datetime(2021, 3, 1, 22, 30),
        },
    },
    "procedures.passes_in_duration": {
        "procedures": {"passes": 2, "ended_at": datetime(2021, 3, 1, 10, 35)},
    },
    "procedures.passes_with_reperfusion": {
        "procedures": NOT_STENTED | {"passes": 9, "mtici_after_mt": "2c"},
    },
    "procedures.reperfusion_with_open_vessel": {
        "procedures": NOT_STENTED | {"residual_stenosis_pct": 96, "mtici_after_mt": "3"},
    },
    "procedures.stent_for_stenosis": {"procedures": {"residual_stenosis_pct": 29}},
    "procedures.stent_not_in_embolism": {"admissions": {"etiology": "cardioembolism"}},
    "procedures.balloon_for_stenosis": {
        "procedures": NOT_STENTED | {"balloon_angioplasty": True, "residual_stenosis_pct": 29},
    },
    "procedures.refusal_after_failure": {
        "procedures": NOT_STENTED | {"rescue_stent": "refused", "mtici_after_mt": "2b"},
    },
    "procedures.improvement_needs_treatment": {"procedures": NOT_STENTED | {"tirofiban": False}},
    "procedures.no_tirofiban_after_perforation": {
        "procedures": {"rescue_stent": "not_indicated"},
    },
    "procedures.posterior_with_low_aspects": {
        "admissions": {"aspects": 5},
        "procedures": {"occlusion_site": "ba"},
    },
    "procedures.ivt_with_glucose": {"admissions": {"glucose_mmol_per_l": 2.6}},
    "procedures.same_procedure_once": {},
    "imaging.scan_after_procedure": {"imaging": {"imaged_at": datetime(2021, 3, 1, 11, 29)}},
    "imaging.scan_in_time": {"imaging": {"imaged_at": datetime(2021, 4, 1, 9, 0)}},
    "imaging.nihss_change_plausible": {
        "admissions": {"baseline_nihss": 40},
        "imaging": {"nihss_at_imaging": 9},
    },
    "imaging.large_hematoma_without_improvement": {
        "imaging": {"hemorrhage_type": "PH-2", "nihss_at_imaging": 6},
    },
    "imaging.hemorrhage_on_brain_imaging": {"imaging": {"modality": "dsa"}},
    "imaging.patency_on_vessel_imaging": {"imaging": {"modality": "ct"}},
    "imaging.same_scan_once": {},
    "followups.mrs_with_mode": {"followups": {"mode": None}},
    "followups.mrs_of_the_living_by_contact": {"followups": {"mode": "record"}},
    "followups.lost_without_death": {
        "followups": LOST | {"assessed_on": None, "death_date": date(2021, 4, 1)},
    },
    "followups.lost_without_assessment": {"followups": LOST},
    "followups.death_in_time": {
        "followups": DEAD | {"death_date": date(2021, 6, 30), "assessed_on": date(2021, 7, 1)},
    },
    "followups.mrs_with_severe_stroke": {
        "admissions": {"baseline_nihss": 30},
        "followups": {"mrs": 0},
    },
    "followups.mrs_not_better_than_before": {
        "admissions": {"prestroke_mrs": 3},
        "followups": {"mrs": 0},
    },
    "followups.mrs_after_failure": {
        "procedures": {"mtici_after_mt": "1", "mtici_final": "1"},
        "followups": {"mrs": 0},
    },
    "followups.mrs_after_large_hematoma": {
        "imaging": {"hemorrhage_type": "PH-2"},
        "followups": {"mrs": 0},
    },
    "followups.death_after_last_scan": {
        "followups": DEAD | {"death_date": date(2021, 3, 1)},
    },
    "imaging.scan_after_puncture": {"imaging": {"imaged_at": datetime(2021, 3, 1, 10, 29)}},
    "imaging.scan_before_delivery": {"imaging": {"imaged_at": datetime(2022, 6, 2, 0, 0)}},
    "imaging.hemorrhage_with_nihss": {"imaging": {"nihss_at_imaging": None}},
    "imaging.perforation_with_hemorrhage": {
        "imaging": {"hemorrhage_type": "none", "imaged_at": datetime(2021, 3, 3, 10, 30)},
    },
    "imaging.patency_only_with_stent": {"procedures": NOT_STENTED},
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


def _rows(number: int, name: str, extract: str, changes: Changes) -> Changes:
    """The valid rows of one patient with changes, as far as a row of this extract needs them.

    Each patient has another birthday, so that no two are taken for one.
    """
    own = {
        "admissions": {"birth_date": VALID["admissions"]["birth_date"] + timedelta(days=number)},
        "procedures": {"procedure_key": name},
        "imaging": {"imaging_key": name},
    }
    return {
        needed: valid(
            needed,
            **{"patient_key": name, "row_id": f"{name}@{needed}"}
            | own.get(needed, {})
            | changes.get(needed, {}),
        )
        for needed in NEEDS[extract]
    }


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A work database in which all cases were judged together."""
    cases = [(f"valid {extract}", extract, {}) for extract in EXTRACTS]
    cases += [(rule.id, rule.extract, _case(rule)) for rule in RULES.values()]
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for number, (name, extract, changes) in enumerate(cases):
        for needed, row in _rows(number, name, extract, changes).items():
            rows[needed].append(row)
        if name in RULES and _needs_two(RULES[name]):
            rows[extract].append(_second(RULES[name], rows[extract][-1]))
        if name.endswith("number_keeps_its_patient"):
            rows[extract].insert(-1, _used_before(rows[extract][-1]))
    return checked(tmp_path_factory.mktemp("rules"), rows)


@pytest.fixture(scope="module")
def fired(judged: Path) -> dict[str, list[tuple[str, str]]]:
    """Failures (row, rule) by the name of the case."""
    found = defaultdict(list)
    for row_id, rule_id in query(
        judged, "select row_id, rule from raw.check_failures order by all"
    ):
        found[row_id.partition("@")[0]].append((row_id, rule_id))
    return found


def _used_before(row: dict[str, Any]) -> dict[str, Any]:
    """The row of another patient that was delivered under the same number a month before."""
    return row | {
        "row_id": f"{row['row_id']} before",
        "patient_key": "valid followups",
        **{name: row[name] + timedelta(minutes=9) for name in TIMES if name in row},
        "delivered_on": date(2022, 5, 1),
        "source_file": "centre/before.csv",
        "file_id": "before",
    }


def _needs_two(rule: Rule) -> bool:
    """Whether it takes two rows to break a rule."""
    return rule.constraint == "unique" or rule.name.endswith("_once")


def _second(rule: Rule, row: dict[str, Any]) -> dict[str, Any]:
    """The row that breaks a rule together with another: contradicts it, or repeats it."""
    contradictions = {
        "admissions": {"baseline_nihss": 3},
        "procedures": {"passes": 1},
        "imaging": {"nihss_at_imaging": 10},
        "followups": {"mrs": 1},
    }
    other_keys = {
        "admissions": {"patient_key": "again"},
        "procedures": {"procedure_key": "again"},
        "imaging": {"imaging_key": "again"},
    }
    changes = contradictions if rule.constraint == "unique" else other_keys
    return row | {"row_id": f"{rule.id}@{rule.extract} again"} | changes[rule.extract]


@pytest.mark.parametrize("rule", sorted(RULES))
def test_a_row_that_breaks_one_rule_fails_that_rule_alone(
    rule: str, fired: dict[str, list[tuple[str, str]]]
) -> None:
    row = f"{rule}@{RULES[rule].extract}"
    rows = [row, f"{row} again"] if _needs_two(RULES[rule]) else [row]
    assert fired[rule] == [(row_id, rule) for row_id in rows]


def test_the_examples_on_the_pages_are_what_the_checks_say(judged: Path) -> None:
    found = query(
        judged,
        """
        select rule, min(found) from raw.check_failures
        where starts_with(row_id, rule || '@')
        group by rule
        """,
    )
    assert json.loads(EXAMPLES_PATH.read_text(encoding="utf-8")) == dict(found)


@pytest.mark.parametrize("extract", EXTRACTS)
def test_valid_rows_break_no_rule(extract: str, fired: dict[str, list[tuple[str, str]]]) -> None:
    assert fired[f"valid {extract}"] == []


def test_cases_name_rules_that_exist() -> None:
    assert sorted({*FIELD_CASES, *CLINICAL_CASES} - set(RULES)) == []


def test_each_rule_has_one_id() -> None:
    ids = [rule.id for extract in EXTRACTS for rule in suite(extract).rows]
    assert sorted(ids) == sorted(set(ids))


def test_no_message_quotes_a_key_or_what_is_never_published() -> None:
    hidden = {
        str(field.landed_name)
        for extract in dictionary().extracts.values()
        for field in extract.landed_fields
        if field.identifier or not field.published
    }
    assert {name for rule in RULES.values() for name in rule.shown} & hidden == set()


def test_the_table_of_rules_describes_each_rule(judged: Path) -> None:
    with duckdb.connect(judged, read_only=True) as connection:
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
