"""HTTP of audiences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.quotas import DEFAULT, too_many
from houselist.accounts.shapes import AccountPath
from houselist.audiences import navigation, store
from houselist.audiences.shapes import (
    AUDIENCE_NAME,
    Audience,
    AudienceChange,
    AudienceCreate,
    AudiencePath,
    MoveToFolder,
    Navigation,
)
from houselist.errors import (
    AudienceNotReady,
    Conflict,
    Impossible,
    NotFound,
    Problem,
)
from houselist.folders import store as folders
from houselist.folders.shapes import Deleted, check_type
from houselist.paging import Page, PageQuery
from houselist.web.endpoint import Reply, endpoint
from houselist.web.response import Response

if TYPE_CHECKING:
    from houselist.postgres.db import Connection
    from houselist.web.request import Request

_TAKEN = Conflict(details=f"There is an audience named {AUDIENCE_NAME!r} already.")


@endpoint(response=Page[Audience], summary="List audiences", tag="Audiences", refuses=(NotFound,))
async def list_audiences(
    connection: Connection, at: AccountPath, query: PageQuery
) -> Page[Audience]:
    """Lists the audiences that are ready, newest first; those that a job is filling are hidden."""
    return await store.get_page(connection, at.account_group_id, query)


@endpoint(
    response=Audience,
    status=201,
    summary="Create an audience",
    tag="Audiences",
    refuses=(NotFound, _TAKEN, too_many("audiences", DEFAULT.audiences)),
    example={"type": "on_demand", "folderId": None, "prospectCount": 0},
)
async def create_audience(
    connection: Connection, at: AccountPath, body: AudienceCreate
) -> Audience:
    """Creates an empty audience. No two of a group have the same name, whatever the case."""
    return await store.create(
        connection,
        at.account_group_id,
        name=body.name,
        type_=body.type,
        description=body.description,
    )


@endpoint(
    response=Navigation,
    summary="Get folders and audiences in one structure",
    tag="Audiences",
    refuses=(
        NotFound,
        Impossible(
            Problem(
                "accountGroupId",
                "has more than one answer can hold; list the audiences page by page instead",
            )
        ),
    ),
    etag=True,
)
async def get_navigation(
    connection: Connection, at: AccountPath, request: Request
) -> Reply | Response:
    """Folders, pinned ones first and then by position, with their audiences, newest first.

    Send the ETag back as If-None-Match to get 304 while nothing has changed. A response above
    16 MiB is refused with 422; `GET /audiences` lists the audiences page by page.
    """
    body = await navigation.build(connection, at.account_group_id)
    return navigation.reply(body, request.header(b"if-none-match"))


@endpoint(
    response=Audience,
    summary="Get a single audience",
    tag="Audiences",
    refuses=(NotFound, AudienceNotReady),
)
async def get_audience(connection: Connection, at: AudiencePath) -> Audience:
    """One audience, once it is ready.

    While the import stage of a prospecting job is queued or running, the response is 409
    AUDIENCE_NOT_READY, with a Retry-After estimated from the pace so far. While the job waits for
    its provider, it is the rest of the wait, and `details` say why and what to do. The audience is
    ready when that stage is over, however it ended. Enrichment may go on after that, for days if a
    provider's daily budget is small.
    """
    return await store.get_ready(connection, at.account_group_id, at.audience_id)


@endpoint(
    response=Audience,
    summary="Rename or describe an audience",
    tag="Audiences",
    refuses=(NotFound, AudienceNotReady, _TAKEN),
)
async def change_audience(
    connection: Connection, at: AudiencePath, body: AudienceChange
) -> Audience:
    """Changes what is given; a null description removes the description."""
    await store.lock_ready(connection, at.account_group_id, at.audience_id)
    return await store.change(connection, at.account_group_id, at.audience_id, body)


@endpoint(
    response=Deleted,
    summary="Delete an audience",
    tag="Audiences",
    refuses=(NotFound, AudienceNotReady),
)
async def delete_audience(connection: Connection, at: AudiencePath) -> Deleted:
    """Deletes the audience. Its prospects stay known to the account group."""
    await store.lock_ready(connection, at.account_group_id, at.audience_id)
    await store.delete(connection, at.account_group_id, at.audience_id)
    return Deleted()


@endpoint(
    response=Audience,
    summary="Move an audience to a folder",
    tag="Audiences",
    refuses=(
        NotFound,
        AudienceNotReady,
        Impossible(
            Problem("folderId", "is a folder for monitoring audiences; this one is on_demand")
        ),
    ),
)
async def move_to_folder(connection: Connection, at: AudiencePath, body: MoveToFolder) -> Audience:
    """A `monitoring` folder takes `monitoring` audiences; an `on_demand` folder, all others."""
    found, not_ready = await store.lock(connection, at.account_group_id, at.audience_id)
    folder = await folders.get(connection, at.account_group_id, body.folder_id)
    if not_ready:
        raise not_ready
    check_type(folder, found.type)
    return await store.put_in_folder(
        connection, at.account_group_id, at.audience_id, body.folder_id
    )


@endpoint(
    response=Audience,
    summary="Take an audience out of its folder",
    tag="Audiences",
    refuses=(NotFound, AudienceNotReady),
    example={"folderId": None},
)
async def remove_from_folder(connection: Connection, at: AudiencePath) -> Audience:
    """Takes the audience out of its folder. If it is in none, nothing changes."""
    await store.lock_ready(connection, at.account_group_id, at.audience_id)
    return await store.put_in_folder(connection, at.account_group_id, at.audience_id, None)
