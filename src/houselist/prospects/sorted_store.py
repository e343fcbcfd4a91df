"""Pages by name or company without filters: one statement, like a page in the order of joining.

It serves what is most common. Where a page is more than that, nothing is found here, and it is put
together like any other: people are yet to be written for the search, the audience is small, few of
its people are among the next by name, some are large, or the next ones have no name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.paging import MAX_LIMIT
from houselist.prospects.asked import Key
from houselist.prospects.clauses_store import FIRST_ID, FIRST_KEY, LAST_ID, LAST_KEY
from houselist.prospects.store import ORDINARY, SHOWN, prospect_of
from houselist.search.documents import KEY_LENGTH

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Order
    from houselist.prospects.shapes import Prospect

_KEY_AND_ID: Final = 2
# People that it goes through, and how many an audience has at least.
_STEPS: Final = 1_500
_MANY: Final = 5_000

_IS_WRITTEN = """(
    NOT EXISTS (SELECT FROM search_pending WHERE account_group_id = $1)
    AND EXISTS (
        SELECT FROM search_groups g
        JOIN people_versions v ON v.account_group_id = g.account_group_id
        WHERE g.account_group_id = $1 AND v.account_group_id = $1
          AND g.is_written AND g.unnoted = v.version - v.noted
    )
)"""
_IS_READY = f"""(
    SELECT active_job_id IS NULL AND prospect_count > {_MANY} FROM audiences
    WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NULL
)"""
_MEMBERS = """
    CROSS JOIN LATERAL (
        SELECT added_at FROM memberships
        WHERE account_group_id = $1 AND prospect_id = next.prospect_id AND audience_id = (
            SELECT coalesce(list_id, id) FROM audiences WHERE account_group_id = $1 AND id = $2
        ) LIMIT 1
    ) AS m
"""


def _page(order: str, way: str, sign: str, *, in_audience: bool) -> str:
    """As in joined_store, limits around each other have PostgreSQL keep its plan."""
    key = f'"left"({order}, {KEY_LENGTH})'
    ready = f"{_IS_READY} AND" if in_audience else "$2::bytea IS NULL AND"
    added_at = "m.added_at" if in_audience else "p.created_at"
    return f"""
        SELECT * FROM (
            SELECT * FROM (
                SELECT next.key, next.prospect_id, {added_at} AS shown_at, {SHOWN}
                FROM (
                    SELECT {key} AS key, prospect_id FROM search_texts
                    WHERE account_group_id = $1 AND ({key}, prospect_id) {sign} ($3, $4)
                      AND {ready} {_IS_WRITTEN}
                    ORDER BY {key} {way}, prospect_id {way} LIMIT {_STEPS}
                ) AS next {_MEMBERS if in_audience else ""}
                LEFT JOIN prospects p ON p.account_group_id = $1 AND p.id = next.prospect_id
                    AND {ORDINARY}
                WHERE next.key > ''
                ORDER BY next.key {way}, next.prospect_id {way} LIMIT {MAX_LIMIT + 1}
            ) AS most ORDER BY key {way}, prospect_id {way} LIMIT $5
        ) AS page ORDER BY key {way}, prospect_id {way} LIMIT $5
    """


_PAGES: Final = {
    (order, descending, in_audience): _page(
        order, *(("DESC", "<") if descending else ("ASC", ">")), in_audience=in_audience
    )
    for order in ("name", "company")
    for descending in (False, True)
    for in_audience in (False, True)
}


async def get_page(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes | None,
    order: Order,
    after: Key | None,
    *,
    descending: bool,
    limit: int,
) -> list[tuple[Key, Prospect]] | None:
    """The next people and their places, one more than `limit`; None if it takes more than this."""
    begin = (LAST_KEY, LAST_ID) if descending else (FIRST_KEY, FIRST_ID)
    if after is not None:
        if not after.key:
            return None
        begin = after.key, after.prospect_id
    text = _PAGES[order, descending, audience_id is not None]
    rows = await connection.fetch(text, account_group_id, audience_id, *begin, limit + 1)
    if len(rows) <= limit or any(row["id"] is None for row in rows):
        return None
    return [
        (Key(row["key"], 0, row["shown_at"], row["id"]), prospect_of(row[_KEY_AND_ID:]))
        for row in rows
    ]
