"""A proposal as the text of a mapping, with its reasons as comments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import yaml

from warehouse.adopt.matching import Target
from warehouse.adopt.proposal import PartProposal, SheetProposal
from warehouse.definitions.site import BY_FIELD
from warehouse.landing.header_names import column_at, header_key
from warehouse.landing.plain_words import PlainWords
from warehouse.text import counted

WIDTH, MOST_LISTED = 110, 400


class FileProposal(NamedTuple):
    """Proposal for a file: how its name begins, and the tables in it."""

    key: str
    called: str
    sheets: Sequence[SheetProposal]

    @property
    def parts(self) -> list[PartProposal]:
        """Its parts, each with a name of its own."""
        parts = [part for sheet in self.sheets for part in sheet.parts]
        for number, part in enumerate(parts):
            if part.extract in {other.extract for other in parts[:number]}:
                part.keys.setdefault("part", f"{part.extract}{number + 1}")
        return parts

    @property
    def is_needed(self) -> bool:
        """Whether the file is read otherwise than it would be without a mapping, or asks."""
        parts = self.parts
        says = any(part.is_needed or part.todo for part in parts)
        return len(parts) > 1 or says or not self._is_named(parts)

    def _is_named(self, parts: Sequence[PartProposal]) -> bool:
        return all(part.extract == self.key for part in parts)


def mapping_text(site: str, files: Sequence[FileProposal], plain: PlainWords | None = None) -> str:
    """Return the mapping of a site as YAML with comments.

    With ``plain`` words, files and columns that are not placed are named only where their names
    are nothing else: for a console, where a name may be a person's.
    """
    lines = [
        "# Proposed by `warehouse adopt`. What a TODO asks is not decided: ask who knows the data.",
        "# A comment says why a column was taken for a field. docs/mapping.md explains the keys.",
        f"site: {_flow(site)}",
        f"title: {_flow(site)}",
    ]
    if any(sheet.decimal for file in files for sheet in file.sheets):
        lines += ['decimal: ","  # numbers such as 7,4']
    if withheld := list(_withheld(files)):
        lines += [f"ignored_columns: {_flow(withheld)}  # until their TODO is decided"]
    needed = [file for file in files if file.is_needed and file.parts]
    lines += ["files:"] if needed else []
    # A name that begins with another one comes first, or that one would take its files.
    for file in sorted(needed, key=lambda one: (-len(one.key), one.key)):
        lines += [f"  {_flow(file.key)}:", *_comments(file, "    ", plain)]
        for part in file.parts:
            lines += _part_lines(part)
    for file in files:
        if file not in needed:
            head = "# Needs nothing here:" if file.parts else "# Nothing is proposed for:"
            lines += [head, *_comments(file, "", plain)]
    return "\n".join([*lines, ""])


def _comments(file: FileProposal, indent: str, plain: PlainWords | None) -> Iterator[str]:
    """Comments on a file as a whole, and on the columns that are not placed."""
    called = file.called if plain is None else plain.shown(file.called) or "a file"
    for number, proposal in enumerate(file.sheets, start=1):
        sheet = proposal.sheet
        name = called if len(file.sheets) == 1 else f"{called}, sheet {number}"
        total = counted(len(sheet.columns), "column")
        yield from _wrapped(
            f"{name}: {counted(sheet.rows, 'row')}, {total}, {len(proposal.placed)} placed", indent
        )
        for comment in (*proposal.notes, *_open_columns(proposal, plain)):
            yield from _wrapped(comment, indent)


def _open_columns(proposal: SheetProposal, plain: PlainWords | None) -> Iterator[str]:
    """The columns that are ambiguous, or that are not placed and why."""
    matches, names = proposal.matches, dict[str, str]()
    for at, column in enumerate(proposal.sheet.columns):
        hidden = plain and not plain.shown(column.header)
        names[column.header] = column_at(at) if hidden else column.header
    for headers, targets, why in matches.ambiguous:
        columns = " / ".join(names.get(header, header) for header in headers)
        yield f"TODO {columns}: {_fields(targets)}? {why}"
    for header, targets, why in matches.similar:
        if header not in proposal.placed:
            yield f"not placed: {names.get(header, header)} looks like {_fields(targets)}: {why}"
    unknown = [names[header] for header in matches.unknown if header not in proposal.placed]
    if unknown:
        yield f"not placed: {', '.join(unknown[:MOST_LISTED])}"


def _withheld(files: Iterable[FileProposal]) -> Iterator[str]:
    """The columns that must not be read by their names, and that nothing else is read from."""
    sheets = [sheet for file in files for sheet in file.sheets]
    used = {header_key(header) for sheet in sheets for header in sheet.placed}
    for header in dict.fromkeys(header for sheet in sheets for header in sheet.withheld):
        if header_key(header) not in used:
            yield header


def _fields(targets: Iterable[Target]) -> str:
    return " or ".join(map(".".join, targets))


def _part_lines(part: PartProposal) -> Iterator[str]:
    yield f"    - extract: {part.extract}"
    if part.lacking:
        names = ", ".join(part.lacking)
        yield from _wrapped(f"TODO required and missing: {names}", "      ")
    for todo in part.todo:
        yield from _wrapped(f"TODO {todo}", "      ")
    for key, value in part.keys.items():
        if key not in ("headers", "where", *BY_FIELD):
            yield f"      {key}: {_flow(value)}"
            continue
        yield f"      {key}:"
        for name, entry in value.items():
            about = {"headers": entry, "columns": name}.get(key, f"{key}.{name}")
            reason = part.reasons.get(about)
            comment = f"  # {reason}" if reason else ""
            yield f"        {_flow(name)}: {_flow(entry)}{comment}"


def _wrapped(text: str, indent: str) -> Iterator[str]:
    """A comment in lines that are not too long."""
    line = ""
    for word in " ".join(text.split()).split(" "):
        if line and len(line) + len(word) > WIDTH:
            yield f"{indent}# {line}"
            line = "  " + word
        else:
            line = f"{line} {word}" if line else word
    yield f"{indent}# {line}"


def _flow(value: Any) -> str:
    """A value in one line of YAML."""
    text = yaml.safe_dump(
        [value], default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False
    )
    return text.strip()[1:-1]
