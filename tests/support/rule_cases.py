"""What breaks each rule, and that rule alone: small files, made of valid ones by a planted change.

``files_that_break(rule)`` gives the files for every rule of the project. Rules of one kind (a type,
a code list, a new column) are broken in one way, by ``BREAKERS``; what breaks a clinical rule, and
a rule on a field where changing that one field would break another too, stands in the tables.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from openpyxl import load_workbook

from tests.support.checked_rows import VALID
from tests.support.rule_files import (
    BEFORE,
    LAST,
    NEEDS,
    Files,
    Row,
    csv_file,
    row,
    rows,
    valid_files,
    xlsx_file,
)
from warehouse.definitions.dictionary import EXTRACTS, DictionaryField, dictionary
from warehouse.expectations.rule import Described

# Extract -> what is changed in its row; NOT_DELIVERED: it has no file.
Changes = dict[str, dict[str, Any] | None]
NOT_DELIVERED = None

NOT_A_CODE, NOT_A_NUMBER_OF_THE_SCALE = "zz9", 99
NOT_A_VALUE = "n0t-a-value"
NO_IDENTIFIER = "XXX"
NEVER_CALCULATED = "=1+1"
EARLY = datetime(2009, 12, 31, 12, 0)
NOT_STENTED = {"rescue_stent": "not_indicated", "artery_perforation": False}
LOST = {"lost_to_followup": True, "mrs": None, "mode": None}
DEAD = {"mrs": 6, "death_date": date(2021, 3, 9), "assessed_on": date(2021, 3, 9), "mode": "record"}

# Berlin goes back from 03:00 to 02:00.
NIGHT_BACK = {
    "onset_at": datetime(2021, 10, 31, 0, 30),
    "arrived_at": datetime(2021, 10, 31, 1, 30),
}

# Of extracts that nothing here names: the last field that is a number.
OTHER_NUMBERS = {
    name: [field.name for field in extract.fields if field.type in ("integer", "number")][-1]
    for name, extract in dictionary().extracts.items()
    if name not in ("admissions", "procedures", "imaging", "followups")
}
RETYPED = OTHER_NUMBERS | {
    "admissions": "aspects",
    "procedures": "residual_stenosis_pct",
    "imaging": "nihss_at_imaging",
    "followups": "assessed_on",
}

# A yes or no field of which no rule looks at another field.
YES_NO = {
    "admissions": "smoking",
    "procedures": "access_site_hematoma",
    "imaging": "adjudicated_sich",
    "followups": "rater_blinded",
}

# Rules that cannot be broken without another: which, and why.
COMPANIONS: dict[str, tuple[set[str], str]] = {
    "admissions.age_years.usual": (
        {"admissions.ages_agree"},
        "the row has a date of birth, too",
    ),
    "procedures.ivt_with_glucose": (
        {"admissions.glucose_mmol_per_l.usual"},
        "the limits of thrombolysis are the usual ones",
    ),
    **{
        f"{extract}.columns.retyped": (
            {f"{extract}.{field}.type"},
            "each of the cells that cannot be read is reported, too",
        )
        for extract, field in RETYPED.items()
    },
    "procedures.first.known": (
        {"procedures.mtici_final.codes", "procedures.one_procedure_a_day"},
        "the first procedure is rejected for another reason, on the same day",
    ),
    "followups.death_after_last_procedure": (
        {"procedures.one_procedure_a_day"},
        "the second procedure is usual, so that it is at most a day after the onset",
    ),
    **{
        f"{extract}.markers.undeclared": (
            {f"{extract}.{field}.type"},
            "each of the cells is reported, too",
        )
        for extract, field in YES_NO.items()
    },
    "followups.markers.possible_value": (
        {"procedures.markers.possible_value"},
        "the smallest outcomes are numbers of passes, too",
    ),
    **{
        f"{extract}.delivery.held": (
            {f"{extract}.records.kept"},
            "a delivery is held by a rule that it breaks beyond its threshold",
        )
        for extract in NEEDS
    },
}

# A rule on a field, where changing that field alone would break another rule.
FIELDS: dict[str, Changes] = {
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
        "admissions": {"onset_at": datetime(2010, 1, 1, 8, 0), "arrived_at": EARLY}
    },
    "admissions.discharged_on.range": {"admissions": {"discharged_on": EARLY.date()}},
    "procedures.puncture_at.range": {
        "admissions": {
            "onset_at": datetime(2010, 1, 1, 0, 0),
            "arrived_at": datetime(2010, 1, 1, 0, 10),
        },
        "procedures": {
            "puncture_at": datetime(2009, 12, 31, 23, 30),
            "ended_at": datetime(2010, 1, 1, 0, 30),
        },
    },
    "procedures.ended_at.range": {"procedures": {"ended_at": EARLY}},
    "procedures.mtici_after_mt.required": {"procedures": NOT_STENTED | {"mtici_after_mt": None}},
    "procedures.mtici_after_mt.codes": {"procedures": NOT_STENTED | {"mtici_after_mt": NOT_A_CODE}},
    "procedures.rescue_stent.codes": {
        "procedures": {"rescue_stent": NOT_A_CODE, "artery_perforation": False}
    },
    "imaging.imaged_at.range": {"procedures": NOT_DELIVERED, "imaging": {"imaged_at": EARLY}},
    "imaging.hemorrhage_type.codes": {
        "procedures": {"artery_perforation": False},
        "imaging": {"hemorrhage_type": NOT_A_CODE},
    },
    "followups.assessed_on.range": {
        "procedures": NOT_DELIVERED,
        "followups": {"assessed_on": EARLY.date()},
    },
    "followups.death_date.range": {
        "procedures": NOT_DELIVERED,
        "followups": DEAD | {"death_date": EARLY.date()},
    },
}

CLINICAL: dict[str, Changes] = {
    "admissions.hour_came_twice": {
        "admissions": {
            "onset_at": datetime(2021, 10, 31, 2, 50),
            "arrived_at": datetime(2021, 10, 31, 2, 20),
        },
    },
    "procedures.hour_came_twice": {
        "admissions": NIGHT_BACK,
        "procedures": {
            "puncture_at": datetime(2021, 10, 31, 2, 50),
            "ended_at": datetime(2021, 10, 31, 2, 20),
        },
    },
    "imaging.hour_came_twice": {
        "admissions": NIGHT_BACK,
        "procedures": {
            "puncture_at": datetime(2021, 10, 31, 2, 10),
            "ended_at": datetime(2021, 10, 31, 2, 50),
        },
        "imaging": {"imaged_at": datetime(2021, 10, 31, 2, 20)},
    },
    "admissions.onset_at_after_last_seen_well_at": {
        "admissions": {"last_seen_well_at": datetime(2021, 3, 1, 8, 1)},
    },
    "admissions.referring_left_at_after_referring_arrived_at": {
        "admissions": {
            "referring_arrived_at": datetime(2021, 3, 1, 8, 31),
            "referring_left_at": datetime(2021, 3, 1, 8, 30),
        },
    },
    "admissions.arrived_at_after_referring_left_at": {
        "admissions": {"referring_left_at": datetime(2021, 3, 1, 9, 31)},
    },
    "admissions.selection_imaged_at_after_arrived_at": {
        "admissions": {"selection_imaged_at": datetime(2021, 3, 1, 9, 29)},
    },
    "admissions.discharged_after_arrival": {"admissions": {"discharged_on": date(2021, 2, 28)}},
    "admissions.dead_at_discharge": {
        "admissions": {"mrs_discharge": 6, "discharge_destination": "home"},
    },
    "admissions.diastolic_below_systolic": {
        "admissions": {"systolic_bp_mmhg": 90, "diastolic_bp_mmhg": 90},
    },
    "admissions.core_within_hypoperfusion": {
        "admissions": {"core_ml": 51, "hypoperfusion_ml": 50},
    },
    "procedures.ivt_at_after_onset_at": {
        "procedures": {"ivt_at": datetime(2021, 3, 1, 7, 59)},
    },
    "procedures.first_pass_at_after_puncture_at": {
        "procedures": {"first_pass_at": datetime(2021, 3, 1, 10, 29)},
    },
    "procedures.reperfusion_at_after_puncture_at": {
        "procedures": {"reperfusion_at": datetime(2021, 3, 1, 10, 29)},
    },
    "procedures.reperfusion_at_after_first_pass_at": {
        "procedures": {
            "first_pass_at": datetime(2021, 3, 1, 10, 51),
            "reperfusion_at": datetime(2021, 3, 1, 10, 50),
        },
    },
    "procedures.ended_at_after_first_pass_at": {
        "procedures": {"first_pass_at": datetime(2021, 3, 1, 11, 31)},
    },
    "procedures.ended_at_after_reperfusion_at": {
        "procedures": {"reperfusion_at": datetime(2021, 3, 1, 11, 31)},
    },
    "procedures.needle_time_with_ivt": {
        "procedures": {"ivt": False, "ivt_at": datetime(2021, 3, 1, 9, 50)},
    },
    "procedures.only_pass_is_first_pass": {
        "procedures": {"passes": 1, "mtici_first_pass": "2b"},
    },
    "procedures.no_passes_without_occlusion": {
        "procedures": {"occlusion_site": "none", "passes": 2},
    },
    "imaging.adjudicated_with_hemorrhage": {
        "procedures": {"artery_perforation": False},
        "imaging": {"adjudicated_sich": True, "hemorrhage_type": "none"},
    },
    "admissions.onset_before_arrival": {
        "admissions": {"onset_at": datetime(2021, 3, 1, 9, 31)},
    },
    "admissions.birth_before_onset": {"admissions": {"birth_date": date(2021, 3, 2)}},
    "admissions.ages_agree": {"admissions": {"age_years": 60}},
    "admissions.age_plausible": {"admissions": {"birth_date": date(2003, 3, 2)}},
    "admissions.age_possible": {"admissions": {"birth_date": date(1905, 3, 1)}},
    "admissions.onset_to_arrival_possible": {
        "admissions": {"onset_at": datetime(2021, 2, 15, 9, 29)},
    },
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
        "admissions": {
            "onset_at": datetime(2022, 6, 1, 20, 0),
            "arrived_at": datetime(2022, 6, 1, 21, 30),
        },
        "procedures": {
            "puncture_at": datetime(2022, 6, 1, 23, 0),
            "ended_at": datetime(2022, 6, 2, 0, 0),
        },
    },
    "procedures.duration_possible": {
        "procedures": {"ended_at": datetime(2021, 3, 2, 10, 31)},
    },
    "procedures.onset_to_puncture_possible": {
        "procedures": {
            "puncture_at": datetime(2021, 3, 15, 8, 1),
            "ended_at": datetime(2021, 3, 15, 9, 0),
        },
    },
    "procedures.door_to_puncture_possible": {
        "procedures": {
            "puncture_at": datetime(2021, 3, 8, 9, 31),
            "ended_at": datetime(2021, 3, 8, 10, 30),
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
    "procedures.puncture_of_this_stroke": {
        "procedures": {
            "puncture_at": datetime(2021, 4, 1, 10, 30),
            "ended_at": datetime(2021, 4, 1, 11, 30),
        },
    },
    "imaging.scan_of_this_stroke": {"imaging": {"imaged_at": datetime(2021, 6, 30, 9, 0)}},
    "procedures.ivt_in_time_window": {
        "admissions": {"onset_at": datetime(2021, 3, 1, 4, 59)},
    },
    "procedures.stent_after_failed_thrombectomy": {"procedures": {"mtici_after_mt": "2b"}},
    "procedures.stent_with_tirofiban": {
        "procedures": {"tirofiban": False, "artery_perforation": False},
    },
    "procedures.final_reperfusion_not_worse": {
        "procedures": {"mtici_after_mt": "2a", "mtici_final": "1"},
    },
    "procedures.final_not_worse_than_first_pass": {
        "procedures": {"passes": 2, "mtici_first_pass": "3", "mtici_final": "2c"},
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
        "procedures": NOT_STENTED
        | {"passes": 1, "residual_stenosis_pct": 96, "mtici_after_mt": "3"},
    },
    "procedures.stent_after_a_pass": {"procedures": {"passes": 0}},
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
    # 49 mg/dL; 50 mg/dL is 2.78.
    "procedures.ivt_with_glucose": {"admissions": {"glucose_mmol_per_l": 2.72}},
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
    "imaging.patency_on_vessel_imaging": {"imaging": {"modality": "mri"}},
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
        "procedures": NOT_DELIVERED,
        "followups": {"assessed_on": date(2022, 6, 2)},
    },
    "followups.death_before_delivery": {"followups": {"death_date": date(2022, 6, 2)}},
    "followups.assessed_in_time": {"followups": {"assessed_on": date(2021, 4, 29)}},
    # The last day of one year is day 395, 2022-03-31.
    "followups.mrs_at_time_point": {
        "followups": {"time_point": "year_1", "assessed_on": date(2022, 4, 1)},
    },
}


def files_that_break(rule: Described) -> Files:
    """The files of a site that break a rule, and no other but its companions."""
    changes = (FIELDS | CLINICAL).get(rule.id)
    if changes is not None:
        return one_night(rule.extract, changes)
    name = next(n for n in (rule.id, rule.name, rule.constraint) if n in BREAKERS)
    return BREAKERS[name](rule)


def one_night(extract: str, changes: Changes) -> Files:
    """The files of one patient with changes."""
    return {
        f"{LAST}/{needed}.csv": csv_file([row(needed, **changed)])
        for needed in NEEDS[extract]
        if (changed := changes.get(needed, {})) is not NOT_DELIVERED
    }


def _changed(rule: Described, value: Any) -> Files:
    return one_night(rule.extract, {rule.extract: {rule.fields[0]: value}})


def _field(rule: Described) -> DictionaryField:
    return dictionary().extracts[rule.extract].field(rule.fields[0])


def _missing(rule: Described) -> Files:
    return _changed(rule, None)


def _unreadable_cell(rule: Described) -> Files:
    """Any text can be read as text: what cannot is a formula that was never calculated.

    A marker is no identifier.
    """
    if _field(rule).identifier:
        return _changed(rule, NO_IDENTIFIER)
    if _field(rule).type != "string":
        return _changed(rule, NOT_A_VALUE)
    spoilt = row(rule.extract, **{rule.fields[0]: NEVER_CALCULATED})
    files = valid_files(rule.extract)
    del files[f"{LAST}/{rule.extract}.csv"]
    return files | {f"{LAST}/{rule.extract}.xlsx": xlsx_file([spoilt])}


def _no_code(rule: Described) -> Files:
    is_text = _field(rule).type == "string"
    return _changed(rule, NOT_A_CODE if is_text else NOT_A_NUMBER_OF_THE_SCALE)


def _out_of_range(rule: Described) -> Files:
    if _field(rule).type == "datetime":
        return _changed(rule, EARLY)
    return _changed(rule, int(_field(rule).constraints.maximum or 0) + 1)


def _unusual(rule: Described) -> Files:
    usual = _field(rule).usual
    low, high = (usual.minimum, usual.maximum) if usual else (None, None)
    return _changed(rule, low - 1 if low is not None else int(high or 0) + 1)


def _unknown_patient(rule: Described) -> Files:
    return _changed(rule, "nobody-1")


def _unknown_admission(rule: Described) -> Files:
    """A row that names another admission than the patient has."""
    numbered = csv_file([row("admissions", admission_id="A1")])
    own = _with_rows(rule, row(rule.extract, admission_id="A2"))
    return own | {f"{LAST}/admissions.csv": numbered}


def _another_patient(rule: Described) -> Files:
    """The number under which a woman was delivered a month before, for a man."""
    return valid_files(rule.extract, BEFORE) | _with_rows(rule, row(rule.extract, sex="male"))


def _lost_after_all(rule: Described) -> Files:
    """A patient with an mRS a month before, now lost to follow-up."""
    lost: Row = {"assessed_on": None, "mode": None, "mrs": None, "lost_to_followup": True}
    return valid_files(rule.extract, BEFORE) | _with_rows(rule, row(rule.extract, **lost))


def _dead_and_alive(_rule: Described) -> Files:
    """A patient with two strokes who died after the first and was called after the second."""
    onset = datetime(2021, 3, 5, 8, 0)
    second = {"onset_at": onset, "arrived_at": onset + timedelta(hours=1)}
    both = [row("admissions", admission_id="A1"), row("admissions", admission_id="A2", **second)]
    outcomes = [
        row("followups", admission_id="A1", **DEAD),
        row("followups", admission_id="A2"),
    ]
    return {
        f"{LAST}/admissions.csv": csv_file(both),
        f"{LAST}/followups.csv": csv_file(outcomes),
    }


def _another_value_that_day(rule: Described) -> Files:
    """A second file of the day with another value of the record."""
    changed = csv_file([row(rule.extract, **CHANGED[rule.extract])])
    return valid_files(rule.extract) | {f"{LAST}/{rule.extract}_2.csv": changed}


def _deaths_alone(rule: Described) -> Files:
    """Of two patients one is dead, and of the other there is no follow-up."""
    return valid_files(rule.extract, patients=2) | {
        f"{LAST}/followups.csv": csv_file([row("followups", **DEAD)])
    }


def _without_the_death(rule: Described) -> Files:
    """A full export of follow-ups without that of a patient who died."""
    files = valid_files(rule.extract, BEFORE, 2)
    alive = row(rule.extract, 2)
    return files | {
        f"{BEFORE}/{rule.extract}.csv": csv_file([row(rule.extract, **DEAD), alive]),
        f"{LAST}/{rule.extract}.csv": csv_file([alive]),
        f"{LAST}/delivery.yaml": b"mode: full\n",
    }


def _treated_after_death(_rule: Described) -> Files:
    """A patient with a second procedure on the day after the death."""
    onset = datetime(2021, 3, 1, 20, 0)
    hours = [onset + timedelta(hours=hour) for hour in range(7)]
    procedures = [
        row("procedures", puncture_at=hours[2], ended_at=hours[3]),
        row("procedures", procedure_id="T2", puncture_at=hours[5], ended_at=hours[6]),
    ]
    admission = row("admissions", onset_at=onset, arrived_at=hours[1])
    death = row("followups", **DEAD | {"death_date": onset.date()})
    return {
        f"{LAST}/admissions.csv": csv_file([admission]),
        f"{LAST}/procedures.csv": csv_file(procedures),
        f"{LAST}/followups.csv": csv_file([death]),
    }


def _first_rejected(rule: Described) -> Files:
    """A procedure with an mTICI that is no grade, and a re-intervention eight hours later."""
    first = row(rule.extract, mtici_final="2b-")
    hours = timedelta(hours=8)
    later = row(
        rule.extract,
        procedure_id="T2",
        puncture_at=first["puncture_at"] + hours,
        ended_at=first["ended_at"] + hours,
    )
    return _with_rows(rule, first, later)


def _with_rows(rule: Described, *own: Row) -> Files:
    """Valid files, but with these rows of the rule's extract."""
    return valid_files(rule.extract) | {f"{LAST}/{rule.extract}.csv": csv_file([*own])}


