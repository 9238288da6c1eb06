"""``warehouse generate``."""

from __future__ import annotations

from typing import Annotated

import typer

from warehouse.commands.console import console
from warehouse.settings import settings


def generate(
    seed: Annotated[int, typer.Option(min=0, help="Each seed gives other synthetic patients.")] = 1,
) -> None:
    """Write the synthetic deliveries (no real patients) into the folder of raw files.

    \b
    Examples:
      warehouse generate --seed 2
    """
    from warehouse.synthetic.deliveries import write_deliveries

    written = write_deliveries(settings().raw_dir, seed)
    console.print(f"{len(written)} synthetic files (seed {seed}) in {settings().raw_dir}")
