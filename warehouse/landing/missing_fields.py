"""Fields of which a site has never delivered a value, by the manifests of its files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from warehouse.definitions.dictionary import Dictionary, Extract
from warehouse.landing.manifest import Manifest


def missing_fields(entries: Iterable[Manifest], words: Dictionary) -> list[dict[str, str]]:
    """Return site, extract and field of what no landed file of the site had a value of.

    Identifiers are left out, and so is a field for which another one stands (``unless``).
    """
    delivered: dict[str, set[tuple[str, str]]] = {}
    for entry in entries:
        of_site = delivered.setdefault(entry.site, set())
        if entry.status == "landed" and entry.extract:
            of_site.update((entry.extract, name) for name in _filled(entry, words))
    return [
        {"site": site, "extract": name, "field": field}
        for site, of_site in sorted(delivered.items())
        for name, extract in words.extracts.items()
        for field in _lacking(extract, {field for of, field in of_site if of == name})
    ]


def _filled(entry: Manifest, words: Dictionary) -> Iterator[str]:
    """Yield the fields with a value in a file; versions before 0.2 counted no cells."""
    if entry.cells:
        yield from (
            name for name, (filled, unreadable) in entry.cells.items() if filled > unreadable
        )
    else:
        fields = words.extracts[str(entry.extract)].fields
        yield from (field.name for field in fields if field.name not in entry.missing_columns)


def _lacking(extract: Extract, filled: set[str]) -> Iterator[str]:
    others = {f.constraints.unless: f.name for f in extract.fields if f.constraints.unless}
    others |= {name: unless for unless, name in others.items()}
    for field in extract.fields:
        if not field.identifier and not {field.name, others.get(field.name)} & filled:
            yield field.name