def _admission_twice(rule: Described) -> Files:
    """Two rows with one admission number and different content."""
    first = row(rule.extract, admission_id="A1")
    files = _with_rows(rule, first, first | CHANGED[rule.extract])
    if rule.extract == "admissions":
        return files
    return files | {f"{LAST}/admissions.csv": csv_file([row("admissions", admission_id="A1")])}


def _contradiction(rule: Described) -> Files:
    """Two rows with one number and different content."""
    first = row(rule.extract)
    return _with_rows(rule, first, first | CHANGED[rule.extract])


def _registered_twice(rule: Described) -> Files:
    """The same row under two numbers."""
    number = dictionary().extracts[rule.extract].primary_key[0]
    return _with_rows(rule, row(rule.extract), row(rule.extract, **{number: "again"}))


def _number_spelt_otherwise(rule: Described) -> Files:
    """A stroke of the same person under a number in capitals, three months later."""
    later = {"onset_at": datetime(2021, 6, 1, 8, 0), "arrived_at": datetime(2021, 6, 1, 9, 30)}
    return _with_rows(rule, row(rule.extract), row(rule.extract, patient_id="P1", **later))


def _treated_again_that_day(rule: Described) -> Files:
    """A second procedure two hours after the first."""
    first = row(rule.extract)
    later = {name: first[name] + timedelta(hours=2) for name in ("puncture_at", "ended_at")}
    again = row(rule.extract, procedure_id="again", **later)
    return _with_rows(rule, first, again)


