"""Every cell of Tables 1 and 2, computed anew from registry.* with pandas, scipy and tableone.

Nothing of the project takes part but its registry tables and the study's definition: eligibility,
groups and outcomes are worked out here once more.
"""

from __future__ import annotations

import itertools
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import Table2x2
from statsmodels.stats.proportion import confint_proportions_2indep
from tableone import TableOne

from tests.support.refreshed import Refreshed
from warehouse.definitions.study_files import load_study

REPERFUSED = ("2b", "2c", "3")
HEMATOMA = {"PH-1": 1, "PH-2": 2}
PREFIXES = {"rs": "rescue_stenting", "non_rs": "no_rescue_stenting"}
DESCRIBING = {"line", "section", "label", "unit", "indent", "decimals", "level"}
Cohort = pd.DataFrame
Line = dict[str, Any]


@pytest.fixture(scope="module")
def cohort(refreshed: Refreshed) -> Cohort:
    """The analyzed patients with every variable of the tables."""
    with duckdb.connect(refreshed.settings.published_path, read_only=True) as connection:
        patients, procedures, imaging, followups, definition = (
            connection.table(name).df()
            for name in (
                "registry.patients",
                "registry.procedures",
                "registry.imaging",
                "registry.followups",
                "study.definition",
            )
        )
    study = pd.concat([definition.iloc[0], pd.Series(load_study().parameters)])
    first = procedures.sort_values(["puncture_at", "procedure_key"]).drop_duplicates("patient_key")
    followed = followups.drop(columns=["site", "source_file", "source_row", "is_warned"])
    found = patients.merge(first, on="patient_key", suffixes=("", "_procedure")).merge(
        followed, on="patient_key", how="left", suffixes=("", "_followup")
    )
    found = found[eligible(found, study)].copy()
    found["study_group"] = np.where(
        found["rescue_stent"] == "placed", "rescue_stenting", "no_rescue_stenting"
    )
    add_baseline(found)
    add_outcomes(found, imaging, study)
    return found


def eligible(found: Cohort, study: pd.Series) -> pd.Series:
    """Guo 2023, Methods and Figure 3."""
    treated = found["puncture_at"].dt.normalize()
    in_study = (
        found["site"].isin(study["site_codes"])
        & (treated >= pd.Timestamp(study["period_start"]))
        & (treated <= pd.Timestamp(study["period_end"]))
        & (found["etiology"] == "large_artery_atherosclerosis")
        & (found["prestroke_mrs"] < study["prestroke_mrs_below"])
        & (found["age_years"] >= study["minimum_age_years"])
        & (minutes(found, "onset_at", "puncture_at") <= study["onset_to_puncture_max_hours"] * 60)
        & found["consent_given"].fillna(False).astype(bool)
    )
    succeeded = found["mtici_after_mt"].isin(REPERFUSED)
    in_group = (found["rescue_stent"] == "placed") | (
        (found["rescue_stent"] != "refused") & succeeded
    )
    known = found["mrs"].notna() & ~found["lost_to_followup"].fillna(True).astype(bool)
    return in_study & in_group & known


def minutes(found: Cohort, start: str, end: str) -> pd.Series:
    """Completed minutes between two times."""
    return (found[end] - found[start]) // pd.Timedelta(minutes=1)


def add_baseline(found: Cohort) -> None:
    """What Table 1 describes beyond the registry's own columns."""
    found["is_male"] = found["sex"] == "male"
    found["onset_to_admission_min"] = minutes(found, "onset_at", "arrived_at")
    found["onset_to_puncture_min"] = minutes(found, "onset_at", "puncture_at")
    found["procedure_duration_min"] = minutes(found, "puncture_at", "ended_at")
    found["is_general_anesthesia"] = found["anesthesia"] == "general"
    for variable, sites in {
        "is_internal_carotid_artery": ["ica", "ica_cervical"],
        "is_middle_cerebral_artery": ["mca_m1", "mca_m2", "mca_m3"],
        "is_basilar_artery": ["ba"],
        "is_vertebral_artery": ["va"],
    }.items():
        found[variable] = found["occlusion_site"].isin(sites)


