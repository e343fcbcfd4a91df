"""All SQL that deletes what is kept for a time only: history of audiences and people, and budgets.

What else is: idempotency keys in web/, uploads in uploads/, the queue's log in postgres/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from houselist.postgres.db import rows_of

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.postgres.db import Connection


class Emptied(NamedTuple):
    """A list of members that was an audience's until it was emptied."""

    emptied_at: datetime
    account_group_id: bytes
    list_id: bytes


class _Kept(NamedTuple):
    """What tells the age of a table's rows, and the rest of their key after the account group."""

    is_old: str
    key: str


_DAYS_AGO = "now() - make_interval(days => {days})"
_DATE = "(now() AT TIME ZONE 'UTC')::date - {days}"
# A combination that goes on may need whoever left since it was started.
_UNREAD = """
    AND left_at < coalesce((
        SELECT min(created_at) FROM prospecting_jobs
        WHERE account_group_id = $1 AND status IN ('queued', 'running')
          AND source_type = 'combination'
    ), 'infinity')
"""
_HISTORY = {
    "left_members": _Kept(f"left_at < {_DAYS_AGO}", "audience_id, left_number"),
    "membership_spans": _Kept(f"at < {_DAYS_AGO}", "audience_id, last_number"),
    "audience_days": _Kept(f"day < {_DATE}", "audience_id, day"),
    "value_changes": _Kept(f"at < {_DAYS_AGO}", "prospect_id, version, number"),
}
_KEPT = {**_HISTORY, "provider_budgets": _Kept(f"day < {_DATE}", "day, kind")}
HISTORY = tuple(_HISTORY)
BUDGETS = "provider_budgets"


async def try_lock(connection: Connection) -> bool:
    """Whether this worker is the one that deletes now, until the transaction ends."""
    return await connection.fetchval(
        "SELECT pg_try_advisory_xact_lock(hashtextextended('retention', 0))"
    )


async def get_groups(connection: Connection, table: str, days: int) -> list[bytes]:
    """The account groups with rows of this table that are older than so many days."""
    is_old = _KEPT[table].is_old.format(days="$1::integer")
    rows = await connection.fetch(
        f"SELECT DISTINCT account_group_id FROM {table} WHERE {is_old}", days
    )
    return [row[0] for row in rows]


async def forget(
    connection: Connection, table: str, account_group_id: bytes, *, days: int, limit: int
) -> int:
    """Deletes up to `limit` rows of this table that are older than so many days. Returns how many.

    Those who left stay while a combination may need them.
    """
    is_old, key = _KEPT[table]
    unread = _UNREAD if table == "left_members" else ""
    is_one = " AND ".join(f"t.{column} = old.{column}" for column in key.split(", "))
    gone = await connection.execute(
        f"""
        DELETE FROM {table} t USING (
            SELECT {key} FROM {table}
            WHERE account_group_id = $1 AND {is_old.format(days="$2::integer")} {unread}
            LIMIT $3
        ) AS old
        WHERE t.account_group_id = $1 AND {is_one}
        """,
        account_group_id,
        days,
        limit,
    )
    return rows_of(gone)


async def get_emptied(
    connection: Connection, after: Emptied | None, *, days: int, limit: int
) -> list[Emptied]:
    """Lists of all account groups that were emptied so many days ago, oldest first."""
    rows = await connection.fetch(
        """
        SELECT emptied_at, account_group_id, list_id FROM audience_lists
        WHERE emptied_at < now() - make_interval(days => $4)
          AND ($1::timestamptz IS NULL OR (emptied_at, account_group_id, list_id) > ($1, $2, $3))
        ORDER BY emptied_at, account_group_id, list_id LIMIT $5
        """,
        *(after or (None, None, None)),
        days,
        limit,
    )
    return [Emptied(*row) for row in rows]


async def forget_list(connection: Connection, account_group_id: bytes, list_id: bytes) -> None:
    """Forgets a former list whose members are deleted."""
    await connection.execute(
        """
        DELETE FROM audience_lists
        WHERE account_group_id = $1 AND list_id = $2 AND emptied_at IS NOT NULL
        """,
        account_group_id,
        list_id,
    )