def _number_of_another_patient(rule: Described) -> Files:
    """A number under which another patient's row was delivered a month before."""
    used_before = row(rule.extract, patient_id="p2")
    return {
        **valid_files(rule.extract, BEFORE, patients=2),
        f"{BEFORE}/{rule.extract}.csv": csv_file([used_before]),
        f"{LAST}/{rule.extract}.csv": csv_file([row(rule.extract)]),
    }


def _after_a_valid_one(rule: Described, name: str, content: bytes) -> Files:
    """A file that differs from the valid one that was delivered a month before."""
    return valid_files(rule.extract, BEFORE, PATIENTS) | {f"{LAST}/{rule.extract}{name}": content}


def _broken_line(rule: Described) -> Files:
    path = f"{LAST}/{rule.extract}.csv"
    files = valid_files(rule.extract)
    return files | {path: files[path] + b"two,fields\n"}


def _unknown_column(rule: Described) -> Files:
    return _with_rows(rule, row(rule.extract) | {"ward": "3"})


def _without_required_column(rule: Described) -> Files:
    return _with_rows(rule, _without(row(rule.extract), "patient_id"))


def _cut_off(rule: Described) -> Files:
    """A workbook of which the end is missing."""
    files = valid_files(rule.extract)
    del files[f"{LAST}/{rule.extract}.csv"]
    return files | {f"{LAST}/{rule.extract}.xlsx": xlsx_file(rows(rule.extract))[:1000]}


