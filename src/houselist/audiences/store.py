"""All SQL about audiences."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import asyncpg
import msgspec

from houselist.accounts import quota_store as quotas
from houselist.audiences.shapes import Audience
from houselist.envelope import timestamp, waits_until
from houselist.errors import AudienceNotReady, Conflict, Impossible, NotFound, Problem
from houselist.ids import new_id
from houselist.paging import MAX_ITEMS, Page, page_of, read_moment, sign_moment
from houselist.postgres import db, queue

if TYPE_CHECKING:
    from houselist.audiences.shapes import AudienceChange, AudienceType
    from houselist.paging import PageQuery
    from houselist.postgres.db import Connection
    from houselist.texts import Description, Name

_COLUMNS = "id, name, type, description, folder_id, prospect_count, created_at"
_MIN_WAIT, _MAX_WAIT = 1, 86_400

# One statement tells both the row and whether a job is filling it.
_GET = f"""
    SELECT {_COLUMNS}, active_job_id FROM audiences
    WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NULL
"""

_ALL_READY = f"""
    SELECT {_COLUMNS} FROM audiences
    WHERE account_group_id = $1 AND deleted_at IS NULL AND active_job_id IS NULL
      AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::bytea))
    ORDER BY created_at DESC, id DESC LIMIT $4
"""
# The size in bytes of the names and descriptions of all audiences that come after a given one.
_REST = """
    SELECT coalesce(sum(octet_length(name) + coalesce(octet_length(description), 0)), 0)
    FROM audiences
    WHERE account_group_id = $1 AND deleted_at IS NULL AND active_job_id IS NULL
      AND (created_at, id) < ($2::timestamptz, $3::bytea)
"""
# What a list of members leaves. As an array, because PostgreSQL may join the numbers of a subquery
# to all memberships.
_PURGE = [
    f"""
    DELETE FROM {table}
    WHERE account_group_id = $1 AND audience_id = $2 AND {column} = ANY (ARRAY(
        SELECT {column} FROM {table}
        WHERE account_group_id = $1 AND audience_id = $2 ORDER BY {column} LIMIT $3
    ))
    """
    for table, column in (("memberships", "position"), ("left_members", "left_number"))
]
# So many fit into a response even if every name and description has the full length.
_ALWAYS_FIT = 1_500


def audience(row: asyncpg.Record) -> Audience:
    """The API's shape of a row that starts with _COLUMNS."""
    # By position, because navigation converts thousands of rows and each name costs a look-up.
    id_, name, type_, description, folder_id, prospect_count, created_at = row[:7]
    return Audience(
        id_.hex(),
        name,
        type_,
        description,
        folder_id and folder_id.hex(),
        prospect_count,
        timestamp(created_at),
    )


async def _refusal(
    connection: Connection, account_group_id: bytes, job_id: bytes
) -> AudienceNotReady:
    """The error for an audience that a job is filling: which job, how far, when to try again."""
    job = await connection.fetchrow(
        """
        SELECT progress, extract(epoch FROM updated_at - started_at)::double precision,
               extract(epoch FROM waiting_until - now())::double precision, waiting_for,
               waiting_until
        FROM prospecting_jobs WHERE account_group_id = $1 AND id = $2
        """,
        account_group_id,
        job_id,
    )
    progress, worked, idle, why, until = job or (0.0, None, None, None, None)
    # Rounding up would say 100% too early.
    words = f"Job {job_id.hex()} has done {math.floor(100 * progress)}% of its import."
    if why:
        words = f"{words} It waits: {waits_until(why, until)}"
    return AudienceNotReady(
        details=words,
        headers={"retry-after": str(_wait(progress, worked or 0.0, idle or 0.0))},
    )


def _wait(progress: float, worked: float, idle: float) -> int:
    """Whole seconds after which to look again.

    `worked`: the seconds that the `progress` so far took. While the job waits for its provider, it
    is `idle`, the seconds until it goes on; else until the import should be over, at its pace so
    far.
    """
    if idle > 0:
        return math.ceil(max(idle, _MIN_WAIT))
    left = worked * (1 - progress) / progress if progress else _MIN_WAIT
    return math.ceil(min(max(left, _MIN_WAIT), _MAX_WAIT))


