"""Running one job from its last batch: the rows of its upload, or what the provider returns.

A job that asks a provider holds a slot at the provider's account. While others hold all slots, the
job is not in the queue; a job that gives its slot back queues the one that has waited longest.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING

import asyncpg

from houselist.connections import store as connections
from houselist.connections.accounts import DIRECTORY
from houselist.connections.gate import NoFreeSlot
from houselist.connections.opening import NoProvider, find_account
from houselist.errors import Upstream
from houselist.jobs import store as jobs
from houselist.jobs.run import combined_members as combined
from houselist.jobs.run import dry_runs, enrichment, held_back, store, undo, waits
from houselist.jobs.run import provider_pages as pages
from houselist.jobs.run import uploaded_rows as own
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.store import StageEnd
from houselist.jobs.run.tasks import SliceOver, SourceLost, Stopped
from houselist.logs import log
from houselist.postgres import db, queue
from houselist.providers.base import ProviderError, ReconnectNeeded

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from houselist.connections.accounts import Account
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.jobs.waiting import WaitReason
    from houselist.providers.base import Told

_NO_PROVIDER = StageEnd("No provider is connected, so nobody was looked up.", all_sought=False)
_KNOWS_ALL = StageEnd("The search told all that the provider knows, so nobody was looked up.")
_TAKEN_AS_IT_IS = StageEnd(
    "The file was taken as it is; with searchEmails a provider looks people up."
)
_TURN = "Other jobs use the provider's account; this one comes after them."

# A batch that kills its worker each time must not be tried for ever, but a worker that is killed
# now and then must not end a job.
_MAX_ATTEMPTS = 50
# A job whose time slice is over comes back after this, so that it is not quicker than the one that
# has waited longest.
_BACK_IN_QUEUE = timedelta(seconds=0.2)


async def run_own(task: Task) -> None:
    """Imports the rows of an upload, and queues looking people up if that is wanted; or combines.

    Raises Stopped or Lost, or Upstream when PostgreSQL is out of reach. Anything else that goes
    wrong ends the job as failed, with its audience free.
    """
    claimed = await _claim(task)
    if claimed is None or claimed.is_providers:
        return
    try:
        async with _ending(task):
            await _import(task, claimed)
    except SliceOver:
        async with db.transaction(task.pool) as connection:
            await queue.enqueue_again(
                connection, queue.PROSPECTING, task.account_group_id, task.job_id
            )


async def _import(task: Task, claimed: Claimed) -> None:
    _refuse_endless(claimed)
    if claimed.dry_run or claimed.undoes is not None:
        await (dry_runs if claimed.dry_run else undo).run(task, claimed)
        return
    if claimed.source_type == "combination":
        await combined.run(task, claimed)
        return
    await own.run(task, claimed)
    async with db.transaction(task.pool) as connection:
        group, job_id = task.account_group_id, task.job_id
        if claimed.is_taken_as_it_is:
            await store.finish(connection, group, job_id, _TAKEN_AS_IT_IS)
        else:
            await queue.enqueue(connection, queue.PROVIDER, group, job_id)


async def run_provided(task: Task) -> None:
    """Continues a job that asks a provider. Raises the same."""
    account = trouble = None
    try:
        account = await find_account(task.clients, task.account_group_id)
    except NoProvider:
        pass
    except ReconnectNeeded as error:
        trouble = error
    if account is None or not account.concurrency:
        await _continue(task, account, trouble)
        return
    task.slots = account.concurrency
    async with AsyncExitStack() as afterwards:
        try:
            async with account.slot(task.job_id):
                # Runs when the slot is free again, whatever happened in between.
                afterwards.push_async_callback(_queue_next, task)
                await _continue(task, account, trouble)
        except NoFreeSlot:
            async with db.transaction(task.pool) as connection:
                await store.note_turn(connection, task.account_group_id, task.job_id, _TURN)


async def _queue_next(task: Task) -> None:
    """Queues the job that has waited longest for the account, if there is one."""
    # If PostgreSQL is out of reach, the worker's search for forgotten jobs finds it later.
    with suppress(Upstream):
        async with db.transaction(task.pool) as connection:
            job_id = await store.find_next(connection, task.account_group_id, task.job_id)
            if job_id is not None:
                await queue.enqueue_again(connection, queue.PROVIDER, task.account_group_id, job_id)


async def _continue(task: Task, account: Account | None, trouble: ReconnectNeeded | None) -> None:
    claimed = await _claim(task)
    if claimed is None:
        # The directory holds nothing back, so it has nothing to tell of these people.
        is_other = account is None or account.name == DIRECTORY
        async with _ending(task):
            await held_back.run(task, None if is_other else account)
        return
    if not claimed.is_providers:
        return
    whose = await _whose(task, account)
    try:
        async with _ending(task):
            _refuse_endless(claimed)
            end = await _both_stages(task, claimed, account, trouble, whose)
            async with db.transaction(task.pool) as connection:
                await store.finish(connection, task.account_group_id, task.job_id, end)
    except ProviderError as error:
        log.info("the provider failed", jobId=task.job_id.hex(), reason=str(error))
        what = waits.after(error, claimed.retries, whose)
        await _wait_or_end(task, what, waits.reason(error))
    except SliceOver:
        async with db.transaction(task.pool) as connection:
            await queue.enqueue_again(
                connection, queue.PROVIDER, task.account_group_id, task.job_id, after=_BACK_IN_QUEUE
            )


async def _whose(task: Task, account: Account | None) -> waits.Whose:
    """Whom commands are about; an account that can't be opened has a connection all the same."""
    if account is not None:
        provider = None if account.name == DIRECTORY else account.provider.name
    else:
        async with db.acquire(task.pool) as connection:
            stored = await connections.find(connection, task.account_group_id)
        provider = stored and stored.provider
    return waits.Whose(task.account_group_id.hex(), provider)


