"""What a site cannot have by the files that it has delivered and those that are checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from warehouse import text
from warehouse.cohorts.field_uses import field_uses
from warehouse.definitions.dictionary import dictionary
from warehouse.definitions.study_files import load_studies
from warehouse.landing.manifest import Manifest
from warehouse.landing.missing_fields import missing_fields
from warehouse.preflight.report import LINES_SHOWN


def lacking_lines(entries: Iterable[Manifest], every: bool) -> Iterator[str]:
    """Yield one line on the needed fields without a value, with ``every`` what needs each of them.

    Extracts of which there is no file are left out: they may come from elsewhere.
    """
    landed = [entry for entry in entries if entry.status == "landed"]
    extracts = {entry.extract for entry in landed}
    missing = {(row["extract"], row["field"]) for row in missing_fields(landed, dictionary())}
    needed: dict[str, list[str]] = {}
    for use in field_uses(load_studies()):
        if use.extract in extracts and (use.extract, use.field) in missing:
            needed.setdefault(f"{use.extract}.{use.field}", []).append(use.text)
    if not needed:
        return
    fields = "field has" if len(needed) == 1 else "fields have"
    line = f"{len(needed)} needed {fields} no value, here and in what landed"
    if not every:
        yield f"{line}: {text.listed(list(needed), LINES_SHOWN)}; --all says what needs them"
        return
    yield f"{line}; without it cannot be computed:"
    for name, uses in needed.items():
        yield f"  {name}: {', '.join(uses)}"
