"""Statements that wait for a lock which another has: what a test waits for before it goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.migrations import cluster_store
from support.jobs import until

if TYPE_CHECKING:
    from houselist.postgres.db import Connection, Pool


WAITING = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE $1
"""
# On a cluster they wait on the server that has the rows.
WAITING_ON_A_CLUSTER = """
    SELECT count(*) FROM citus_lock_waits WHERE blocked_statement LIKE $1
"""


async def waiting_for_locks(pool: Pool, like: str = "%") -> int:
    """How many statements like this, in the pool's database, wait for a lock."""
    statement = WAITING_ON_A_CLUSTER if await cluster_store.is_created(pool) else WAITING
    found: int = await pool.fetchval(statement, like)
    return found


async def lock_audience(connection: Connection, audience_id: str) -> None:
    """Holds an audience's row until the transaction ends."""
    id_ = bytes.fromhex(audience_id)
    # A cluster locks rows of one account group alone.
    group = await connection.fetchval("SELECT account_group_id FROM audiences WHERE id = $1", id_)
    await connection.execute(
        "SELECT FROM audiences WHERE account_group_id = $1 AND id = $2 FOR UPDATE", group, id_
    )


async def until_locks_are_waited_for(pool: Pool, count: int = 1) -> None:
    """Returns once so many statements do."""

    async def look() -> bool:
        return await waiting_for_locks(pool) >= count

    await until(look)


async def until_no_lock_is_waited_for(pool: Pool, seconds: float) -> None:
    """Returns once whoever waited for a lock has it, or has been ended."""

    async def look() -> bool:
        return await waiting_for_locks(pool) == 0

    await until(look, seconds)