def _footer(rule: Described) -> Files:
    """A line that names a total and has no value of a field."""
    files = valid_files(rule.extract)
    name = f"{LAST}/{rule.extract}.csv"
    return files | {name: files[name] + b"Total,12\n"}


def _table_below(rule: Described) -> Files:
    """The header of another extract and a row below the table."""
    other = next(name for name in EXTRACTS if name != rule.extract)
    files = valid_files(rule.extract)
    name = f"{LAST}/{rule.extract}.csv"
    return files | {name: files[name] + csv_file([row(other)])}


def _unnamed_column(rule: Described) -> Files:
    return _with_rows(rule, row(rule.extract) | {"": "ask again"})


def _hidden_sheet(rule: Described) -> Files:
    return _as_workbook(rule, lambda book: _hide(book.create_sheet("Old")))


def _hide(sheet: Any) -> None:
    sheet.append(["kept for later"])
    sheet.sheet_state = "hidden"


def _hidden_row(rule: Described) -> Files:
    def hide(book: Any) -> None:
        book.active.row_dimensions[2].hidden = True

    return _as_workbook(rule, hide)


def _as_workbook(rule: Described, change: Callable[[Any], None]) -> Files:
    """The valid rows as a workbook, changed."""
    files = valid_files(rule.extract)
    del files[f"{LAST}/{rule.extract}.csv"]
    book = load_workbook(io.BytesIO(xlsx_file(rows(rule.extract))))
    change(book)
    content = io.BytesIO()
    book.save(content)
    return files | {f"{LAST}/{rule.extract}.xlsx": content.getvalue()}


