"""Draw the pictures of README and docs again: ``make images``.

Refreshes the shipped deliveries in temporary folders: once as they are, for the overview, and as of
two of their days, for a quality page on which something is new and something closed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.browser import chromium
from warehouse.settings import PROJECT_DIR

IMAGES_DIR = PROJECT_DIR / "docs" / "images"
COMMAND = Path(sys.executable).with_name("warehouse")
WIDTH = 1180
# Picture: page, height, and the days as of which the refreshes before it are made.
PICTURES: dict[str, tuple[str, int, tuple[str, ...]]] = {
    "report-overview.png": ("index.html", 900, ("",)),
    "quality-report.png": ("quality.html", 980, ("2022-02-15", "2022-05-31")),
}


def draw() -> None:
    """Write all pictures of this folder."""
    for name, (page, height, days) in PICTURES.items():
        with tempfile.TemporaryDirectory(prefix="warehouse-images-") as folder:
            reports = _refreshed(Path(folder), days)
            _photograph(reports / page, IMAGES_DIR / name, height)
        print(f"drawn {name}")


def _refreshed(data: Path, days: tuple[str, ...]) -> Path:
    """The reports after a refresh as of each of the days ("": today)."""
    shutil.copytree(PROJECT_DIR / "data" / "raw", data / "raw")
    for day in days:
        subprocess.run(
            [COMMAND, "refresh", *(["--as-of", day] if day else [])],
            env={**os.environ, "WAREHOUSE_DATA": str(data)},
            check=True,
        )
    return data / "reports"


def _photograph(page: Path, picture: Path, height: int) -> None:
    with chromium() as browser:
        tab = browser.new_page(viewport={"width": WIDTH, "height": height}, color_scheme="light")
        tab.goto(page.as_uri())
        tab.screenshot(path=picture)


if __name__ == "__main__":
    draw()
