"""All SQL about uploads and their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from houselist.envelope import timestamp
from houselist.errors import NotFound
from houselist.files.chunks import ROWS, unpack
from houselist.ids import new_id
from houselist.paging import MAX_ITEMS
from houselist.people.rows import BadRow
from houselist.uploads.shapes import Upload

if TYPE_CHECKING:
    from collections.abc import Sequence

    import asyncpg

    from houselist.people.rows import Row
    from houselist.postgres.db import Connection
    from houselist.uploads.shapes import ReadAs

# Chunks that are read at a time take at most this much plus one chunk.
_MAX_BYTES = 8 << 20
# How much may be read in all for one page of a job's rows, and from what size a chunk is large.
_MAX_READ = 64 << 20
_LARGE_CHUNK = 1 << 20
_COLUMNS = "id, row_count, columns, suggested_mapping, created_at"


def _upload(row: asyncpg.Record) -> Upload:
    return Upload(
        upload_id=row["id"].hex(),
        row_count=row["row_count"],
        columns=row["columns"],
        suggested_mapping=msgspec.json.decode(row["suggested_mapping"], type=dict[str, str]),
        created_at=timestamp(row["created_at"]),
    )


async def open_upload(connection: Connection, account_group_id: bytes) -> bytes:
    """Starts an upload, invisible until it is complete. Returns its id."""
    upload_id = new_id()
    await connection.execute(
        """
        INSERT INTO uploads
            (account_group_id, id, columns, suggested_mapping, row_count, created_at)
        VALUES ($1, $2, '{}', '{}', 0, date_trunc('milliseconds', now()))
        """,
        account_group_id,
        upload_id,
    )
    return upload_id


async def add_chunk(
    connection: Connection,
    account_group_id: bytes,
    upload_id: bytes,
    *,
    first_row: int,
    row_count: int,
    rows: bytes,
    durable: bool = True,
) -> None:
    """Stores one chunk and counts its bytes, unless the upload was discarded meanwhile.

    `first_row` counts from 1. With `durable=False` the transaction does not wait for the disk. That
    is for chunks that stay invisible until a later commit, which writes all earlier ones to disk.
    """
    # Waiting for the disk at each chunk took most of an upload's time.
    await connection.execute(
        """
        WITH hurry AS (
            SELECT set_config('synchronous_commit',
                CASE WHEN $6 THEN current_setting('synchronous_commit') ELSE 'off' END, true)
        ),
        upload AS (
            UPDATE uploads SET stored_bytes = stored_bytes + octet_length($5::bytea)
            WHERE account_group_id = $1 AND id = $2
            RETURNING account_group_id, id
        )
        INSERT INTO upload_chunks (account_group_id, upload_id, first_row, row_count, rows)
        SELECT account_group_id, id, $3::bigint, $4::integer, $5::bytea FROM upload, hurry
        """,
        account_group_id,
        upload_id,
        first_row,
        row_count,
        rows,
        durable,
    )


async def complete(
    connection: Connection,
    account_group_id: bytes,
    upload_id: bytes,
    *,
    columns: Sequence[str],
    suggested_mapping: dict[str, str],
    row_count: int,
    read_as: ReadAs | None = None,
) -> Upload:
    """Makes the upload usable. `read_as`: None where no file was read."""
    row = await connection.fetchrow(
        f"""
        UPDATE uploads
        SET columns = $3, suggested_mapping = $4, row_count = $5, completed_at = now(), read_as = $6
        WHERE account_group_id = $1 AND id = $2
        RETURNING {_COLUMNS}
        """,
        account_group_id,
        upload_id,
        list(columns),
        msgspec.json.encode(suggested_mapping).decode(),
        row_count,
        read_as and msgspec.json.encode(read_as).decode(),
    )
    if row is None:
        raise NotFound("There is no such upload.")
    return _upload(row)


async def extend(
    connection: Connection,
    account_group_id: bytes,
    upload_id: bytes,
    *,
    row_count: int,
    more_bytes: int,
) -> None:
    """Sets the row count of an upload that grows page by page while a job runs.

    `more_bytes` of chunks were added. They count, but a provider's job does not stop at a quota.
    """
    await connection.execute(
        """
        WITH upload AS (
            UPDATE uploads SET row_count = $3 WHERE account_group_id = $1 AND id = $2
            RETURNING account_group_id
        )
        INSERT INTO account_limits AS l (account_group_id, stored_bytes, updated_at)
        SELECT account_group_id, $4::bigint, now() FROM upload
        ON CONFLICT (account_group_id) DO UPDATE
            SET stored_bytes = l.stored_bytes + excluded.stored_bytes
        """,
        account_group_id,
        upload_id,
        row_count,
        more_bytes,
    )


async def get_stored_bytes(
    connection: Connection, account_group_id: bytes, upload_id: bytes
) -> int:
    """The bytes of complete uploads, and of unfinished ones that began no later than this one."""
    return await connection.fetchval(
        """
        SELECT coalesce((SELECT stored_bytes FROM account_limits WHERE account_group_id = $1), 0)
            + (SELECT coalesce(sum(stored_bytes), 0)::bigint FROM uploads
               WHERE account_group_id = $1 AND id <= $2 AND completed_at IS NULL)
        """,
        account_group_id,
        upload_id,
    )


async def count_bytes(connection: Connection, account_group_id: bytes, upload_id: bytes) -> int:
    """Adds the bytes of one more complete upload. Returns the new total, whose row stays locked."""
    return await connection.fetchval(
        """
        INSERT INTO account_limits AS l (account_group_id, stored_bytes, updated_at)
        SELECT account_group_id, stored_bytes, now() FROM uploads
        WHERE account_group_id = $1 AND id = $2
        ON CONFLICT (account_group_id) DO UPDATE
            SET stored_bytes = l.stored_bytes + excluded.stored_bytes
        RETURNING stored_bytes
        """,
        account_group_id,
        upload_id,
    )


async def discard(connection: Connection, account_group_id: bytes, upload_id: bytes) -> None:
    """Removes a failed upload with its chunks, in the caller's transaction."""
    # The upload first: adding a chunk locks it, so no chunk can be added afterwards.
    for table, column in (("uploads", "id"), ("upload_chunks", "upload_id")):
        await connection.execute(
            f"DELETE FROM {table} WHERE account_group_id = $1 AND {column} = $2",
            account_group_id,
            upload_id,
        )


