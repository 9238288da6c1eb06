"""A number is of one patient and one stroke; what belongs to a stroke, and what contradicts it.

The sites of identity_cases.py and two cases of tests/fixtures are landed and checked together.
"""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.support.checked_rows import within_sites
from tests.support.golden import golden
from tests.support.identity_cases import MAPPINGS, SITES, mapping
from warehouse.checks.run import run_checks
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.site import load_site
from warehouse.history import RefreshRecord
from warehouse.landing import land
from warehouse.landing.pseudonyms import known_pseudonymizer
from warehouse.landing.raw_names import raw_names
from warehouse.settings import Settings
from warehouse.work_database import (
    load_accepted_corrections,
    load_history,
    load_landed,
    load_studies,
    new_work_database,
)

GOLDEN = golden("checks")

CASES = Path(__file__).parents[2] / "fixtures" / "cases"
FROM_FILES = ("c09_reused", "e11_second")
LAST = date(2022, 8, 1)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A data folder with the deliveries of all sites, and their mappings beside it."""
    settings = Settings(data=tmp_path_factory.mktemp("identity") / "data")
    for site, files in SITES.items():
        for name, content in files.items():
            path = settings.raw_dir / site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    for site in FROM_FILES:
        shutil.copytree(CASES / site, settings.raw_dir / site)
    sites_dir = settings.data / "sites"
    sites_dir.mkdir()
    for site in MAPPINGS:
        (sites_dir / f"{site}.yaml").write_text(mapping(site), encoding="utf-8")
    return settings


@pytest.fixture(scope="module")
def checked(settings: Settings) -> Path:
    """The work database of all sites after the checks."""
    sites_dir = settings.data / "sites"
    land(settings, progress=lambda _line: None, sites_dir=sites_dir)
    work_path = settings.data / "work.duckdb"
    with new_work_database(work_path) as connection:
        load_landed(connection, settings.landed_dir, dictionary(), LAST)
        load_accepted_corrections(connection, raw_names(settings, sites_dir), sites_dir)
        load_studies(connection)
        load_history(connection, settings.history_dir, RefreshRecord("r1", datetime.now(), LAST))
    run_checks(work_path, "r1", settings.data / "results", lambda _line: None, within_sites())
    return work_path


@pytest.fixture
def ask(checked: Path) -> Any:
    """The rows of a query on the checked rows."""

    def rows(sql: str, **named: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(checked, read_only=True) as connection:
            return connection.execute(sql, named).fetchall()

    return rows


STATES = """
    select month(delivered_on), source_row, version_status from raw.record_versions
    where site = $site and extract = $extract order by delivered_on, source_row
"""
CONFLICTS = """
    select versions.source_file, versions.source_row, failures.found
    from raw.check_failures as failures inner join raw.record_versions as versions using (row_id)
    where rule like '%.identity.kept' and site = $site order by all
"""


REJECTED = """
    select failures.extract, versions.source_row, failures.rule
    from raw.check_failures as failures inner join raw.record_versions as versions using (row_id)
    where severity = 'reject' and site = $site order by all
"""


def key(settings: Settings, site: str, number: str) -> str:
    """The pseudonym of an admission number, or of a patient number."""
    field = "patient_id" if number.startswith(("p", "X")) else "admission_id"
    pseudonyms = known_pseudonymizer(settings.secret_path)
    assert pseudonyms is not None
    return pseudonyms.pseudonym(field, site, number)


def strokes(ask: Any, settings: Settings, site: str, extract: str) -> list[tuple[Any, ...]]:
    """Month, line, number of the admission and state of each row of a site's extract."""
    numbers = {key(settings, site, name): name for name in ("A1", "A2", "A9", "B1", "p1", "p2")}
    return [
        (month, line, numbers.get(admission, admission), state)
        for month, line, admission, state in ask(
            """
            select month(delivered_on), source_row, admission_key, version_status
            from raw.record_versions where site = $site and extract = $extract
            order by delivered_on, source_row
            """,
            site=site,
            extract=extract,
        )
    ]


