"""What a worker does beside its jobs: finds forgotten jobs, and deletes what has expired."""

from __future__ import annotations

import asyncio

from houselist.audiences import store as audiences
from houselist.jobs import combination_store as combinations
from houselist.jobs.run import dry_run_store as dry_runs
from houselist.jobs.run import open_store as open_jobs
from houselist.jobs.run import shares_store as shares
from houselist.jobs.run.tasks import FILE_SLICE, Stopped
from houselist.people import counts_store as counts
from houselist.postgres import db, queue, queue_store, statistics_store
from houselist.schedules import store as schedules
from houselist.uploads import retention_store as retention
from houselist.worker.rounds import one_round

_PURGED_AT_ONCE = 5_000
_LOOKED_AT_ONCE = 500
# Chunks of a file hold up to 4 MiB.
_CHUNKS_AT_ONCE = 20
_HOUR = 3600.0
# How many hours a dry run and its rows are kept, and how many rows of one are removed at once.
_DRY_RUN_HOURS = 24
_ROWS_AT_ONCE = 5_000
# How many days an upload is kept that no job has used.
UNUSED_DAYS = 7


async def tidy(pool: db.Pool, every: float) -> None:
    """Queues every open job that is not in the queue, every so many seconds, until cancelled."""
    while True:
        with one_round("look for forgotten jobs", "looking for forgotten jobs"):
            await _find_forgotten(pool)
        await asyncio.sleep(every)


async def _find_forgotten(pool: db.Pool) -> None:
    """Jobs whose wait is over are found here as well."""
    async with db.transaction(pool) as connection:
        found = [
            *await open_jobs.get_open(connection),
            *await audiences.get_unpurged(connection),
        ]
        queued = await queue_store.get_queued(connection, found) if found else set[bytes]()
        for work in found:
            if queue.payload_of(work.account_group_id, work.id) not in queued:
                await queue.enqueue(connection, work.entrypoint, work.account_group_id, work.id)


async def expire_uploads(pool: db.Pool, days: int) -> None:
    """Deletes expired and broken uploads every hour, some at a time, until cancelled.

    `days`: how long an upload is kept after the last job that used it.
    """
    while True:
        with one_round("delete expired uploads", "deleting expired uploads"):
            await discard_abandoned(pool)
            await expire_old(pool, days)
        await asyncio.sleep(_HOUR)


async def discard_abandoned(pool: db.Pool) -> None:
    """Removes uploads that broke off more than a day ago."""
    while True:
        async with db.acquire(pool) as connection:
            found = await retention.get_abandoned(connection, _LOOKED_AT_ONCE)
        for group, upload_id in found:
            done = False
            while not done:
                async with db.transaction(pool) as connection:
                    done = await retention.discard_some(
                        connection, group, upload_id, _CHUNKS_AT_ONCE
                    )
        if len(found) < _LOOKED_AT_ONCE:
            return


async def expire_old(pool: db.Pool, days: int) -> None:
    """One round, over all account groups."""
    last: retention.Old | None = None
    while True:
        async with db.acquire(pool) as connection:
            found = await retention.get_old(
                connection, last, used_days=days, unused_days=UNUSED_DAYS, limit=_LOOKED_AT_ONCE
            )
        for old in found:
            if old.is_past:
                await _expire(pool, old.account_group_id, old.upload_id, days)
        if len(found) < _LOOKED_AT_ONCE:
            return
        last = found[-1]


async def keep_statistics(pool: db.Pool, every: float) -> None:
    """Has PostgreSQL know of large changes soon, until cancelled."""
    while True:
        with one_round("refresh the statistics", "refreshing the statistics"):
            async with db.acquire(pool) as connection:
                await statistics_store.refresh(connection)
        await asyncio.sleep(every)


async def count_people(pool: db.Pool, every: float) -> None:
    """Counts people of whom the number is not known, every so many seconds, until cancelled."""
    while True:
        with one_round("count people", "counting people"):
            async with db.acquire(pool) as connection:
                groups = await counts.get_uncounted_groups(connection)
            for group in groups:
                async with db.transaction(pool) as connection:
                    await counts.count_anew(connection, group)
        await asyncio.sleep(every)


async def tidy_dry_runs(pool: db.Pool, every: float) -> None:
    """Removes what dry runs have left, and old ones altogether, until cancelled."""
    while True:
        with one_round("remove what dry runs left", "removing what dry runs left"):
            await remove_dry_runs(pool)
        await asyncio.sleep(every)


async def remove_dry_runs(pool: db.Pool) -> None:
    """One round, over all account groups."""
    async with db.acquire(pool) as connection:
        found = await dry_runs.get_over(connection, _DRY_RUN_HOURS)
    for group, job_id, is_old in found:
        for remove in (dry_runs.purge, dry_runs.forget)[: 1 + is_old]:
            done = False
            while not done:
                async with db.transaction(pool) as connection:
                    done = await remove(connection, group, job_id, _ROWS_AT_ONCE)


async def _expire(pool: db.Pool, group: bytes, upload_id: bytes, days: int) -> None:
    async with db.transaction(pool) as connection:
        if not await retention.let_go(connection, group, upload_id, days):
            return
    done = False
    while not done:
        async with db.transaction(pool) as connection:
            done = await retention.purge(connection, group, upload_id, _CHUNKS_AT_ONCE)


async def purge(pool: db.Pool, group: bytes, audience_id: bytes, stop: asyncio.Event) -> None:
    """Deletes the members of a deleted audience, some at a time, and then its schedule.

    If other work waits for its slot it continues after that. While a combination reads the members
    it does nothing, and is queued again as forgotten work is. Raises Stopped or Upstream.
    """
    async with db.acquire(pool) as connection:
        if await combinations.is_read(connection, group, audience_id):
            return
    done = False
    now = asyncio.get_running_loop().time
    slice_ends = now() + FILE_SLICE
    while not done:
        if stop.is_set():
            raise Stopped
        if now() > slice_ends:
            async with db.transaction(pool) as connection:
                if await shares.is_anybody_waiting(
                    connection, group, queue.PURGE_AUDIENCE, audience_id
                ):
                    await queue.enqueue_again(connection, queue.PURGE_AUDIENCE, group, audience_id)
                    return
            slice_ends = now() + FILE_SLICE
        async with db.transaction(pool) as connection:
            done = await audiences.purge(connection, group, audience_id, _PURGED_AT_ONCE)
            if done:
                await schedules.forget(connection, group, audience_id)
