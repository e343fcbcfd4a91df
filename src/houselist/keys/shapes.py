"""An API key as the service knows it. Its text is never among this."""

from __future__ import annotations

from datetime import datetime

import msgspec


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
