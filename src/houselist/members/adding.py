"""Adding people to an audience by request: by their ids, or as rows of a file would be."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING

from houselist.ids import new_id
from houselist.members import inline, store
from houselist.members.shapes import InvalidMember, MembersAdded
from houselist.people import copying
from houselist.people import merges_store as merges
from houselist.people import store as batches
from houselist.people.cells.candidates import Candidate, InvalidRow
from houselist.people.ladder import identities_of
from houselist.people.matching import IdentityIndex, Matched
from houselist.people.merges_store import Merge
from houselist.search.store import note_for_search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.members.shapes import NewProspect
    from houselist.people.members_store import By, Members
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
        kept = found.kept.get(prospect_id)
        if kept is None:
            invalid.append(InvalidMember(index, _UNKNOWN))
        elif kept not in found.members:
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
    await batches.lock_batches(connection, account_group_id)
    (members,) = await store.lock_ready(connection, account_group_id, audience_id)
    reach = identities_of(row.values for row in rows if isinstance(row, Candidate))
    # Nobody was seen by this call before, so whoever is a member is one of old.
    known = await batches.get_known(connection, account_group_id, new_id(), members.list_id, reach)
    index = IdentityIndex(known)
    matched = Matched([], [], [], [])
    for first in range(0, len(rows), _AT_ONCE):
        some = index.match(rows[first : first + _AT_ONCE])
        matched.created.extend(some.created)
        matched.joined.extend(some.joined)
        matched.verdicts.extend(some.verdicts)
        matched.merged.extend((gone, first + row) for gone, row in some.merged)
        await asyncio.sleep(0)
    await _write(connection, members, index, matched, by)
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


async def _write(
    connection: Connection, members: Members, index: IdentityIndex, matched: Matched, by: By
) -> None:
    group, moment = members.account_group_id, members.moment
    merged = [Merge(each.id, each.kept.id, None) for each, _ in matched.merged]
    if merged:
        await merges.remove_people(connection, group, by, merged)
    created = [each for each in matched.created if each.merged_into is None]
    if created:
        copy = copying.PeopleCopy(group, created, moment)
        await batches.add_people(connection, copy.pieces(), copy.columns)
        await note_for_search(connection, group, (each.id for each in created))
    await store.add(connection, members, [each.id for each in matched.joined], by)
    new = {each.id for each in created}
    if changed := [p for p in index.changed if p.merged_into is None and p.id not in new]:
        await batches.change_people(connection, group, changed)
    gained = index.with_new_identities.values()
    if gained := [each for each in gained if each.merged_into is None]:
        await batches.add_identities(connection, group, gained)
    if merged:
        await merges.join_memberships(connection, group, merged, by)
    await store.note_met(connection, members, {each.kept.id for each in index.seen}, by)
