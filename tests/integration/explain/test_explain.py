"""Explaining numbers of the shipped data: the listed patients and lines give the number again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from math import isclose
from typing import Any

import duckdb
import pytest

from tests.support.golden import golden
from tests.support.recomputed import STATISTICS
from tests.support.refreshed import Refreshed
from warehouse.dbt.project import mart
from warehouse.explain import Address, Explainer, ExplainError, Explanation, open_explainer
from warehouse.explain.study import step_sources
from warehouse.releases.reader import open_release
from warehouse.report import explained as page
from warehouse.statistics.rounding import round_half_up

GOLDEN = golden("explain")

TABLES = ("study.table1_baseline", "study.table2_outcomes")
WITH_PATIENTS = (*TABLES, "study.patient_flow", "study.mrs_distribution")
FIRST = "synthetic_centre/2022-02-15"
DELIVERED = date(2022, 2, 15)


def procedure(line: int, *fields: tuple[str, Any]) -> tuple[Any, ...]:
    """A line of the first delivery's procedures."""
    return (f"{FIRST}/procedures.xlsx", line, DELIVERED, fields)


def scan(line: int, imaged_at: datetime, hemorrhage: str, nihss: int) -> tuple[Any, ...]:
    """A line of the first delivery's scans."""
    fields = (
        ("imaged_at", imaged_at),
        ("hemorrhage_type", hemorrhage),
        ("nihss_at_imaging", nihss),
    )
    return (f"{FIRST}/imaging.csv.gz", line, DELIVERED, fields)


EXPECTED_LATE = [
    (
        True,
        "later",
        (
            procedure(
                32, ("artery_perforation", False), ("ended_at", datetime(2018, 12, 16, 11, 52))
            ),
            scan(40, datetime(2018, 12, 17, 4, 59), "none", 28),
            scan(41, datetime(2018, 12, 18, 6, 8), "none", 28),
            scan(42, datetime(2018, 12, 18, 11, 32), "PH-2", 37),
            scan(43, datetime(2018, 12, 19, 0, 58), "PH-2", 37),
        ),
    ),
    (
        True,
        "later",
        (
            procedure(
                155, ("artery_perforation", False), ("ended_at", datetime(2020, 5, 19, 9, 35))
            ),
            scan(210, datetime(2020, 5, 20, 5, 6), "none", 15),
            scan(211, datetime(2020, 5, 20, 15, 48), "none", 15),
            scan(212, datetime(2020, 5, 21, 9, 50), "PH-1", 21),
            scan(213, datetime(2020, 5, 21, 22, 54), "PH-1", 21),
        ),
    ),
]


@pytest.fixture(scope="module")
def explainer(refreshed: Refreshed) -> Iterator[Explainer]:
    with open_explainer(refreshed.settings.published_path) as opened:
        yield opened


def cells(explainer: Explainer, table: str) -> list[Explanation]:
    """Every cell of a table, explained."""
    key = mart(*table.split(".")).keys[-1]
    rows = explainer.release.rows(f"select {', '.join(key)} from {table}")
    return [
        explainer.cell(Address(table, tuple(str(part) for part in row), column))
        for row in rows
        for column in explainer.release.comments[table]
    ]


def same(found: Any, expected: float | None) -> bool:
    """Equal within rounding of doubles, or both empty."""
    if found is None or expected is None:
        return found is expected
    return isclose(float(found), expected, rel_tol=1e-9, abs_tol=1e-9)


def statistic_of(explainer: Explainer, cell: Explanation) -> str | None:
    """The name in STATISTICS of what a cell of Table 1 or 2 holds; None for words."""
    table, variable, column = cell.address.split(":")
    ((test,),) = explainer.release.rows(f"select test from {table} where variable = '{variable}'")
    named = {
        "test_statistic": f"{test}.statistic",
        "degrees_of_freedom": f"{test}.degrees_of_freedom",
        "p_value": f"{test}.p_value",
        "fisher_p_value": "fisher_two_sided.p_value",
    }.get(column, re.sub("^(non_rs|rs|all)_", "", column))
    return named if named in STATISTICS else None


