"""Names of columns: how they are compared, what may be shown of them, which look alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from openpyxl.utils import get_column_letter

from warehouse.landing.cell_text import clean_name
from warehouse.landing.redaction import shape

UNNAMED = "(no name)"
# From here on two names are probably one; a word that both have in full counts for as much.
ALIKE = 0.75
SHORTEST_WORD = 3
LONGEST_KEPT = 200  # characters; what is longer is no name, and would take memory
_SEPARATORS = re.compile(r"[\s_\-]+")


def header_key(name: str) -> str:
    """A header as it is compared: case, width, spaces, hyphens and underscores do not count."""
    return _kept_key(name) if len(name) <= LONGEST_KEPT else _key(name)


def _key(name: str) -> str:
    return _SEPARATORS.sub("_", clean_name(name).casefold()).strip("_")


# A file's header is compared with all extracts, row by row until it is found.
_kept_key = lru_cache(maxsize=4096)(_key)


def column_at(position: int) -> str:
    """Return the place of a column whose own name may not be shown: ``column C``."""
    return f"column {get_column_letter(position + 1)}"


def hidden_header(name: str) -> str:
    """Return the shape of the cells in place of a header: they may be a row of data."""
    return shape(clean_name(name)) or UNNAMED


def likely_renames(
    headers: Sequence[str], names: Mapping[str, Iterable[str]], same_place: Mapping[str, str]
) -> dict[str, str]:
    """Match fields without a column to unknown headers that probably hold them: field -> header.

    ``names``: the names that each such field is known by; ``same_place``: the unknown header, if
    any, at the place of the field's column in the file before. Each header once, the most
    similar first.
    """
    scores = {
        (field, header): max(
            ALIKE if same_place.get(field) == header else 0.0,
            *(_likeness(header_key(header), header_key(known)) for known in known_names),
        )
        for field, known_names in names.items()
        for header in headers
    }
    renames: dict[str, str] = {}
    for field, header in sorted(scores, key=lambda pair: -scores[pair]):
        is_free = field not in renames and header not in renames.values()
        if is_free and scores[field, header] >= ALIKE:
            renames[field] = header
    return renames


def _likeness(header: str, known: str) -> float:
    """From 0 to 1: shared characters in order, or one name's words found among the other's."""
    words, known_words = set(header.split("_")), set(known.split("_"))
    fewer = min(words, known_words, key=len)
    has_all_words = fewer <= words & known_words and max(map(len, fewer)) >= SHORTEST_WORD
    return max(SequenceMatcher(None, header, known).ratio(), ALIKE if has_all_words else 0.0)
