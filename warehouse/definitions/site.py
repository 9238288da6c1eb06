"""A site's mapping: how its files differ from the dictionary (``config/sites/<site>.yaml``)."""

from __future__ import annotations

import hashlib
import re
from datetime import date, datetime, time, timedelta
from math import isfinite
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple
from zoneinfo import available_timezones

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from warehouse.definitions.config import DICTIONARY_DIR, mapping_path, shown_path
from warehouse.definitions.dictionary import EXTRACTS, DictionaryError, read_yaml
from warehouse.definitions.thresholds import Threshold
from warehouse.definitions.validation_messages import fault_messages
from warehouse.definitions.yaml_keys import NotPlainError, read_bounded
from warehouse.files import lies_there
from warehouse.text import meant

Mode = Literal["full", "delta"]
# What is expected and accepted of a site, and does not decide how its files are read.
_NOT_READ_BY = {
    *("expected_every_days", "redcap", "rules_off", "thresholds", "accepted_corrections"),
}
# No thrombectomy for a stroke is older.
FIRST_DAY_MIN = date(1985, 1, 1)


def _written(value: Any) -> Any:
    """Numbers as they are written; what YAML turned into something else must be quoted."""
    if isinstance(value, bool):
        raise ValueError(f"YAML reads this as {str(value).lower()}; put what you mean in quotes")
    return str(value) if isinstance(value, int | float) else value


def _code(value: Any) -> Any:
    """A code; ``true`` and ``false`` are the codes of yes and no."""
    return str(value).lower() if isinstance(value, bool) else _written(value)


def _number(value: Any) -> Any:
    """A finite number; YAML reads "7.5 mg" and 1,5 as texts, and yes as true."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
        raise ValueError("it must be a number such as 7.5, without unit and quotes")
    return value


def _clock(value: Any) -> time:
    """A clock as people write it; YAML reads 12:00 without quotes as 720."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-2]?[0-9]:[0-5][0-9]", value):
        raise ValueError('write the time in quotes, as "12:00"')
    return datetime.strptime(value, "%H:%M").time()


Text = Annotated[str, BeforeValidator(_written)]
# What of an identifier does not count at a site.
Spelling = Literal["upper_case", "no_leading_zeros", "no_separators"]
Reason = Annotated[Text, Field(min_length=1)]
EveryDays = int | Literal["never"]
EVERY_DAYS_MAX = 3_650
EVERY_DAYS = "it must be a number of days or never, for all extracts or for each: {imaging: 30}"
CodeText = Annotated[str, BeforeValidator(_code)]
Clock = Annotated[time, BeforeValidator(_clock)]
Number = Annotated[int | float, BeforeValidator(_number)]
CONDITION = "write a list of values, as [a, b], or {not: [a, b]}, or {present: true} (or false)"
# What stands in a part that is repeated for the number of the repetition, and how often at most.
NUMBER, REPEAT_MAX = "{n}", 100
HEADER_ROW_MAX = 200
# Keys that hold for a field of an extract: a part may have them for itself.
# Below each of them, and below headers, it stands for all extracts that have the field.
ALL = "all"
BY_FIELD = ("columns", "missing", "blank", "formats", "units", "recode")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shift(NamedTuple):
    """Shift of a time by a number of units that a column holds."""

    column: str
    unit: timedelta


