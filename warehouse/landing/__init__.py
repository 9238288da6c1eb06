"""Landing: from raw files to the typed, pseudonymized log."""

from warehouse.disk import DiskFullError
from warehouse.landing.deliveries import SkippedFile
from warehouse.landing.errors import (
    PostponedError,
    SecretChangedError,
    SecretDamagedError,
    SecretError,
    SecretMissingError,
)
from warehouse.landing.lander import land
from warehouse.landing.manifest import Manifest
from warehouse.landing.report import LandingReport

__all__ = [
    "DiskFullError",
    "LandingReport",
    "Manifest",
    "PostponedError",
    "SecretChangedError",
    "SecretDamagedError",
    "SecretError",
    "SecretMissingError",
    "SkippedFile",
    "land",
]
