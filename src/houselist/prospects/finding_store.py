"""All SQL that finds people by filters, in any order: who it is, not what is known of them.

A statement goes through people in the order of the page and leaves out who does not fit, or asks
the indexes of search/ for everybody who fits and sorts them. Who is pending there is left out: what
is known of them now is judged elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.prospects.asked import Key
from houselist.prospects.clauses_store import (
    KEYS,
    MEMBERS,
    SOURCES,
    WITH_TEXTS,
    fetch,
    indexed,
    moments_of,
    part_of,
    places,
    texts,
    walk_of,
    walked,
    walked_now,
    who,
)
from houselist.search.documents import COLUMNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Asked

# PostgreSQL makes a hash table of so many, and knows that there are no more.
MOST_AMONG: Final = 20_000


async def walk(
    connection: Connection,
    asked: Asked,
    after: Key | None,
    *,
    keyed: bool,
    steps: int,
    limit: int,
) -> list[Key]:
    """Who fits of the next `steps` people in the order, `limit` at most.

    `keyed`: people with a name or company, by which they are sorted; else those without.
    """
    part = part_of(asked, after, keyed=keyed)
    text = f"SELECT * FROM ({walk_of(asked, part)}) AS found ORDER BY {part.by} LIMIT {{limit}}"
    rows = await fetch(connection, text, asked, steps=steps, limit=limit, **places(asked, after))
    return [Key(*row) for row in rows]


async def end_of_walk(
    connection: Connection, asked: Asked, after: Key | None, *, keyed: bool, steps: int
) -> Key | None:
    """The last of the next `steps` people in the order; None if there are fewer."""
    part = part_of(asked, after, keyed=keyed)
    by_key = asked.order != "addedAt"
    columns = "key, 0::bigint, NULL::timestamptz" if by_key else "'', position, added_at"
    text = f"""
        SELECT {columns}, prospect_id, count(*) OVER () FROM ({walked(asked, part)}) AS walked
        ORDER BY {part.back} LIMIT 1
    """
    rows = await fetch(connection, text, asked, steps=steps, **places(asked, after))
    return Key(*rows[0][:4]) if rows and rows[0][4] == steps else None


async def sort(
    connection: Connection, asked: Asked, after: Key | None, *, keyed: bool, limit: int
) -> list[Key]:
    """The same as walk() for all people at once, sorted: for few of them."""
    part = part_of(asked, after, keyed=keyed)
    found = f"""
        SELECT {KEYS[asked.order]} AS key, m.position, m.added_at, m.prospect_id
        FROM ({SOURCES[asked.scope.source]}) AS m {WITH_TEXTS} WHERE {who(asked)}
    """
    text = f"""
        SELECT * FROM ({found}) AS found WHERE {part.after} ORDER BY {part.by} LIMIT {{limit}}
    """
    rows = await fetch(connection, text, asked, limit=limit, **places(asked, after))
    return [Key(*row) for row in rows]


async def look_up(
    connection: Connection,
    asked: Asked,
    after: Key | None,
    *,
    keyed: bool,
    limit: int,
    candidates: int | None,
) -> list[Key] | None:
    """The same by the indexes. None if they find more than so many `candidates`."""
    part = part_of(asked, after, keyed=keyed)
    key = KEYS[asked.order]
    text = f"""
        WITH s AS MATERIALIZED (
            SELECT s.prospect_id, {key} AS key FROM search_texts s
            WHERE s.account_group_id = $1 AND {" AND ".join(indexed(asked) + texts(asked))}
            LIMIT {{candidates}}::bigint
        )
        SELECT found.*, (SELECT count(*) FROM s) FROM (SELECT 1) AS one LEFT JOIN (
            SELECT * FROM (
                SELECT s.key, m.position, m.added_at, s.prospect_id FROM s
                {MEMBERS[asked.scope.source]}
                WHERE ({{candidates}}::bigint IS NULL OR (SELECT count(*) FROM s) < {{candidates}})
                  AND {moments_of(asked)}
            ) AS members WHERE {part.after} ORDER BY {part.by} LIMIT {{limit}}
        ) AS found ON true ORDER BY {part.by}
    """
    rows = await fetch(
        connection,
        text,
        asked,
        limit=limit,
        candidates=None if candidates is None else candidates + 1,
        **places(asked, after),
    )
    if candidates is not None and rows[0][4] > candidates:
        return None
    return [Key(*row[:4]) for row in rows if row[3] is not None]


async def count_with_values(connection: Connection, asked: Asked, *, limit: int) -> int:
    """How many people have one of the companies that fit, or titles or locations if they are fewer.

    The whole account group's; `limit` at most. Only the index is read for it.
    """
    counts = [
        f"""(SELECT count(*) FROM (
            SELECT FROM search_texts WHERE account_group_id = $1
              AND {field}_hash = ANY ({{{field}_hashes}}::bigint[]) LIMIT {{limit}}
        ) AS with_{field})"""
        for field in asked.hashes
    ]
    text = f"SELECT least({', '.join(counts)})"
    return (await fetch(connection, text, asked, limit=limit))[0][0]


async def walk_among(
    connection: Connection, asked: Asked, after: Key | None, *, steps: int, limit: int
) -> list[Key]:
    """The same as walk(), by the order of joining: the indexes tell first who fits.

    Those may be MOST_AMONG at most, who are kept at hand to look for each of the people among them.
    """
    part = part_of(asked, after, keyed=True)
    text = f"""
        WITH s AS MATERIALIZED (
            SELECT s.prospect_id FROM search_texts s
            WHERE s.account_group_id = $1 AND {" AND ".join(indexed(asked) + texts(asked))}
            LIMIT {MOST_AMONG}
        )
        SELECT '' AS key, m.position, m.added_at, m.prospect_id FROM ({walked(asked, part)}) AS m
        WHERE (m.prospect_id IN (SELECT prospect_id FROM s)) IS TRUE
        ORDER BY {part.by} LIMIT {{limit}}
    """
    rows = await fetch(connection, text, asked, steps=steps, limit=limit, **places(asked, after))
    return [Key(*row) for row in rows]


_VALUES = ", ".join(f"p.{column}" for column in COLUMNS)


def _with_people(of: str, join: str) -> str:
    return f"""{join} LATERAL (
        SELECT * FROM prospects WHERE account_group_id = $1 AND id = {of}.prospect_id LIMIT 1
    ) AS p ON true"""


async def get_values(
    connection: Connection, asked: Asked, prospect_ids: Sequence[bytes]
) -> list[asyncpg.Record]:
    """Position, moment, id and values of these people where they were added when wanted.

    Last is whether nothing is known of them any more.
    """
    text = f"""
        SELECT m.position, m.added_at, s.prospect_id, {_VALUES}, false
        FROM unnest({{ids}}::bytea[]) AS s (prospect_id) {MEMBERS[asked.scope.source]}
        {_with_people("s", "JOIN")}
        WHERE {moments_of(asked)}
    """
    return await fetch(connection, text, asked, ids=prospect_ids)


async def walk_values(
    connection: Connection, asked: Asked, after: Key | None, *, steps: int
) -> list[asyncpg.Record]:
    """The same of the next people in the order in which they were added."""
    part = part_of(asked, after, keyed=True)
    text = f"""
        SELECT m.position, m.added_at, m.prospect_id, {_VALUES},
               p.id IS NULL OR NOT m.is_told
        FROM ({walked_now(asked, part)}) AS m {_with_people("m", "LEFT JOIN")} ORDER BY {part.by}
    """
    return await fetch(connection, text, asked, steps=steps, **places(asked, after))


async def end_after(connection: Connection, millis: int) -> None:
    """Ends statements of the transaction that take longer."""
    await connection.execute("SELECT set_config('statement_timeout', $1, true)", str(millis))


async def end_as_usual(connection: Connection) -> None:
    """Takes back what end_after() set, for the transaction to change who was found."""
    await connection.execute("SET LOCAL statement_timeout TO DEFAULT")


async def count_some(
    connection: Connection, asked: Asked, *, steps: int, limit: int
) -> tuple[int, bool]:
    """How many fit of the first `steps` people, `limit` at most, and whether those are all."""
    part = part_of(asked, None, keyed=True)
    text = f"""
        SELECT (SELECT count(*) FROM ({walk_of(asked, part)} LIMIT {{limit}}) AS fit),
               (SELECT count(*) FROM ({walked(asked, part)}) AS all_of_them)
    """
    [(found, seen)] = await fetch(connection, text, asked, steps=steps, limit=limit)
    return found, seen < steps


async def count_all(connection: Connection, asked: Asked, *, limit: int) -> int:
    """How many fit, `limit` at most, going through everybody."""
    part = part_of(asked, None, keyed=True)
    text = f"SELECT count(*) FROM ({walk_of(asked, part)} LIMIT {{limit}}) AS fit"
    return (await fetch(connection, text, asked, steps=None, limit=limit))[0][0]


async def count_by_index(connection: Connection, asked: Asked, *, limit: int) -> int:
    """The same of those whom the indexes find."""
    text = f"""
        SELECT count(*) FROM (
            SELECT FROM search_texts s
            {MEMBERS[asked.scope.source]}
            WHERE s.account_group_id = $1
              AND {" AND ".join([*indexed(asked), who(asked)])}
            LIMIT {{limit}}
        ) AS fit
    """
    return (await fetch(connection, text, asked, limit=limit))[0][0]
