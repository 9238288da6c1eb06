"""Delivered files and queries that differ between two releases."""

from __future__ import annotations

from warehouse.queries import CHANGED
from warehouse.releases.changes import DeliveredFile, ReadAgain, Violations
from warehouse.releases.pair import ReleasePair

# Releases of version 0.1.0 call rejected files set_aside.
FILES = """
select
    coalesce(new.source_file, old.source_file),
    case
        when old.source_file is null or old.file_id <> new.file_id then 'new'
        when new.source_file is null then 'gone'
        else 'other status'
    end,
    coalesce(new.status, old.status),
    coalesce(new.mode, old.mode),
    case when new.source_file is null then old.rows_in_file else new.rows_in_file end,
    coalesce(new.rows_accepted, old.rows_accepted),
    coalesce(new.rows_rejected, old.rows_rejected),
    coalesce(new.rows_held, 0) > 0,
    new.reason
from before.quality.deliveries as old
full join after.quality.deliveries as new on old.source_file = new.source_file
where old.file_id is distinct from new.file_id
    or replace(old.status, 'set_aside', 'rejected') <> new.status
    or (old.rows_held > 0) <> (new.rows_held > 0)
order by coalesce(new.delivered_on, old.delivered_on), 1
"""
# Files of both releases that were read with another mapping or dictionary. Either change may have
# changed values.
READ_AGAIN = """
with read_twice as (
    select
        new.site,
        new.extract,
        old.mapping_sha256 <> new.mapping_sha256 as by_mapping,
        old.dictionary_sha256 <> new.dictionary_sha256 as by_dictionary
    from before.quality.deliveries as old
    inner join after.quality.deliveries as new
        on old.source_file = new.source_file and old.file_id = new.file_id
    where 'landed' in (old.status, new.status)
)
select 'the mapping of ' || site, count(*) from read_twice where by_mapping group by all
union all
select 'the dictionary of ' || extract, count(*) from read_twice where by_dictionary group by all
order by 1
"""
READ_BY = ("mapping_sha256", "dictionary_sha256")
# Files that only the later release has; the cohort's queries join it.
NEW_FILES = """
create or replace temp table new_files as
select new.source_file, new.site, new.extract, new.mode from after.quality.deliveries as new
left join before.quality.deliveries as old
    on old.source_file = new.source_file and old.file_id = new.file_id
where old.file_id is null and new.status = 'landed'
"""


def delivered_files(pair: ReleasePair) -> tuple[DeliveredFile, ...]:
    """Return the files that differ; creates the temporary table ``new_files``."""
    pair.connection.execute(NEW_FILES)
    return tuple(DeliveredFile(*row) for row in pair.rows(FILES))


def read_again(pair: ReleasePair) -> tuple[ReadAgain, ...]:
    """Return the files read again; none if a release lacks the digests of its mappings."""
    tables = (release.get("quality.deliveries", {}) for release in (pair.before, pair.after))
    if not all(name in columns for columns in tables for name in READ_BY):
        return ()
    return tuple(ReadAgain(*row) for row in pair.rows(READ_AGAIN))


def violations(pair: ReleasePair) -> Violations:
    """Return numbers of queries opened and closed, also by title of the rule."""
    pair.connection.execute(f"create or replace temp table changed_queries as {CHANGED}")
    opened = _by_title(pair, "is_opened")
    closed = _by_title(pair, "not is_opened")
    return Violations(sum(opened.values()), sum(closed.values()), opened, closed)


def _by_title(pair: ReleasePair, condition: str) -> dict[str, int]:
    return dict(
        pair.rows(
            f"""
            select title, count(*) as n from changed_queries where {condition}
            group by title order by n desc, title
            """
        )
    )