async def get_ready(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> Audience:
    """Raises NotFound, or AudienceNotReady while a job fills it."""
    row = await connection.fetchrow(_GET, account_group_id, audience_id)
    if row is None:
        raise NotFound("There is no such audience.")
    if row["active_job_id"] is not None:
        raise await _refusal(connection, account_group_id, row["active_job_id"])
    return audience(row)


async def lock(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> tuple[Audience, AudienceNotReady | None]:
    """The audience, locked until the transaction ends, and the refusal if it is not ready.

    Raises NotFound. The caller raises the refusal once every 404 is ruled out.
    """
    row = await connection.fetchrow(_GET + "FOR UPDATE", account_group_id, audience_id)
    if row is None:
        raise NotFound("There is no such audience.")
    job_id = row["active_job_id"]
    return audience(row), job_id and await _refusal(connection, account_group_id, job_id)


async def lock_ready(
    connection: Connection, account_group_id: bytes, audience_id: bytes
) -> Audience:
    """lock() for callers without any other 404 to check. Raises NotFound or AudienceNotReady."""
    found, refusal = await lock(connection, account_group_id, audience_id)
    if refusal:
        raise refusal
    return found


async def find_by_name(
    connection: Connection, account_group_id: bytes, name_key: str
) -> bytes | None:
    """The id of the audience with this name, ready or not."""
    return await connection.fetchval(
        "SELECT id FROM audiences"
        " WHERE account_group_id = $1 AND name_key = $2 AND deleted_at IS NULL",
        account_group_id,
        name_key,
    )


async def get_page(
    connection: Connection, account_group_id: bytes, page: PageQuery
) -> Page[Audience]:
    """The ready audiences, newest first. Raises Invalid for a bad cursor."""
    scope = f"audiences/{account_group_id.hex()}"
    after = read_moment(scope, page.cursor) if page.cursor else (None, None)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM audiences
        WHERE account_group_id = $1 AND deleted_at IS NULL AND active_job_id IS NULL
          AND ($2::timestamptz IS NULL OR (created_at, id) < ($2, $3::bytea))
        ORDER BY created_at DESC, id DESC
        LIMIT $4
        """,
        account_group_id,
        *after,
        page.limit + 1,
    )
    shown = [audience(row) for row in rows[: page.limit]]
    return page_of(shown, rows, lambda row: sign_moment(scope, row["created_at"], row["id"]))


async def get_all_ready(connection: Connection, account_group_id: bytes) -> list[asyncpg.Record]:
    """The rows of all ready audiences, newest first, to be converted by audience().

    Raises Impossible if they are too many for one response.
    """
    rows = await connection.fetch(_ALL_READY, account_group_id, None, None, _ALWAYS_FIT)
    if len(rows) < _ALWAYS_FIT:
        return rows
    last = rows[-1]["created_at"], rows[-1]["id"]
    if await connection.fetchval(_REST, account_group_id, *last) > MAX_ITEMS:
        raise too_large_for_one()
    return rows + await connection.fetch(_ALL_READY, account_group_id, *last, None)


def too_large_for_one() -> Impossible:
    return Impossible(
        Problem(
            "accountGroupId",
            "has more than one response can hold; list the audiences page by page instead",
        )
    )


async def create(
    connection: Connection,
    account_group_id: bytes,
    *,
    name: Name,
    type_: AudienceType,
    description: Description | None = None,
) -> Audience:
    """Raises QuotaExceeded, or Conflict when the name is taken."""
    await quotas.check_quota(connection, account_group_id, "audiences")
    try:
        row = await connection.fetchrow(
            f"""
            INSERT INTO audiences
                (account_group_id, id, name, name_key, type, description, created_at)
            VALUES ($1, $2, $3, $4, $5, $6, date_trunc('milliseconds', now()))
            RETURNING {_COLUMNS}
            """,
            account_group_id,
            new_id(),
            str(name),
            name.key,
            type_,
            None if description is None else str(description),
        )
    except asyncpg.UniqueViolationError as error:
        raise _conflict(error, name) from error
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    return audience(row)


async def check_new(connection: Connection, account_group_id: bytes, name: Name) -> None:
    """Raises what create() would raise: QuotaExceeded, or Conflict when the name is taken."""
    await quotas.check_quota(connection, account_group_id, "audiences")
    if await find_by_name(connection, account_group_id, name.key) is not None:
        raise _taken(name)


def _taken(name: str) -> Conflict:
    return Conflict(details=f"There is already an audience named {name!r}.")


def _conflict(error: asyncpg.UniqueViolationError, name: str) -> Exception:
    if db.violates(error, "audiences_name"):
        return _taken(name)
    return error


async def change(
    connection: Connection, account_group_id: bytes, audience_id: bytes, new: AudienceChange
) -> Audience:
    """Changes a locked audience. Raises Conflict when the name is taken."""
    name = None if new.name is msgspec.UNSET else new.name
    keep = new.description is msgspec.UNSET
    try:
        row = await connection.fetchrow(
            f"""
            UPDATE audiences SET name = coalesce($3, name), name_key = coalesce($4, name_key),
                   description = CASE WHEN $5 THEN description ELSE $6 END
            WHERE account_group_id = $1 AND id = $2
            RETURNING {_COLUMNS}
            """,
            account_group_id,
            audience_id,
            name and str(name),
            name and name.key,
            keep,
            None if new.description in (None, msgspec.UNSET) else str(new.description),
        )
    except asyncpg.UniqueViolationError as error:
        raise _conflict(error, name or "") from error
    if row is None:
        raise NotFound("There is no such audience.")
    return audience(row)


async def put_in_folder(
    connection: Connection, account_group_id: bytes, audience_id: bytes, folder_id: bytes | None
) -> Audience:
    """Moves a locked audience into a folder; None takes it out of its folder."""
    row = await connection.fetchrow(
        f"""
        UPDATE audiences SET folder_id = $3 WHERE account_group_id = $1 AND id = $2
        RETURNING {_COLUMNS}
        """,
        account_group_id,
        audience_id,
        folder_id,
    )
    if row is None:
        raise NotFound("There is no such audience.")
    return audience(row)


async def delete(connection: Connection, account_group_id: bytes, audience_id: bytes) -> None:
    """Hides a locked audience, at once and for good; a worker removes its members later."""
    await connection.execute(
        """
        UPDATE audiences SET deleted_at = now(), folder_id = NULL
        WHERE account_group_id = $1 AND id = $2
        """,
        account_group_id,
        audience_id,
    )
    await queue.enqueue(connection, queue.PURGE_AUDIENCE, account_group_id, audience_id)


async def purge(
    connection: Connection, account_group_id: bytes, audience_id: bytes, limit: int
) -> bool:
    """Removes some of a deleted audience: `limit` rows of a kind. True if nothing of it is left."""
    lists = await connection.fetch(
        """
        SELECT coalesce(l.list_id, a.id) AS list_id FROM audiences a
        LEFT JOIN audience_lists l ON l.account_group_id = $1 AND l.audience_id = a.id
        WHERE a.account_group_id = $1 AND a.id = $2 AND a.deleted_at IS NOT NULL
        """,
        account_group_id,
        audience_id,
    )
    for row in lists:
        if not await purge_list(connection, account_group_id, row["list_id"], limit):
            return False
    for table in ("membership_spans", "audience_days", "audience_lists"):
        await connection.execute(
            f"DELETE FROM {table} WHERE account_group_id = $1 AND audience_id = $2",
            account_group_id,
            audience_id,
        )
    await connection.execute(
        """
        UPDATE audiences SET purged_at = now()
        WHERE account_group_id = $1 AND id = $2 AND deleted_at IS NOT NULL
        """,
        account_group_id,
        audience_id,
    )
    return True


async def purge_list(
    connection: Connection, account_group_id: bytes, list_id: bytes, limit: int
) -> bool:
    """Removes up to `limit` members of a list that is shown nowhere. True if none are left."""
    for statement in _PURGE:
        gone = await connection.execute(statement, account_group_id, list_id, limit)
        if db.rows_of(gone) == limit:
            return False
    return True


async def get_unpurged(connection: Connection) -> list[queue.Work]:
    """The deleted audiences of all account groups that still have members, as work."""
    rows = await connection.fetch(
        """
        SELECT account_group_id, id FROM audiences
        WHERE deleted_at IS NOT NULL AND purged_at IS NULL
        """
    )
    return [queue.Work(row[0], row[1], queue.PURGE_AUDIENCE) for row in rows]


async def occupy(
    connection: Connection, account_group_id: bytes, audience_id: bytes, job_id: bytes
) -> None:
    """Marks a locked audience as being filled by a job."""
    await connection.execute(
        "UPDATE audiences SET active_job_id = $3 WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        audience_id,
        job_id,
    )