def _new_column(rule: Described) -> Files:
    content = [each | {"ward": "3"} for each in rows(rule.extract, PATIENTS)]
    return _after_a_valid_one(rule, ".csv", csv_file(content))


def _gone_column(rule: Described) -> Files:
    content = [_without(each, OPTIONAL[rule.extract]) for each in rows(rule.extract, PATIENTS)]
    return _after_a_valid_one(rule, ".csv", csv_file(content))


def _renamed_column(rule: Described) -> Files:
    name = OPTIONAL[rule.extract].encode()
    content = csv_file(rows(rule.extract, PATIENTS)).replace(name, b"another_name", 1)
    return _after_a_valid_one(rule, ".csv", content)


def _retyped_column(rule: Described) -> Files:
    (companion,), _why = COMPANIONS[rule.id]
    changed = {companion.split(".")[1]: NOT_A_VALUE}
    return _after_a_valid_one(rule, ".csv", csv_file(rows(rule.extract, PATIENTS, **changed)))


def _other_format(rule: Described) -> Files:
    return _after_a_valid_one(rule, ".xlsx", xlsx_file(rows(rule.extract, PATIENTS)))


def _other_encoding(rule: Described) -> Files:
    """With a header that is not ASCII, so that the encoding can be told."""
    content = [{"患者编号": each["patient_id"]} | _without(each, "patient_id")
               for each in rows(rule.extract, PATIENTS)]  # fmt: skip
    return valid_files(rule.extract, BEFORE, PATIENTS) | {
        f"{BEFORE}/{rule.extract}.csv": csv_file(content),
        f"{LAST}/{rule.extract}.csv": csv_file(content, encoding="gb18030"),
    }


