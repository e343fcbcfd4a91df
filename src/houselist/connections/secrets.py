"""Sealing the keys of providers, so that the database and its backups hold none in plain text."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from houselist.config import MIN_SECRET_LENGTH, SettingError

if TYPE_CHECKING:
    from pathlib import Path

_FILE = "secret.key"


class CannotOpen(Exception):
    """A sealed key was sealed with another secret, or for another account group."""


class Sealer:
    """Seals with the first of `secret`'s comma-separated parts, opens with any of them."""

    def __init__(self, secret: str) -> None:
        parts = [part.strip() for part in secret.split(",") if part.strip()]
        self._fernet = MultiFernet([Fernet(_key(part)) for part in parts])

    def seal(self, account_group_id: bytes, key: str) -> bytes:
        """Seals a provider's key; only this account group can open it."""
        return self._fernet.encrypt(account_group_id + key.encode())

    def open(self, account_group_id: bytes, sealed: bytes) -> str:
        """What seal() sealed. Raises CannotOpen."""
        try:
            text = self._fernet.decrypt(sealed)
        except InvalidToken as error:
            raise CannotOpen from error
        if not text.startswith(account_group_id):
            raise CannotOpen
        return text[len(account_group_id) :].decode()

    def reseal(self, account_group_id: bytes, sealed: bytes) -> bytes:
        """The same key, sealed with the first part. Raises CannotOpen."""
        return self.seal(account_group_id, self.open(account_group_id, sealed))


def _key(part: str) -> bytes:
    # The secret is long and random (config.py checks its length), so one hash is enough.
    return base64.urlsafe_b64encode(hashlib.sha256(b"houselist" + part.encode()).digest())


def kept_secret(folder: Path) -> str:
    """The secret of an embedded installation, created on first use; only its owner may read it.

    Raises SettingError for one that can't be used.
    """
    path = folder / _FILE
    try:
        if not path.exists():
            _make(path)
        secret = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f"The secret in {path} can't be used: {error}") from error
    if len(secret) < MIN_SECRET_LENGTH:
        raise SettingError(
            f"The secret in {path} is cut short. Restore it from a backup: without it the keys of"
            " providers can't be read. Or remove the file, and connect every provider again."
        )
    return secret


def _make(path: Path) -> None:
    """Writes a new secret, whole or not at all; of two at once the first wins."""
    draft = path.with_name(f".{_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    # What is sealed with it survives a power cut, and so must the secret.
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