def add_outcomes(found: Cohort, imaging: pd.DataFrame, study: pd.Series) -> None:
    """Hemorrhages by the scans after the puncture; mRS and death at 90 days."""
    scans = imaging.merge(found[["patient_key", "puncture_at", "baseline_nihss"]], on="patient_key")
    scans = scans[scans["imaged_at"] >= scans["puncture_at"]]
    rise = scans["nihss_at_imaging"] - scans["baseline_nihss"]
    bled = scans["hemorrhage_type"] != "none"
    scans["is_sich"] = bled & (rise >= study["sich_nihss_increase"]).fillna(False).astype(bool)
    scans["is_open"] = bled & rise.isna()
    scans["grade"] = scans["hemorrhage_type"].map(HEMATOMA)
    worst = scans.groupby("patient_key")["grade"].max()
    keys = found["patient_key"]
    shown = scans.groupby("patient_key")[["is_sich", "is_open"]].any()
    known = shown["is_sich"] | ~shown["is_open"]
    found["is_sich"] = keys.map(shown["is_sich"].astype(object).where(known))
    scanned = keys.isin(worst.index)
    grade = keys.map(worst)
    for variable, flag in {
        "is_ph": grade.notna(),
        "is_ph1": grade == 1,
        "is_ph2": grade == 2,
    }.items():
        found[variable] = flag.astype(object).where(scanned)
    found["is_good_outcome"] = found["mrs"] <= 2
    days = (found["death_date"] - found["puncture_at"].dt.normalize()) / pd.Timedelta(days=1)
    dead = (days <= study["mortality_window_days"]).where(days.notna(), found["mrs"] == 6)
    found["is_dead_90d"] = dead.astype(bool)


def values(cohort: Cohort, variable: str, prefix: str) -> np.ndarray:
    """A group's known values."""
    return of_group(cohort, prefix)[variable].dropna().to_numpy(dtype=float)


def of_group(cohort: Cohort, prefix: str) -> Cohort:
    """The patients of a group, or all."""
    return cohort if prefix == "all" else cohort[cohort["study_group"] == PREFIXES[prefix]]


def half_up(value: float, decimals: int) -> str:
    """Rounded half up, as the decimal that a binary number stands for."""
    known = Decimal(f"{value:.9f}")
    return str(known.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))


def shortest(value: float) -> str:
    """At most two decimals, without zeros at the end."""
    text = half_up(value, 2)
    return text.rstrip("0").rstrip(".")


def described(cohort: Cohort, line: Line, prefix: str) -> Line:
    """A group's cells of a line."""
    x = values(cohort, line["variable"], prefix)
    size = len(of_group(cohort, prefix))
    cells: Line = dict.fromkeys(("n", "pct", "mean", "sd", "median", "q1", "q3"))
    cells |= {"denominator": len(x), "missing": size - len(x)}
    if line["summary"] == "n_pct":
        cells |= {"n": int(x.sum()), "pct": 100 * x.mean()}
        cells["display"] = f"{int(x.sum())} ({half_up(100 * x.mean(), 1)}%)"
    else:
        q1, median, q3 = np.quantile(x, [0.25, 0.5, 0.75], method="weibull")
        cells |= {"mean": x.mean(), "sd": x.std(ddof=1), "median": median, "q1": q1, "q3": q3}
        cells["display"] = (
            f"{half_up(x.mean(), 2)} ± {half_up(x.std(ddof=1), 2)}"
            if line["summary"] == "mean_sd"
            else f"{shortest(median)} ({shortest(q1)}, {shortest(q3)})"
        )
    return {f"{prefix}_{name}": value for name, value in cells.items()}


def compared(cohort: Cohort, line: Line) -> Line:
    """The cells of a line that compare the groups."""
    x, y = (values(cohort, line["variable"], prefix) for prefix in PREFIXES)
    cells: Line = {"fisher_p_value": None, "degrees_of_freedom": None}
    cells |= {"exact_p_value": None, "effect_note": None}
    if line["summary"] == "n_pct":
        table = two_by_two(x, y)
        chi2 = stats.chi2_contingency(table, correction=False)
        cells |= {"test": "chi2", "test_statistic": chi2.statistic, "p_value": chi2.pvalue}
        cells |= {"degrees_of_freedom": 1, "fisher_p_value": stats.fisher_exact(table).pvalue}
        least_expected = stats.contingency.expected_freq(table).min()
        cells["exact_p_value"] = cells["fisher_p_value"] if least_expected < 5 else None
        spread = x.mean() * (1 - x.mean()) + y.mean() * (1 - y.mean())
    else:
        spread = x.var(ddof=1) + y.var(ddof=1)
        if line["summary"] == "mean_sd":
            t = stats.ttest_ind(x, y)
            cells |= {"test": "t", "test_statistic": t.statistic, "p_value": t.pvalue}
            cells["degrees_of_freedom"] = len(x) + len(y) - 2
        else:
            cells |= rank_sum(x, y)
    p = cells["p_value"]
    cells["p_display"] = "<0.001" if p < 0.001 else half_up(p, 3)
    cells["standardised_mean_difference"] = (x.mean() - y.mean()) / np.sqrt(spread / 2)
    return cells


def rank_sum(x: np.ndarray, y: np.ndarray) -> Line:
    """Mann-Whitney by scipy; Z has the sign of the difference."""
    test = stats.mannwhitneyu(x, y, method="asymptotic", use_continuity=False)
    sign = np.sign(test.statistic - len(x) * len(y) / 2)
    z = sign * stats.norm.isf(test.pvalue / 2)
    return {"test": "ranksum", "test_statistic": z, "p_value": test.pvalue}


