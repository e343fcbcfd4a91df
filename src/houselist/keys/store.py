"""All SQL about API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.errors import NotFound
from houselist.ids import new_id
from houselist.keys.shapes import Key

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    import asyncpg

    from houselist.postgres.db import Connection

# This channel carries the ids of keys that changed; every process drops them from its cache.
CHANNEL = "houselist_keys"

_COLUMNS = """
    SELECT k.id, k.name, k.permissions, k.created_at, k.expires_at, k.revoked_at, k.last_used_at,
           array(SELECT g.account_group_id FROM api_key_account_groups g
                 WHERE g.key_id = k.id ORDER BY g.account_group_id) AS account_group_ids
    FROM api_keys k
"""


def _key(row: asyncpg.Record) -> Key:
    return Key(
        id=row["id"],
        name=row["name"],
        permissions=frozenset(row["permissions"]),
        account_group_ids=frozenset(row["account_group_ids"]),
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        revoked_at=row["revoked_at"],
        last_used_at=row["last_used_at"],
    )


async def create(
    connection: Connection,
    *,
    digest: bytes,
    name: str,
    permissions: Collection[str],
    account_group_ids: Collection[bytes],
    expires_at: datetime | None,
) -> Key:
    """Stores a key by its digest. Raises NotFound when an account group does not exist."""
    key_id = new_id()
    await connection.execute(
        """
        INSERT INTO api_keys (id, digest, name, permissions, expires_at, created_at)
        VALUES ($1, $2, $3, $4, $5, date_trunc('milliseconds', now()))
        """,
        key_id,
        digest,
        name,
        sorted(permissions),
        expires_at,
    )
    made = await connection.fetch(
        """
        INSERT INTO api_key_account_groups (account_group_id, key_id)
        SELECT id, $1 FROM account_groups WHERE id = ANY($2::bytea[])
        RETURNING account_group_id
        """,
        key_id,
        list(set(account_group_ids)),
    )
    if len(made) != len(set(account_group_ids)):
        raise NotFound("There is no such account group.")
    row = await connection.fetchrow(_COLUMNS + "WHERE k.id = $1", key_id)
    if row is None:
        raise NotFound("The key was not stored.")
    return _key(row)


async def find(connection: Connection, digest: bytes) -> Key | None:
    """The key with this digest, whether valid, expired or revoked."""
    row = await connection.fetchrow(_COLUMNS + "WHERE k.digest = $1", digest)
    return None if row is None else _key(row)


async def get(connection: Connection, key_id: bytes) -> Key | None:
    """The key with this id, whether valid, expired or revoked."""
    row = await connection.fetchrow(_COLUMNS + "WHERE k.id = $1", key_id)
    return None if row is None else _key(row)


async def get_all(connection: Connection) -> list[Key]:
    """Every key, oldest first."""
    return [_key(row) for row in await connection.fetch(_COLUMNS + "ORDER BY k.id")]


async def revoke(connection: Connection, key_id: bytes) -> Key:
    """Revokes a key and notifies every process. Raises NotFound. Revoking twice is not an error."""
    await connection.execute(
        "UPDATE api_keys SET revoked_at = least(revoked_at, now()) WHERE id = $1", key_id
    )
    await tell_changed(connection, key_id)
    row = await connection.fetchrow(_COLUMNS + "WHERE k.id = $1", key_id)
    if row is None:
        raise NotFound("There is no such key.")
    return _key(row)


async def tell_changed(connection: Connection, key_id: bytes) -> None:
    """Has every process look the key up again, and the sessions that it is signed in with."""
    await connection.execute("SELECT pg_notify($1, $2)", CHANNEL, key_id.hex())


async def touch(connection: Connection, key_id: bytes) -> None:
    """Records when the key was used, to the minute."""
    await connection.execute(
        """
        UPDATE api_keys SET last_used_at = date_trunc('minute', now())
        WHERE id = $1 AND last_used_at IS DISTINCT FROM date_trunc('minute', now())
        """,
        key_id,
    )