class Recipe(_Strict):
    """Recipe that makes a field of other columns than one of its own.

    ``join``: the texts of all of them; ``first``: the first that is not missing; ``checked``: what
    the column that is ticked stands for; ``constant``: of none. ``suffix`` is put behind a value;
    ``{part}`` in it is the name of the part of a wide file. ``plus``, ``minus``: minutes, hours or
    days, and the column that has their number: the field is a moment so much later, or earlier.
    ``after``: the columns of the time before it, whose day a clock has, or the next one.
    """

    join: tuple[Text, ...] = ()
    first: tuple[Text, ...] = ()
    checked: dict[Text, CodeText] = {}
    constant: CodeText = ""
    plus: dict[Literal["minutes", "hours", "days"], Text] = {}
    minus: dict[Literal["minutes", "hours", "days"], Text] = {}
    after: tuple[Text, ...] = ()
    separator: str = " "
    suffix: Text = ""

    @model_validator(mode="after")
    def _says_how(self) -> Recipe:
        if sum(map(bool, (self.join, self.first, self.checked, self.constant))) != 1:
            raise ValueError("say one of join, first, checked and constant, and what it needs")
        if not self.join and "separator" in self.model_fields_set:
            raise ValueError("separator goes with join; the others take one column only")
        if self.suffix and (self.checked or self.constant):
            raise ValueError("suffix goes with join or first")
        if len(self.plus) + len(self.minus) > 1 or (self.shifted and self.suffix):
            raise ValueError("say once plus or minus, as in plus: {minutes: COLUMN}, and no suffix")
        if self.shifted and not (self.join or self.first):
            raise ValueError("plus and minus go with join or first")
        if self.after and (self.shifted or self.suffix or not (self.join or self.first)):
            raise ValueError("after goes with join or first, and with no plus, minus and suffix")
        if "{" in self.suffix.replace("{part}", ""):
            raise ValueError("suffix may hold {part}, the name of the part, and plain text")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The headers of the columns that it needs."""
        shift = (self.shifted.column,) if self.shifted else ()
        return (*self.parts, *shift, *self.after)

    @property
    def parts(self) -> tuple[str, ...]:
        """The headers of the columns whose cells are put together."""
        return self.join or self.first or tuple(self.checked)

    @property
    def shifted(self) -> Shift | None:
        """Shift of the time against the one in the columns."""
        for sign, durations in ((1, self.plus), (-1, self.minus)):
            for unit, column in durations.items():
                return Shift(column, timedelta(**{unit: sign}))
        return None


class IncompleteDates(_Strict):
    """Values for the month, day or clock that a date lacks."""

    month: int | None = Field(default=None, ge=1, le=12)
    day: int | None = Field(default=None, ge=1, le=28)
    time: Clock | None = None


class Condition(_Strict):
    """Condition on a column that chooses rows: cells listed, or all but those, or the filled ones.

    ``present: false`` chooses the empty cells.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    listed: tuple[Text, ...] = ()
    excluded: tuple[Text, ...] = Field(default=(), alias="not")
    present: bool | None = None

    @model_validator(mode="before")
    @classmethod
    def _may_be_a_list(cls, given: Any) -> Any:
        if isinstance(given, list) and given:
            return {"listed": given}
        if isinstance(given, dict) and len(given) == 1:
            return given
        raise ValueError(CONDITION)


class Part(_Strict):
    """Part of a file that becomes the rows of one extract.

    ``where``: the rows, by cells of some columns; all conditions must hold. ``header_row`` and
    ``skip_rows`` are lines of the file. ``prefix``, ``suffix``: of the columns only those whose
    header begins, or ends, so are read (without it), and the identifiers; ``ignored_columns`` are
    those of another part. ``part`` names repeated groups of one extract. The other keys are those
    of the mapping, for this part alone.
    """

    extract: str
    part: Text = ""
    where: dict[Text, Condition] = {}
    header_row: int | None = None
    skip_rows: tuple[int, ...] = ()
    prefix: str = ""
    suffix: str = ""
    ignored_columns: tuple[Text, ...] = ()
    headers: dict[Text, str] = {}
    columns: dict[str, Recipe] = {}
    missing: dict[str, tuple[Text, ...]] = {}
    blank: dict[str, CodeText] = {}
    formats: dict[str, tuple[str, ...]] = {}
    units: dict[str, str] = {}
    recode: dict[str, dict[Text, CodeText]] = {}

    @field_validator("header_row")
    @classmethod
    def _header_is_near(cls, line: int | None) -> int | None:
        if line is not None and not 1 <= line <= HEADER_ROW_MAX:
            raise ValueError(f"it must be a line of the file, from 1 to {HEADER_ROW_MAX}")
        return line

    @model_validator(mode="after")
    def _is_numbered(self) -> Part:
        if NUMBER in self.model_dump_json():
            raise ValueError(f"{NUMBER} is a number only with repeat, as in repeat: 2")
        return self

    @property
    def name(self) -> str:
        """The name of the part in its file."""
        return self.part or self.extract


class Bounds(_Strict):
    """Ends of a range, in the field's unit; one that is left out is the dictionary's."""

    minimum: Number | None = None
    maximum: Number | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Bounds:
        if not self.model_fields_set:
            raise ValueError("say minimum, maximum or both")
        return self


class SiteRange(Bounds):
    """Numbers that are possible at a site, and those that are usual there."""

    usual: Bounds | None = None


class AcceptedCorrection(_Strict):
    """A line that is a true correction, though it contradicts what was accepted before."""

    file: Text
    line: int = Field(ge=2)
    because: Reason


