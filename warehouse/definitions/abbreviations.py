"""What abbreviations stand for: ``dictionary/abbreviations.yaml``."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from warehouse.definitions.dictionary import DICTIONARY_DIR, DictionaryError, read_yaml, shown_path

ABBREVIATIONS_PATH = DICTIONARY_DIR / "abbreviations.yaml"


@cache
def load_abbreviations(path: Path = ABBREVIATIONS_PATH) -> dict[str, str]:
    """Meanings by abbreviation, in alphabetical order.

    Raises DictionaryError that says what is wrong in the file.
    """
    try:
        meanings = TypeAdapter(dict[str, str]).validate_python(read_yaml(path))
    except ValidationError as error:
        raise DictionaryError(f"{shown_path(path)} cannot be used: {error}") from error
    return {name: meanings[name] for name in sorted(meanings, key=str.lower)}
