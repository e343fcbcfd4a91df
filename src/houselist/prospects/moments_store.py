"""All SQL that finds which members an audience had at a moment, and who joined before one."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from houselist.postgres.db import Connection
    from houselist.prospects.asked import Scope


class Audience(NamedTuple):
    """An audience to look into. `is_known`: whether its history reaches back to the moment."""

    list_id: bytes
    size: int | None
    next_number: int
    active_job_id: bytes | None
    is_future: bool
    is_known: bool
    existed: bool


async def get_audience(
    connection: Connection,
    account_group_id: bytes,
    audience_id: bytes,
    moment: datetime | None,
    history_days: int,
) -> Audience | None:
    """The audience with its list of members now, or at a moment."""
    row = await connection.fetchrow(
        """
        SELECT coalesce(
                   (SELECT l.list_id FROM audience_lists l
                    WHERE l.account_group_id = $1 AND l.audience_id = $2 AND l.emptied_at > $3
                    ORDER BY l.emptied_at LIMIT 1),
                   list_id, id
               ) AS list_id,
               CASE WHEN $3 IS NULL THEN prospect_count END, next_position, active_job_id,
               $3::timestamptz > now(),
               $3 IS NULL OR $3 < created_at OR $3 >= now() - make_interval(days => $4::int)
                   AND (history_since IS NULL OR $3 >= history_since),
               $3 IS NULL OR $3 >= created_at
        FROM audiences WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NULL
        """,
        account_group_id,
        audience_id,
        moment,
        history_days,
    )
    return None if row is None else Audience(*row)


async def find_position(
    connection: Connection, scope: Scope, moment: datetime, *, at_once: bool
) -> int:
    """The last position of those who were added before a moment; with `at_once`, at it too.

    Moments never go back as positions grow, so halves are enough: some twenty looks.
    """
    return await connection.fetchval(
        """
        WITH RECURSIVE halved AS (
            SELECT $3::bigint AS low, $4::bigint AS high
            UNION ALL
            SELECT CASE WHEN is_early THEN middle ELSE low END,
                   CASE WHEN is_early THEN high ELSE middle END
            FROM (
                SELECT low, high, (low + high) / 2 AS middle, coalesce((
                    SELECT CASE WHEN $6 THEN next.added_at <= $5 ELSE next.added_at < $5 END
                    FROM (
                        (SELECT position, added_at FROM memberships
                         WHERE account_group_id = $1 AND audience_id = $2
                           AND position >= (low + high) / 2 ORDER BY position LIMIT 1)
                        UNION ALL
                        (SELECT position, added_at FROM left_members
                         WHERE account_group_id = $1 AND audience_id = $2
                           AND position >= (low + high) / 2 ORDER BY position LIMIT 1)
                    ) AS next ORDER BY next.position LIMIT 1
                ), false) AS is_early
                FROM halved WHERE high - low > 1
            ) AS step
        )
        SELECT min(high) - 1 FROM halved
        """,
        scope.account_group_id,
        scope.list_id,
        scope.low,
        scope.high,
        moment,
        at_once,
    )
