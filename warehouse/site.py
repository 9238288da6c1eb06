"""A site's mapping: how its files differ from the dictionary (``dictionary/sites/<site>.yaml``)."""

from __future__ import annotations

import codecs
import hashlib
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError, field_validator

from warehouse.dictionary import DICTIONARY_DIR, DictionaryError

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
                codecs.lookup(name)
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


def site_sha256(mapping: SiteMapping) -> str:
    """Digest of what a mapping says; comments and order in its file do not count."""
    return hashlib.sha256(mapping.model_dump_json().encode()).hexdigest()


def _where(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location) or "the file"
