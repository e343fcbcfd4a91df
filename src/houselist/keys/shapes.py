"""An API key as the service knows it. Its text is never among this."""

from __future__ import annotations

from datetime import datetime

import msgspec

from houselist.envelope import timestamp


class Key(msgspec.Struct, frozen=True):
    """One key, as a request is checked against it."""

    id: bytes
    name: str
    permissions: frozenset[str]
    account_group_ids: frozenset[bytes]
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    last_used_at: datetime | None = None


class KeyListed(msgspec.Struct, rename="camel"):
    """What people may see of a key."""

    id: str
    name: str
    permissions: list[str]
    account_group_ids: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


def listed(key: Key) -> KeyListed:
    return KeyListed(
        key.id.hex(),
        key.name,
        sorted(key.permissions),
        sorted(each.hex() for each in key.account_group_ids),
        timestamp(key.created_at),
        *(when and timestamp(when) for when in (key.expires_at, key.revoked_at, key.last_used_at)),
    )
