"""All SQL of an audience in numbers. It looks at so many people at most, whatever the size.

While nobody has changed them it looks at nobody: one statement says so, and the sample is kept.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from houselist.audiences import store as audiences
from houselist.members.shapes import DayOfAudience, Filled, Summary, TopValue
from houselist.members.summaries import Sample, State
from houselist.postgres.plans_store import plan_by_index

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    import asyncpg

    from houselist.members.summaries import Summaries
    from houselist.postgres.db import Connection

_DAYS = 90
_TOP = 10
# People who are looked at, and how many of them stand next to each other: four take little more
# time than one, whose place has to be found. A share of one half is told to within 2 in 100 where
# neighbours are as different as others, and to within 4 where they are all alike.
_SAMPLE = 2_000
_NEIGHBOURS = 4
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
# All that is told by day, and the state of the audience. A day is null where nothing happened.
_STATE = """
    SELECT a.active_job_id, a.prospect_count, coalesce(a.list_id, a.id) AS list_id, a.next_position,
           coalesce(v.version, 0) AS version, (now() AT TIME ZONE 'UTC')::date AS today,
           d.day, d.joined, d.departed
    FROM audiences a
    LEFT JOIN people_versions v ON v.account_group_id = a.account_group_id
    LEFT JOIN audience_days d ON d.account_group_id = a.account_group_id AND d.audience_id = a.id
        AND d.day > (now() AT TIME ZONE 'UTC')::date - $3::integer
    WHERE a.account_group_id = $1 AND a.id = $2 AND a.deleted_at IS NULL
"""
_ALL = f"""
    SELECT {_FIELDS} FROM memberships m
    JOIN prospects p ON p.account_group_id = m.account_group_id AND p.id = m.prospect_id
    WHERE m.account_group_id = $1 AND m.audience_id = $2
    ORDER BY m.position LIMIT {_SAMPLE}
"""
# The members from these positions on, or after them where somebody has left.
_SOME = f"""
    SELECT {_FIELDS} FROM (
        SELECT DISTINCT n.prospect_id FROM unnest($3::bigint[]) AS wanted (position)
        CROSS JOIN LATERAL (
            SELECT prospect_id FROM memberships
            WHERE account_group_id = $1 AND audience_id = $2 AND position >= wanted.position
            ORDER BY position LIMIT {_NEIGHBOURS}
        ) AS n
    ) AS chosen
    JOIN prospects p ON p.account_group_id = $1 AND p.id = chosen.prospect_id
"""


async def get(
    connection: Connection, account_group_id: bytes, audience_id: bytes, kept: Summaries
) -> Summary:
    """An audience in numbers. Raises NotFound or AudienceNotReady."""
    rows = await connection.fetch(_STATE, account_group_id, audience_id, _DAYS)
    if not rows or rows[0]["active_job_id"] is not None:
        # This raises the error. If the audience became ready in the meantime, it is read again.
        await audiences.get_ready(connection, account_group_id, audience_id)
        return await get(connection, account_group_id, audience_id, kept)
    count: int = rows[0]["prospect_count"]
    state = State(rows[0]["list_id"], rows[0]["next_position"], rows[0]["version"])
    sample = kept.get(account_group_id, audience_id, state)
    if sample is None:
        people = await _people(connection, account_group_id, state.list_id, count)
        sample = _sample_of(people, count)
        kept.keep(account_group_id, audience_id, state, sample)
    values = sample.companies, sample.titles, sample.locations
    is_exact = sample.looked_at == count
    return Summary(_by_day(rows, count), *values, sample.filled, is_exact, sample.looked_at)


async def _people(
    connection: Connection, account_group_id: bytes, list_id: bytes, count: int
) -> list[asyncpg.Record]:
    """Everybody in a small audience; of a large one, some at even distances."""
    async with connection.transaction(readonly=True):
        await plan_by_index(connection)
        if count <= _SAMPLE:
            return await connection.fetch(_ALL, account_group_id, list_id)
        ends = await connection.fetchrow(
            "SELECT min(position), max(position) FROM memberships"
            " WHERE account_group_id = $1 AND audience_id = $2",
            account_group_id,
            list_id,
        )
        first, last = cast("tuple[int, int]", ends)
        places = _SAMPLE // _NEIGHBOURS
        step = (last - _NEIGHBOURS - first + 1) / (places - 1)
        wanted = [first + round(n * step) for n in range(places)]
        return await connection.fetch(_SOME, account_group_id, list_id, wanted)


def _sample_of(people: Sequence[asyncpg.Record], count: int) -> Sample:
    companies, titles, locations = (
        _top([row[n] for row in people], count) for n in range(len(_VALUES))
    )
    filled = [_share([row[len(_VALUES) + n] for row in people]) for n in range(_FILLED)]
    return Sample(companies, titles, locations, Filled(*filled), len(people))


def _share(known: Sequence[bool]) -> float:
    return round(sum(known) / len(known), 4) if known else 0.0


def _top(values: Sequence[str | None], count: int) -> list[TopValue]:
    """The most frequent values; their numbers in the whole, by those in the sample."""
    counts = Counter(value.strip() for value in values if value)
    counts.pop("", None)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], each[0]))
    estimate = count / max(len(values), 1)
    return [TopValue(value, round(number * estimate)) for value, number in ordered[:_TOP]]


def _by_day(rows: Sequence[asyncpg.Record], count: int) -> list[DayOfAudience]:
    """The last days, oldest first. Totals are told backwards from how many there are now."""
    today: date = rows[0]["today"]
    known = {row["day"]: (row["joined"], row["departed"]) for row in rows}
    days: list[DayOfAudience] = []
    for ago in range(_DAYS):
        day = today - timedelta(days=ago)
        joined, left = known.get(day, (0, 0))
        days.append(DayOfAudience(day.isoformat(), joined, left, count))
        count += left - joined
    return days[::-1]
