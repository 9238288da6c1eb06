"""``warehouse names``."""

from __future__ import annotations

from warehouse.commands.console import say
from warehouse.settings import settings


def names() -> None:
    """List files and folders that reports show under another name, with their real names.

    \b
    Examples:
      warehouse names
    """
    from warehouse.landing.deliveries import shown
    from warehouse.landing.raw_names import raw_names
    from warehouse.lost_state import require_sound_key

    require_sound_key(settings())
    for name, path in raw_names(settings()).hidden():
        say(f"{name}  is  {shown(str(path))}")
