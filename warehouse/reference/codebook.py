"""Generator of the codebook and the dbt descriptions from the dictionary and the code lists.

``python -m warehouse.reference.codebook`` writes ``docs/codebook.md``, the dbt properties of the
landed rows and of the studies' tables, and the digests of the shipped settings; ``--check`` lists
what differs, in both directions, and exits 1.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from warehouse.cohorts.columns import MemberColumn, member_columns
from warehouse.definitions.config import SHIPPED_PATH, shipped_digests
from warehouse.definitions.dictionary import (
    Code,
    CodeList,
    Dictionary,
    DictionaryField,
    Extract,
    load_dictionary,
)
from warehouse.definitions.rule_text import expected, expected_type
from warehouse.definitions.study import StudyColumn, StudyDefinition
from warehouse.landing.schemas import Column, landed_columns
from warehouse.settings import PROJECT_DIR

CODEBOOK_PATH = Path("docs/codebook.md")
DBT_PATH = Path("dbt_project/models/staging/_generated.yml")
REGISTRY_DIR = PROJECT_DIR / "dbt_project" / "models" / "marts" / "registry"
COMMAND = "python -m warehouse.reference.codebook"
DBT_HEADER = (
    f"# Generated from dictionary/*.yaml and warehouse/definitions/study.py by `{COMMAND}`;\n"
    "# change those instead.\n"
)
INTRODUCTION = f"""\
# Codebook

For data managers: the fields of each extract, and the codes that they may have. A file that differs
needs [a mapping](mapping.md).

- A column's header is the field's name or one of its other headers. Case, full-width letters,
  spaces, hyphens and underscores make no difference.
- Behind each rule stands what happens to a row that breaks it. **Reject**: the row stays out of the
  warehouse's tables. **Warn**: it is used and flagged, without a value that cannot be read or is
  impossible. The [rules](rules/README.md) say more.

For developers: `{COMMAND}` writes this page from `dictionary/*.yaml` and
`dbt_project/seeds/codes/*.csv`. Change those files and run it again; a test compares them.
"""
EXAMPLE = datetime(2021, 3, 5, 14, 30)


def generated(words: Dictionary) -> dict[Path, str]:
    """Every generated file: path relative to the project, and its text."""
    return {
        CODEBOOK_PATH: codebook_markdown(words),
        DBT_PATH: dbt_properties(words),
        SHIPPED_PATH.relative_to(PROJECT_DIR): shipped_digests(),
    }


def codebook_markdown(words: Dictionary) -> str:
    """Return the codebook as one Markdown page."""
    parts = [
        INTRODUCTION,
        _defaults_section(words),
        *(_extract_section(extract, words) for extract in words.extracts.values()),
        "## Code lists\n\nA label that has no number in front is read as its code, too.\n",
        *(_code_list_section(codes) for codes in words.code_lists.values()),
    ]
    return "\n".join(parts)


def dbt_properties(words: Dictionary) -> str:
    """Return dbt properties of the landed rows and of the studies' tables, with all columns."""
    extracts = words.extracts.values()
    properties = {
        "version": 2,
        "sources": [
            {
                "name": "raw",
                "schema": "raw",
                "description": "Landed rows as loaded from the log, before any check.",
                "tables": [*map(_landed, extracts), _study_definition()],
            }
        ],
        "models": [*_study_models()],
        "exposures": [_codebook_exposure(extract.registry_table for extract in extracts)],
    }
    text = yaml.safe_dump(properties, sort_keys=False, allow_unicode=True, width=96)
    return DBT_HEADER + text


def differences(words: Dictionary, project_dir: Path = PROJECT_DIR) -> list[str]:
    """Return the missing and extra lines of the generated files; empty if all are up to date."""
    found: list[str] = []
    for path, text in generated(words).items():
        target = project_dir / path
        present = target.read_text(encoding="utf-8") if target.exists() else ""
        found += [f"{path}: {line}" for line in _compare(present, text)]
    return found


def write(words: Dictionary, project_dir: Path = PROJECT_DIR) -> list[Path]:
    """Write the generated files and return their paths."""
    paths = []
    for path, text in generated(words).items():
        target = project_dir / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        paths.append(target)
    return paths


def main(arguments: list[str]) -> int:
    """Write the generated files, or with ``--check`` compare them; return the exit code."""
    if arguments not in ([], ["--check"]):
        print(f"usage: {COMMAND} [--check]", file=sys.stderr)
        return 2
    words = load_dictionary()  # what is shipped, without a hospital's study variables
    if not arguments:
        print("\n".join(f"wrote {path}" for path in write(words)))
        return 0
    found = differences(words)
    if found:
        print("\n".join(found))
        print(f"The files above differ from the dictionary; run `{COMMAND}` and commit them.")
    return 1 if found else 0


def _compare(present: str, wanted: str) -> Iterator[str]:
    for line in difflib.ndiff(present.splitlines(), wanted.splitlines()):
        if line.startswith("- "):
            yield f"has, but the dictionary does not: {line[2:].strip()}"
        elif line.startswith("+ "):
            yield f"lacks, but the dictionary has: {line[2:].strip()}"


def _landed(extract: Extract) -> dict[str, Any]:
    columns = [_dbt_column(column) for column in landed_columns(extract)]
    return {
        "name": extract.name,
        "description": f"Landed {extract.name}: {extract.description.strip()} "
        f"Grain: {extract.grain}, as delivered in one file.",
        "config": {"meta": {"grain": [columns[0]["name"]]}},
        "columns": columns,
    }


