"""The enrichment stage: looking up people of whom too little is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.jobs.run import held_back_store as held_back
from houselist.jobs.run import lookups_store as lookups
from houselist.jobs.run import waits
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.forecast import people_a_day
from houselist.jobs.run.looked_up import read, seconds_until_again
from houselist.jobs.run.looking_up import Lookup, ask, write
from houselist.jobs.run.tasks import LOOK_UP_SLICE, SliceOver, Stopped
from houselist.people import store as people
from houselist.postgres import db
from houselist.providers.base import NotAtProvider, UserError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from houselist.connections.accounts import Account
    from houselist.jobs.run.looked_up import Came
    from houselist.jobs.run.lookups_store import Unknown
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.providers.base import LookedUp

# People read at a time. More could be known of the last ones by the time they are looked up.
_READ_AT_ONCE = 50
# After so many profiles in part, one after the other, LinkedIn slows the account down.
MAX_HELD_BACK = 3
# After so many refusals, one after the other, it is not the people who are refused.
MAX_REFUSED = 10


class _Written(NamedTuple):
    """What came of a batch; `refused`: how many were refused in a row up to its end."""

    came: list[Came]
    refused: int


async def run(task: Task, claimed: Claimed, account: Account, whose: waits.Whose) -> str | None:
    """Looks up everybody of the job of whom too little is known.

    Returns why it stopped for good, if the provider refuses to look anybody up; whoever is left is
    not marked as looked up. Raises Stopped, SliceOver, Lost, Upstream, or what the provider failed
    with.
    """
    task.begin_slice(LOOK_UP_SLICE)
    await _forecast(task, claimed, account)
    size, row = account.provider.look_up_batch, claimed.enriched_row
    # After a pause one person tells whether another is needed.
    held = min(claimed.held_in_a_row, MAX_HELD_BACK - 1)
    while left := await _find(task, claimed, row, max(size, _READ_AT_ONCE)):
        while left:
            await _may_go_on(task, held, has_begun=row > claimed.enriched_row)
            try:
                found = await ask(account, left[:size], emails=claimed.search_emails)
            except (UserError, NotAtProvider) as error:
                return waits.stopped(error, whose)
            written = await _write(task, claimed, row, left, found)
            if written.refused >= MAX_REFUSED:
                return await _stop(task, whose, written)
            held = held_back_in_a_row(held, written.came)
            row = left[len(found) - 1].row
            left = left[len(found) :]
    return None


async def _may_go_on(task: Task, held: int, *, has_begun: bool) -> None:
    """Raises Stopped or SliceOver, or ManyHeldBack after that many profiles in part.

    However short its time is, each run of a job looks somebody up.
    """
    if task.stop.is_set():
        raise Stopped
    if held >= MAX_HELD_BACK:
        raise waits.ManyHeldBack(held)
    if has_begun and await task.is_slice_over():
        raise SliceOver


async def _forecast(task: Task, claimed: Claimed, account: Account) -> None:
    """Counts, once, whom there is to look up, and notes how many a day may be."""
    provider = account.provider
    limit = account.limits.get(provider.look_up_kind)
    a_day = people_a_day(limit, account.pace, provider.look_up_batch)
    is_counted = claimed.to_look_up is not None
    if is_counted and a_day == claimed.look_ups_a_day:
        return
    left = 0 if is_counted else await _count(task, claimed)
    async with db.transaction(task.pool) as connection:
        await lookups.note_forecast(
            connection, task.account_group_id, task.job_id, left=left, a_day=a_day
        )


async def _count(task: Task, claimed: Claimed) -> int:
    """How many people are left to look up, counted in steps that keep nobody waiting."""
    left, row, is_all = 0, claimed.enriched_row, False
    while not is_all:
        async with db.acquire(task.pool) as connection:
            found, row, is_all = await lookups.count(
                connection,
                task.account_group_id,
                task.job_id,
                after=row,
                search_emails=claimed.search_emails,
            )
        left += found
    return left


async def _find(task: Task, claimed: Claimed, row: int, limit: int) -> list[Unknown]:
    async with db.acquire(task.pool) as connection:
        return await lookups.find(
            connection,
            task.account_group_id,
            task.job_id,
            after=row,
            search_emails=claimed.search_emails,
            limit=limit,
        )


async def _write(
    task: Task,
    claimed: Claimed,
    after: int,
    wanted: Sequence[Unknown],
    found: Sequence[LookedUp],
) -> _Written:
    """Writes what came of the first people, all of it or nothing. Raises Lost."""
    group, job_id = task.account_group_id, task.job_id
    came, refused = [read(each) for each in found], 0
    async with db.transaction(task.pool) as connection:
        version = 0
        if any(each.person is not None for each in found):
            version = await people.lock_batches(connection, group)
        if not await lookups.begin(connection, group, job_id, after):
            raise Lost
        results = zip(wanted, found, came, strict=False)
        for number, (one, each, what) in enumerate(results, 1):
            lookup, emails = Lookup(group, job_id, version, number), claimed.search_emails
            id_ = await write(connection, lookup, one, each, came=what, emails=emails)
            if what.kind == "heldBack":
                seconds = seconds_until_again(1)
                await held_back.hold(
                    connection, group, job_id, row=one.row, prospect_id=id_, seconds=seconds
                )
            refused = await lookups.end(connection, group, job_id, row=one.row, came=what)
    return _Written(came, refused)


async def _stop(task: Task, whose: waits.Whose, written: _Written) -> str:
    """Why, after so many refusals; those people may be asked for by the next job."""
    async with db.transaction(task.pool) as connection:
        await lookups.forget_refusals(connection, task.account_group_id, task.job_id)
    return waits.refused_in_a_row(written.refused, written.came[-1].reason or "", whose)


def held_back_in_a_row(before: int, came: Iterable[Came]) -> int:
    """How many profiles in a row came in part; people who are not found tell nothing of it."""
    held = before
    for each in came:
        if each.kind == "heldBack" or (each.kind == "found" and each.reason):
            held += 1
        elif each.kind == "found":
            held = 0
    return held
