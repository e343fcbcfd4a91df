"""HTTP of folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.shapes import AccountPath
from houselist.errors import Conflict, NotFound, QuotaExceeded
from houselist.folders import store
from houselist.folders.shapes import MADE, Deleted, Folder, FolderChange, FolderCreate, FolderPath
from houselist.web.endpoint import endpoint

if TYPE_CHECKING:
    from houselist.postgres.db import Connection


@endpoint(
    response=Folder,
    status=201,
    summary="Create a folder",
    tag="Folders",
    refuses=(NotFound, Conflict, QuotaExceeded),
    example={"isPinned": False, "updatedAt": MADE},
)
async def create_folder(connection: Connection, at: AccountPath, body: FolderCreate) -> Folder:
    """Creates a folder for audiences of one type. No two folders of a group have the same name."""
    return await store.create(connection, at.account_group_id, body)


@endpoint(
    response=Folder,
    summary="Rename, pin or move a folder",
    tag="Folders",
    refuses=(NotFound, Conflict),
    example={"name": "DACH outreach, spring"},
)
async def change_folder(connection: Connection, at: FolderPath, body: FolderChange) -> Folder:
    """Changes what is given. Folders at the same position stand in the order they were created."""
    return await store.change(connection, at.account_group_id, at.folder_id, body)


@endpoint(response=Deleted, summary="Delete a folder", tag="Folders", refuses=(NotFound,))
async def delete_folder(connection: Connection, at: FolderPath) -> Deleted:
    """Deletes the folder. Its audiences stay and become ungrouped."""
    await store.delete(connection, at.account_group_id, at.folder_id)
    return Deleted()
