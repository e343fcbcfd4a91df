"""All SQL of an audience in numbers. It looks at so many people at most, whatever the size."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from houselist.audiences import store as audiences
from houselist.members.shapes import DayOfAudience, Filled, Summary, TopValue
from houselist.people import members_store as people
from houselist.postgres.plans_store import plan_by_index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import asyncpg

    from houselist.postgres.db import Connection

_DAYS = 90
_TOP = 10
# People who are looked at. Of those, a share of one half is told to within 2 in 100.
_SAMPLE = 2_000
# A value with more characters than this is no company's name, title or place.
_MAX_VALUE = 200

_VALUES = ("company_name", "title", "location")
_FILLED = 5
_FIELDS = f"""
    {
    ", ".join(
        f"CASE WHEN octet_length(p.{name}) <= {4 * _MAX_VALUE} THEN p.{name} END"
        for name in _VALUES
    )
},
    p.email IS NOT NULL, p.title IS NOT NULL, p.company_name IS NOT NULL,
    p.location IS NOT NULL, p.photo_url IS NOT NULL
"""
_ALL = f"""
    SELECT {_FIELDS} FROM memberships m
    JOIN prospects p ON p.account_group_id = m.account_group_id AND p.id = m.prospect_id
    WHERE m.account_group_id = $1 AND m.audience_id = $2
    ORDER BY m.position LIMIT {_SAMPLE}
"""
# The members at these positions, or after them where somebody has left.
_SOME = f"""
    SELECT {_FIELDS} FROM (
        SELECT DISTINCT n.prospect_id FROM unnest($3::bigint[]) AS wanted (position)
        CROSS JOIN LATERAL (
            SELECT prospect_id FROM memberships
            WHERE account_group_id = $1 AND audience_id = $2 AND position >= wanted.position
            ORDER BY position LIMIT 1
        ) AS n
    ) AS chosen
    JOIN prospects p ON p.account_group_id = $1 AND p.id = chosen.prospect_id
"""


async def get(connection: Connection, account_group_id: bytes, audience_id: bytes) -> Summary:
    """An audience in numbers. Raises NotFound or AudienceNotReady."""
    found = await audiences.get_ready(connection, account_group_id, audience_id)
    count = found.prospect_count
    async with connection.transaction(readonly=True):
        await plan_by_index(connection)
        rows = await _sample(connection, account_group_id, audience_id, count)
    companies, titles, locations = (
        _top([row[n] for row in rows], count) for n in range(len(_VALUES))
    )
    filled = [_share([row[len(_VALUES) + n] for row in rows]) for n in range(_FILLED)]
    days = await _by_day(connection, account_group_id, audience_id, count)
    full, looked_at = Filled(*filled), len(rows)
    return Summary(days, companies, titles, locations, full, looked_at == count, looked_at)


async def _sample(
    connection: Connection, account_group_id: bytes, audience_id: bytes, count: int
) -> list[asyncpg.Record]:
    """Everybody in a small audience; of a large one, some at even distances."""
    list_id = await people.get_list(connection, account_group_id, audience_id)
    if count <= _SAMPLE:
        return await connection.fetch(_ALL, account_group_id, list_id)
    ends = await connection.fetchrow(
        "SELECT min(position), max(position) FROM memberships"
        " WHERE account_group_id = $1 AND audience_id = $2",
        account_group_id,
        list_id,
    )
    first, last = cast("tuple[int, int]", ends)
    wanted = [first + n * (last - first) // (_SAMPLE - 1) for n in range(_SAMPLE)]
    return await connection.fetch(_SOME, account_group_id, list_id, wanted)


def _share(known: Sequence[bool]) -> float:
    return round(sum(known) / len(known), 4) if known else 0.0


def _top(values: Sequence[str | None], count: int) -> list[TopValue]:
    """The most frequent values; their numbers in the whole, by those in the sample."""
    counts = Counter(value.strip() for value in values if value)
    counts.pop("", None)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    estimate = count / max(len(values), 1)
    return [TopValue(value, round(number * estimate)) for value, number in ordered[:_TOP]]


async def _by_day(
    connection: Connection, account_group_id: bytes, audience_id: bytes, count: int
) -> list[DayOfAudience]:
    """The last days, oldest first. Totals are told backwards from how many there are now."""
    rows = await connection.fetch(
        """
        SELECT day, joined, departed, (now() AT TIME ZONE 'UTC')::date AS today
        FROM audience_days
        WHERE account_group_id = $1 AND audience_id = $2
          AND day > (now() AT TIME ZONE 'UTC')::date - $3::integer
        """,
        account_group_id,
        audience_id,
        _DAYS,
    )
    today: date = (
        rows[0]["today"]
        if rows
        else await connection.fetchval("SELECT (now() AT TIME ZONE 'UTC')::date")
    )
    known = {row["day"]: (row["joined"], row["departed"]) for row in rows}
    days: list[DayOfAudience] = []
    for ago in range(_DAYS):
        day = today - timedelta(days=ago)
        joined, left = known.get(day, (0, 0))
        days.append(DayOfAudience(day.isoformat(), joined, left, count))
        count += left - joined
    return days[::-1]
