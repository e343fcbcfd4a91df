"""A worker that is frozen amid a COPY (SIGSTOP, a paused VM) holds up nobody for long."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from houselist.people import store as people
from houselist.postgres import db
from houselist.worker.pool import open_pool
from support.clock import measures_time
from support.jobs import slugs, until, working
from support.locks import lock_audience

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from support.jobs import Place
    from support.service import Api

# What a worker's silence may be at least.
SILENCE = 2

COPYING = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND wait_event = 'ClientRead'
"""


@asynccontextmanager
async def frozen_amid_a_copy(pool: db.Pool, api: Api) -> AsyncIterator[None]:
    """A client that took its account group's batch lock, began a COPY, and says nothing more."""

    async def rows() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async def write() -> None:
        async with db.transaction(pool) as connection:
            await people.lock_batches(connection, bytes.fromhex(api.tenant.account_group_id))
            await connection.copy_to_table("prospects", source=rows())

    writing = asyncio.create_task(write())
    try:
        yield
    finally:
        writing.cancel()
        await asyncio.wait({writing})


async def is_copying(place: Place) -> bool:
    return await place.pool.fetchval(COPYING) == 1


@measures_time
async def test_its_account_groups_jobs_go_on_without_it(idle: Api, place: Place) -> None:
    upload = await idle.upload(slugs(30))
    async with (
        open_pool(place.dsn, size=1, takeover=1) as pool,
        frozen_amid_a_copy(pool, idle),
    ):
        await until(lambda: is_copying(place))
        frozen = time.monotonic()
        job = await idle.start(
            type="file_upload", uploadId=upload["uploadId"], audienceName="Buyers"
        )
        async with working(place.dsn, takeover=1):
            told = await idle.finished(job["jobId"])
        assert (told["status"], told["counts"]["added"]) == ("completed", 30)
        assert SILENCE < time.monotonic() - frozen < 2 * SILENCE + 1


async def test_a_slow_copy_that_is_no_workers_is_let_be(idle: Api, place: Place) -> None:
    """The command line loads a directory as fast as its file comes."""
    async with (
        db.make_pool(place.dsn, command_timeout=None) as pool,
        frozen_amid_a_copy(pool, idle),
    ):
        await until(lambda: is_copying(place))
        async with working(place.dsn, takeover=1):
            await asyncio.sleep(2 * SILENCE + 0.5)
        assert await is_copying(place)


async def test_a_statement_that_waits_for_a_lock_is_let_be(idle: Api, place: Place) -> None:
    """A cluster's coordinator says that it waits for a client while another server waits."""
    audience_id = (await idle.make_audience())["id"]

    async def wait_for_it(pool: db.Pool) -> None:
        async with db.transaction(pool) as connection:
            await lock_audience(connection, audience_id)

    async with (
        open_pool(place.dsn, size=1, takeover=1) as pool,
        place.pool.acquire() as other,
        working(place.dsn, takeover=1),
    ):
        locking = other.transaction()
        await locking.start()
        await lock_audience(other, audience_id)
        waiting = asyncio.create_task(wait_for_it(pool))
        await asyncio.sleep(2 * SILENCE + 0.5)
        assert not waiting.done()
        await locking.rollback()
        await waiting
