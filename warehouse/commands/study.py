"""``warehouse study``: list, begin, check and compare studies."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.commands.console import say
from warehouse.settings import settings
from warehouse.text import counted

app = typer.Typer(
    help="List, begin, check and compare studies of the registry.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Name = Annotated[str, typer.Argument(help="Name of the study, which is that of its folder.")]


@app.command("list")
def list_studies() -> None:
    """List the studies that are built, with their patients in the current release.

    \b
    Examples:
      warehouse study list
    """
    from warehouse.definitions.config import shown_path, study_path
    from warehouse.definitions.study import load_studies
    from warehouse.releases.reader import open_release
    from warehouse.releases.studies import analyzed_patients

    analyzed = {}
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
        say(f"{study.name}{' (default)' if place == 0 else ''}")
        say(f"  {study.title}")
        say(f"  {numbers}")
        say(f"  {shown_path(study_path(study.name))}")


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
      warehouse study check guo_2023
    """
    from warehouse.cohorts.expected_patients import check_study
    from warehouse.definitions.study import load_study, study_names

    for each in [name] if name else study_names():
        expected = check_study(load_study(each))
        say(f"{each}: conditions and columns are right; {counted(expected, 'expected patient')}")


@app.command()
def diff(
    name: Name,
    before: Annotated[str, typer.Argument(help="Release before: id, current, previous or a path.")],
    after: Annotated[str, typer.Argument(help="Release after it.")] = "current",
) -> None:
    """Name each patient who moved between two releases, and the step that moved them.

    \b
    Examples:
      warehouse study diff guo_2023 previous
    """
    from warehouse.releases.on_disk import find_release
    from warehouse.releases.studies import moved_patients

    paths = [find_release(settings(), release) for release in (before, after)]
    moves = list(moved_patients(*paths, name))
    for move in moves:
        say(str(move))
    say(f"{counted(len(moves), 'stroke')} moved in {name}.")