OTHERS = (
    "first_pass_effect.table2_outcomes",
    "first_pass_effect.table2_outcomes_subgroups",
    "bridging_thrombolysis.table1_baseline",
    "first_pass_effect.patient_flow",
    "studies.mrs_distribution",
)


@pytest.mark.parametrize("table", OTHERS)
def test_the_query_or_the_call_of_a_number_of_any_study_gives_it_again(
    explainer: Explainer, table: str
) -> None:
    for cell in cells(explainer, table):
        if cell.call is not None:
            is_text = isinstance(cell.value, str)
            assert cell.computed == cell.value if is_text else same(cell.computed, cell.value)
        elif not isinstance(cell.value, str):
            ((number, *_), *_) = explainer.release.rows(cell.query)
            assert same(number, cell.value), cell.address


@pytest.mark.parametrize(
    ("address", "call"),
    [
        (
            "studies.table_cells:first_pass_effect,posterior,table2_outcomes,6,-,incomplete,summary:display",
            "warehouse.statistics.cells.display(counts[\"incomplete\"], 'n_pct', 1)",
        ),
        (
            "studies.comparisons:bridging_thrombolysis,all,table1_baseline,1,bridging - direct,"
            "ranksum:p_value",
            'warehouse.statistics.two_groups.rank_sum(counts["bridging"], counts["direct"])'
            ".p_value",
        ),
    ],
)
def test_a_number_of_a_long_table_has_the_call_that_made_it(
    explainer: Explainer, address: str, call: str
) -> None:
    cell = explainer.explain(address)
    assert cell.call == call
    assert cell.computed == cell.value


@pytest.mark.parametrize("table", TABLES)
def test_the_patients_of_every_cell_give_its_number_again(explainer: Explainer, table: str) -> None:
    explained = cells(explainer, table)
    numbers = 0
    for cell in explained:
        statistic = statistic_of(explainer, cell)
        if statistic is None or cell.value is None:
            continue
        numbers += 1
        assert same(cell.value, STATISTICS[statistic](cell.patients)), cell.address
        assert all(patient.lines for patient in cell.patients), cell.address
    # Table 1: 12 lines of 17 numbers (n, %), 10 of 24 (mean, median), 2 of them with degrees of
    # freedom; Table 2: 6 lines of 17 numbers and 9 of effects
    assert numbers == {TABLES[0]: 12 * 17 + 10 * 24 + 2, TABLES[1]: 6 * (17 + 9)}[table]


def test_the_patients_of_every_number_of_the_paper_give_it_again(explainer: Explainer) -> None:
    """All ids of Tables 1 and 2, those of a convention transformed as it says."""
    ids = explainer.release.rows(
        """
        select id, derived_subject, derived_statistic, derived_transformation, derived_value
        from study.published_comparison
        where regexp_matches(id, '^t[12][.]')
        """
    )
    assert len(ids) == 188
    for name, subject, statistic, transformation, value in ids:
        explanation = explainer.explain(name)
        if subject == "study_group":
            assert explanation.n_counted == value, name
            continue
        found = STATISTICS[statistic](explanation.patients)
        if transformation == "negative_absolute":
            found = -abs(found)
        if transformation == "three_decimals_first":
            found = float(round_half_up(found, 3))
        assert same(value, found), name


def test_the_patients_of_flow_and_mrs_give_their_counts_again(explainer: Explainer) -> None:
    counts = [
        cell
        for table in WITH_PATIENTS[2:]
        for cell in cells(explainer, table)
        if cell.address.rpartition(":")[2] in {"n", "n_excluded", "n_remaining"}
    ]
    assert len(counts) == 32
    assert [cell.n_counted for cell in counts] == [cell.value for cell in counts]


