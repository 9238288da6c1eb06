"""The whole way on the shipped deliveries: raw files in, a published release out."""

from __future__ import annotations

import csv
import os
import shutil
import stat
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest

from tests.support.built_release import built_release
from tests.support.golden import golden
from tests.support.refreshed import (
    OF_THE_DEAD_ALONE,
    SHIPPED_RAW,
    Refreshed,
    refresh_without_prefect,
)
from warehouse.definitions.config import study_path
from warehouse.history import last_published, read_records, read_settings
from warehouse.refresh import steps
from warehouse.refresh.context import refreshing
from warehouse.refresh.errors import GateFailedError
from warehouse.refresh.preconditions import FutureDayError, NoDeliveriesError
from warehouse.settings import PROJECT_DIR, Settings

GOLDEN = golden("flows")

PLANTED = PROJECT_DIR / "tests" / "fixtures" / "planted_bad_rows.csv"


def test_the_patient_flow_is_the_papers(refreshed: Refreshed) -> None:
    assert refreshed.rows(
        "select label, n_excluded, n_remaining from study.patient_flow order by step"
    ) == [
        (GOLDEN("treated_with_thrombectomy_in_the_study"), 0, 335),
        ("Cardioembolic stroke", 152, 183),
        (GOLDEN("stroke_of_other_determined_or_undetermined"), 39, 144),
        (GOLDEN("pre_stroke_mrs_of_or_more"), 9, 135),
        (GOLDEN("acute_intracranial_atherosclerotic_occlusion_included"), 0, 135),
        ("Rescue stent refused", 4, 131),
        (GOLDEN("stenosis_below_and_insufficient_distal_flow"), 2, 129),
        ("Lost to follow-up", 2, 127),
        ("Analyzed", 0, 127),
    ]


def test_the_groups_are_the_papers(refreshed: Refreshed) -> None:
    assert refreshed.rows(
        "select study_group, count(*) from study.cohort group by all order by all"
    ) == [("no_rescue_stenting", 86), ("rescue_stenting", 41)]


def test_each_study_is_counted_by_group(refreshed: Refreshed) -> None:
    (record,) = read_records(refreshed.settings.history_dir)
    assert [*record.studies] == ["guo_2023", "bridging_thrombolysis", "first_pass_effect"]
    assert [*record.cohort.items()] == [("rescue_stenting", 41), ("no_rescue_stenting", 86)]
    published = "select study, study_group, n from ops.study_sizes where refresh_id = ?"
    sizes = refreshed.rows(published, record.refresh_id)
    assert sorted(sizes) == sorted(
        (study, group, n) for study, groups in record.studies.items() for group, n in groups.items()
    )


def test_the_comparison_with_the_paper(refreshed: Refreshed) -> None:
    """185 of the 188 numbers of Tables 1 and 2 are met; the other 3 are the paper's errors."""
    verdicts = dict(
        refreshed.rows(
            """
            select verdict in ('reproduced', 'reproduced_with_convention'), count(*)
            from study.published_comparison
            where starts_with(id, 't1.') or starts_with(id, 't2.')
            group by all
            """
        )
    )
    assert verdicts == {True: 185, False: 3}
    assert refreshed.rows(
        """
        select id, printed, derived from study.published_comparison
        where verdict not in ('reproduced', 'reproduced_with_convention') order by id
        """
    ) == [
        ("abs.mort.p", "0.71", "0.78"),
        ("abs.mrs02.p", "0.76", "0.71"),
        ("flow.rs.pct", "30.3%", "30.4%"),
        ("t1.ica.rs.pct", "26.9%", "26.8%"),
        ("t1.mca.non_rs.pct", "54.6%", "54.7%"),
        ("t2.mort.p", "0.76", "0.78"),
    ]
    assert refreshed.rows(
        """
        select count(*), count(*) filter (verdict = 'differs'),
            count(*) filter (verdict not in ('reproduced', 'differs') and note is null)
        from study.published_comparison
        """
    ) == [(270, 0, 0)]


