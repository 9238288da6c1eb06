"""Landing: from raw files to the typed, pseudonymised log."""

from warehouse.disk import NoRoomError
from warehouse.landing.deliveries import Left
from warehouse.landing.errors import (
    LeftForLaterError,
    SecretChangedError,
    SecretDamagedError,
    SecretError,
    SecretMissingError,
)
from warehouse.landing.lander import land
from warehouse.landing.manifest import Manifest
from warehouse.landing.report import LandingReport

__all__ = [
    "LandingReport",
    "Left",
    "LeftForLaterError",
    "Manifest",
    "NoRoomError",
    "SecretChangedError",
    "SecretDamagedError",
    "SecretError",
    "SecretMissingError",
    "land",
]
