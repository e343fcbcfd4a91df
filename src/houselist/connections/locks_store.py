"""All SQL of the locks on accounts, which live as long as the connection that takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from houselist.postgres.db import Connection


async def try_lock(connection: Connection, key: str, door: str | None) -> bool:
    """Takes a lock that lives as long as this connection, if it is free.

    Not while somebody holds the `door`, which is taken and freed at once.
    """
    if door is None:
        return await connection.fetchval(
            "SELECT pg_try_advisory_lock(hashtextextended('provider/' || $1, 0))", key
        )
    return await connection.fetchval(
        """
        SELECT CASE
            WHEN NOT pg_try_advisory_lock(hashtextextended('provider/' || $2, 0)) THEN false
            WHEN pg_advisory_unlock(hashtextextended('provider/' || $2, 0))
                THEN pg_try_advisory_lock(hashtextextended('provider/' || $1, 0))
        END
        """,
        key,
        door,
    )


async def unlock(connection: Connection, key: str) -> None:
    """Frees such a lock."""
    await connection.execute(
        "SELECT pg_advisory_unlock(hashtextextended('provider/' || $1, 0))", key
    )


async def beat(connection: Connection) -> None:
    """Asks for nothing: shows that both ends of the connection are alive."""
    await connection.execute("SELECT 1")
