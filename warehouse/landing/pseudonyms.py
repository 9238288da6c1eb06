"""The secret of the pseudonyms, and the pseudonyms that it makes."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection
from pathlib import Path

from warehouse.files import PRIVATE, write_privately
from warehouse.landing.errors import SecretChangedError, SecretDamagedError, SecretMissingError

SECRET_BYTES = 32
PSEUDONYM_LENGTH = 20
FINGERPRINT_LENGTH = 16
CONSEQUENCE = (
    "New rows of a known patient would get another pseudonym than the old ones, and nothing would "
    "fit together any more, so nothing was landed."
)


class Pseudonymizer:
    """Makes the same pseudonym of the same identifier, for whoever has the secret."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def pseudonym(self, field: str, site: str, identifier: str) -> str:
        """The pseudonym of a cleaned identifier: 20 hexadecimal digits of a keyed SHA-256."""
        message = f"{field}:{site}:{identifier}".encode()
        return hmac.digest(self._secret, message, "sha256").hex()[:PSEUDONYM_LENGTH]

    @property
    def fingerprint(self) -> str:
        """Digest that identifies the secret without revealing it."""
        return hmac.digest(self._secret, b"fingerprint", "sha256").hex()[:FINGERPRINT_LENGTH]


def throwaway_pseudonymizer() -> Pseudonymizer:
    """A pseudonymizer for checking a file without landing it."""
    return Pseudonymizer(secrets.token_bytes(SECRET_BYTES))


def known_pseudonymizer(path: Path) -> Pseudonymizer | None:
    """The installation's pseudonymizer, for reading alone; None when there is no sound secret."""
    text = path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""
    return Pseudonymizer(bytes.fromhex(text)) if _is_secret(text) else None


def pseudonymizer(path: Path, fingerprints: Collection[str]) -> Pseudonymizer:
    """The installation's pseudonymizer; its secret is made when nothing was landed before.

    ``fingerprints`` are those of the landed files. Raises SecretMissingError, SecretChangedError
    or SecretDamagedError.
    """
    if not path.exists():
        if fingerprints:
            raise SecretMissingError(
                f"The pseudonym secret {path} is gone, but files were landed with it. {CONSEQUENCE}"
                " Restore the file from a backup. If there is none, move the landed folder away "
                "and land every delivery again under a new secret: "
                "warehouse refresh --go-on-without key"
            )
        write_privately(path, secrets.token_hex(SECRET_BYTES) + "\n")
    maker = Pseudonymizer(_read(path))
    if any(fingerprint != maker.fingerprint for fingerprint in fingerprints):
        raise SecretChangedError(
            f"The pseudonym secret {path} is not the one that files were landed with. "
            f"{CONSEQUENCE} Restore the former file from a backup, or move the landed folder away "
            "and land every delivery again under the present secret."
        )
    return maker


def _read(path: Path) -> bytes:
    """The secret; access of others to its file is taken away."""
    text = path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""
    if not _is_secret(text):
        raise SecretDamagedError(
            f"{path} does not hold a pseudonym secret ({2 * SECRET_BYTES} hexadecimal digits). "
            f"{CONSEQUENCE} Restore it from a backup; if nothing was ever landed, delete it and "
            "the next refresh makes a new one."
        )
    if path.stat().st_mode & 0o077:
        path.chmod(PRIVATE)
    return bytes.fromhex(text)


def _is_secret(text: str) -> bool:
    return re.fullmatch(rf"[0-9a-f]{{{2 * SECRET_BYTES}}}", text) is not None
