"""All SQL of Home's table of audiences: its rows in each order, and what they tell beside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    import asyncpg

    from houselist.postgres.db import Connection

_COLUMNS = "a.id, a.name, a.type, a.folder_id, a.prospect_count, a.changed_at"
# Fills of an audience that are looked at; more are "10+".
FILLS: Final = 10
_READY = "a.deleted_at IS NULL AND a.active_job_id IS NULL"


class Asked(NamedTuple):
    """Which audiences are wanted. `words`: a part of the name, in the form names are compared in.

    `folder_id` counts where `in_folder` is true, and None is then for those in no folder.
    `source`: how they are filled, or were once; empty for any. `filled_after`, `filled_before`:
    when they were filled last. `after`: the last one known.
    """

    in_folder: bool = False
    folder_id: bytes | None = None
    words: str = ""
    source: str = ""
    filled_after: datetime | None = None
    filled_before: datetime | None = None
    never_filled: bool = False
    after: bytes | None = None


# When an audience was filled last: by a job, or else one by one.
_FILLED = """coalesce((
    SELECT j.updated_at FROM prospecting_jobs j
    WHERE j.account_group_id = $1 AND j.audience_id = a.id
      AND NOT j.dry_run AND j.undoes_job_id IS NULL
    ORDER BY j.created_at DESC, j.id DESC LIMIT 1
), a.changed_at)"""


_ASKED = f"""
    {_READY}
      AND (NOT $2 OR a.folder_id IS NOT DISTINCT FROM $3::bytea)
      AND ($4 = '' OR strpos(a.name_key, $4) > 0)
      AND ($5 = '' OR a.type = $5 OR EXISTS (
          SELECT FROM prospecting_jobs j
          WHERE j.account_group_id = $1 AND j.audience_id = a.id AND j.source_type = $5
            AND NOT j.dry_run
      ))
      AND ($8::timestamptz IS NULL OR {_FILLED} > $8)
      AND ($9::timestamptz IS NULL OR {_FILLED} <= $9)
      AND (NOT $10 OR {_FILLED} IS NULL)
"""
_LAST = "FROM audiences l WHERE l.account_group_id = $1 AND l.id = $6"
_NEWEST = f"""
    SELECT {_COLUMNS} FROM audiences a
    WHERE a.account_group_id = $1 AND {_ASKED}
      AND ($6::bytea IS NULL OR (a.created_at, a.id) < (SELECT l.created_at, l.id {_LAST}))
    ORDER BY a.created_at DESC, a.id DESC LIMIT $7
"""
_LARGEST = f"""
    SELECT {_COLUMNS} FROM audiences a
    WHERE a.account_group_id = $1 AND {_ASKED}
      AND ($6::bytea IS NULL OR (a.prospect_count, a.id) < (SELECT l.prospect_count, l.id {_LAST}))
    ORDER BY a.prospect_count DESC, a.id DESC LIMIT $7
"""
_BY_NAME = f"""
    SELECT {_COLUMNS} FROM audiences a
    WHERE a.account_group_id = $1 AND {_ASKED}
      AND ($6::bytea IS NULL OR (a.name_key, a.id) > (SELECT l.name_key, l.id {_LAST}))
    ORDER BY a.name_key, a.id LIMIT $7
