"""The enrichment stage: looking up, one by one, people of whom too little is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.jobs.queries import COLUMNS, MAPPING
from houselist.jobs.run import lookups_store as lookups
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.provided import rows_of
from houselist.jobs.run.tasks import LOOK_UP_SLICE, SliceOver, Stopped
from houselist.linkedin import Profile
from houselist.people import store as people
from houselist.people.cells.candidates import Candidate, Reader
from houselist.people.matching import IdentityIndex
from houselist.postgres import db
from houselist.prospects import store as prospects

if TYPE_CHECKING:
    from houselist.connections.accounts import Account
    from houselist.jobs.run.lookups_store import Unknown
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.providers.base import ProviderPerson

# People read at a time. More could be known of the last ones by the time they are looked up.
_READ_AT_ONCE = 50
_READER = Reader(COLUMNS, MAPPING, as_is=True)


async def run(task: Task, claimed: Claimed, account: Account) -> None:
    """Looks up everybody of the job of whom too little is known.

    Raises Stopped, TurnOver, Lost, Upstream, or what the provider failed with.
    """
    task.begin_slice(LOOK_UP_SLICE)
    row = claimed.enriched_row
    while True:
        async with db.acquire(task.pool) as connection:
            found = await lookups.find(
                connection,
                task.account_group_id,
                task.job_id,
                after=row,
                search_emails=claimed.search_emails,
                most=_READ_AT_ONCE,
            )
        if not found:
            return
        for unknown in found:
            if task.stop.is_set():
                raise Stopped
            if await task.is_slice_over():
                raise SliceOver
            await _look_up(task, claimed, account, row, unknown)
            row = unknown.row


async def _look_up(
    task: Task, claimed: Claimed, account: Account, after: int, unknown: Unknown
) -> None:
    """Looks up one person and writes what was found, or why nothing was."""
    (found,) = await account.look_up([_who(unknown)], emails=claimed.search_emails)
    person = found.person
    group = task.account_group_id
    async with db.transaction(task.pool) as connection:
        if person is not None:
            await people.lock_batches(connection, group)
        if not await lookups.begin(connection, group, task.job_id, after):
            raise Lost
        # The person may have been merged into another in the meantime.
        kept = await prospects.find_kept(connection, group, unknown.prospect_id)
        id_ = kept or unknown.prospect_id
        if person is not None:
            await _fill(connection, task, claimed.audience_id, id_, person)
        await people.note_look_up(connection, group, id_, emails=claimed.search_emails)
        await lookups.end(connection, group, task.job_id, row=unknown.row, reason=found.reason)


def _who(unknown: Unknown) -> Profile:
    """How the person is looked up: by the internal id, which never changes, else by the slug."""
    if unknown.linkedin_id is not None:
        kind, _, value = unknown.linkedin_id.partition(":")
        if kind in ("id", "sales", "rec"):
            return Profile(kind, value)
    return Profile("in", unknown.slug or "")


async def _fill(
    connection: db.Connection,
    task: Task,
    audience_id: bytes,
    prospect_id: bytes,
    person: ProviderPerson,
) -> None:
    """Fills the person's empty fields, but with no identity that somebody else has."""
    found = _READER.read(rows_of([person])[0])
    if not isinstance(found, Candidate):
        return
    known = await people.get_known(
        connection,
        task.account_group_id,
        task.job_id,
        audience_id,
        [found.values],
        also=prospect_id,
    )
    index = IdentityIndex(known)
    # Also when the provider sends another slug for the person: then ours is a former one.
    for whose in known:
        if whose.id == prospect_id:
            index.merge(whose, found)
    await people.change_people(connection, task.account_group_id, index.changed)
    await people.add_identities(
        connection, task.account_group_id, index.with_new_identities.values()
    )
