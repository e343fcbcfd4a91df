"""Adding people to an audience by request: by their ids, or as rows of a file would be."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from houselist.ids import new_id
from houselist.members import inline, store
from houselist.members.shapes import InvalidMember, MembersAdded
from houselist.people import store as batches
from houselist.people import writing
from houselist.people.cells.candidates import Candidate, InvalidRow
from houselist.people.ladder import identities_of
from houselist.people.matching import IdentityIndex, Matched
from houselist.people.writing import Decision

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.members.shapes import NewProspect
    from houselist.people.members_store import By
    from houselist.people.person import Person
    from houselist.postgres.db import Connection

_UNKNOWN = "is no prospect of the account group"
# People that are read or matched at a stretch; everything else runs in between.
_AT_ONCE = 250


async def add_known(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    prospect_ids: Sequence[bytes],
    by: By,
) -> MembersAdded:
    """Adds prospects by their ids. Raises NotFound or AudienceNotReady."""
    # Nobody is merged into somebody else meanwhile.
    await batches.lock_batches(connection, account_group_id)
    (members,) = await store.lock_ready(connection, account_group_id, audience_id)
    found = await store.find(connection, members, set(prospect_ids))
    joining: dict[bytes, None] = {}
    invalid: list[InvalidMember] = []
    for index, prospect_id in enumerate(prospect_ids):
        if prospect_id in found.unknown:
            invalid.append(InvalidMember(index, _UNKNOWN))
        elif (kept := found.kept.get(prospect_id, prospect_id)) not in found.members:
            joining[kept] = None
    await store.add(connection, members, list(joining), by)
    await store.note_met(connection, members, found.members, by)
    met = len(prospect_ids) - len(joining) - len(invalid)
    return MembersAdded(len(joining), met, invalid)


async def add_people(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    given: Sequence[NewProspect],
    by: By,
) -> MembersAdded:
    """Adds people who may be new. Raises NotFound or AudienceNotReady."""
    rows = await _read(given)
    version = await batches.lock_batches(connection, account_group_id)
    (members,) = await store.lock_ready(connection, account_group_id, audience_id)
    reach = identities_of(row.values for row in rows if isinstance(row, Candidate))
    # Nobody was seen by this call before, so whoever is a member is one of old.
    known = await batches.get_known(connection, account_group_id, new_id(), members.list_id, reach)
    index = IdentityIndex(known)
    matched = await _match(index, rows)
    decision = Decision(members, by, version, index, matched)
    await writing.write(connection, decision, await writing.encode(decision))
    counts = Counter(verdict.outcome for verdict in matched.verdicts)
    return MembersAdded(
        counts["added"],
        counts["alreadyMember"] + counts["duplicate"],
        [
            InvalidMember(at, verdict.reason or "")
            for at, verdict in enumerate(matched.verdicts)
            if verdict.outcome == "invalid"
        ],
    )


async def _read(given: Sequence[NewProspect]) -> list[Candidate | InvalidRow]:
    rows: list[Candidate | InvalidRow] = []
    for first in range(0, len(given), _AT_ONCE):
        rows += map(inline.read, given[first : first + _AT_ONCE])
        await asyncio.sleep(0)
    return rows


async def _match(index: IdentityIndex, rows: Sequence[Candidate | InvalidRow]) -> Matched:
    """Matches all rows, some at a time."""
    created: list[Person] = []
    matched = Matched(created, [], [], [])
    for first in range(0, len(rows), _AT_ONCE):
        some = index.match(rows[first : first + _AT_ONCE])
        created += some.created
        matched.joined.extend(some.joined)
        matched.verdicts.extend(some.verdicts)
        matched.merged.extend(some.merged)
        await asyncio.sleep(0)
    # A later row may have shown that somebody who is new is somebody else: nobody to write.
    for person in created:
        person.stored = person.merged_into is None
    created[:] = [person for person in created if person.stored]
    return matched
