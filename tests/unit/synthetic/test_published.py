"""Synthetic rows meet the paper's Tables 1 and 2, recomputed with numpy, scipy, statsmodels."""

from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttest_ind

from warehouse.synthetic.pools import synthetic_patients
from warehouse.synthetic.published import GROUPS, PUBLISHED_PATH

SEEDS = [1, 2, 17]
MINUTE = pd.Timedelta(minutes=1)
SUCCESS = ["2b", "2c", "3"]
HEMATOMAS = ["PH-1", "PH-2"]

# What the paper's own numbers contradict (see docs/synthetic-data.md): no table can meet these.
IMPOSSIBLE = {
    "t1.ica.rs.pct": "26.8",  # printed 26.9
    "t1.mca.non_rs.pct": "54.7",  # printed 54.6
    "t2.mort.p": "0.78",  # printed 0.76
}
# Printed under the wrong heading: the value that is really there, by id.
FISHER_LINES = {"cad", "smoking", "ba"}
THROUGH_THREE_DECIMALS = {"t2.ph.stat", "t2.ph2.stat"}

MEANS = {"age": "age", "sbp": "systolic_bp_mmhg"}
MEDIANS = {
    "platelets": "platelets_giga_per_l",
    "glucose": "glucose_mmol_per_l",
    "nihss": "baseline_nihss",
    "ota": "onset_to_admission",
    "aspect": "aspects",
    "otp": "onset_to_puncture",
    "proc": "duration",
    "passes": "passes",
}
RISK_FACTORS = ["male", "hypertension", "diabetes", "dyslipidemia", "cad", "smoking"]
COUNTS = {
    "t1": [*RISK_FACTORS, "ica", "mca", "ba", "va", "ivt", "ga"],
    "t2": ["sich", "ph", "ph1", "ph2", "mrs02", "mort"],
}


@cache
def analyzed(seed: int) -> pd.DataFrame:
    """One row per analyzed patient, derived from the four extracts' rows as the paper defines."""
    rows = [derive(patient) for patient in synthetic_patients(seed)]
    return pd.DataFrame([row for row in rows if row["step"] == "analyzed"])


def derive(patient) -> dict:
    row = {**patient.admission, **patient.procedure, **patient.followup}
    row["step"] = step(row)
    row["group"] = "rs" if row["rescue_stent"] == "placed" else "non_rs"
    onset, born = row["onset_at"], row["birth_date"]
    row["age"] = onset.year - born.year - ((onset.month, onset.day) < (born.month, born.day))
    row["onset_to_admission"] = (row["arrived_at"] - onset) // MINUTE
    row["onset_to_puncture"] = (row["puncture_at"] - onset) // MINUTE
    row["duration"] = (row["ended_at"] - row["puncture_at"]) // MINUTE
    row["male"] = row["sex"] == "male"
    row["cad"] = row["coronary_artery_disease"]
    row["ga"] = row["anesthesia"] == "general"
    for artery in ("ica", "mca", "ba", "va"):
        row[artery] = row["occlusion_site"].startswith(artery)
    return row | outcomes(row, patient.imaging)


def outcomes(row: dict, scans: list[dict]) -> dict:
    bled = [scan for scan in scans if scan["hemorrhage_type"] != "none"]
    worst = max((scan["hemorrhage_type"] for scan in bled), key=rank, default="none")
    days = (row["death_date"] - row["puncture_at"].date()).days if row["death_date"] else None
    symptomatic = [s for s in bled if s["nihss_at_imaging"] >= row["baseline_nihss"] + 4]
    return {
        "sich": bool(symptomatic),
        "ph": worst in HEMATOMAS,
        "ph1": worst == "PH-1",
        "ph2": worst == "PH-2",
        "mrs02": row["mrs"] in (0, 1, 2),
        "mort": days is not None and days <= 90,
        "days_to_death": days,
        "sich_hours": min(
            ((s["imaged_at"] - row["ended_at"]) / pd.Timedelta(hours=1) for s in symptomatic),
            default=None,
        ),
    }


def rank(hemorrhage_type: str) -> int:
    return HEMATOMAS.index(hemorrhage_type) if hemorrhage_type in HEMATOMAS else -1


def step(row: dict) -> str:
    if row["etiology"] == "cardioembolism":
        return "cardioembolism"
    if row["etiology"] != "large_artery_atherosclerosis":
        return "other etiology"
    if row["prestroke_mrs"] >= 2:
        return "disabled before"
    if row["rescue_stent"] == "refused":
        return "refused"
    if row["rescue_stent"] != "placed" and row["mtici_after_mt"] not in SUCCESS:
        return "insufficient flow" if row["residual_stenosis_pct"] < 70 else "unclassified"
    return "lost" if row["lost_to_followup"] else "analyzed"


def printed(value: float, decimals: int) -> str:
    """Rounded half up as SPSS prints, after removing binary noise."""
    exact = Decimal(repr(round(float(value), 9)))
    return str(exact.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))


def recomputed(frame: pd.DataFrame) -> dict[str, float]:
    """Every number of the two tables by id."""
    split = {group: frame[frame["group"] == group] for group in GROUPS}
    found = {f"{table}.header.{g}.n": len(split[g]) for table in COUNTS for g in GROUPS}
    for name, column in MEANS.items():
        found |= mean_line(name, *(split[g][column].dropna().to_numpy(float) for g in GROUPS))
    for name, column in MEDIANS.items():
        found |= median_line(name, *(split[g][column].dropna().to_numpy(float) for g in GROUPS))
    for table, names in COUNTS.items():
        for name in names:
            found |= count_line(f"{table}.{name}", *(split[g][name].dropna() for g in GROUPS))
    return found


