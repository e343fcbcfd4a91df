"""All SQL that gives the memberships of people who are gone to those who are kept.

The caller holds the account group's batch lock, and has removed the people (merges_store.py).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.people.members_store import Members

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from houselist.people.members_store import By
    from houselist.people.merges_store import Merge
    from houselist.postgres.db import Connection


async def join_memberships(
    connection: Connection, account_group_id: bytes, merges: Sequence[Merge], by: By
) -> None:
    """Gives the memberships of people who are gone to those who are kept: one in each audience.

    It has the earliest position of them, so a client that pages sees the person once. Whoever is
    gone leaves the audience with the number of a change, and who is kept joins it with one, if the
    audience did not hold that person. Audiences are locked in the order of their ids, also those
    that other running jobs fill. However many there are, the statements are the same few.
    """
    audiences = await _lock_audiences(connection, account_group_id, [each.gone for each in merges])
    if not audiences:
        return
    ended = await _end(connection, account_group_id, audiences, merges)
    joining = [
        _Joining.of(audience, ended[list_id], merges) for list_id, audience in audiences.items()
    ]
    await _note_left(connection, account_group_id, joining, by)
    await _keep(connection, account_group_id, joining)
    await _note(connection, account_group_id, joining, by)


class _Membership(NamedTuple):
    """A membership that was. `number`: that of the join; `seen_at`: when it was seen last."""

    position: int
    number: int
    prospect_id: bytes
    added_at: datetime
    seen_at: datetime
    seen_by: bytes


class _Held(NamedTuple):
    """The membership of a person that the memberships of several become, in one audience.

    `number`: that of the join; None if the audience did not hold the person before.
    """

    kept: bytes
    position: int
    number: int | None
    added_at: datetime
    seen_at: datetime
    seen_by: bytes


class _Joining(NamedTuple):
    """What becomes of the memberships in an audience, in the order of their positions.

    `left`: those of people who are gone. Nobody joins before they have left, so here the numbers of
    joins come last.
    """

    members: Members
    left: list[_Membership]
    held: list[_Held]

    @classmethod
    def of(
        cls, members: Members, ended: Sequence[_Membership], merges: Sequence[Merge]
    ) -> _Joining:
        kept_of = {each.gone: each.kept for each in merges}
        ended = sorted(ended)
        whose: dict[bytes, list[_Membership]] = {}
        for each in ended:
            whose.setdefault(kept_of.get(each.prospect_id, each.prospect_id), []).append(each)
        held = [_one_of(kept, several) for kept, several in whose.items()]
        return cls(members, [each for each in ended if each.prospect_id in kept_of], held)

    @property
    def joined(self) -> list[_Held]:
        return [each for each in self.held if each.number is None]

    @property
    def first_joined(self) -> int:
        return self.members.next_number + len(self.left)


def _one_of(kept: bytes, several: Sequence[_Membership]) -> _Held:
    """One membership of several of the same person, in the order of their positions."""
    last_seen = max(several, key=lambda each: (each.seen_at, each.seen_by))
    own = next((each.number for each in several if each.prospect_id == kept), None)
    return _Held(
        kept,
        several[0].position,
        own,
        min(each.added_at for each in several),
        last_seen.seen_at,
        last_seen.seen_by,
    )


async def _end(
    connection: Connection,
    account_group_id: bytes,
    audiences: Mapping[bytes, Members],
    merges: Sequence[Merge],
) -> dict[bytes, list[_Membership]]:
    """Ends the memberships of all these people in locked audiences, by list."""
    # IS TRUE keeps the lists out of the search, which is by people: some lists are long.
    rows = await connection.fetch(
        """
        DELETE FROM memberships
        WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[])
          AND (audience_id = ANY($3::bytea[])) IS TRUE
        RETURNING audience_id, position, coalesce(joined_number, position), prospect_id, added_at,
                  coalesce(last_seen_at, added_at), seen_by_job_id
        """,
        account_group_id,
        list({id_ for each in merges for id_ in (each.gone, each.kept)}),
        list(audiences),
    )
    ended: dict[bytes, list[_Membership]] = {list_id: [] for list_id in audiences}
    for list_id, *membership in rows:
        ended[list_id].append(_Membership(*membership))
    return ended


async def _note_left(
    connection: Connection, account_group_id: bytes, joining: Sequence[_Joining], by: By
) -> None:
    """Notes that people who are gone have left, in the order of their positions."""
    left = [
        (
            each.members.list_id,
            was.position,
            was.number,
            was.prospect_id,
            was.added_at,
            number,
            each.members.moment,
        )
        for each in joining
        for number, was in enumerate(each.left, each.members.next_number)
    ]
    await connection.execute(
        """
        INSERT INTO left_members (account_group_id, audience_id, position, joined_number,
            prospect_id, added_at, left_number, left_at, job_id, key_id, was_merged)
        SELECT $1, one.*, $9::bytea, $10::bytea, true
        FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bytea[], $6::timestamptz[],
                    $7::bigint[], $8::timestamptz[]) AS one
        """,
        account_group_id,
        *_columns(left, 7),
        by.job_id,
        by.key_id,
    )


async def _keep(
    connection: Connection, account_group_id: bytes, joining: Sequence[_Joining]
) -> None:
    """Gives who is kept the earliest position, with the number of the join."""
    kept: list[tuple[object, ...]] = []
    for each in joining:
        numbers = {held.kept: number for number, held in enumerate(each.joined, each.first_joined)}
        kept += [
            (
                each.members.list_id,
                held.position,
                held.kept,
                held.seen_by,
                held.added_at,
                held.seen_at,
                held.number or numbers[held.kept],
            )
            for held in each.held
        ]
    await connection.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
            seen_by_job_id, added_at, last_seen_at, joined_number)
        SELECT $1, list_id, position, kept, seen_by, added_at, nullif(seen_at, added_at),
               nullif(number, position)
        FROM unnest($2::bytea[], $3::bigint[], $4::bytea[], $5::bytea[], $6::timestamptz[],
                    $7::timestamptz[], $8::bigint[])
            AS one (list_id, position, kept, seen_by, added_at, seen_at, number)
        """,
        account_group_id,
        *_columns(kept, 7),
    )


