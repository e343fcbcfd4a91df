"""HTTP of prospects."""

from __future__ import annotations

from typing import TYPE_CHECKING

from houselist.accounts.shapes import AccountPath
from houselist.audiences.shapes import AudiencePath
from houselist.errors import AudienceNotReady, NotFound
from houselist.paging import Page
from houselist.prospects import pages, store
from houselist.prospects.shapes import (
    MemberFilters,
    MembersQuery,
    Prospect,
    ProspectCount,
    ProspectDetail,
    ProspectPath,
    ProspectsQuery,
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
    connection: Connection, at: AudiencePath, query: MembersQuery
) -> Page[Prospect]:
    """Lists those to whom all filters apply; 409 `AUDIENCE_NOT_READY` while a job fills it.

    `addedAt` is the order in which they joined. A cursor holds its filters and its order. While many
    new people are being prepared for search, a page may end early: go on while `hasMore` is true.
    """
    if query == MembersQuery(limit=query.limit, cursor=query.cursor):
        return await store.get_page(connection, at.account_group_id, at.audience_id, query)
    return await pages.get_page(connection, at.account_group_id, query, at.audience_id)


@endpoint(
    response=ProspectCount,
    summary="Count the prospects of an audience",
    tag="Prospects",
    refuses=(NotFound, AudienceNotReady),
)
async def count_prospects(
    connection: Connection, at: AudiencePath, query: MemberFilters
) -> ProspectCount:
    """Counts those to whom all filters apply: exactly up to 10,000, and always without filters."""
    return await pages.count(connection, at.account_group_id, at.audience_id, query)


@endpoint(
    response=Page[Prospect],
    summary="List all prospects",
    tag="Prospects",
    refuses=(NotFound, AudienceNotReady),
)
async def list_everybody(
    connection: Connection, at: AccountPath, query: ProspectsQuery
) -> Page[Prospect]:
    """Lists everybody of the account group to whom all filters apply, in whatever audience.

    `addedAt` is when somebody became known. The filters and orders are those of an audience's list.
    """
    return await pages.get_page(connection, at.account_group_id, query)


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