"""
_ORDERS = {"folder": _NEWEST, "size": _LARGEST, "name": _BY_NAME}


async def get_rows(
    connection: Connection, account_group_id: bytes, order: str, asked: Asked, limit: int
) -> list[asyncpg.Record]:
    """The audiences that are asked for, in one list: of `folder`, the newest first."""
    return await connection.fetch(
        _ORDERS[order],
        account_group_id,
        asked.in_folder,
        asked.folder_id,
        asked.words,
        asked.source,
        asked.after,
        limit,
        asked.filled_after,
        asked.filled_before,
        asked.never_filled,
    )


async def get_newest(
    connection: Connection, account_group_id: bytes, folder_ids: list[bytes], limits: list[int]
) -> list[asyncpg.Record]:
    """The newest audiences of each folder, as many as its limit says."""
    return await connection.fetch(
        f"""
        SELECT a.* FROM (
            SELECT {_COLUMNS}, a.created_at, row_number() OVER (
                PARTITION BY a.folder_id ORDER BY a.created_at DESC, a.id DESC
            ) AS place
            FROM audiences a
            WHERE a.account_group_id = $1 AND {_READY} AND a.folder_id = ANY($2::bytea[])
        ) AS a
        JOIN unnest($2::bytea[], $3::bigint[]) AS wanted (folder_id, most)
          ON wanted.folder_id = a.folder_id
        WHERE a.place <= wanted.most
        ORDER BY a.created_at DESC, a.id DESC
        """,
        account_group_id,
        folder_ids,
        limits,
    )


async def get_chosen(
    connection: Connection, account_group_id: bytes, audience_ids: list[bytes]
) -> list[asyncpg.Record]:
    """Those of these audiences that are there, ready or not."""
    return await connection.fetch(
        """
        SELECT id, name, type, description, folder_id, prospect_count FROM audiences
        WHERE account_group_id = $1 AND id = ANY($2::bytea[]) AND deleted_at IS NULL
        ORDER BY name_key
        """,
        account_group_id,
        audience_ids,
    )


async def find(
    connection: Connection, account_group_id: bytes, words: str, limit: int
) -> list[asyncpg.Record]:
    """Audiences whose name has these words in it; names that begin with them come first."""
    return await connection.fetch(
        """
        SELECT id, name, type, prospect_count FROM audiences
        WHERE account_group_id = $1 AND deleted_at IS NULL AND active_job_id IS NULL
          AND strpos(name_key, $2) > 0
        ORDER BY strpos(name_key, $2) > 1, prospect_count DESC, id LIMIT $3
        """,
        account_group_id,
        words,
        limit,
    )


async def get_changes(
    connection: Connection, account_group_id: bytes, audience_ids: list[bytes], days: int
) -> list[asyncpg.Record]:
    """How many more people audiences had at the end of each of the last days; `ago` 0 is today."""
    return await connection.fetch(
        """
        SELECT audience_id, (now() AT TIME ZONE 'UTC')::date - day AS ago,
               joined - departed AS growth
        FROM audience_days
        WHERE account_group_id = $1 AND audience_id = ANY($2::bytea[])
          AND day > (now() AT TIME ZONE 'UTC')::date - $3::integer
        """,
        account_group_id,
        audience_ids,
        days,
    )


async def get_fills(
    connection: Connection, account_group_id: bytes, audience_ids: list[bytes]
) -> list[asyncpg.Record]:
    """The newest jobs of audiences, FILLS of each at most, newest first."""
    return await connection.fetch(
        f"""
        SELECT j.audience_id, j.source_type, j.updated_at, j.upload_id
        FROM unnest($2::bytea[]) AS wanted (id)
        CROSS JOIN LATERAL (
            SELECT audience_id, source_type, updated_at, upload_id FROM prospecting_jobs
            WHERE account_group_id = $1 AND audience_id = wanted.id
              AND NOT dry_run AND undoes_job_id IS NULL
            ORDER BY created_at DESC, id DESC LIMIT {FILLS}
        ) AS j
        """,
        account_group_id,
        audience_ids,
    )


async def get_file_names(
    connection: Connection, account_group_id: bytes, upload_ids: list[bytes]
) -> dict[bytes, str]:
    """What files are called, by their uploads; of those that have a name."""
    rows = await connection.fetch(
        """
        SELECT id, read_as ->> 'name' AS name FROM uploads
        WHERE account_group_id = $1 AND id = ANY($2::bytea[]) AND read_as ->> 'name' IS NOT NULL
        """,
        account_group_id,
        upload_ids,
    )
    return {row["id"]: row["name"] for row in rows}


async def get_schedules(
    connection: Connection, account_group_id: bytes, audience_ids: list[bytes]
) -> list[asyncpg.Record]:
    """How often audiences are filled again."""
    return await connection.fetch(
        """
        SELECT audience_id, every FROM audience_schedules
        WHERE account_group_id = $1 AND audience_id = ANY($2::bytea[])
        """,
        account_group_id,
        audience_ids,
    )
