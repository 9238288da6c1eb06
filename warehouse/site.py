"""A site's mapping: how its files differ from the dictionary (``dictionary/sites/<site>.yaml``)."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from warehouse.dictionary import DICTIONARY_DIR, Dictionary, DictionaryError

SITES_DIR = DICTIONARY_DIR / "sites"
Mode = Literal["full", "delta"]


class SiteMapping(BaseModel):
    """What one site does differently; every key but ``site`` may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    site: str
    title: str = ""
    synthetic: bool = False
    default_mode: Mode = "delta"
    encoding: str | None = None
    delimiter: Literal[",", ";", "\t", "|"] | None = None
    decimal: Literal[".", ","] = "."
    date_formats: tuple[str, ...] = ()
    datetime_formats: tuple[str, ...] = ()
    missing_values: tuple[str, ...] = ()
    headers: dict[str, dict[str, str]] = {}
    recode: dict[str, dict[str, dict[str, str]]] = {}

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                b"a".decode(name, "replace")
            except LookupError as error:
                raise ValueError(f"Python knows no encoding {name!r}; try gb18030") from error
        return name


def load_site(site: str, sites_dir: Path = SITES_DIR) -> SiteMapping:
    """The site's mapping, or one that changes nothing where the site has no file.

    Raises DictionaryError that names the file and what is wrong in it.
    """
    path = sites_dir / f"{site}.yaml"
    if not path.exists():
        return SiteMapping(site=site)
    try:
        mapping = SiteMapping.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise DictionaryError(f"{path} is not valid YAML: {error}") from error
    except ValidationError as error:
        problems = (f"{_where(problem['loc'])}: {problem['msg']}" for problem in error.errors())
        raise DictionaryError(f"{path}: {'; '.join(problems)}") from error
    if mapping.site != site:
        raise DictionaryError(f"{path} says site: {mapping.site}; it must say site: {site}")
    return mapping


def check_mapping(mapping: SiteMapping, words: Dictionary) -> None:
    """Raise DictionaryError when a mapping speaks of what the dictionary does not have."""
    for part, entries in (("headers", mapping.headers), ("recode", mapping.recode)):
        for name, entry in entries.items():
            where = f"site {mapping.site}: {part}.{name}"
            if name not in words.extracts:
                raise DictionaryError(
                    f"{where}: there is no such extract; use {list(words.extracts)}"
                )
            fields = {field.name for field in words.extracts[name].fields}
            named = set(entry.values()) if part == "headers" else set(entry)
            if unknown := sorted(map(str, named - fields)):
                raise DictionaryError(f"{where}: the extract has no field {', '.join(unknown)}")
    for name, recodes in mapping.recode.items():
        for field, recode in recodes.items():
            codes = words.codes(words.extracts[name].field(field))
            if unknown := sorted(set(recode.values()).difference(codes.values if codes else ())):
                raise DictionaryError(
                    f"site {mapping.site}: recode.{name}.{field}: no code {', '.join(unknown)}"
                )


def site_sha256(mapping: SiteMapping) -> str:
    """Digest of what a mapping says; comments and order in its file do not count."""
    return hashlib.sha256(mapping.model_dump_json().encode()).hexdigest()


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"
