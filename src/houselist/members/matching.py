"""Removing, moving and copying all who fit filters, some with each request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences import store as audiences
from houselist.errors import Impossible, Problem
from houselist.members import store
from houselist.members.shapes import MatchingCopied, MatchingMoved, MatchingRemoved
from houselist.people import store as batches
from houselist.prospects.chosen import choose

if TYPE_CHECKING:
    from houselist.members.shapes import Matching, MatchingTo
    from houselist.people.members_store import By
    from houselist.postgres.db import Connection
    from houselist.prospects.chosen import Chosen

ITSELF = "is the audience that they are already in"


async def remove(
    connection: Connection, account_group_id: bytes, audience_id: bytes, asked: Matching, by: By
) -> MatchingRemoved:
    """Takes the next people out who fit. Raises NotFound, AudienceNotReady or Invalid."""
    (members,) = await store.lock_ready(connection, account_group_id, audience_id)
    chosen = await _choose(connection, account_group_id, audience_id, asked)
    positions = [key.position for key in chosen.keys]
    await store.remove(connection, members, positions, by)
    return MatchingRemoved(len(chosen.keys), chosen.next_cursor, chosen.next_cursor is not None)


async def move(
    connection: Connection, account_group_id: bytes, audience_id: bytes, asked: MatchingTo, by: By
) -> MatchingMoved:
    """Moves the next people who fit. Raises the same, and Impossible."""
    target_id = asked.target_audience_id
    source, target = await store.lock_ready(connection, account_group_id, audience_id, target_id)
    check_apart(audience_id, target_id)
    chosen = await _choose(connection, account_group_id, audience_id, asked)
    leaving = {key.prospect_id: key.position for key in chosen.keys}
    await store.move(connection, source, target, leaving, by)
    return MatchingMoved(
        await audiences.get_ready(connection, account_group_id, audience_id),
        await audiences.get_ready(connection, account_group_id, target_id),
        len(leaving),
        chosen.next_cursor,
        chosen.next_cursor is not None,
    )


async def copy(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes | None,
    asked: MatchingTo,
    by: By,
) -> MatchingCopied:
    """Adds the next people who fit, of an audience or of everybody, to another audience.

    Raises the same.
    """
    target_id = asked.target_audience_id
    # Nobody is merged into somebody else meanwhile.
    await batches.lock_batches(connection, account_group_id)
    sources = () if audience_id is None else (audience_id,)
    target, *_ = await store.lock_ready(connection, account_group_id, target_id, *sources)
    check_apart(audience_id, target_id)
    chosen = await _choose(connection, account_group_id, audience_id, asked)
    ids = [key.prospect_id for key in chosen.keys]
    there = await store.get_positions(connection, target, ids)
    joining = [each for each in ids if each not in there]
    await store.add(connection, target, joining, by)
    await store.note_met(connection, target, there, by)
    more = chosen.next_cursor
    return MatchingCopied(len(joining), len(there), more, more is not None)


def check_apart(source_id: bytes | None, target_id: bytes) -> None:
    """Raises Impossible where people would go where they are."""
    if source_id == target_id:
        raise Impossible(Problem("targetAudienceId", ITSELF))


async def _choose(
    connection: Connection, account_group_id: bytes, audience_id: bytes | None, asked: Matching
) -> Chosen:
    return await choose(
        connection, account_group_id, audience_id, asked.filters, asked.cursor, limit=asked.limit
    )
