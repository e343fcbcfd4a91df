"""All SQL about folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncpg
import msgspec

from houselist.accounts import quota_store as quotas
from houselist.envelope import timestamp
from houselist.errors import Conflict, NotFound
from houselist.folders.shapes import Folder
from houselist.ids import new_id
from houselist.postgres import db

if TYPE_CHECKING:
    from houselist.folders.shapes import FolderChange, FolderCreate
    from houselist.postgres.db import Connection

_COLUMNS = "id, name, audience_type, is_pinned, position, created_at, updated_at"


def _folder(row: asyncpg.Record) -> Folder:
    return Folder(
        id=row["id"].hex(),
        name=row["name"],
        audience_type=row["audience_type"],
        is_pinned=row["is_pinned"],
        position=row["position"],
        created_at=timestamp(row["created_at"]),
        updated_at=timestamp(row["updated_at"]),
    )


def _taken(name: str) -> Conflict:
    return Conflict(details=f"There is already a folder named {name!r}.")


async def get(connection: Connection, account_group_id: bytes, folder_id: bytes) -> Folder:
    """A folder, locked against deletion until the transaction ends. Raises NotFound."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM folders WHERE account_group_id = $1 AND id = $2 FOR KEY SHARE",
        account_group_id,
        folder_id,
    )
    if row is None:
        raise NotFound("There is no such folder.")
    return _folder(row)


async def get_all(connection: Connection, account_group_id: bytes) -> list[Folder]:
    """All folders of a group in the navigation's order: pinned ones first, then by position."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM folders WHERE account_group_id = $1"
        " ORDER BY is_pinned DESC, position, id",
        account_group_id,
    )
    return [_folder(row) for row in rows]


async def create(connection: Connection, account_group_id: bytes, new: FolderCreate) -> Folder:
    """Raises QuotaExceeded, or Conflict when the name is taken."""
    await quotas.check_quota(connection, account_group_id, "folders")
    try:
        row = await connection.fetchrow(
            f"""
            INSERT INTO folders (account_group_id, id, name, name_key, audience_type, position,
                                 created_at, updated_at)
            SELECT $1, $2, $3, $4, $5,
                   least(coalesce((SELECT max(position) + 1 FROM folders
                                   WHERE account_group_id = $1), 0), 1000000),
                   date_trunc('milliseconds', now()), date_trunc('milliseconds', now())
            RETURNING {_COLUMNS}
            """,
            account_group_id,
            new_id(),
            str(new.name),
            new.name.key,
            new.audience_type,
        )
    except asyncpg.UniqueViolationError as error:
        if db.violates(error, "folders_name"):
            raise _taken(new.name) from error
        raise
    if row is None:
        raise RuntimeError("INSERT … RETURNING gave no row")
    return _folder(row)


async def change(
    connection: Connection, account_group_id: bytes, folder_id: bytes, new: FolderChange
) -> Folder:
    """Raises NotFound, or Conflict when the name is taken."""
    name = None if new.name is msgspec.UNSET else new.name
    try:
        row = await connection.fetchrow(
            f"""
            UPDATE folders SET name = coalesce($3, name), name_key = coalesce($4, name_key),
                   is_pinned = coalesce($5, is_pinned), position = coalesce($6, position),
                   updated_at = date_trunc('milliseconds', now())
            WHERE account_group_id = $1 AND id = $2
            RETURNING {_COLUMNS}
            """,
            account_group_id,
            folder_id,
            name and str(name),
            name and name.key,
            None if new.is_pinned is msgspec.UNSET else new.is_pinned,
            None if new.position is msgspec.UNSET else new.position,
        )
    except asyncpg.UniqueViolationError as error:
        if db.violates(error, "folders_name"):
            raise _taken(name or "") from error
        raise
    if row is None:
        raise NotFound("There is no such folder.")
    return _folder(row)


async def delete(connection: Connection, account_group_id: bytes, folder_id: bytes) -> None:
    """Deletes a folder; its audiences are in no folder then. Raises NotFound."""
    # Locked first, so that the next statement sees every audience that was put into it.
    found = await connection.fetchrow(
        "SELECT FROM folders WHERE account_group_id = $1 AND id = $2 FOR UPDATE",
        account_group_id,
        folder_id,
    )
    if found is None:
        raise NotFound("There is no such folder.")
    await connection.execute(
        """
        WITH emptied AS (
            UPDATE audiences SET folder_id = NULL WHERE account_group_id = $1 AND folder_id = $2
        )
        DELETE FROM folders WHERE account_group_id = $1 AND id = $2
        """,
        account_group_id,
        folder_id,
    )
