"""All SQL that deletes old uploads. Their own rows stay, and so do jobs and their ledgers.

Of uploads that broke off nothing stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.postgres.db import rows_of
from houselist.uploads import store

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.postgres.db import Connection


class Old(NamedTuple):
    """An upload that may be due for deletion. `is_past`: it is due, or its deletion has begun."""

    created_at: datetime
    account_group_id: bytes
    upload_id: bytes
    is_past: bool


async def get_old(
    connection: Connection, after: Old | None, *, used_days: int, unused_days: int, limit: int
) -> list[Old]:
    """Uploads of all account groups that are old enough to consider, oldest first.

    An upload that jobs used is due when all of them have been over for `used_days`; another when it
    is `unused_days` old. Fewer than `limit` rows mean that there are no more.
    """
    rows = await connection.fetch(
        """
        SELECT created_at, account_group_id, id, let_go_at IS NOT NULL OR NOT EXISTS (
            SELECT FROM prospecting_jobs j
            WHERE j.account_group_id = u.account_group_id AND j.upload_id = u.id
              AND (j.status IN ('queued', 'running')
                   OR j.updated_at > now() - make_interval(days => $4))
        )
        FROM uploads u
        WHERE purged_at IS NULL AND completed_at IS NOT NULL
          AND created_at < now() - make_interval(days => least($4, $5))
          AND ($1::timestamptz IS NULL OR (created_at, account_group_id, id) > ($1, $2, $3))
        ORDER BY created_at, account_group_id, id LIMIT $6
        """,
        *(after[:3] if after else (None, None, None)),
        used_days,
        unused_days,
        limit,
    )
    return [Old(*row) for row in rows]


async def let_go(
    connection: Connection, account_group_id: bytes, upload_id: bytes, used_days: int
) -> bool:
    """Makes an upload unusable, unless a new job uses it. Returns whether it is unusable now."""
    # The start of a job locks the upload. Once this lock is granted, the next statement sees that
    # job.
    await connection.execute(
        "SELECT FROM uploads WHERE account_group_id = $1 AND id = $2 FOR UPDATE",
        account_group_id,
        upload_id,
    )
    gone = await connection.fetchval(
        """
        UPDATE uploads u SET let_go_at = least(let_go_at, now())
        WHERE account_group_id = $1 AND id = $2 AND purged_at IS NULL AND NOT EXISTS (
            SELECT FROM prospecting_jobs j
            WHERE j.account_group_id = $1 AND j.upload_id = $2
              AND (j.status IN ('queued', 'running')
                   OR j.updated_at > now() - make_interval(days => $3))
        )
        RETURNING true
        """,
        account_group_id,
        upload_id,
        used_days,
    )
    return bool(gone)


async def get_abandoned(connection: Connection, limit: int) -> list[tuple[bytes, bytes]]:
    """Unfinished uploads of all account groups that are more than a day old: their servers died."""
    rows = await connection.fetch(
        """
        SELECT account_group_id, id FROM uploads
        WHERE completed_at IS NULL AND created_at < now() - interval '1 day' LIMIT $1
        """,
        limit,
    )
    return [(row[0], row[1]) for row in rows]


async def discard_some(
    connection: Connection, account_group_id: bytes, upload_id: bytes, limit: int
) -> bool:
    """Removes up to `limit` chunks of an abandoned upload, then the upload. True if it is gone."""
    if not await _purge_chunks(connection, account_group_id, upload_id, limit):
        return False
    await store.discard(connection, account_group_id, upload_id)
    return True


async def purge(
    connection: Connection, account_group_id: bytes, upload_id: bytes, limit: int
) -> bool:
    """Removes up to `limit` chunks of an unusable upload. True if none are left."""
    if not await _purge_chunks(connection, account_group_id, upload_id, limit):
        return False
    await connection.execute(
        """
        WITH upload AS (
            UPDATE uploads SET purged_at = now()
            WHERE account_group_id = $1 AND id = $2 AND purged_at IS NULL
            RETURNING stored_bytes
        )
        UPDATE account_limits l SET stored_bytes = greatest(l.stored_bytes - u.stored_bytes, 0)
        FROM upload u WHERE l.account_group_id = $1
        """,
        account_group_id,
        upload_id,
    )
    return True


async def _purge_chunks(
    connection: Connection, account_group_id: bytes, upload_id: bytes, limit: int
) -> bool:
    """True if none are left, which is certain when there were fewer than `limit`."""
    gone = await connection.execute(
        """
        DELETE FROM upload_chunks
        WHERE account_group_id = $1 AND upload_id = $2 AND first_row = ANY (ARRAY(
            SELECT first_row FROM upload_chunks
            WHERE account_group_id = $1 AND upload_id = $2 ORDER BY first_row LIMIT $3
        ))
        """,
        account_group_id,
        upload_id,
        limit,
    )
    return rows_of(gone) < limit