def unplaced(ask: Any, site: str) -> list[tuple[Any, ...]]:
    """Extract, line and words of the rows that belong to no stroke."""
    return ask(
        """
        select failures.extract, versions.source_row, found
        from raw.check_failures as failures inner join raw.record_versions as versions
        using (row_id) where rule like '%.admission_id.reference' and site = $site order by all
        """,
        site=site,
    )


def test_a_number_used_again_is_held_and_the_accepted_patient_stays(ask: Any) -> None:
    """Case c09: two numbers are given to other people, one in another stroke."""
    assert ask(STATES, site="c09_reused", extract="admissions") == [
        (1, 2, "current"), (1, 3, "current"), (1, 4, "current"),
        (2, 2, "rejected"), (3, 2, "rejected"),
    ]  # fmt: skip
    accepted = "in c09_reused/2022-01-10/admissions.csv, line"
    onset = "onset_at 364 days from that of c09_reused/2022-01-10/admissions.csv, line 2"
    assert ask(CONFLICTS, site="c09_reused") == [
        (
            "c09_reused/2022-02-10/admissions.csv",
            2,
            GOLDEN("birth_date_and_sex_other_than", accepted=accepted),
        ),
        (
            "c09_reused/2022-03-10/admissions.csv",
            2,
            GOLDEN("birth_date_and_sex_other_than_2", accepted=accepted, onset=onset),
        ),
    ]


def test_an_age_stands_for_the_date_of_birth(ask: Any) -> None:
    assert ask(STATES, site="ages", extract="admissions") == [
        (5, 2, "current"), (5, 3, "superseded"), (5, 4, "superseded"), (5, 5, "rejected"),
        (5, 6, "superseded"),
        (6, 2, "rejected"), (6, 3, "current"), (6, 4, "current"), (6, 5, "current"),
    ]  # fmt: skip
    before = "age_years other than in ages/2022-05-01/admissions.csv, line 2"
    assert ask(CONFLICTS, site="ages") == [("ages/2022-06-01/admissions.csv", 2, before)]
    assert ask(REJECTED, site="ages") == [
        ("admissions", 2, "admissions.identity.kept"),
        ("admissions", 5, "admissions.birth_date.required"),
    ]


