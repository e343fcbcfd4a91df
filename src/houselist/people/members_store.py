"""All SQL that changes who is in an audience, and notes what changed.

Each change of an audience has a number, and `next_position` gives the numbers out under the lock of
the audience's row: so they are in the order in which changes are committed. A join's number is the
position of the membership. The caller holds one transaction around all of it.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from houselist.postgres.db import rows_of

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import asyncpg

    from houselist.postgres.db import Connection

# An array of none, as PostgreSQL writes it.
_NONE = "{}"


class By(NamedTuple):
    """Who changes something: a job, or the key of a request. Neither: nobody noted it."""

    job_id: bytes | None = None
    key_id: bytes | None = None

    @property
    def id(self) -> bytes:
        """The id of the job, or of the key. Raises ValueError where nobody is known."""
        found = self.job_id or self.key_id
        if found is None:
            raise ValueError("neither a job nor a key")
        return found


class Members(NamedTuple):
    """The members of an audience that is locked for a change.

    `next_number` is for the first change, `moment` the time of all of them: never before the time
    of an earlier one.
    """

    account_group_id: bytes
    audience_id: bytes
    list_id: bytes
    next_number: int
    moment: datetime


class Tally(NamedTuple):
    """How many joined and left in a change, which takes a number for each of them."""

    joined: int = 0
    left: int = 0


# The time passes while a transaction waits for the lock, so it is not that of its beginning.
_LOCK = """
    SELECT coalesce(list_id, id), next_position,
           greatest(date_trunc('milliseconds', clock_timestamp()), changed_at)
    FROM audiences WHERE account_group_id = $1 AND id = $2
    FOR NO KEY UPDATE
"""


class Located(NamedTuple):
    """Where the rows of some members are: their `number`, and `rows` as PostgreSQL writes them.

    It holds in the transaction that asked: nobody else moves them then, as all who change the
    members of an audience lock it.
    """

    number: int
    rows: str


def _find(columns: str) -> str:
    # PostgreSQL may not know yet how many members there are (docs/decisions/0032). The comparison
    # of both columns and the order leave it the index by people alone: another has all members of
    # the audience, and it would compare each of them with each of these. Both are found in that
    # index, so nothing is read of who is not a member.
    return f"""
        SELECT {columns} FROM memberships
        WHERE account_group_id = $1
          AND (prospect_id, audience_id) >= (one.prospect_id, $2)
          AND (prospect_id, audience_id) <= (one.prospect_id, $2)
        ORDER BY prospect_id, audience_id LIMIT 1
    """


_GET_JOINED: Final = f"""
    SELECT m.* FROM unnest($3::bytea[]) AS one (prospect_id)
    CROSS JOIN LATERAL ({_find("prospect_id, position, added_at")}) AS m
"""
# One row, not one for each member: the places are not looked at here.
_LOCATE: Final = f"""
    SELECT count(m.ctid), array_agg(m.ctid) FILTER (WHERE m.ctid IS NOT NULL)::text,
           array_agg(one.prospect_id) FILTER (WHERE m.ctid IS NULL)
    FROM unnest($3::bytea[]) AS one (prospect_id)
    LEFT JOIN LATERAL ({_find("ctid")}) AS m ON true
"""
_FIND_UNKNOWN: Final = """
    SELECT one.id FROM unnest($2::bytea[]) AS one (id)
    LEFT JOIN LATERAL (
        SELECT id FROM prospects
        WHERE account_group_id = $1 AND id >= one.id AND id <= one.id ORDER BY id LIMIT 1
    ) AS p ON true
    WHERE p.id IS NULL
"""
# All members of an audience that has few, by the index that has them side by side, as above; each
# is looked for among the ids, which PostgreSQL makes a hash table of.
_FIND_AMONG_FEW: Final = """
    SELECT prospect_id FROM memberships
    WHERE account_group_id = $1 AND audience_id = $2
      AND (prospect_id IN (SELECT unnest($3::bytea[]))) IS TRUE
    ORDER BY position
