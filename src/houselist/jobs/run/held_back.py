"""Asking again for people of whom parts were held back, once their job is completed.

Nobody waits for it: the job's other people are done. It uses the account when no job does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.jobs.run import held_back_store as held_back
from houselist.jobs.run.enrichment import MAX_HELD_BACK, held_back_in_a_row
from houselist.jobs.run.looked_up import Came, read, seconds_until_again
from houselist.jobs.run.looking_up import Lookup, ask, write
from houselist.jobs.run.tasks import LOOK_UP_SLICE, Stopped
from houselist.logs import log
from houselist.people import store as people
from houselist.postgres import db
from houselist.providers.base import ProviderError, QuotaSpent, Resting, TryLater

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.connections.accounts import Account
    from houselist.jobs.run.held_back_store import Due, Job
    from houselist.jobs.run.tasks import Task
    from houselist.providers.base import LookedUp

# Seconds that people are a worker's who takes them: longer than any request, attempts included.
_TAKEN: Final = 600.0
# Seconds after which a provider is asked again that could not be asked.
_PUT_OFF: Final = 3600.0
# Seconds after which nobody is asked for any more, because the provider could never be asked.
_TOO_OLD: Final = 7 * 24 * 3600.0

_KNOWN: Final = Came("found", None)
_TOO_LATE: Final = Came(
    "found",
    "LinkedIn held back parts of the profile, and the provider could not be asked again for a week",
)


async def run(task: Task, account: Account | None) -> None:
    """Asks for those whose time has come. None as the account: it can't be asked now.

    Raises Stopped, or Upstream.
    """
    group, job_id = task.account_group_id, task.job_id
    async with db.acquire(task.pool) as connection:
        job = await held_back.find_job(connection, group, job_id)
    if job is None:
        return
    task.begin_slice(LOOK_UP_SLICE)
    held = 0
    try:
        while held < MAX_HELD_BACK and (due := await _take(task, job, account)):
            if asked := await _settle_known(task, due):
                if account is None:
                    break
                found = await ask(account, asked, emails=job.search_emails)
                held = held_back_in_a_row(held, await _write(task, job, asked, found))
            if task.stop.is_set():
                raise Stopped
            if await task.is_slice_over():
                return
    except ProviderError as error:
        log.info("the provider failed", jobId=job_id.hex(), reason=str(error))
        await _put_off(task, error)
        return
    if account is None or held >= MAX_HELD_BACK:
        await _put_off(task, None)


async def _take(task: Task, job: Job, account: Account | None) -> list[Due]:
    async with db.transaction(task.pool) as connection:
        return await held_back.take(
            connection,
            task.account_group_id,
            task.job_id,
            search_emails=job.search_emails,
            limit=1 if account is None else account.provider.look_up_batch,
            seconds=_TAKEN,
            too_old=_TOO_OLD,
        )


async def _settle_known(task: Task, due: list[Due]) -> list[Due]:
    """Those who are to be asked for; the others are settled."""
    asked = [each for each in due if each.is_worth_it and not each.is_old]
    async with db.transaction(task.pool) as connection:
        for each in due:
            if each not in asked:
                came = _TOO_LATE if each.is_worth_it else _KNOWN
                await held_back.settle(
                    connection, task.account_group_id, task.job_id, row=each.row, came=came
                )
    return asked


async def _write(
    task: Task, job: Job, asked: Sequence[Due], found: Sequence[LookedUp]
) -> list[Came]:
    """Writes what came of the first of them, each unless another worker did."""
    group, job_id = task.account_group_id, task.job_id
    came: list[Came] = []
    async with db.transaction(task.pool) as connection:
        version = await people.lock_batches(connection, group)
        for number, (due, each) in enumerate(zip(asked, found, strict=False), 1):
            if not await held_back.begin(connection, group, job_id, due):
                continue
            what = read(each, due.tries + 1)
            lookup = Lookup(group, job_id, version, number)
            await write(connection, lookup, due, each, came=what, emails=job.search_emails)
            if what.kind == "heldBack":
                seconds = seconds_until_again(due.tries + 1)
                await held_back.hold_again(
                    connection, group, job_id, row=due.row, seconds=seconds, reason=what.reason
                )
            else:
                await held_back.settle(connection, group, job_id, row=due.row, came=what)
            came.append(what)
    return came


async def _put_off(task: Task, error: ProviderError | None) -> None:
    """Everybody whose time has come waits: for the time that the error tells, or an hour."""
    until = None
    if isinstance(error, QuotaSpent | Resting):
        until = error.until
    elif isinstance(error, TryLater):
        until = error.at
    async with db.transaction(task.pool) as connection:
        await held_back.put_off(
            connection,
            task.account_group_id,
            task.job_id,
            within=_TAKEN,
            seconds=None if until else _PUT_OFF,
            until=until,
        )
