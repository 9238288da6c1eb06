"""Distinction of East Asian text from Western text with accented letters.

In GB 18030 an accented letter and the ASCII letter behind it make a character that nobody
writes (``MÜL`` is ``M躄``), but two accented letters may make one that many write (``ÖÄ`` is
``帜``). So each word is also read as Western text, and words that can only be
the one or the other decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

COMMON_LATIN = ("cp1252", "cp1250")
_WORD = re.compile(r"[\w\-./'\udc80\ue000-\uf8ff\U00032000-\U0010ffff]+")
# Letters that are no Latin ones, and what nobody writes: damage, and codes without a character.
_FOREIGN = re.compile(r"[^\W\d_\u0000-\u024f]")
_ODD = re.compile("[\udc80\ue000-\uf8ff\U00032000-\U0010ffff]")
# Beyond it are codes without characters, which letters and digits by turns make: ``Ä1Ö2``.
LAST_ASSIGNED = "\U00032000"
_ASCII = re.compile("[A-Za-z0-9]")
_LATIN_LETTER = re.compile("[A-Za-z]")
_LETTERS = re.compile(f"{_FOREIGN.pattern}+")
_QUOTES = "\u2018-\u201e\u2039\u203a\u00ab\u00bb"
_WESTERN = re.compile(
    rf"[{_QUOTES}¿¡]*[A-Za-z0-9\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u017eµ_./'\u2019\-]+[{_QUOTES}°ºª%…]*"
)
# No Western word has as many letters in a row that are all accented.
_ACCENTED_RUN = re.compile(r"[^\x00-\x7f]{5}")
# The more frequent half of GB 2312, in its rows by pronunciation.
_FREQUENT = range(0xB0, 0xD8)
# Hiragana and katakana; one of them is in use in Chinese, too.
_KANA = frozenset(map(chr, range(0x3041, 0x30FB)))
_HANGUL = frozenset(map(chr, range(0xAC00, 0xD7A4)))
_KANA_MIN, _SIGNS_MIN = 3, 20
# So many words that may be either do not outvote one that cannot.
_EITHER_PER_FOREIGN = 4


def words_of(text: str) -> Iterable[str]:
    """The words of a decoded text that have letters of another script, or damage."""
    return (word for word in _WORD.findall(text) if _FOREIGN.search(word) or _ODD.search(word))


def is_foreign(words: Iterable[str], encoding: str) -> bool | None:
    """Whether distinct words that were decoded so are that, or Western ones; None if undecided."""
    votes = [_vote(word, encoding) for word in words]
    foreign, western = votes.count(1), votes.count(-1)
    either = len(votes) - foreign - western
    if western > foreign:
        return False
    is_enough = _EITHER_PER_FOREIGN * foreign >= either
    return True if foreign > western and is_enough else None


def _vote(word: str, encoding: str) -> int:
    """1 for a word that can hardly be Western, -1 for one that must be, 0 where either may be."""
    letters = _LETTERS.findall(word)
    is_mixed = bool(_ASCII.search(word))
    if _ODD.search(word):
        return -1 if max(word) > LAST_ASSIGNED or (is_mixed and not letters) else 0
    is_common = encoding == "gb18030" and _is_in("gb2312", "".join(letters))
    if _LATIN_LETTER.search(word) and not is_common and max(map(len, letters)) == 1:
        return -1
    if not _may_be_western(word.encode(encoding, "replace")):
        return 1
    if is_common:
        return 0 if is_mixed else int(_is_frequent("".join(letters)))
    return -1 if is_mixed else 0


def _may_be_western(raw: bytes) -> bool:
    if _ACCENTED_RUN.search(raw.decode("latin-1")) and not _ASCII.search(raw.decode("latin-1")):
        return False
    return any(_WESTERN.fullmatch(raw.decode(name, "replace")) for name in COMMON_LATIN)


def _is_in(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


def _is_frequent(ideographs: str) -> bool:
    """Whether all are of the more frequent half of GB 2312."""
    return all(lead in _FREQUENT for lead in ideographs.encode("gb2312")[::2])


def is_other_east_asian(raw: bytes) -> bool:
    """Whether whole lines that GB 18030 can read are Japanese, Korean or Big5, rather than that.

    All of them are pairs of bytes, and most pairs are characters in each. What is read as Chinese
    is something else where kana come up; where most characters are none of GB 2312, and Shift-JIS
    (with kana) or Big5 has them all; or where each is a Hangul syllable in EUC-KR, which two in
    five Chinese ones are not. A few characters decide nothing.
    """
    signs = _signs(raw.decode("gb18030", "replace"))
    if len(signs & _KANA) >= _KANA_MIN:
        return True
    if len(signs) < _SIGNS_MIN:
        return False
    if sum(_is_in("gb2312", sign) for sign in signs) * 2 < len(signs):
        return len(_read_as("cp932", raw) & _KANA) >= _KANA_MIN or bool(_read_as("cp950", raw))
    korean = _read_as("euc_kr", raw)
    return bool(korean) and korean <= _HANGUL


def _signs(text: str) -> set[str]:
    return set(_FOREIGN.findall(text))


def _read_as(encoding: str, raw: bytes) -> set[str]:
    """The letters of another reading; none where a byte does not fit it."""
    try:
        return _signs(raw.decode(encoding))
    except UnicodeDecodeError:
        return set()
