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
# Who was in a list at a moment. Of those, some are gone: whoever was merged into somebody since is
# that person now, and whom an undo removed is left out.
_THEN = """
    SELECT position, prospect_id, added_at FROM memberships
    WHERE account_group_id = $1 AND audience_id = {list_id} AND added_at <= {moment}
    UNION ALL
    SELECT position, prospect_id, added_at FROM left_members
    WHERE account_group_id = $1 AND audience_id = {list_id} AND NOT was_merged
      AND added_at <= {moment} AND left_at > {moment}
"""
SOURCES: dict[Source, str] = {
    "now": """
        SELECT position, prospect_id, added_at FROM memberships
        WHERE account_group_id = $1 AND audience_id = {list_id}
    """,
    "then": f"""
        SELECT position, prospect_id, added_at FROM ({_THEN}) AS held
        WHERE coalesce((SELECT true FROM prospects p
                        WHERE p.account_group_id = $1 AND p.id = held.prospect_id), false)
        UNION ALL
        SELECT min(held.position), g.kept_id, min(held.added_at) FROM prospect_merges g
        JOIN ({_THEN}) AS held ON held.prospect_id = g.prospect_id
        WHERE g.account_group_id = $1
          AND NOT EXISTS (SELECT FROM ({_THEN}) AS other WHERE other.prospect_id = g.kept_id)
        GROUP BY g.kept_id
    """,
    "everybody": """
        SELECT 0::bigint AS position, id AS prospect_id, created_at AS added_at FROM prospects
        WHERE account_group_id = $1
    """,
}
WITH_TEXTS = "JOIN search_texts s ON s.account_group_id = $1 AND s.prospect_id = m.prospect_id"
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
    down = asked.descending
    sign, way, back = ("<", "DESC", "ASC") if down else (">", "ASC", "DESC")
    if asked.order != "addedAt":
        if not keyed:
            after_id = "" if after is None or after.key else " AND prospect_id > {after_id}"
            return Part(f"key = ''{after_id}", "prospect_id ASC", "prospect_id DESC")
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
        key, id_ = (LAST_KEY, LAST_ID) if asked.descending else (FIRST_KEY, FIRST_ID)
        return {"after_key": key, "after_id": id_}
    return {
        "after_key": after.key,
        "after_id": after.prospect_id,
        "after_position": after.position,
        "after_moment": after.added_at,
    }


def walked(asked: Asked, part: Part) -> str:
    """The next people in the order, whether they fit or not."""
    if asked.order == "addedAt":
        # The moments are bounds of the index of everybody; in an audience, positions are.
        bounds = moments_of(asked)
        return f"""
            SELECT * FROM ({SOURCES[asked.scope.source]}) AS m
            WHERE {part.after} AND {bounds} ORDER BY {part.by} LIMIT {{steps}}
        """
    return f"""
        SELECT * FROM (
            SELECT {KEYS[asked.order]} AS key, s.* FROM search_texts s WHERE s.account_group_id = $1
        ) AS s WHERE {part.after} ORDER BY {part.by} LIMIT {{steps}}
    """


def walk_of(asked: Asked, part: Part) -> str:
    if asked.order == "addedAt":
        texts = WITH_TEXTS if asked.reads_texts else ""
        return f"""
            SELECT '' AS key, m.position, m.added_at, m.prospect_id
            FROM ({walked(asked, part)}) AS m {texts} WHERE {who(asked)}
        """
    return f"""
        SELECT s.key, m.position, m.added_at, m.prospect_id FROM ({walked(asked, part)}) AS s
        JOIN ({SOURCES[asked.scope.source]}) AS m ON m.prospect_id = s.prospect_id
        WHERE {who(asked)}
    """
