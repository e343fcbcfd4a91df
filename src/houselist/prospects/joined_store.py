"""Pages of an audience's people in the order in which they joined, without filters.

This is the most common read, so one statement does it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from houselist.audiences import store as audiences
from houselist.paging import MAX_ITEMS, MAX_LIMIT, PageQuery, fitting
from houselist.prospects.cursors import Cursors, key_at
from houselist.prospects.store import ORDINARY, SHOWN, SIZE, prospect_of

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.prospects.shapes import ProspectPage

# The present list of members of the audience $2.
_LIST = """(SELECT coalesce(list_id, id) FROM audiences WHERE account_group_id = $1 AND id = $2)"""


def _page(sign: str, way: str) -> str:
    """People after a position, or before it.

    The first column guards: null for no such audience, empty for a ready one, else the job's id. So
    one statement decides between 404, 409 and the people. People larger than ordinary come as
    nulls; attributes that are large even when compressed are not decompressed to find that out.

    The limits around it are for the planner, which takes as long as reading 50 people does. It
    keeps a plan only where that promises to cost no more than one made for the arguments, and a
    limit that it doesn't know counts as a tenth of the rows. Three around each other count as one
    row, so the plan is kept for pages of all sizes, however uneven audiences are.
    """
    return f"""
        SELECT * FROM (
            SELECT * FROM (
                SELECT (SELECT coalesce(active_job_id, '') FROM audiences
                        WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NULL) AS guard,
                       m.position, m.added_at, {SHOWN}
                FROM memberships m
                LEFT JOIN prospects p ON p.account_group_id = m.account_group_id
                    AND p.id = m.prospect_id AND {ORDINARY}
                WHERE m.account_group_id = $1 AND m.audience_id = {_LIST} AND m.position {sign} $3
                ORDER BY m.position {way} LIMIT {MAX_LIMIT + 1}
            ) AS most ORDER BY position {way} LIMIT $4
        ) AS page ORDER BY position {way} LIMIT $4
    """


_GUARD_AND_POSITION = 2


def _page_of_large(sign: str, way: str) -> str:
    """A page with large people goes from one to the next until a response is full.

    So nobody after that is measured or leaves PostgreSQL. `bytes` is the size of all people up to
    this one.
    """
    return f"""
        WITH RECURSIVE walk AS (
            SELECT $3::bigint AS position, 0::bigint AS bytes, 0 AS number
            UNION ALL
            SELECT n.position, w.bytes + {SIZE}, w.number + 1
            FROM walk w
            CROSS JOIN LATERAL (
                SELECT position, prospect_id FROM memberships
                WHERE account_group_id = $1 AND audience_id = {_LIST} AND position {sign} w.position
                ORDER BY position {way} LIMIT 1
            ) AS n
            JOIN prospects p ON p.account_group_id = $1 AND p.id = n.prospect_id
            WHERE w.bytes < {MAX_ITEMS} AND w.number < $4::integer
        )
        SELECT w.bytes, EXISTS (
                   SELECT FROM memberships WHERE account_group_id = $1 AND audience_id = {_LIST}
                   AND position {sign} (SELECT position FROM walk ORDER BY number DESC LIMIT 1)
               ) AS more, m.position, m.added_at, {SHOWN}
        FROM walk w
        JOIN memberships m ON m.account_group_id = $1 AND m.audience_id = {_LIST}
            AND m.position = w.position
        JOIN prospects p ON p.account_group_id = $1 AND p.id = m.prospect_id
        WHERE w.number > 0 ORDER BY w.number
    """


# By whether they go backwards.
_WAYS: Final = {False: (">", "ASC"), True: ("<", "DESC")}
_PAGES: Final = {backwards: _page(*way) for backwards, way in _WAYS.items()}
_PAGES_OF_LARGE: Final = {backwards: _page_of_large(*way) for backwards, way in _WAYS.items()}
_BEFORE_FIELDS = 3
# Positions begin with 1, and none is above this.
_LAST: Final = 2**63 - 1


def cursors_of(account_group_id: bytes, audience_id: bytes) -> Cursors:
    """The cursors of an audience's list."""
    scope = f"prospects/{account_group_id.hex()}/{audience_id.hex()}"
    return Cursors(scope, "addedAt", in_audience=True)


async def get_page(
    connection: Connection, account_group_id: bytes, audience_id: bytes, page: PageQuery
) -> ProspectPage:
    """An audience's prospects in the order they joined.

    Raises NotFound, AudienceNotReady, or Invalid for a bad cursor.
    """
    cursors = cursors_of(account_group_id, audience_id)
    place = cursors.read(page.cursor)
    position = place.key.position if place.key else _LAST if place.backwards else 0
    asked = (account_group_id, audience_id, position)
    rows = await connection.fetch(_PAGES[place.backwards], *asked, page.limit + 1)
    if not rows or rows[0]["guard"] != b"":
        # This raises the error. If the audience became ready in the meantime, it is read again.
        await audiences.get_ready(connection, account_group_id, audience_id)
        if rows:
            return await get_page(connection, account_group_id, audience_id, page)
        if place.backwards:
            # Whoever came before is gone, so this is where the list begins now.
            first = PageQuery(limit=page.limit)
            return await get_page(connection, account_group_id, audience_id, first)
    shown = rows[: page.limit]
    if all(row["id"] is not None for row in shown):
        items = [prospect_of(row[_GUARD_AND_POSITION:]) for row in shown]
        more = len(rows) > len(items)
    else:
        # As many as a response holds, at least one.
        shown = await connection.fetch(_PAGES_OF_LARGE[place.backwards], *asked, page.limit)
        found = [prospect_of(row[_BEFORE_FIELDS:]) for row in shown]
        items = fitting(found, shown[-1]["bytes"] if shown else 0)
        more = bool(shown) and (shown[0]["more"] or len(items) < len(found))
    keys = [key_at(row["position"]) for row in shown[: len(items)]]
    return cursors.page(place, items, keys, keys[-1] if more else None)
