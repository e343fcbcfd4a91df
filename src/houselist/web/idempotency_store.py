"""All SQL about idempotency keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from houselist.errors import IdempotencyConflict
from houselist.postgres.db import rows_of
from houselist.web.idempotency import Remembered

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.web.idempotency import Claim


async def claim(connection: Connection, request: Claim) -> Remembered | None:
    """None when this request is the first, else its first response; after 24 hours it is new again.

    Two at once: the second waits here until the first has committed or rolled back.
    Raises IdempotencyConflict when the key was used for another request.
    """
    first = await connection.fetchrow(
        """
        INSERT INTO idempotency_keys AS kept
            (account_group_id, key_id, route, idempotency_key, fingerprint, created_at)
        VALUES ($1, $2, $3, $4, $5, now())
        ON CONFLICT (account_group_id, key_id, route, idempotency_key) DO UPDATE
            SET fingerprint = excluded.fingerprint, created_at = excluded.created_at,
                status = NULL, headers = NULL, data = NULL
            WHERE excluded.created_at - kept.created_at > interval '24 hours'
        RETURNING true
        """,
        request.account_group_id,
        request.key_id,
        request.route,
        request.idempotency_key,
        request.fingerprint,
    )
    if first is not None:
        return None
    kept = await connection.fetchrow(
        """
        SELECT fingerprint, status, headers, data FROM idempotency_keys
        WHERE account_group_id = $1 AND key_id = $2 AND route = $3 AND idempotency_key = $4
        """,
        request.account_group_id,
        request.key_id,
        request.route,
        request.idempotency_key,
    )
    if kept is None:
        # It was deleted between the two statements, so it is new again.
        return await claim(connection, request)
    if kept["fingerprint"] != request.fingerprint:
        raise IdempotencyConflict(details="Use a new Idempotency-Key for a new request.")
    headers = msgspec.json.decode(kept["headers"], type=dict[str, str])
    return Remembered(kept["status"], headers, kept["data"].encode())


async def remember(connection: Connection, request: Claim, response: Remembered) -> None:
    """Stores the response, in the transaction of the write it reports."""
    await connection.execute(
        """
        UPDATE idempotency_keys SET status = $5, headers = $6, data = $7
        WHERE account_group_id = $1 AND key_id = $2 AND route = $3 AND idempotency_key = $4
        """,
        request.account_group_id,
        request.key_id,
        request.route,
        request.idempotency_key,
        response.status,
        msgspec.json.encode(response.headers).decode(),
        response.data.decode(),
    )


async def forget_old(connection: Connection, limit: int) -> int:
    """Deletes up to `limit` keys older than 24 hours, oldest first. Returns how many."""
    gone = await connection.execute(
        """
        DELETE FROM idempotency_keys
        WHERE (account_group_id, key_id, route, idempotency_key) IN (
            SELECT account_group_id, key_id, route, idempotency_key FROM idempotency_keys
            WHERE created_at < now() - interval '24 hours' ORDER BY created_at LIMIT $1
        )
        """,
        limit,
    )
    return rows_of(gone)
