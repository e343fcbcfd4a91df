"""All SQL about browsers that are signed in to the console, and links that sign one in once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.keys import store

if TYPE_CHECKING:
    from datetime import timedelta

    from houselist.keys.shapes import Key
    from houselist.postgres.db import Connection


async def add(
    connection: Connection, key_id: bytes, digest: bytes, lifetime: timedelta, *, is_link: bool
) -> None:
    """Keeps a session, or a link that becomes one, by the digest of its token."""
    await connection.execute(
        """
        INSERT INTO console_sessions (digest, key_id, is_link, created_at, expires_at)
        VALUES ($1, $2, $3, now(), now() + $4)
        """,
        digest,
        key_id,
        is_link,
        lifetime,
    )


async def take_link(connection: Connection, digest: bytes) -> bytes | None:
    """The id of the key that a link signs in with, once: the link is gone then."""
    return await connection.fetchval(
        """
        DELETE FROM console_sessions WHERE digest = $1 AND is_link AND expires_at > now()
        RETURNING key_id
        """,
        digest,
    )


async def find(connection: Connection, digest: bytes) -> Key | None:
    """The key of a session that has not expired, whether the key is valid, expired or revoked."""
    key_id = await connection.fetchval(
        """
        SELECT key_id FROM console_sessions
        WHERE digest = $1 AND NOT is_link AND expires_at > now()
        """,
        digest,
    )
    return None if key_id is None else await store.get(connection, key_id)


async def end(connection: Connection, digest: bytes) -> None:
    """Ends a session in every process."""
    key_id = await connection.fetchval(
        "DELETE FROM console_sessions WHERE digest = $1 RETURNING key_id", digest
    )
    if key_id is not None:
        await store.tell_changed(connection, key_id)


async def forget_old(connection: Connection, limit: int) -> int:
    """Deletes up to `limit` sessions and links that have expired; how many."""
    gone = await connection.fetch(
        """
        DELETE FROM console_sessions WHERE digest = ANY(ARRAY(
            SELECT digest FROM console_sessions WHERE expires_at <= now()
            ORDER BY expires_at LIMIT $1
        ))
        RETURNING digest
        """,
        limit,
    )
    return len(gone)
