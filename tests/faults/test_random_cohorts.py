"""Random cohorts of 4 to 60 patients (synthetic) through whole refreshes: CSV files to release.

What each patient is, is known from how the patient was made; the tables' numbers are those of
``statistics_oracle``, which computes none with ``warehouse.statistics``.
"""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from math import isclose
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.faults import nights
from tests.faults.processes import done
from tests.support import statistics_oracle as oracle
from tests.support.refreshed import OF_THE_DEAD_ALONE
from tests.support.rule_files import Row, csv_file, row
from warehouse.settings import Settings

COHORTS = 5
SITE = "synthetic_centre"
FIRST, LAST = date(2022, 5, 1), date(2022, 6, 1)
GROUPS = {"rs": "rescue_stenting", "non_rs": "no_rescue_stenting"}
SHARES = ("is_male", "hypertension", "is_ph", "is_sich", "is_good_outcome", "is_dead_90d")
MEANS = ("age_years", "systolic_bp_mmhg")
RANKS = ("baseline_nihss", "onset_to_puncture_min", "procedure_duration_min", "passes")
EFFECTS = {"risk_difference": 0, "risk_ratio": 1, "odds_ratio": 1}
WINDOW, DEATH_UNTIL = range(60, 121), 90


@dataclass
class Patient:
    """A patient as delivered, and what the tables must make of it (group None: in neither)."""

    rows: dict[str, Row] = field(default_factory=dict)
    group: str | None = None
    values: dict[str, Any] = field(default_factory=dict)


def patient(random: Random, number: int) -> Patient:
    """A random patient whose rows break no rule that rejects."""
    admission, procedure = stroke(random)
    nihss, grade = admission["baseline_nihss"], procedure["mtici_after_mt"]
    stent = procedure["rescue_stent"]
    bled, rise = random.choice(["none", "none", "HI-1", "PH-1", "PH-2"]), random.randint(-3, 6)
    scan = {
        "imaged_at": procedure["ended_at"] + timedelta(hours=random.randint(2, 60)),
        "hemorrhage_type": bled,
        "nihss_at_imaging": nihss + rise,
    }
    if stent != "placed":
        scan["stent_patency"] = None
    followup, mrs, is_dead = outcome(random, procedure["puncture_at"].date())
    rows = {
        "admissions": row("admissions", number, **admission),
        "procedures": row("procedures", number, **procedure),
        "imaging": row("imaging", number, **scan),
        "followups": row("followups", number, **followup),
    }
    values = admission | procedure | {
        "age_years": admission["onset_at"].year - admission["birth_date"].year,
        "is_male": admission["sex"] == "male",
        "onset_to_puncture_min": minutes(admission["onset_at"], procedure["puncture_at"]),
        "procedure_duration_min": minutes(procedure["puncture_at"], procedure["ended_at"]),
        "is_ph": bled.startswith("PH"),
        "is_sich": bled != "none" and rise >= 4,
        "is_good_outcome": mrs is not None and mrs <= 2,
        "is_dead_90d": is_dead,
        "is_known": mrs is not None,
    }  # fmt: skip
    groups = {"placed": "rs", "not_indicated": "non_rs" if grade in "2b3" else None}
    is_eligible = admission["etiology"] != "cardioembolism"
    return Patient(rows, groups.get(stent) if is_eligible else None, values)


def leave_out_whose_outcome_is_unknown(patients: list[Patient]) -> None:
    """Take them out of their groups, and all of a group of which deaths alone are known."""
    for name in GROUPS:
        group = [each for each in patients if each.group == name]
        known = [each for each in group if each.values["is_known"]]
        deaths_only = len(known) < len(group) and all(each.values["is_dead_90d"] for each in known)
        for each in group:
            if deaths_only or not each.values["is_known"]:
                each.group = None


