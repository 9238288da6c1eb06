"""Meanings of abbreviations: ``dictionary/abbreviations.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from warehouse.definitions.dictionary import DICTIONARY_DIR, read_definition

ABBREVIATIONS_PATH = DICTIONARY_DIR / "abbreviations.yaml"


@cache
def load_abbreviations(path: Path = ABBREVIATIONS_PATH) -> dict[str, str]:
    """Read the meanings by abbreviation, in alphabetical order.

    Raises DictionaryError that says what is wrong in the file.
    """
    meanings = read_definition(dict[str, str], path)
    return {name: meanings[name] for name in sorted(meanings, key=str.lower)}
