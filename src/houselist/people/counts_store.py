"""All SQL of how many people an account group has: kept, so that nobody counts a million.

Whoever makes or removes people says so, under the account group's batch lock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.people.store import lock_batches

if TYPE_CHECKING:
    from houselist.postgres.db import Connection


async def get(connection: Connection, account_group_id: bytes) -> int | None:
    """How many people there are; None where a worker has yet to count them."""
    row = await connection.fetchrow(
        "SELECT people, counted = version FROM people_versions WHERE account_group_id = $1",
        account_group_id,
    )
    if row is None:
        return 0
    people, is_counted = row
    return people if is_counted else None


async def count_some(connection: Connection, account_group_id: bytes, limit: int) -> int:
    """How many people there are, `limit` at most, one by one."""
    return await connection.fetchval(
        """
        SELECT count(*) FROM (
            SELECT FROM prospects WHERE account_group_id = $1 ORDER BY id LIMIT $2
        ) AS first
        """,
        account_group_id,
        limit,
    )


async def get_uncounted_groups(connection: Connection) -> list[bytes]:
    """Account groups whose people were changed by a process that does not count them."""
    rows = await connection.fetch(
        "SELECT account_group_id FROM people_versions WHERE counted <> version"
    )
    return [row[0] for row in rows]


async def count_anew(connection: Connection, account_group_id: bytes) -> None:
    """Counts everybody of an account group, while no batch of it is written."""
    version = await lock_batches(connection, account_group_id)
    await connection.execute(
        """
        UPDATE people_versions SET counted = $2, people = (
            SELECT count(*) FROM prospects WHERE account_group_id = $1
        ) WHERE account_group_id = $1
        """,
        account_group_id,
        version,
    )