def _other_delimiter(rule: Described) -> Files:
    return _after_a_valid_one(rule, ".csv", csv_file(rows(rule.extract, PATIENTS), delimiter=";"))


def _valid(rule: Described) -> Files:
    """Nothing is wrong but the site's mapping."""
    return valid_files(rule.extract)


def _half_swapped(rule: Described) -> Files:
    """A real date early in a month, and one of later in a month as text."""
    days = (7, 0) if rule.extract == "followups" else (0, 13)
    files: Files = {}
    for needed in NEEDS[rule.extract]:
        early, late = (
            _later(row(needed, number), shift) for number, shift in enumerate(days, start=1)
        )
        files[f"{LAST}/{needed}.csv"] = csv_file([early, late])
    name = _dated(rule)
    late[name] = f"{late[name]:%d/%m/%Y %H:%M}".removesuffix(" 00:00")
    del files[f"{LAST}/{rule.extract}.csv"]
    return files | {f"{LAST}/{rule.extract}.xlsx": xlsx_file([early, late], keeps={name})}


def _undeclared(rule: Described) -> Files:
    """A yes or no field that nobody could determine."""
    cells = csv_file([row(rule.extract) | {YES_NO[rule.extract]: "UTD"}])
    return valid_files(rule.extract) | {f"{LAST}/{rule.extract}.csv": cells}