async def _both_stages(
    task: Task,
    claimed: Claimed,
    account: Account | None,
    trouble: ReconnectNeeded | None,
    whose: waits.Whose,
) -> StageEnd:
    """Whatever is left of the job; how the look-ups ended."""
    if claimed.is_taken_as_it_is:
        return _TAKEN_AS_IT_IS
    if trouble is not None:
        raise trouble
    if claimed.query is not None and not claimed.imported:
        if account is None:
            raise ReconnectNeeded("none is connected any more.")
        if claimed.source not in (None, account.name):
            raise ReconnectNeeded(
                "the job began on another account, and where it was is of no use to this one."
                " Connect that account again, or cancel the job."
            )
        await pages.run(task, claimed, claimed.query, account)
    if account is None:
        return _NO_PROVIDER
    sought: set[Told] = {"profile", "email"} if claimed.search_emails else {"profile"}
    if claimed.query is not None and sought <= account.provider.search_tells:
        return _KNOWS_ALL
    words = await enrichment.run(task, claimed, account, whose)
    return StageEnd(words, stopped=words is not None, all_sought=words is None)


async def _claim(task: Task) -> Claimed | None:
    async with db.transaction(task.pool) as connection:
        return await store.claim(connection, task.account_group_id, task.job_id)


async def _wait_or_end(
    task: Task, what: waits.Wait | waits.End, reason: WaitReason = "failed"
) -> None:
    async with db.transaction(task.pool) as connection:
        if isinstance(what, waits.Wait):
            await store.wait(connection, task.account_group_id, task.job_id, what, reason)
        else:
            await jobs.end(
                connection,
                task.account_group_id,
                task.job_id,
                "failed",
                code=what.code,
                message=what.words,
            )


def _refuse_endless(claimed: Claimed) -> None:
    if claimed.attempts > _MAX_ATTEMPTS:
        raise RuntimeError(f"gave up after {_MAX_ATTEMPTS} starts without progress")


@asynccontextmanager
async def _ending(task: Task) -> AsyncGenerator[None]:
    """Ends the job as failed where its work fails in a way that trying again would not help."""
    try:
        yield
    except (Stopped, SliceOver, Lost, Upstream, ProviderError):
        raise
    except asyncpg.TransactionRollbackError as error:
        # A deadlock was untied at our cost: the batch goes again, as after an outage.
        raise Upstream(details="The batch has to be written again.") from error
    except Exception as error:  # noqa: BLE001 - whatever it is, the job ends and frees its audience
        log.exception("job failed", jobId=task.job_id.hex())
        await _wait_or_end(task, _explain(error))


def _explain(error: Exception) -> waits.End:
    """Code and words for the person who started the job; never internals, which are in the log."""
    if isinstance(error, SourceLost):
        return waits.End("SOURCE_LOST", str(error))
    words = "Something went wrong on our side; the log has the story. Start a new job."
    return waits.End("INTERNAL_ERROR", words)
