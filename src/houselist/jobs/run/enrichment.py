"""The enrichment stage: asking the provider, one by one, for people not known well yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.jobs.queries import COLUMNS, MAPPING
from houselist.jobs.run import lookups_store as lookups
from houselist.jobs.run.batches import Lost
from houselist.jobs.run.provided import rows_of
from houselist.jobs.run.tasks import LOOK_UP_TURN, Stopped, TurnOver
from houselist.linkedin import Profile
from houselist.people import store as people
from houselist.people.cells.candidates import Candidate, Reader
from houselist.people.matching import IdentityIndex
from houselist.postgres import db
from houselist.prospects import store as prospects
from houselist.providers.base import NotFound, UserError

if TYPE_CHECKING:
    from houselist.connections.accounts import Account
    from houselist.jobs.run.lookups_store import Unknown
    from houselist.jobs.run.store import Claimed
    from houselist.jobs.run.tasks import Task
    from houselist.providers.base import Person

# Read at a time; only the first few may be known better by the time their turn comes.
_READ_AT_ONCE = 50
_READER = Reader(COLUMNS, MAPPING, as_is=True)


async def run(task: Task, claimed: Claimed, account: Account) -> None:
    """Looks up everybody of the job who is worth it.

    Raises Stopped, TurnOver, Lost, Upstream, or what the provider failed with.
    """
    task.begin_turn(LOOK_UP_TURN)
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
            if await task.is_turn_over():
                raise TurnOver
            await _look_up(task, claimed, account, row, unknown)
            row = unknown.row


async def _look_up(
    task: Task, claimed: Claimed, account: Account, after: int, unknown: Unknown
) -> None:
    """Asks for one person and writes what was found, or why nothing was."""
    person, reason = None, None
    try:
        person = await account.look_up(_who(unknown), emails=claimed.search_emails)
    except NotFound:
        reason = "the provider does not find this person"
    except UserError as error:
        reason = f"could not be looked up: {error}"
    group = task.account_group_id
    async with db.transaction(task.pool) as connection:
        if person is not None:
            await people.lock_batches(connection, group)
        if not await lookups.begin(connection, group, task.job_id, after):
            raise Lost
        # Meanwhile the person may have been found to be somebody else.
        kept = await prospects.find_kept(connection, group, unknown.prospect_id)
        id_ = kept or unknown.prospect_id
        if person is not None:
            await _fill(connection, task, claimed.audience_id, id_, person)
        await people.note_look_up(connection, group, id_, emails=claimed.search_emails)
        await lookups.end(connection, group, task.job_id, row=unknown.row, reason=reason)


def _who(unknown: Unknown) -> Profile:
    """How the person is asked for: by the internal id, which never changes, else by the slug."""
    if unknown.linkedin_id is not None:
        kind, _, value = unknown.linkedin_id.partition(":")
        if kind in ("id", "sales", "rec"):
            return Profile(kind, value)
    return Profile("in", unknown.slug or "")


async def _fill(
    connection: db.Connection, task: Task, audience_id: bytes, prospect_id: bytes, person: Person
) -> None:
    """Fills what is null of the person, never an identity that somebody else has."""
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
    # Also if the provider gives another slug for the person: then ours is one from before.
    for whose in known:
        if whose.id == prospect_id:
            index.merge(whose, found)
    await people.change_people(connection, task.account_group_id, index.changed)
    await people.add_identities(
        connection, task.account_group_id, index.with_new_identities.values()
    )
