"""What the statements that find people consist of: sources, conditions, orders, and values."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from houselist.ids import ID_BYTES
from houselist.search.documents import KEY_LENGTH
from houselist.search.wanted import containing

if TYPE_CHECKING:
    import asyncpg

    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Asked, Key, Order, Source

# In the texts below {name} stands for a value, which is passed beside the text.
#
# Who was in a list at a moment, by the ids that they had when they left.
_HELD = """
    SELECT position, prospect_id, added_at FROM memberships
    WHERE account_group_id = $1 AND audience_id = {list_id} AND added_at <= {moment}
    UNION ALL
    SELECT position, prospect_id, added_at FROM left_members
    WHERE account_group_id = $1 AND audience_id = {list_id} AND NOT was_merged
      AND added_at <= {moment} AND left_at > {moment}
"""


def _earliest(who: str) -> str:
    """When a person joined who was in the list, also as somebody who was merged into them since."""
    return f"""
        SELECT held.position, held.added_at FROM ({_HELD}) AS held WHERE held.prospect_id = {who}
        UNION ALL
        SELECT held.position, held.added_at FROM prospect_merges g
        CROSS JOIN LATERAL (
            SELECT other.position, other.added_at FROM ({_HELD}) AS other
            WHERE other.prospect_id = g.prospect_id ORDER BY other.position LIMIT 1
        ) AS held
        WHERE g.account_group_id = $1 AND g.kept_id = {who}
        ORDER BY position LIMIT 1
    """


def resolved(held: str) -> str:
    """People of a list as who they are by now, and whether it is them who are told of.

    Whoever was merged is told of as who stayed, once. An undo may have removed somebody.
    """
    return f"""
        SELECT held.position, coalesce(p.id, held.prospect_id) AS prospect_id, held.added_at,
               CASE WHEN p.id IS NULL THEN false
               WHEN g.kept_id IS NULL AND NOT EXISTS (
                   SELECT FROM prospect_merges o
                   WHERE o.account_group_id = $1 AND o.kept_id = held.prospect_id
               ) THEN true
               ELSE held.position = (SELECT e.position FROM ({_earliest("p.id")}) AS e)
               END AS is_told
        FROM ({held}) AS held
        LEFT JOIN prospect_merges g ON g.account_group_id = $1 AND g.prospect_id = held.prospect_id
        LEFT JOIN LATERAL (
            SELECT p.id FROM prospects p
            WHERE p.account_group_id = $1 AND p.id = coalesce(g.kept_id, held.prospect_id) LIMIT 1
        ) AS p ON true
    """


# Among whom people are looked for: everybody, in any order.
SOURCES: dict[Source, str] = {
    "now": """
        SELECT position, prospect_id, added_at FROM memberships
        WHERE account_group_id = $1 AND audience_id = {list_id}
    """,
    "then": f"SELECT * FROM ({resolved(_HELD)}) AS held WHERE held.is_told",
    "everybody": """
        SELECT 0::bigint AS position, id AS prospect_id, created_at AS added_at FROM prospects
        WHERE account_group_id = $1
    """,
}
# The same of a person `s`: when they were added, where they are among them at all. Here and below,
# a LIMIT has PostgreSQL look each of them up, instead of going through all of them for each.
MEMBERS: dict[Source, str] = {
    "now": f"""CROSS JOIN LATERAL (
        {SOURCES["now"]} AND prospect_id = s.prospect_id LIMIT 1
    ) AS m""",
    "then": f"CROSS JOIN LATERAL ({_earliest('s.prospect_id')}) AS m",
    "everybody": f"""CROSS JOIN LATERAL (
        {SOURCES["everybody"]} AND id = s.prospect_id LIMIT 1
    ) AS m""",
}
WITH_TEXTS = """CROSS JOIN LATERAL (
        SELECT * FROM search_texts
        WHERE account_group_id = $1 AND prospect_id = m.prospect_id LIMIT 1
    ) AS s"""
KEYS: dict[Order, str] = {
    "addedAt": "''::text",
    "name": f'"left"(s.name, {KEY_LENGTH})',
    "company": f'"left"(s.company, {KEY_LENGTH})',
}
# What comes before and after all keys; those that are known are not empty.
FIRST_KEY, LAST_KEY = "", "\U0010ffff"
FIRST_ID = LAST_ID = b"\xff" * ID_BYTES


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


async def fetch(
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


def who(asked: Asked) -> str:
    """The conditions on a member `m` and a row of texts `s`."""
    return " AND ".join([moments_of(asked), *texts(asked)])


def moments_of(asked: Asked) -> str:
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


def texts(asked: Asked) -> list[str]:
    found = [f"s.{field} LIKE {{{field}}}" for field in asked.wanted.parts]
    if asked.wanted.words or asked.wanted.has_email is not None:
        found.append("s.words LIKE ALL ({words}::text[])")
    if asked.reads_texts and asked.without:
        found.append("s.prospect_id <> ALL ({without}::bytea[])")
    return found


def indexed(asked: Asked) -> list[str]:
    """What the indexes find; the conditions on texts hold besides."""
    found = [f"s.{field}_hash = ANY ({{{field}_hashes}}::bigint[])" for field in asked.hashes]
    if asked.wanted.query(asked.scope.account_group_id) is not None:
        found.append("array_to_tsvector(string_to_array(s.words, ' ')) @@ {query}::text::tsquery")
    return found


class Part(NamedTuple):
    """A part of an order that an index has in one piece: who has a key, then who has none."""

    after: str
    by: str
    back: str


def part_of(asked: Asked, after: Key | None, *, keyed: bool) -> Part:
    """Its condition, its order and the order backwards, of columns key, position and so on."""
    down = asked.goes_down
    sign, way, back = ("<", "DESC", "ASC") if down else (">", "ASC", "DESC")
    if asked.order != "addedAt":
        if not keyed:
            # They are in the order of their ids, whichever way the keys go.
            sign, way, back = ("<", "DESC", "ASC") if asked.backwards else (">", "ASC", "DESC")
            after_id = "" if after is None else f" AND prospect_id {sign} {{after_id}}"
            return Part(f"key = ''{after_id}", f"prospect_id {way}", f"prospect_id {back}")
        begin = f"(key, prospect_id) {sign} ({{after_key}}, {{after_id}})"
        return Part(
            f"{begin} AND key > ''" if down else begin,
            f"key {way}, prospect_id {way}",
            f"key {back}, prospect_id {back}",
        )
    if asked.scope.list_id is not None:
        begin = f"position {sign} {{after_position}}" if after else "true"
        return Part(begin, f"position {way}", f"position {back}")
    begin = f"(added_at, prospect_id) {sign} ({{after_moment}}, {{after_id}})" if after else "true"
    return Part(begin, f"added_at {way}, prospect_id {way}", f"added_at {back}, prospect_id {back}")


def places(asked: Asked, after: Key | None) -> dict[str, Any]:
    if after is None:
        key, id_ = (LAST_KEY, LAST_ID) if asked.goes_down else (FIRST_KEY, FIRST_ID)
        return {"after_key": key, "after_id": id_}
    return {
        "after_key": after.key,
        "after_id": after.prospect_id,
        "after_position": after.position,
        "after_moment": after.added_at,
    }


def walked(asked: Asked, part: Part) -> str:
    """The next people in the order, whether they fit or not; at a moment by the ids of then."""
    if asked.order != "addedAt":
        return f"""
            SELECT * FROM (
                SELECT {KEYS[asked.order]} AS key, s.* FROM search_texts s
                WHERE s.account_group_id = $1
            ) AS s WHERE {part.after} ORDER BY {part.by} LIMIT {{steps}}
        """
    # The moments are bounds of the index of everybody; in an audience, positions are.
    if asked.scope.source != "then":
        return f"""
            SELECT * FROM ({SOURCES[asked.scope.source]}) AS m
            WHERE {part.after} AND {moments_of(asked)} ORDER BY {part.by} LIMIT {{steps}}
        """
    # PostgreSQL goes through each of the two in its order only if told so.
    some = f"AND {part.after} AND {moments_of(asked)} ORDER BY {part.by} LIMIT {{steps}}"
    return f"""
        SELECT * FROM (
            (SELECT position, prospect_id, added_at FROM memberships m
             WHERE account_group_id = $1 AND audience_id = {{list_id}} AND added_at <= {{moment}}
             {some})
            UNION ALL
            (SELECT position, prospect_id, added_at FROM left_members m
             WHERE account_group_id = $1 AND audience_id = {{list_id}} AND NOT was_merged
               AND added_at <= {{moment}} AND left_at > {{moment}} {some})
        ) AS m ORDER BY {part.by} LIMIT {{steps}}
    """


def walked_now(asked: Asked, part: Part) -> str:
    """The same by the ids of now, in the order in which they were added; `is_told` as above."""
    if asked.scope.source == "then":
        return resolved(walked(asked, part))
    return f"SELECT *, true AS is_told FROM ({walked(asked, part)}) AS m"


def walk_of(asked: Asked, part: Part) -> str:
    """Who fits of the next people in the order."""
    if asked.order == "addedAt":
        with_texts = WITH_TEXTS if asked.reads_texts else ""
        return f"""
            SELECT '' AS key, m.position, m.added_at, m.prospect_id
            FROM ({walked_now(asked, part)}) AS m {with_texts} WHERE m.is_told AND {who(asked)}
        """
    return f"""
        SELECT s.key, m.position, m.added_at, s.prospect_id FROM ({walked(asked, part)}) AS s
        {MEMBERS[asked.scope.source]} WHERE {who(asked)}
    """