class Redcap(_Strict):
    """REDCap project of a site: address, name of its file, files of the token and of a certificate.

    Without a file of the token it comes from the environment.
    """

    url: str
    file: Text
    token_file: Path | None = None
    ca_file: Path | None = None

    @field_validator("url")
    @classmethod
    def _is_an_api(cls, url: str) -> str:
        if not re.fullmatch(r"https?://[^/@\s]+(?:/[^@\s?#]*)?/api/", url):
            raise ValueError("url begins with https:// or http:// and ends with /api/")
        return url

    @field_validator("file")
    @classmethod
    def _is_a_plain_name(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z][A-Za-z_-]*", name):
            raise ValueError("file is a name of Latin letters, without an ending")
        return name


class SiteMapping(_Strict):
    """Mapping of one site: what it does differently; every key but ``site`` may be left out."""

    site: str
    title: str = ""
    synthetic: bool = False
    default_mode: Mode = "delta"
    expected_every_days: dict[str, EveryDays] = {}
    encoding: str | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] = "."
    time_zone: str | None = None
    earliest: date | None = None
    two_digit_years_from: int | None = None
    incomplete_dates: IncompleteDates = IncompleteDates()
    date_formats: tuple[str, ...] = ()
    datetime_formats: tuple[str, ...] = ()
    missing_values: tuple[Text, ...] = ()
    identifiers: dict[str, tuple[Spelling, ...]] = {}
    ignored_columns: tuple[Text, ...] = ()
    ignored_sheets: tuple[Text, ...] = ()
    files: dict[Text, tuple[Part, ...]] = {}
    headers: dict[str, dict[Text, str]] = {}
    columns: dict[str, dict[str, Recipe]] = {}
    missing: dict[str, dict[str, tuple[Text, ...]]] = {}
    blank: dict[str, dict[str, CodeText]] = {}
    formats: dict[str, dict[str, tuple[str, ...]]] = {}
    units: dict[str, dict[str, str]] = {}
    recode: dict[str, dict[str, dict[Text, CodeText]]] = {}
    ranges: dict[str, dict[str, SiteRange]] = {}
    rules_off: dict[str, Reason] = {}
    thresholds: dict[str, Threshold] = {}
    accepted_corrections: tuple[AcceptedCorrection, ...] = ()
    redcap: Redcap | None = None

    @field_validator("expected_every_days", mode="before")
    @classmethod
    def _expects_each_extract(cls, every: Any) -> Any:
        by_extract = every if isinstance(every, dict) else dict.fromkeys(EXTRACTS, every)
        if unknown := [name for name in by_extract if name not in EXTRACTS]:
            raise ValueError(f"there is no extract {unknown[0]!r}; use {', '.join(EXTRACTS)}")
        for days in by_extract.values():
            if days != "never" and (type(days) is not int or not 1 <= days <= EVERY_DAYS_MAX):
                raise ValueError(EVERY_DAYS)
        return by_extract

    @field_validator("earliest")
    @classmethod
    def _is_of_our_times(cls, day: date | None) -> date | None:
        if day is not None and not FIRST_DAY_MIN <= day <= date.today():
            raise ValueError(f"it must be a day from {FIRST_DAY_MIN} to today")
        return day

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                b"a".decode(name, "replace")
            except LookupError as error:
                raise ValueError(f"Python knows no encoding {name!r}; try gb18030") from error
        return name

    @field_validator("time_zone")
    @classmethod
    def _time_zone_exists(cls, name: str | None) -> str | None:
        if name is not None and name not in available_timezones():
            hint = meant(name, available_timezones()) or "; write it as Asia/Shanghai"
            raise ValueError(f"there is no time zone {name!r}{hint}")
        return name

    @field_validator("files", mode="before")
    @classmethod
    def _repeats_parts(cls, files: Any) -> Any:
        if not isinstance(files, dict):
            return files
        return {
            file: [one for part in parts for one in _repeated(part)]
            if isinstance(parts, list)
            else parts
            for file, parts in files.items()
        }

    @field_validator("files")
    @classmethod
    def _parts_have_names(cls, files: dict[str, tuple[Part, ...]]) -> dict[str, tuple[Part, ...]]:
        for file, parts in files.items():
            names = [part.name for part in parts]
            if doubled := sorted({name for name in names if names.count(name) > 1}):
                raise ValueError(f"{file}: give each of the parts {doubled} a `part:` of its own")
        return files

    def of_part(self, part: Part) -> SiteMapping:
        """The mapping with what a part of a file says for itself.

        Where it says how a field is read, what the mapping says of that field's columns is void.
        """
        name, changed = part.extract, {}
        own = {*part.headers.values(), *part.columns}
        for key in ("headers", *BY_FIELD):
            of_all = getattr(self, key)
            kept = of_all.get(name, {})
            if key == "headers":
                kept = {header: field for header, field in kept.items() if field not in own}
            elif key == "columns":
                kept = {field: recipe for field, recipe in kept.items() if field not in own}
            changed[key] = {**of_all, name: {**kept, **getattr(part, key)}}
        return self.model_copy(update=changed)


