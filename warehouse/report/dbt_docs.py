"""dbt's own documentation of the project as one page, with the catalog of one release.

``dbt docs generate --static`` does the same in a process of its own for many seconds: it parses the
project again and asks a database that is open for writing. Here the project is what the refresh has
just parsed, the catalog is read from the published release, and both go into the page that dbt
brings. The project's part is kept by the digest of its files and made anew when one changes.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.dbt.build import DBT_PROJECT_DIR
from warehouse.dbt.state import project_digest
from warehouse.files import write_atomically
from warehouse.published_tables import PUBLISHED_TABLES
from warehouse.releases.reader import Release, open_release

PROJECT = "thrombectomy"
PAGE = Path("dbt_docs") / "index.html"
OVERVIEW = f"doc.{PROJECT}.__overview__"
PARSED, KEPT = "partial_parse.msgpack", "docs_manifest.json"
# dbt's page takes the two artifacts in the place of these strings.
MANIFEST_PLACE, CATALOG_PLACE = '"MANIFEST.JSON INLINE DATA"', '"CATALOG.JSON INLINE DATA"'
# The page is a program: it may run its own script, and nothing may leave.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'"
)
CANONICAL = '<link rel="canonical" href="/overview/"/>'
FAVICON = """<link rel="shortcut icon" href="${require('./assets/favicons/favicon.ico')}"/>"""
# Before Angular fills an address in, a browser would ask for the placeholder itself.
UNFILLED, FILLED_LATER = 'xlink:href="{{', 'ng-attr-xlink:href="{{'
# What the page does not show, and tests not even that.
UNSHOWN = (
    "build_path",
    "checksum",
    "compiled",
    "created_at",
    "doc_blocks",
    "extra_ctes",
    "extra_ctes_injected",
    "metrics",
    "primary_key",
    "unrendered_config",
)
UNSHOWN_OF_TESTS = ("columns", "docs", "raw_code")
SHOWN_OF_COLUMNS = ("name", "description", "data_type")
SHOWN_OF_CONFIG = ("contract", "materialized", "meta", "severity")
CATALOG = f"""
select
    columns.schema_name, columns.table_name, columns.column_name, columns.data_type,
    columns.column_index, columns.comment, tables.n_rows, tables.comment as about
from duckdb_columns() as columns
inner join ({PUBLISHED_TABLES}) as tables
    on columns.schema_name = tables.schema_name and columns.table_name = tables.table_name
order by columns.schema_name, columns.table_name, columns.column_index
"""


def write_dbt_docs(release_path: Path, reports_dir: Path, target_dir: Path) -> Path:
    """Write ``dbt_docs/index.html``; returns its path.

    ``target_dir`` is where the build of the release has left what dbt parsed.
    """
    with open_release(release_path) as release:
        catalog = _catalog(release)
    path = reports_dir / PAGE
    page = _frame().replace(MANIFEST_PLACE, _manifest(target_dir))
    write_atomically(path, page.replace(CATALOG_PLACE, _as_json(catalog)).encode())
    return path


def _frame() -> str:
    """Return the page that dbt brings, forbidden to ask for anything."""
    from dbt.task.docs import DOCS_INDEX_FILE_PATH

    page = Path(DOCS_INDEX_FILE_PATH).read_text(encoding="utf-8")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    page = page.replace(UNFILLED, FILLED_LATER)
    return page.replace(CANONICAL, policy).replace(FAVICON, "")


def _manifest(target_dir: Path) -> str:
    """Return the project as dbt's page reads it, as JSON."""
    kept, digest = target_dir / KEPT, project_digest(DBT_PROJECT_DIR)
    if kept.exists():
        told, _, text = kept.read_text(encoding="utf-8").partition("\n")
        if told == digest:
            return text
    text = _as_json(_described(target_dir / PARSED))
    write_atomically(kept, f"{digest}\n{text}".encode())
    return text


def _described(parsed: Path) -> dict[str, Any]:
    """Return what dbt parsed, without the statements of its own packages and other ballast."""
    from dbt.contracts.graph.manifest import Manifest

    manifest = Manifest.from_msgpack(parsed.read_bytes())
    manifest.build_parent_and_child_maps()
    macros = {
        name: macro for name, macro in manifest.macros.items() if macro.package_name == PROJECT
    }
    return {
        "metadata": {"project_name": PROJECT, "send_anonymous_usage_stats": False},
        "nodes": _kept(manifest.nodes),
        "sources": _kept(manifest.sources),
        "exposures": _kept(manifest.exposures),
        "unit_tests": _kept(manifest.unit_tests),
        "macros": _kept(macros),
        "docs": {OVERVIEW: _overview()},
        "parent_map": manifest.parent_map,
        "child_map": manifest.child_map,
    } | {name: {} for name in ("metrics", "semantic_models", "saved_queries", "groups", "disabled")}


def _kept(nodes: Any) -> dict[str, Any]:
    described = ((name, node) for name, node in nodes.items() if node.resource_type != "operation")
    return {name: _node(node.to_dict(omit_none=True)) for name, node in described}


def _node(facts: dict[str, Any]) -> dict[str, Any]:
    dropped = UNSHOWN + (UNSHOWN_OF_TESTS if facts["resource_type"] == "test" else ())
    kept = {key: value for key, value in facts.items() if key not in dropped}
    if "columns" in kept:
        kept["columns"] = {
            name: _only(SHOWN_OF_COLUMNS, column) for name, column in kept["columns"].items()
        }
    if "config" in kept:
        kept["config"] = _only(SHOWN_OF_CONFIG, kept["config"])
    return kept


def _only(keys: tuple[str, ...], facts: dict[str, Any]) -> dict[str, Any]:
    return {key: facts[key] for key in keys if facts.get(key) is not None}


def _overview() -> dict[str, Any]:
    return {
        "unique_id": OVERVIEW,
        "name": "__overview__",
        "package_name": PROJECT,
        "resource_type": "doc",
        "block_contents": (
            "### Thrombectomy warehouse\n"
            "Every model with its meaning, its columns, its SQL and what it is made from. The "
            "round button below on the right draws the lineage. [Back to the report](../index.html)"
        ),
    }


def _catalog(release: Release) -> dict[str, Any]:
    """Return tables and columns of the release, in the form of dbt's catalog."""
    tables: dict[str, Any] = {}
    for row in release.rows(CATALOG):
        kind = "seed" if row["schema_name"] == "codes" else "model"
        name = f"{kind}.{PROJECT}.{row['table_name']}"
        table = tables.setdefault(name, _table(name, row))
        table["columns"][row["column_name"]] = {
            "name": row["column_name"],
            "index": row["column_index"],
            "type": row["data_type"],
            "comment": row["comment"],
        }
    return {"metadata": {}, "nodes": tables, "sources": {}, "errors": None}


def _table(name: str, row: dict[str, Any]) -> dict[str, Any]:
    is_table = row["n_rows"] is not None
    rows = {"id": "rows", "label": "Rows", "value": row["n_rows"], "include": is_table}
    return {
        "unique_id": name,
        "metadata": {
            "type": "table" if is_table else "view",
            "schema": row["schema_name"],
            "name": row["table_name"],
            "database": "release",
            "comment": row["about"],
            "owner": None,
        },
        "columns": {},
        "stats": {"rows": rows | {"description": "Rows of this release"}},
    }


def _as_json(facts: Any) -> str:
    """Return JSON that cannot end the script that it stands in."""
    text = json.dumps(facts, separators=(",", ":"), default=_written)
    return text.replace("<", "\\u003c")


def _written(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
