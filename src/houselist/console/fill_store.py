"""All SQL of the page that fills audiences: uploads as read, dry runs, audiences to choose from."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec

from houselist.files.chunks import unpack
from houselist.uploads import store as uploads
from houselist.uploads.shapes import ReadAs

if TYPE_CHECKING:
    import asyncpg

    from houselist.people.rows import Row
    from houselist.postgres.db import Connection

# Rows that could not be used, of which the reasons are counted.
MAX_REFUSED = 10_000
_MAX_REASONS = 30
_NOT_TOLD = ReadAs({}, None, None, None, [])


class Read(NamedTuple):
    """An upload, how it was read, and its first rows, as many as one chunk of them holds.

    `rows` is empty once they were deleted.
    """

    id: str
    row_count: int
    columns: list[str]
    suggested: dict[str, str]
    read_as: ReadAs
    rows: list[Row]


class Tried(NamedTuple):
    """What a dry run was started with."""

    upload_id: str
    audience_id: str | None
    mapping: dict[str, str]
    source_type: str


class Reason(NamedTuple):
    """Why rows were refused: how many, and the first of them."""

    text: str
    rows: int
    first: list[int]


async def get_read(connection: Connection, account_group_id: bytes, upload_id: bytes) -> Read:
    """An upload that can be used. Raises NotFound."""
    upload = await uploads.get(connection, account_group_id, upload_id)
    kept = await connection.fetchval(
        "SELECT read_as FROM uploads WHERE account_group_id = $1 AND id = $2",
        account_group_id,
        upload_id,
    )
    chunks = await uploads.get_chunks(connection, account_group_id, upload_id, after=0, limit=1)
    return Read(
        upload.upload_id,
        upload.row_count,
        upload.columns,
        upload.suggested_mapping,
        _NOT_TOLD if kept is None else msgspec.json.decode(kept, type=ReadAs),
        unpack(chunks[0][1]) if chunks else [],
    )


async def get_tried(connection: Connection, account_group_id: bytes, job_id: bytes) -> Tried | None:
    """What a dry run was started with; None where there is no such dry run."""
    row = await connection.fetchrow(
        """
        SELECT upload_id, audience_id, mapping, source_type FROM prospecting_jobs
        WHERE account_group_id = $1 AND id = $2 AND dry_run
        """,
        account_group_id,
        job_id,
    )
    if row is None:
        return None
    audience_id: bytes | None = row["audience_id"]
    mapping = msgspec.json.decode(row["mapping"], type=dict[str, str])
    shown = audience_id and audience_id.hex()
    return Tried(row["upload_id"].hex(), shown or None, mapping, row["source_type"])


async def count_reasons(
    connection: Connection, account_group_id: bytes, job_id: bytes, examples: int
) -> list[Reason]:
    """Why rows were refused, the most frequent reason first; of the first MAX_REFUSED rows."""
    rows = await connection.fetch(
        """
        SELECT reason, count(*) AS rows, (array_agg(row ORDER BY row))[1:$4::integer] AS first
        FROM (
            SELECT row, reason FROM prospecting_rows
            WHERE account_group_id = $1 AND job_id = $2
              AND outcome = 'invalid' AND outcome <> 'added'
            ORDER BY row LIMIT $3
        ) refused
        GROUP BY reason ORDER BY count(*) DESC, min(row) LIMIT $5
        """,
        account_group_id,
        job_id,
        MAX_REFUSED,
        examples,
        _MAX_REASONS,
    )
    return [Reason(row["reason"] or "", row["rows"], row["first"]) for row in rows]


async def get_audiences(
    connection: Connection, account_group_id: bytes, ids: list[bytes]
) -> list[asyncpg.Record]:
    """Those of these audiences that are there, in no order."""
    return await connection.fetch(
        """
        SELECT id, name, prospect_count FROM audiences
        WHERE account_group_id = $1 AND deleted_at IS NULL AND id = ANY($2::bytea[])
        """,
        account_group_id,
        ids,
    )
