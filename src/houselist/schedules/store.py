"""All SQL about schedules."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from houselist.envelope import timestamp
from houselist.errors import Impossible, NotFound, Problem
from houselist.jobs import store as jobs
from houselist.jobs.start import NO_SOURCE
from houselist.schedules.shapes import Schedule
from houselist.schedules.times import first_after, whole

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from houselist.postgres.db import Connection
    from houselist.schedules.shapes import ScheduleSet
    from houselist.schedules.times import Every

_COLUMNS = """
    s.audience_id, s.every, s.starts_at, s.next_run_at, s.last_run_at, s.last_job_id, s.last_error
"""
# A start that is further away is a typing error.
_MAX_DISTANCE = timedelta(days=3653)
_NO_AUDIENCE = "There is no such audience."


class Due(NamedTuple):
    """A schedule whose run is due, locked until the transaction ends. `now` is PostgreSQL's."""

    every: Every
    starts_at: datetime
    now: datetime


def _schedule(row: asyncpg.Record) -> Schedule:
    last_run_at, last_job_id = row["last_run_at"], row["last_job_id"]
    return Schedule(
        row["audience_id"].hex(),
        row["every"],
        timestamp(row["starts_at"]),
        timestamp(row["next_run_at"]),
        last_run_at and timestamp(last_run_at),
        last_job_id and last_job_id.hex(),
        row["last_error"],
    )


async def get(connection: Connection, account_group_id: bytes, audience_id: bytes) -> Schedule:
    """Raises NotFound if the audience or its schedule does not exist."""
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM audiences a
        LEFT JOIN audience_schedules s
            ON s.account_group_id = a.account_group_id AND s.audience_id = a.id
        WHERE a.account_group_id = $1 AND a.id = $2 AND a.deleted_at IS NULL
        """,
        account_group_id,
        audience_id,
    )
    if row is None:
        raise NotFound(_NO_AUDIENCE)
    if row["audience_id"] is None:
        raise NotFound("The audience has no schedule.")
    return _schedule(row)


async def put(
    connection: Connection, account_group_id: bytes, audience_id: bytes, new: ScheduleSet
) -> Schedule:
    """Creates or replaces the schedule; an equal one stays as it is.

    Raises NotFound, or Impossible for an audience that can't have a schedule.
    """
    now = await _lock(connection, account_group_id, audience_id)
    starts_at = now
    if new.starts_at is not None:
        if abs(new.starts_at - now) > _MAX_DISTANCE:
            raise Impossible(Problem("startsAt", "is more than ten years from now"))
        starts_at = whole(new.starts_at)
    row = await connection.fetchrow(
        f"""
        INSERT INTO audience_schedules AS s
            (account_group_id, audience_id, every, starts_at, next_run_at, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, now(), now())
        ON CONFLICT (account_group_id, audience_id) DO UPDATE
            SET every = excluded.every, starts_at = excluded.starts_at,
                next_run_at = excluded.next_run_at, updated_at = excluded.updated_at
            WHERE s.every <> $3 OR ($6 AND s.starts_at <> $4)
        RETURNING {_COLUMNS}
        """,
        account_group_id,
        audience_id,
        new.every,
        starts_at,
        first_after(starts_at, new.every, now),
        new.starts_at is not None,
    )
    return _schedule(row) if row else await get(connection, account_group_id, audience_id)


async def _lock(connection: Connection, account_group_id: bytes, audience_id: bytes) -> datetime:
    """Keeps an audience that can have a schedule from being deleted. Returns the current time.

    Raises NotFound or Impossible.
    """
    # The weakest lock that a deletion waits for; the batches of a job don't wait for it.
    row = await connection.fetchrow(
        """
        SELECT type, date_trunc('milliseconds', now()) AS now FROM audiences
        WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NULL FOR KEY SHARE
        """,
        account_group_id,
        audience_id,
    )
    if row is None:
        raise NotFound(_NO_AUDIENCE)
    if row["type"] != "monitoring":
        words = f"is an audience of type {row['type']}; only monitoring ones can have a schedule"
        raise Impossible(Problem("audienceId", words))
    if not await jobs.has_source(connection, account_group_id, audience_id):
        raise Impossible(Problem("audienceId", NO_SOURCE))
    return row["now"]


async def delete(connection: Connection, account_group_id: bytes, audience_id: bytes) -> None:
    """Raises NotFound if the audience or its schedule does not exist."""
    await get(connection, account_group_id, audience_id)
    if not await forget(connection, account_group_id, audience_id):
        raise NotFound("The audience has no schedule.")


async def forget(connection: Connection, account_group_id: bytes, audience_id: bytes) -> bool:
    """Removes the schedule of an audience, even a deleted one. False if there is none."""
    gone = await connection.execute(
        "DELETE FROM audience_schedules WHERE account_group_id = $1 AND audience_id = $2",
        account_group_id,
        audience_id,
    )
    return gone != "DELETE 0"


async def get_due(connection: Connection, limit: int) -> list[tuple[bytes, bytes]]:
    """Account group and audience of the runs that can start now, the longest overdue first."""
    rows = await connection.fetch(
        """
        SELECT s.account_group_id, s.audience_id FROM audience_schedules s
        JOIN audiences a ON a.account_group_id = s.account_group_id AND a.id = s.audience_id
        WHERE s.next_run_at <= now() AND a.deleted_at IS NULL AND a.active_job_id IS NULL
        ORDER BY s.next_run_at LIMIT $1
        """,
        limit,
    )
    return [(row["account_group_id"], row["audience_id"]) for row in rows]


async def take_due(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> Due | None:
    """The schedule, locked, if its run is due and nobody else holds it or its audience."""
    row = await connection.fetchrow(
        """
        SELECT s.every, s.starts_at, now() AS now FROM audience_schedules s
        JOIN audiences a ON a.account_group_id = s.account_group_id AND a.id = s.audience_id
        WHERE s.account_group_id = $1 AND s.audience_id = $2 AND s.next_run_at <= now()
          AND a.deleted_at IS NULL AND a.active_job_id IS NULL
        FOR UPDATE SKIP LOCKED
        """,
        account_group_id,
        audience_id,
    )
    return None if row is None else Due(*row)


async def record_run(
    connection: Connection, account_group_id: bytes, audience_id: bytes, due: Due, job_id: bytes
) -> None:
    """Sets a schedule from take_due() to its next time, after a run that started a job."""
    await connection.execute(
        """
        UPDATE audience_schedules SET next_run_at = $3, last_job_id = $4, last_error = NULL,
            last_run_at = date_trunc('milliseconds', now()), updated_at = now()
        WHERE account_group_id = $1 AND audience_id = $2
        """,
        account_group_id,
        audience_id,
        first_after(due.starts_at, due.every, due.now),
        job_id,
    )


async def record_error(
    connection: Connection, account_group_id: bytes, audience_id: bytes, due: Due, words: str
) -> None:
    """The same, after a run that could not start."""
    await connection.execute(
        """
        UPDATE audience_schedules SET next_run_at = $3, last_error = $4, updated_at = now()
        WHERE account_group_id = $1 AND audience_id = $2
        """,
        account_group_id,
        audience_id,
        first_after(due.starts_at, due.every, due.now),
        words,
    )
