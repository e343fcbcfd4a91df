"""An upload of rows that are at hand, and in no file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.files.chunks import pack
from houselist.uploads import store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from houselist.people.rows import Row
    from houselist.postgres.db import Connection
    from houselist.uploads.shapes import Upload


async def keep(
    connection: Connection,
    account_group_id: bytes,
    columns: Sequence[str],
    rows: Sequence[Row],
    mapping: dict[str, str],
) -> Upload:
    """Stores the rows, in the caller's transaction, so that they are read like those of a file.

    Whether they fit into the account group's storage is for the caller to ask (quotas.py).
    """
    upload_id = await store.open_upload(connection, account_group_id)
    first_row = 1
    for count, chunk in pack(rows):
        await store.add_chunk(
            connection,
            account_group_id,
            upload_id,
            first_row=first_row,
            row_count=count,
            rows=chunk,
        )
        first_row += count
    return await store.complete(
        connection,
        account_group_id,
        upload_id,
        columns=columns,
        suggested_mapping=mapping,
        row_count=len(rows),
    )