def stroke(random: Random) -> tuple[Row, Row]:
    """A random admission and its procedure."""
    onset = datetime(2020, 1, 1) + timedelta(minutes=random.randrange(800_000))
    arrived = onset + timedelta(minutes=random.randint(20, 600))
    puncture = arrived + timedelta(minutes=random.randint(20, 300))
    admission = {
        "birth_date": date(onset.year - random.randint(30, 90), 1, 1),
        "sex": random.choice(["male", "female"]),
        "hypertension": random.choice([True, False, None]),
        "systolic_bp_mmhg": random.choice([None, random.randint(90, 240)]),
        "baseline_nihss": random.randint(4, 35),
        "onset_at": onset,
        "arrived_at": arrived,
        "etiology": random.choice(["large_artery_atherosclerosis"] * 9 + ["cardioembolism"]),
    }
    stent, grade = random.choice(
        [("placed", "1"), ("placed", "2a"), ("not_indicated", "2b"), ("not_indicated", "3"),
         ("refused", "1"), ("not_indicated", "2a")]
    )  # fmt: skip
    return admission, {
        "puncture_at": puncture,
        "ended_at": puncture + timedelta(minutes=random.randint(20, 240)),
        "passes": random.randint(1, 6),
        "rescue_stent": stent,
        "mtici_after_mt": grade,
        "mtici_final": "3",
    }


def minutes(start: datetime, end: datetime) -> int:
    """Completed minutes between two times."""
    return (end - start) // timedelta(minutes=1)


def outcome(random: Random, day_0: date) -> tuple[Row, int | None, bool | None]:
    """A follow-up, and the mRS and the death at 90 days that it means."""

    def on(days: int | None) -> date | None:
        return None if days is None else day_0 + timedelta(days=days)

    day, mrs = random.choice([20, 59, *random.sample(WINDOW, 6), 121, 200]), random.randint(0, 5)
    died = day + random.randint(1, 60)
    lost = {"mrs": None, "assessed_on": None, "mode": None, "lost_to_followup": True}
    alive = {"mrs": mrs, "assessed_on": on(day)}
    kind = random.choice(["alive"] * 5 + ["dies later", "dead", "dead", "lost", "lost and dead"])
    if kind == "lost":
        return lost, None, None
    if kind == "lost and dead":
        is_dead = died <= DEATH_UNTIL
        return lost | {"death_date": on(died)}, 6 if is_dead else None, is_dead
    if kind == "dead":
        row_of_dead = {
            "mrs": 6,
            "mode": "record",
            "death_date": on(day),
            "assessed_on": on(day + 3),
        }
        is_dead = day <= DEATH_UNTIL
        return row_of_dead, 6 if day <= max(WINDOW) else None, is_dead
    if kind == "dies later":
        alive["death_date"] = on(died)
        if died <= DEATH_UNTIL:
            return alive, 6, True
    return alive, mrs if day in WINDOW else None, False


def dies_after_a_good_outcome(made: Patient) -> bool:
    """Say whether the patient is alive with mRS 0-2 in the window, and dead by day 90.

    Each cohort holds one, because these are easy to get wrong.
    """
    mrs = made.rows["followups"]["mrs"]
    return made.values["is_dead_90d"] is True and mrs is not None and mrs <= 2


def deliver(folder: Path, patients: list[Patient], random: Random) -> None:
    """Write all rows, some of them with other values first, and corrected in a later delivery."""
    for day in (FIRST, LAST):
        (folder / str(day)).mkdir(parents=True)
    for extract, column, before in (
        ("admissions", "baseline_nihss", 12),
        ("procedures", "passes", 3),
        ("imaging", "hemorrhage_type", "HI-2"),
        ("followups", None, None),
    ):
        rows = [each.rows[extract] for each in patients]
        wrong = {n for n in range(len(rows)) if column and random.random() < 0.3}
        first = [each | {column: before} if n in wrong else each for n, each in enumerate(rows)]
        (folder / str(FIRST) / f"{extract}.csv").write_bytes(csv_file(first))
        if corrected := [rows[n] for n in sorted(wrong)]:
            (folder / str(LAST) / f"{extract}.csv").write_bytes(csv_file(corrected))


@dataclass
class Made:
    """A cohort after its refresh: its patients, the lines of both tables, and the release."""

    patients: list[Patient]
    lines: dict[str, Row]
    release: Path

    def values(self, variable: str) -> tuple[list[float], list[float]]:
        """The known values of both groups."""
        first, second = (
            [
                float(each.values[variable])
                for each in self.patients
                if each.group == group and each.values[variable] is not None
            ]
            for group in GROUPS
        )
        return first, second


def lines_of(release: Path) -> dict[str, Row]:
    with duckdb.connect(release, read_only=True) as connection:
        return {
            line["variable"]: line
            for table in ("table1_baseline", "table2_outcomes")
            for line in connection.sql(f"from study.{table}").to_arrow_table().to_pylist()
        }


