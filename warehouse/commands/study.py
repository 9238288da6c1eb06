"""``warehouse study``: list, begin, check, run again and compare studies."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warehouse.commands.console import say
from warehouse.settings import settings
from warehouse.text import counted

if TYPE_CHECKING:
    from warehouse.releases.pair import ReleasePair

app = typer.Typer(
    help="List, begin, check, run again and compare studies of the registry.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Name = Annotated[str, typer.Argument(help="Name of the study, which is that of its folder.")]

# A text that dbt puts into several descriptions.
BLOCK = re.compile(r"\{\{ *doc\([^)]*\) *\}\}")


@app.command("list")
def list_studies() -> None:
    """List the studies that are built, with their patients in the current release.

    \b
    Examples:
      warehouse study list
    """
    from warehouse.definitions.config import shown_path, study_path
    from warehouse.definitions.study_files import load_studies
    from warehouse.history import read_records
    from warehouse.locks.lock import known_digests
    from warehouse.releases.reader import open_release
    from warehouse.releases.studies import analyzed_patients

    analyzed = {}
    records = read_records(settings().history_dir)
    locked = dict(name.split("/") for name in known_digests(records))
    if settings().published_path.exists():
        with open_release(settings().published_path) as release:
            analyzed = analyzed_patients(release)
    for place, study in enumerate(load_studies()):
        groups = analyzed.get(study.name, {})
        counts = [f"{each.label}: {groups.get(each.study_group, 0):,}" for each in study.groups]
        if study.name in analyzed:
            numbers = "; ".join([f"{sum(groups.values()):,} analyzed", *counts])
        else:
            numbers = "not in the current release"
        lock = f", locked on {locked[study.name]}" if study.name in locked else ""
        if study.lock and not lock:
            lock = f", to be locked by the first release of {study.lock.on} or later"
        say(f"{study.name}{' (default)' if place == 0 else ''}{lock}")
        say(f"  {study.title}")
        say(f"  {numbers}")
        say(f"  {shown_path(study_path(study.name))}")


@app.command()
def columns(
    word: Annotated[str, typer.Argument(help="A word of the name or the meaning.")] = "",
) -> None:
    """List the columns that a study may use, with type, codes and meaning.

    \b
    Examples:
      warehouse study columns
      warehouse study columns mrs
    """
    from warehouse.cohorts.codes import codes_of
    from warehouse.cohorts.columns import stroke_columns
    from warehouse.cohorts.conditions import KEYS

    found = False
    for name, column in stroke_columns().items():
        meaning = f"{name} {column.description}".lower()
        if name not in KEYS and word.lower() in meaning:
            codes = f": {', '.join(codes_of(name))}" if codes_of(name) else ""
            say(f"{name} ({column.sql_type}{codes})")
            found = True
            say(f"  {BLOCK.sub('', column.description).strip()}")
    if not found:
        say(f"No column has {word!r} in its name or meaning; without a word all are listed.")


@app.command()
def new(name: Name) -> None:
    """Write a commented study and its expected patients into the config folder.

    \b
    Examples:
      warehouse study new late_window
    """
    from warehouse.new_study import begin_study

    for line in begin_study(name):
        say(line)


@app.command()
def check(
    name: Annotated[str | None, typer.Argument(help="Name of a study; all without one.")] = None,
) -> None:
    """Check conditions, columns and expected patients of a study, without a build.

    \b
    Examples:
      warehouse study check
      warehouse study check first_pass_effect
    """
    from warehouse.cohorts.expected_patients import check_study
    from warehouse.cohorts.never_met import never_met
    from warehouse.definitions.config import mapped_sites
    from warehouse.definitions.study_files import load_study, study_names

    for each in [name] if name else study_names():
        study = load_study(each)
        expected = check_study(study)
        say(f"{each}: conditions and columns are right; {counted(expected, 'expected patient')}")
        if not expected:
            say(
                "  A condition that finds nobody, or the wrong ones, is not seen without expected "
                "patients: write some (docs/studies.md)."
            )
        for line in never_met(study, date.today()):
            say(f"  Warning: {line}")
        if unknown := sorted({*study.site_codes} - {*mapped_sites()}):
            say(
                f"  No mapping names the site {', '.join(map(repr, unknown))}: nobody is screened "
                f"there. Mapped are {', '.join(mapped_sites())}."
            )


@app.command()
def rerun(
    name: Name,
    release: Annotated[
        str, typer.Option(help="Release whose strokes count: id, current, previous or a path.")
    ] = "current",
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the tables, as CSV files.")
    ] = None,
) -> None:
    """Compute a study as its folder says now, without a refresh; nothing is published.

    Prints flow, groups and tables, and what differs from the study in the release.

    \b
    Examples:
      warehouse study rerun first_pass_effect
      warehouse study rerun first_pass_effect --release previous -o tables
    """
    from warehouse.definitions.study_files import load_study
    from warehouse.exports.study_text import csv_files, study_lines
    from warehouse.releases.on_disk import find_release
    from warehouse.releases.reader import Release
    from warehouse.releases.study_differences import has_study, refused_fall
    from warehouse.study_rerun import rerun as computed
    from warehouse.tables.studies import StudyResults

    path = find_release(settings(), release)
    with computed(path, load_study(name)) as pair:
        results = StudyResults(Release(pair.connection, 1), name)
        for line in study_lines(results, with_tables=output is None):
            say(line)
        if output is not None:
            for written in csv_files(results, output):
                say(f"Wrote {written}")
        say("")
        if has_study(pair, "before", name):
            _say_differences(pair, name, path.stem)
            if fall := refused_fall(pair, name):
                say(
                    f"The release gate would refuse it: {fall[1]:,} patients, and {fall[0]:,} in "
                    f"the release. If the fall is meant, name the day of the refresh in "
                    f"config/accepted_losses.yaml (accepted_cohort_falls)."
                )
        else:
            say(f"Release {path.stem} has no study {name} to compare with.")


@app.command()
def diff(
    name: Name,
    before: Annotated[str, typer.Argument(help="Release before: id, current, previous or a path.")],
    after: Annotated[str, typer.Argument(help="Release after it.")] = "current",
) -> None:
    """Name each patient who moved between two releases, with the row or step that moved them.

    The numbers of its flow and tables that differ follow, with both values.

    \b
    Examples:
      warehouse study diff first_pass_effect previous
    """
    from warehouse.releases.on_disk import find_release
    from warehouse.releases.pair import opened

    paths = [find_release(settings(), release) for release in (before, after)]
    with opened(*paths) as pair:
        _say_differences(pair, name, paths[0].stem)


def _say_differences(pair: ReleasePair, name: str, before: str) -> None:
    from warehouse.releases.study_differences import moves, number_changes

    moved, numbers = moves(pair, name), number_changes(pair, name)
    for each in (*moved, *numbers):
        say(str(each))
    say(
        f"Against release {before}: {counted(len(moved), 'stroke')} moved and "
        f"{counted(len(numbers), 'number')} changed in {name}."
    )
