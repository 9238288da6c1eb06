"""The mapping of a part of a file: the site's, with what the part says for itself."""

from __future__ import annotations

from collections.abc import Set

from warehouse.definitions.site import Part, Recipe, SiteMapping
from warehouse.landing.header_names import header_key


def part_mapping(mapping: SiteMapping, part: Part) -> SiteMapping:
    """The mapping of a part: what the site reads from a column that the part ignores is void.

    What the part itself reads is left; ``check_mapping`` refuses it beside ``ignored_columns``.
    """
    ignored = frozenset(map(header_key, part.ignored_columns))
    if not ignored:
        return mapping.of_part(part)
    name = part.extract
    kept = {
        header: field
        for header, field in mapping.headers.get(name, {}).items()
        if header_key(header) not in ignored
    }
    left = {
        field: recipe
        for field, of_all in mapping.columns.get(name, {}).items()
        if (recipe := _without(of_all, ignored)) is not None
    }
    changed = {
        "headers": {**mapping.headers, name: kept},
        "columns": {**mapping.columns, name: left},
    }
    return mapping.model_copy(update=changed).of_part(part)


def _without(recipe: Recipe, ignored: Set[str]) -> Recipe | None:
    """A recipe without ignored columns; None where it needs one. Of ``first`` one is enough."""
    first = tuple(column for column in recipe.first if header_key(column) not in ignored)
    recipe = recipe.model_copy(update={"first": first}) if first else recipe
    return None if any(header_key(column) in ignored for column in recipe.columns) else recipe
