"""All SQL that finds people by filters, in any order: who it is, not what is known of them.

A statement goes through people in the order of the page and leaves out who does not fit, or asks
the indexes of search/ for everybody who fits and sorts them. Who is pending there is left out: what
is known of them now is judged elsewhere.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from houselist.search.documents import COLUMNS, KEY_LENGTH
from houselist.search.wanted import containing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    import asyncpg

    from houselist.postgres.db import Connection
    from houselist.search.wanted import Wanted

# People of an audience now, or at a moment; or everybody of the account group.
Source: TypeAlias = Literal["now", "then", "everybody"]
Order: TypeAlias = Literal["addedAt", "name", "company"]

# In the texts below {name} stands for a value, which is passed beside the text.
_SOURCES: dict[Source, str] = {
    "now": """(
        SELECT position, prospect_id, added_at FROM memberships
        WHERE account_group_id = $1 AND audience_id = {list_id}
    )""",
    "then": """(
        SELECT position, prospect_id, added_at FROM memberships
        WHERE account_group_id = $1 AND audience_id = {list_id} AND added_at <= {moment}
        UNION ALL
        SELECT position, prospect_id, added_at FROM left_members
        WHERE account_group_id = $1 AND audience_id = {list_id} AND NOT was_merged
          AND added_at <= {moment} AND left_at > {moment}
    )""",
    "everybody": """(
        SELECT 0::bigint AS position, id AS prospect_id, created_at AS added_at FROM prospects
        WHERE account_group_id = $1
    )""",
}
_WITH_TEXTS = "JOIN search_texts s ON s.account_group_id = $1 AND s.prospect_id = m.prospect_id"
_KEYS: dict[Order, str] = {
    "addedAt": "''::text",
    "name": f'"left"(s.name, {KEY_LENGTH})',
    "company": f'"left"(s.company, {KEY_LENGTH})',
}
_LAST_ID = b"\xff" * 12
_LAST_KEY = "\U0010ffff"


class Scope(NamedTuple):
    """Among whom people are looked for. No `list_id`: everybody; no `moment`: as it is now.

    In an audience, positions are above `low` and at most `high`.
    """

    account_group_id: bytes
    list_id: bytes | None = None
    moment: datetime | None = None
    low: int = 0
    high: int = 0

    @property
    def source(self) -> Source:
        if self.list_id is None:
            return "everybody"
        return "now" if self.moment is None else "then"


class Key(NamedTuple):
    """Somebody's place in the order of a page, and who it is. `key`: '' for what nobody knows."""

    key: str
    position: int
    added_at: datetime
    prospect_id: bytes


class Asked(NamedTuple):
    """What statements ask: among whom, who fits, in which order. `without` are left out.

    `hashes`: of the companies, titles and locations that fit, where they are few.
    """

    scope: Scope
    wanted: Wanted
    order: Order
    descending: bool
    without: Sequence[bytes] = ()
    hashes: Mapping[str, Sequence[int]] = {}

    @property
    def is_indexed(self) -> bool:
        """Whether an index can find who fits."""
        return bool(self.hashes) or self.wanted.query(self.scope.account_group_id) is not None

    @property
    def reads_texts(self) -> bool:
        return self.wanted.asks_texts or self.order != "addedAt"