def test_every_planted_bad_row_is_a_violation(refreshed: Refreshed) -> None:
    with PLANTED.open(encoding="utf-8", newline="") as handle:
        planted = {(row["file"], int(row["line"])) for row in csv.DictReader(handle)}
    found = set(
        refreshed.rows(
            """
            select source_file, source_row from quality.violations
            where rule is not null and severity is not null and expected is not null
                and action is not null
            """
        )
    )
    assert len(planted) >= 12
    assert planted - found == set()


def test_the_rows_of_every_file_balance(refreshed: Refreshed) -> None:
    assert (
        refreshed.rows(
            """
            select source_file from quality.deliveries
            where rows_in_file <> rows_accepted + rows_rejected + rows_unreadable
                or rows_accepted <> rows_current + rows_superseded + rows_withdrawn
            """
        )
        == []
    )
    delivered = {
        path.relative_to(SHIPPED_RAW).as_posix()
        for path in SHIPPED_RAW.rglob("*.*")
        if path.stem.split(".")[0].split("_")[0]
        in {"admissions", "procedures", "imaging", "followups"}
    }
    assert {row[0] for row in refreshed.rows("select source_file from quality.deliveries")} == (
        delivered
    )


def test_the_release_is_read_only_and_older_clients_can_read_it(refreshed: Refreshed) -> None:
    published = refreshed.settings.published_path
    assert stat.S_IMODE(published.stat().st_mode) == 0o444
    with duckdb.connect(published, read_only=True) as connection:
        tags = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where not internal"
        ).fetchall()
    assert tags == [("v1.2.0+",)]


def test_every_published_table_and_column_is_explained(refreshed: Refreshed) -> None:
    assert (
        refreshed.rows(
            """
            select schema_name || '.' || table_name from duckdb_tables() where comment is null
            union all
            select schema_name || '.' || view_name from duckdb_views()
            where not internal and comment is null
            union all
            select schema_name || '.' || table_name || '.' || column_name
            from duckdb_columns()
            where not internal and comment is null
            """
        )
        == []
    )


def test_a_second_refresh_lands_nothing_and_publishes_the_same(
    copy_of_refreshed: Refreshed,
) -> None:
    settings = copy_of_refreshed.settings
    landed = _parquet_times(settings)
    before = last_published(settings.history_dir)
    assert before is not None

    summary = refresh_without_prefect(settings)

    after = read_records(settings.history_dir)[-1]
    assert after.files_landed == 0
    assert after.mart_digests == before.mart_digests
    assert _parquet_times(settings) == landed
    assert summary.headline == (
        GOLDEN("nothing_new_was_delivered_published_an", refresh_id=before.refresh_id)
    )


@pytest.mark.rest
def test_everything_built_again_has_the_same_content(copy_of_refreshed: Refreshed) -> None:
    """Only the history and the pseudonyms' secret stay; every mart comes back row by row."""
    settings = copy_of_refreshed.settings
    before = _marts(settings.published_path)
    for folder in (settings.landed_dir, settings.warehouse_dir):
        shutil.rmtree(folder)

    refresh_without_prefect(settings)

    assert _marts(settings.published_path) == before


def test_a_day_in_the_past_is_built_from_what_was_delivered_by_then(
    copy_of_refreshed: Refreshed,
) -> None:
    """It stands beside the current release, which people keep reading with its pages."""
    settings = copy_of_refreshed.settings
    published = settings.published_path.read_bytes()
    pages = (settings.reports_dir / "quality.html").read_bytes()
    current = last_published(settings.history_dir)
    assert current is not None

    summary = refresh_without_prefect(settings, as_of=date(2022, 2, 15))

    record = read_records(settings.history_dir)[-1]
    with duckdb.connect(settings.releases_dir / str(record.release), read_only=True) as release:
        assert release.execute(OF_THE_DEAD_ALONE).fetchall() == []
        delivered = "select delivered_on, count(*) from quality.deliveries group by all"
        assert release.execute(delivered).fetchall() == [(date(2022, 2, 15), 4)]
        own = "select status, change_note from ops.refreshes where refresh_id = ?"
        assert release.execute(own, [record.refresh_id]).fetchall() == [
            (
                "built",
                GOLDEN("the_state_of_not_published_patients"),
            )
        ]
    assert record.status == "built"
    assert settings.published_path.read_bytes() == published
    assert (settings.reports_dir / "quality.html").read_bytes() == pages
    assert last_published(settings.history_dir) == current
    assert summary.headline == (
        GOLDEN(
            "release_shows_people_keep_reading_the",
            refresh_id=record.refresh_id,
            refresh_id_2=current.refresh_id,
        )
    )
    assert dict(summary.figures)["open it"].startswith(f"{settings.releases_dir}")