def test_the_patients_of_every_month_give_its_indicators_again(explainer: Explainer) -> None:
    meta = mart("registry", "monthly_indicators").column_meta
    for cell in cells(explainer, "registry.monthly_indicators"):
        statistic = meta[cell.address.rpartition(":")[2]].get("statistic")
        if statistic == "group_size":
            assert cell.value == len(cell.patients), cell.address
        elif statistic and cell.value is not None:
            assert same(cell.value, STATISTICS[statistic](cell.patients)), cell.address


@pytest.mark.rest
def test_the_query_or_the_call_of_every_number_gives_it_again(explainer: Explainer) -> None:
    """On the release itself, by the SQL or by the function that the explanation names."""
    tables = (*WITH_PATIENTS, "registry.monthly_indicators", "study.published_comparison")
    checked = Counter[str]()
    for table in tables:
        for cell in cells(explainer, table):
            column = cell.address.rpartition(":")[2]
            if cell.call is not None and (column != "derived"):
                checked["call"] += 1
                is_text = isinstance(cell.value, str)
                assert cell.computed == cell.value if is_text else same(cell.computed, cell.value)
            elif not isinstance(cell.value, str) and column != "treated_month":
                checked["query"] += 1
                ((number, *_), *_) = explainer.release.rows(cell.query)
                assert cell.call or same(number, cell.value), cell.address
    # lines of the tables: 12 yes/no and 10 others, then 6 yes/no; 4 and 7 numbers and a printed
    # cell of each group and of all; test, p twice, SMD, degrees of freedom of chi-square and t,
    # Fisher; in 4 and 3 lines an expected count is below 5, and there is an exact p; then the
    # paper's numbers
    baseline = 12 * (3 * 5 + 6) + 2 * (3 * 8 + 5) + 8 * (3 * 8 + 4) + 4
    outcomes = 6 * (3 * 5 + 6 + 9) + 3
    assert checked["call"] == baseline + outcomes + 226
    assert checked["query"] > 1000