"""
# So many members are gone through in the time in which one of them is looked up.
_PASSED_PER_LOOK_UP: Final = 5
# Any way to join members with positions looks equally cheap, as above, and so does any index. So
# each is looked up by the index that has the order of positions, and deleted by where its row is.
_LOCATE_POSITIONS: Final = """
    SELECT count(m.ctid), array_agg(m.ctid)::text FROM unnest($3::bigint[]) AS one (position)
    CROSS JOIN LATERAL (
        SELECT ctid FROM memberships
        WHERE account_group_id = $1 AND audience_id = $2
          AND position >= one.position AND position <= one.position ORDER BY position LIMIT 1
    ) AS m
"""
# Those who joined one after the other lie side by side in that index.
_LOCATE_RANGE: Final = """
    SELECT count(*), array_agg(ctid)::text FROM (
        SELECT ctid FROM memberships
        WHERE account_group_id = $1 AND audience_id = $2 AND position >= $3 AND position <= $4
        ORDER BY position
    ) AS members
"""
# Without these there is one way to find a row by its place.
_ONLY_PLACES: Final = "SET LOCAL enable_indexscan TO off; SET LOCAL enable_bitmapscan TO off"
_ALL_WAYS = "SET LOCAL enable_indexscan TO on; SET LOCAL enable_bitmapscan TO on"
_DELETE_ROWS: Final = """
    WITH gone AS (
        DELETE FROM memberships
        WHERE account_group_id = $1 AND audience_id = $2 AND ctid = ANY($3::text::tid[])
        RETURNING position, joined_number, prospect_id, added_at
    )
    INSERT INTO left_members (account_group_id, audience_id, position, joined_number,
        prospect_id, added_at, left_number, left_at, job_id, key_id, was_merged)
    SELECT $1, $2, position, coalesce(joined_number, position), prospect_id, added_at,
           $4::bigint + row_number() OVER (ORDER BY position) - 1, $5::timestamptz,
           $6::bytea, $7::bytea, false
    FROM gone
"""


async def lock(connection: Connection, account_group_id: bytes, audience_id: bytes) -> Members:
    """Locks an audience that exists until the transaction ends, to change its members.

    Raises KeyError where it does not exist.
    """
    row = await connection.fetchrow(_LOCK, account_group_id, audience_id)
    if row is None:
        raise KeyError(audience_id.hex())
    return Members(account_group_id, audience_id, *row)


async def get_list(connection: Connection, account_group_id: bytes, audience_id: bytes) -> bytes:
    """The id of the audience's present list of members. Raises KeyError."""
    found = await connection.fetchval(
        "SELECT coalesce(list_id, id) FROM audiences WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        audience_id,
    )
    if found is None:
        raise KeyError(audience_id.hex())
    return found


async def get_positions(
    connection: Connection, account_group_id: bytes, list_id: bytes, ids: Collection[bytes]
) -> dict[bytes, int]:
    """Which of these people are in a list of members, and at which positions."""
    rows = await connection.fetch(_GET_JOINED, account_group_id, list_id, sorted(ids))
    return {row[0]: row[1] for row in rows}


async def get_joined(
    connection: Connection, account_group_id: bytes, list_id: bytes, ids: Collection[bytes]
) -> list[tuple[bytes, datetime]]:
    """Those of these people who are in a list, and since when, in the order of joining."""
    rows = await connection.fetch(_GET_JOINED, account_group_id, list_id, sorted(ids))
    return [(row[0], row[2]) for row in sorted(rows, key=itemgetter(1))]


async def locate(
    connection: Connection, members: Members, ids: Collection[bytes]
) -> tuple[Located, list[bytes]]:
    """Which of these people are members: where their rows are, and who else there is."""
    count, rows, others = await _fetch_one(connection, _LOCATE, members, sorted(ids))
    return Located(count, rows or _NONE), others or []


async def locate_positions(
    connection: Connection, members: Members, positions: Collection[int]
) -> Located:
    """Where the rows of the members at these positions are. Raises RuntimeError for nobody.

    `positions`: at least one, none twice.
    """
    ordered = sorted(positions)
    first, last = ordered[0], ordered[-1]
    if last - first < len(ordered):
        count, rows = await _fetch_one(connection, _LOCATE_RANGE, members, first, last)
    else:
        count, rows = await _fetch_one(connection, _LOCATE_POSITIONS, members, ordered)
    _check_all(count, len(ordered))
    return Located(count, rows)


