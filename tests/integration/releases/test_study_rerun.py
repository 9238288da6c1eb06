"""A study run again on the strokes of a release: what the refresh found, without a refresh."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from tests.support.refreshed import Refreshed
from warehouse.cli import app
from warehouse.cohorts.views import create_views
from warehouse.dbt.project import DBT_DIR
from warehouse.definitions.config import study_path
from warehouse.definitions.dictionary import read_yaml
from warehouse.definitions.study import StudyDefinition
from warehouse.definitions.study_files import load_studies, load_study, study_of
from warehouse.exports.choices import Content, Format
from warehouse.exports.export import ExportRequest, exported
from warehouse.releases.diff import diff_releases
from warehouse.releases.study_differences import moves, number_changes, refused_fall
from warehouse.settings import settings
from warehouse.study_rerun import MARTS, rerun

STUDY = "first_pass_effect"


def changed(name: str, step: str, keep: str) -> StudyDefinition:
    """A shipped study with another condition of a step."""
    content = read_yaml(study_path(name))
    content["flow"] = [
        each | {"keep": keep} if each["step"] == step else each for each in content["flow"]
    ]
    return study_of(name, content, study_path(name))


@pytest.mark.parametrize("study", [study.name for study in load_studies()])
def test_a_study_that_did_not_change_gives_each_row_of_the_release(
    refreshed: Refreshed, study: str
) -> None:
    with rerun(refreshed.settings.published_path, load_study(study)) as pair:
        for mart in MARTS:
            of_study = "* exclude (place)" if mart == "definitions" else "*"
            found, there = (
                pair.rows(
                    f"select {of_study} from {each}.studies.{mart} where study = '{study}' "
                    "order by all"
                )
                for each in ("after", "before")
            )
            assert (mart, found) == (mart, there)
        assert moves(pair, study) == []
        assert number_changes(pair, study) == []


def test_running_again_leaves_no_file_in_the_project(
    refreshed: Refreshed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refresh beside it took bytecode of a model for another project, and lost what dbt wrote."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    for folder in DBT_DIR.rglob("__pycache__"):
        shutil.rmtree(folder)
    with rerun(refreshed.settings.published_path, load_study(STUDY)):
        assert list(DBT_DIR.rglob("__pycache__")) == []


def test_a_changed_criterion_names_who_moves_and_each_number(refreshed: Refreshed) -> None:
    with rerun(refreshed.settings.published_path, changed(STUDY, "age", "age_years >= 60")) as pair:
        younger = pair.rows(
            f"select admission_key from before.studies.members "
            f"where study = '{STUDY}' and age_years < 60 order by 1"
        )
        moved = [move for move in moves(pair, STUDY) if move.after == "left at age"]
        assert younger
        assert {move.admission_key for move in moved} >= {key for (key,) in younger}
        assert {move.values for move in moved} == {()}
        (sizes,) = pair.rows(
            f"select (select count(*) from before.studies.members where study = '{STUDY}'), "
            "(select count(*) from after.studies.members)"
        )
        (last,) = [change for change in number_changes(pair, STUDY) if change.subject == "Analyzed"]
        assert (last.before, last.after) == tuple(f"0 left, {n} remain" for n in sizes)


@pytest.mark.parametrize(("years", "is_refused"), [(19, False), (70, True)])
def test_a_fall_that_the_release_gate_would_refuse_is_named(
    refreshed: Refreshed, years: int, is_refused: bool
) -> None:
    own = changed(STUDY, "age", f"age_years >= {years} and {{minimum_age_years}} > 0")
    with rerun(refreshed.settings.published_path, own) as pair:
        (sizes,) = pair.rows(
            f"select (select count(*) from before.studies.members where study = '{STUDY}'), "
            "(select count(*) from after.studies.members)"
        )
        assert (sizes[1] < 0.9 * sizes[0]) is is_refused
        assert refused_fall(pair, STUDY) == (sizes if is_refused else None)


def test_a_rule_that_excludes_nobody_is_a_step_where_it_is_always_shown(
    refreshed: Refreshed,
) -> None:
    flow = [
        each | {"shown": "always"} if each.get("rule") == "outcome_known" else each
        for each in read_yaml(study_path(STUDY))["flow"]
    ]
    content = read_yaml(study_path(STUDY)) | {"flow": flow}
    with rerun(
        refreshed.settings.published_path, study_of(STUDY, content, study_path(STUDY))
    ) as pair:
        shown = "select n_excluded from {}.studies.flow_steps where step_name = 'deaths_only' and "
        of_study = f"study = '{STUDY}' and step is not null"
        assert pair.rows(shown.format("before") + of_study) == []
        assert pair.rows(shown.format("after") + of_study) == [(0,)]


def test_another_default_study_is_named_as_a_cause(refreshed: Refreshed, tmp_path: Path) -> None:
    release = refreshed.settings.published_path
    later = tmp_path / release.name
    later.write_bytes(release.read_bytes())
    with duckdb.connect(later) as connection:
        connection.execute("update studies.definitions set place = 4 - place")
        connection.execute("drop schema study cascade")
        list(create_views(connection, "study", STUDY))
        ((first,),) = connection.execute(
            "select study from studies.definitions where place = 1"
        ).fetchall()
    assert first == STUDY
    difference = diff_releases(release, later)
    (cause,) = difference.causes
    assert cause.split()[-3:] == ["guo_2023", "->", first]
    # Who is in the one and not in the other study did not move, and no p changed.
    assert (difference.patients, difference.lines) == ((), ())
    assert difference.cohort_before == difference.cohort_after
    assert sum(difference.cohort_after.values()) > 0
    assert diff_releases(release, release).causes == ()


def test_the_command_prints_the_flow_and_writes_the_tables(
    refreshed: Refreshed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WAREHOUSE_DATA", str(refreshed.settings.data))
    settings.cache_clear()
    shown = CliRunner().invoke(app, ["study", "rerun", STUDY, "-o", str(tmp_path)])
    settings.cache_clear()
    assert shown.exit_code == 0
    ((last,),) = refreshed.rows(
        f"select min(n_remaining) from studies.flow_steps where study = '{STUDY}'"
    )
    assert f"{last:,} remain  Analyzed" in shown.output
    for content in (Content.table1, Content.table2):
        request = ExportRequest(content, Format.csv, "jama", STUDY)
        published = exported(request, refreshed.settings.published_path)
        (written,) = (path.read_bytes() for path in tmp_path.glob(f"{content}*.csv"))
        # The published one names the origin of its numbers at its end.
        assert published.startswith(written)
        assert written.count(b"\n") >= 10
