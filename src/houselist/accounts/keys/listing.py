"""An account group's keys in the API's shapes, one or page by page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.keys.shapes import ApiKey
from houselist.envelope import timestamp
from houselist.errors import NotFound
from houselist.keys import group_store as store
from houselist.paging import Page, page_of, read_moment, sign_moment

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from houselist.paging import PageQuery
    from houselist.postgres.db import Connection


async def get_page(
    connection: Connection, account_group_id: bytes, page: PageQuery
) -> Page[ApiKey]:
    """The keys that open the account group, newest first, revoked ones too. Raises Invalid."""
    scope = f"keys/{account_group_id.hex()}"
    after = read_moment(scope, page.cursor) if page.cursor else (None, None)
    rows = await store.get_some(connection, account_group_id, after, page.limit + 1)
    shown = [_shown(row) for row in rows[: page.limit]]
    return page_of(shown, rows, lambda row: sign_moment(scope, row["created_at"], row["id"]))


async def get(connection: Connection, account_group_id: bytes, key_id: bytes) -> ApiKey:
    """A key that opens the account group. Raises NotFound."""
    row = await store.get(connection, account_group_id, key_id)
    if row is None:
        raise NotFound("There is no such key.")
    return _shown(row)


def _shown(row: asyncpg.Record) -> ApiKey:
    return ApiKey(
        row["id"].hex(),
        row["name"],
        sorted(row["permissions"]),
        row["opens_others"],
        row["sessions"],
        timestamp(row["created_at"]),
        _moment(row["expires_at"]),
        _moment(row["revoked_at"]),
        _moment(row["last_used_at"]),
    )


def _moment(at: datetime | None) -> str | None:
    return None if at is None else timestamp(at)