async def find_unknown(
    connection: Connection, account_group_id: bytes, ids: Collection[bytes]
) -> list[bytes]:
    """Which of these ids are no prospects."""
    rows = await connection.fetch(_FIND_UNKNOWN, account_group_id, sorted(ids))
    return [row[0] for row in rows]


async def find_members(
    connection: Connection, members: Members, ids: Collection[bytes]
) -> list[bytes]:
    """Which of these people are members."""
    group, audience_id, list_id = members[:3]
    count = await connection.fetchval(
        "SELECT prospect_count FROM audiences WHERE account_group_id = $1 AND id = $2",
        group,
        audience_id,
    )
    if not count:
        return []
    few = count <= _PASSED_PER_LOOK_UP * len(ids)
    statement = _FIND_AMONG_FEW if few else _GET_JOINED
    rows = await connection.fetch(statement, group, list_id, sorted(ids))
    return [row[0] for row in rows]


async def _fetch_one(
    connection: Connection, statement: str, members: Members, *wanted: object
) -> asyncpg.Record:
    row = await connection.fetchrow(statement, members.account_group_id, members.list_id, *wanted)
    if row is None:
        raise RuntimeError("an aggregate without a row")
    return row


async def join(
    connection: Connection, members: Members, prospect_ids: Sequence[bytes], by: By
) -> None:
    """Adds people who are not members, in this order. The caller notes it with `note`."""
    await connection.execute(
        """
        INSERT INTO memberships (account_group_id, audience_id, position, prospect_id,
            seen_by_job_id, added_at)
        SELECT $1, $2, $3::bigint + number - 1, prospect_id, $5, $6::timestamptz
        FROM unnest($4::bytea[]) WITH ORDINALITY AS one (prospect_id, number)
        """,
        members.account_group_id,
        members.list_id,
        members.next_number,
        prospect_ids,
        by.job_id or by.key_id or members.audience_id,
        members.moment,
    )


async def leave(
    connection: Connection, members: Members, located: Located, by: By, *, first_number: int
) -> None:
    """Ends these memberships, in the order in which they joined. The caller notes it with `note`.

    Raises RuntimeError where any of them is not there: the audience's count would lie.
    """
    if not located.number:
        return
    await connection.execute(_ONLY_PLACES)
    left = await connection.execute(
        _DELETE_ROWS,
        members.account_group_id,
        members.list_id,
        located.rows,
        first_number,
        members.moment,
        by.job_id,
        by.key_id,
    )
    await connection.execute(_ALL_WAYS)
    _check_all(rows_of(left), located.number)


def _check_all(found: int, wanted: int) -> None:
    if found != wanted:
        raise RuntimeError(f"{found} of {wanted} members found")


async def note(
    connection: Connection,
    members: Members,
    tally: Tally,
    by: By,
    *,
    first_joined: int | None = None,
) -> None:
    """Counts who joined and left, gives their numbers away, and notes by whom people joined.

    `first_joined`: the number of the first join, where that is not the first of all.
    """
    joined, left = tally
    if not joined and not left:
        return
    # One statement for what lies in one place: a batch pays for each round trip.
    await connection.execute(
        """
        WITH audience AS (
            UPDATE audiences SET prospect_count = prospect_count + $3::bigint - $4::bigint,
                next_position = next_position + $3 + $4, changed_at = $5::timestamptz
            WHERE account_group_id = $1 AND id = $2
        ), span AS (
            INSERT INTO membership_spans
                (account_group_id, audience_id, first_number, last_number, at, job_id, key_id)
            SELECT $1, $2, $6::bigint, $6 + $3 - 1, $5, $7::bytea, $8::bytea WHERE $3 > 0
        )
        INSERT INTO audience_days AS known (account_group_id, audience_id, day, joined, departed)
        VALUES ($1, $2, ($5 AT TIME ZONE 'UTC')::date, $3, $4)
        ON CONFLICT (account_group_id, audience_id, day) DO UPDATE
        SET joined = known.joined + excluded.joined, departed = known.departed + excluded.departed
        """,
        members.account_group_id,
        members.audience_id,
        joined,
        left,
        members.moment,
        first_joined or members.next_number,
        by.job_id,
        by.key_id,
    )
