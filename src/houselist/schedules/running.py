"""Starts the runs that are due: each once, whichever worker finds it and however late it is."""

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

# The next round starts the rest.
_MAX_AT_ONCE = 1_000
_OUR_FAULT = "Something went wrong on our side; the log has the story."


async def start_due(pool: db.Pool, stop: asyncio.Event) -> None:
    """Starts a job for every schedule that is due, unless another job is filling its audience.

    In that case the run stays due until a later round. Returns early when `stop` is set.
    """
    try:
        async with db.acquire(pool) as connection:
            found = await store.get_due(connection, _MAX_AT_ONCE)
        for account_group_id, audience_id in found:
            if stop.is_set():
                return
            await _start(pool, account_group_id, audience_id)
    except Upstream as error:
        log.warning("could not look for scheduled runs", reason=str(error))


async def _start(pool: db.Pool, account_group_id: bytes, audience_id: bytes) -> None:
    """Starts one run: its job and the schedule's next time in one transaction. Raises Upstream."""
    try:
        async with db.transaction(pool) as connection:
            due = await store.take_due(connection, account_group_id, audience_id)
            if due is not None:
                await _run(connection, account_group_id, audience_id, due)
    except Upstream:
        raise
    except asyncpg.TransactionRollbackError as error:
        # PostgreSQL ended this transaction to resolve a deadlock. Nothing was written, and the
        # next round tries again.
        log.info("a scheduled run has to wait", audienceId=audience_id.hex(), reason=str(error))
    except Exception:  # noqa: BLE001 - one failure must not keep other schedules from running
        log.exception("a scheduled run failed to start", audienceId=audience_id.hex())
        async with db.transaction(pool) as connection:
            due = await store.take_due(connection, account_group_id, audience_id)
            if due is not None:
                await store.record_error(connection, account_group_id, audience_id, due, _OUR_FAULT)


async def _run(
    connection: db.Connection, account_group_id: bytes, audience_id: bytes, due: Due
) -> None:
    try:
        # A savepoint, so that a refusal leaves nothing of the job behind.
        async with connection.transaction():
            job = await start_again(connection, account_group_id, audience_id)
    except Refusal as refusal:
        log.info("a scheduled run was refused", audienceId=audience_id.hex(), reason=str(refusal))
        await store.record_error(connection, account_group_id, audience_id, due, _words(refusal))
        return
    job_id = bytes.fromhex(job.job_id)
    await store.record_run(connection, account_group_id, audience_id, due, job_id)
    log.info("a scheduled run started", audienceId=audience_id.hex(), jobId=job.job_id)


def _words(refusal: Refusal) -> str:
    """The reason why nothing was started, in words."""
    if isinstance(refusal, Invalid):
        return "; ".join(problem.message for problem in refusal.problems)
    return " ".join(filter(None, (refusal.message, refusal.details)))