class _Values(dict[str, str]):
    """Numbers the values of a statement in the order in which its text names them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def __missing__(self, name: str) -> str:
        self.names.append(name)
        self[name] = number = f"${len(self.names) + 1}"
        return number


@lru_cache(1_000)
def _numbered(text: str) -> tuple[str, list[str]]:
    values = _Values()
    return text.format_map(values), values.names


async def _fetch(
    connection: Connection, text: str, asked: Asked, **more: Any
) -> list[asyncpg.Record]:
    sql, names = _numbered(text)
    scope, wanted = asked.scope, asked.wanted
    group = scope.account_group_id
    values: dict[str, Any] = {
        **scope._asdict(),
        "since": wanted.since,
        "before": wanted.before,
        "words": wanted.patterns(group),
        "without": asked.without,
        "query": wanted.query(group),
        **{field: containing(part) for field, part in wanted.parts.items()},
        **{f"{field}_hashes": found for field, found in asked.hashes.items()},
        **more,
    }
    return await connection.fetch(sql, group, *(values[name] for name in names))


def _who(asked: Asked) -> str:
    """The conditions on a member `m` and a row of texts `s`."""
    return " AND ".join([_moments_of(asked), *_texts(asked)])


def _moments_of(asked: Asked) -> str:
    """Those on a member alone."""
    wanted, scope = asked.wanted, asked.scope
    found: list[str] = []
    if wanted.since is not None:
        found.append("m.added_at > {since}")
    if wanted.before is not None:
        found.append("m.added_at < {before}")
    if scope.list_id is not None:
        found.append("m.position > {low} AND m.position <= {high}")
    return " AND ".join(found) or "true"


def _texts(asked: Asked) -> list[str]:
    found = [f"s.{field} LIKE {{{field}}}" for field in asked.wanted.parts]
    if asked.wanted.words or asked.wanted.has_email is not None:
        found.append("s.words LIKE ALL ({words}::text[])")
    if asked.reads_texts and asked.without:
        found.append("s.prospect_id <> ALL ({without}::bytea[])")
    return found


def _indexed(asked: Asked) -> list[str]:
    """What the indexes find; the conditions on texts hold besides."""
    found = [f"s.{field}_hash = ANY ({{{field}_hashes}}::bigint[])" for field in asked.hashes]
    if asked.wanted.query(asked.scope.account_group_id) is not None:
        found.append("array_to_tsvector(string_to_array(s.words, ' ')) @@ {query}::text::tsquery")
    return found


class _Part(NamedTuple):
    """A part of an order that an index has in one piece: who has a key, then who has none."""

    after: str
    by: str
    back: str


def _part(asked: Asked, after: Key | None, *, keyed: bool) -> _Part:
    """Its condition, its order and the order backwards, of columns key, position and so on."""
    down = asked.descending
    sign, way, back = ("<", "DESC", "ASC") if down else (">", "ASC", "DESC")
    if asked.order != "addedAt":
        if not keyed:
            after_id = "" if after is None or after.key else " AND prospect_id > {after_id}"
            return _Part(f"key = ''{after_id}", "prospect_id ASC", "prospect_id DESC")
        begin = f"(key, prospect_id) {sign} ({{after_key}}, {{after_id}})"
        return _Part(
            f"{begin} AND key > ''" if down else begin,
            f"key {way}, prospect_id {way}",
            f"key {back}, prospect_id {back}",
        )
    if asked.scope.list_id is not None:
        begin = f"position {sign} {{after_position}}" if after else "true"
        return _Part(begin, f"position {way}", f"position {back}")
    begin = f"(added_at, prospect_id) {sign} ({{after_moment}}, {{after_id}})" if after else "true"
    return _Part(
        begin, f"added_at {way}, prospect_id {way}", f"added_at {back}, prospect_id {back}"
    )


def _places(asked: Asked, after: Key | None) -> dict[str, Any]:
    if after is None:
        key, id_ = (_LAST_KEY, _LAST_ID) if asked.descending else ("", _LAST_ID)
        return {"after_key": key, "after_id": id_}
    return {
        "after_key": after.key,
        "after_id": after.prospect_id,
        "after_position": after.position,
        "after_moment": after.added_at,
    }


def _walked(asked: Asked, part: _Part) -> str:
    """The next people in the order, whether they fit or not."""
    if asked.order == "addedAt":
        # The moments are bounds of the index of everybody; in an audience, positions are.
        bounds = _moments_of(asked)
        return f"""
            SELECT * FROM {_SOURCES[asked.scope.source]} AS m
            WHERE {part.after} AND {bounds} ORDER BY {part.by} LIMIT {{steps}}
        """
    return f"""
        SELECT * FROM (
            SELECT {_KEYS[asked.order]} AS key, s.* FROM search_texts s WHERE s.account_group_id = $1
        ) AS s WHERE {part.after} ORDER BY {part.by} LIMIT {{steps}}
    """


def _walk(asked: Asked, part: _Part) -> str:
    if asked.order == "addedAt":
        texts = _WITH_TEXTS if asked.reads_texts else ""
        return f"""
            SELECT '' AS key, m.position, m.added_at, m.prospect_id
            FROM ({_walked(asked, part)}) AS m {texts} WHERE {_who(asked)}
        """
    return f"""
        SELECT s.key, m.position, m.added_at, m.prospect_id FROM ({_walked(asked, part)}) AS s
        JOIN {_SOURCES[asked.scope.source]} AS m ON m.prospect_id = s.prospect_id
        WHERE {_who(asked)}
    """


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
    part = _part(asked, after, keyed=keyed)
    text = f"SELECT * FROM ({_walk(asked, part)}) AS found ORDER BY {part.by} LIMIT {{limit}}"
    rows = await _fetch(connection, text, asked, steps=steps, limit=limit, **_places(asked, after))
    return [Key(*row) for row in rows]


async def end_of_walk(
    connection: Connection, asked: Asked, after: Key | None, *, keyed: bool, steps: int
) -> Key | None:
    """The last of the next `steps` people in the order; None if there are fewer."""
    part = _part(asked, after, keyed=keyed)
    by_key = asked.order != "addedAt"
    columns = "key, 0::bigint, NULL::timestamptz" if by_key else "'', position, added_at"
    text = f"""
        SELECT {columns}, prospect_id, count(*) OVER () FROM ({_walked(asked, part)}) AS walked
        ORDER BY {part.back} LIMIT 1
    """
    rows = await _fetch(connection, text, asked, steps=steps, **_places(asked, after))
    return Key(*rows[0][:4]) if rows and rows[0][4] == steps else None


def _sorted(asked: Asked, members: str) -> str:
    return f"""
        SELECT {_KEYS[asked.order]} AS key, m.position, m.added_at, m.prospect_id FROM {members}
    """


async def sort(
    connection: Connection, asked: Asked, after: Key | None, *, keyed: bool, limit: int
) -> list[Key]:
    """The same as walk() for all people at once, sorted: for few of them."""
    part = _part(asked, after, keyed=keyed)
    found = _sorted(asked, f"{_SOURCES[asked.scope.source]} AS m {_WITH_TEXTS} WHERE {_who(asked)}")
    text = f"""
        SELECT * FROM ({found}) AS found WHERE {part.after} ORDER BY {part.by} LIMIT {{limit}}
    """
    rows = await _fetch(connection, text, asked, limit=limit, **_places(asked, after))
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
    part = _part(asked, after, keyed=keyed)
    key = _KEYS[asked.order]
    text = f"""
        WITH s AS MATERIALIZED (
            SELECT s.prospect_id, {key} AS key FROM search_texts s
            WHERE s.account_group_id = $1 AND {" AND ".join(_indexed(asked) + _texts(asked))}
            LIMIT {{candidates}}::bigint
        )
        SELECT found.*, (SELECT count(*) FROM s) FROM (SELECT 1) AS one LEFT JOIN (
            SELECT * FROM (
                SELECT s.key, m.position, m.added_at, m.prospect_id FROM s
                JOIN {_SOURCES[asked.scope.source]} AS m ON m.prospect_id = s.prospect_id
                WHERE ({{candidates}}::bigint IS NULL OR (SELECT count(*) FROM s) < {{candidates}})
                  AND {_moments_of(asked)}
            ) AS members WHERE {part.after} ORDER BY {part.by} LIMIT {{limit}}
        ) AS found ON true ORDER BY {part.by}
    """
    rows = await _fetch(
        connection,
        text,
        asked,
        limit=limit,
        candidates=None if candidates is None else candidates + 1,
        **_places(asked, after),
    )
    if candidates is not None and rows[0][4] > candidates:
        return None
    return [Key(*row[:4]) for row in rows if row[3] is not None]


_VALUES = ", ".join(f"p.{column}" for column in COLUMNS)
_WITH_PEOPLE = "JOIN prospects p ON p.account_group_id = $1 AND p.id = m.prospect_id"


async def get_values(
    connection: Connection, asked: Asked, prospect_ids: Sequence[bytes]
) -> list[asyncpg.Record]:
    """Position, moment, id and values of these people where they were added when wanted.

    Last is whether nothing is known of them any more.
    """
    text = f"""
        SELECT m.position, m.added_at, m.prospect_id, {_VALUES}, false
        FROM {_SOURCES[asked.scope.source]} AS m {_WITH_PEOPLE}
        WHERE m.prospect_id = ANY ({{ids}}::bytea[]) AND {_moments_of(asked)}
    """
    return await _fetch(connection, text, asked, ids=prospect_ids)


async def walk_values(
    connection: Connection, asked: Asked, after: Key | None, *, steps: int
) -> list[asyncpg.Record]:
    """The same of the next people in the order in which they were added."""
    part = _part(asked, after, keyed=True)
    text = f"""
        SELECT m.position, m.added_at, m.prospect_id, {_VALUES}, p.id IS NULL
        FROM ({_walked(asked, part)}) AS m LEFT {_WITH_PEOPLE} ORDER BY {part.by}
    """
    return await _fetch(connection, text, asked, steps=steps, **_places(asked, after))


async def begin(connection: Connection) -> None:
    """Has each statement of the transaction planned for its values, which differ widely."""
    await connection.execute("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")


async def end_after(connection: Connection, millis: int) -> None:
    """Ends statements of the transaction that take longer."""
    await connection.execute("SELECT set_config('statement_timeout', $1, true)", str(millis))


class Audience(NamedTuple):
    """An audience that people are looked for in. `is_known`: whether the moment is in its history."""

    list_id: bytes
    size: int | None
    next_number: int
    active_job_id: bytes | None
    is_future: bool
    is_known: bool
    existed: bool


async def get_audience(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    moment: datetime | None,
    history_days: int,
) -> Audience | None:
    """The audience with its list of members now, or at a moment."""
    row = await connection.fetchrow(
        """
        SELECT coalesce(
                   (SELECT l.list_id FROM audience_lists l
                    WHERE l.account_group_id = $1 AND l.audience_id = $2 AND l.emptied_at > $3
                    ORDER BY l.emptied_at LIMIT 1),
                   list_id, id
               ) AS list_id,
               CASE WHEN $3 IS NULL THEN prospect_count END, next_position, active_job_id,
               $3::timestamptz > now(),
               $3 IS NULL OR $3 < created_at OR $3 >= now() - make_interval(days => $4::int)
                   AND (history_since IS NULL OR $3 >= history_since),
               $3 IS NULL OR $3 >= created_at
        FROM audiences WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NULL
        """,
        account_group_id,
        audience_id,
        moment,
        history_days,
    )
    return None if row is None else Audience(*row)


async def find_position(
    connection: Connection, scope: Scope, moment: datetime, *, at_once: bool
) -> int:
    """The last position of those who were added before a moment; with `at_once`, at it too.

    Moments never go back as positions grow, so halves are enough: some twenty looks.
    """
    return await connection.fetchval(
        """
        WITH RECURSIVE halved AS (
            SELECT $3::bigint AS low, $4::bigint AS high
            UNION ALL
            SELECT CASE WHEN is_early THEN middle ELSE low END,
                   CASE WHEN is_early THEN high ELSE middle END
            FROM (
                SELECT low, high, (low + high) / 2 AS middle, coalesce((
                    SELECT CASE WHEN $6 THEN next.added_at <= $5 ELSE next.added_at < $5 END
                    FROM (
                        (SELECT position, added_at FROM memberships
                         WHERE account_group_id = $1 AND audience_id = $2
                           AND position >= (low + high) / 2 ORDER BY position LIMIT 1)
                        UNION ALL
                        (SELECT position, added_at FROM left_members
                         WHERE account_group_id = $1 AND audience_id = $2
                           AND position >= (low + high) / 2 ORDER BY position LIMIT 1)
                    ) AS next ORDER BY next.position LIMIT 1
                ), false) AS is_early
                FROM halved WHERE high - low > 1
            ) AS step
        )
        SELECT min(high) - 1 FROM halved
        """,
        scope.account_group_id,
        scope.list_id,
        scope.low,
        scope.high,
        moment,
        at_once,
    )


async def count_some(
    connection: Connection, asked: Asked, *, steps: int, limit: int
) -> tuple[int, bool]:
    """How many fit of the first `steps` people, `limit` at most, and whether those are all."""
    part = _part(asked, None, keyed=True)
    text = f"""
        SELECT (SELECT count(*) FROM ({_walk(asked, part)} LIMIT {{limit}}) AS fit),
               (SELECT count(*) FROM ({_walked(asked, part)}) AS all_of_them)
    """
    [(found, walked)] = await _fetch(connection, text, asked, steps=steps, limit=limit)
    return found, walked < steps


async def count_all(connection: Connection, asked: Asked, *, limit: int) -> int:
    """How many fit, `limit` at most, going through everybody."""
    part = _part(asked, None, keyed=True)
    text = f"SELECT count(*) FROM ({_walk(asked, part)} LIMIT {{limit}}) AS fit"
    return (await _fetch(connection, text, asked, steps=None, limit=limit))[0][0]


async def count_by_index(connection: Connection, asked: Asked, *, limit: int) -> int:
    """The same of those whom the indexes find."""
    text = f"""
        SELECT count(*) FROM (
            SELECT FROM search_texts s
            JOIN {_SOURCES[asked.scope.source]} AS m ON m.prospect_id = s.prospect_id
            WHERE s.account_group_id = $1
              AND {" AND ".join([*_indexed(asked), _who(asked)])}
            LIMIT {{limit}}
        ) AS fit
    """
    return (await _fetch(connection, text, asked, limit=limit))[0][0]