def two_by_two(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """[[yes, no] of rescue stenting, [yes, no] of the rest]."""
    return np.array([[int(sum(group)), int(len(group) - sum(group))] for group in (x, y)])


def effects(cohort: Cohort, line: Line) -> Line:
    """Effect sizes of an outcome with their intervals."""
    table = two_by_two(*(values(cohort, line["variable"], prefix) for prefix in PREFIXES))
    (a, b), (c, d) = table
    counts = (a, a + b, c, c + d)
    score = {"method": "score", "correction": False}
    intervals = {
        "risk_difference": confint_proportions_2indep(*counts, compare="diff", method="newcomb"),
        "risk_ratio": confint_proportions_2indep(*counts, compare="ratio", **score),
        "odds_ratio": confint_proportions_2indep(*counts, compare="odds-ratio", **score),
    }
    cells: Line = {
        "risk_difference": a / (a + b) - c / (c + d),
        "risk_ratio": (a / (a + b)) / (c / (c + d)),
        "odds_ratio": Table2x2(table).oddsratio,
        "effect_note": None,
    }
    for name, (low, high) in intervals.items():
        cells |= {f"{name}_ci_low": low, f"{name}_ci_high": high}
    return cells


def lines_of(refreshed: Refreshed, table: str) -> list[Line]:
    """The rows of a table as dictionaries."""
    with duckdb.connect(refreshed.settings.published_path, read_only=True) as connection:
        result = connection.execute(f"select * from {table} order by line")
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.mark.parametrize(
    ("table", "n_lines"), [("study.table1_baseline", 22), ("study.table2_outcomes", 6)]
)
def test_every_cell_equals_an_independent_computation(
    refreshed: Refreshed, cohort: Cohort, table: str, n_lines: int
) -> None:
    lines = lines_of(refreshed, table)
    assert len(lines) == n_lines
    for line in lines:
        expected = compared(cohort, line)
        for prefix in (*PREFIXES, "all"):
            expected |= described(cohort, line, prefix)
        if "outcomes" in table:
            expected |= effects(cohort, line)
        assert set(expected) == set(line) - DESCRIBING - {"variable", "summary", "test_note"}
        for name, value in expected.items():
            check(line[name], value, f"{line['variable']}.{name}")


def check(found: Any, expected: Any, what: str) -> None:
    """Equal; numbers to nine digits."""
    if expected is None or isinstance(expected, str):
        assert found == expected, what
    else:
        assert found is not None, what
        np.testing.assert_allclose(float(found), float(expected), 1e-9, 1e-12, err_msg=what)


def test_the_cohort_has_the_same_patients(refreshed: Refreshed, cohort: Cohort) -> None:
    rows = refreshed.rows("select patient_key, study_group from study.cohort order by 1")
    found = cohort[["patient_key", "study_group"]].sort_values("patient_key")
    assert [tuple(row) for row in found.itertuples(index=False)] == rows
    assert len(rows) == 127


def test_tableone_prints_the_same_cells(refreshed: Refreshed, cohort: Cohort) -> None:
    """Counts, means and standardised differences; its quartiles are of another type."""
    lines = [
        line
        for table in ("study.table1_baseline", "study.table2_outcomes")
        for line in lines_of(refreshed, table)
    ]
    yes_no = [line["variable"] for line in lines if line["summary"] == "n_pct"]
    numbers = [line["variable"] for line in lines if line["summary"] != "n_pct"]
    data = cohort[["study_group", *yes_no, *numbers]].copy()
    data[yes_no] = data[yes_no].map(lambda value: None if pd.isna(value) else str(bool(value)))
    data[numbers] = data[numbers].astype(float)
    table = TableOne(
        data,
        columns=[*yes_no, *numbers],
        categorical=yes_no,
        groupby="study_group",
        limit=dict.fromkeys(yes_no, 1),
        order={variable: ["True"] for variable in yes_no},
        smd=True,
        missing=False,
        include_null=False,
        decimals=2,
    ).tableone["Grouped by study_group"]
    (smd_column,) = [name for name in table.columns if name.startswith("SMD")]
    smd = dict(
        zip([*yes_no, *numbers], table[smd_column].replace("", np.nan).dropna(), strict=True)
    )
    for line, (prefix, group) in itertools.product(lines, PREFIXES.items()):
        variable = line["variable"]
        difference = line["standardised_mean_difference"]
        # of yes and no, tableone gives the distance without a sign
        expected = abs(difference) if line["summary"] == "n_pct" else difference
        assert float(smd[variable]) == pytest.approx(expected, abs=0.0005)
        if line["summary"] == "n_pct":
            n, pct = line[f"{prefix}_n"], line[f"{prefix}_pct"]
            assert table.loc[(f"{variable}, n (%)", "True"), group] == f"{n} ({pct:.2f})"
        else:
            mean, sd = line[f"{prefix}_mean"], line[f"{prefix}_sd"]
            assert table.loc[(f"{variable}, mean (SD)", ""), group] == f"{mean:.2f} ({sd:.2f})"