def test_a_second_stroke_without_a_number_replaces_nothing(ask: Any) -> None:
    """Case e11: the first stroke keeps its follow-up, the second is held."""
    onset = "onset_at 263 days from that of e11_second/2022-01-10/admissions.csv, line 3"
    assert ask(CONFLICTS, site="e11_second") == [("e11_second/2022-02-10/admissions.csv", 2, onset)]
    assert ask(STATES, site="e11_second", extract="admissions") == [
        (1, 2, "current"), (1, 3, "current"), (1, 4, "current"), (2, 2, "rejected"),
    ]  # fmt: skip
    assert ask(STATES, site="e11_second", extract="followups") == [
        (1, 2, "current"), (1, 3, "current"), (1, 4, "current"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("site", "found"),
    [
        ("other_birth", "birth_date other than in other_birth/2022-05-01/admissions.csv, line 2"),
        ("other_sex", "sex other than in other_sex/2022-05-01/admissions.csv, line 2"),
        (
            "other_patient",
            "patient_id other than in other_patient/2022-05-01/admissions.csv, line 2; "
            "birth_date other than in other_patient/2022-05-01/admissions.csv, line 2",
        ),
        ("two_births", "birth_date other than in two_births/2022-05-01/admissions.csv, line 2"),
    ],
)
def test_another_person_under_a_number_is_held(ask: Any, site: str, found: str) -> None:
    assert ask(CONFLICTS, site=site) == [(f"{site}/2022-06-01/admissions.csv", 2, found)]
    assert ask(STATES, site=site, extract="admissions") == [(5, 2, "current"), (6, 2, "rejected")]


def test_an_onset_of_more_than_seven_days_away_is_another_stroke(ask: Any) -> None:
    assert ask(STATES, site="onset_days", extract="admissions") == [
        (5, 2, "superseded"),
        (6, 2, "current"),
        (7, 2, "rejected"),
    ]
    assert ask(CONFLICTS, site="onset_days") == [
        (
            "onset_days/2022-07-01/admissions.csv",
            2,
            GOLDEN("onset_at_days_and_min_from"),
        )
    ]


def test_a_number_stays_with_a_patient_who_was_rejected_for_another_reason(ask: Any) -> None:
    """Neither counts until the site has said who it is; the first can still be corrected."""
    assert ask(STATES, site="rejected_person", extract="admissions") == [
        (5, 2, "rejected"),
        (6, 2, "rejected"),
        (7, 2, "current"),
    ]
    assert ask(CONFLICTS, site="rejected_person") == [
        (
            "rejected_person/2022-06-01/admissions.csv",
            2,
            GOLDEN("birth_date_and_sex_other_than_3"),
        )
    ]


def test_two_persons_under_one_number_in_a_file_are_distinguished_by_the_site(ask: Any) -> None:
    lines = "birth_date and sex other than in two_persons/2022-05-01/admissions.csv, line"
    assert ask(CONFLICTS, site="two_persons") == [
        ("two_persons/2022-06-01/admissions.csv", 2, f"{lines} 2, which is rejected"),
        ("two_persons/2022-07-01/admissions.csv", 2, f"{lines} 3, which is rejected"),
    ]


def test_an_accepted_correction_overrules_a_rejected_row(ask: Any) -> None:
    assert ask(STATES, site="rejected_birth", extract="admissions") == [
        (5, 2, "rejected"),
        (6, 2, "superseded"),
        (7, 2, "current"),
    ]


def test_a_number_stays_with_a_rejected_patient_and_a_patient_is_one_person(ask: Any) -> None:
    place = "rejected_number/2022-06-01/admissions.csv"
    first = "in rejected_number/2022-05-01/admissions.csv, line"
    assert ask(CONFLICTS, site="rejected_number") == [
        (
            place,
            2,
            GOLDEN("patient_id_other_than_which_is", first=first),
        ),
        (place, 3, GOLDEN("birth_date_other_than_which_is", first=first)),
    ]


def test_a_version_is_compared_with_what_counted_when_it_came_also_from_a_file_sent_again(
    ask: Any,
) -> None:
    assert ask(CONFLICTS, site="sent_again") == []
    assert ask(STATES, site="sent_again", extract="admissions") == [
        (5, 2, "superseded"),
        (6, 2, "superseded"),
        (7, 2, "superseded"),
        (7, 2, "current"),
    ]


def test_an_accepted_correction_counts_and_later_versions_are_compared_with_it(ask: Any) -> None:
    assert ask(STATES, site="accepted", extract="admissions") == [
        (5, 2, "superseded"),
        (6, 2, "superseded"),
        (7, 2, "current"),
        (7, 2, "rejected"),
    ]
    assert ask(CONFLICTS, site="accepted") == [
        (
            "accepted/2022-07-02/admissions.csv",
            2,
            GOLDEN("birth_date_other_than_in_accepted"),
        )
    ]


def test_a_number_of_a_procedure_or_scan_stays_with_its_patient(ask: Any) -> None:
    """Unless the site says so, or nobody knew the patient of the row before."""
    assert ask(STATES, site="number_again", extract="procedures") == [
        (5, 2, "superseded"), (5, 3, "rejected"), (5, 4, "rejected"), (5, 5, "current"),
        (6, 2, "current"), (6, 3, "current"), (6, 4, "rejected"), (6, 5, "rejected"),
    ]  # fmt: skip
    assert ask(STATES, site="number_again", extract="imaging") == [
        (5, 2, "current"),
        (6, 2, "rejected"),
    ]
    file = "number_again/2022-06-01/procedures.csv"
    before = "patient_id other than in number_again/2022-05-01"
    assert ask(CONFLICTS, site="number_again") == [
        ("number_again/2022-06-01/imaging.csv", 2, f"{before}/imaging.csv, line 2"),
        (file, 4, GOLDEN("procedures_csv_line_which_is_rejected", before=before)),
        (file, 5, f"{before}/procedures.csv, line 5"),
    ]


def test_a_correction_is_accepted_in_a_file_whose_name_is_not_shown(ask: Any) -> None:
    assert ask(STATES, site="accepted_name", extract="admissions") == [
        (5, 2, "superseded"),
        (6, 2, "current"),
    ]


def test_an_entry_that_accepts_nothing_is_a_query_of_the_site(ask: Any) -> None:
    found = ask(
        """
        select site, source_file, delivered_on, severity, found from raw.landing_violations
        where rule = 'admissions.accepted_corrections.used' order by all
        """
    )
    place = ("unused", "config/sites/unused.yaml", date(2022, 6, 1), "warn")
    assert found == [
        (*place, "accepted_corrections: unused/2022-06-01/admissions.csv, line 2"),
        (*place, "accepted_corrections: unused/2022-06-01/admissions.csv, line 9"),
    ]


def test_what_names_its_admission_belongs_to_it(ask: Any, settings: Settings) -> None:
    rows = [(5, 2, "A1", "current"), (5, 3, "A2", "current")]
    for extract in ("admissions", "procedures", "imaging", "followups"):
        assert strokes(ask, settings, "numbered", extract) == rows


def test_what_names_none_belongs_to_the_stroke_that_fits_in_time(
    ask: Any, settings: Settings
) -> None:
    both = [(5, 2, "A1", "current"), (5, 3, "A2", "current")]
    found = {
        extract: strokes(ask, settings, "by_time", extract)
        for extract in ("procedures", "imaging", "followups")
    }
    assert found == {
        # Line 4 may be an earlier one of the first stroke: line 2 waits until it is corrected.
        "procedures": [
            (5, 2, "A1", "rejected"),
            (5, 3, "A2", "current"),
            (5, 4, "none", "rejected"),
        ],
        "imaging": both,
        "followups": [
            (5, 2, "A1", "current"),
            (5, 3, "A2", "superseded"),
            (6, 2, "A2", "current"),
            (7, 2, "none", "rejected"),
        ],
    }
    assert unplaced(ask, "by_time") == [
        ("followups", 2, GOLDEN("no_time_of_assessment_or_death")),
        ("procedures", 4, GOLDEN("puncture_before_each_of_the_patient")),
    ]


def test_day_90_decides_between_strokes_and_a_death_belongs_to_the_last(
    ask: Any, settings: Settings
) -> None:
    assert strokes(ask, settings, "close", "followups") == [
        (5, 2, "A1", "current"),
        (6, 2, "A2", "current"),
    ]


def test_a_site_may_begin_to_number_its_admissions(ask: Any, settings: Settings) -> None:
    found = {
        extract: strokes(ask, settings, "renumbered", extract)
        for extract in ("admissions", "procedures", "followups")
    }
    assert found == {
        "admissions": [
            (5, 2, "A1", "superseded"),
            (6, 2, "A1", "current"),
            (6, 3, "A2", "current"),
        ],
        "procedures": [(5, 2, "A1", "current"), (6, 2, "A2", "current")],
        "followups": [(5, 2, "A1", "superseded"), (6, 2, "A1", "current")],
    }
    assert ask(CONFLICTS, site="renumbered") == []


def test_a_number_that_no_admission_of_the_patient_has_is_a_query(
    ask: Any, settings: Settings
) -> None:
    """Unless the patient's admission has no number: then it belongs to that."""
    words = "it names an admission that is not among those of the patient"
    assert strokes(ask, settings, "unknown_number", "procedures") == [
        (5, 2, "A9", "rejected"),
        (5, 3, "p2", "current"),
        (5, 4, "A1", "rejected"),
    ]
    assert unplaced(ask, "unknown_number") == [
        ("procedures", 2, words),
        ("procedures", 4, GOLDEN("it_names_an_admission_of_another")),
    ]


def test_what_fits_a_held_stroke_waits_with_it(ask: Any, settings: Settings) -> None:
    found = {
        extract: [(month, line, state) for month, line, _stroke, state in
                  strokes(ask, settings, "held_stroke", extract)]
        for extract in ("admissions", "procedures", "imaging", "followups")
    }  # fmt: skip
    first_and_second = [(5, 2, "current"), (6, 2, "rejected")]
    assert found == {
        "admissions": first_and_second,
        "procedures": first_and_second,
        "imaging": [(6, 2, "current"), (6, 3, "rejected")],
        "followups": first_and_second,
    }
    words = "the stroke that fits is held: held_stroke/2022-06-01/admissions.csv, line 2"
    assert unplaced(ask, "held_stroke") == [
        ("followups", 2, words),
        ("imaging", 3, words),
        ("procedures", 2, words),
    ]


def test_what_fits_a_rejected_stroke_waits_with_it(ask: Any, settings: Settings) -> None:
    found = {
        extract: strokes(ask, settings, "rejected_second", extract)
        for extract in ("procedures", "imaging", "followups")
    }
    both = [(5, 2, "A1", "current"), (5, 3, "A2", "rejected")]
    assert found == {
        "procedures": both,
        "imaging": [*both, (5, 4, "A9", "rejected")],
        "followups": both,
    }
    words = "the stroke that fits is rejected: rejected_second/2022-05-01/admissions.csv, line 3"
    assert unplaced(ask, "rejected_second") == [
        ("followups", 3, words),
        ("imaging", 3, words),
        ("imaging", 4, GOLDEN("it_names_an_admission_that_is")),
        ("procedures", 3, words),
    ]


def test_what_belongs_to_a_rejected_first_stroke_states_it(ask: Any) -> None:
    words = "is rejected: rejected_first/2022-05-01/admissions.csv, line 2"
    assert unplaced(ask, "rejected_first") == [
        ("imaging", 2, GOLDEN("the_admission_that_it_names", words=words)),
        ("procedures", 2, f"the stroke that fits {words}"),
    ]
    assert ask(REJECTED, site="rejected_first") == [
        ("admissions", 2, "admissions.baseline_nihss.range"),
        ("imaging", 2, "imaging.admission_id.reference"),
        ("procedures", 2, "procedures.admission_id.reference"),
    ]


def test_nothing_waits_for_a_rejected_stroke_that_is_settled(ask: Any, settings: Settings) -> None:
    assert unplaced(ask, "settled") == []
    assert strokes(ask, settings, "settled", "procedures") == [
        (7, 2, "A2", "current"),
        (7, 3, "p2", "current"),
    ]
    assert strokes(ask, settings, "settled", "followups") == [(7, 2, "p2", "current")]


def test_what_comes_too_late_for_the_only_stroke_is_not_its(ask: Any) -> None:
    """Unless it says so itself, with the number of the admission."""
    assert ask(REJECTED, site="never_came") == [
        ("imaging", 3, "imaging.scan_of_this_stroke"),
        ("procedures", 4, "procedures.puncture_of_this_stroke"),
    ]


def test_a_number_that_comes_twice_in_a_file_is_named_as_the_key_that_it_is(ask: Any) -> None:
    assert ask(REJECTED, site="one_number") == [
        ("admissions", 2, "admissions.admission_id.unique"),
        ("admissions", 3, "admissions.admission_id.unique"),
        ("admissions", 4, "admissions.patient_id.unique"),
        ("admissions", 5, "admissions.patient_id.unique"),
        ("followups", 2, "followups.admission_id.unique"),
        ("followups", 3, "followups.admission_id.unique"),
    ]


def test_every_row_has_a_state_and_each_rejected_one_a_reason(ask: Any) -> None:
    counts = ", ".join(f"(select count(*) from raw.{name})" for name in dictionary().extracts)
    (rows,) = ask(f"select {counts}")
    assert ask("select count(distinct row_id) from raw.record_versions") == [(sum(rows),)]
    assert (
        ask(
            "select row_id from raw.record_versions group by row_id, delivered_on "
            "having count(*) > 1"
        )
        == []
    )
    assert (
        ask(
            """
        select site, row_id from raw.record_versions where version_status = 'rejected'
        and row_id not in (select row_id from raw.check_failures where severity = 'reject')
        """
        )
        == []
    )


def test_the_results_count_the_rows_that_conflict(ask: Any) -> None:
    assert ask(
        """
        select month(delivered_on), rows_checked, rows_failed, status from raw.check_results
        where rule = 'admissions.identity.kept' and site = 'c09_reused' order by delivered_on
        """
    ) == [(1, 3, 0, "passed"), (2, 1, 1, "failed"), (3, 1, 1, "failed")]


def test_accepting_a_correction_lands_no_file_again(settings: Settings) -> None:
    """What the mapping accepts says nothing on how a file is read."""
    report = land(settings, progress=lambda _line: None, sites_dir=settings.data / "none")
    assert load_site("accepted", settings.data / "sites").accepted_corrections != ()
    assert report.files_new == 0