def _half_known(rule: Described) -> Files:
    """A yes or no field with a spelling that the mapping recodes, and a 1 beside it."""
    one, other = rows(rule.extract, 2)
    field = YES_NO[rule.extract]
    cells = csv_file([one | {field: 1}, other | {field: "never"}])
    return valid_files(rule.extract, patients=2) | {f"{LAST}/{rule.extract}.csv": cells}


def _dated(rule: Described) -> str:
    """The field of a date or time that can change without breaking another rule."""
    return DATED.get(rule.extract, dictionary().extracts[rule.extract].time)


def _later(cells: Row, days: int) -> Row:
    return {
        name: value + timedelta(days=days) if isinstance(value, date) else value
        for name, value in cells.items()
    }


def mapping_of(rule: Described) -> dict[str, Any]:
    """What the site's mapping says where a rule is about it, or needs it."""
    match rule.name:
        case "file.encoding_changed" | "mapping.at_work":
            used, unused = ("患者编号", "patient_id"), ("no such column", OPTIONAL[rule.extract])
            header, field = unused if rule.name == "mapping.at_work" else used
            return {"headers": {rule.extract: {header: field}}}
        case "codes.half_known":
            return {"recode": {rule.extract: {YES_NO[rule.extract]: {"never": "no"}}}}
        case "markers.possible_value":
            return {"missing_values": [MEASURED[rule.extract]]}
        case "dates.half_swapped" | "dates.complete":
            name, is_whole = _dated(rule), rule.name == "dates.half_swapped"
            formats = ["%d/%m/%Y"] if is_whole else ["%b %Y", "%b %Y %H:%M"]
            day = None if is_whole else min(row(rule.extract)[name].day, 28)
            return {"formats": {rule.extract: {name: formats}}, "incomplete_dates": {"day": day}}
    return MAPPINGS.get(rule.name, {})


def _without_day(rule: Described) -> Files:
    """A date of which the month is known, and perhaps the clock."""
    cells, name = row(rule.extract), _dated(rule)
    cells[name] = f"{cells[name]:%b %Y %H:%M}".removesuffix(" 00:00")
    return valid_files(rule.extract) | {f"{LAST}/{rule.extract}.csv": csv_file([cells])}


def _cut_export(patients: int, known: int = 20) -> Callable[[Described], Files]:
    """A full delivery that has lost all but so many of the records known before."""

    def files(rule: Described) -> Files:
        header, *lines = csv_file(rows(rule.extract, known)).splitlines(keepends=True)
        return {
            **valid_files(rule.extract, BEFORE, known),
            f"{LAST}/{rule.extract}.csv": header + b"".join(lines[:patients]),
            f"{LAST}/delivery.yaml": b"mode: full\n",
        }

    return files


def _of_a_withdrawn_patient(rule: Described) -> Files:
    """The first patient is no longer in a full export of admissions, and the row comes with it."""
    files = valid_files(rule.extract, BEFORE)
    last = files.pop(f"{BEFORE}/{rule.extract}.csv")
    return files | {
        f"{LAST}/admissions.csv": csv_file([row("admissions", 2)]),
        f"{LAST}/{rule.extract}.csv": last,
        f"{LAST}/delivery.yaml": b"mode: full\n",
    }


def _header_alone(rule: Described) -> Files:
    """A full export with a header and no row, after a delivery with one."""
    files = valid_files(rule.extract, BEFORE)
    header = files[f"{BEFORE}/{rule.extract}.csv"].splitlines()[0]
    return files | {
        f"{LAST}/{rule.extract}.csv": header + b"\n",
        f"{LAST}/delivery.yaml": b"mode: full\n",
    }


