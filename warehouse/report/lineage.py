"""Page of the lineage: tables read by each page, with links to the docs of every model."""

from __future__ import annotations

from pathlib import Path

from warehouse.published_tables import PUBLISHED_TABLES
from warehouse.releases.reader import Release
from warehouse.report.exposures import models_of, page_exposures
from warehouse.report.frame import frame
from warehouse.report.page import write_page

TABLES = f"""
select schema_name || '.' || table_name as name, table_name, comment, n_rows
from ({PUBLISHED_TABLES})
order by schema_name = 'codes', schema_name, table_name
"""
DBT_DOCS = "dbt_docs/index.html"


def write_lineage(release: Release, reports_dir: Path, sites_dir: Path | None) -> Path:
    """Write ``lineage.html``."""
    pages = page_exposures()
    tables = release.rows(TABLES)
    for table in tables:
        table["pages"] = [
            {"file": file, "label": page["label"]}
            for file, page in pages.items()
            if {*models_of(table["table_name"])} <= {*page["reads"]}
        ]
    return write_page(
        reports_dir,
        "lineage.html.j2",
        frame(release, "lineage.html", sites_dir),
        catalog=tables,
        dbt_docs=DBT_DOCS,
    )
