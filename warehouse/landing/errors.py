"""Errors of a file, by what happens to the file then."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from warehouse.definitions.dictionary import ConvertibleUnit
from warehouse.definitions.site import mapping_name
from warehouse.errors import WarehouseError


class UnreadableFileError(Exception):
    """The file cannot be read at all: it is rejected, and remembered, with this reason.

    ``rule`` is the rule that it breaks, without the extract; ``field`` and ``found`` say where;
    ``expected`` stands for what the rule expects of any file;
    ``rows`` how many rows the file has, where that is known; ``limits`` are the settings that kept
    it from being read: with other ones it is tried again.
    """

    def __init__(
        self,
        reason: str,
        *,
        rule: str = "file.readable",
        field: str | None = None,
        found: str | None = None,
        limits: Mapping[str, int] | None = None,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rule = rule
        self.field = field
        self.found = found
        self.expected: str | None = None
        self.limits = dict(limits or {})
        self.rows: int | None = None

    def with_rows(self, rows: int) -> UnreadableFileError:
        """The same, of a file with so many rows."""
        self.rows = rows
        return self

    def expecting(self, expected: str) -> UnreadableFileError:
        """The same, with what is expected instead."""
        self.expected = expected
        return self


class MissingColumnsError(UnreadableFileError):
    """The header lacks columns that every row needs.

    ``hints``: field -> what to do about an unknown header that is probably its column.
    """

    def __init__(
        self, missing: tuple[str, ...], unknown: tuple[str, ...], hints: Mapping[str, str]
    ) -> None:
        columns = ", ".join(missing)
        reason = "; ".join([f"required columns are missing: {columns}", *hints.values()])
        super().__init__(reason, rule="columns.required")
        self.missing = missing
        self.unknown = unknown
        self.hints = hints


def rename_hint(
    header: str, shown: str, field: str, site: str, units: Iterable[ConvertibleUnit] = ()
) -> str:
    """Advise on a column that probably got another name, and perhaps another unit.

    ``shown`` is the header as it may be shown. ``units`` are those that can be converted to the
    field's: one that stands in the header as words of its own counts (no g/L is in Glucose).
    """
    hint = f"'{shown}' looks like {field}: if it is, name it below headers in {mapping_name(site)}"
    # The longest: /uL is in 10^3/uL.
    unit = max((one.unit for one in units if _is_in(one.unit, header)), key=len, default=None)
    return f"{hint}, and {unit} below units, so that it is converted" if unit else hint


def recipe_hint(
    field: str, columns: Sequence[str], absent: Sequence[str], instead: str | None, site: str
) -> str:
    """Advise on columns of which the mapping makes a field, and which are not in the file.

    ``instead`` is a column of the file that has the field's own name.
    """
    gone, parts = " and ".join(absent), " and ".join(columns)
    hint = (
        f"{gone} {'is' if len(absent) == 1 else 'are'} not in the file, and {field} is made of "
        f"{parts}: correct the names below columns in {mapping_name(site)}"
    )
    if instead is None:
        return hint
    return f"{hint}, or take {field} out there if the column '{instead}' holds it"


def _is_in(unit: str, header: str) -> bool:
    """Whether a header names a unit: mg/dL, mg_dl and MG-DL are one; gl is no g/L."""
    parts = re.findall(r"[a-z0-9]+", unit.casefold())
    between = r"[\W_]+" if all(len(part) == 1 for part in parts) else r"[\W_]*"
    whole = rf"(?<![^\W_]){between.join(parts)}(?![^\W_])"
    return re.search(whole, header.casefold()) is not None


class PostponedError(Exception):
    """The file cannot be read now: nothing is remembered and the next refresh tries again."""

    needs_correction = True


class StillChangingError(PostponedError):
    """The file changed while it was read: it is probably being copied."""

    needs_correction = False


class SecretError(WarehouseError):
    """The pseudonym secret does not fit the landed log."""

    opening = "error:"


class SecretMissingError(SecretError):
    """Files were landed with a secret that is no longer there."""


class SecretChangedError(SecretError):
    """Files were landed with another secret than the present one."""


class SecretDamagedError(SecretError):
    """The secret's file does not hold a secret."""