def _repeated(part: Any) -> list[Any]:
    """A part as often as it says, with the number of the repetition for ``{n}`` in its texts."""
    if not isinstance(part, dict) or "repeat" not in part:
        return [part]
    times = part["repeat"]
    if type(times) is not int or not 1 <= times <= REPEAT_MAX:
        raise ValueError(f"repeat: it must be a number from 1 to {REPEAT_MAX}")
    rest = {key: value for key, value in part.items() if key != "repeat"}
    rest.setdefault("part", f"{part.get('extract')}{NUMBER}")
    return [_numbered(rest, str(number)) for number in range(1, times + 1)]


def _numbered(value: Any, number: str) -> Any:
    if isinstance(value, dict):
        return {_numbered(key, number): _numbered(each, number) for key, each in value.items()}
    if isinstance(value, list):
        return [_numbered(each, number) for each in value]
    return value.replace(NUMBER, number) if isinstance(value, str) else value


_SYNTHETIC = re.compile(rb"(?im)^synthetic:\s*(true|yes|on)\b")
_KEYS = {
    *(
        name
        for model in (SiteMapping, Part, Recipe, SiteRange, Threshold)
        for name in model.model_fields
    ),
    *(*AcceptedCorrection.model_fields, "not", "present", "repeat"),
}


def load_site(site: str, sites_dir: Path | None = None) -> SiteMapping:
    """Read the site's mapping, or return one that changes nothing where the site has no file.

    ``sites_dir`` holds the mappings; those of the warehouse where none is given. Raises
    DictionaryError that names the file and what is wrong in it.
    """
    path = mapping_path(site, sites_dir)
    name = shown_path(path) if path.is_relative_to(DICTIONARY_DIR) else mapping_name(site)
    if not lies_there(path):
        return SiteMapping(site=site)
    try:
        mapping = SiteMapping.model_validate(read_yaml(path, name))
    except ValidationError as error:
        raise DictionaryError(
            f"{name}: {fault_messages(error, _KEYS, 'docs/mapping.md')}"
        ) from error
    if mapping.site != site:
        raise DictionaryError(f"{name} names another site; it must say site: {site}")
    return mapping


def earliest_of(site: str, sites_dir: Path | None = None) -> date | None:
    """Return the first day of a site's patients; None where its mapping names none, or is wrong."""
    try:
        return load_site(site, sites_dir).earliest
    except DictionaryError:
        return None


def time_zone_of(site: str, sites_dir: Path | None = None) -> str | None:
    """The zone of a site's clock; None where its mapping names none, or is wrong."""
    try:
        return load_site(site, sites_dir).time_zone
    except DictionaryError:
        return None


class SiteLabel(NamedTuple):
    """Label of a site: its title, and whether its rows are synthetic."""

    title: str
    synthetic: bool


def site_label(site: str, sites_dir: Path | None = None) -> SiteLabel:
    """Return the label for pages and messages, which are written while a mapping is wrong, too."""
    try:
        mapping = load_site(site, sites_dir)
    except (DictionaryError, OSError):
        return SiteLabel(site, _says_synthetic(mapping_path(site, sites_dir)))
    return SiteLabel(mapping.title or site, mapping.synthetic)


def _says_synthetic(path: Path) -> bool:
    try:
        return bool(_SYNTHETIC.search(read_bounded(path)))
    except (OSError, NotPlainError):
        return False


def mapping_name(site: str) -> str:
    """Return the name of a site's mapping as people know it, below the config folder."""
    return f"config/sites/{site}.yaml"


def site_sha256(mapping: SiteMapping) -> str:
    """Digest of how a mapping reads files; comments and order in its file do not count."""
    text = mapping.model_dump_json(exclude=_NOT_READ_BY, exclude_defaults=True)
    return hashlib.sha256(text.encode()).hexdigest()