async def release(connection: Connection, account_group_id: bytes, upload_id: bytes) -> None:
    """Removes a complete upload that no job uses any more; its bytes no longer count."""
    await connection.execute(
        """
        UPDATE account_limits SET stored_bytes = greatest(stored_bytes - (
            SELECT u.stored_bytes FROM uploads u WHERE u.account_group_id = $1 AND u.id = $2
        ), 0)
        WHERE account_group_id = $1
        """,
        account_group_id,
        upload_id,
    )
    await discard(connection, account_group_id, upload_id)


async def get(connection: Connection, account_group_id: bytes, upload_id: bytes) -> Upload:
    """A complete upload, locked against deletion until the transaction ends. Raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS}, let_go_at FROM uploads"
        " WHERE account_group_id = $1 AND id = $2 AND completed_at IS NOT NULL FOR SHARE",
        account_group_id,
        upload_id,
    )
    if row is None:
        raise NotFound("There is no such upload.")
    if row["let_go_at"] is not None:
        raise NotFound(
            "The upload has expired.",
            details=f"It was deleted at {timestamp(row['let_go_at'])}; upload the file again.",
        )
    return _upload(row)


async def get_chunks(
    connection: Connection, account_group_id: bytes, upload_id: bytes, *, after: int, limit: int
) -> list[tuple[int, bytes]]:
    """The chunks that hold the rows `after` + 1 to `after` + `limit`, as (first row, chunk).

    If their rows are very long, only the first of these chunks, to limit memory.
    """
    rows = await connection.fetch(
        """
        SELECT first_row, rows FROM (
            SELECT first_row, rows, sum(octet_length(rows)) OVER (ORDER BY first_row) AS bytes
            FROM upload_chunks
            WHERE account_group_id = $1 AND upload_id = $2
              AND first_row > $3::bigint - $5::bigint + 1 AND first_row <= $3 + $4::bigint
              AND first_row + row_count > $3 + 1
        ) AS chunks
        WHERE bytes - octet_length(rows) < $6
        ORDER BY first_row
        """,
        account_group_id,
        upload_id,
        after,
        limit,
        ROWS,
        _MAX_BYTES,
    )
    return [(row["first_row"], row["rows"]) for row in rows]


async def get_rows(
    connection: Connection, account_group_id: bytes, upload_id: bytes, numbers: Sequence[int]
) -> tuple[dict[int, Row], int, int]:
    """Rows of an upload by their numbers, which must be in order. What is not there is left out.

    Returns the rows, how many of the numbers were looked up, and roughly the size of the rows in
    bytes. Stops early, but not before the first row, if the rows are large or need much reading.
    """
    found: dict[int, Row] = {}
    done = read = size = 0
    while done < len(numbers) and size < MAX_ITEMS and read < _MAX_READ:
        chunks = await connection.fetch(
            """
            SELECT first_row, row_count, rows FROM (
                SELECT first_row, row_count, rows,
                       sum(octet_length(rows)) OVER (ORDER BY first_row) AS bytes
                FROM upload_chunks
                WHERE account_group_id = $1 AND upload_id = $2 AND first_row IN (
                    SELECT (SELECT max(c.first_row) FROM upload_chunks c
                            WHERE c.account_group_id = $1 AND c.upload_id = $2
                              AND c.first_row <= wanted)
                    FROM unnest($3::bigint[]) AS wanted
                )
            ) AS chunks
            WHERE bytes - octet_length(rows) < $4
            ORDER BY first_row
            """,
            account_group_id,
            upload_id,
            list(numbers[done:]),
            _MAX_BYTES // 2,
        )
        # The first of the chunks begins closest below the next number. If it ends below as well, it
        # is the upload's last, and all numbers that are left are beyond.
        if not chunks or chunks[0]["first_row"] + chunks[0]["row_count"] <= numbers[done]:
            return found, len(numbers), size
        for first_row, row_count, chunk in chunks:
            read += len(chunk)
            rows: list[Row] = unpack(chunk)
            while done < len(numbers) and numbers[done] < first_row + row_count:
                if numbers[done] >= first_row:
                    index: int = numbers[done] - first_row
                    row = found[numbers[done]] = rows[index]
                    # In a chunk that is not large, the average size is accurate enough.
                    is_large = len(chunk) > _LARGE_CHUNK
                    size += _length(row) if is_large else len(chunk) // row_count
                done += 1
                if size >= MAX_ITEMS:
                    return found, done, size
    return found, done, size


def _length(row: Row) -> int:
    if isinstance(row, BadRow):
        return len(row.text)
    return sum(len(cell.encode()) for cell in row if cell)
