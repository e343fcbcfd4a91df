"""Writing what was decided of some rows: people, their memberships, and the history of both.

The rows are those of a job's source or of a request. The caller holds one transaction around all of
it, the batch lock of the account group, and the lock of the audience.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

from houselist.people import changes_store, copying, members_store, merged_members_store
from houselist.people import merges_store as merges
from houselist.people import store as people
from houselist.people.changes import columns_of
from houselist.people.members_store import Tally
from houselist.people.merges_store import Merge
from houselist.search.store import note_for_search

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.people.changes import ChangeColumns
    from houselist.people.matching import IdentityIndex, Matched
    from houselist.people.members_store import By, Members
    from houselist.postgres.db import Connection


class Decision(NamedTuple):
    """What was decided of some rows: about whom they are, for whose members, and by whom.

    It holds under the `version` of the account group's people, which the batch lock gives.
    """

    members: Members
    by: By
    version: int
    people: IdentityIndex
    matched: Matched


class Added(NamedTuple):
    """What is added, ready for PostgreSQL. `columns`: those of the people."""

    columns: list[str]
    people: list[bytes]
    members: bytes
    changes: ChangeColumns


async def encode(decision: Decision) -> Added:
    """Encodes what is added, bit by bit: everything else runs in between."""
    members, by, _, index, matched = decision
    created = copying.PeopleCopy(members.account_group_id, matched.created, members.moment, by)
    await asyncio.sleep(0)
    pieces: list[bytes] = []
    for piece in created.pieces():
        pieces.append(piece)
        await asyncio.sleep(0)
    joined = copying.members(
        members.account_group_id,
        members.list_id,
        by.id,
        matched.joined,
        first_position=members.next_number,
        moment=members.moment,
    )
    await asyncio.sleep(0)
    changes = columns_of(index.changes)
    await asyncio.sleep(0)
    return Added(created.columns, pieces, joined, changes)


async def write(connection: Connection, decision: Decision, added: Added) -> None:
    """Writes who is new, changed, gone and in the audience."""
    members, by, version, index, matched = decision
    group = members.account_group_id
    merged = [
        Merge(each.id, each.kept.id, None if by.job_id is None else row)
        for each, row in matched.merged
    ]
    if merged:
        await merges.remove_people(connection, group, by, merged)
    if matched.created:
        await people.add_people(connection, group, added.people, added.columns)
        await note_for_search(connection, group, (each.id for each in matched.created))
    if matched.joined:
        await people.add_members(connection, added.members)
        await members_store.note(connection, members, Tally(len(matched.joined)), by)
    await write_known(
        connection, group, by, version, index, changes=added.changes, moment=members.moment
    )
    if merged:
        await merged_members_store.join_memberships(connection, group, merged, by)
    if seen := {each.kept.id for each in index.seen}:
        await people.note_members(connection, group, by.id, members.list_id, seen)


async def write_known(
    connection: Connection,
    account_group_id: bytes,
    by: By,
    version: int,
    index: IdentityIndex,
    *,
    changes: ChangeColumns | None = None,
    moment: datetime | None = None,
    first_number: int = 1,
) -> None:
    """Writes what became of people who were known, and notes it in their history.

    `changes`: those of the index, where they are encoded already. `first_number`: that of the first
    change, where others were noted under this version before.
    """
    if changed := [each for each in index.changed if each.merged_into is None]:
        await people.change_people(connection, account_group_id, changed)
    gained = index.with_new_identities.values()
    if gained := [each for each in gained if each.merged_into is None]:
        await people.add_identities(connection, account_group_id, gained)
    await changes_store.add_changes(
        connection,
        account_group_id,
        by,
        version,
        columns_of(index.changes) if changes is None else changes,
        moment=moment,
        first_number=first_number,
    )
