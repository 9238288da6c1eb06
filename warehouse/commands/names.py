"""``warehouse names``."""

from __future__ import annotations

from warehouse.commands.console import say
from warehouse.settings import settings


def names() -> None:
    """Show where the raw files and folders lie that reports call by another name than their own."""
    from warehouse.landing.deliveries import shown
    from warehouse.landing.raw_names import raw_names
    from warehouse.lost_state import require_sound_key

    require_sound_key(settings())
    for name, path in raw_names(settings()).hidden():
        say(f"{name}  is  {shown(str(path))}")
