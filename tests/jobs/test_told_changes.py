"""Every statement that changes a job counts its version up and tells of it, without any trigger."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import asyncpg
import pytest

from houselist.jobs import store as jobs
from houselist.jobs import waiting_store as waiting
from houselist.jobs.changes_store import CHANNEL
from houselist.jobs.run import held_back_store as held_back
from houselist.jobs.run import lookups_store as lookups
from houselist.jobs.run import store
from houselist.jobs.run.looked_up import Came
from houselist.jobs.run.waits import Wait
from houselist.postgres import db
from support.clock import measures_time
from support.events import queued_job

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from houselist.postgres.db import Connection
    from support.jobs import Place
    from support.service import Api

    Change = Callable[[Connection, bytes, bytes], Awaitable[object]]

pytestmark = measures_time

RUNNING = "status = 'running', import_status = 'running'"
LOOKING_UP = "status = 'running', import_status = 'completed', position = 3, to_look_up = 3"
COMPLETED = "status = 'completed', import_status = 'completed', held_back = 1"
HELD = """
    INSERT INTO held_back_look_ups (account_group_id, job_id, row, prospect_id, again_at, held_at)
    VALUES ($1, $2, 1, $1, now(), now())
"""


CHANGES: dict[str, tuple[str, Change]] = {
    "claimed": ("status = 'queued'", store.claim),
    "a batch is written": (
        RUNNING,
        lambda c, g, j: store.end_batch(c, g, j, position=1, counts=Counter(added=1)),
    ),
    "a provider's page came": (
        RUNNING,
        lambda c, g, j: store.note_page(
            c, g, j, source="a", cursor="b", total_rows=9, notes="Some are missing."
        ),
    ),
    "the import is over": (RUNNING, lambda c, g, j: store.finish_import(c, g, j, g)),
    "waits": (
        RUNNING,
        lambda c, g, j: store.wait(c, g, j, Wait("It rests at", seconds=60), "pace"),
    ),
    "goes on": (
        f"{RUNNING}, waiting_until = now() + interval '1 hour', waiting_reason = 'connection'",
        lambda c, g, _: waiting.resume(c, g),
    ),
    "its turn is yet to come": (
        "status = 'queued'",
        lambda c, g, j: store.note_turn(c, g, j, "Others come first."),
    ),
    "counted": (LOOKING_UP, lambda c, g, j: lookups.note_forecast(c, g, j, left=3, a_day=1)),
    "looked up": (
        LOOKING_UP,
        lambda c, g, j: lookups.end(c, g, j, row=1, came=Came("found", None)),
    ),
    "refusals forgotten": (LOOKING_UP, lookups.forget_refusals),
    "completed": (LOOKING_UP, lambda c, g, j: store.finish(c, g, j, store.StageEnd())),
    "held back again": (
        COMPLETED,
        lambda c, g, j: held_back.hold_again(c, g, j, row=1, seconds=60, reason="Again."),
    ),
    "no longer held back": (
        COMPLETED,
        lambda c, g, j: held_back.settle(c, g, j, row=1, came=Came("found", None)),
    ),
    "put off": (
        COMPLETED,
        lambda c, g, j: held_back.put_off(c, g, j, within=60, seconds=60, until=None),
    ),
    "cancelled": ("status = 'queued'", jobs.cancel),
    "failed": (
        f"{LOOKING_UP}, held_back = 1",
        lambda c, g, j: jobs.end(c, g, j, "failed", code="INTERNAL_ERROR", message="Oh."),
    ),
}


@asynccontextmanager
async def heard(dsn: str) -> AsyncIterator[asyncio.Queue[Any]]:
    """What is told of jobs there."""
    connection = await asyncpg.connect(dsn)
    messages: asyncio.Queue[Any] = asyncio.Queue()
    await connection.add_listener(CHANNEL, lambda *message: messages.put_nowait(message[-1]))
    try:
        yield messages
    finally:
        await connection.close()


@pytest.mark.parametrize("kind", CHANGES)
async def test_a_change_counts_up_and_is_told(idle: Api, place: Place, kind: str) -> None:
    before, change = CHANGES[kind]
    group = bytes.fromhex(idle.tenant.account_group_id)
    job_id = bytes.fromhex(await queued_job(idle))
    where = "WHERE account_group_id = $1 AND id = $2"
    await place.pool.execute(f"UPDATE prospecting_jobs SET {before} {where}", group, job_id)
    if "held_back = 1" in before:
        await place.pool.execute(HELD, group, job_id)
    triggers = "SELECT count(*) FROM pg_trigger WHERE tgname = 'prospecting_jobs_changed'"
    assert await place.pool.fetchval(triggers) == 0
    async with heard(place.dsn) as messages:
        async with db.transaction(place.pool) as connection:
            await change(connection, group, job_id)
        async with asyncio.timeout(2):
            assert await messages.get() == f"{group.hex()}/{job_id.hex()}"
    version = await place.pool.fetchval(
        f"SELECT version FROM prospecting_jobs {where}", group, job_id
    )
    assert version >= 1


async def test_what_is_rolled_back_is_not_told(idle: Api, place: Place) -> None:
    group = bytes.fromhex(idle.tenant.account_group_id)
    job_id = bytes.fromhex(await queued_job(idle))
    async with heard(place.dsn) as messages:
        async with place.pool.acquire() as connection:
            undone = connection.transaction()
            await undone.start()
            await store.claim(connection, group, job_id)
            await undone.rollback()
        await place.pool.execute("SELECT pg_notify($1, 'the end')", CHANNEL)
        async with asyncio.timeout(2):
            assert await messages.get() == "the end"