def _sent_again(rule: Described) -> Files:
    """Between two deliveries of a file, the row came with another value."""
    changed = row(rule.extract, **CHANGED[rule.extract])
    first = BEFORE - timedelta(days=31)
    files = valid_files(rule.extract, first)
    return files | {
        f"{BEFORE}/{rule.extract}.csv": csv_file([changed]),
        f"{LAST}/{rule.extract}.csv": files[f"{first}/{rule.extract}.csv"],
    }


def _without(cells: Row, field: str) -> Row:
    return {name: value for name, value in cells.items() if name != field}


# Enough patients for a column to be called retyped, and for a loss of records to be judged.
PATIENTS, MANY = 5, 20
# A column that may be missing without breaking another rule.
OPTIONAL = {
    "admissions": "aspects",
    "procedures": "residual_stenosis_pct",
    "imaging": "stent_patency",
    "followups": "death_date",
}
# A value of the valid row that no other field has.
MEASURED = {"admissions": 9, "procedures": 80, "imaging": 14, "followups": 2}
# What the site's mapping says for a rule of any extract.
MAPPINGS: dict[str, dict[str, Any]] = {
    "accepted_corrections.used": {
        "accepted_corrections": [{"file": "admissions.csv", "line": 2, "because": "x"}]
    },
    "hour_came_twice": {"time_zone": "Europe/Berlin"},
}
# Where it is not the time of the extract.
DATED = {"admissions": "arrived_at", "procedures": "ended_at"}
# Another valid value.
CHANGED: dict[str, Row] = {
    "admissions": {"aspects": 8},
    "procedures": {"passes": 1},
    "imaging": {"nihss_at_imaging": 13},
    "followups": {"mrs": 1},
}
# Of another extract, its last number.
OPTIONAL |= OTHER_NUMBERS
MEASURED |= {extract: VALID[extract][field] for extract, field in OTHER_NUMBERS.items()}
CHANGED |= {extract: {field: MEASURED[extract] + 1} for extract, field in OTHER_NUMBERS.items()}
# By the rule, by its name, or by the kind of constraint.
BREAKERS: dict[str, Callable[[Described], Files]] = {
    "required": _missing,
    "type": _unreadable_cell,
    "codes": _no_code,
    "range": _out_of_range,
    "usual": _unusual,
    "admission_id.reference": _unknown_admission,
    "admissions.identity.kept": _another_patient,
    "identity.kept": _number_of_another_patient,
    "first.known": _first_rejected,
    "outcome.kept": _lost_after_all,
    "files_agree": _another_value_that_day,
    "strokes_agree": _dead_and_alive,
    "death.withdrawn": _without_the_death,
    "living.delivered": _deaths_alone,
    "death_after_last_procedure": _treated_after_death,
    "accepted_corrections.used": lambda rule: valid_files(rule.extract),
    "reference": _unknown_patient,
    "admission_id.unique": _admission_twice,
    "unique": _contradiction,
    "same_patient_once": _registered_twice,
    "patient_id.one_spelling": _number_spelt_otherwise,
    "same_procedure_once": _registered_twice,
    "same_scan_once": _registered_twice,
    "one_procedure_a_day": _treated_again_that_day,
    "line.readable": _broken_line,
    "lines.records": _footer,
    "columns.named": _unnamed_column,
    "sheets.read": _hidden_sheet,
    "tables.single": _table_below,
    "file.layout": _hidden_row,
    "columns.known": _unknown_column,
    "columns.required": _without_required_column,
    "file.readable": _cut_off,
    "columns.new": _new_column,
    "columns.missing": _gone_column,
    "columns.renamed": _renamed_column,
    "columns.retyped": _retyped_column,
    "file.format_changed": _other_format,
    "file.encoding_changed": _other_encoding,
    "file.delimiter_changed": _other_delimiter,
    "mapping.at_work": _valid,
    "markers.possible_value": _valid,
    "markers.undeclared": _undeclared,
    "codes.half_known": _half_known,
    "dates.half_swapped": _half_swapped,
    "dates.complete": _without_day,
    "records.some": _header_alone,
    "file.resent": _sent_again,
    "patient_id.not_withdrawn": _of_a_withdrawn_patient,
    "few_records.kept": _cut_export(patients=1, known=3),
    "records.kept": _cut_export(patients=0),
    "delivery.held": _cut_export(patients=1),
}
