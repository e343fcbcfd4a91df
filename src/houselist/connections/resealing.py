"""Sealing the providers' keys of account groups again, after a change of the secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.connections import store
from houselist.connections.secrets import CannotOpen

if TYPE_CHECKING:
    from collections.abc import Iterable

    from houselist.connections.secrets import Sealer
    from houselist.postgres.db import Connection


async def reseal(
    connection: Connection, sealer: Sealer, account_group_ids: Iterable[bytes]
) -> tuple[int, list[bytes]]:
    """How many keys were sealed again, and the account groups whose keys no secret can read."""
    resealed, unreadable = 0, list[bytes]()
    for group in account_group_ids:
        stored = await store.find(connection, group)
        if stored is None:
            continue
        try:
            key = sealer.reseal(group, stored.sealed_key)
        except CannotOpen:
            unreadable.append(group)
            continue
        await store.replace_key(connection, group, stored.sealed_key, key)
        resealed += 1
    return resealed, unreadable
