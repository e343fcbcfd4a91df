"""Asking a provider for people, and writing what came of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.jobs.queries import COLUMNS, MAPPING
from houselist.jobs.run.provided import rows_of
from houselist.linkedin import Profile
from houselist.people import store as people
from houselist.people.cells.candidates import Candidate, Reader
from houselist.people.ladder import identities_of
from houselist.people.matching import IdentityIndex
from houselist.people.members_store import By
from houselist.people.writing import write_known
from houselist.prospects import store as prospects
from houselist.providers.base import Broken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.connections.accounts import Account
    from houselist.jobs.run.held_back_store import Due
    from houselist.jobs.run.looked_up import Came
    from houselist.jobs.run.lookups_store import Unknown
    from houselist.postgres.db import Connection
    from houselist.providers.base import LookedUp, ProfileKind, ProviderPerson

_READER = Reader(COLUMNS, MAPPING, as_is=True)


async def ask(account: Account, wanted: Sequence[Unknown | Due], *, emails: bool) -> list[LookedUp]:
    """What came of the first of them, of as many as the rest of the day's budget allows.

    Raises the port's errors, or Upstream.
    """
    who = [_who(each, account.provider.finds_by) for each in wanted]
    found = await account.look_up(who, emails=emails)
    if not 0 < len(found) <= len(wanted):
        raise Broken("The provider did not tell what came of whom.", again=False)
    return found


def _who(wanted: Unknown | Due, finds_by: frozenset[ProfileKind]) -> Profile:
    """How the person is looked up: by the internal id, which never changes, else by the slug.

    Who has no slug is asked for by an id even if the provider finds nobody by it: it says why.
    """
    if wanted.linkedin_id is not None:
        kind, _, value = wanted.linkedin_id.partition(":")
        if kind in ("id", "sales", "rec") and (kind in finds_by or not wanted.slug):
            return Profile(kind, value)
    return Profile("in", wanted.slug or "")


class Lookup(NamedTuple):
    """Which look-up it is: by whom, and the `number`th under a version of the group's people."""

    account_group_id: bytes
    job_id: bytes
    version: int
    number: int


async def write(
    connection: Connection,
    lookup: Lookup,
    wanted: Unknown | Due,
    found: LookedUp,
    *,
    came: Came,
    emails: bool,
) -> bytes:
    """Writes what came of a person, who counts as looked up unless parts are to come yet.

    The caller holds the batch lock. Returns who it is by now.
    """
    group = lookup.account_group_id
    # The person may have been merged into another in the meantime.
    kept = await prospects.find_kept(connection, group, wanted.prospect_id)
    id_ = kept or wanted.prospect_id
    if found.person is not None:
        await _fill(connection, lookup, wanted.row, id_, found.person)
    if came.kind != "heldBack":
        await people.note_look_up(connection, group, id_, emails=emails)
    return id_


async def _fill(
    connection: Connection,
    lookup: Lookup,
    row: int,
    prospect_id: bytes,
    person: ProviderPerson,
) -> None:
    """Fills the person's empty fields, but with no identity that somebody else has."""
    group, job_id, version, number = lookup
    found = _READER.read(rows_of([person])[0])
    if not isinstance(found, Candidate):
        return
    reach = identities_of([found.values])
    # Which audience holds the person makes no difference.
    known = await people.get_known(connection, group, job_id, None, reach, also=prospect_id)
    index = IdentityIndex(known)
    # Also when the provider sends another slug for the person: then ours is a former one.
    for whose in known:
        if whose.id == prospect_id:
            index.merge(whose, found, row)
    await write_known(connection, group, By(job_id), version, index, first_number=number)