@pytest.mark.rest
@pytest.mark.parametrize("day", sorted(path.name for path in SHIPPED_RAW.glob("*/*-*-*")))
def test_no_month_of_any_shipped_day_counts_the_dead_alone(tmp_path: Path, day: str) -> None:
    settings = Settings(data=tmp_path / "data")
    shutil.copytree(SHIPPED_RAW, settings.raw_dir)
    built = built_release(settings, date.fromisoformat(day), "monthly_indicators")
    with duckdb.connect(built, read_only=True) as release:
        assert release.execute(OF_THE_DEAD_ALONE).fetchall() == []
        sums = "select count(pct_dead_90d), sum(n_followup_due), sum(n_dead_90d_known - n_dead_90d)"
        ((n_months, n_due, n_living),) = release.execute(
            f"{sums} from registry.monthly_indicators"
        ).fetchall()
    assert n_months > 0
    assert n_due >= n_living > 0


def test_a_failed_refresh_keeps_the_last_release(copy_of_refreshed: Refreshed) -> None:
    """A duplicate patient in the candidate is caught, told and stored; nothing is published."""
    settings = copy_of_refreshed.settings
    published = settings.published_path.read_bytes()

    with pytest.raises(GateFailedError) as refused, refreshing(settings) as refresh:
        steps.land_deliveries(refresh)
        steps.check_rows(refresh)
        steps.build_marts(refresh)
        with duckdb.connect(refresh.candidate) as connection:
            connection.execute("insert into studies.members from studies.members limit 1")
        steps.pass_release_gate(refresh)
        steps.publish_release(refresh)

    assert "The last release stays" in str(refused.value)
    assert settings.published_path.read_bytes() == published
    record = read_records(settings.history_dir)[-1]
    assert (record.status, record.release) == ("failed", None)
    assert record.reason == str(refused.value)
    assert [path.suffix for path in settings.releases_dir.iterdir()] == [".duckdb"]
    docs = settings.reports_dir / "data_docs"
    page = docs / "validations" / record.refresh_id / "release.html"
    assert GOLDEN("study_has_one_row_per") in page.read_text(encoding="utf-8")
    assert f"{docs / 'index.html'}" in str(refused.value)


def test_a_published_release_counts_even_when_its_reports_fail(data_settings: Settings) -> None:
    with pytest.raises(OSError), refreshing(data_settings) as refresh:
        refresh.record.release = "published.duckdb"
        refresh.record.status = "published"
        raise OSError("no space left")
    record = read_records(data_settings.history_dir)[-1]
    assert (record.status, record.reason) == ("published", "no space left")


def test_the_run_can_be_seen_in_prefect(refreshed: Refreshed) -> None:
    """The summary and where the pages are: artifacts of the flow run on the server."""
    data = refreshed.artifacts
    assert data.keys() == {"refresh", "refresh-summary", "refresh-pages"}
    index = (refreshed.settings.reports_dir / "index.html").as_uri()
    assert data["refresh-pages"] == f"[{index}]({index})"
    assert refreshed.summary.rows[0] == {
        "what": "files landed",
        "value": GOLDEN("new_resent_rejected_unchanged"),
    }


