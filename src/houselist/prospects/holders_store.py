"""All SQL of the audiences that hold a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.envelope import timestamp
from houselist.paging import Page, page_of, read_moment, sign_moment
from houselist.prospects import store
from houselist.prospects.shapes import HoldingAudience

if TYPE_CHECKING:
    from houselist.paging import PageQuery
    from houselist.postgres.db import Connection


async def get_page(
    connection: Connection, account_group_id: bytes, prospect_id: bytes, page: PageQuery
) -> Page[HoldingAudience]:
    """The audiences that a person is in, those joined last first.

    Raises NotFound, or Invalid for a bad cursor.
    """
    scope = f"holders/{account_group_id.hex()}/{prospect_id.hex()}"
    after = read_moment(scope, page.cursor) if page.cursor else (None, None)
    rows = await connection.fetch(
        """
        SELECT a.id, a.name, m.added_at FROM memberships m
        LEFT JOIN audience_lists l ON l.account_group_id = $1 AND l.list_id = m.audience_id
        JOIN audiences a ON a.account_group_id = $1
            AND a.id = coalesce(l.audience_id, m.audience_id)
            AND coalesce(a.list_id, a.id) = m.audience_id
        WHERE m.account_group_id = $1 AND m.prospect_id = $2 AND a.deleted_at IS NULL
          AND ($3::timestamptz IS NULL OR (m.added_at, a.id) < ($3, $4::bytea))
        ORDER BY m.added_at DESC, a.id DESC LIMIT $5
        """,
        account_group_id,
        prospect_id,
        *after,
        page.limit + 1,
    )
    if not rows:
        await store.check_known(connection, account_group_id, prospect_id)
    shown = [
        HoldingAudience(row["id"].hex(), row["name"], timestamp(row["added_at"]))
        for row in rows[: page.limit]
    ]
    return page_of(shown, rows, lambda row: sign_moment(scope, row["added_at"], row["id"]))