def _study_definition() -> dict[str, Any]:
    return {
        "name": "study_definition",
        "description": "The default study, and how the registry's outcomes are defined. "
        "Grain: a single row.",
        "config": {"meta": {"grain": ["study"]}},
        "columns": [_dbt_column(column) for column in StudyDefinition.columns()],
    }


def _study_models() -> Iterator[dict[str, Any]]:
    """The studies' definitions as they are published, and their members."""
    for name, what, grain, columns in (
        (
            "definitions",
            "The studies of this release, and how outcomes are defined. Grain: one row per study.",
            ["study"],
            StudyDefinition.published_columns(),
        ),
        (
            "members",
            "The analyzed patients of each study, with what is known of their strokes. Grain: one "
            "row per study and admission.",
            ["study", "admission_key"],
            member_columns(),
        ),
    ):
        yield {
            "name": name,
            "description": what,
            "config": {"meta": {"grain": grain}},
            "columns": [_dbt_column(column) for column in columns],
        }


def _codebook_exposure(registry_tables: Iterable[str]) -> dict[str, Any]:
    """The codebook's page, which shows every table of the registry that has a model."""
    tables = [name for name in registry_tables if (REGISTRY_DIR / f"{name}.sql").exists()]
    return {
        "name": "report_codebook",
        "label": "Codebook",
        "type": "analysis",
        "url": "../codebook.html",
        "description": "Every variable of the registry - meaning, unit, codes and distribution.",
        "owner": {"name": "Thrombectomy warehouse"},
        "depends_on": [f"ref('{name}')" for name in ("refreshes", "deliveries", *tables)],
    }


def _dbt_column(column: Column | StudyColumn | MemberColumn) -> dict[str, Any]:
    properties = {
        "name": column.name,
        "description": column.description,
        "data_type": column.sql_type,
    }
    if made_from := getattr(column, "made_from", ()):
        properties["config"] = {"meta": {"made_from": list(made_from)}}
    return properties


def _defaults_section(words: Dictionary) -> str:
    defaults = words.defaults
    markers = ", ".join(f"`{marker}`" for marker in defaults.missing_values if marker)
    rows = [
        ("Cells that mean missing", f"empty, {markers}"),
        ("Dates", _examples(defaults.date_formats)),
        ("Dates with times", _examples(defaults.datetime_formats)),
    ]
    return "## Accepted spellings\n\n" + _table(("", ""), rows)


def _examples(formats: Iterable[str]) -> str:
    return ", ".join(f"`{EXAMPLE.strftime(text)}`" for text in formats)


def _extract_section(extract: Extract, words: Dictionary) -> str:
    header = ("Field", "Meaning", "Type", "Rules", "Other headers")
    rows = (_field_row(field, words) for field in extract.fields)
    references = [
        f"`{', '.join(key.fields)}` refers to `{key.reference.resource}`."
        for key in extract.foreign_keys
    ]
    preferred = f"`{extract.preferred_key}` where it is delivered, else " * bool(
        extract.preferred_key
    )
    key = f"Key: {preferred}`{', '.join(extract.primary_key)}`."
    facts = " ".join([f"Grain: {extract.grain}.", key, *references])
    return (
        f"## {extract.title} (`{extract.name}`)\n\n{extract.description.strip()}\n\n{facts}\n\n"
        + _table(header, rows)
    )


def _field_row(field: DictionaryField, words: Dictionary) -> tuple[str, ...]:
    aliases = ", ".join(field.aliases)
    return (
        f"`{field.name}`",
        f"**{field.title}.** {field.description.strip()}",
        _type_words(field),
        "; ".join(_rules(field, words)),
        aliases,
    )


def _type_words(field: DictionaryField) -> str:
    if field.codes:
        return f"code of [{field.codes}](#{field.codes})"
    if not field.unit:
        return field.type
    others = " or ".join(known.unit for known in field.convertible_units)
    return f"{field.type}, {field.unit}" + (f" (or {others})" if others else "")


def _rules(field: DictionaryField, words: Dictionary) -> Iterator[str]:
    """Yield every rule of a field as text with its severity."""
    if field.landed_name is None:
        return
    if field.codes:
        constraint = "codes" if field.type == "string" else "type"
        yield f"one of the codes ({words.severity(field, constraint)})"
    elif field.type != "string":
        yield f"{expected_type(field, words)} ({words.severity(field, 'type')})"
    limits = field.constraints
    present = {
        "required": limits.required,
        "range": limits.minimum is not None or limits.maximum is not None,
        "usual": field.usual,
        "pattern": limits.pattern,
        "unique": limits.unique,
    }
    for constraint, applies in present.items():
        if applies:
            text = "required" if constraint == "required" else expected(field, constraint, words)
            yield f"{text} ({words.severity(field, constraint)})"


def _code_list_section(codes: CodeList) -> str:
    attributes = tuple(codes.codes[0].attributes) if codes.codes else ()
    header = ("Code", "Label", "Also read", *attributes, "Description", "Source")
    rows = (_code_row(code) for code in codes.codes)
    return f"### {codes.name}\n\n" + _table(header, rows)


def _code_row(code: Code) -> tuple[str, ...]:
    spellings = ", ".join(code.spellings)
    attributes = code.attributes.values()
    return (f"`{code.code}`", code.label, spellings, *attributes, code.description, code.source)


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = tuple(header)
    lines = [_line(titles), _line("---" for _ in titles), *(_line(row) for row in rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
