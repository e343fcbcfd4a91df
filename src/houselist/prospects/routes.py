"""HTTP of prospects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.audiences.shapes import AudiencePath
from houselist.errors import AudienceNotReady, NotFound
from houselist.paging import Page, PageQuery
from houselist.prospects import store
from houselist.prospects.shapes import (
    Prospect,
    ProspectDetail,
    ProspectPath,
    ProviderIdMatches,
    ProviderIdPath,
)
from houselist.web.endpoint import endpoint

if TYPE_CHECKING:
    from houselist.postgres.db import Connection


@endpoint(
    response=Page[Prospect],
    summary="List the prospects of an audience",
    tag="Prospects",
    refuses=(NotFound, AudienceNotReady),
)
async def list_prospects(
    connection: Connection, at: AudiencePath, query: PageQuery
) -> Page[Prospect]:
    """Lists people in the order they joined; 409 `AUDIENCE_NOT_READY` while a job fills it."""
    return await store.get_page(connection, at.account_group_id, at.audience_id, query)


@endpoint(
    response=ProviderIdMatches,
    summary="Find prospects by a provider's id",
    tag="Prospects",
    refuses=(NotFound,),
)
async def find_by_provider_id(connection: Connection, at: ProviderIdPath) -> ProviderIdMatches:
    """Finds everybody known under the id. If several people share it, all are listed."""
    return await store.find_by_provider_id(connection, at.account_group_id, at.provider_id)


@endpoint(
    response=ProspectDetail, summary="Get a single prospect", tag="Prospects", refuses=(NotFound,)
)
async def get_prospect(connection: Connection, at: ProspectPath) -> ProspectDetail:
    """One person, and the audiences that hold the person."""
    return await store.get(connection, at.account_group_id, at.prospect_id)
