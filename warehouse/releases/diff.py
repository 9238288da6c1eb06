"""Difference of two releases: ``diff_releases``."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from warehouse.definitions.study_files import FORMER_STUDY
from warehouse.releases.changes import ReleaseDiff, ReleaseIdentity
from warehouse.releases.cohort_changes import group_sizes, line_changes, patient_changes
from warehouse.releases.delivery_changes import delivered_files, read_again, violations
from warehouse.releases.mart_changes import COMPARED_SCHEMAS, mart_changes
from warehouse.releases.pair import ReleasePair, opened
from warehouse.releases.registry_news import registry_news
from warehouse.releases.release_metadata import newest_first
from warehouse.releases.studies import other_studies

IDENTITY = """
select refresh_id, as_of, warehouse_version, git_commit, {settings} from {release}.ops.refreshes
order by {newest_first} limit 1
"""


def diff_releases(before: Path, after: Path, equal: Collection[str] = ()) -> ReleaseDiff:
    """Return the difference of the release ``after`` from the release ``before``.

    Marts in ``equal`` are known to have the same content and are not read. The files must not be
    open for writing. Raises ReleasesError if they cannot be compared.
    """
    with opened(before, after) as pair:
        identities = [_identity(pair, release) for release in ("before", "after")]
        files = delivered_files(pair)
        marts = mart_changes(pair, equal)
        is_same = _default_study(pair, "before") == _default_study(pair, "after")
        return ReleaseDiff(
            before=identities[0],
            after=identities[1],
            files=files,
            marts=marts,
            registry=registry_news(pair),
            cohort_before=group_sizes(pair, "before" if is_same else "after"),
            cohort_after=group_sizes(pair, "after"),
            studies=other_studies(pair),
            patients=patient_changes(pair) if is_same else (),
            lines=line_changes(pair) if is_same else (),
            violations=violations(pair),
            causes=_causes(pair, *identities),
            read_again=read_again(pair),
            tables_added=_only_in(pair.after, pair.before),
            tables_gone=_only_in(pair.before, pair.after),
        )


def _identity(pair: ReleasePair, release: str) -> ReleaseIdentity:
    tables = pair.before if release == "before" else pair.after
    columns = tables.get("ops.refreshes", ())
    settings = "settings" if "settings" in columns else "null"
    order = newest_first(columns)
    query = IDENTITY.format(release=release, settings=settings, newest_first=order)
    return ReleaseIdentity(*pair.row(query))


def _causes(pair: ReleasePair, before: ReleaseIdentity, after: ReleaseIdentity) -> tuple[str, ...]:
    """Return what may have changed a number, other than deliveries."""
    causes = []
    if before.warehouse_version != after.warehouse_version:
        causes.append(f"version {before.warehouse_version} -> {after.warehouse_version}")
    if before.git_commit != after.git_commit:
        causes.append(f"commit {_short(before.git_commit)} -> {_short(after.git_commit)}")
    names = [_default_study(pair, release) for release in ("before", "after")]
    definitions = [pair.rows(f"from {release}.study.definition") for release in ("before", "after")]
    if names[0] != names[1]:
        causes.append(f"the default study {' -> '.join(names)}")
    elif definitions[0] != definitions[1]:
        causes.append("the study's definition")
    causes += _settings(before.settings, after.settings)
    if before.as_of != after.as_of:
        causes.append(f"day {before.as_of} -> {after.as_of}")
    return tuple(causes)


def _default_study(pair: ReleasePair, release: str) -> str:
    """Return the name of the study that ``study.*`` shows; version 0.1 had one, without a name."""
    if "studies.definitions" not in getattr(pair, release):
        return FORMER_STUDY
    name, *_ = pair.row(f"select study from {release}.studies.definitions where place = 1")
    return str(name)


def _settings(before: str | None, after: str | None) -> list[str]:
    """Files of settings that differ, without study and mappings, which are named by themselves."""
    if before is None or after is None:  # of versions that did not keep them
        return []
    changed = set(before.split(", ")) ^ set(after.split(", "))
    names = {entry.rpartition(" ")[0] for entry in changed}
    return sorted(name for name in names if "/sites/" not in name and "/study." not in name)


def _short(commit: str | None) -> str:
    return commit[:7] if commit else "unknown"


def _only_in(tables: Collection[str], others: Collection[str]) -> tuple[str, ...]:
    return tuple(
        table for table in tables if table not in others and table.split(".")[0] in COMPARED_SCHEMAS
    )
