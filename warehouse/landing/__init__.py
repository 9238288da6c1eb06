"""Landing: from raw files to the typed, pseudonymised log."""

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
from warehouse.landing.reader import FileReading, read_file
from warehouse.landing.report import LandingReport

__all__ = [
    "FileReading",
    "LandingReport",
    "Left",
    "LeftForLaterError",
    "Manifest",
    "SecretChangedError",
    "SecretDamagedError",
    "SecretError",
    "SecretMissingError",
    "land",
    "read_file",
]
