"""Matching of a file's columns to the dictionary's fields."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from warehouse.definitions.dictionary import Extract
from warehouse.definitions.site import Condition, Part, Recipe, SiteMapping, mapping_name
from warehouse.landing.cell_text import clean_name
from warehouse.landing.errors import (
    MissingColumnsError,
    UnreadableFileError,
    recipe_hint,
    rename_hint,
)
from warehouse.landing.header_names import (
    UNNAMED,
    column_at,
    header_key,
    hidden_header,
    likely_renames,
)
from warehouse.landing.plain_words import LONGEST_SHOWN, PlainWords
from warehouse.text import meant

SEPARATORS = (" ", "_", "-")
UNDIVIDED = Part(extract="")
# As many as a sheet of Excel has.
MAX_COLUMNS = 16_384


@dataclass(frozen=True)
class CombinedColumn:
    """A field that is made of several columns, or of none: where they stand, and how.

    ``shift`` is where the duration stands by which a moment is later than that of the others, and
    ``after`` where the time before it stands.
    """

    recipe: Recipe
    positions: tuple[int, ...]
    suffix: str
    shift: int | None = None
    after: tuple[int, ...] = ()

    @property
    def all_positions(self) -> tuple[int, ...]:
        """The places of all columns that it is made of."""
        shift = () if self.shift is None else (self.shift,)
        return (*self.positions, *shift, *self.after)


@dataclass(frozen=True)
class ColumnMap:
    """Places of the fields in a row, and what the header has or lacks beyond that.

    ``headers`` is the header as it may be shown; ``likely`` maps fields without a column to the
    unknown header that probably is theirs, ``hints`` to what to do about it; ``absent`` are the
    mapping's headers that are not there. ``conditions`` choose rows (column -> its place,
    and how), and the lines ``skip_rows`` are left out.
    """

    positions: dict[str, int]
    combined: dict[str, CombinedColumn]
    headers: tuple[str, ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    likely: dict[str, str] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()
    conditions: dict[str, tuple[int, Condition]] = field(default_factory=dict)
    skip_rows: tuple[int, ...] = ()

    @property
    def sources(self) -> dict[str, str]:
        """Field -> the header, or the headers, that it is read from."""
        single = {name: (position,) for name, position in self.positions.items()}
        several = {name: column.all_positions for name, column in self.combined.items()}
        return {
            name: " + ".join(self.headers[position] for position in positions)
            for name, positions in {**single, **several}.items()
            if positions
        }


@dataclass(frozen=True)
class HeaderBefore:
    """The header of the file before, as it may be shown, and which column each field was."""

    headers: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)


NOTHING_BEFORE = HeaderBefore()


class HeaderReader:
    """Finds the fields of an extract in a header, by name, alias and the site's own names."""

    def __init__(self, extract: Extract, mapping: SiteMapping, part: Part = UNDIVIDED) -> None:
        self._extract = extract
        self._part = part
        self._site = mapping.site
        self.plain_words = PlainWords(mapping)
        self._prefix, self._suffix = _affix_keys(part)
        self._is_scoped = bool(self._prefix or self._suffix)
        self._recipes = mapping.columns.get(extract.name, {})
        ignored = (*mapping.ignored_columns, *part.ignored_columns)
        self._ignored = set(map(header_key, ignored))
        self._names: dict[str, str] = {}
        for known in extract.fields:
            for name in (known.name, *known.aliases):
                self._names[header_key(name)] = known.name
        self._site_headers = mapping.headers.get(extract.name, {})
        self._site_keys = {header_key(name): field for name, field in self._site_headers.items()}
        self._names |= self._site_keys
        self._names = {
            key: name
            for key, name in self._names.items()
            if name not in self._recipes and (key in self._site_keys or key not in self._ignored)
        }
        self._ingredients = {
            header_key(name) for recipe in self._recipes.values() for name in recipe.columns
        }
        self._ingredients |= set(map(header_key, part.where))
        self._identifiers = {known.name for known in extract.fields if known.identifier}

    @property
    def extract(self) -> str:
        """The extract whose fields it finds."""
        return self._extract.name

    @property
    def header_row(self) -> int | None:
        """The line of the header, where the mapping says it."""
        return self._part.header_row

    def known_columns(self, header: list[str]) -> int:
        """Count the columns of the header that are fields."""
        return sum(self._is_used(name) for name in header)

    def same_columns(self, header: Sequence[str], cells: Sequence[str]) -> int:
        """Count the cells of a row that name their own column."""
        pairs = zip(header, cells, strict=False)
        return sum(bool(cell) and self._is_same(name, cell) for name, cell in pairs)

    def has_required(self, header: Sequence[str]) -> bool:
        """Whether a header has the column of every field that a row cannot lack."""
        found = {self._field(name) for name in header}
        recipes = {
            name
            for name, recipe in self._recipes.items()
            if recipe.constant
            or any(header_key(part) in set(map(header_key, header)) for part in recipe.columns)
        }
        there = {*recipes, *filter(None, found)}
        names = (field.name for field in self._extract.landed_fields)
        return {name for name in names if self._is_needed(name, there)} <= there

    def claims(self, name: str) -> bool:
        """Whether a column is used, or known not to be needed."""
        return self._is_used(name) or header_key(name) in self._ignored

    def read(
        self,
        header: list[str],
        before: HeaderBefore = NOTHING_BEFORE,
        others: Sequence[HeaderReader] = (),
        requires: bool = True,
    ) -> ColumnMap:
        """The place of every field. ``others`` read the other parts of a wide file.

        Raises UnreadableFileError when a field has two columns, there are too many, or one is not
        there by which the mapping chooses rows; MissingColumnsError when a required field has none.
        """
        if len(header) > MAX_COLUMNS:
            raise UnreadableFileError(
                f"the header has {len(header):,} columns, and no file needs more than "
                f"{MAX_COLUMNS:,}; deliver the columns of the dictionary"
            )
        positions, unknown = self._positions(header, others)
        places = _places(header)
        combined = self._combined(places)
        landed = [known.name for known in self._extract.landed_fields]
        missing = tuple(name for name in landed if name not in {**positions, **combined})
        likely = self._likely(header, unknown, missing, before)
        shown = tuple(self._shown(name, position) for position, name in enumerate(header))
        hints = {field: self._hint(field, header[at], shown[at]) for field, at in likely.items()}
        hints |= {
            name: self._recipe_hint(name, places, [shown[at] for at in unknown])
            for name in missing
            if name in self._recipes
        }
        there = {*positions, *combined}
        if requires:
            self._require(missing, there, [header[position] for position in unknown], hints)
        # A column without a name is reported by its place, and only when it has cells.
        unknown_shown = tuple(shown[at] for at in unknown if shown[at] != UNNAMED)
        absent = frozenset(name for name in self._site_headers if self._place(places, name) is None)
        missed = tuple(name for name in missing if self._is_missed(name, there))
        renamed = {field: shown[position] for field, position in likely.items()}
        return ColumnMap(
            positions, combined, shown, unknown_shown, missed, renamed, hints, absent,
            self._conditions(places, unknown_shown), self._part.skip_rows,
        )  # fmt: skip

    def _conditions(
        self, places: Mapping[str, int], there: Sequence[str]
    ) -> dict[str, tuple[int, Condition]]:
        """The columns by which rows are chosen; ``there`` are those that nobody knows."""
        found = {name: self._place(places, name) for name in self._part.where}
        if gone := [name for name, place in found.items() if place is None]:
            raise UnreadableFileError(
                f"rows of {self._part.name} are chosen by {', '.join(gone)}, which the file does "
                f"not have{meant(gone[0], there)}: correct where in {mapping_name(self._site)}",
                found=f"no '{gone[0]}'",
            )
        where = self._part.where
        return {name: (place, where[name]) for name, place in found.items() if place is not None}

    def _shown(self, name: str, position: int) -> str:
        """A header as it may be shown: a known name or plain words; else its place."""
        if not clean_name(name):
            return UNNAMED
        if self.claims(name):
            return clean_name(name)[:LONGEST_SHOWN]
        return self.plain_words.shown(name) or column_at(position)

    def _positions(
        self, header: Sequence[str], others: Sequence[HeaderReader]
    ) -> tuple[dict[str, int], list[int]]:
        """The place of each field that is one column, and the columns that nobody knows.

        A column that the site names for a field counts before one of the field's other names.
        """
        named = {self._field(name) for name in header if self._is_named_by_site(name)}
        positions: dict[str, int] = {}
        unknown: list[int] = []
        for position, name in enumerate(header):
            found = self._field(name)
            if found in named and not self._is_named_by_site(name):
                unknown.append(position)
            elif found is None:
                claimed = any(reader.claims(name) for reader in (self, *others))
                unknown += [] if claimed else [position]
            elif found in positions:
                raise self._two_columns(found, header, positions[found], position)
            else:
                positions[found] = position
        return positions, unknown

    def _two_columns(
        self, field: str, header: Sequence[str], first: int, second: int
    ) -> UnreadableFileError:
        places = [f"{self._shown(header[at], at)} ({column_at(at)})" for at in (first, second)]
        return UnreadableFileError(
            f"two columns hold {field}, {' and '.join(places)}; keep one of them, or name the "
            "other below ignored_columns in the site's mapping",
            field=field,
            found=" and ".join(places),
        ).expecting("one column for each field")

    def _is_named_by_site(self, name: str) -> bool:
        key = header_key(name)
        own = self._own(key)
        return self._field(name) is not None and not self._site_keys.keys().isdisjoint({key, own})

    def _is_missed(self, name: str, there: Collection[str]) -> bool:
        """Whether a file with other fields lacks something without this one.

        Nobody needs an optional number, or a field that another one makes up for.
        """
        field = self._extract.field(name)
        instead = {other.name for other in self._extract.fields if other.constraints.unless == name}
        instead.add(field.constraints.unless or "")
        is_wanted = not field.identifier and instead.isdisjoint(there)
        return is_wanted or self._is_needed(name, there)

    def _is_needed(self, name: str, there: Collection[str]) -> bool:
        limits = self._extract.field(name).constraints
        is_required = limits.required and limits.unless not in there
        return is_required or name in self._extract.primary_key

    def _is_same(self, name: str, cell: str) -> bool:
        field = self._field(cell)
        is_field = field is not None and field == self._field(name)
        return is_field or header_key(cell) == header_key(name)

    def _field(self, name: str) -> str | None:
        """The field of a column. With a prefix or suffix, only identifiers may lack it."""
        key = header_key(name)
        own = self._own(key)
        if key in self._ignored and key not in self._site_keys:
            return None
        found = self._names.get(key if own is None else own)
        return found if own is not None or found in self._identifiers else None

    def _own(self, key: str) -> str | None:
        """A column's key without prefix and suffix; None when it has others or none."""
        if not self._is_scoped:
            return key
        if not (key.startswith(self._prefix) and key.endswith(self._suffix)):
            return None
        return key.removeprefix(self._prefix).removesuffix(self._suffix)

    def _is_used(self, name: str) -> bool:
        key = header_key(name)
        own = self._own(key)
        return self._field(name) is not None or not self._ingredients.isdisjoint({key, own})

    def _combined(self, places: Mapping[str, int]) -> dict[str, CombinedColumn]:
        """The fields that are made of several columns; of joined columns all must be there."""
        combined: dict[str, CombinedColumn] = {}
        for name, recipe in self._recipes.items():
            keys = [self._place(places, column) for column in recipe.parts]
            shift = self._place(places, recipe.shifted.column) if recipe.shifted else None
            after = [self._place(places, column) for column in recipe.after]
            if (recipe.shifted and shift is None) or None in after:
                continue
            before = tuple(position for position in after if position is not None)
            found = tuple(position for position in keys if position is not None)
            if recipe.constant or (found and (recipe.first or None not in keys)):
                suffix = recipe.suffix.replace("{part}", self._part.name)
                combined[name] = CombinedColumn(recipe, found, suffix, shift, before)
        return combined

    def _place(self, places: Mapping[str, int], column: str) -> int | None:
        key = header_key(column)
        return places.get(f"{self._prefix}{key}{self._suffix}", places.get(key))

    def _likely(
        self,
        header: Sequence[str],
        unknown: Sequence[int],
        missing: Iterable[str],
        before: HeaderBefore,
    ) -> dict[str, int]:
        """Missing field -> the place of the unknown column that probably is it, by another name."""
        headers = [header[position] for position in unknown]
        missing = [name for name in missing if name not in self._recipes]
        names: dict[str, list[str]] = {
            name: [name, *self._extract.field(name).aliases, *self._named_for(name)]
            for name in missing
        }
        same_place: dict[str, str] = {}
        for name in missing:
            if (source := before.sources.get(name)) is not None:
                names[name].append(source)
                if source in before.headers and len(before.headers) == len(header):
                    same_place[name] = header[before.headers.index(source)]
        if 2 * self.known_columns(list(header)) < len(header):
            same_place = {}
        likely = likely_renames(headers, names, same_place)
        return {field: unknown[headers.index(name)] for field, name in likely.items()}

    def _named_for(self, field: str) -> list[str]:
        """Return the headers that the mapping names for a field."""
        return [header for header, name in self._site_headers.items() if name == field]

    def _require(
        self,
        missing: Iterable[str],
        there: Collection[str],
        unknown: Sequence[str],
        hints: Mapping[str, str],
    ) -> None:
        """Raise for missing columns. A line of data is shown by the shapes of its cells."""
        required = tuple(name for name in missing if self._is_needed(name, there))
        if required:
            shapes = tuple(map(hidden_header, unknown))
            raise MissingColumnsError(
                required, shapes, {name: hints[name] for name in required if name in hints}
            )

    def _hint(self, name: str, header: str, shown: str) -> str:
        units = self._extract.field(name).convertible_units
        return rename_hint(header, shown, name, self._site, units)

    def _recipe_hint(self, name: str, places: Mapping[str, int], unknown: Sequence[str]) -> str:
        columns = self._recipes[name].columns
        absent = [column for column in columns if self._place(places, column) is None]
        own = (name, *self._extract.field(name).aliases)
        instead = next((known for known in own if self._place(places, known) is not None), None)
        likely = meant(absent[0], unknown) if absent else ""
        return recipe_hint(name, columns, absent, instead, self._site) + likely


def _places(header: Sequence[str]) -> dict[str, int]:
    """Return the first place of each header, as headers are compared."""
    places: dict[str, int] = {}
    for position, name in enumerate(header):
        places.setdefault(header_key(name), position)
    return places


def _affix_keys(part: Part) -> tuple[str, str]:
    """Prefix and suffix as they are compared; a separator at their end must be there, too."""
    prefix, suffix = header_key(part.prefix), header_key(part.suffix)
    prefix += "_" if part.prefix.endswith(SEPARATORS) else ""
    return prefix, ("_" if part.suffix.startswith(SEPARATORS) else "") + suffix