async def _note(
    connection: Connection, account_group_id: bytes, joining: Sequence[_Joining], by: By
) -> None:
    """Counts who joined and left, as members_store.note does for one audience."""
    counted = [
        (
            each.members.audience_id,
            len(each.joined),
            len(each.left),
            each.first_joined,
            each.members.moment,
        )
        for each in joining
        if each.left
    ]
    await connection.execute(
        """
        WITH one AS (
            SELECT * FROM unnest($2::bytea[], $3::bigint[], $4::bigint[], $5::bigint[],
                                 $6::timestamptz[])
                AS one (audience_id, joined, departed, first_joined, at)
        ), audience AS (
            UPDATE audiences a SET prospect_count = a.prospect_count + one.joined - one.departed,
                next_position = a.next_position + one.joined + one.departed, changed_at = one.at
            FROM one WHERE a.account_group_id = $1 AND a.id = one.audience_id
        ), span AS (
            INSERT INTO membership_spans
                (account_group_id, audience_id, first_number, last_number, at, job_id, key_id)
            SELECT $1, audience_id, first_joined, first_joined + joined - 1, at, $7::bytea,
                   $8::bytea
            FROM one WHERE joined > 0
        )
        INSERT INTO audience_days AS known (account_group_id, audience_id, day, joined, departed)
        SELECT $1, audience_id, (at AT TIME ZONE 'UTC')::date, joined, departed FROM one
        ON CONFLICT (account_group_id, audience_id, day) DO UPDATE
        SET joined = known.joined + excluded.joined, departed = known.departed + excluded.departed
        """,
        account_group_id,
        *_columns(counted, 5),
        by.job_id,
        by.key_id,
    )


def _columns(rows: Sequence[tuple[object, ...]], width: int) -> list[list[object]]:
    return [[row[column] for row in rows] for column in range(width)]


async def _lock_audiences(
    connection: Connection, account_group_id: bytes, prospect_ids: Sequence[bytes]
) -> dict[bytes, Members]:
    """Locks every audience that has one of these people, so that nobody moves to another one.

    By the id of its list. It looks again, because somebody may have been moved while it waited.
    Then it may lock a lower id, so two transactions may wait for each other: PostgreSQL ends one of
    them, which is run again. Former lists are left out, and deleted audiences, because they are
    shown nowhere and will be purged.
    """
    locked: dict[bytes, Members] = {}
    seen: set[bytes] = set()
    while True:
        rows = await connection.fetch(
            """
            SELECT DISTINCT audience_id FROM memberships
            WHERE account_group_id = $1 AND prospect_id = ANY($2::bytea[])
            """,
            account_group_id,
            prospect_ids,
        )
        found = {row["audience_id"] for row in rows} - seen
        if not found:
            return locked
        seen |= found
        audiences = await connection.fetch(
            """
            SELECT id, coalesce(list_id, id), next_position,
                   greatest(date_trunc('milliseconds', clock_timestamp()), changed_at)
            FROM audiences
            WHERE account_group_id = $1 AND deleted_at IS NULL
              AND coalesce(list_id, id) = ANY($2::bytea[])
            ORDER BY id FOR NO KEY UPDATE
            """,
            account_group_id,
            list(found),
        )
        for audience_id, list_id, *rest in audiences:
            locked[list_id] = Members(account_group_id, audience_id, list_id, *rest)
