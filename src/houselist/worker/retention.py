"""Deletes what is kept for a time only, some at a time: one worker does it, while others work.

docs/operations.md has the table of what is kept and how long. Uploads and the members of deleted
audiences are deleted in maintenance.py.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from houselist.audiences import store as audiences
from houselist.jobs import combination_store as combinations
from houselist.keys import sessions_store as sessions
from houselist.postgres import db, queue_store
from houselist.web import idempotency_store as idempotency
from houselist.worker import retention_store as store
from houselist.worker.rounds import one_round

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

# How many days a provider's account knows what it used, and PgQueuer what it did.
BUDGET_DAYS, QUEUE_LOG_DAYS = 90, 7
# Rows of a transaction; none of them takes a tenth of a second.
_AT_ONCE = 5_000
_HOUR = 3600.0
# History grows by the day, and looking for what is old may read all of a table.
_ROUNDS_A_LOOK = 24


async def keep_forgetting(pool: db.Pool, history_days: int) -> None:
    """Deletes every hour what is old, and history once a day, until cancelled."""
    rounds = 0
    while True:
        with one_round("delete what is old", "deleting what is old"):
            await forget_traces(pool)
            if rounds % _ROUNDS_A_LOOK == 0:
                await forget_history(pool, history_days)
            rounds += 1
        await asyncio.sleep(_HOUR)


async def forget_traces(pool: db.Pool) -> None:
    """Deletes old idempotency keys, ended sessions, and what PgQueuer wrote down."""
    await _in_slices(pool, lambda one: idempotency.forget_old(one, _AT_ONCE))
    await _in_slices(pool, lambda one: sessions.forget_old(one, _AT_ONCE))
    for table in queue_store.LOGS:
        await _in_slices(
            pool,
            lambda one, table=table: queue_store.forget_log(one, table, QUEUE_LOG_DAYS, _AT_ONCE),
        )


async def forget_history(pool: db.Pool, days: int) -> None:
    """Deletes history that is older than so many days, and old budgets."""
    for table in store.HISTORY:
        await _forget_rows(pool, table, days)
    await _forget_rows(pool, store.BUDGETS, BUDGET_DAYS)
    last: store.Emptied | None = None
    while True:
        async with db.acquire(pool) as connection:
            found = await store.get_emptied(connection, last, days=days, limit=_AT_ONCE)
        for each in found:
            await _forget_list(pool, each.account_group_id, each.list_id)
        if len(found) < _AT_ONCE:
            return
        last = found[-1]


async def _forget_rows(pool: db.Pool, table: str, days: int) -> None:
    async with db.acquire(pool) as connection:
        groups = await store.get_groups(connection, table, days)
    for group in groups:
        await _in_slices(
            pool,
            lambda one, group=group: store.forget(one, table, group, days=days, limit=_AT_ONCE),
        )


async def _forget_list(pool: db.Pool, group: bytes, list_id: bytes) -> None:
    """Deletes a former list with its members, unless a combination that goes on reads it."""

    async def forget(connection: db.Connection) -> int:
        if await combinations.is_read(connection, group, list_id):
            return 0
        if not await audiences.purge_list(connection, group, list_id, _AT_ONCE):
            return _AT_ONCE
        await store.forget_list(connection, group, list_id)
        return 0

    await _in_slices(pool, forget)


async def _in_slices(pool: db.Pool, forget: Callable[[db.Connection], Awaitable[int]]) -> None:
    """Calls it, each time in a transaction of its own, until it deletes fewer than _AT_ONCE.

    Leaves it to the other worker that is deleting, if there is one.
    """
    gone = _AT_ONCE
    while gone >= _AT_ONCE:
        async with db.transaction(pool) as connection:
            if not await store.try_lock(connection):
                return
            gone = await forget(connection)