@pytest.fixture(scope="module", params=range(COHORTS))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    random = Random(f"cohort {request.param}")
    settings = Settings(data=tmp_path_factory.mktemp("cohort") / "data")
    patients = [patient(random, number) for number in range(1, random.randint(4, 60) + 1)]
    while not any(map(dies_after_a_good_outcome, patients)):
        patients.append(patient(random, len(patients) + 1))
    leave_out_whose_outcome_is_unknown(patients)
    deliver(settings.raw_dir / SITE, patients, random)
    done(nights.refresh_without_pages, settings.data)
    return Made(patients, lines_of(settings.published_path), settings.published_path)


def same(found: float | None, expected: float | None) -> bool:
    """Equal within rounding, or both undefined."""
    if found is None or expected is None:
        return found is expected
    return isclose(found, expected, rel_tol=1e-7, abs_tol=1e-9)


def test_everybody_is_in_the_group_that_the_patient_was_made_for(made: Made) -> None:
    with duckdb.connect(made.release, read_only=True) as connection:
        ask = connection.execute
        groups = dict(ask("select study_group, count(*) from study.cohort group by all").fetchall())
        rejected = ask("select sum(rows_rejected) from quality.deliveries").fetchone()
        both = ask(
            "select count(*) from registry.treated_patients where is_dead_90d and mrs_90d < 6"
        ).fetchone()
    expected = {
        group: sum(each.group == name for each in made.patients) for name, group in GROUPS.items()
    }
    assert groups == {group: n for group, n in expected.items() if n}
    assert (rejected, both) == ((0,), (0,))


def test_descriptions_and_tests_are_those_of_the_oracle(made: Made) -> None:
    for variable in (*MEANS, *RANKS, *SHARES):
        line, (x, y) = made.lines[variable], made.values(variable)
        is_yes_no = variable in SHARES
        for prefix, values in zip(GROUPS, (x, y), strict=True):
            assert line[f"{prefix}_denominator"] == len(values), variable
            if is_yes_no:
                assert line[f"{prefix}_n"] == sum(values), variable
                assert same(line[f"{prefix}_pct"], 100 * np.mean(values) if values else None)
            else:
                quartiles = (
                    np.quantile(values, (0.25, 0.5, 0.75), method="weibull") if values else []
                )
                names = [f"{prefix}_{name}" for name in ("q1", "median", "q3")]
                assert all(map(same, [line[name] for name in names], quartiles)), variable
                assert same(line[f"{prefix}_mean"], statistics.mean(values) if values else None)
        difference = oracle.standardised_difference(x, y, is_yes_no=is_yes_no)
        assert same(line["standardised_mean_difference"], difference), variable
        if variable in MEANS:
            expected = oracle.student_t(x, y)
        elif variable in RANKS:
            expected = oracle.rank_sum(x, y)
        else:
            expected = oracle.chi_square(table_of(x, y))
        assert same(line["test_statistic"], expected and expected[0]), variable
        assert same(line["p_value"], expected and expected[1]), variable


def test_every_interval_contains_its_estimate(made: Made) -> None:
    found = 0
    for variable in ("is_ph", "is_sich", "is_good_outcome", "is_dead_90d"):
        line, table = made.lines[variable], table_of(*made.values(variable))
        for effect in EFFECTS:
            value, low, high = (line[f"{effect}{end}"] for end in ("", "_ci_low", "_ci_high"))
            assert (value is None) is (low is None) is (high is None)
            if value is None:
                continue
            found += 1
            assert low <= value <= high
            if effect == "risk_difference":
                assert np.allclose((low, high), oracle.newcombe(table), atol=1e-9)
                continue
            for limit in (low, high):
                if 0 < limit < np.inf:
                    statistic = oracle.score_statistic(table, limit, effect)
                    assert isclose(statistic, oracle.CHI_SQUARE_OF_5_PERCENT, rel_tol=1e-4)
    assert found or min(map(len, made.values("is_dead_90d"))) == 0


def table_of(x: list[float], y: list[float]) -> oracle.Table:
    """[yes, no] of rescue stenting, then of the others."""
    return int(sum(x)), int(len(x) - sum(x)), int(sum(y)), int(len(y) - sum(y))


def test_no_month_counts_the_dead_alone_after_the_last_but_one_delivery(
    before_last_delivery: Path,
) -> None:
    """The other days of the shipped deliveries are in tests/integration/flows/test_refresh.py."""
    published = Settings(data=before_last_delivery).published_path
    with duckdb.connect(published, read_only=True) as connection:
        assert connection.execute(OF_THE_DEAD_ALONE).fetchall() == []
