"""dbt's own documentation of the project as one page, which dbt writes.

Nothing of a release is in it, so it is written again only when the project or dbt changes.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.dbt.build import DbtFolders, generate_docs
from warehouse.dbt.state import project_digest
from warehouse.files import write_atomically

PAGE = Path("dbt_docs") / "index.html"
# The page is a program: it may run its own script, and nothing may leave.
POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; connect-src 'none'; form-action 'none'; base-uri 'none'"
)
REPLACED = {
    '<link rel="canonical" href="/overview/"/>': (
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    ),
    """<link rel="shortcut icon" href="${require('./assets/favicons/favicon.ico')}"/>""": "",
    # Before Angular fills an address in, a browser would ask for the placeholder itself.
    'xlink:href="{{': 'ng-attr-xlink:href="{{',
}


def write_dbt_docs(folders: DbtFolders, reports_dir: Path) -> Path:
    """Write ``dbt_docs/index.html`` unless it is of this very project; returns its path.

    Raises BuildError when dbt cannot read the project.
    """
    path = reports_dir / PAGE
    made_of = f"<!-- {project_digest(folders.project_dir)} -->"
    if not (path.is_file() and path.read_bytes().endswith(made_of.encode())):
        page = generate_docs(folders).read_text(encoding="utf-8")
        for text, replacement in REPLACED.items():
            page = page.replace(text, replacement)
        write_atomically(path, f"{page}{made_of}".encode())
    return path