@pytest.mark.rest
def test_a_misnamed_file_and_a_lost_landed_file_stop_nothing(
    copy_of_refreshed: Refreshed,
) -> None:
    """The misnamed file is rejected, the lost one is landed again from raw; no number changes."""
    settings = copy_of_refreshed.settings
    before = _marts(settings.published_path)
    misnamed = settings.raw_dir / "synthetic_centre" / "2022-06-07" / "notes.docx"
    misnamed.write_bytes(b"not an extract")
    next(settings.landed_dir.glob("imaging/**/*.parquet")).unlink()

    refresh_without_prefect(settings)

    assert copy_of_refreshed.rows(
        "select source_file, status from quality.deliveries where status = 'rejected'"
    ) == [("synthetic_centre/2022-06-07/notes.docx", "rejected")]
    after = _marts(settings.published_path)
    studied = [name for name in before if name.startswith(("study.", "registry."))]
    assert {name: after[name] for name in studied} == {name: before[name] for name in studied}

    misnamed.unlink()
    refresh_without_prefect(settings)
    assert copy_of_refreshed.rows(
        "select count(*) from quality.deliveries where status = 'rejected'"
    ) == [(0,)]


def test_a_day_to_come_is_refused(data_settings: Settings) -> None:
    with pytest.raises(FutureDayError), refreshing(data_settings, date(2999, 1, 1)):
        pass


def test_without_deliveries_it_is_reported_where_they_belong(data_settings: Settings) -> None:
    raw = data_settings.raw_dir
    (raw / "admissions.csv").parent.mkdir(parents=True)
    (raw / "admissions.csv").write_text("patient_id\n", encoding="utf-8")
    with pytest.raises(NoDeliveriesError) as refused, refreshing(data_settings) as refresh:
        steps.land_deliveries(refresh)
    today = date.today()
    assert str(refused.value) == (GOLDEN("no_file_was_delivered_up_to", today=today, raw=raw))


@pytest.mark.rest
def test_another_seed_is_another_valid_study(refreshed: Refreshed, tmp_path: Path) -> None:
    """Other patients, the same published numbers, by the commands that a user would give."""
    settings = Settings(data=tmp_path / "elsewhere")
    environment = {**os.environ, "WAREHOUSE_DATA": str(settings.data)}
    command = str(Path(sys.executable).with_name("warehouse"))
    subprocess.run([command, "generate", "--seed", "2"], check=True, env=environment)

    outcome = subprocess.run(
        [command, "refresh"], check=True, env=environment, capture_output=True, text=True
    )

    other = Refreshed(settings, refreshed.summary)
    assert other.rows(
        """
        select verdict = 'paper_error', count(*) from study.published_comparison
        where starts_with(id, 't1.') or starts_with(id, 't2.') group by all order by all
        """
    ) == [(False, 185), (True, 3)]
    ages = "select age_years, baseline_nihss, puncture_at from study.cohort order by all"
    assert len(other.rows(ages)) == 127
    assert other.rows(ages) != refreshed.rows(ages)
    assert GOLDEN("study_cohort_with_rescue_stenting_without") in outcome.stdout
    assert outcome.stderr == ""


def _parquet_times(settings: Settings) -> dict[str, int]:
    return {
        str(path): path.stat().st_mtime_ns
        for path in sorted(settings.landed_dir.rglob("*.parquet"))
    }


def _marts(release: Path) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the marts that depend on deliveries alone, in the order they are stored."""
    with duckdb.connect(release, read_only=True) as connection:
        tables = connection.execute(
            """
            select schema_name, table_name from duckdb_tables()
            where schema_name in ('codes', 'registry', 'study')
                or (schema_name = 'quality' and table_name <> 'check_result_changes')
            order by all
            """
        ).fetchall()
        return {
            f"{schema}.{table}": connection.execute(f"from {schema}.{table}").fetchall()
            for schema, table in tables
        }


def test_the_settings_that_counted_are_kept_and_named(refreshed: Refreshed) -> None:
    history_dir = refreshed.settings.history_dir
    (record,) = read_records(history_dir)
    settings = record.settings or {}
    ((named,),) = refreshed.rows("select settings from ops.refreshes")
    assert named == ", ".join(f"{name} {digest[:12]}" for name, digest in sorted(settings.items()))
    kept = read_settings(history_dir, record)
    assert kept["studies/guo_2023/study.yaml"] == study_path("guo_2023").read_text("utf-8")
