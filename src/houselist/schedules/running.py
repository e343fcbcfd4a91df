"""Starting the runs that are due: each once, whoever finds it, and however often it was missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg

from houselist.errors import Invalid, Refusal, Upstream
from houselist.jobs.start import start_again
from houselist.logs import log
from houselist.postgres import db
from houselist.schedules import store

if TYPE_CHECKING:
    import asyncio

    from houselist.schedules.store import Due

# What is left over comes in the next round.
_MOST_AT_ONCE = 1_000
_OUR_FAULT = "Something went wrong on our side; the log has the story."


async def start_due(pool: db.Pool, stop: asyncio.Event) -> None:
    """Starts a job for every schedule that is due, unless one is filling its audience.

    Where one is, the run stays due and the next round looks again. Ends early when `stop` is set.
    """
    try:
        async with db.acquire(pool) as connection:
            found = await store.get_due(connection, _MOST_AT_ONCE)
        for account_group_id, audience_id in found:
            if stop.is_set():
                return
            await _start(pool, account_group_id, audience_id)
    except Upstream as error:
        log.warning("could not look for runs that are due", reason=str(error))


async def _start(pool: db.Pool, account_group_id: bytes, audience_id: bytes) -> None:
    """One run: its job and the schedule's next time in one transaction. Raises Upstream."""
    try:
        async with db.transaction(pool) as connection:
            due = await store.take_due(connection, account_group_id, audience_id)
            if due is not None:
                await _run(connection, account_group_id, audience_id, due)
    except Upstream:
        raise
    except asyncpg.TransactionRollbackError as error:
        # A deadlock was untied at our cost: nothing was written, and the next round does better.
        log.info("a scheduled run has to wait", audienceId=audience_id.hex(), reason=str(error))
    except Exception:  # noqa: BLE001 - whatever it is, the other schedules have their runs
        log.exception("a scheduled run failed to start", audienceId=audience_id.hex())
        async with db.transaction(pool) as connection:
            due = await store.take_due(connection, account_group_id, audience_id)
            if due is not None:
                await store.note_error(connection, account_group_id, audience_id, due, _OUR_FAULT)


async def _run(
    connection: db.Connection, account_group_id: bytes, audience_id: bytes, due: Due
) -> None:
    try:
        # A refusal leaves nothing of the job behind.
        async with connection.transaction():
            job = await start_again(connection, account_group_id, audience_id)
    except Refusal as refusal:
        log.info("a scheduled run was refused", audienceId=audience_id.hex(), reason=str(refusal))
        await store.note_error(connection, account_group_id, audience_id, due, _words(refusal))
        return
    job_id = bytes.fromhex(job.job_id)
    await store.note_run(connection, account_group_id, audience_id, due, job_id)
    log.info("a scheduled run started", audienceId=audience_id.hex(), jobId=job.job_id)


def _words(refusal: Refusal) -> str:
    """Why nothing was started, for people."""
    if isinstance(refusal, Invalid):
        return "; ".join(problem.message for problem in refusal.problems)
    return " ".join(filter(None, (refusal.message, refusal.details)))
