"""All SQL about connections: the connection itself, its daily budget, and its locks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import msgspec

from houselist.connections.shapes import Connected, Spent, Stored
from houselist.envelope import timestamp
from houselist.errors import Conflict

if TYPE_CHECKING:
    from datetime import date

    from houselist.connections.shapes import ConnectionStatus
    from houselist.postgres.db import Connection
    from houselist.providers.base import Kind

_decode_limits = msgspec.json.Decoder(dict[str, int]).decode


async def save(connection: Connection, account_group_id: bytes, new: Stored, details: str) -> None:
    """Connects an account group, in place of what it was connected to.

    Raises Conflict when another account group uses that account.
    """
    try:
        await connection.execute(
            """
            INSERT INTO provider_connections (account_group_id, provider, base_url,
                provider_account_id, api_version, sealed_key, daily_limits, concurrency, status,
                status_details, checked_at, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'connected', $9, now(), now(), now())
            ON CONFLICT (account_group_id) DO UPDATE SET provider = excluded.provider,
                base_url = excluded.base_url, provider_account_id = excluded.provider_account_id,
                api_version = excluded.api_version, sealed_key = excluded.sealed_key,
                daily_limits = excluded.daily_limits, concurrency = excluded.concurrency,
                status = 'connected',
                status_details = excluded.status_details, checked_at = now(), updated_at = now()
            """,
            account_group_id,
            new.provider,
            new.base_url,
            new.provider_account_id,
            new.api_version,
            new.sealed_key,
            msgspec.json.encode(new.daily_limits).decode(),
            new.concurrency,
            details,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "provider_connections_account":
            raise Conflict(
                "The account is connected already.",
                details="Another account group uses it, and an account has one daily budget.",
            ) from error
        raise


async def find(connection: Connection, account_group_id: bytes) -> Stored | None:
    """The account group's connection, if it has one."""
    row = await connection.fetchrow(
        """
        SELECT provider, base_url, provider_account_id, api_version, sealed_key, daily_limits,
               concurrency, status, status_details
        FROM provider_connections WHERE account_group_id = $1
        """,
        account_group_id,
    )
    if row is None:
        return None
    provider, base_url, account_id, version, sealed, limits, *rest = row
    return Stored(provider, base_url, account_id, version, sealed, _limits(limits), *rest)


def _limits(text: str) -> dict[Kind, int]:
    limits: dict[Kind, int] = _decode_limits(text)  # pyright: ignore[reportAssignmentType] - save() wrote kinds alone
    return limits


async def describe(connection: Connection, account_group_id: bytes) -> Connected | None:
    """The same as shown, with what is used of today's budget."""
    row = await connection.fetchrow(
        """
        SELECT c.provider, c.base_url, c.provider_account_id, c.api_version, c.daily_limits,
               (SELECT coalesce(json_object_agg(b.kind, b.used), '{}') FROM provider_budgets b
                WHERE b.account_group_id = $1
                  AND b.day = (now() AT TIME ZONE 'utc')::date),
               c.status, c.status_details, c.checked_at, c.created_at
        FROM provider_connections c WHERE c.account_group_id = $1
        """,
        account_group_id,
    )
    if row is None:
        return None
    provider, base_url, account_id, version, limits, used, status, details, checked, created = row
    return Connected(
        account_group_id.hex(),
        provider,
        base_url,
        account_id,
        version,
        _limits(limits),
        _limits(used),
        status,
        details,
        timestamp(checked),
        timestamp(created),
    )


async def note_status(
    connection: Connection,
    account_group_id: bytes,
    status: ConnectionStatus,
    details: str,
    *,
    checked: bool = False,
) -> None:
    """Notes how the provider responded last, if that is new or somebody `checked`."""
    await connection.execute(
        """
        UPDATE provider_connections
        SET status = $2, status_details = $3, checked_at = now(), updated_at = now()
        WHERE account_group_id = $1
          AND ($4 OR (status, status_details) IS DISTINCT FROM ($2, $3))
        """,
        account_group_id,
        status,
        details,
        checked,
    )


async def replace_key(
    connection: Connection, account_group_id: bytes, old: bytes, sealed_key: bytes
) -> None:
    """Replaces `old` with the same key sealed again, unless it was changed meanwhile."""
    await connection.execute(
        """
        UPDATE provider_connections SET sealed_key = $3, updated_at = now()
        WHERE account_group_id = $1 AND sealed_key = $2
        """,
        account_group_id,
        old,
        sealed_key,
    )


async def remove(connection: Connection, account_group_id: bytes) -> bool:
    """Deletes the connection and its key. False when there was none."""
    gone = await connection.execute(
        "DELETE FROM provider_connections WHERE account_group_id = $1", account_group_id
    )
    return gone != "DELETE 0"


async def spend(
    connection: Connection, account_group_id: bytes, kind: Kind, count: int, limit: int
) -> Spent:
    """Takes `count` from today's budget, if that much is left of `limit`."""
    row = await connection.fetchrow(
        """
        WITH spent AS (
            INSERT INTO provider_budgets AS b (account_group_id, day, kind, used)
            SELECT $1, (now() AT TIME ZONE 'utc')::date, $2, $3 WHERE $3 <= $4::bigint
            ON CONFLICT (account_group_id, day, kind) DO UPDATE SET used = b.used + $3
            WHERE b.used + $3 <= $4
            RETURNING day
        )
        SELECT (SELECT day FROM spent),
               (date_trunc('day', now() AT TIME ZONE 'utc') + interval '1 day') AT TIME ZONE 'utc'
        """,
        account_group_id,
        kind,
        count,
        limit,
    )
    if row is None:
        raise RuntimeError("SELECT without FROM gave no row")
    return Spent(*row)


async def give_back(
    connection: Connection, account_group_id: bytes, day: date, kind: Kind, count: int
) -> None:
    """Returns what was set aside and not needed."""
    await connection.execute(
        """
        UPDATE provider_budgets SET used = used - $4
        WHERE account_group_id = $1 AND day = $2 AND kind = $3
        """,
        account_group_id,
        day,
        kind,
        count,
    )


async def try_lock(connection: Connection, key: str, door: str | None) -> bool:
    """Takes a lock that lives as long as this connection, if it is free.

    Not while somebody holds the `door`, which is taken and freed at once.
    """
    if door is None:
        return await connection.fetchval(
            "SELECT pg_try_advisory_lock(hashtextextended('provider/' || $1, 0))", key
        )
    return await connection.fetchval(
        """
        SELECT CASE
            WHEN NOT pg_try_advisory_lock(hashtextextended('provider/' || $2, 0)) THEN false
            WHEN pg_advisory_unlock(hashtextextended('provider/' || $2, 0))
                THEN pg_try_advisory_lock(hashtextextended('provider/' || $1, 0))
        END
        """,
        key,
        door,
    )


async def unlock(connection: Connection, key: str) -> None:
    """Frees such a lock."""
    await connection.execute(
        "SELECT pg_advisory_unlock(hashtextextended('provider/' || $1, 0))", key
    )


async def beat(connection: Connection) -> None:
    """Asks for nothing: shows that both ends of the connection are alive."""
    await connection.execute("SELECT 1")