def test_a_page_lists_some_patients_and_counts_all(
    refreshed: Refreshed, explainer: Explainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those who are counted come first; the lines are those of the patients who are listed."""
    monkeypatch.setattr(page, "LISTED_ON_PAGE", 0)
    of_smokers, of_all = (f"study.table1_baseline:smoking:{each}_display" for each in ("rs", "all"))
    with open_release(refreshed.settings.published_path) as release:
        facts = page.explained(release, [of_smokers, of_all])
    for address in (of_smokers, of_all):
        found, cell = explainer.explain(address), facts["cells"][address]
        counted = [patient for patient in found.patients if patient.is_counted]
        others = [patient for patient in found.patients if not patient.is_counted]
        assert (cell["counted"], cell["of"]) == (len(counted), len(found.patients))
        assert [
            (*facts["patients"][who], bool(is_counted), [facts["lines"][line] for line in lines])
            for who, is_counted, lines in facts["lists"][cell["list"]]
        ] == [
            (
                patient.patient_key,
                facts["groups"].index(patient.study_group),
                patient.is_counted,
                [
                    (
                        facts["files"].index(line.file),
                        line.line,
                        facts["tables"].index(line.table),
                        line.delivered_on.isoformat(),
                    )
                    for line in patient.lines
                ],
            )
            for patient in [*counted, *others][:20]
        ]
    assert [facts["cells"][each]["of"] for each in (of_smokers, of_all)] == [41, 127]


@pytest.mark.rest
def test_every_cell_of_every_published_table_is_explained(explainer: Explainer) -> None:
    """One row of each table, all columns; nothing is without a definition."""
    for table, columns in explainer.release.comments.items():
        for key in mart(*table.split(".")).keys:
            parts = ", ".join(f"coalesce(cast({column} as varchar), '')" for column in key)
            for row in explainer.release.rows(f"select {parts} from {table} limit 1"):
                for column in columns:
                    cell = explainer.cell(Address(table, row, column))
                    assert cell.definition[0], cell.address
                    assert explainer.release.rows(cell.query)[0][0] == cell.value or cell.patients


def seen(explanation: Explanation) -> list[tuple[Any, ...]]:
    """Patients without their pseudonyms, which differ with each installation's key."""
    return sorted(
        (
            patient.is_counted,
            patient.value,
            tuple((line.file, line.line, line.delivered_on, line.fields) for line in patient.lines),
        )
        for patient in explanation.patients
    )


def test_late_hemorrhages_are_explained_in_full(explainer: Explainer) -> None:
    found = explainer.explain("res.sich.2d.rs.n")

    assert found.value == "two"
    assert found.query == (
        "select count(*)\nfrom study.sich_events\n"
        "where study_group = 'rescue_stenting' and timing_class = 'later'"
    )
    assert seen(found) == EXPECTED_LATE


def test_a_count_of_table_1_is_explained_in_full(explainer: Explainer) -> None:
    """One of the 41 stented patients has coronary artery disease, and stands in line 130."""
    found = explainer.explain("t1.cad.rs.n")

    assert found.address == "study.published_comparison:t1.cad.rs.n:derived"
    assert found.value == "1"
    assert found.definition == (
        GOLDEN("the_derived_number_as_text_in"),
        GOLDEN("table_coronary_artery_disease_the_paper"),
        GOLDEN("study_cohort_coronary_artery_disease_history"),
        GOLDEN("registry_patients_coronary_artery_disease_history"),
    )
    assert found.query == (
        "select\n    study_group,\n    cast(coronary_artery_disease as double) as observed,\n"
        "    count(*) as n\nfrom study.cohort\nwhere study_group = 'rescue_stenting'\n"
        "group by study_group, coronary_artery_disease\n"
        "order by study_group, coronary_artery_disease"
    )
    assert found.call == 'warehouse.statistics.descriptions.n(counts["rescue_stenting"])'
    assert found.computed == 1
    assert [model.path.rpartition("/")[2] for model in found.models] == [
        "descriptions.py",
        "int_study_cells.py",
        "int_value_counts.sql",
        "int_patients.sql",
        "published_comparison.sql",
    ]
    assert len(found.patients) == 41
    assert [each for each in seen(found) if each[0]] == [
        (
            True,
            True,
            (
                (
                    f"{FIRST}/admissions.csv",
                    130,
                    DELIVERED,
                    (("coronary_artery_disease", True),),
                ),
            ),
        )
    ]


def test_a_comparison_names_the_call_that_made_it(explainer: Explainer) -> None:
    shares = explainer.explain("study.table2_outcomes:is_good_outcome:p_value")
    ranks = explainer.explain("t1.passes.stat")

    assert shares.call == "warehouse.statistics.two_groups.chi_square(20, 21, 45, 41).p_value"
    assert shares.computed == shares.value
    assert ranks.call == (
        "warehouse.statistics.rounding.negative_absolute(warehouse.statistics.two_groups.rank_sum("
        'counts["rescue_stenting"], counts["no_rescue_stenting"]).statistic)'
    )
    assert round(ranks.computed, 2) == float(ranks.value)


def test_an_exclusion_is_explained_in_full(explainer: Explainer) -> None:
    found = explainer.explain("study.patient_flow:insufficient_flow_below_threshold:n_excluded")

    assert found.value == 2
    assert [each for each in seen(found) if each[0]] == [
        (
            True,
            GOLDEN("thrombectomy_failed_no_rescue_stent_residual"),
            (
                procedure(
                    line,
                    ("mtici_after_mt", "1"),
                    ("rescue_stent", "not_indicated"),
                    ("residual_stenosis_pct", 49),
                ),
            ),
        )
        for line in (70, 110)
    ]
    assert len(found.patients) == 131, "all who were judged at this step"


def test_a_patient_with_a_corrected_row_is_explained_by_the_current_line(
    explainer: Explainer,
) -> None:
    """The registry's lines are those of the delivery that counts, not the first one."""
    ((key, file, line, delivered_on, passes),) = explainer.release.rows(
        """
        select procedure_key, source_file, source_row, delivered_on, passes
        from registry.procedures
        where delivered_on = date '2022-06-07'
        order by source_row
        limit 1
        """
    )
    found = explainer.explain(f"registry.procedures:{key}:passes")

    (patient,) = found.patients
    (source,) = patient.lines
    assert (source.file, source.line, source.delivered_on, source.fields) == (
        file,
        line,
        delivered_on,
        (("passes", passes),),
    )
    assert delivered_on == date(2022, 6, 7)


def test_a_derived_value_of_a_patient_names_the_lines_of_both_records(
    explainer: Explainer,
) -> None:
    ((key, minutes),) = explainer.release.rows(
        "select patient_key, onset_to_puncture_min from study.cohort order by patient_key limit 1"
    )
    found = explainer.explain(f"study.cohort:{key}:onset_to_puncture_min")

    (patient,) = found.patients
    assert (found.value, patient.value) == (minutes, minutes)
    assert [(line.table, [name for name, _ in line.fields]) for line in patient.lines] == [
        ("patients", ["onset_at"]),
        ("procedures", ["puncture_at"]),
    ]


def test_what_describes_a_derived_number_is_read_from_its_row(explainer: Explainer) -> None:
    name = "study.published_comparison:t2.mrs02.rs.n"
    number, about = (explainer.explain(f"{name}:{column}") for column in ("derived_value", "note"))
    subject = explainer.explain(f"{name}:derived_subject")

    assert (number.value, number.n_counted, len(number.patients)) == (20, 20, 41)
    assert about.patients == subject.patients == ()
    assert explainer.release.rows(subject.query) == [(subject.value,)] == [("is_good_outcome",)]


@pytest.mark.parametrize(
    ("name", "reported"),
    [
        ("t2.mrs02.rs.nn", "Did you mean t2.mrs02.rs.n"),
        ("study.table2_outcome:is_sich:rs_n", "Did you mean study.table2_outcomes"),
        ("study.table2_outcomes:is_sick:rs_n", "Did you mean is_sich"),
        ("study.table2_outcomes:is_sich:rs_m", "Did you mean rs_n"),
        ("study.table2_outcomes", "There is no row of study.published_comparison"),
        ("nothing:", "'nothing:' is not the address of a cell."),
    ],
)
def test_what_does_not_exist_is_named_with_what_does(
    explainer: Explainer, name: str, reported: str
) -> None:
    with pytest.raises(ExplainError) as error:
        explainer.explain(name)
    assert reported in str(error.value)


def test_a_release_that_is_not_there_is_reported(refreshed: Refreshed) -> None:
    with (
        pytest.raises(ExplainError, match="Run a refresh first"),
        open_explainer(refreshed.settings.data / "none.duckdb"),
    ):
        pass


def test_what_a_value_is_made_from_is_in_the_registry(explainer: Explainer) -> None:
    """Each column of the cohort and of the treated patients names columns that exist."""
    for table in ("study.cohort", "registry.treated_patients", "study.sich_events"):
        for column in explainer.release.comments[table]:
            source_columns = explainer.release.source_columns(Address(table, (), column))
            assert source_columns, f"{table}.{column}"
            for each in source_columns:
                source, _, name = each.partition(".")
                assert name in explainer.release.comments[f"registry.{source}"], each
    by_step = step_sources("guo_2023")
    steps = {row[0] for row in explainer.release.rows("select step_name from study.eligibility")}
    assert steps == set(by_step)


def test_a_number_is_explained_while_the_release_is_read_by_others(refreshed: Refreshed) -> None:
    with (
        duckdb.connect(refreshed.settings.published_path, read_only=True),
        open_explainer(refreshed.settings.published_path) as explainer,
    ):
        assert explainer.explain("t1.male.rs.n").value == "31"