def mean_line(name: str, *samples: np.ndarray) -> dict[str, float]:
    line = {}
    for group, sample in zip(GROUPS, samples, strict=True):
        line[f"t1.{name}.{group}.mean"] = sample.mean()
        line[f"t1.{name}.{group}.sd"] = sample.std(ddof=1)
    if name == "sbp":
        statistic, p = stats.levene(*samples, center="mean")
    else:
        statistic, p, _ = ttest_ind(*samples, usevar="pooled")
    return line | {f"t1.{name}.stat": statistic, f"t1.{name}.p": p}


def median_line(name: str, *samples: np.ndarray) -> dict[str, float]:
    line = {}
    for group, sample in zip(GROUPS, samples, strict=True):
        quartiles = np.quantile(sample, [0.25, 0.5, 0.75], method="weibull")
        for statistic, value in zip(("q1", "median", "q3"), quartiles, strict=True):
            line[f"t1.{name}.{group}.{statistic}"] = value
    p = stats.mannwhitneyu(*samples, method="asymptotic", use_continuity=False).pvalue
    return line | {f"t1.{name}.stat": stats.norm.isf(p / 2), f"t1.{name}.p": p}


def count_line(line_id: str, *samples: pd.Series) -> dict[str, float]:
    line, table = {}, []
    for group, sample in zip(GROUPS, samples, strict=True):
        count = int(sample.astype(bool).sum())
        table.append([count, len(sample) - count])
        line[f"{line_id}.{group}.n"] = count
        line[f"{line_id}.{group}.pct"] = 100 * count / len(sample)
    statistic, p, *_ = stats.chi2_contingency(table, correction=False)
    name = line_id.partition(".")[2]
    if name in FISHER_LINES:
        return line | fisher_line(line_id, table, p)
    return line | {f"{line_id}.stat": statistic, f"{line_id}.p": p}


def fisher_line(line_id: str, table: list, chi_square_p: float) -> dict[str, float]:
    two_sided = stats.fisher_exact(table).pvalue
    if line_id == "t1.ba":
        one_sided = stats.fisher_exact(table, alternative="greater").pvalue
        return {f"{line_id}.stat": two_sided, f"{line_id}.p": one_sided}
    return {f"{line_id}.stat": chi_square_p, f"{line_id}.p": two_sided}


def table_ids() -> pd.DataFrame:
    published = pd.read_csv(PUBLISHED_PATH, dtype=str, keep_default_na=False)
    return published[published["location"].isin(["table1", "table2"])]


@pytest.mark.parametrize("seed", SEEDS)
def test_185_of_the_188_table_numbers_are_met_as_printed(seed):
    found = recomputed(analyzed(seed))
    published = {row.id: row.printed.rstrip("%").lstrip("-") for row in table_ids().itertuples()}
    differing = {}
    for line_id, text in published.items():
        decimals = len(text.partition(".")[2])
        value = abs(found[line_id])
        if line_id in THROUGH_THREE_DECIMALS:
            value = float(printed(value, 3))
        if printed(value, decimals) != text:
            differing[line_id] = printed(value, decimals)
    assert len(published) == 188
    assert differing == IMPOSSIBLE


@pytest.mark.parametrize("seed", SEEDS)
def test_patients_leave_the_flow_as_published(seed):
    steps = pd.Series([derive(patient)["step"] for patient in synthetic_patients(seed)])
    assert steps.value_counts().to_dict() == {
        "cardioembolism": 152,
        "analyzed": 127,
        "other etiology": 39,
        "disabled before": 9,
        "refused": 4,
        "insufficient flow": 2,
        "lost": 2,
    }


@pytest.mark.parametrize("seed", SEEDS)
def test_results_text_is_met(seed):
    frame = analyzed(seed)
    stented = frame[frame["group"] == "rs"]
    perforated = stented[stented["artery_perforation"]]
    late = stented[stented["sich"] & ~stented["artery_perforation"]]["sich_hours"]
    assert {
        "above 70% stenosis": int((frame["residual_stenosis_pct"] > 70).sum()),
        "reperfused in the end": int(frame["mtici_final"].isin(SUCCESS).sum()),
        "reperfused before the stent": int(stented["mtici_after_mt"].isin(SUCCESS).sum()),
        "stented with tirofiban": int(stented["tirofiban"].sum()),
        "stented with more than 70% stenosis": int((stented["residual_stenosis_pct"] > 70).sum()),
        "perforated": perforated[["sich", "mrs", "days_to_death"]].to_numpy().tolist(),
        "dead on day 3": int((frame["days_to_death"] == 3).sum()),
        "sICH within 24 h": int((late < 24).sum()),
        "sICH on the second day": int(late.between(45, 51).sum()),
        "posterior": int((stented["ba"] | stented["va"]).sum()),
    } == {
        "above 70% stenosis": 54,
        "reperfused in the end": 127,
        "reperfused before the stent": 0,
        "stented with tirofiban": 41,
        "stented with more than 70% stenosis": 41,
        "perforated": [[True, 6, 3], [True, 6, 3]],
        "dead on day 3": 2,
        "sICH within 24 h": 3,
        "sICH on the second day": 2,
        "posterior": 12,
    }


def test_another_seed_gives_other_patients():
    one, two = (
        {tuple(patient.admission.values()) for patient in synthetic_patients(seed)}
        for seed in (1, 2)
    )
    assert not one & two
