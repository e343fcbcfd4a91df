"""HTTP of folders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.quotas import DEFAULT, too_many
from houselist.accounts.shapes import AccountPath
from houselist.errors import Conflict, NotFound
from houselist.folders import store
from houselist.folders.shapes import MADE, Deleted, Folder, FolderChange, FolderCreate, FolderPath
from houselist.web.endpoint import endpoint

if TYPE_CHECKING:
    from houselist.postgres.db import Connection

_TAKEN = Conflict(details="There is a folder named 'DACH outreach' already.")


@endpoint(
    response=Folder,
    status=201,
    summary="Create a folder",
    tag="Folders",
    refuses=(NotFound, _TAKEN, too_many("folders", DEFAULT.folders)),
    example={"isPinned": False, "updatedAt": MADE},
)
async def create_folder(connection: Connection, at: AccountPath, body: FolderCreate) -> Folder:
    """Creates a folder for audiences of one type. No two folders of a group have the same name."""
    return await store.create(connection, at.account_group_id, body)


@endpoint(
    response=Folder,
    summary="Rename, pin or move a folder",
    tag="Folders",
    refuses=(NotFound, _TAKEN),
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
