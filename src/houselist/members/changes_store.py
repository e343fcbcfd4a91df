"""All SQL that tells who joined and left an audience.

Nothing is written for it but who has left: that somebody joined is told by the membership itself,
whose position is the number of that change.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences import store as audiences
from houselist.envelope import timestamp
from houselist.members.shapes import Change
from houselist.paging import Page, read_number, sign_number

if TYPE_CHECKING:
    from houselist.paging import PageQuery
    from houselist.postgres.db import Connection

# Changes with a number above $3, of each list of the audience that has any: those who joined it and
# are there, those who joined it and left, those who left, and those who left when it was emptied.
# A former list is never changed, so its numbers are all below those of the next one.
_CHANGES = """
    WITH lists AS (
        SELECT list_id, emptied_number, emptied_at, first_position FROM audience_lists
        WHERE account_group_id = $1 AND audience_id = $2
          AND (last_number IS NULL OR last_number > $3)
        UNION ALL
        SELECT id, NULL, NULL, NULL FROM audiences
        WHERE account_group_id = $1 AND id = $2 AND list_id IS NULL
    ), changes AS (
        SELECT c.* FROM lists l CROSS JOIN LATERAL (
            (SELECT position AS number, prospect_id, true AS joined, added_at AS at,
                    NULL::bytea AS job_id
             FROM memberships
             WHERE account_group_id = $1 AND audience_id = l.list_id AND position > $3
               AND joined_number IS NULL
             ORDER BY position LIMIT $4)
            UNION ALL
            (SELECT joined_number, prospect_id, true, added_at, NULL FROM memberships
             WHERE account_group_id = $1 AND audience_id = l.list_id AND joined_number > $3
             ORDER BY joined_number LIMIT $4)
            UNION ALL
            (SELECT position, prospect_id, true, added_at, NULL FROM left_members
             WHERE account_group_id = $1 AND audience_id = l.list_id AND position > $3
               AND joined_number = position
             ORDER BY position LIMIT $4)
            UNION ALL
            (SELECT joined_number, prospect_id, true, added_at, NULL FROM left_members
             WHERE account_group_id = $1 AND audience_id = l.list_id AND joined_number > $3
               AND joined_number <> position
             ORDER BY joined_number LIMIT $4)
            UNION ALL
            (SELECT left_number, prospect_id, false, left_at, job_id FROM left_members
             WHERE account_group_id = $1 AND audience_id = l.list_id AND left_number > $3
             ORDER BY left_number LIMIT $4)
            UNION ALL
            (SELECT l.emptied_number + position - l.first_position, prospect_id, false,
                    l.emptied_at, NULL
             FROM memberships
             WHERE account_group_id = $1 AND audience_id = l.list_id
               AND position > $3 - l.emptied_number + l.first_position
             ORDER BY position LIMIT $4)
        ) AS c
        ORDER BY c.number LIMIT $4
    )
    SELECT c.number, c.prospect_id, c.joined, coalesce(s.at, c.at) AS at,
           coalesce(s.job_id, c.job_id) AS job_id
    FROM changes c
    LEFT JOIN LATERAL (
        SELECT first_number, at, job_id FROM membership_spans
        WHERE account_group_id = $1 AND audience_id = $2 AND c.joined AND last_number >= c.number
        ORDER BY last_number LIMIT 1
    ) AS s ON s.first_number <= c.number
    ORDER BY c.number
"""


async def get_page(
    connection: Connection, account_group_id: bytes, audience_id: bytes, page: PageQuery
) -> Page[Change]:
    """Who joined and left, in the order of commits. The cursor never ends.

    Raises NotFound, AudienceNotReady, or Invalid for a bad cursor.
    """
    scope = f"changes/{account_group_id.hex()}/{audience_id.hex()}"
    after = read_number(scope, page.cursor) if page.cursor else 0
    await audiences.get_ready(connection, account_group_id, audience_id)
    rows = await connection.fetch(_CHANGES, account_group_id, audience_id, after, page.limit + 1)
    shown = rows[: page.limit]
    last = shown[-1]["number"] if shown else after
    items = [
        Change(
            row["prospect_id"].hex(),
            "joined" if row["joined"] else "left",
            timestamp(row["at"]),
            row["job_id"] and row["job_id"].hex(),
        )
        for row in shown
    ]
    return Page(items, sign_number(scope, last), len(rows) > len(shown))
