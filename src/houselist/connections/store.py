"""All SQL about connections: the connection itself, its daily budget, and its pace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import msgspec

from houselist.connections.pace import Pace
from houselist.connections.shapes import Connected, Spent, Stored
from houselist.envelope import timestamp
from houselist.errors import Conflict
from houselist.postgres import db

if TYPE_CHECKING:
    from datetime import date

    from houselist.connections.shapes import ConnectionStatus
    from houselist.postgres.db import Connection
    from houselist.providers.base import Kind

_decode_limits = msgspec.json.Decoder(dict[str, int]).decode
_decode_pace = msgspec.json.Decoder(Pace).decode
# Requests that ask for the moment at the same time ask again after so many seconds.
_SHORTEST_WAIT = 0.01


async def save(connection: Connection, account_group_id: bytes, new: Stored, details: str) -> None:
    """Connects an account group, in place of what it was connected to.

    Raises Conflict when another account group uses that account.
    """
    try:
        await connection.execute(
            """
            INSERT INTO provider_connections (account_group_id, provider, base_url,
                provider_account_id, api_version, sealed_key, daily_limits, concurrency, pace,
                status, status_details, checked_at, created_at, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'connected', $10, now(), now(), now())
            ON CONFLICT (account_group_id) DO UPDATE SET provider = excluded.provider,
                base_url = excluded.base_url, provider_account_id = excluded.provider_account_id,
                api_version = excluded.api_version, sealed_key = excluded.sealed_key,
                daily_limits = excluded.daily_limits, concurrency = excluded.concurrency,
                next_call_at = CASE WHEN provider_connections.pace = excluded.pace
                    THEN provider_connections.next_call_at END,
                pace = excluded.pace, status = 'connected',
                status_details = excluded.status_details, checked_at = excluded.checked_at,
                updated_at = excluded.updated_at
            """,
            account_group_id,
            new.provider,
            new.base_url,
            new.provider_account_id,
            new.api_version,
            new.sealed_key,
            msgspec.json.encode(new.daily_limits).decode(),
            new.concurrency,
            msgspec.json.encode(new.pace).decode(),
            details,
        )
    except asyncpg.UniqueViolationError as error:
        if db.violates(error, "provider_connections_account"):
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
               concurrency, status, status_details, pace
        FROM provider_connections WHERE account_group_id = $1
        """,
        account_group_id,
    )
    if row is None:
        return None
    provider, base_url, account_id, version, sealed, limits, *rest = row
    *rest, pace = rest
    found = Stored(provider, base_url, account_id, version, sealed, _limits(limits), *rest)
    return found._replace(pace=_decode_pace(pace))


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
               c.pace, c.status, c.status_details, c.checked_at, c.created_at
        FROM provider_connections c WHERE c.account_group_id = $1
        """,
        account_group_id,
    )
    if row is None:
        return None
    provider, base_url, account_id, version, limits, used, kept, *state = row
    status, details, checked, created = state
    pace = _decode_pace(kept)
    return Connected(
        account_group_id.hex(),
        provider,
        base_url,
        account_id,
        version,
        _limits(limits),
        _limits(used),
        pace.pauses and str(pace.pauses),
        pace.hours and pace.hours.hours(),
        pace.hours and pace.hours.weekdays(),
        pace.hours and pace.hours.time_zone,
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
    connection: Connection,
    account_group_id: bytes,
    kind: Kind,
    count: int,
    limit: int,
    *,
    least: int | None = None,
) -> Spent:
    """Takes `count` from today's budget, or what is left of `limit`, but no less than `least`.

    Without `least` it takes all or nothing.
    """
    row = await connection.fetchrow(
        """
        WITH spent AS (
            INSERT INTO provider_budgets AS b (account_group_id, day, kind, used, taken)
            SELECT $1, (now() AT TIME ZONE 'utc')::date, $2, least($3::bigint, $4::bigint),
                   least($3::bigint, $4::bigint)
            WHERE $5::bigint <= $4
            ON CONFLICT (account_group_id, day, kind) DO UPDATE
                SET used = b.used + least($3, $4 - b.used), taken = least($3, $4 - b.used)
            WHERE b.used + $5 <= $4
            RETURNING day, taken, used
        ), before AS (
            SELECT used FROM provider_budgets
            WHERE account_group_id = $1 AND day = (now() AT TIME ZONE 'utc')::date AND kind = $2
        )
        SELECT (SELECT day FROM spent), coalesce((SELECT taken FROM spent), 0),
               coalesce((SELECT used FROM spent), (SELECT used FROM before), 0),
               (date_trunc('day', now() AT TIME ZONE 'utc') + interval '1 day') AT TIME ZONE 'utc'
        """,
        account_group_id,
        kind,
        count,
        limit,
        count if least is None else least,
    )
    if row is None:
        raise RuntimeError("a SELECT of one row gave none")
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


async def give_back_undelivered(
    connection: Connection,
    account_group_id: bytes,
    day: date,
    kind: Kind,
    count: int,
    *,
    most_a_day: int,
) -> None:
    """Returns what the provider did not deliver, but no more than that in all of a day."""
    await connection.execute(
        """
        UPDATE provider_budgets
        SET used = used - least($4::bigint, greatest($5::bigint - given_back, 0)),
            given_back = given_back + least($4, greatest($5 - given_back, 0))
        WHERE account_group_id = $1 AND day = $2 AND kind = $3
        """,
        account_group_id,
        day,
        kind,
        count,
        most_a_day,
    )


async def begin_call(connection: Connection, account_group_id: bytes, pause: float) -> float:
    """Takes the moment for a request, after which there is a pause of so many seconds.

    0 where it may be made now; else it was not taken, and may be after so many seconds.
    """
    row = await connection.fetchrow(
        """
        WITH begun AS (
            UPDATE provider_connections SET next_call_at = now() + make_interval(secs => $2)
            WHERE account_group_id = $1 AND (next_call_at IS NULL OR next_call_at <= now())
            RETURNING true
        )
        SELECT EXISTS (SELECT FROM begun),
               extract(epoch FROM next_call_at - now())::double precision
        FROM provider_connections WHERE account_group_id = $1
        """,
        account_group_id,
        pause,
    )
    # An account that was disconnected meanwhile has no pace left.
    if row is None or row[0]:
        return 0.0
    return max(row[1] or 0.0, _SHORTEST_WAIT)


async def end_call(connection: Connection, account_group_id: bytes, pause: float) -> None:
    """Has the pause begin now, where the request took longer than nothing."""
    await connection.execute(
        """
        UPDATE provider_connections
        SET next_call_at = greatest(next_call_at, now() + make_interval(secs => $2))
        WHERE account_group_id = $1
        """,
        account_group_id,
        pause,
    )
