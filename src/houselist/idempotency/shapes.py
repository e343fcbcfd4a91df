"""What is kept of an answer, and for which request."""

from __future__ import annotations

import msgspec


class Claim(msgspec.Struct, frozen=True):
    """One request under an Idempotency-Key. `route` is method and path template."""

    account_group_id: bytes
    key_id: bytes
    route: str
    idempotency_key: str
    fingerprint: bytes


class Remembered(msgspec.Struct, frozen=True):
    """The first answer: `data` is the JSON inside the envelope."""

    status: int
    headers: dict[str, str]
    data: bytes
