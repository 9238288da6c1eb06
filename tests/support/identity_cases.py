"""Small deliveries, a site each, of patients with two strokes and of numbers used again.

All rows are invented. The cases c09_reused and e11_second are files (tests/fixtures/cases).
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.support.rule_files import Files, Row, csv_file, row

FIRST = datetime(2021, 3, 1, 8, 0)
SECOND = datetime(2021, 11, 20, 8, 0)
MAY, JUNE, JULY = "2022-05-01", "2022-06-01", "2022-07-01"
MAPPING = "site: {site}\naccepted_corrections:\n"
ACCEPTED = "  - {{file: {file}, line: {line}, because: the registry office corrected it}}\n"


def admission(onset: datetime = FIRST, number: int = 1, **changes: Any) -> Row:
    """An admission of a patient: arrival, birth and all else fit."""
    return row("admissions", number, onset_at=onset, arrived_at=onset + timedelta(minutes=90),
               **changes)  # fmt: skip


def procedure(onset: datetime, name: str, **changes: Any) -> Row:
    """The procedure of the stroke of an onset."""
    times = {"puncture_at": onset + timedelta(hours=2), "ended_at": onset + timedelta(hours=3)}
    return row("procedures", procedure_id=name, **times | changes)


def scan(onset: datetime, name: str, **changes: Any) -> Row:
    """The scan on the day after."""
    return row("imaging", imaging_id=name, imaged_at=onset + timedelta(hours=25), **changes)


def followup(onset: datetime, days: int = 90, **changes: Any) -> Row:
    """The follow-up so many days after an onset."""
    return row("followups", assessed_on=onset.date() + timedelta(days=days), **changes)


def files(*deliveries: tuple[str, str, list[Row]]) -> Files:
    """Files by their place: day, name, rows."""
    return {f"{day}/{name}.csv": csv_file(rows) for day, name, rows in deliveries}


def _of_both(rows_of: Any, *names: str, **changes: Any) -> list[Row]:
    """A row of either stroke, with its admission number where ``changes`` says so."""
    return [
        rows_of(onset, *name, **({"admission_id": number} if changes else {}))
        for onset, number, name in zip(
            (FIRST, SECOND), ("A1", "A2"), ([n] for n in names) if names else ([], []), strict=True
        )
    ]


def _two_numbered(day: str = MAY) -> tuple[str, str, list[Row]]:
    return day, "admissions", [
        admission(FIRST, admission_id="A1"),
        admission(SECOND, admission_id="A2"),
    ]  # fmt: skip


NEXT = (FIRST + timedelta(days=7), FIRST + timedelta(days=7, minutes=1))
OTHER_BIRTH = {"birth_date": date(1971, 12, 30)}
DEATH = date(2022, 2, 18)
IMPOSSIBLE = {"baseline_nihss": 55}
BY_AGE = {"birth_date": None}
SITES: dict[str, Files] = {
    # Ages instead of dates of birth: a year apart in line 3, four in line 2; 89+ is no
    # exact age, and neither is 80 where the row says that it is a lower limit.
    "ages": files(
        (
            MAY,
            "admissions",
            [
                admission(FIRST, 1, age_years=70, **BY_AGE),
                admission(FIRST, 2, age_years=70, **BY_AGE),
                admission(FIRST, 3, age_years=95, **BY_AGE),
                admission(FIRST, 4, age_years=None, **BY_AGE),
                admission(FIRST, 5, age_years=80, is_age_top_coded="yes", **BY_AGE),
            ],
        ),
        (
            JUNE,
            "admissions",
            [
                admission(FIRST, 1, age_years=74, **BY_AGE),
                admission(FIRST, 2, age_years=71, **BY_AGE),
                admission(FIRST, 3, age_years="89+", **BY_AGE),
                admission(FIRST, 5, age_years=86, **BY_AGE),
            ],
        ),
    ),
    # Two strokes, each row with the number of its admission.
    "numbered": files(
        _two_numbered(),
        (MAY, "procedures", _of_both(procedure, "T1", "T2", named=True)),
        (MAY, "imaging", _of_both(scan, "S1", "S2", named=True)),
        (MAY, "followups", _of_both(followup, named=True)),
    ),
    # Only the admissions have numbers; the other rows come together and belong by their times.
    "by_time": files(
        _two_numbered(),
        (
            MAY,
            "procedures",
            [
                *_of_both(procedure, "T1", "T2"),
                procedure(FIRST - timedelta(days=2), "T0"),
            ],
        ),
        (MAY, "imaging", _of_both(scan, "S1", "S2")),
        (MAY, "followups", [followup(FIRST), followup(SECOND, 80)]),
        (JUNE, "followups", [followup(SECOND, 90, mrs=3)]),
        (
            JULY,
            "followups",
            [
                row("followups", assessed_on=None, mrs=None, mode=None, lost_to_followup=True),
            ],
        ),
    ),
    # The second stroke 70 days after the first: day 92 of the first is day 22 of the second.
    "close": files(
        (
            MAY,
            "admissions",
            [
                admission(FIRST, admission_id="A1"),
                admission(FIRST + timedelta(days=70), admission_id="A2"),
            ],
        ),
        (MAY, "procedures", [procedure(FIRST, "T1")]),
        (MAY, "followups", [followup(FIRST, 92)]),
        (
            JUNE,
            "followups",
            [
                followup(FIRST, 100, mrs=6, death_date=FIRST.date() + timedelta(days=75)),
            ],
        ),
    ),
    # A site that begins to number its admissions: delivered before, and again with a number.
    "renumbered": files(
        (MAY, "admissions", [admission(FIRST)]),
        (MAY, "procedures", [procedure(FIRST, "T1")]),
        (MAY, "followups", [followup(FIRST)]),
        (
            JUNE,
            "admissions",
            [
                admission(FIRST, admission_id="A1", aspects=8),
                admission(SECOND, admission_id="A2"),
            ],
        ),
        (JUNE, "procedures", [procedure(SECOND, "T2", admission_id="A2")]),
        (JUNE, "followups", [followup(FIRST, mrs=1, admission_id="A1")]),
    ),
    # Numbers that no admission of the patient has; the second patient's admission has none.
    "unknown_number": files(
        (
            MAY,
            "admissions",
            [
                admission(FIRST, admission_id="A1"),
                admission(FIRST, 2),
            ],
        ),
        (
            MAY,
            "procedures",
            [
                procedure(FIRST, "T1", admission_id="A9"),
                procedure(FIRST, "T2", patient_id="p2", admission_id="B1"),
                procedure(FIRST, "T3", patient_id="p2", admission_id="A1"),
            ],
        ),
    ),
    "other_birth": files(
        (MAY, "admissions", [admission()]), (JUNE, "admissions", [admission(**OTHER_BIRTH)])
    ),
    "other_sex": files(
        (MAY, "admissions", [admission()]), (JUNE, "admissions", [admission(sex="male")])
    ),
    # Seven days are the same stroke, a minute more is another; a rejected version is no measure.
    "onset_days": files(
        (MAY, "admissions", [admission()]),
        (JUNE, "admissions", [admission(NEXT[0], aspects=8)]),
        (JULY, "admissions", [admission(NEXT[0] + timedelta(days=7, minutes=1))]),
    ),
    # The onset goes back 5 days by a file that is sent again, then 5 more: always the same stroke.
    "sent_again": files(
        (MAY, "admissions", [admission(FIRST - timedelta(days=5))]),
        (JUNE, "admissions", [admission(FIRST)]),
        (JULY, "admissions", [admission(FIRST - timedelta(days=5))]),
        ("2022-07-02", "admissions", [admission(FIRST - timedelta(days=10))]),
    ),
    # A correction that is accepted; later versions are compared with it.
    "accepted": files(
        (MAY, "admissions", [admission()]),
        (JUNE, "admissions", [admission(**OTHER_BIRTH)]),
        (JULY, "admissions", [admission(**OTHER_BIRTH, aspects=8)]),
        ("2022-07-02", "admissions", [admission(aspects=7)]),
    ),
    # The file of a correction is named after a person, and its own name is not shown.
    "accepted_name": files(
        (MAY, "admissions", [admission()]),
        (JUNE, "admissions_mueller", [admission(**OTHER_BIRTH)]),
    ),
    # Entries that accept nothing: no such line, and a row that contradicts nothing.
    "unused": files(
        (MAY, "admissions", [admission()]), (JUNE, "admissions", [admission(aspects=8)])
    ),
    # The number of an admission with another patient, and a patient with two birth dates.
    "other_patient": files(
        (MAY, "admissions", [admission(admission_id="A1")]),
        (JUNE, "admissions", [admission(number=2, admission_id="A1")]),
    ),
    "two_births": files(
        (MAY, "admissions", [admission(admission_id="A1")]),
        (JUNE, "admissions", [admission(SECOND, admission_id="A2", **OTHER_BIRTH)]),
    ),
    # A man is rejected for another reason; his number comes again for a woman, then for himself.
    "rejected_person": files(
        (MAY, "admissions", [admission(sex="male", **IMPOSSIBLE)]),
        (MAY, "followups", [followup(FIRST, mrs=5)]),
        (JUNE, "admissions", [admission(FIRST + timedelta(days=2), **OTHER_BIRTH)]),
        (JUNE, "procedures", [procedure(FIRST + timedelta(days=2), "T1")]),
        (JULY, "admissions", [admission(sex="male")]),
    ),
    # Two persons under one number in a file: each contradicts the other when it comes again.
    "two_persons": files(
        (MAY, "admissions", [admission(), admission(sex="male", **OTHER_BIRTH)]),
        (JUNE, "admissions", [admission(sex="male", **OTHER_BIRTH)]),
        (JULY, "admissions", [admission()]),
    ),
    # A rejected row's own birth date was wrong: the correction that is accepted overrules it.
    "rejected_birth": files(
        (MAY, "admissions", [admission(**OTHER_BIRTH, **IMPOSSIBLE)]),
        (JUNE, "admissions", [admission()]),
        (JULY, "admissions", [admission(aspects=8)]),
    ),
    # The patient of a number, rejected, and the number for another patient; and one patient under
    # two numbers with two birth dates, the first rejected.
    "rejected_number": files(
        (
            MAY,
            "admissions",
            [
                admission(admission_id="A1", **IMPOSSIBLE),
                admission(number=3, admission_id="A3", **IMPOSSIBLE),
            ],
        ),
        (
            JUNE,
            "admissions",
            [
                admission(number=2, admission_id="A1"),
                admission(SECOND, 3, admission_id="A4", **OTHER_BIRTH),
            ],
        ),
    ),
    # Numbers of a procedure and of a scan that come again for another patient: T1 is corrected so,
    # T2 was of a patient whom nobody knows, T3 of one whose row is rejected.
    "number_again": files(
        (MAY, "admissions", [admission(number=n) for n in (1, 2)]),
        (
            MAY,
            "procedures",
            [
                procedure(FIRST, "T1"),
                procedure(FIRST, "T2", patient_id="p9"),
                procedure(FIRST, "T3", passes=99),
                procedure(FIRST, "T4"),
            ],
        ),
        (MAY, "imaging", [scan(FIRST, "S1", hemorrhage_type="PH-2")]),
        (
            JUNE,
            "procedures",
            [procedure(FIRST, name, patient_id="p2") for name in ("T1", "T2", "T3", "T4")],
        ),
        (JUNE, "imaging", [scan(FIRST, "S1", patient_id="p2")]),
    ),
    # One of two numbered strokes is rejected for another reason: what fits it in time or names it
    # waits with it; S3 names what nobody has.
    "rejected_second": files(
        (
            MAY,
            "admissions",
            [
                admission(FIRST, admission_id="A1"),
                admission(SECOND, admission_id="A2", **IMPOSSIBLE),
            ],
        ),
        (MAY, "procedures", _of_both(procedure, "T1", "T2")),
        (MAY, "imaging", [*_of_both(scan, "S1", "S2"), scan(FIRST, "S3", admission_id="A9")]),
        (MAY, "followups", [followup(FIRST), followup(SECOND, mrs=6, death_date=DEATH)]),
    ),
    "rejected_first": files(
        (
            MAY,
            "admissions",
            [
                admission(FIRST, admission_id="A1", **IMPOSSIBLE),
                admission(SECOND, admission_id="A2"),
            ],
        ),
        (MAY, "procedures", _of_both(procedure, "T1", "T2")),
        (MAY, "imaging", [scan(FIRST, "S1", admission_id="A1"), scan(SECOND, "S2")]),
    ),
    # A rejected version is no stroke of its own where an accepted one, or a full delivery without
    # it, says what became of it; a rejected onset was corrected with the site's word.
    "settled": files(
        (
            MAY,
            "admissions",
            [
                admission(FIRST, admission_id="A1"),
                admission(SECOND, admission_id="A2", **IMPOSSIBLE),
                admission(SECOND, 2, **IMPOSSIBLE),
            ],
        ),
        (JUNE, "admissions", [admission(SECOND, admission_id="A2"), admission(FIRST, 2)]),
        (JULY, "procedures", [procedure(SECOND, "T2"), procedure(FIRST, "T3", patient_id="p2")]),
        (JULY, "followups", [followup(SECOND, patient_id="p2", mrs=6, death_date=DEATH)]),
    ),
    # The second stroke never came: its procedure and scan cannot be the first's. S3 says it is.
    "never_came": files(
        (MAY, "admissions", [admission(FIRST, admission_id="A1"), admission(FIRST, 2)]),
        (
            MAY,
            "procedures",
            [
                procedure(FIRST, "T1", patient_id="p2"),
                procedure(FIRST + timedelta(days=28), "T2", patient_id="p2"),
                procedure(FIRST + timedelta(days=31), "T3", patient_id="p2"),
            ],
        ),
        (
            MAY,
            "imaging",
            [
                scan(FIRST + timedelta(days=119), "S1", patient_id="p2"),
                scan(FIRST + timedelta(days=120), "S2", patient_id="p2"),
                scan(FIRST + timedelta(days=150), "S3", admission_id="A1"),
            ],
        ),
    ),
    # One admission number for two patients, and one patient number for two rows, in one file.
    "one_number": files(
        (
            MAY,
            "admissions",
            [
                admission(admission_id="A1"),
                admission(number=2, admission_id="A1"),
                admission(number=3),
                admission(number=3, aspects=8),
                admission(number=4, admission_id="A4"),
            ],
        ),
        (
            MAY,
            "followups",
            [
                followup(FIRST, patient_id="p4", admission_id="A4"),
                followup(FIRST, 91, patient_id="p4", admission_id="A4"),
            ],
        ),
    ),
    # The second stroke came without a number and is held: what fits it waits with it.
    "held_stroke": files(
        (MAY, "admissions", [admission()]),
        (MAY, "procedures", [procedure(FIRST, "T1")]),
        (MAY, "followups", [followup(FIRST)]),
        (JUNE, "admissions", [admission(SECOND)]),
        (JUNE, "procedures", [procedure(SECOND, "T2")]),
        (JUNE, "imaging", [scan(FIRST, "S1"), scan(SECOND, "S2")]),
        (JUNE, "followups", [followup(SECOND, mrs=5)]),
    ),
}
MAPPINGS = {
    "accepted": [("accepted/2022-06-01/admissions.csv", 2)],
    "accepted_name": [("2022-06-01/admissions_mueller.csv", 2)],
    "number_again": [("number_again/2022-06-01/procedures.csv", 2)],
    "rejected_birth": [("rejected_birth/2022-06-01/admissions.csv", 2)],
    "settled": [("settled/2022-06-01/admissions.csv", 3)],
    "unused": [("unused/2022-06-01/admissions.csv", 9), ("2022-06-01/admissions.csv", 2)],
}


def mapping(site: str) -> str:
    """The mapping of a site that accepts corrections."""
    entries = [ACCEPTED.format(file=file, line=line) for file, line in MAPPINGS[site]]
    return MAPPING.format(site=site) + "".join(entries)
