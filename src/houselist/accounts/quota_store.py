"""All SQL about the limits of account groups. The bytes of uploads are counted in uploads/."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET, UnsetType

from houselist.accounts.quotas import DEFAULT, Limits, Usage, too_many

if TYPE_CHECKING:
    from houselist.accounts.quotas import Counted
    from houselist.postgres.db import Connection

Change = int | UnsetType | None

_COUNTED: dict[str, str] = {
    "audiences": "FROM audiences WHERE account_group_id = $1 AND deleted_at IS NULL",
    "folders": "FROM folders WHERE account_group_id = $1",
    "jobs": "FROM prospecting_jobs WHERE account_group_id = $1 AND status IN ('queued', 'running')",
}
# The limit that was set, and how many there are. A count reads an index with few other entries, and
# no more entries than the limit: for 10,000 that takes about a millisecond.
_CHECK = {
    what: f"""
        SELECT own.limit, (
            SELECT count(*) FROM (SELECT {rows} LIMIT coalesce(own.limit, $2)) AS found
        )
        FROM (SELECT (
            SELECT {what} FROM account_limits WHERE account_group_id = $1
        ) AS limit) AS own
    """
    for what, rows in _COUNTED.items()
}


async def get_limits(connection: Connection, account_group_id: bytes) -> Limits:
    """What the account group may have, or DEFAULT if nothing was set."""
    row = await connection.fetchrow(
        "SELECT upload_bytes, audiences, folders, jobs FROM account_limits"
        " WHERE account_group_id = $1",
        account_group_id,
    )
    return DEFAULT if row is None else _limits(*row)


def _limits(*found: int | None) -> Limits:
    defaults = (DEFAULT.upload_bytes, DEFAULT.audiences, DEFAULT.folders, DEFAULT.jobs)
    return Limits(*(d if one is None else one for one, d in zip(found, defaults, strict=True)))


async def change_limits(
    connection: Connection,
    account_group_id: bytes,
    *,
    upload_bytes: Change = UNSET,
    audiences: Change = UNSET,
    folders: Change = UNSET,
    jobs: Change = UNSET,
) -> Limits:
    """Sets limits; None restores the default, UNSET changes nothing. Nothing stored is deleted."""
    given = (upload_bytes, audiences, folders, jobs)
    row = await connection.fetchrow(
        """
        INSERT INTO account_limits AS l
            (account_group_id, upload_bytes, audiences, folders, jobs, updated_at)
        VALUES ($1, $2, $3, $4, $5, now())
        ON CONFLICT (account_group_id) DO UPDATE SET
            upload_bytes = CASE WHEN $6 THEN l.upload_bytes ELSE excluded.upload_bytes END,
            audiences = CASE WHEN $7 THEN l.audiences ELSE excluded.audiences END,
            folders = CASE WHEN $8 THEN l.folders ELSE excluded.folders END,
            jobs = CASE WHEN $9 THEN l.jobs ELSE excluded.jobs END,
            updated_at = excluded.updated_at
        RETURNING upload_bytes, audiences, folders, jobs
        """,
        account_group_id,
        *(None if one is UNSET else one for one in given),
        *(one is UNSET for one in given),
    )
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    return _limits(*row)


async def get_usage(connection: Connection, account_group_id: bytes) -> Usage:
    """How much the account group has. Counts its audiences, folders and open jobs: thousands."""
    stored = await connection.fetchval(
        "SELECT stored_bytes FROM account_limits WHERE account_group_id = $1", account_group_id
    )
    counts = [
        await connection.fetchval(f"SELECT count(*) {_COUNTED[what]}", account_group_id)
        for what in ("audiences", "folders", "jobs")
    ]
    return Usage(stored or 0, *counts)


async def check_quota(connection: Connection, account_group_id: bytes, what: Counted) -> None:
    """Checks that this transaction may create one more of `what`. Raises QuotaExceeded.

    Of two transactions that would both create the last one, one waits here for the other.
    """
    await connection.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('quotas/' || $1, 0))", account_group_id.hex()
    )
    # A separate statement, so that it sees what the transaction it waited for has committed.
    default: int = getattr(DEFAULT, what)
    row = await connection.fetchrow(_CHECK[what], account_group_id, default)
    if row is None:
        raise RuntimeError("a SELECT of one row gave none")
    own, there_are = row
    limit = default if own is None else own
    if there_are >= limit:
        raise too_many(what, limit)
